# SPDX-License-Identifier: GPL-2.0-only
# Guards: 256 sessions at once between two ends in one guest: all log in, all
# have their disk, all go again, and nothing of ours is left. What the kernel
# keeps from the first time for the next one is not lost: the second time costs no
# more. Prints what they cost.
# soak: yes
# pairs: ours
# timeout: 3600

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

# peer-lib is for cases without an initiator.
unset -f set_up

all_there() { [ "$(sessions)" = 256 ]; }

round()
{
	local before dev

	before=$(memory_used)
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login >/dev/null || :
	wait_for 1200 "256 sessions" all_there
	note "memory of 256 sessions, both ends and libiscsi's part: $(($(memory_used) - before)) KiB"
	iscsiadm -m session --rescan >/dev/null
	wait_for 1200 "256 disks" disks_are 256
	for dev in $(disks); do
		dd if="/dev/$dev" of=/dev/null bs=4k count=4 iflag=direct status=none ||
			fail "cannot read from $dev"
	done
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout >/dev/null || :
	wait_for 1200 "all sessions to end" no_sessions
	wait_for 60 "all objects to be destroyed" objects_as_before || {
		objects_alive
		fail "objects left behind"
	}
}

run()
{
	target_up ramdisk 8
	make_record
	set_node node.session.nr_sessions 256
	set_node node.session.scan manual
	objects_before=$(objects_alive)
	round
	memory_before=$(memory_used)
	memory_slack=32768
	round
	wait_for 60 "memory to be as before" memory_as_before ||
		fail "$(($(memory_used) - memory_before)) KiB of memory are gone"
}
