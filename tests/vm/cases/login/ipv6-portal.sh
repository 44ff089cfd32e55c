# SPDX-License-Identifier: GPL-2.0-only
# Guards: the same over IPv6: discovery names the portal's IPv6 address, login
# and I/O go through it.

run()
{
	target_up null 64
	portal="[$target_ip6]:$port"
	portal_up "$portal"
	discover | tee /tmp/found
	grep -qF "$(lio_portal),1 $iqn" /tmp/found || fail "the IPv6 portal is not listed"
	login
	verify bs=16k iodepth=8 size=4m
	logout
}
