# SPDX-License-Identifier: GPL-2.0-only
# Guards: the machine with the target dies without a word, with commands in
# flight, boots again and knows nothing of the session. I/O waits, goes on when
# the target is back, and no byte that was acknowledged is lost.
# guests: 2
# timeout: 900
# long: yes

target() { target_up disk; }

run()
{
	local n

	make_record
	ping_often
	# A boot may take longer than I/O is held back by default.
	set_node node.session.timeo.replacement_timeout 600
	login
	load_start bsrange=4k-256k iodepth=16 size=16m
	for ((n = 1; n <= 2; n++)); do
		outage "death $n" "host_do target-kill" "host_do target-start" 300
	done
	load_stop
	logout
}
