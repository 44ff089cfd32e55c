# SPDX-License-Identifier: GPL-2.0-only
# Guards: commands of 32 bytes, whose second half travels in an additional header
# segment: READ(32) and WRITE(32), with immediate, unsolicited and fetched data.
# LIO's own back ends do not know them, so a SCSI disk that does is passed
# through. A target that is not known to be ours is sent the data of such a command
# by RDMA Read alone: the kernel's looks for it where it is without that segment.
# pairs: ours tgt-intree

# scsi_disk_up: a disk of scsi_debug as the backstore "disk"; prints its directory.
scsi_disk_up()
{
	local dir=$lio/core/pscsi_0/disk dev name host

	modprobe scsi_debug dev_size_mb=16
	wait_for 30 "the disk of scsi_debug" compgen -G '/sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/sd*'
	dev=$(echo /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/sd*)
	name=${dev##*/}
	host=$(sed -E 's,.*/host([0-9]+)/.*,\1,' <<<"$dev")
	modprobe target_core_pscsi
	mkdir -p "$dir"
	echo "scsi_host_id=$host,scsi_channel_id=0,scsi_target_id=0,scsi_lun_id=0" >"$dir/control"
	echo "/dev/$name" >"$dir/udev_path"
	echo 1 >"$dir/enable"
	echo "$dir"
}

# cdb32 ACTION LBA BLOCKS: 09 is READ(32), 0b is WRITE(32).
cdb32()
{
	printf '7f 00 00 00 00 00 00 18 00 %s 00 00 %016x 00000000 0000 0000 %08x' "$1" "$2" "$3" |
		sed -E 's/ //g; s/../& /g'
}

# there_and_back BYTES: by WRITE(32), READ(32) and the disk's own commands.
there_and_back()
{
	local dev blocks=$(($1 / 512)) lba=$((RANDOM % 1000))
	dev=$(disk)
	head -c "$1" /dev/urandom >/tmp/there
	# shellcheck disable=SC2046 # bytes of a CDB
	sg_raw -s "$1" -i /tmp/there "$dev" $(cdb32 0b $lba $blocks) || fail "WRITE(32) of $1 bytes"
	# shellcheck disable=SC2046
	sg_raw -r "$1" -o /tmp/back "$dev" $(cdb32 09 $lba $blocks) || fail "READ(32) of $1 bytes"
	cmp /tmp/there /tmp/back || fail "READ(32) does not give back what WRITE(32) wrote, $1 bytes"
	dd if="$dev" bs=512 skip=$lba count=$blocks iflag=direct status=none | cmp - /tmp/there ||
		fail "READ(10) does not give back what WRITE(32) wrote, $1 bytes"
}

all_sizes()
{
	local bytes
	for bytes in 512 4096 8192 8704 65536 131072; do
		there_and_back $bytes
	done
}

run()
{
	local file=/sys/kernel/tracing/trace

	require sg_raw
	modinfo scsi_debug >/dev/null || skip "this kernel has no scsi_debug"
	target_up
	# The same target with another disk.
	rm "$tpg/lun/lun_0/disk"
	ln -s "$(scsi_disk_up)" "$tpg/lun/lun_0/disk"
	echo No >"$tpg/param/InitialR2T"
	make_record
	set_node node.session.iscsi.InitialR2T Yes
	login
	echo >$file
	all_sizes
	# iSER header, basic header and 20 bytes of AHS.
	grep -q 'iser_send: .* opcode=0x01 .* len=96 ' $file || fail "no command with an AHS was sent"
	logout
	[ "$ISER_pair" = ours ] || return 0
	grep -q 'iser_send: .* opcode=0x01 .* data=512 len=96 ' $file ||
		fail "no immediate data was sent behind an AHS"
	set_node node.session.iscsi.InitialR2T No
	login
	all_sizes
	grep -q 'iser_send: .* opcode=0x05 ' $file || fail "no Data-Out was sent"
	logout
}
