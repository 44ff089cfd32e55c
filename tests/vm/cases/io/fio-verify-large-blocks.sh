# SPDX-License-Identifier: GPL-2.0-only
# Guards: commands longer than one burst, up to the host's largest and beyond
# it (the block layer splits those), at depths that use up the STags.

run()
{
	local bs depth

	target_up null 64
	make_record
	set_node node.session.queue_depth 128
	login
	while read -r bs depth; do
		note "blocks of $bs, depth $depth"
		verify "bs=$bs" "iodepth=$depth" size=16m
	done <<-END
		128k 1
		128k 128
		256k 8
		512k 1
		512k 16
		1m 8
		4m 4
		16m 1
	END
	logout
}
