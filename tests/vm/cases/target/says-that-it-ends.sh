# SPDX-License-Identifier: GPL-2.0-only
# Guards: a portal group that is disabled says so to its initiators before the
# connection goes.
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

session_waits() { grep -q 'waiting for the end' /tmp/peer.ktap; }

run()
{
	local pid

	require "$iser_peer"
	target_up ramdisk 64
	"$iser_peer" --target "$target_ip" --port "$port" --iqn "$iqn" --patience $((8000 * slow)) \
		--count 1 --no-survivor --case end/ >/tmp/peer.ktap &
	pid=$!
	wait_for 60 "the peer's session" session_waits
	target_disable
	wait $pid || fail "$(grep -m 1 '^# end/' /tmp/peer.ktap)"
}
