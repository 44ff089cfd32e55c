# SPDX-License-Identifier: GPL-2.0-only
# Guards: whatever else the connection manager says in place of any of its events,
# from the address that is resolved to the end of the connection, at either end: a
# login fails or succeeds, a logout ends, the next login succeeds, nothing is lost.
# pairs: ours
# timeout: 1500

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

# What RDMA_CM_EVENT_... are to the kernel, of those that end a connection.
events="CONNECT_ERROR=6 UNREACHABLE=7 REJECTED=8 DISCONNECTED=10
DEVICE_REMOVAL=11 ADDR_CHANGE=14 TIMEWAIT_EXIT=15"

tracing=/sys/kernel/tracing

# stopped_for_it: a connection was, neither by us nor for what followed from that.
stopped_for_it() { grep 'iser_ep_stop: ' $tracing/trace | finds -vE ' reason=(local|wc) '; }

# event_is_another NAME=NUMBER N: the Nth event of a login and a logout. An
# initiator's are four, a target's three: the first one is that it is connected.
event_is_another()
{
	echo >$tracing/trace
	echo "${1#*=}" >$fault_dir/iser/cm_event
	fault_post_arm cm "$2"
	fault_try_login || failed=$((failed + 1))
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout >/tmp/try 2>&1 || :
	wait_for 90 "the session to go after event $2 was ${1%=*}" no_sessions
	! fault_used iser/fail_cm || replaced=$((replaced + 1))
	fault_post_disarm cm
	# Later ones may come to who is on the way out.
	[ "$2" -gt 2 ] || stopped_for_it || fail "event $2 was ${1%=*}, and nobody cared"
}

run()
{
	local event n replaced=0 failed=0

	fault_required
	target_up
	make_record
	set_node node.session.initial_login_retry_max 1
	set_node "node.conn[0].timeo.login_timeout" $((10 * slow))
	for event in $events; do
		for n in 1 2 3 4 5 6; do event_is_another "$event" $n; done
	done
	# iscsid tries once more when it did not come to a connection.
	note "$replaced events of 42 were others, $failed logins failed"
	[ $replaced -ge 30 ] || fail "only $replaced events were others"
	set_node "node.conn[0].timeo.login_timeout" 60
	login
	verify bs=4k iodepth=8 size=1m
	logout
}
