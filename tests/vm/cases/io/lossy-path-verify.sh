# SPDX-License-Identifier: GPL-2.0-only
# Guards: one packet in a hundred lost in each direction, or each of them late,
# costs time, not data and not the session, and neither a login nor a logout. Over
# iWARP it costs no connection either; over rxe it does, for a queue pair that has
# to send again may end in an error there, and then the commands are done on the
# next connection.

set_up() { pair_load; wire_up; initiator_up; }

# dropped END: packets that its lossy queue has dropped.
dropped() { tc -s qdisc show dev "$1" | sed -n 's/.*dropped \([0-9]*\).*/\1/p'; }

run()
{
	local before lost n times=4 percent=3

	portal=$wire_portal
	target_up null 64
	make_record
	# rxe of 6.1 registers a key once more when it has to send again, which it
	# refuses itself ("not free"). The connection says nothing more, and the sooner
	# that is noticed the better.
	case $link_type-$(uname -r) in
	rxe-6.1.*)
		ping_often
		times=1 percent=1
		;;
	esac
	wire_delays 20
	login
	verify bsrange=4k-64k iodepth=8 size=2m
	note "late packets: $(conn_errors) connections lost"
	wire_loses 1
	verify bsrange=4k-64k iodepth=8 size=2m
	note "dropped: $(dropped w0) and $(dropped w1) packets; $(conn_errors) connections lost by now"
	[ $(($(dropped w0) * $(dropped w1))) -gt 0 ] || fail "nothing was lost"
	[ "$link_type" = rxe ] || [ "$(conn_errors)" = 0 ] || fail "late or lost packets cost a connection"
	wire_loses 0
	wait_for 60 "the session to be up" session_up
	before=$(conn_errors)
	verify bsrange=4k-64k iodepth=8 size=2m
	[ "$(conn_errors)" = "$before" ] || fail "a connection was lost over a path that loses nothing"
	wire_loses $percent
	lost=$(($(dropped w0) + $(dropped w1)))
	for ((n = 0; n < times; n++)); do
		logout
		login
	done
	logout
	lost=$(($(dropped w0) + $(dropped w1) - lost))
	note "$lost packets of logins and logouts were lost"
	[ $lost -gt 0 ] || [ $times = 1 ] || fail "no login lost a packet"
}
