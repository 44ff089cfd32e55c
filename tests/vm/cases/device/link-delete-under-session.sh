# SPDX-License-Identifier: GPL-2.0-only
# Guards: the RDMA device is pulled out from under an idle and then a busy
# session. Nothing crashes or hangs; when the device is back, so are the
# portal and the session, and the data is right.
# timeout: 400

# Our portal listens again by itself. The in-tree one has lost its listener
# with the device and wants to be made anew.
portal_back()
{
	is_ours ib_isert && return
	echo 0 >"$tpg/np/$(lio_portal)/iser" || :
	echo 1 >"$tpg/np/$(lio_portal)/iser"
}

pull_and_return()
{
	rdma link delete "$link_dev"
	wait_for 60 "the device to go" link_gone
	wait_for 60 "the initiator to notice" session_lost
	link_up
	portal_back
	wait_for 120 "the session to be back" session_up
}

run()
{
	target_up null 64
	login
	note "idle"
	pull_and_return
	verify bs=4k iodepth=8 size=1m
	note "busy"
	load_start bsrange=4k-256k iodepth=32 size=32m
	pull_and_return
	wait_for 60 "I/O to go on" io_moves
	load_stop
	logout
}
