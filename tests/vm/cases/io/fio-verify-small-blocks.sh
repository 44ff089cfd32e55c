# SPDX-License-Identifier: GPL-2.0-only
# Guards: data of commands that fit in one immediate burst or one small
# transfer arrives where it belongs, from a single sector at depth 1 to 64 KiB
# at depth 64.

run()
{
	local bs depth

	target_up null 64
	make_record
	set_node node.session.queue_depth 64
	login
	while read -r bs depth; do
		note "blocks of $bs, depth $depth"
		verify "bs=$bs" "iodepth=$depth" size=64m number_ios=400
	done <<-END
		512 1
		512 64
		1k 4
		4k 1
		4k 32
		8k 16
		16k 64
		32k 8
		64k 1
		64k 64
	END
	note "every number of sectors up to 128"
	verify bsrange=512-64k iodepth=32 size=8m
	logout
}
