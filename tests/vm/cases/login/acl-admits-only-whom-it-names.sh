# SPDX-License-Identifier: GPL-2.0-only
# Guards: without demo mode an initiator that no ACL names is refused at login
# and told so, one that is named sees exactly the LUNs mapped for it.

me=iqn.2026-01.org.example:initiator

run()
{
	target_up ramdisk 16
	make_record
	echo 0 >"$tpg/attrib/generate_node_acls"
	login_refused
	acl_up $me
	login
	verify bs=4k iodepth=4 size=256k
	logout
}
