# SPDX-License-Identifier: GPL-2.0-only
# Guards: what multipath, udev's path_id, lsscsi and iscsiadm take from sysfs about
# a session over iSER is there and has the names they look for, so that device
# names and multipath.conf stay what they were with the in-tree initiator.

# host: the SCSI host of the only session.
host()
{
	local dir
	dir=$(readlink -f /sys/class/iscsi_session/session*/device)
	dir=${dir%/session*}
	echo "${dir##*/}"
}

run()
{
	local host disk dir

	target_up ramdisk 64
	login
	host=$(host)
	disk=$(disk)
	dir=/sys/class/scsi_host/$host

	# multipath.conf and scripts know the host by it.
	[ "$(cat "$dir/proc_name")" = iscsi_iser ] || fail "proc_name is '$(cat "$dir/proc_name")'"
	[ "$(cat /sys/class/iscsi_transport/iser/handle)" != 0 ]
	[ "$(conn_param persistent_address)" = "${portal%:*}" ] || fail "persistent_address is '$(conn_param persistent_address)'"
	[ "$(conn_param persistent_port)" = "$port" ] || fail "persistent_port is '$(conn_param persistent_port)'"
	[ "$(conn_param address)" = "${portal%:*}" ] || fail "address is '$(conn_param address)'"
	[ "$(session_param targetname)" = "$iqn" ] || fail "targetname is '$(session_param targetname)'"
	[ "$(session_param tpgt)" = 1 ] || fail "tpgt is '$(session_param tpgt)'"
	[ -e "/sys/class/iscsi_host/$host" ] || fail "there is no iscsi_host"

	# /dev/disk/by-path
	udevadm test-builtin path_id "/block/${disk##*/}" 2>&1 | tee /tmp/path_id
	grep -q "ID_PATH=ip-$portal-iscsi-$iqn-lun-0" /tmp/path_id || fail "udev's path_id does not find the path"

	lsscsi -t | tee /tmp/lsscsi
	grep -q "$iqn,t,0x1.*$disk" /tmp/lsscsi || fail "lsscsi does not see the target"

	iscsiadm -m session -P 3 | tee /tmp/session
	grep -q 'Iface Transport: iser' /tmp/session || fail "iscsiadm does not name the transport"
	grep -q "Attached scsi disk ${disk##*/}" /tmp/session || fail "iscsiadm does not find the disk"
	iscsiadm -m session -s | tee /tmp/stats
	grep -q 'scsicmd_pdus: [1-9]' /tmp/stats || fail "there are no statistics"

	# multipath finds the session by its place above the disk, takes the target's
	# name from it and sets how long it may be lost. It wants udevd to run itself.
	dir=$(readlink -f "/sys/block/${disk##*/}/device")
	[[ $dir =~ /$host/(session[0-9]+)/target ]] || fail "the disk is at $dir"
	dir=/sys/class/iscsi_session/${BASH_REMATCH[1]}
	[ "$(cat "$dir/targetname")" = "$iqn" ]
	echo 20 >"$dir/recovery_tmo"
	[ "$(cat "$dir/recovery_tmo")" = 20 ] || fail "recovery_tmo cannot be set"
	logout
}
