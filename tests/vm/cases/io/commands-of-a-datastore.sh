# SPDX-License-Identifier: GPL-2.0-only
# Guards: what a hypervisor does to a disk that it makes a datastore of, beside
# reading and writing: COMPARE AND WRITE that matches and that does not, WRITE
# SAME, UNMAP, EXTENDED COPY, reservations. LIO does each with commands of its own
# or in several steps; the answers and the data are right, and the session lives.

# block N: that block, as the disk has it.
block() { dd if="$dev" bs=512 skip="$1" count=1 iflag=direct status=none; }

# has FILE N...: each of these blocks is what the file begins with.
has()
{
	local file=$1 n
	shift
	for n; do block "$n" | cmp -n 512 - "$file" || return 1; done
}

run()
{
	local dev sg n key=0x1234abcd

	require sg_compare_and_write sg_write_same sg_unmap sg_xcopy sg_persist
	target_up fileio 64
	# Without it, LIO says that UNMAP is nothing that the disk knows.
	echo 1 >"$lio"/core/fileio_0/disk/attrib/emulate_tpu || note "no UNMAP"
	login
	dev=$(disk)
	dd if=/dev/urandom of=/tmp/old bs=512 count=1 status=none
	dd if=/dev/urandom of=/tmp/new bs=512 count=1 status=none
	cat /tmp/old /tmp/new >/tmp/pair

	note "COMPARE AND WRITE"
	for ((n = 0; n < 20; n++)); do
		dd if=/tmp/old of="$dev" bs=512 seek=$n oflag=direct status=none
		sg_compare_and_write --in=/tmp/pair --lba=$n --num=1 --xferlen=1024 "$dev" ||
			fail "what is there was not taken for what is there"
		has /tmp/new $n || fail "COMPARE AND WRITE did not write"
		# What it compares with has gone.
		refused sg_compare_and_write --in=/tmp/pair --lba=$n --num=1 --xferlen=1024 --quiet "$dev"
		has /tmp/new $n || fail "COMPARE AND WRITE wrote although there was something else"
	done

	note "WRITE SAME"
	sg_write_same --in=/tmp/old --lba=1000 --num=2048 --xferlen=512 "$dev"
	has /tmp/old 1000 2000 3047 || fail "WRITE SAME left something out"
	has /dev/zero 3048 || fail "WRITE SAME wrote beyond its end"

	note "UNMAP"
	sg_unmap --force --lba=1000 --num=1024 "$dev"
	has /dev/zero 1000 2023 || fail "UNMAP left something"
	has /tmp/old 2024 || fail "UNMAP took too much"

	note "EXTENDED COPY"
	# Through the generic device, which it asks for what the disk is called.
	sg=/dev/$(ls "/sys/block/${dev##*/}/device/scsi_generic")
	sg_xcopy if="$sg" of="$sg" bs=512 skip=2024 seek=8192 count=512 ||
		fail "EXTENDED COPY was refused"
	has /tmp/old 8192 8703 || fail "EXTENDED COPY copied something else"

	note "reservations"
	# LIO writes down there who is registered: where targetcli has told it to, if
	# that ran in this guest before, and nowhere if the directory is not there.
	mkdir -p "$(cat "$lio/dbroot")/pr"
	sg_persist --out --register --param-sark=$key "$dev"
	sg_persist --out --reserve --param-rk=$key --prout-type=1 "$dev"
	sg_persist --in --read-reservation "$dev" | finds "$key" || fail "there is no reservation"
	sg_persist --out --release --param-rk=$key --prout-type=1 "$dev"
	sg_persist --out --register --param-rk=$key --param-sark=0 "$dev"

	session_kept || fail "a command of a datastore cost the session"
	verify bs=16k iodepth=8 size=1m
	logout
}
