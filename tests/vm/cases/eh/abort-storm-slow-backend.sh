# SPDX-License-Identifier: GPL-2.0-only
# Guards: a back end that is slower than the initiator's patience: commands time out
# and are aborted, again and again. Each abort is answered, nobody hangs, the session
# lives; and when LUN resets go in between, which libiscsi cannot ask for beside an
# abort and may drop the connection instead, it is up in the end. When the back end is
# quick again all is right.
# pairs: ours tgt-intree
# timeout: 420
# long: yes

trace=/sys/kernel/tracing/trace

asked() { grep -c 'iser_send: .*opcode=0x42' $trace || :; }
answers() { grep -c 'iser_recv: .*opcode=0x22' $trace || :; }
answered() { [ "$(answers)" -ge "$1" ]; }
answered_all() { [ "$(answers)" = "$(asked)" ]; }

# storm: in the background, until calm. libiscsi gives a command that has come on
# since it was last asked, and one of a connection that it has just pinged, another
# second each; LIO answers an abort when the back end has answered the command, and
# by then the others of sixteen are done. So there is one abort in a round.
storm()
{
	slow_by 4500
	echo 1 >"/sys/block/${dev##*/}/device/timeout"
	note "storm: every command takes 4.5 s, and is given 1 s"
	fio --name=storm --filename="$dev" --direct=1 --ioengine=libaio --rw=randrw \
		--bsrange=4k-64k --iodepth=16 --time_based --runtime=600 --eta=never \
		--thread --continue_on_error=all >/tmp/storm.out 2>&1 &
}

calm()
{
	slow_by 0
	echo 60 >"/sys/block/${dev##*/}/device/timeout"
	pkill -x fio || :
	wait_for 120 "the storm to end" not pgrep -x fio
}

run()
{
	local n dev

	target_up slow 64
	login
	dev=$(disk)
	echo >$trace
	storm
	wait_for 120 "three aborts to be answered" answered 3
	calm
	wait_for 60 "the last abort to be answered" answered_all
	note "$(answers) answers to $(asked) aborts"
	session_kept || fail "the storm cost the session"

	echo >$trace
	storm
	for ((n = 0; n < 4; n++)); do
		nap 5
		# -N: it shall not end in a reset of the session by itself.
		sg_reset -N -d "$dev" || note "reset $n: refused"
	done
	calm
	wait_for 120 "the session to be up" session_up
	note "$(answers) answers to aborts and resets; $(conn_errors) connections dropped"
	[ "$(answers)" -gt 0 ] || fail "neither an abort nor a reset was answered"
	echo running >"/sys/block/${dev##*/}/device/state" 2>/dev/null || :
	verify bs=16k iodepth=16 size=8m
	logout
}
