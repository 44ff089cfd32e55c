# SPDX-License-Identifier: GPL-2.0-only
# Guards: how long a path may be dead is what its policy says: an ACK timeout and
# a number of retries reach the device, few and short ones end the connection in
# a second or two, long ones later, and no timer of iSCSI has a part in it. The
# session comes back when the path does.
# pairs: ours tgt-intree
# links: rxe (siw leaves it to TCP, which has no such policy)
# timeout: 500
# long: yes

set_up() { pair_load; wire_up; initiator_up; }

# times: milliseconds from the first command into the silence to the end of the
# connection that it was sent on. The trace knows both.
times()
{
	awk '
		function ms(   i) {
			for (i = 1; i <= NF; i++)
				if ($i ~ /^[0-9]+\.[0-9]+:$/)
					return 1000 * $i
		}
		!ep && / iser_send: .* opcode=0x01 / {
			match($0, /ep=[0-9]+/)
			ep = substr($0, RSTART, RLENGTH)
			from = ms()
		}
		ep && / iser_ep_stop: / && $0 ~ (" " ep " ") { printf "%d\n", ms() - from; exit }
	' /sys/kernel/tracing/trace
}

ended() { [ -n "$(times)" ]; }

# dies ACK_TIMEOUT RETRIES: sets "took". The path is what the next login goes by.
dies()
{
	local reader
	path_set "$wire_ip" ack_timeout "$1"
	path_set "$wire_ip" retry_count "$2"
	login
	wire_loses 100
	echo >/sys/kernel/tracing/trace
	dd if="$(disk)" of=/dev/null bs=4k count=1 iflag=direct status=none &
	reader=$!
	wait_for 60 "the connection to end" ended
	took=$(times)
	note "ack_timeout=$1 retry_count=$2: the connection ended after $took ms"
	wire_loses 0
	wait_for 180 "the session to be back" session_up
	wait $reader || fail "a READ into the silence was lost"
	logout
}

run()
{
	local took quick

	portal=$wire_portal
	target_up null 64
	make_record
	set_node "node.conn[0].timeo.noop_out_interval" 1000
	# 4 us times 2^16 is 268 ms, twice.
	dies 16 1
	quick=$took
	[ "$quick" -lt $((4000 * slow)) ] || fail "half a second was asked for, it took $quick ms"
	# 1.07 s, seven times. Seven retries would be any number of them to rxe.
	dies 18 6
	[ "$took" -ge 6000 ] || fail "seven seconds were asked for, it took $took ms"
	[ "$took" -lt $((20000 * slow)) ] || fail "seven seconds were asked for, it took $took ms"
}
