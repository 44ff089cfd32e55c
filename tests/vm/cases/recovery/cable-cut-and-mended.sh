# SPDX-License-Identifier: GPL-2.0-only
# Guards: two machines that suddenly do not hear each other both give up the
# connection by themselves; when the cable is whole again the session is back,
# over and over, and the data that was under way is right.
# guests: 2
# timeout: 900

target() { target_up disk; }

# lost_by_target: connections that it has given up; the kernel's own never does.
lost_by_target() { grep -c 'ib_isert: .*connection lost: ' "/out/cases/${ISER_case:?}/target.kmsg" || :; }
target_told() { ! is_ours ib_isert || [ "$(lost_by_target)" -gt "$lost_before" ]; }

mend()
{
	wait_for 120 "the target to notice" target_told
	host_do cable-mend
}

run()
{
	local n lost_before

	make_record
	ping_often
	set_node node.session.timeo.replacement_timeout 600
	login
	load_start bsrange=4k-256k iodepth=16 size=16m
	for ((n = 1; n <= 2; n++)); do
		lost_before=$(lost_by_target)
		outage "cut $n" "host_do cable-cut" mend
	done
	load_stop
	logout
}
