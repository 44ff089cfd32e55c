# SPDX-License-Identifier: GPL-2.0-only
# Guards: of the 512 commands that LIO allows as many are outstanding as the back end
# keeps, many times the window of those on their way: each finds a receive buffer, at
# either end, from the first session on, and so does each Data-Out of 128 that bring
# them, also of an initiator that sends all it has. Not once does the device have to
# say that its receiver is not ready.
# pairs: ours ini-intree
# links: rxe (siw does not count it)
# long: yes

rnr() { cat /sys/class/infiniband/"$link_dev"/ports/1/hw_counters/{rcvd,send}_rnr_err | tr '\n' ' '; }

# at_once N: so many commands are with the target.
at_once()
{
	local reads writes
	read -r reads writes <"/sys/block/$(basename "$(disk)")/inflight"
	[ $((reads + writes)) -ge "$1" ]
}

# many_at_once: at a back end that keeps each for long, and then answers all in one
# moment: the target opens the window without an answer, and the initiator makes use
# of that. The kernel's initiator sends on when it is answered: 32 more with each
# answer, if those before have arrived.
many_at_once()
{
	local all=480 delay=6000
	[ "$ISER_pair" = ours ] || { all=128 delay=500; }
	no_scheduler
	slow_by $((delay * slow))
	load_start bs=4k iodepth=512 size=8m
	wait_for 60 "$all commands at once" at_once $all
	slow_by 0
	load_stop
}

run()
{
	local before n

	target_up slow 64
	echo 512 >"$tpg/attrib/default_cmdsn_depth"
	make_record
	set_node node.session.cmds_max 512
	set_node node.session.queue_depth 512
	before=$(rnr)
	for n in 1 2; do
		login
		if [ $n = 1 ]; then
			# How deep it wants to be is known from the second session on.
			verify bs=4k iodepth=512 size=8m
		else
			many_at_once
		fi
		verify bs=64k iodepth=64 size=8m
		logout
	done
	set_node node.session.cmds_max 256
	set_node node.session.queue_depth 128
	for n in Yes No; do
		data_mode $n No
		login
		verify bs=64k iodepth=128 size=16m
		verify bsrange=512-256k iodepth=128 size=16m
		logout
	done
	note "receiver not ready, before and after: $before / $(rnr)"
	[ "$(rnr)" = "$before" ] || fail "a receiver was not ready: $before, then $(rnr)"
}
