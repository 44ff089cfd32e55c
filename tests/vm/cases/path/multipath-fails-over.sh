# SPDX-License-Identifier: GPL-2.0-only
# Guards: with two paths to a disk under multipathd, I/O goes on when the port
# of one goes down: its sessions end after the grace time, not after a timer of
# iSCSI, the I/O on them is with multipath at once (recovery_tmo is 0), and the
# path is used again when it is back.
# pairs: ours
# timeout: 420
# long: yes

second_ip=203.0.113.1
grace_ms=300

second_link_up()
{
	ip link set iser1 up
	ip addr replace $second_ip/24 dev iser1
	[ -e /sys/class/infiniband/rxe1 ] || rdma link add rxe1 type rxe netdev iser1
	wait_for 30 "rxe1 to know its address" knows_address rxe1 $second_ip
}

multipath_up()
{
	cat >/etc/multipath.conf <<-'END'
		defaults {
			user_friendly_names yes
			find_multipaths no
			polling_interval 2
			path_grouping_policy multibus
			path_selector "round-robin 0"
			no_path_retry 60
			fast_io_fail_tmo off
		}
	END
	modprobe -a dm_multipath dm_round_robin
	mkdir -p /run/udev
	/usr/lib/systemd/systemd-udevd --daemon
	udevadm trigger --subsystem-match=block
	udevadm settle --timeout=60
	multipathd
	wait_for 60 "multipathd to find two paths" two_paths
}

multipath_down()
{
	pkill -x multipathd || :
	wait_for 20 "multipathd to end" not pgrep -x multipathd
	udevadm settle --timeout=60
	wait_for 60 "the map to go" multipath -F
	pkill -x systemd-udevd || :
}

mapped() { readlink -f /dev/mapper/mpath?; }
paths_in() { multipathd show paths format '%d %t' | grep -c " $1"; }
two_paths() { [ "$(paths_in active)" = 2 ] && [ -b "$(mapped)" ]; }

# logged REGEX: when the kernel said that first. The clock of the trace is another.
logged() { log_of_case | sed -nE "s/^\\[ *([0-9.]*)\\].*$1.*/\\1/p" | head -n 1; }
path_failed() { [ -n "$(logged 'multipath.*Failing path')" ]; }

# soon FROM TO: after that, and within a second, on a machine that has nothing else
# to do; the emulator may have. No timer of iSCSI or multipath is shorter than five.
soon()
{
	awk -v from="$1" -v to="$2" -v limit=$((4 * slow)) 'BEGIN {
		if (from == "" || to == "") exit 1
		printf "# I/O reached multipath %.2f s after the end of the grace time\n", to - from
		exit to - from > limit || to < from - 0.1 }' || fail "multipath did not get the I/O back at once: ${1:-never}, ${2:-never}"
}

run()
{
	local expired failed

	require multipathd udevadm
	[ "$link_type" = rxe ] || skip "the second path is made for rxe"
	target_up null 64
	path_set default grace_ms $grace_ms
	ip link add iser1 type dummy
	second_link_up
	portal_up $second_ip:"$port"
	discover
	iscsiadm -m node -T "$iqn" -o update -n node.session.timeo.replacement_timeout -v 0
	iscsiadm -m node -T "$iqn" --login
	wait_for 60 "the disk" disk_ready
	multipath_up
	# shellcheck disable=SC2317 # lib.sh calls it
	disk() { mapped; }
	# Or multipathd sets recovery_tmo of each session to five seconds.
	[ "$(cat /sys/class/iscsi_session/session*/recovery_tmo | sort -u)" = 0 ] ||
		fail "recovery_tmo is $(cat /sys/class/iscsi_session/session*/recovery_tmo | tr '\n' ' ')"
	load_start bsrange=4k-64k iodepth=8 size=8m
	# The carrier alone: the device goes on, and only the grace time ends what is on
	# it. iscsid may be back over that port at once.
	ip link set iser1 carrier off
	wait_for 60 "multipath to fail the path" path_failed
	wait_for 60 "I/O to go on with one of two paths" io_moves
	load_stop
	expired=$(logged 'rxe1.*(set down|Link DOWN)' | awk -v grace=$grace_ms '{ printf "%.3f", $1 + grace / 1000 }')
	failed=$(logged 'multipath.*Failing path')
	note "the grace time ended at ${expired:-?} s, the path failed at ${failed:-?} s"
	soon "$expired" "$failed"
	grep -q 'iser_ep_stop: .*reason=port' /sys/kernel/tracing/trace ||
		fail "it was not its port that ended a session"

	ip link set iser1 carrier on
	wait_for 180 "the second path to be back" two_paths
	verify bs=16k iodepth=8 size=4m
	multipath_down
	unset -f disk
	iscsiadm -m node -T "$iqn" --logout
	wait_for 60 "the sessions to end" no_sessions
	rdma link delete rxe1
	ip link delete iser1
}
