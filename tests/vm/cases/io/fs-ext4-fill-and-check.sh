# SPDX-License-Identifier: GPL-2.0-only
# Guards: a file system filled to the last block through the page cache reads
# back as written after a remount, and fsck finds nothing.
# smoke: yes

run()
{
	local dev

	target_up fileio 64
	login
	dev=$(disk)
	mkfs.ext4 -q -F "$dev"
	mkdir -p /mnt
	mount "$dev" /mnt
	mkdir /mnt/files
	cp -a /usr/lib/python3/dist-packages /mnt/files/ 2>/dev/null || :
	# The last file ends where the disk does.
	dd if=/dev/urandom of=/mnt/files/last bs=64k 2>/dev/null || :
	sync
	[ "$(df --output=avail /mnt | tail -n 1)" -lt 1024 ] || fail "it is not full"
	(cd /mnt/files && find . -type f -exec sha256sum {} +) >/tmp/sums
	note "$(wc -l </tmp/sums) files, $(df --output=pcent /mnt | tail -n 1) full"
	umount /mnt
	blockdev --flushbufs "$dev"
	mount -o ro "$dev" /mnt
	(cd /mnt/files && sha256sum --quiet -c /tmp/sums)
	umount /mnt
	fsck.ext4 -n -f "$dev"
	logout
}
