# SPDX-License-Identifier: GPL-2.0-only
# Guards: a WRITE that comes ahead of its CmdSN runs in its turn, and once; where
# its turn never comes, neither a reset nor the end of its session waits for it.
# timeout: 600
# pairs: ours
# long: yes

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	echo No >"$tpg/param/InitialR2T"
	peer_run ahead/
}
