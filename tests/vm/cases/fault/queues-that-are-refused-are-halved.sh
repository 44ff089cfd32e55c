# SPDX-License-Identifier: GPL-2.0-only
# Guards: a device that has no memory for the queues it was asked for, and says it
# could have them, is asked for half, and for half of that: the login succeeds,
# the session is less deep, which sysfs shows, and its data right. The initiator asks
# first, and so it is the initiator that is refused; the target asks by the same
# function.
# pairs: ours
# injects: allocations
# timeout: 600

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

# refuse N: the next N queue pairs that anybody asks for. It is the first thing
# that a driver needs for one that fails.
refuse()
{
	local range

	mapfile -t range < <(fault_function rdma_cm rdma_create_qp)
	[ ${#range[@]} = 2 ] || fail "where are queue pairs made?"
	fault_arm failslab iser_core times="$1" require-start="0x${range[0]}" \
		require-end="0x${range[1]}"
}

# halved: how many connections got less than they had asked for.
halved()
{
	log_of_case |
		grep -c 'queues for [0-9]* commands instead of [0-9]*' || :
}

window() { cat /sys/class/scsi_host/host*/iser/window; }

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
	# Where there is memory again, so is the depth.
	before=$(halved)
	login
	[ "$(window)" = "$whole" ] || fail "the window is $(window), not $whole"
	[ "$(halved)" = "$before" ] || fail "queues are halved though there is memory"
	verify bs=4k iodepth=64 size=1m
	logout
}
