# SPDX-License-Identifier: GPL-2.0-only
# Guards: a device that has no memory for the queues it was asked for, and says it
# could have them, is asked for half, and for half of that: the login succeeds,
# the session is less deep, which sysfs shows, and its data right. So it is at the
# target.
# pairs: ours
# injects: allocations
# timeout: 600

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

# refuse MODULE FUNCTION NAME=VALUE: allocations below that function.
refuse()
{
	local range

	mapfile -t range < <(fault_function "$1" "$2")
	[ ${#range[@]} = 2 ] || fail "where is $2?"
	fault_arm failslab iser_core "$3" require-start="0x${range[0]}" \
		require-end="0x${range[1]}"
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

# targets_too: what the target needs to take a connection, one piece of memory after
# the other, until it was one of a queue.
targets_too()
{
	local n before tried=0

	before=$(halved_at_target)
	for ((n = 1; n <= 40; n++)); do
		refuse iser_core iser_listen_handler nth=$n
		fault_try_login || tried=$((tried + 1))
		fault_used failslab || fail "the target takes a connection with $n pieces"
		fault_disarm
		if [ "$(halved_at_target)" -gt "$before" ]; then
			note "the target's queue was refused as piece $n; $tried logins failed before"
			verify bsrange=4k-64k iodepth=64 size=4m
			logout
			return
		fi
		iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout >/dev/null 2>&1 || :
		wait_for 90 "the session to go" no_sessions
	done
	fail "the target never was refused a queue"
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
		# The initiator asks first; it is what a driver needs first for one.
		refuse rdma_cm rdma_create_qp times=$n
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
