# SPDX-License-Identifier: GPL-2.0-only
# Guards: digests that iscsid.conf asks for, from the time when the node was one
# over TCP, keep nobody from logging in: None is what is agreed on.
# long: yes

run()
{
	local digest

	target_up ramdisk 16
	make_record
	for digest in CRC32C,None CRC32C; do
		set_node 'node.conn[0].iscsi.HeaderDigest' "$digest"
		set_node 'node.conn[0].iscsi.DataDigest' "$digest"
		login
		[ "$(conn_param header_digest)$(conn_param data_digest)" = 00 ] ||
			fail "asked for $digest, got $(conn_param header_digest) and $(conn_param data_digest)"
		verify bs=4k iodepth=4 size=256k
		logout
	done
}
