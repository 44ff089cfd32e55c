# SPDX-License-Identifier: GPL-2.0-only
# Guards: the network is so slow that each WRITE times out and is aborted while
# the target's RDMA Read of its data is under way; LUN resets go in between.
# Nobody hangs, the session lives, no STag outlives its command, and when the
# network is quick again the data is right.
# pairs: ours
# timeout: 420
# long: yes

set_up() { pair_load; wire_up; initiator_up; }

# answered FUNCTION: task management was asked for, and answered.
answered() { grep -q 'iser_recv: .*opcode=0x22' /sys/kernel/tracing/trace; }

run()
{
	local dev n

	portal=$wire_portal
	target_up null 64
	# All data of a WRITE is fetched.
	echo No >"$tpg/param/ImmediateData"
	make_record
	set_node "node.conn[0].timeo.noop_out_interval" 0
	set_node node.session.err_timeo.abort_timeout 30
	set_node node.session.err_timeo.lu_reset_timeout 60
	login
	[ "$(session_param immediate_data)" = 0 ] || fail "ImmediateData=Yes was negotiated"
	dev=$(disk)
	# There and back twice: more than the second that a command is given.
	wire_delays 350
	echo 1 >"/sys/block/${dev##*/}/device/timeout"
	fio --name=storm --filename="$dev" --direct=1 --ioengine=libaio --rw=randwrite \
		--bsrange=16k-128k --iodepth=8 --time_based --runtime=15 --eta=never \
		--thread --continue_on_error=all >/tmp/storm.out 2>&1 &
	for n in 1 2; do
		nap 6
		sg_reset -d "$dev" || note "reset $n: refused"
	done
	wire_delays 0
	echo 60 >"/sys/block/${dev##*/}/device/timeout"
	wait_for 150 "the storm to end" not pgrep -x fio
	wait_for 120 "the session to be up" session_up
	answered || fail "no task management was answered"
	echo running >"/sys/block/${dev##*/}/device/state" 2>/dev/null || :
	verify bs=64k iodepth=16 size=8m
	logout
}
