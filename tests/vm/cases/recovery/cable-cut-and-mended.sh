# SPDX-License-Identifier: GPL-2.0-only
# Guards: two machines that suddenly do not hear each other both give up the
# connection by themselves; when the cable is whole again the session is back,
# over and over, and the data that was under way is right.
# guests: 2
# timeout: 900

target() { target_up disk; }

run()
{
	local n

	make_record
	set_node "node.conn[0].timeo.noop_out_interval" 3
	set_node "node.conn[0].timeo.noop_out_timeout" 5
	login
	load_start bsrange=4k-256k iodepth=16 size=16m
	for ((n = 1; n <= 2; n++)); do
		host_do cable-cut
		wait_for 120 "the initiator to notice cut $n" session_lost
		host_do cable-mend
		wait_for 180 "the session to be back after cut $n" session_up
		wait_for 60 "I/O to go on after cut $n" io_moves
	done
	load_stop
	logout
}
