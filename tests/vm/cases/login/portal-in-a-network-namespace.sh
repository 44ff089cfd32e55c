# SPDX-License-Identifier: GPL-2.0-only
# Guards: a portal made in a network namespace does not end up in another one:
# it listens there, where a device comes later, and serves an initiator of the
# initial one; or it is refused with a message where the kernel's RDMA devices
# cannot (before 7.3). Once the portal is gone nothing keeps the namespace.
# pairs: ours ini-intree

inside_ip=203.0.113.1

# ip netns exec would mount another /sys.
make_inside() { nsenter --net=/run/netns/iser-ns sh -c "echo 1 >$tpg/np/$inside_ip:3260/iser"; }

# inside COMMAND...
inside() { ip netns exec iser-ns "$@"; }

# A cable from here into the namespace, an RDMA device at each end.
cable_inside()
{
	ip link add ns0 type veth peer name ns1
	ip link set ns1 netns iser-ns
	ip addr add 203.0.113.2/24 dev ns0
	inside ip addr add $inside_ip/24 dev ns1
	ip link set ns0 up
	inside ip link set ns1 up
	rdma link add rxn0 type rxe netdev ns0
	inside rdma link add rxn1 type rxe netdev ns1
	wait_for 30 "rxn0 to know its address" knows_address rxn0 203.0.113.2
	wait_for 30 "rxn1 to know its address" knows_address rxn1 $inside_ip
}

listens_inside() { log_of_case | finds -F "portal $inside_ip:3260: listening"; }

# The lib's functions find this portal in place of their own.
serves_inside()
{
	local portal=$inside_ip:3260
	login
	verify bs=4k iodepth=8 size=1m
	logout
}

run()
{
	target_up
	ip netns add iser-ns
	inside ip link set lo up
	# It is there as long as its other end.
	ip link add alive0 type veth peer name alive1
	ip link set alive1 netns iser-ns
	mkdir "$tpg/np/$inside_ip:3260"
	if make_inside; then
		[ "$(uname -r | cut -d. -f1)" -ge 7 ] || fail "accepted, but no device of this kernel can"
		if [ "$link_type" = rxe ]; then
			cable_inside
			wait_for 30 "the portal to listen in the namespace" listens_inside
			serves_inside
			inside rdma link delete rxn1
			rdma link delete rxn0
			ip link delete ns0
		fi
	else
		log_of_case | finds "portal $inside_ip:3260: RDMA devices of this kernel do not listen" ||
			fail "refused without a message"
	fi
	# The first portal is none the worse for it.
	login
	logout
	echo 0 >"$tpg/np/$inside_ip:3260/iser" || :
	rmdir "$tpg/np/$inside_ip:3260"
	[ -e /sys/class/net/alive0 ] || fail "the namespace was gone before its time"
	ip netns delete iser-ns
	wait_for 30 "the namespace to go" not test -e /sys/class/net/alive0
}
