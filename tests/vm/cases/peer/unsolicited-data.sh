# SPDX-License-Identifier: GPL-2.0-only
# Guards: a Data-Out that should not come runs no command twice, answers none
# twice and changes nothing on the disk; one that comes too late is harmless.
# timeout: 300
# pairs: ours
# long: yes

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	echo No >"$tpg/param/InitialR2T"
	peer_run unsol/
}
