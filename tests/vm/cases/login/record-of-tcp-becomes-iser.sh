# SPDX-License-Identifier: GPL-2.0-only
# Guards: a node record that was made for iSCSI over TCP becomes one for iSER by
# what README says, and its session is one over iSER.
# pairs: ours ini-intree tgt-intree

run()
{
	target_up ramdisk 16
	iscsiadm -m node -T "$iqn" -p "$portal" -o new
	[ "$(iscsiadm -m node -T "$iqn" -p "$portal" | grep -c .)" -gt 0 ] || fail "no record"
	iscsiadm -m node -T "$iqn" -p "$portal" -o update -n node.transport_name -v iser
	iscsiadm -m node -T "$iqn" -p "$portal" --login
	wait_for 60 "the disk" disk_ready
	session_over_iser || fail "the session is not one over iSER"
	verify bs=4k iodepth=4 size=1m
	iscsiadm -m node -T "$iqn" -p "$portal" --logout
	wait_for 60 "the session to end" no_sessions
}
