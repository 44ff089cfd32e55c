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
		outage "cut $n" target_disable target_enable
	done
	load_stop
	logout
}
