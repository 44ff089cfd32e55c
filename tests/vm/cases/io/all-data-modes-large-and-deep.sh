# SPDX-License-Identifier: GPL-2.0-only
# Guards: the four combinations of InitialR2T and ImmediateData with writes from
# 512 bytes to 256 KiB, one at a time and a hundred and twenty-eight, and of 16 MiB,
# which the block layer splits, two at a time. The first
# login to a portal learns how deep the session wants to be, the next has it:
# the window, the STags and both queues hold them all, whatever their sizes.
# The in-tree initiator of 6.1 does without 16 MiB: it registers keys that are still
# valid then, which rxe refuses ("not free"), with the in-tree target as well.
# Not for the in-tree target: LIO gives it three seconds to fetch the data of a
# command, its turn included, and then ends the connection.
# pairs: ours ini-intree
# timeout: 400
# long: yes

as_bool() { [ "$1" = Yes ] && echo 1 || echo 0; }

depth_of_disk()
{
	local name
	name=$(disk)
	cat "/sys/block/${name##*/}/device/queue_depth"
}

run()
{
	local r2t immediate

	target_up null 64
	echo 192 >"$tpg/attrib/default_cmdsn_depth"
	make_record
	set_node node.session.cmds_max 256
	set_node node.session.queue_depth 128
	login
	logout
	while read -r r2t immediate; do
		note "InitialR2T=$r2t ImmediateData=$immediate"
		data_mode "$immediate" "$r2t"
		login
		[ "$(session_param initial_r2t)" = "$(as_bool "$r2t")" ] ||
			fail "asked for InitialR2T=$r2t, got $(session_param initial_r2t)"
		[ "$(session_param immediate_data)" = "$(as_bool "$immediate")" ] ||
			fail "asked for ImmediateData=$immediate, got $(session_param immediate_data)"
		[ "$(depth_of_disk)" = 128 ] ||
			fail "the disk takes $(depth_of_disk) commands at a time"
		verify bs=512 iodepth=1 size=8k
		verify bs=4k iodepth=128 size=4m
		verify bsrange=512-256k iodepth=128 size=16m
		[[ $ISER_pair-$(uname -r) == ini-intree-6.1.* ]] ||
			verify bs=16m iodepth=2 size=32m number_ios=2
		logout
	done <<-END
		Yes Yes
		Yes No
		No Yes
		No No
	END
}
