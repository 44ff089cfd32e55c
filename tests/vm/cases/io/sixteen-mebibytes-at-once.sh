# SPDX-License-Identifier: GPL-2.0-only
# Guards: requests of 16 MiB with max_sectors raised as far. A command takes what
# the device maps at a time, the block layer splits what is longer, and the
# longest command there can be goes through with its data intact.
# pairs: ours
# long: yes

trace=/sys/kernel/tracing/trace

# longest: bytes of the longest STag since the trace was cleared.
longest()
{
	sed -nE 's/.* iser_mr_map: .* len=([0-9]+) .*/\1/p' $trace | sort -n | tail -n 1
}

run()
{
	local queue hw

	[ -e /proc/sys/vm/nr_hugepages ] || skip "this kernel has no huge pages"
	echo 32768 >/sys/module/ib_iser/parameters/max_sectors
	# LIO's own pages have no limit of a disk below them.
	target_up ramdisk 64
	login
	queue=/sys/block/$(basename "$(disk)")/queue
	hw=$(cat "$queue/max_hw_sectors_kb")
	note "a command takes $hw KiB"
	[ "$hw" -gt 512 ] || fail "max_sectors changed nothing: $hw KiB"
	echo "$hw" >"$queue/max_sectors_kb"

	echo >$trace
	verify bs=16m iodepth=2 size=32m
	note "the longest had $(longest) bytes"
	[ "$(longest)" -gt $((512 * 1024)) ] || fail "no command is longer than by default"

	# Memory in large pieces is what the longest are made of.
	echo 24 >/proc/sys/vm/nr_hugepages
	echo >$trace
	verify bs=16m iodepth=1 size=32m iomem=shmhuge
	[ "$(longest)" = $((hw * 1024)) ] ||
		fail "the longest command had $(longest) bytes, not $hw KiB"
	echo 0 >/proc/sys/vm/nr_hugepages
	logout
}
