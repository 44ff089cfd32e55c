# SPDX-License-Identifier: GPL-2.0-only
# Guards: the way to storage is the way to memory. A machine that is short of
# memory swaps to, and writes its dirty pages back to, a disk over iSER; the
# connection is lost in the middle of it. Connecting and logging in again may
# need no memory that only the disk can give: nothing hangs, no byte is wrong.
# guests: 2
# memory: 400
# timeout: 1200
# soak: yes

target() { target_up disk; }

available_mb() { awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo; }

# write_back: files that do not fit into what memory is left either.
write_back()
{
	local n
	for n in 1 2 3; do
		cat /root/pattern{,,,,,,,} >"/mnt/file$n" || return 1
		sync "/mnt/file$n" || return 1
	done
}

swapped() { awk '/^pswpout/ { exit !($2 > 4000) }' /proc/vmstat; }

# turns: how often the hog has gone round.
turns() { grep -c '^turn' /tmp/hog.out || :; }
a_turn_more() { [ "$(turns)" -gt "$1" ]; }

run()
{
	local dev hog_pid lock n

	require gcc
	gcc -O2 -o /tmp/hog /iser/tests/vm/hog.c
	make_record
	ping_often
	set_node node.session.timeo.replacement_timeout 600
	login
	dev=$(disk)
	modprobe ext4
	mkfs.ext4 -q -F "$dev"
	mkdir -p /mnt
	mount "$dev" /mnt
	# What the network needs in a softirq it takes from here; rxe cannot send
	# without, and makes no connection any more once it could not.
	echo 16384 >/proc/sys/vm/min_free_kbytes
	fallocate -l 160M /mnt/swap
	chmod 600 /mnt/swap
	mkswap /mnt/swap
	swapon /mnt/swap
	# Not in /tmp, which is memory.
	dd if=/dev/urandom of=/root/pattern bs=1M count=4 status=none
	echo 3 >/proc/sys/vm/drop_caches
	lock=$(($(available_mb) - 64))
	[ $lock -ge 0 ] || lock=0
	note "locks $lock MiB, goes through 112"
	/tmp/hog $lock 112 >/tmp/hog.out 2>&1 &
	hog_pid=$!
	wait_for 200 "the machine to swap" swapped
	host_do cable-pause
	write_back || fail "writing back failed"
	note "written back, $(turns) turns"
	wait_for 120 "the connection to be lost" conn_lost
	wait_for 240 "the session to be back" session_up
	n=$(turns)
	note "the session is back, $n turns"
	wait_for 400 "the hog to go on" a_turn_more "$n"
	touch /tmp/hog.stop
	wait "$hog_pid" || fail "memory: $(tail -n 1 /tmp/hog.out)"
	note "$(turns) turns"
	grep -E '^(pswpin|pswpout|oom_kill|allocstall_normal) ' /proc/vmstat
	swapoff /mnt/swap
	echo 3 >/proc/sys/vm/drop_caches
	for n in 1 2 3; do
		cat /root/pattern{,,,,,,,} | cmp - "/mnt/file$n" || fail "file $n is wrong"
	done
	umount /mnt
	fsck.ext4 -n -f "$dev"
	logout
}

conn_lost() { [ "$(conn_errors)" -gt 0 ]; }
