# SPDX-License-Identifier: GPL-2.0-only
# Guards: logging out while I/O is running neither hangs nor leaks, twenty
# times over; what was written last can be read and verified afterwards.
# timeout: 600

cycles=20
at_once=1	# sessions that log in together, and out
delay=0		# milliseconds that the back end keeps a command
rate=()		# for fio: how many it has of each disk

# disks_ready N: there are so many, and each knows its size.
disks_ready()
{
	local dev
	disks_are "$1" || return 1
	for dev in $(disks); do
		[ -b "/dev/$dev" ] && [ "$(cat "/sys/block/$dev/size")" -gt 0 ] || return 1
	done
}

# disks_move: I/O is done on every disk there is.
disks_move()
{
	local dev
	local -A before

	for dev in $(disks); do before[$dev]=$(cat "/sys/block/$dev/stat"); done
	nap 0.2
	for dev in "${!before[@]}"; do
		[ "${before[$dev]}" != "$(cat "/sys/block/$dev/stat")" ] || return 1
	done
}

run()
{
	local n load dev jobs

	target_up slow 64
	slow_by $delay
	make_record
	set_node node.session.nr_sessions $at_once
	for ((n = 1; n <= cycles; n++)); do
		iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login
		wait_for 60 "the disks of cycle $n" disks_ready $at_once
		jobs=()
		for dev in $(disks); do
			jobs+=("--name=$dev" "--filename=/dev/$dev")
		done
		# These are meant to lose their disks.
		fio --direct=1 --ioengine=libaio --rw=randrw --bsrange=4k-128k \
			--iodepth=16 --time_based --runtime=600 --eta=never --thread \
			"${rate[@]}" "${jobs[@]}" >/dev/null 2>&1 &
		load=$!
		wait_for 60 "I/O in cycle $n" disks_move
		logout
		wait $load || :
	done
	slow_by 0
	set_node node.session.nr_sessions 1
	login
	verify bs=4k iodepth=16 size=4m
	logout
}
