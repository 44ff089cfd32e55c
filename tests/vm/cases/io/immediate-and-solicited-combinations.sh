# SPDX-License-Identifier: GPL-2.0-only
# Guards: every way a write's data can take: ImmediateData and InitialR2T on and
# off, first bursts from one sector up, writes smaller than, equal to and larger
# than the first burst. What is sent unsolicited is exactly what was agreed on,
# the STag covers the rest and no more, and no byte gets lost or moved.
# timeout: 600

trace=/sys/kernel/tracing/trace

# sent BYTES: how our initiator sends one write of so many, in order: the bytes
# of the STag, those inside the command, those of each Data-Out.
sent()
{
	echo >$trace
	dd if=/dev/urandom of="$(disk)" bs="$1" count=1 oflag=direct status=none
	sed -nE -e 's/.* iser_mr_map: .* len=([0-9]+) .*/stag \1/p' \
		-e 's/.* iser_send: .* opcode=0x01 .* data=([0-9]+) .*/command \1/p' \
		-e 's/.* iser_send: .* opcode=0x05 .* data=([0-9]+) .*/out \1/p' $trace |
		uniq -c | awk '{ printf "%s%s%s %s", sep, ($1 > 1 ? $1 "x " : ""), $2, $3; sep = ", " }'
}

# travels BYTES HOW: what sent() must say of it, where it is ours that sends.
travels()
{
	local how
	is_ours ib_iser || return 0
	how=$(sent "$1")
	[ "$how" = "$2" ] || fail "a write of $1 bytes went as \"$how\", not as \"$2\""
}

# agree IMMEDIATE INITIALR2T FIRSTBURST: log in with these.
agree()
{
	note "ImmediateData=$1 InitialR2T=$2 FirstBurstLength=$3"
	data_mode "$1" "$2"
	set_node node.session.iscsi.FirstBurstLength "$3"
	login
	agreed immediate_data "$1"
	agreed initial_r2t "$2"
	[ "$(session_param first_burst_len)" = "$3" ] ||
		fail "asked for FirstBurstLength=$3, got $(session_param first_burst_len)"
}

agreed()
{
	[ "$(session_param "$1")" = "$([ "$2" = Yes ] && echo 1 || echo 0)" ] ||
		fail "asked for $1 $2, got $(session_param "$1")"
}

data_is_right()
{
	verify bs=512 iodepth=4 size=64k
	verify bsrange=512-64k iodepth=8 size=4m
	verify bs=256k iodepth=4 size=4m
}

# most: data bytes of one PDU to this target; what ours takes, or what the
# in-tree one is known to take.
most=8192
! is_ours ib_isert || most=16384

run()
{
	local outs=$((65536 / most))

	target_up null 64
	make_record

	agree Yes Yes 65536
	travels 4096 "command 4096"
	travels $most "command $most"
	travels $((most + 512)) "stag $((most + 512)), command 0"
	data_is_right
	logout

	agree Yes Yes 512
	travels 512 "command 512"
	travels 1024 "stag 1024, command 0"
	data_is_right
	logout

	agree Yes No 65536
	travels $most "command $most"
	travels $((most + 512)) "command $most, out 512"
	travels 65536 "command $most, $((outs - 1))x out $most"
	travels 66048 "stag 512, command $most, $((outs - 1))x out $most"
	travels 262144 "stag 196608, command $most, $((outs - 1))x out $most"
	data_is_right
	logout

	# The target fetches from the middle of a page on.
	agree Yes No 5120
	travels 4096 "command 4096"
	travels 5120 "command 5120"
	travels 16384 "stag 11264, command 5120"
	data_is_right
	logout

	agree Yes No $((most + 2048))
	travels $((2 * most)) "stag $((most - 2048)), command $most, out 2048"
	data_is_right
	logout

	agree No Yes 65536
	travels 512 "stag 512, command 0"
	travels 65536 "stag 65536, command 0"
	data_is_right
	logout

	agree No No 65536
	travels 512 "command 0, out 512"
	travels $((2 * most + 4096)) "command 0, 2x out $most, out 4096"
	travels 65536 "command 0, ${outs}x out $most"
	travels 262144 "stag 196608, command 0, ${outs}x out $most"
	data_is_right
	# More commands than Data-Outs may be under way: some are fetched whole.
	verify bs=64k iodepth=32 size=16m
	logout

	# More Data-Outs than may be under way at all: they are fetched, too.
	echo 262144 >"$tpg/param/FirstBurstLength"
	set_node 'node.conn[0].iscsi.MaxXmitDataSegmentLength' 4096
	agree No No 262144
	travels 65536 "command 0, 16x out 4096"
	travels 69632 "stag 69632, command 0"
	data_is_right
	logout
}
