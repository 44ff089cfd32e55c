# SPDX-License-Identifier: GPL-2.0-only
# Guards: whatever depth a session has, every command that MaxCmdSN allows finds
# a receive buffer, on queues made for it and on queues made for a deeper one,
# and a window that was closed opens again.
# pairs: ours
# timeout: 900

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	local depth

	target_up ramdisk 64
	# A depth is fixed when an initiator is first seen: let it be forgotten.
	echo 0 >"$tpg/attrib/cache"_dynamic_acls
	for depth in 1 2 7 64 65 200 512 512 3 1; do
		note "depth $depth"
		echo $depth >"$tpg/attrib/default_cmdsn_depth"
		# It sends 16 PDUs without an answer at a time, and again before
		# the last ones are taken, more than there are receives for: a
		# RoCE device waits, an iWARP one ends it.
		[ "$link_type" = siw ] || peer_count=8 peer_run credit/closed-window-opens-again
		peer_count=8 peer_run credit/full-window-without-rnr credit/window-stays-open
	done
}
