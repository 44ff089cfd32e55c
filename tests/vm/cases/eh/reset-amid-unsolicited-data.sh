# SPDX-License-Identifier: GPL-2.0-only
# Guards: commands that die while their Data-Outs are under way: LUN resets, a
# dropped connection. What was sent for them is forgotten on both sides, no
# buffer is given back too early or never, and what is done again is right.
# timeout: 400

run()
{
	local n

	target_up null 64
	make_record
	data_mode No No
	login
	[ "$(session_param initial_r2t)" = 0 ] || fail "InitialR2T=Yes was negotiated"
	load_start bsrange=4k-96k iodepth=32 size=32m
	for ((n = 0; n < 3; n++)); do
		sg_reset -N -d "$(disk)" || fail "LUN reset $n was not answered"
		wait_for 60 "I/O to go on after LUN reset $n" io_moves
	done
	session_kept || fail "a LUN reset cost the session"
	for ((n = 0; n < 2; n++)); do
		sg_reset -t "$(disk)" || fail "reset $n failed"
		wait_for 90 "the session to be back" session_up
		wait_for 60 "I/O to go on after reset $n" io_moves
	done
	[ "$(conn_errors)" -ge 2 ] || fail "the connection was not dropped"
	load_stop
	logout
}
