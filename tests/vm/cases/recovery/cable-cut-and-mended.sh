# SPDX-License-Identifier: GPL-2.0-only
# Guards: two machines that suddenly do not hear each other both give up the
# connection by themselves; when the cable is whole again the session is back,
# over and over, and the data that was under way is right.
# guests: 2
# timeout: 900

target() { target_up disk; }

run()
{
	local n

	make_record
	ping_often
	login
	load_start bsrange=4k-256k iodepth=16 size=16m
	for ((n = 1; n <= 2; n++)); do
		outage "cut $n" "host_do cable-cut" "host_do cable-mend"
	done
	load_stop
	logout
}
