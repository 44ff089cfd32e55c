# SPDX-License-Identifier: GPL-2.0-only
# Guards: nothing depends on round numbers: odd numbers of sectors at odd
# sectors, from memory that begins in the middle of a page, alone and side by
# side; and writes of any number of bytes through the page cache.

run()
{
	target_up null 64
	login
	note "odd numbers of sectors, one behind the other from an odd one on"
	verify rw=write bs=1536 iodepth=8 offset=512 size=256k
	verify rw=write bs=66048 iodepth=16 offset=7680 size=4m
	verify rw=write bs=1049088 iodepth=3 offset=512 size=16m
	note "any number of sectors at any sector"
	verify bsrange=512-512k iodepth=16 offset=3584 size=16m
	note "any number of bytes, through the page cache"
	# Which goes with the last who has the disk open.
	exec {keep}<>"$(disk)"
	verify direct=0 bsrange=600-40000 bs_unaligned iodepth=4 offset=777 size=2m end_fsync=1
	reread
	logout
}

# reread: what the page cache held comes back from the disk, not from itself.
reread()
{
	local dev sum
	dev=$(disk)
	sum=$(head -c 4M "$dev" | sha256sum)
	exec {keep}<&-
	blockdev --flushbufs "$dev"
	echo 3 >/proc/sys/vm/drop_caches
	[ "$(head -c 4M "$dev" | sha256sum)" = "$sum" ] ||
		fail "the disk has other bytes than the page cache had"
}
