# SPDX-License-Identifier: GPL-2.0-only
# Guards: 256 sessions at once between two ends in one guest: all log in, all
# have their disk, all go again, and the memory is back. Prints what they cost.
# soak: yes
# pairs: ours
# timeout: 3600

all_there() { [ "$(sessions)" = 256 ]; }
free_kb() { awk '$1 == "MemFree:" || $1 == "Cached:" || $1 == "Buffers:" { sum += $2 } END { print sum }' /proc/meminfo; }

run()
{
	local before during after dev

	target_up ramdisk 8
	make_record
	set_node node.session.nr_sessions 256
	set_node node.session.scan manual
	before=$(free_kb)
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login >/dev/null || :
	wait_for 1200 "256 sessions" all_there
	during=$(free_kb)
	note "memory of 256 sessions, both ends and libiscsi's part: $((before - during)) KiB"
	iscsiadm -m session --rescan >/dev/null
	wait_for 1200 "256 disks" disks_are 256
	for dev in $(disks); do
		dd if="/dev/$dev" of=/dev/null bs=4k count=4 iflag=direct status=none ||
			fail "cannot read from $dev"
	done
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout >/dev/null || :
	wait_for 1200 "all sessions to end" no_sessions
	after=$(free_kb)
	note "memory not back after the last: $((before - after)) KiB"
	[ $((before - after)) -lt 65536 ] || fail "$((before - after)) KiB of memory are gone"
}
