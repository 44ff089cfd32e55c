# SPDX-License-Identifier: GPL-2.0-only
# Guards: a device that has no memory for the queues it was asked for, and says it
# could have them, is asked for half, and for half of that: the login succeeds,
# the session is less deep and its data right, at whichever end it was. What came of
# it is in sysfs.
# pairs: ours
# injects: allocations
# timeout: 600

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

# refuse N [NAME=VALUE]: the next N queue pairs that anybody asks for. It is the
# first thing that a driver needs for one that fails.
refuse()
{
	local range times=$1
	shift

	mapfile -t range < <(fault_function rdma_cm rdma_create_qp)
	[ ${#range[@]} = 2 ] || fail "where are queue pairs made?"
	fault_arm failslab iser_core times="$times" require-start="0x${range[0]}" \
		require-end="0x${range[1]}" "$@"
}

# halved: how many connections got less than they had asked for.
halved()
{
	log_of_case |
		grep -c 'queues for [0-9]* commands instead of [0-9]*' || :
}

# halved_at_target: the peer of such a one does not have the portal's port.
halved_at_target()
{
	log_of_case |
		grep 'queues for [0-9]* commands instead of [0-9]*' | grep -vc ":$port: " || :
}

window() { cat /sys/class/scsi_host/host*/iser/window; }

# targets_too: the initiator asks first, and a driver needs several pieces of memory
# for one queue pair; so ever later ones, until it was the target's.
targets_too()
{
	local n before

	before=$(halved_at_target)
	for ((n = 2; n <= 40; n++)); do
		refuse 1 interval=$n
		login
		fault_disarm
		if [ "$(halved_at_target)" -gt "$before" ]; then
			note "the target was refused: piece $n"
			verify bsrange=4k-64k iodepth=64 size=4m
			logout
			return
		fi
		logout
	done
	fail "the target never was refused a queue pair"
}

run()
{
	local n before whole

	fault_required
	target_up null 64
	make_record
	set_node node.session.initial_login_retry_max 1
	login
	whole=$(window)
	logout
	[ "$(halved)" = 0 ] || fail "there is no memory even now"
	# Half, a quarter, an eighth.
	for n in 1 2 3; do
		before=$(halved)
		refuse $n
		login
		fault_used failslab || fail "fewer than $n queue pairs were refused"
		fault_disarm
		[ "$(halved)" -gt "$before" ] || fail "no queue was halved for $n refusals"
		[ "$(window)" -lt "$whole" ] || fail "sysfs shows a window of $(window)"
		verify bsrange=4k-64k iodepth=64 size=4m
		logout
	done
	targets_too
	# Where there is memory again, so is the depth.
	before=$(halved)
	login
	[ "$(window)" = "$whole" ] || fail "the window is $(window), not $whole"
	[ "$(halved)" = "$before" ] || fail "queues are halved though there is memory"
	verify bs=4k iodepth=64 size=1m
	logout
}
