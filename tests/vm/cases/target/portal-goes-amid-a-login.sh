# SPDX-License-Identifier: GPL-2.0-only
# Guards: a portal whose peer has stopped in the middle of its login is removed
# without waiting for the login's time limit, and another takes its place.
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

amid_a_login() { grep -q '^# half a login is here' /tmp/peer.ktap; }

run()
{
	local peer start

	target_up ramdisk 64
	rm -f /tmp/peer.ktap
	peer_run portal/ &
	peer=$!
	wait_for 60 "half a login" amid_a_login
	start=$SECONDS
	target_disable
	rmdir "$tpg/np/$(lio_portal)"
	note "removed after $((SECONDS - start)) s"
	# That limit is 15 s, on a slow machine as well.
	[ $((SECONDS - start)) -lt $((slow > 1 ? 14 : 10)) ] || fail "the portal took $((SECONDS - start)) s to go"
	portal_up "$portal"
	target_enable
	wait "$peer"
}
