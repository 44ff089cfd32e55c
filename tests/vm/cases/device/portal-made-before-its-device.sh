# SPDX-License-Identifier: GPL-2.0-only
# Guards: a portal whose address or whose RDMA device is not there yet, as at
# boot, is made all the same, says so, and serves as soon as they come, without
# anybody's help.
# pairs: ours ini-intree
# long: yes

set_up() { pair_load; initiator_up; }

# said WHAT N: the kernel log of this case has it N times.
said()
{
	[ "$(log_of_case |
		grep -c "portal $portal: $1")" -ge "$2" ]
}

serves() { iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login; }

run()
{
	# LIO binds a TCP socket to it, which is not our affair.
	echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind
	target_up null 64
	echo 0 >/proc/sys/net/ipv4/ip_nonlocal_bind
	said "no RDMA device has this address" 1 || fail "nothing was said of the missing address"
	link_up
	wait_for 30 "the portal to listen" said listening 1
	make_record
	wait_for 30 "the portal to serve" serves
	wait_for 60 "the disk" disk_ready
	verify bs=16k iodepth=8 size=1m
	logout

	note "the address is there, the device is not"
	rmdir "$tpg/np/$(lio_portal)"
	rdma link delete "$link_dev"
	wait_for 30 "$link_dev to go" link_gone
	portal_up "$portal"
	said "no RDMA device has this address" 2 || fail "nothing was said of the missing device"
	link_up
	wait_for 30 "the portal to listen" said listening 2
	wait_for 30 "the portal to serve" serves
	wait_for 60 "the disk" disk_ready
	verify bs=16k iodepth=8 size=1m
	logout
}
