# SPDX-License-Identifier: GPL-2.0-only
# Guards: a memory so much in pieces that more than two pages together are not to
# be had by anybody on whose behalf one of our modules asks: the deepest sessions
# there are log in all the same, one as good as the other, and move data.
# pairs: ours
# timeout: 900

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

many=100000

# refused: how often since fault_arm with times=$many.
refused() { echo $((many - $(fault_left fail_page_alloc))); }

run()
{
	local module round

	fault_required
	target_up null 64
	acl_up "$initiator_name"
	acl_depth "$initiator_name" 512
	make_record
	set_node node.session.cmds_max 512
	set_node node.session.queue_depth 512
	set_node node.session.initial_login_retry_max 1
	set_node node.session.nr_sessions 4
	for module in iser_core ib_iser ib_isert; do
		for round in 1 2; do
			fault_arm fail_page_alloc $module min-order=2 times=$many
			fault_try_login || fail "$module without large pages: $(tail -n 1 /tmp/try)"
			wait_for 120 "four sessions" sessions_up 4
			wait_for 120 "four disks" disks_are 4
			verify bs=64k iodepth=32 size=2m
			note "$module, round $round: $(refused) wishes for more were refused"
			fault_disarm
			fault_try_logout
		done
	done
	# Known to be there: what asks for two pages would have been refused.
	set_node node.session.nr_sessions 1
	fault_arm fail_page_alloc iser_core min-order=1 times=$many
	! fault_try_login || fail "a login without any two pages has succeeded"
	[ "$(refused)" -gt 0 ] || fail "nothing was refused, so nothing was tried"
	fault_disarm
	login
	logout
}
