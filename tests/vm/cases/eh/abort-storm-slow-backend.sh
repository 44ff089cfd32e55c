# SPDX-License-Identifier: GPL-2.0-only
# Guards: a back end that is slower than the initiator's patience: every command
# times out and is aborted, LUN resets go in between. Each is answered, nobody
# hangs, the session lives, and when the back end is quick again all is right.
# timeout: 420
# long: yes

run()
{
	local n dev

	target_up slow 64
	login
	dev=$(disk)
	slow_by 5000
	echo 1 >"/sys/block/${dev##*/}/device/timeout"
	note "storm: every command takes 5 s, and is given 1 s"
	fio --name=storm --filename="$dev" --direct=1 --ioengine=libaio --rw=randrw \
		--bsrange=4k-64k --iodepth=16 --time_based --runtime=25 --eta=never \
		--thread --continue_on_error=all >/tmp/storm.out 2>&1 &
	for ((n = 0; n < 4; n++)); do
		nap 5
		sg_reset -d "$dev" || note "reset $n: refused"
	done
	slow_by 0
	echo 60 >"/sys/block/${dev##*/}/device/timeout"
	wait_for 120 "the storm to end" not pgrep -x fio
	wait_for 120 "the session to be up" session_up
	# Four are answers to the resets.
	n=$(grep -c 'iser_recv: .*opcode=0x22' /sys/kernel/tracing/trace || :)
	note "$n answers to task management"
	[ "$n" -gt 4 ] || fail "no abort was answered"
	echo running >"/sys/block/${dev##*/}/device/state" 2>/dev/null || :
	verify bs=16k iodepth=16 size=8m
	logout
}
