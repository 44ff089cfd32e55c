# SPDX-License-Identifier: GPL-2.0-only
# Guards: a file system whose log and allocation groups write side by side,
# filled to the last block through the page cache, reads back as written after a
# remount, and its checker finds nothing.

run()
{
	local dev

	target_up fileio 64
	login
	dev=$(disk)
	# Less than 300 MB is only for tests, which this is.
	mkfs.xfs -q -f --unsupported "$dev"
	modprobe xfs
	mkdir -p /mnt
	mount -t xfs "$dev" /mnt
	mkdir /mnt/files
	cp -a /usr/lib/python3/dist-packages /mnt/files/ 2>/dev/null || :
	dd if=/dev/urandom of=/mnt/files/last bs=64k 2>/dev/null || :
	sync
	[ "$(df --output=avail /mnt | tail -n 1)" -lt 1024 ] || fail "it is not full"
	(cd /mnt/files && find . -type f -exec sha256sum {} +) >/tmp/sums
	note "$(wc -l </tmp/sums) files, $(df --output=pcent /mnt | tail -n 1) full"
	umount /mnt
	blockdev --flushbufs "$dev"
	mount -t xfs -o ro "$dev" /mnt
	(cd /mnt/files && sha256sum --quiet -c /tmp/sums)
	umount /mnt
	xfs_repair -n "$dev"
	logout
}
