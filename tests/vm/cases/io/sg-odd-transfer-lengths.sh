# SPDX-License-Identifier: GPL-2.0-only
# Guards: transfer lengths that are no multiple of anything. Answers cut off at
# an odd byte, buffers longer and shorter than what the command says, sg's own
# copies with odd numbers of blocks: every byte that should come does, none
# beyond, and a length that LIO refuses costs only that command.

# reads BYTES CDB-BYTE...: what a command with a buffer of BYTES returns.
reads()
{
	local len=$1
	shift
	sg_raw -r "$len" -o /tmp/got "$(disk)" "$@" 2>/tmp/sg.err
}

run()
{
	local n dev

	require sg_raw sg_dd
	target_up null 64
	login
	dev=$(disk)
	sg_raw -r 96 -o /tmp/inquiry "$dev" 12 00 00 00 60 00
	for n in 1 5 7 13 36 47 95; do
		reads "$n" 12 00 00 00 "$(printf %02x "$n")" 00
		cmp -n "$n" /tmp/got /tmp/inquiry || fail "INQUIRY of $n bytes is wrong"
		[ "$(stat -c %s /tmp/got)" = "$n" ] ||
			fail "INQUIRY of $n bytes returned $(stat -c %s /tmp/got)"
	done
	note "a buffer that is longer than the answer"
	reads 4099 12 00 00 00 24 00
	[ "$(stat -c %s /tmp/got)" = 36 ] ||
		fail "an answer of 36 bytes came as $(stat -c %s /tmp/got)"

	note "sg_dd, odd numbers of blocks"
	dd if=/dev/urandom of=/tmp/data bs=512 count=4099 status=none
	sg_dd if=/tmp/data of="$dev" bs=512 bpt=37 seek=3 blk_sgio=1
	sg_dd if="$dev" of=/tmp/back bs=512 bpt=111 skip=3 count=4099 blk_sgio=1
	cmp /tmp/data /tmp/back || fail "sg_dd read other bytes than it wrote"

	note "READ into a buffer that is longer and shorter than its blocks"
	reads 4099 28 00 00 00 00 03 00 00 07 00
	cmp -n 3584 /tmp/got /tmp/data || fail "READ of 7 blocks into 4099 bytes is wrong"
	[ "$(stat -c %s /tmp/got)" = 3584 ] ||
		fail "READ of 7 blocks returned $(stat -c %s /tmp/got) bytes"
	reads 1024 28 00 00 00 00 03 00 00 07 00 && cmp -n 1024 /tmp/got /tmp/data
	note "WRITE of more and of less than its blocks: LIO refuses both"
	refused sg_raw -s 4099 -i /tmp/data "$dev" 2a 00 00 00 00 03 00 00 07 00
	refused sg_raw -s 1027 -i /tmp/data "$dev" 2a 00 00 00 00 03 00 00 07 00
	sg_dd if="$dev" of=/tmp/back bs=512 skip=3 count=4099 blk_sgio=1
	cmp /tmp/data /tmp/back || fail "a refused WRITE changed the disk"
	session_kept || fail "an odd length cost the session"
	verify bs=4k iodepth=4 size=64k
	logout
}
