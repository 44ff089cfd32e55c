# SPDX-License-Identifier: GPL-2.0-only
# Guards: sixteen sessions, 64 commands of up to 256 KiB outstanding on each (of
# 64 KiB on a slow machine), lose their device at the same time: no completion queue
# is too small for what is flushed, every drain ends, and all come back when the
# device does.
# pairs: ours
# timeout: 600
# long: yes

run()
{
	local dev

	target_up null 64
	make_record
	set_node node.session.nr_sessions 16
	set_node node.session.queue_depth 64
	set_node node.session.timeo.replacement_timeout $((300 * slow))
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login >/dev/null
	wait_for 120 "sixteen disks" disks_are 16
	for dev in $(disks); do
		# 128 MiB are outstanding, which a slow guest does not move in 30 s; nor
		# does it beside sixteen logins, for each of which the target waits 15 s.
		echo $((60 * slow)) >"/sys/block/$dev/device/timeout"
		echo "[$dev]"
		echo "filename=/dev/$dev"
	done >/tmp/sixteen.fio
	fio --direct=1 --ioengine=libaio --rw=randrw --bsrange="4k-$((256 / slow))k" \
		--iodepth=64 --size=64m --time_based --runtime=600 --eta=never --thread /tmp/sixteen.fio \
		>/tmp/sixteen.out 2>&1 &
	wait_for 90 "I/O to begin" io_moves
	nap 3
	timeout $((60 * slow)) rdma link delete "$link_dev" || fail "the device does not go"
	wait_for 60 "the device to go" link_gone
	wait_for 60 "all sessions to be lost" sessions_up 0
	link_up
	wait_for 240 "all sessions to be back" sessions_up 16
	wait_for 60 "I/O to go on" io_moves
	pkill -INT -x fio
	wait_for 90 "fio to end" not pgrep -x fio
	! grep -E 'err= *[1-9]' /tmp/sixteen.out || fail "a command was lost with the device"
	! log_of_case | grep -iE 'queue full|cq.*overrun|cq_err' ||
		fail "a completion queue was too small"
	verify bs=64k iodepth=16 size=8m
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout >/dev/null
	wait_for 120 "the sessions to end" no_sessions
}
