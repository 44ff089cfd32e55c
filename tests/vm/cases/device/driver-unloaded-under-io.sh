# SPDX-License-Identifier: GPL-2.0-only
# Guards: the driver of the RDMA device is unloaded under a session with I/O, at
# both ends at once. It is gone within its time, and when it is back so are the
# portal and the session, without targetcli or iscsiadm; the data is right.
# pairs: ours
# links: rxe (siw stops its threads first and then waits for what they had to send)
# timeout: 400
# long: yes

driver() { [ "$link_type" = siw ] && echo siw || echo rdma_rxe; }

run()
{
	local n

	target_up null 64
	login
	load_start bsrange=4k-256k iodepth=32 size=16m
	for n in 1 2; do
		timeout $((60 * slow)) rmmod "$(driver)" || fail "the driver does not unload"
		link_gone || fail "the device outlived its driver"
		wait_for 60 "the initiator to notice" session_lost
		link_up
		wait_for 120 "the session to be back, unload $n" session_up
		wait_for 60 "I/O to go on, unload $n" io_moves
	done
	load_stop
	logout
}
