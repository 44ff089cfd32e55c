# SPDX-License-Identifier: GPL-2.0-only
# Guards: an initiator that has nothing to do answers the target's questions
# whether it is there, and its session stays; also where LIO itself asks as well,
# which it does when an administrator switches that on under a session.
# pairs: ours ini-intree

tracing=/sys/kernel/tracing

# pdus EVENT OPCODE: that belong to no task.
pdus() { grep -c " iser_$1: .* opcode=0x$2 itt=0xffffffff" $tracing/trace || :; }
answered() { [ "$(pdus recv 00)" -ge "$1" ]; }

# asked_again N: so many more answers, and no end.
asked_again()
{
	wait_for 60 "$1 more answers to the target" answered $(($(pdus recv 00) + $1))
	session_kept || fail "the session was lost"
}

# asked_by_lio: how often its own timer has run since it is watched.
asked_by_lio() { grep -c ' iser_lio_asks: ' $tracing/trace || :; }

run()
{
	target_up ramdisk 16
	acl_up "$initiator_name" $((3 * slow))
	make_record
	# Its own pings would be something that it says.
	set_node 'node.conn[0].timeo.noop_out_interval' 600
	login
	asked_again 2
	[ "$(pdus send 20)" -ge "$(pdus recv 00)" ] || fail "more answers than questions"
	echo 'p:iser_lio_asks iscsit_handle_nopin_timeout' >>$tracing/kprobe_events
	echo 1 >$tracing/events/kprobes/iser_lio_asks/enable
	echo 0 >"$tpg/acls/$initiator_name/attrib/nopin_timeout"
	echo $((3 * slow)) >"$tpg/acls/$initiator_name/attrib/nopin_timeout"
	asked_again 4
	[ "$(asked_by_lio)" -gt 0 ] || fail "LIO itself did not ask"
	probes_off
	verify bs=4k iodepth=8 size=1m
	logout
}
