# SPDX-License-Identifier: GPL-2.0-only
# Guards: a bond under the RDMA device switches to its other interface, and back,
# and takes that one's MAC address; the connection manager tells connections and
# listeners (ADDR_CHANGE) that they are where the address was. Both begin anew by
# themselves, and the data is right. What cannot be blamed on us ends the case: the
# switch takes addresses from the device and gives them back, and rxe puts its
# management queue pair into error, for good, when it is to send for an address
# that is just not there. No connection is made on that device any more.
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
ended() { grep -q 'iser_ep_stop: ' /sys/kernel/tracing/trace; }
management_failed() { rdma resource show qp | finds 'type GSI state ERR'; }
goes_on_or_cannot() { management_failed || { session_up && io_moves; }; }

# fails_over_to INTERFACE: the I/O goes on there. A packet that has no address to
# come from may end a connection before the connection manager does; not each time.
fails_over_to()
{
	note "to $1"
	echo >/sys/kernel/tracing/trace
	switch_to "$1"
	wait_for 30 "the connections to end" ended
	wait_for 150 "I/O to go on over $1" goes_on_or_cannot
	! told || were_told=1
	management_failed || return 0
	# fio waits for as long as there is a session.
	iscsiadm -m node --logoutall=all || :
	skip "rxe's management queue pair has failed"
}

run()
{
	local were_told=

	target_up null 64
	login
	load_start bsrange=4k-128k iodepth=16 size=8m
	fails_over_to iser-b
	fails_over_to iser-a
	fails_over_to iser-b
	[ -n "$were_told" ] || fail "the connection manager has told no connection"
	load_stop
	logout
	rdma link delete "$link_dev"
	ip link delete "$net_dev"
	ip link delete iser-a
	ip link delete iser-b
}
