# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Starting a guest, for the test runner and for the demo. Needs scripts/host.sh.

: "${iser_top:?}"

# vm_bring IMAGE MODULES-DIR [FILE...]: the disk a run brings along: modules and
# test programs (when there are any), other modules, other programs (bin/), and
# the guest's half of the tests.
vm_bring()
{
	local image=$1 built=$2 dir file
	shift 2
	dir=$(mktemp -d)
	mkdir -p "$dir/tests" "$dir/modules" "$dir/peer" "$dir/scripts" "$dir/bin"
	cp -r "$iser_top/tests/vm" "$dir/tests/"
	cp "$iser_top"/scripts/{demo-guest,iser-which} "$dir/scripts/" 2>/dev/null || true
	if [ -n "$built" ]; then
		cp -r "$built/modules" "$built/peer" "$dir/"
	fi
	for file; do
		case $file in
		*.ko) cp "$file" "$dir/modules/" ;;
		*) cp "$file" "$dir/bin/" ;;
		esac
	done
	rm -f "$image"
	PATH=$PATH:/usr/sbin:/sbin mke2fs -q -F -t ext4 -O '^has_journal' -m 0 \
		-E root_owner=0:0 -d "$dir" "$image" \
		"$(($(du -sm --apparent-size "$dir" | cut -f 1) * 2 + 16))M" >/dev/null
	rm -rf "$dir"
}

# vm_command ROOT BRING OUT MODE PAIR: fills the array vm_args with a QEMU
# command line. The root disk is a snapshot: nothing a guest does to it stays.
# The caller adds what the serial console and the results port are connected to
# (-serial, and a character device with the id "results").
# LINK is the kind of RDMA device, rxe or siw.
# THREAD=multi lets QEMU use a host thread for each guest processor; memory
# MEMORY megabytes, processors SMP. A kernel that brings its modules is the debug
# kernel: it wants more memory for its book-keeping, and patience. "slow" is set
# to what every time limit is to be multiplied with (SLOW). On a busy machine it
# also measures the TSC too slow while it boots, and its time then passes up to
# ten times too fast: it goes by another clock.
vm_command()
{
	local root=$1 bring=$2 out=$3 mode=$4 pair=$5 memory=2048 clock=
	slow=${SLOW:-1}
	[ ! -e "$root/modules.img" ] || { memory=3584; slow=${SLOW:-4}; clock=tsc=unstable; }
	# shellcheck disable=SC2034,SC2054 # both the caller's; QEMU's commas
	vm_args=(
		qemu-system-x86_64 -M q35 -accel "tcg,thread=${THREAD:-single}"
		-cpu max,la57=off -smp "${SMP:-2}" -m "${MEMORY:-$memory}"
		-nodefaults -no-user-config -display none -nic none -no-reboot
		-kernel "$root/vmlinuz" -initrd "$root/initramfs"
		-append "console=ttyS0 loglevel=${LOGLEVEL:-5} panic=-1 oops=panic mitigations=off log_buf_len=4M net.ifnames=0 $clock iser.mode=$mode iser.pair=$pair iser.link=${LINK:-rxe} iser.thread=${THREAD:-single} iser.slow=$slow ${APPEND:-}"
		-drive "file=$root/root.img,format=raw,if=virtio,snapshot=on,cache=unsafe"
		-drive "file=$bring,format=raw,if=virtio,readonly=on"
		-device virtio-rng-pci
		-device virtio-serial-pci
		-device virtserialport,chardev=results,name=org.iser.results
		-virtfs "local,path=$out,mount_tag=out,security_model=none,multidevs=remap"
	)
	[ ! -e "$root/modules.img" ] || vm_args+=(
		-drive "file=$root/modules.img,format=raw,if=virtio,readonly=on"
	)
}

# vm_cable FROM TO N: one end of a cable, added to vm_args. Frames are datagrams
# between the sockets FROM and TO; when there is no such socket they are lost,
# and neither guest is told. N makes the address. The MTU lets 4 KiB travel in
# one piece.
vm_cable()
{
	vm_args+=(
		-netdev "dgram,id=cable,local.type=unix,local.path=$1,remote.type=unix,remote.path=$2"
		-device "virtio-net-pci,netdev=cable,host_mtu=4200,mac=52:54:00:12:34:0$3"
	)
}

# vm_host_disk ROOT IMAGE: one more disk, added to vm_args. The third virtio
# disk would be taken for the kernel's modules, but by a kernel that brings some.
vm_host_disk()
{
	local drive="file=$2,format=raw,cache=unsafe"
	if [ -e "$1/modules.img" ]; then
		vm_args+=(-drive "$drive,if=virtio")
	else
		# shellcheck disable=SC2054 # QEMU's commas
		vm_args+=(-drive "$drive,if=none,id=lent" -device nvme,drive=lent,serial=lent)
	fi
}
