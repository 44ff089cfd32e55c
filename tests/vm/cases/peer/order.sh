# SPDX-License-Identifier: GPL-2.0-only
# Guards: StatSN in send order, a window that receives cover, one answer to each
# task management function, text, also in parts, logout and discovery.
# timeout: 1200
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	local n
	target_up ramdisk 64
	peer_run statsn/ credit/ tmf/ order/ session/
	# With these the answer to SendTargets is longer than the 128 bytes that go to
	# an initiator which declares nothing.
	for n in 1 2 3; do portal_up "$target_ip:$((port + n))"; done
	peer_run text/ discovery/
}
