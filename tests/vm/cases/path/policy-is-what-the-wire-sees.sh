# SPDX-License-Identifier: GPL-2.0-only
# Guards: source address and type of service of a path are not only shown: every
# packet of the initiator's has them, and no packet of one without that policy.
# links: rxe (siw's connections are TCP's, which the policy does not reach)
# pairs: ours tgt-intree
# timeout: 400
# long: yes

own=198.51.100.3

set_up() { pair_load; wire_up; initiator_up; }

# watch PREF NAME VALUE...: count what leaves by the initiator's interface.
watch()
{
	local pref=$1
	shift
	tc filter add dev w1 egress protocol ip pref "$pref" u32 match ip "$@" action continue
}

# seen PREF: packets so far.
seen()
{
	tc -s filter show dev w1 egress pref "$1" |
		sed -nE 's/.*Sent [0-9]+ bytes ([0-9]+) pkt.*/\1/p' | head -n 1
}

# of_a_session WHAT: usual, other, marked become the packets of a session by its
# usual address, by the other one, and with the type of service.
of_a_session()
{
	usual=$(seen 1) other=$(seen 2) marked=$(seen 3)
	login
	verify bs=16k iodepth=4 size=1m
	logout
	usual=$(($(seen 1) - usual)) other=$(($(seen 2) - other)) marked=$(($(seen 3) - marked))
	note "$1: $usual, $other by the second address, $marked marked"
}

run()
{
	local usual other marked

	portal=$wire_portal
	# The second address of the initiator's interface, with a way of its own.
	ip addr add $own/24 dev w1
	ip route add $own dev w0 src "$wire_ip" table 102
	ip rule add pref 12 iif lo to $own lookup 102
	wait_for 30 "rxw1 to know its second address" knows_address rxw1 $own
	tc qdisc add dev w1 clsact
	watch 1 src "$wire_own_ip/32"
	watch 2 src $own/32
	watch 3 dsfield 96 0xfc
	target_up null 64
	make_record

	of_a_session "without a policy"
	if [ "$usual" -lt 100 ] || [ "$other" != 0 ] || [ "$marked" != 0 ]; then
		fail "a path without a policy is not the usual one"
	fi

	path_set "$wire_ip" tos 96
	path_set "$wire_ip" source $own
	of_a_session "with one"
	if [ "$other" -lt 100 ] || [ "$usual" -gt 10 ]; then
		fail "packets do not come from the address of the policy"
	fi
	[ "$marked" -ge $((other - 10)) ] || fail "packets do not have the policy's type of service"
	path_forget
	ip rule del pref 12
}
