# SPDX-License-Identifier: GPL-2.0-only
# Guards: under I/O, the network interface is renamed, which nobody notices; its
# address moves to another device, and the session follows; its carrier goes and
# the device is made again, and the session is back. The data is right.
# pairs: ours
# links: rxe (with siw TCP goes on as if nothing had happened)
# timeout: 400
# long: yes

twin=${link_type}9

rename() { ip link set "$1" name "$2"; }

move_address()
{
	ip addr del "$target_ip/24" dev "$1"
	ip addr add "$target_ip/24" dev "$2"
}

run()
{
	target_up null 64
	make_record
	# So that lost pings end a session that nothing else does.
	set_node "node.conn[0].timeo.noop_out_interval" 3
	set_node "node.conn[0].timeo.noop_out_timeout" 10
	login
	load_start bsrange=4k-128k iodepth=16 size=8m

	if rename "$net_dev" iser5; then
		wait_for 60 "I/O to go on on an interface with another name" io_moves
		session_kept || fail "a new name cost the session"
		rename iser5 "$net_dev"
	else
		note "this kernel does not rename what is up"
	fi

	ip link add iser9 type dummy
	ip link set iser9 up
	rdma link add "$twin" type "$link_type" netdev iser9
	move_address "$net_dev" iser9
	wait_for 30 "$twin to know the address" knows_address "$twin" "$target_ip"
	wait_for 180 "the session to be up where its address is" session_up
	wait_for 120 "I/O to go on there" io_moves
	wait_for 60 "the session to be on $twin" grep -qx "$twin" /sys/class/scsi_host/host*/iser/device

	ip link set iser9 down
	wait_for 90 "the initiator to notice the carrier" session_lost
	# rxe's connection manager is dead after a packet that could not be sent.
	rdma link delete "$twin"
	ip link set iser9 up
	ip addr replace "$target_ip/24" dev iser9
	rdma link add "$twin" type "$link_type" netdev iser9
	wait_for 180 "the session to be back" session_up
	wait_for 60 "I/O to go on again" io_moves
	load_stop
	logout
	rdma link delete "$twin"
	ip link delete iser9
}
