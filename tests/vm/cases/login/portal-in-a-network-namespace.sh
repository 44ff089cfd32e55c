# SPDX-License-Identifier: GPL-2.0-only
# Guards: a portal made in a network namespace does not end up in another one:
# it listens there, or is refused with a message where the kernel's RDMA devices
# cannot (before 7.3).
# pairs: ours ini-intree

# ip netns exec would mount another /sys.
make_inside() { nsenter --net=/run/netns/iser-ns sh -c "echo 1 >$tpg/np/203.0.113.1:3260/iser"; }

run()
{
	target_up
	ip netns add iser-ns
	ip netns exec iser-ns ip link set lo up
	mkdir "$tpg/np/203.0.113.1:3260"
	if make_inside; then
		note "this kernel listens in namespaces"
		[ "$(uname -r | cut -d. -f1)" -ge 7 ] || fail "accepted, but no device of this kernel can"
	else
		dmesg | finds 'portal 203.0.113.1:3260: RDMA devices of this kernel do not listen' ||
			fail "refused without a message"
	fi
	# The first portal is none the worse for it.
	login
	logout
	echo 0 >"$tpg/np/203.0.113.1:3260/iser" || :
	rmdir "$tpg/np/203.0.113.1:3260"
	ip netns delete iser-ns
}
