# SPDX-License-Identifier: GPL-2.0-only
# Guards: on a path with poll_us a command that is alone is polled for by who has
# submitted it, and the data is right; with more commands under way, or without
# poll_us, nobody polls; connections that end while they are polled, by their
# target and by their device, end as any other.
# pairs: ours

# polls WHAT: of the one session there is.
polls() { cat /sys/class/scsi_host/host*/iser/polls_"$1"; }
polled() { echo $(($(polls answered) + $(polls expired))); }

polls_more() { [ "$(polled)" -gt "$polls" ]; }

# count_polls COMMAND...: sets polls and commands to how many there were in it.
count_polls()
{
	polls=$(polled) commands=$(commands)
	"$@"
	polls=$(($(polled) - polls)) commands=$(($(commands) - commands))
	note "$commands commands, $polls polls; since the login $(polls answered) answered, $(polls expired) expired"
}

# one_by_one OPTION...: each command waits for the one before it.
one_by_one() { verify ioengine=psync iodepth=1 "$@"; }

# The way to the target goes with its device, and comes back with link_up.
device_goes() { rdma link delete "$link_dev"; }

run()
{
	local n polls commands

	target_up null 64
	login
	no_scheduler
	one_by_one bs=4k size=1m
	[ "$(polled)" = 0 ] || fail "polled without poll_us"
	logout

	path_set default poll_us 1000
	login
	no_scheduler
	[ "$(cat /sys/class/scsi_host/host*/iser/poll_us)" = 1000 ] || fail "poll_us is not shown"
	count_polls one_by_one bs=4k size=2m
	# In Linux 6.1 a kernel thread submits the writes: half of them all.
	case $(uname -r) in 6.1.*) commands=$((commands / 2)) ;; esac
	[ $((polls * 4)) -ge $((commands * 3)) ] || fail "not all of them were polled for"
	# Where processors take turns, who looks keeps the link from answering.
	[ "${ISER_thread:-}" != multi ] || [ "$(polls answered)" -gt 0 ] ||
		fail "nobody has found an answer"
	count_polls one_by_one bsrange=512-256k size=4m
	count_polls verify bsrange=4k-64k iodepth=32 size=16m
	[ $((polls * 2)) -le "$commands" ] || fail "polled with other commands under way"

	for n in 1 2; do
		load_start ioengine=psync bs=4k iodepth=1 size=2m
		polls=$(polled)
		wait_for 30 "the load to be polled for" polls_more
		outage "target $n" target_disable target_enable
		outage "device $n" device_goes link_up
		load_stop
	done
	logout
	path_forget
}
