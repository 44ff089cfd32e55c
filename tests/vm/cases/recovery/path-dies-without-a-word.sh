# SPDX-License-Identifier: GPL-2.0-only
# Guards: from one moment to the next nothing arrives any more. Both ends find
# out by themselves; when the path is back so is the session, and the data that
# was under way is right.
# timeout: 600

set_up() { pair_load; wire_up; initiator_up; }

# target_told: it has given up the connection, too; the kernel's own never does.
target_told() { ! is_ours ib_isert || log_of_case | finds 'ib_isert: .*connection lost: '; }

heal()
{
	wait_for 120 "the target to notice" target_told
	wire_loses 0
}

run()
{
	portal=$wire_portal
	target_up null 64
	make_record
	ping_often
	set_node node.session.timeo.replacement_timeout 600
	login
	load_start bsrange=4k-64k iodepth=16 size=8m
	outage "the silence" "wire_loses 100" heal
	load_stop
	logout
}
