# SPDX-License-Identifier: GPL-2.0-only
# Guards: where target core is told to begin with commands in a work of its own
# (submit_type of a device), unsolicited data that is here before it has is not lost.
# pairs: ours ini-intree

run()
{
	local attrib=/sys/kernel/config/target/core/iblock_0/disk/attrib/submit_type

	target_up null 64
	[ -e $attrib ] || skip "this kernel's target core has no submit_type"
	# TARGET_QUEUE_SUBMIT
	echo 2 >$attrib
	make_record
	data_mode No No
	login
	verify bsrange=4k-128k iodepth=16 size=8m
	logout
	data_mode Yes No
	login
	verify bsrange=4k-128k iodepth=16 size=8m
	session_kept || fail "the session was lost"
	logout
}
