# SPDX-License-Identifier: GPL-2.0-only
# Guards: StatSN in send order, a window that receives cover, one answer to each
# task management function, text, logout and discovery.
# timeout: 900
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	peer_run statsn/ credit/ tmf/ text/ discovery/ session/
}
