# SPDX-License-Identifier: GPL-2.0-only
# Guards: a peer that connects and says nothing costs the target a connection, its
# slots and two receive buffers: no spare memory, no memory region, nothing that a
# session has. When its time is up, all of it comes back.
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

silent=20

peers_are_here() { grep -q '^# the silent peers are here' /tmp/peer.ktap; }

# alive KIND: so many are there.
alive() { awk -v kind="$1" '$1 == kind { print $2 - $3 }' /sys/kernel/debug/iser/objects; }

# costs KIND EACH: that is what each of the peers has of them.
costs()
{
	[ "$(alive "$1")" = $((silent * $2)) ] ||
		fail "$silent silent peers have $(alive "$1") of $1, which is not $2 each"
}

run()
{
	local peer kind

	target_up ramdisk 64
	rm -f /tmp/peer.ktap
	[ "$(alive endpoint)" = 0 ] || fail "there are $(alive endpoint) connections to begin with"
	peer_count=$silent peer_run silent/ &
	peer=$!
	wait_for 60 "the silent peers" peers_are_here
	cat /sys/kernel/debug/iser/objects
	costs endpoint 1
	costs recv 2
	for kind in chunk extent mr; do costs $kind 0; done
	wait $peer
	wait_for 60 "the connections to go" no_connections
	for kind in recv send buf; do costs $kind 0; done
}

no_connections() { [ "$(alive endpoint)" = 0 ]; }
