# SPDX-License-Identifier: GPL-2.0-only
# Guards: each byte arrives where it belongs, whichever way it travels.
# timeout: 600
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	echo No >"$tpg/param/InitialR2T"
	peer_run data/
}
