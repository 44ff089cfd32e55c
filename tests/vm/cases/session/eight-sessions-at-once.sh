# SPDX-License-Identifier: GPL-2.0-only
# Guards: sessions do not get into each other's way: eight at once to one
# portal, load with verification on all of them, and one that leaves does not
# disturb the rest.
# timeout: 600

run()
{
	local n dev pids=()

	target_up null 64
	make_record
	set_node node.session.nr_sessions 8
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login
	[ "$(sessions)" = 8 ] || fail "asked for 8 sessions, got $(sessions)"
	wait_for 90 "eight disks" disks_are 8
	n=0
	for dev in $(disks); do
		# All the disks are one backstore: each writes its own part.
		fio --name="$dev" --filename="/dev/$dev" --direct=1 --ioengine=libaio \
			--rw=randwrite --bsrange=4k-64k --iodepth=8 --offset=$((n * 8))m \
			--size=4m --verify=crc32c --verify_fatal=1 --verify_state_save=0 \
			--eta=never --thread >"/tmp/fio.$dev" 2>&1 &
		pids+=($!)
		n=$((n + 1))
	done
	for n in "${pids[@]}"; do
		wait "$n" || fail "fio: $(grep -h -m 1 -E 'io_u error|bad |err=[^ ]*[1-9]' /tmp/fio.sd* | head -n 1)"
	done
	n=$(basename "$(compgen -G '/sys/class/iscsi_session/session*' | head -n 1)")
	iscsiadm -m session -r "${n#session}" --logout
	[ "$(sessions)" = 7 ] || fail "one logout of eight left $(sessions) sessions"
	sessions_up 7 || fail "a logout disturbed another session"
	verify bs=4k iodepth=8 size=1m
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout
	wait_for 60 "all sessions to end" no_sessions
}
