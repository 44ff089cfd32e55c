# SPDX-License-Identifier: GPL-2.0-only
# Guards: sense data arrives whole and where SCSI looks for it, with the answer of
# a READ, of a WRITE with its data inside the command, and of one whose data is
# fetched: key, additional sense and the information field say what was wrong.
# After each of them the session goes on.

# says KEY ADDITIONAL SG_RAW-ARGUMENT...: a command that must fail so.
says()
{
	local key=$1 additional=$2
	shift 2
	refused sg_raw "$@" >/tmp/sense 2>&1
	if ! finds -iF "Sense key: $key" </tmp/sense || ! finds -iF "$additional" </tmp/sense; then
		cat /tmp/sense
		fail "not \"$key: $additional\""
	fi
}

run()
{
	local dev offset

	target_up fileio 16
	login
	dev=$(disk)
	head -c 65536 /dev/zero >/tmp/zero

	note "beyond the end"
	says "Illegal Request" "Logical block address out of range" \
		-r 512 "$dev" 28 00 7f ff ff f0 00 00 01 00
	says "Illegal Request" "Logical block address out of range" \
		-s 512 -i /tmp/zero "$dev" 2a 00 7f ff ff f0 00 00 01 00
	says "Illegal Request" "Logical block address out of range" \
		-s 65536 -i /tmp/zero "$dev" 2a 00 7f ff ff f0 00 00 80 00
	note "no such command"
	says "Illegal Request" "Invalid command operation code" "$dev" ff 00 00 00 00 00

	# LIO says where the first difference is (SPC-4, the information field).
	note "a difference at a place"
	for offset in 0 1 255 511; do
		dd if=/dev/zero of="$dev" bs=512 count=1 oflag=direct status=none
		head -c 1024 /dev/zero >/tmp/pair
		printf x | dd of=/tmp/pair bs=1 seek=$offset conv=notrunc status=none
		says Miscompare "Miscompare during verify operation" -s 1024 -i /tmp/pair "$dev" \
			89 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00
		information_is $offset
	done

	verify bs=64k iodepth=8 size=1m
	session_kept || fail "sense data cost the session"
	logout
}

# information_is NUMBER: what the last sense has there.
information_is()
{
	local found
	found=$(sed -nE 's/.*Info(rmation)? ?(fld|field)?[^=:]*[=:] ?(0x)?([0-9a-fA-F]+).*/\4/p' /tmp/sense | head -n 1)
	[ -n "$found" ] || { cat /tmp/sense; fail "no information field"; }
	[ $((16#$found)) = "$1" ] || fail "the information field says $((16#$found)), not $1"
}
