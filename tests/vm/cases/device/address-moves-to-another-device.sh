# SPDX-License-Identifier: GPL-2.0-only
# Guards: a portal follows its address to another device, with sessions and
# without, though nobody tells the target.
# pairs: ours ini-intree

listens_again() { iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login; }

run()
{
	target_up
	login
	logout
	ip link add iser9 type dummy
	ip link set iser9 up
	rdma link add rxe9 type rxe netdev iser9
	ip addr del "$target_ip"/24 dev "$net_dev"
	ip addr add "$target_ip"/24 dev iser9
	wait_for 30 "rxe9 to know its address" knows_address rxe9 "$target_ip"
	wait_for 60 "the portal on the other device" listens_again
	wait_for 60 "the disk" disk_ready
	grep -qx rxe9 /sys/class/scsi_host/host*/iser/device 2>/dev/null ||
		! is_ours ib_iser || fail "the session is not on rxe9"
	logout
	rdma link delete rxe9
	ip link delete iser9
	ip addr add "$target_ip"/24 dev "$net_dev"
	wait_for 30 "$link_dev to know its address" knows_address "$link_dev" "$target_ip"
	wait_for 60 "the portal on its old device" listens_again
	wait_for 60 "the disk" disk_ready
	logout
}
