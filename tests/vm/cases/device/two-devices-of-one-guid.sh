# SPDX-License-Identifier: GPL-2.0-only
# Guards: two RDMA devices with the same node GUID, as clones and virtual
# functions may have, are two: a session over each, with I/O, and when one of
# the devices goes only the session over it notices.
# long: yes

second_ip=203.0.113.1

guid() { cat "/sys/class/infiniband/$1/node_guid"; }
state_via() { cat "/sys/class/iscsi_session/session$(session_via "$1")/state"; }
lost_via() { [ "$(state_via "$1")" != LOGGED_IN ]; }
disk_via() { basename /sys/class/iscsi_session/session"$(session_via "$1")"/device/target*/*/block/*; }

# verify_via ADDRESS NAME=VALUE...: on the disk of that session.
verify_via()
{
	# shellcheck disable=SC2317 # verify calls it
	disk() { echo "/dev/$(disk_via "$via")"; }
	local via=$1
	shift
	verify "$@"
}

# device_via ADDRESS: what our initiator says it is bound to.
device_via()
{
	local host
	host=$(readlink -f "/sys/class/iscsi_session/session$(session_via "$1")/device")
	host=${host%/session*}
	cat "/sys/class/scsi_host/${host##*/}/iser/device"
}

run()
{
	local twin=${link_type}1

	# The GUID is made of the MAC address.
	ip link add iser1 address "$(cat "/sys/class/net/$net_dev/address")" type dummy
	ip link set iser1 up
	ip addr add "$second_ip/24" dev iser1
	rdma link add "$twin" type "$link_type" netdev iser1
	wait_for 30 "$twin to know its address" knows_address "$twin" "$second_ip"
	[ "$(guid "$twin")" = "$(guid "$link_dev")" ] ||
		fail "GUIDs differ: $(guid "$link_dev"), $(guid "$twin")"
	target_up null 64
	portal_up "$second_ip:$port"
	login
	iscsiadm -m node -T "$iqn" -p "$second_ip:$port" -I iser --login
	wait_for 60 "two disks" disks_are 2
	if is_ours ib_iser; then
		[ "$(device_via "$target_ip")" = "$link_dev" ] || fail "the first session is on $(device_via "$target_ip")"
		[ "$(device_via "$second_ip")" = "$twin" ] || fail "the second session is on $(device_via "$second_ip")"
	fi
	verify_via "$target_ip" bs=16k iodepth=8 size=2m
	verify_via "$second_ip" bs=16k iodepth=8 size=2m offset=32m

	rdma link delete "$twin"
	wait_for 60 "the session over $twin to be lost" lost_via "$second_ip"
	verify_via "$target_ip" bs=16k iodepth=8 size=1m
	[ "$(conn_errors)" = 1 ] || fail "the session over the other device was lost, too"
	rdma link add "$twin" type "$link_type" netdev iser1
	wait_for 120 "both sessions to be up" sessions_up 2
	verify_via "$second_ip" bs=16k iodepth=8 size=1m
	iscsiadm -m node -T "$iqn" --logout
	wait_for 60 "the sessions to end" no_sessions
	rdma link delete "$twin"
	ip link delete iser1
}
