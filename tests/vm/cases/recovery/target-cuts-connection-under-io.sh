# SPDX-License-Identifier: GPL-2.0-only
# Guards: the target ends the connection under load (an administrator disables
# the portal group); the session waits, comes back when the target does, and
# every byte is right.

run()
{
	local n

	target_up null 64
	login
	load_start bsrange=4k-256k iodepth=32 size=32m
	for ((n = 1; n <= 3; n++)); do
		target_disable
		wait_for 60 "the initiator to notice cut $n" session_lost
		target_enable
		wait_for 120 "the session to be back after cut $n" session_up
		wait_for 60 "I/O to go on after cut $n" io_moves
	done
	load_stop
	logout
}
