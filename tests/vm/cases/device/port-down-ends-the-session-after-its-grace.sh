# SPDX-License-Identifier: GPL-2.0-only
# Guards: a port that is down for less than the grace time of the path costs no
# session, idle or under I/O; one that stays down ends it then, long before a timer of iSCSI does;
# and the session comes back with the device, without anybody's help.
# pairs: ours

# port_events STATE: how often the connections were told
port_events() { grep -c " iser_port: .* $1 grace_ms" /sys/kernel/tracing/trace || :; }
told() { [ "$(port_events "$1")" -gt "${2:-0}" ]; }
stopped_for_port() { grep -q 'iser_ep_stop: .* reason=port' /sys/kernel/tracing/trace; }

run()
{
	target_up
	path_set default grace_ms $((5000 * slow))
	discover_quietly
	login
	ip link set "$net_dev" down
	wait_for 20 "the connections to hear of the port" told down
	ip link set "$net_dev" up
	readdress
	wait_for 20 "the connections to hear that it is back" told up
	# The grace time passes now, and it shall not matter.
	nap $((6 * slow))
	session_kept || fail "a short flap ended the session"
	dd if="$(disk)" of=/dev/null bs=64k count=4 iflag=direct || fail "no I/O after a short flap"
	[ "$link_type" != rxe ] || flap_under_io
	! stopped_for_port || fail "a connection was ended for its port"
	logout

	path_set default grace_ms 300
	login
	ip link set "$net_dev" down
	wait_for 20 "the connections to be ended" stopped_for_port
	wait_for 60 "the initiator to notice" session_lost
	# Its goodbye could not be sent, and after that rxe sends nothing of the
	# connection manager's any more: the device has to be made again.
	[ "$link_type" != rxe ] || rdma link delete "$link_dev"
	link_up
	wait_for 120 "the session to be back" session_up
	dd if="$(disk)" of=/dev/null bs=64k count=4 iflag=direct
	logout
}

# flap_under_io: no carrier for a moment. The device is up, and what it sends to
# itself arrives, as retries would see to on a wire.
flap_under_io()
{
	local down up

	load_start bs=4k iodepth=8 size=1m
	down=$(port_events down)
	up=$(port_events up)
	ip link set "$net_dev" carrier off
	wait_for 20 "the connections to hear of the carrier" told down "$down"
	ip link set "$net_dev" carrier on
	wait_for 20 "the connections to hear that it is back" told up "$up"
	nap $((6 * slow))
	session_kept || fail "a short flap under I/O ended the session"
	load_stop
}

# A dummy device forgets its IPv6 address when it goes down.
readdress() { ip addr replace "$target_ip6"/64 dev "$net_dev" nodad; }

# Pings would be lost on the way, and with them the connection: a packet that
# rxe cannot send is an error to it.
discover_quietly()
{
	make_record
	set_node "node.conn[0].timeo.noop_out_interval" 1000
}
