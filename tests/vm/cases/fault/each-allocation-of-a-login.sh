# SPDX-License-Identifier: GPL-2.0-only
# Guards: whichever allocation of a connection or a login fails, on either side,
# the login fails or succeeds, the next one succeeds, and nothing is lost.
# pairs: ours
# injects: allocations
# timeout: 900

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

# Every one of the first, then ever wider steps: the later ones are many of a
# kind.
steps="1 2 3 4 5 6 7 8 10 12 15 19 24 30 38 48 60 75 94 118 150"

try_login()
{
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login >/tmp/try 2>&1
}

# each MODULE KIND: until the login needs fewer allocations than the step.
each()
{
	local n injected=0 failed=0
	for n in $steps; do
		fault_arm "$2" "$1" interval="$n"
		try_login || failed=$((failed + 1))
		fault_used "$2" || n=
		fault_disarm
		iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout >/dev/null 2>&1 || :
		wait_for 90 "the session to go" no_sessions
		[ -n "$n" ] || break
		injected=$((injected + 1))
	done
	note "$1, $2: $injected injected, $failed logins failed"
	[ $injected -gt 0 ] || fail "$2 never hit $1"
}

run()
{
	local module

	fault_required
	target_up
	make_record
	set_node node.session.initial_login_retry_max 1
	set_node "node.conn[0].timeo.login_timeout" 10
	for module in iser_core ib_iser ib_isert; do
		each $module failslab
	done
	each iser_core fail_page_alloc
	set_node "node.conn[0].timeo.login_timeout" 60
	login
	verify bs=4k iodepth=8 size=1m
	logout
}
