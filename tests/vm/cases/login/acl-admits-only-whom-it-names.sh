# SPDX-License-Identifier: GPL-2.0-only
# Guards: without demo mode an initiator that no ACL names is refused at login,
# one that is named sees exactly the LUNs mapped for it.

me=iqn.2026-01.org.example:initiator

log_in() { iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login; }

run()
{
	target_up ramdisk 16
	discover
	echo 0 >"$tpg/attrib/generate_node_acls"
	set_node node.session.initial_login_retry_max 1
	refused log_in
	wait_for 30 "the refused session to go" no_sessions
	mkdir "$tpg/acls/$me"
	mkdir "$tpg/acls/$me/lun_0"
	ln -s "$tpg/lun/lun_0" "$tpg/acls/$me/lun_0/disk"
	login
	verify bs=4k iodepth=4 size=256k
	logout
}
