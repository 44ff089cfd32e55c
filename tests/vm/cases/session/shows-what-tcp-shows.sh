# SPDX-License-Identifier: GPL-2.0-only
# Guards: what tools and scripts read of a session. Every attribute in sysfs and
# every line of "iscsiadm -m session -P 3" that a session over TCP has, one over
# iSER has, too, with a value that is true; the counters count.
# pairs: ours tgt-intree

# attributes: the files of host, session and connection that can be read.
attributes()
{
	local dir
	for dir in /sys/class/iscsi_host/host* /sys/class/iscsi_session/session* \
		/sys/class/iscsi_connection/connection*; do
		find "$dir/" -maxdepth 1 -type f -readable -printf '%h %f\n'
	done | sed -E 's,.*/iscsi_([a-z]+)/[^ ]* ,\1 ,' | sort
}

# lines: what the lines of iscsiadm are called.
lines() { iscsiadm -m session -P 3 | sed -nE 's/^[\t *]*([A-Z][^:]*):.*/\1/p' | sort -u; }

# missing FILE WHAT: lines of FILE that standard input does not have.
missing()
{
	local gone
	gone=$(sort -u | comm -23 "$1" - | tr '\n' ',')
	[ -z "$gone" ] || fail "TCP shows $2 that iSER does not: $gone"
}

# shown NAME VALUE: iscsiadm shows it so.
shown()
{
	iscsiadm -m session -P 3 | finds -E "^[[:space:]]*$1: $2\$" ||
		fail "iscsiadm shows \"$(iscsiadm -m session -P 3 | grep -E "$1:")\", not $2"
}

over_tcp()
{
	mkdir "$tpg/np/$target_ip:3270"
	iscsiadm -m node -T "$iqn" -p "$target_ip:3270" -I default -o new
	iscsiadm -m node -T "$iqn" -p "$target_ip:3270" -I default --login
	wait_for 60 "the disk over TCP" disk_ready
	attributes >/tmp/attributes
	lines >/tmp/lines
	[ "$(wc -l </tmp/attributes)" -gt 40 ] || fail "this finds $(wc -l </tmp/attributes) attributes of TCP"
	[ "$(wc -l </tmp/lines)" -gt 30 ] || fail "this finds $(wc -l </tmp/lines) lines of TCP"
	iscsiadm -m node -T "$iqn" -p "$target_ip:3270" --logout
	wait_for 60 "the session over TCP to end" no_sessions
}

run()
{
	local port_of before

	modprobe iscsi_tcp
	target_up null 64
	over_tcp

	echo No >"$tpg/param/InitialR2T"
	make_record
	set_node node.session.iscsi.ImmediateData No
	login
	session_over_iser || fail "this is no session over iSER"
	attributes | missing /tmp/attributes attributes
	lines | missing /tmp/lines lines
	shown "Iface Transport" iser
	shown "Iface IPaddress" "$target_ip"
	shown "Current Portal" "$portal,1"
	shown "Persistent Portal" "$portal,1"
	shown "Target" "$iqn \(non-flash\)"
	shown "iSCSI Connection State" "LOGGED IN"
	shown "HeaderDigest" None
	shown "DataDigest" None
	shown "InitialR2T" No
	shown "ImmediateData" No
	port_of=$(conn_param local_port)
	[ "$port_of" -gt 0 ] || fail "the local port is \"$port_of\""

	before=$(counted dataout_pdus)
	dd if=/dev/zero of="$(disk)" bs=64k count=1 oflag=direct status=none
	[ $(($(counted dataout_pdus) - before)) = $((65536 / $(conn_param max_xmit_dlength))) ] ||
		fail "one write of 64 KiB counts as $(($(counted dataout_pdus) - before)) Data-Outs"
	before=$(counted rxdata_octets)
	dd if="$(disk)" of=/dev/null bs=64k count=1 iflag=direct status=none
	[ $(($(counted rxdata_octets) - before)) = 65536 ] ||
		fail "one read of 64 KiB counts as $(($(counted rxdata_octets) - before)) bytes"
	logout
	modprobe -r iscsi_tcp
}
