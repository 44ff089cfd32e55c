# SPDX-License-Identifier: GPL-2.0-only
# Guards: the RDMA device of one end goes under I/O while the other end keeps its
# own, first the target's, then the initiator's. Neither waits for the other: the
# device goes at once, what was under way is done when it is back, on a connection
# that came by itself, and the data is right.
# pairs: ours
# timeout: 500
# long: yes

set_up() { pair_load; wire_up; initiator_up; }

# pull_and_return DEVICE NETDEV ADDRESS
pull_and_return()
{
	note "$1 goes"
	timeout $((30 * slow)) rdma link delete "$1" || fail "$1 does not go at once"
	wait_for 30 "$1 to go" device_gone "$1"
	wait_for 90 "the initiator to notice" session_lost
	rdma link add "$1" type "$link_type" netdev "$2"
	wait_for 30 "$1 to know its address" knows_address "$1" "$3"
	wait_for 180 "the session to be back" session_up
	wait_for 60 "I/O to go on" io_moves
}

run()
{
	portal=$wire_portal
	target_up null 64
	login
	load_start bsrange=4k-256k iodepth=32 size=16m
	wait_for 60 "I/O to begin" io_moves
	pull_and_return rxw0 w0 "$wire_ip"
	pull_and_return rxw1 w1 "$wire_own_ip"
	load_stop
	logout
}
