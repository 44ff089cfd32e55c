# SPDX-License-Identifier: GPL-2.0-only
# Guards: LOGICAL UNIT RESET while writes and reads are in flight: each reset
# is answered, the commands it killed are done again, no data is wrong.

run()
{
	local n

	target_up null 64
	login
	load_start bsrange=4k-256k iodepth=32 size=32m
	for ((n = 0; n < 5; n++)); do
		sg_reset -d "$(disk)" || fail "reset $n was not answered"
		wait_for 60 "I/O to go on after reset $n" io_moves
	done
	load_stop
	session_kept || fail "a LUN reset cost the session"
	logout
}
