# SPDX-License-Identifier: GPL-2.0-only
# Guards: a portal follows its address to another device, with a session and
# without, though nobody tells the target; and the session follows it.
# pairs: ours ini-intree

listens_again() { iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login; }

# on DEVICE: the session is; the in-tree initiator does not say.
on() { ! is_ours ib_iser || grep -qx "$1" /sys/class/scsi_host/host*/iser/device; }

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
	on rxe9 || fail "the session is not on rxe9"
	rdma link delete rxe9
	ip link delete iser9
	wait_for 90 "the initiator to notice" session_lost
	ip addr add "$target_ip"/24 dev "$net_dev"
	wait_for 30 "$link_dev to know its address" knows_address "$link_dev" "$target_ip"
	wait_for 180 "the session to be back" session_up
	on "$link_dev" || fail "the session is not on $link_dev"
	verify bs=4k iodepth=8 size=1m
	logout
}
