# SPDX-License-Identifier: GPL-2.0-only
# Guards: whatever depth a session has, every command that MaxCmdSN allows finds
# a receive buffer, on queues made for it and on queues made for a deeper one,
# and a window that was closed opens again.
# pairs: ours
# timeout: 900

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

peer_name=iqn.2026-01.org.example:peer

run()
{
	local depth

	target_up ramdisk 64
	acl_up "$peer_name"
	for depth in 1 2 7 64 65 200 512 512 3 1; do
		note "depth $depth"
		acl_depth "$peer_name" $depth
		# It sends 16 PDUs without an answer at a time, and again before
		# the last ones are taken, more than there are receives for: a
		# RoCE device waits, an iWARP one ends it.
		[ "$link_type" = siw ] || peer_count=8 peer_run credit/closed-window-opens-again
		peer_count=8 peer_run credit/full-window-without-rnr credit/window-stays-open
		# For commands on their way, 32 at most (ISER_TGT_WINDOW).
		grep -qx "# window was $((depth < 32 ? depth : 32))" /tmp/peer.ktap ||
			fail "depth $depth: $(grep '^# window was' /tmp/peer.ktap)"
	done
}
