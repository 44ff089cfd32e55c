# SPDX-License-Identifier: GPL-2.0-only
# Guards: the network is so slow that each WRITE times out and is aborted while
# the target's RDMA Read of its data is under way; LUN resets go in between.
# Nobody hangs, the session is up in the end (libiscsi may drop its connection, when
# aborts are late as well), no STag outlives its command, and when the network is
# quick again the data is right.
# pairs: ours
# timeout: 420
# long: yes

set_up() { pair_load; wire_up; initiator_up; }

tracing=/sys/kernel/tracing

# answered: task management was asked for, and answered.
answered() { grep -q 'iser_recv: .*opcode=0x22' $tracing/trace; }

# watch_fetches: have the trace say when the target begins to fetch the data of a
# WRITE and when some is here.
watch_fetches()
{
	echo 'p:iser_fetch isert_data_get' >>$tracing/kprobe_events
	echo 'p:iser_fetched isert_data_done' >>$tracing/kprobe_events
	echo 1 >$tracing/events/kprobes/enable
	echo >$tracing/trace
}

# amid_fetches: how many requests for task management have reached the target while
# data was under way to it.
amid_fetches()
{
	awk '/ iser_fetch: / { under_way++ }
		/ iser_fetched: / { under_way-- }
		/ iser_recv: .* opcode=0x02 / && under_way > 0 { n++ }
		END { print n + 0 }' $tracing/trace
}

run()
{
	local dev n amid

	portal=$wire_portal
	target_up null 64
	# Nobody shall send again what is only late.
	path_set default ack_timeout 20
	# All data of a WRITE is fetched.
	echo No >"$tpg/param/ImmediateData"
	make_record
	set_node "node.conn[0].timeo.noop_out_interval" 1000
	set_node node.session.err_timeo.abort_timeout 30
	set_node node.session.err_timeo.lu_reset_timeout 60
	login
	[ "$(session_param immediate_data)" = 0 ] || fail "ImmediateData=Yes was negotiated"
	dev=$(disk)
	# Data is here after three ways, an abort after the second that a command is
	# given, or two, and one way.
	wire_delays 800
	watch_fetches
	echo 1 >"/sys/block/${dev##*/}/device/timeout"
	fio --name=storm --filename="$dev" --direct=1 --ioengine=libaio --rw=randwrite \
		--bsrange=16k-128k --iodepth=8 --time_based --runtime=15 --eta=never \
		--thread --continue_on_error=all >/tmp/storm.out 2>&1 &
	for n in 1 2; do
		nap 6
		# -N: while an abort is under way it cannot be, and shall not end in a
		# reset of the session.
		sg_reset -N -d "$dev" || note "reset $n: refused"
	done
	wire_delays 0
	echo 60 >"/sys/block/${dev##*/}/device/timeout"
	wait_for 150 "the storm to end" not pgrep -x fio
	wait_for 120 "the session to be up" session_up
	note "connections lost: $(conn_errors)"
	answered || fail "no task management was answered"
	amid=$(amid_fetches)
	probes_off
	note "aborts and resets that came amid fetches: $amid"
	# The delay is made for rxe; over siw, with TCP below, none came amid one.
	[ "$amid" -gt 0 ] || [ "$link_type" = siw ] ||
		fail "no WRITE was aborted while its data was fetched"
	echo running >"/sys/block/${dev##*/}/device/state" 2>/dev/null || :
	verify bs=64k iodepth=16 size=8m
	logout
}
