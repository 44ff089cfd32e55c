# SPDX-License-Identifier: GPL-2.0-only
# Guards: the initiator's last resort. A target that refuses TARGET WARM RESET,
# as LIO does, makes it drop the connection with commands in flight on both
# sides; the session comes back by itself, the commands are done again, no data
# is wrong.

run()
{
	local n

	target_up null 64
	login
	load_start bsrange=4k-256k iodepth=32 size=32m
	for ((n = 0; n < 3; n++)); do
		sg_reset -t "$(disk)" || fail "reset $n failed"
		wait_for 90 "the session to be back" session_up
		wait_for 60 "I/O to go on" io_moves
	done
	[ "$(conn_errors)" -ge 3 ] || fail "the connection was not dropped"
	load_stop
	logout
}
