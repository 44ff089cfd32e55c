# SPDX-License-Identifier: GPL-2.0-only
# Guards: from one moment to the next nothing arrives any more. Both ends find
# out by themselves; when the path is back so is the session, and the data that
# was under way is right.
# timeout: 600

set_up() { pair_load; wire_up; initiator_up; }

run()
{
	portal=$wire_portal
	target_up null 64
	make_record
	set_node "node.conn[0].timeo.noop_out_interval" 3
	set_node "node.conn[0].timeo.noop_out_timeout" 5
	login
	load_start bsrange=4k-64k iodepth=16 size=8m
	wire_loses 100
	wait_for 90 "the initiator to notice the silence" session_lost
	wire_loses 0
	wait_for 180 "the session to be back" session_up
	wait_for 60 "I/O to go on" io_moves
	load_stop
	logout
}
