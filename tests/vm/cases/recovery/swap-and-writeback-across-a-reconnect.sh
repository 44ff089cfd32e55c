# SPDX-License-Identifier: GPL-2.0-only
# Guards: the way to storage is the way to memory. A machine that is short of
# memory swaps to, and writes its dirty pages back to, a disk over iSER; the
# connection is lost in the middle of it. Connecting and logging in again may
# need no memory that only the disk can give: nothing hangs, no byte is wrong.
# guests: 2
# memory: 512
# timeout: 1200
# soak: yes

target() { target_up disk; }

# hog MEGABYTES: use memory, all of it, again and again, and look at it.
hog()
{
	cat >/tmp/hog.py <<-'END'
		import sys
		def block(i, turn):
		    return b''.join(((turn << 40) + (i << 8) + p).to_bytes(8, 'little') * 512
		                    for p in range(256))
		n = int(sys.argv[1])
		blocks = [None] * n
		for turn in range(3):
		    for i in range(n):
		        if turn and blocks[i] != block(i, turn - 1):
		            sys.exit('block %d is wrong in turn %d' % (i, turn))
		        blocks[i] = block(i, turn)
		    print('turn', turn, flush=True)
	END
	python3 /tmp/hog.py "$1" >/tmp/hog.out 2>&1
}

# write_back: files that do not fit into memory either.
write_back()
{
	local n
	for n in 1 2 3 4; do
		dd if=/tmp/pattern "of=/mnt/file$n" bs=1M status=none || return 1
		cat /tmp/pattern /tmp/pattern /tmp/pattern /tmp/pattern >>"/mnt/file$n" || return 1
		sync "/mnt/file$n" || return 1
	done
}

swapped() { awk '/^pswpout/ { exit !($2 > 10000) }' /proc/vmstat; }

run()
{
	local dev hog_pid n

	make_record
	set_node "node.conn[0].timeo.noop_out_interval" 3
	set_node "node.conn[0].timeo.noop_out_timeout" 5
	set_node node.session.timeo.replacement_timeout 600
	login
	dev=$(disk)
	modprobe ext4
	mkfs.ext4 -q -F "$dev"
	mkdir -p /mnt
	mount "$dev" /mnt
	fallocate -l 448M /mnt/swap
	chmod 600 /mnt/swap
	mkswap /mnt/swap
	swapon /mnt/swap
	dd if=/dev/urandom of=/tmp/pattern bs=1M count=8 status=none
	hog 400 &
	hog_pid=$!
	wait_for 200 "the machine to swap" swapped
	host_do cable-pause
	write_back || fail "writing back failed"
	wait "$hog_pid" || fail "memory: $(tail -n 1 /tmp/hog.out)"
	cat /tmp/hog.out
	grep -E '^(pswpin|pswpout|oom_kill|allocstall_normal) ' /proc/vmstat
	swapoff /mnt/swap
	echo 3 >/proc/sys/vm/drop_caches
	for n in 1 2 3 4; do
		cat /tmp/pattern{,,,,} | cmp - "/mnt/file$n" || fail "file $n is wrong"
	done
	dmesg | grep -q 'detected conn error' || fail "the connection was not lost"
	umount /mnt
	fsck.ext4 -n -f "$dev"
	logout
}
