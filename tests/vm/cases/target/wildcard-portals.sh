# SPDX-License-Identifier: GPL-2.0-only
# Guards: a portal on all addresses of a family: discovery names the address
# that was asked, login and I/O go through it, for IPv4 and IPv6, and the port
# is free again when the portal is gone.
# timeout: 500

# everywhere ADDRESS-OF-PORTAL ADDRESS-TO-USE: both without port.
everywhere()
{
	local np
	np=$tpg/np/$(lio_portal "$1:$port")
	portal_up "$1:$port"
	portal=$2:$port
	discover | tee /tmp/found
	grep -qF "$(lio_portal),1 $iqn" /tmp/found || fail "$1: $2 is not listed"
	login
	session_over_iser || fail "not a session over iSER"
	verify bs=16k iodepth=8 size=1m
	logout
	rmdir "$np"
	rm -rf /etc/iscsi/nodes /etc/iscsi/send_targets
}

run()
{
	local round

	[ "$link_type" = rxe ] || skip "siw listens with a real socket, beside LIO's"
	target_up null 64
	rmdir "$tpg/np/$(lio_portal)"
	for round in 1 2; do
		note "round $round"
		everywhere 0.0.0.0 "$target_ip"
		everywhere "[::]" "[$target_ip6]"
	done
}
