# SPDX-License-Identifier: GPL-2.0-only
# Guards: without demo mode an initiator that no ACL names is refused at login
# and told so, one that is named sees exactly the LUNs mapped for it.

run()
{
	target_up ramdisk 16
	mkdir "$tpg/lun/lun_1"
	ln -s "$tpg/lun/lun_0/disk" "$tpg/lun/lun_1/disk"
	make_record
	echo 0 >"$tpg/attrib/generate_node_acls"
	login_refused
	acl_up "$initiator_name"
	login
	disks_are 1 || fail "it sees what is not mapped for it: $(disks | tr '\n' ' ')"
	verify bs=4k iodepth=4 size=256k
	logout
}
