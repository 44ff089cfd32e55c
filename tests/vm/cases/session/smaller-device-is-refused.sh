# SPDX-License-Identifier: GPL-2.0-only
# Guards: a session that comes back by way of a device which cannot map what SCSI
# was promised: it is refused with a message that says what to do, and a new
# session over that device works. rxe maps 512 pages, siw 256.
# pairs: ours

set_up()
{
	module_load iser_core
	module_load ib_iser max_sectors=2048
	pair_load
	initiator_up
}

# on TYPE: lib.sh's link is of that type from now on.
on()
{
	link_type=$1
	link_dev=${1}0
	link_up
}

told()
{
	log_of_case |
		finds 'the device maps 256 pages, the session was promised 257: log out and in again'
}

run()
{
	[ "$link_type" = siw ] || skip "it takes two kinds of device: run with --link siw"
	on rxe
	target_up null 64
	login
	verify bs=1m iodepth=4 size=8m
	rdma link delete rxe0
	wait_for 60 "the initiator to notice" session_lost
	on siw
	wait_for 120 "the refusal" told
	session_lost || fail "the session is up over a device that is too small"
	logout

	login
	verify bs=1m iodepth=4 size=8m
	logout
}
