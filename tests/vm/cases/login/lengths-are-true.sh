# SPDX-License-Identifier: GPL-2.0-only
# Guards: the data segment lengths a login agrees on fit the buffers of both
# sides, whatever user space offers, and a peer whose word on them cannot be
# trusted gets no more than it is known to take. Which is which is found out by
# the keys of RFC 7145 that our two sides declare to each other.

# noted SEND RECV STATED: one of our sides has, as the outcome of a login.
noted()
{
	grep -q "iser_ep_keys: .* stated=$3 .* send=$1 recv=$2\$" /sys/kernel/tracing/trace && return
	grep iser_ep_keys: /sys/kernel/tracing/trace || :
	fail "no side has noted send=$1 recv=$2 stated=$3"
}

# one_login OFFER XMIT: log in, offering that much; at most XMIT may be sent.
one_login()
{
	# The target takes what was agreed on, and never less than the default.
	local recv takes=$(($2 > 8192 ? $2 : 8192))
	echo >/sys/kernel/tracing/trace
	[ "$1" = default ] || {
		set_node 'node.conn[0].iscsi.MaxXmitDataSegmentLength' "$1"
		set_node 'node.conn[0].iscsi.MaxRecvDataSegmentLength' 262144
	}
	login
	recv=$(conn_param max_recv_dlength)
	note "offer $1: max_xmit_dlength $(conn_param max_xmit_dlength), max_recv_dlength $recv"
	[ "$(conn_param max_xmit_dlength)" = "$2" ] || fail "max_xmit_dlength is not $2"
	case $ISER_pair in
	ours)
		[ "$recv" = 564 ] || fail "max_recv_dlength is not 564"
		noted "$2" 564 0x2
		noted 564 "$takes" 0x2
		;;
	tgt-intree)
		[ "$recv" = 564 ] || fail "max_recv_dlength is not 564"
		noted "$2" 564 0x0
		;;
	ini-intree)
		[ "$recv" -le 8192 ] || fail "the target would not send $recv bytes"
		noted 128 "$takes" 0x0
		;;
	esac
	[ "$ISER_pair" = intree ] || note "$(grep -o 'stated=.*' /sys/kernel/tracing/trace)"
	# As much immediate data as may be, and a little more.
	verify bs=8k iodepth=4 size=1m
	verify bs=16k iodepth=4 size=1m
	logout
}

run()
{
	target_up ramdisk 16
	# The in-tree target is known to take no more. Our initiator offers what
	# both can do when nobody has chosen; user space alone offers 8,192.
	case $ISER_pair in
	ours)
		one_login default 16384
		one_login 65536 16384
		;;
	ini-intree)
		one_login default 8192
		one_login 65536 16384
		;;
	*)
		one_login default 8192
		one_login 65536 8192
		;;
	esac
	one_login 4096 4096
}
