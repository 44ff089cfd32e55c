# SPDX-License-Identifier: GPL-2.0-only
# Guards: a bond under the RDMA device switches to its other interface and takes
# that one's MAC address; the connection manager tells connections and listeners
# (ADDR_CHANGE) that they are where the address was. Both begin anew by
# themselves, and the data is right. Once only: when the bond goes back at once,
# no connection was made over rxe in two minutes, and why is not known.
# pairs: ours
# links: rxe (with siw TCP goes on as if nothing had happened)
# long: yes

set_up()
{
	local slave

	ip link add "$net_dev" type bond mode active-backup fail_over_mac active ||
		skip "this guest has no bonds"
	for slave in iser-a iser-b; do
		ip link add "$slave" type dummy
		ip link set "$slave" master "$net_dev"
	done
	pair_load
	link_up
	initiator_up
}

switch_to() { ip link set "$net_dev" type bond active_slave "$1"; }
told() { grep -q 'iser_ep_stop: .*reason=addr-change' /sys/kernel/tracing/trace; }

run()
{
	target_up null 64
	login
	load_start bsrange=4k-128k iodepth=16 size=8m
	switch_to iser-b
	wait_for 30 "the connections to be told" told
	wait_for 120 "the session to be up" session_up
	wait_for 60 "I/O to go on over iser-b" io_moves
	load_stop
	logout
	rdma link delete "$link_dev"
	ip link delete "$net_dev"
	ip link delete iser-a
	ip link delete iser-b
}
