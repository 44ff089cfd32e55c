# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the VM cases are made of. Initiator and target share one guest:
#
#   open-iscsi (iscsid, iscsiadm)                LIO (configfs or targetcli)
#     ib_iser  -- sdX                              ib_isert -- backstore
#        \______________ rxe0 on dummy iser0 ______________/
#              192.0.2.1/24     2001:db8::1/64     port 3260
#
# The device is rxe (RoCE) or, with "run --link siw", siw (iWARP). siw listens
# with a real TCP socket and LIO has one at the portal's address already, so
# there ib_isert listens iwarp_offset ports further up. "portal" is the address
# to connect to, lio_portal the one that LIO knows it by and announces.
#
# Two guests: a case with "guests: 2" in its header has the initiator in one and
# the target in another, with a cable between them:
#
#   initiator  eth0, 192.0.2.2, run() ---- 192.0.2.1, eth0, target()  target
#
# target() is run whenever the target's guest has booted, which may be more than
# once: host_do asks the host to kill it, to start it, to cut the cable.
#
# Conventions: a function that makes something has one that undoes it, and the
# undoing works from any half-made state, because tear-down calls all of them.
# Nothing here sleeps for a fixed time in the hope that something has happened:
# wait_for polls a condition until a deadline.

ISER_pair=${ISER_pair:-intree}
slow=${ISER_slow:-1}
link_type=${ISER_link:-rxe}
role=${ISER_role:-both}
iwarp_offset=0
[ "$link_type" != siw ] || iwarp_offset=1000
target_ip=192.0.2.1
target_ip6=2001:db8::1
port=$((3260 + iwarp_offset))
portal=$target_ip:$port
iqn=iqn.2026-01.org.example:disk
# shellcheck disable=SC2034 # for the cases; scripts/vm-root says so, too
initiator_name=iqn.2026-01.org.example:initiator
link_dev=${link_type}0
net_dev=iser0
own_ip=$target_ip
own_ip6=$target_ip6
case $role in
initiator) net_dev=eth0; own_ip=192.0.2.2; own_ip6=2001:db8::2 ;;
target) net_dev=eth0 ;;
esac
lio=/sys/kernel/config/target
tpg=$lio/iscsi/$iqn/tpgt_1
modules_dir=/iser/modules
peer_dir=/iser/peer
export target_ip6 port peer_dir tpg

# ---- speaking and waiting ----

note() { echo "# $*"; }

fail()
{
	echo "fail: $*"
	exit 1
}

skip()
{
	echo "skip: $*"
	exit 4
}

# require WORD...: skip the case where a command it needs is missing.
require()
{
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "this guest has no $tool"
	done
}

# A pipe nobody writes to: reading it with a time limit is a sleep that forks
# nothing, and forks are what is slow under emulation.
exec {idle_fd}<> <(:)
nap() { read -rt "${1:-0.1}" -u "$idle_fd" _ || :; }

# wait_for SECONDS WHAT COMMAND...: until COMMAND succeeds. A guest that checks
# everything it does gets a multiple of the time.
wait_for()
{
	local deadline=$((SECONDS + $1 * slow)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $deadline ]; then
			echo "fail: gave up waiting for $what"
			return 1
		fi
		nap
	done
}

not() { ! "$@"; }

# finds ARGUMENT...: does grep find it in what is piped here? It reads all of it.
# grep -q does not: who goes on writing is killed then, and pipefail has the pipe
# fail because something was found.
finds() { grep "$@" >/dev/null; }

# log_of_case: what the kernel has said since the case began.
log_of_case()
{
	dmesg | awk '/iser-vm: begin / { n = 0; next } { line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }'
}

# conn_errors: how often libiscsi has lost a connection in it.
conn_errors() { log_of_case | grep -c 'detected conn error' || :; }

# refused COMMAND...: it must fail; what it said is shown.
refused()
{
	if "$@"; then
		fail "accepted, but should be refused: $*"
	fi
}

# ---- the pair of modules ----

# Which half is ours: the names of the modules to insert from modules_dir.
our_modules()
{
	case $ISER_pair in
	ours) echo iser_core ib_iser ib_isert ;;
	ini-intree) echo iser_core ib_isert ;;
	tgt-intree) echo iser_core ib_iser ;;
	intree) ;;
	esac
}

is_ours() { [[ " $(our_modules) " == *" $1 "* ]]; }
module_loaded() { [ -d "/sys/module/$1" ]; }

# module_load NAME [PARAMETER=VALUE...]
module_load()
{
	local name=$1 dep
	shift
	if ! is_ours "$name"; then
		modprobe "$name" "$@"
		return
	fi
	for dep in $(modinfo -F depends "$modules_dir/$name.ko" | tr , ' '); do
		is_ours "$dep" || modprobe "$dep"
	done
	insmod "$modules_dir/$name.ko" "$@"
}

# module_options NAME: parameters that the link asks for.
module_options()
{
	if [ "$1" = ib_isert ] && [ "$iwarp_offset" != 0 ]; then
		echo "iwarp_port_offset=$iwarp_offset"
	fi
}

pair_load()
{
	local name options
	for name in iser_core ib_iser ib_isert; do
		[ $name != iser_core ] || is_ours iser_core || continue
		case $role$name in initiatorib_isert | targetib_iser) continue ;; esac
		read -ra options < <(module_options $name; echo)
		module_loaded $name || module_load $name "${options[@]}"
	done
	trace_on
}

# path_set ADDRESS NAME VALUE: what the connections with a peer are to be like;
# "default" for all peers. path_forget undoes all of it.
path_set()
{
	local dir=/sys/kernel/config/iser/paths/$1
	mkdir -p "$dir" && echo "$3" >"$dir/$2"
}

path_forget() { remove_dirs /sys/kernel/config/iser/paths/*; }

# Sessions and portals go away in the background of the command that ended
# them, so a module may stay in use for a moment.
pair_unload()
{
	local name ok=0
	path_forget || ok=1
	for name in ib_iser ib_isert; do
		module_loaded $name || continue
		wait_for 60 "$name to be unused" rmmod $name || ok=1
	done
	if module_loaded iser_core; then
		objects_balanced || ok=1
		wait_for 30 "iser_core to be unused" rmmod iser_core || ok=1
	fi
	return $ok
}

# Our modules count what they make and free: "name created destroyed" lines.
# With both roles unloaded the numbers must agree, but for the devices, which
# iser_core knows for as long as they exist; it checks those when it goes.
objects_balanced()
{
	local file=/sys/kernel/debug/iser/objects
	[ -r $file ] || return 0
	awk '$1 != "device" && $2 ~ /^[0-9]+$/ && $2 != $3 {
		printf "fail: %s: %d created, %d destroyed\n", $1, $2, $3; bad = 1
	} END { exit bad }' $file
}

trace_on()
{
	local event=/sys/kernel/tracing/events/iser/enable
	[ -w $event ] || return 0
	echo 8192 >/sys/kernel/tracing/buffer_size_kb
	echo 1 >$event
}

# probes_off: no kprobes any more, of this case or of one that failed. What they have
# recorded cannot be read behind it.
probes_off()
{
	local dir=/sys/kernel/tracing
	grep -qs . $dir/kprobe_events || return 0
	echo 0 >$dir/events/kprobes/enable
	echo >$dir/kprobe_events
}

# ---- the link ----

# link_driver: Debian's own kernels have no siw; the run brought one along.
link_driver()
{
	local dep
	if [ "$link_type" = rxe ]; then
		modprobe rdma_rxe
	elif [ ! -e "$modules_dir/siw.ko" ]; then
		modprobe siw
	elif ! module_loaded siw; then
		for dep in $(modinfo -F depends "$modules_dir/siw.ko" | tr , ' '); do
			modprobe "$dep"
		done
		insmod "$modules_dir/siw.ko"
	fi
}

link_up()
{
	if [ "$role" != both ]; then
		modprobe virtio_net
		wait_for 30 "the network card" test -e /sys/class/net/$net_dev
	elif [ ! -e /sys/class/net/$net_dev ]; then
		ip link add $net_dev type dummy
	fi
	ip link set $net_dev up
	ip addr replace $own_ip/24 dev $net_dev
	ip addr replace $own_ip6/64 dev $net_dev nodad
	link_driver
	[ -e "/sys/class/infiniband/$link_dev" ] ||
		rdma link add "$link_dev" type "$link_type" netdev $net_dev
	wait_for 30 "$link_dev to be active" link_active
	wait_for 30 "$link_dev to know its address" knows_address "$link_dev" $own_ip
}

# knows_address DEVICE IPV4: addresses reach a device's table in the background
# of the command that set them; until then nothing can be bound to them. iWARP
# devices keep no such table.
knows_address()
{
	local gid
	# shellcheck disable=SC2086 # four words are wanted
	gid=$(printf '0000:0000:0000:0000:0000:ffff:%02x%02x:%02x%02x' ${2//./ })
	[ "$link_type" != rxe ] ||
		grep -qs "$gid" "/sys/class/infiniband/$1/ports/1/gids/"*
}

link_active() { grep -q ACTIVE "/sys/class/infiniband/$link_dev/ports/1/state"; }
device_gone() { ! [ -e "/sys/class/infiniband/$1" ]; }
link_gone() { device_gone "$link_dev"; }

link_down()
{
	wire_down || return 1
	link_gone || rdma link delete "$link_dev" || return 1
	if [ "$role" != both ]; then
		ip link set $net_dev down
	elif [ -e /sys/class/net/$net_dev ]; then
		ip link delete $net_dev
	fi
	wait_for 30 "$link_dev to go" link_gone
}

# wire_up: instead of the one device that talks to itself, two with a cable
# between them that can be made to lose packets, or all of them:
#
#   initiator  rxw1 on w1, 198.51.100.2 ---- 198.51.100.1, rxw0 on w0  target
#
# The kernel would short-circuit two addresses of its own. So its local table is
# looked up late, and what it sends to one end is routed out of the other.
wire_ip=198.51.100.1
wire_own_ip=198.51.100.2
wire_portal=$wire_ip:$port
export wire_portal

wire_up()
{
	local end
	ip link add w0 type veth peer name w1
	for end in w0 w1; do
		echo 1 >/proc/sys/net/ipv4/conf/$end/accept_local
		echo 0 >/proc/sys/net/ipv4/conf/$end/rp_filter
	done
	echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
	ip addr add $wire_ip/24 dev w0
	ip addr add $wire_own_ip/24 dev w1
	for end in w0 w1; do
		tc qdisc add dev $end root netem
		ip link set $end up
	done
	ip route add $wire_ip dev w1 src $wire_own_ip table 101
	ip route add $wire_own_ip dev w0 src $wire_ip table 102
	ip rule add pref 10 iif lo to $wire_ip lookup 101
	ip rule add pref 11 iif lo to $wire_own_ip lookup 102
	ip rule add pref 100 lookup local
	ip rule del pref 0
	link_driver
	rdma link add rxw0 type "$link_type" netdev w0
	rdma link add rxw1 type "$link_type" netdev w1
	wait_for 30 "rxw0 to know its address" knows_address rxw0 $wire_ip
	wait_for 30 "rxw1 to know its address" knows_address rxw1 $wire_own_ip
}

# wire_loses PERCENT: of the packets, in both directions; 100 is a path that
# died without a word. The lossy queue is there from the beginning and nothing
# pulls the cable: a packet that rxe cannot hand to the network, be it only
# because its queue is being replaced, puts the device's management QP into
# error, and with that no connection is made on that device any more.
wire_loses()
{
	tc qdisc change dev w0 root netem loss "$1%"
	tc qdisc change dev w1 root netem loss "$1%"
}

# wire_delays MILLISECONDS: each packet on its way, in both directions.
wire_delays()
{
	tc qdisc change dev w0 root netem limit 100000 delay "$1ms"
	tc qdisc change dev w1 root netem limit 100000 delay "$1ms"
}

wire_down()
{
	local end
	[ -e /sys/class/net/w0 ] || return 0
	ip rule add pref 0 lookup local
	ip rule del pref 100
	ip rule del pref 10
	ip rule del pref 11
	for end in rxw0 rxw1; do
		[ ! -e /sys/class/infiniband/$end ] || rdma link delete $end
	done
	ip link delete w0
}

# ---- the target ----

# backstore KIND MEGABYTES: make one named "disk"; prints its directory.
#   ramdisk  LIO's own pages      fileio  a file in memory
#   null     a memory-backed null_blk disk through iblock
#   slow     the same behind dm-delay: slow_by sets how long a request takes
#   disk     what the target's guest has of the host, through iblock; what was
#            written outlives the guest (its size is what it is)
backstore()
{
	local kind=$1 mb=$2 dir null
	modprobe target_core_mod
	case $kind in
	ramdisk)
		dir=$lio/core/rd_mcp_0/disk
		mkdir -p $dir
		echo "rd_pages=$((mb * 256))" >$dir/control
		;;
	fileio)
		modprobe target_core_file
		dir=$lio/core/fileio_0/disk
		mkdir -p $dir
		echo "fd_dev_name=/dev/shm/disk,fd_dev_size=$((mb << 20))" >$dir/control
		;;
	null | slow)
		modprobe null_blk nr_devices=0
		modprobe target_core_iblock
		null=/sys/kernel/config/nullb/nullb0
		mkdir -p $null
		echo "$mb" >$null/size
		echo 1 >$null/memory_backed
		echo 2048 >$null/max_sectors 2>/dev/null || :
		echo 1 >$null/power
		dir=$lio/core/iblock_0/disk
		mkdir -p $dir
		null=/dev/nullb0
		if [ "$kind" = slow ]; then
			slow_disk
			null=/dev/mapper/slow
		fi
		echo "udev_path=$null" >$dir/control
		;;
	disk)
		modprobe target_core_iblock
		dir=$lio/core/iblock_0/disk
		mkdir -p $dir
		echo "udev_path=$(host_disk)" >$dir/control
		;;
	*) fail "no such kind of backstore: $kind" ;;
	esac
	echo 1 >$dir/enable
	echo iser-vm-disk >$dir/wwn/vpd_unit_serial
	echo "$dir"
}

slow_table() { echo "0 $(blockdev --getsz /dev/nullb0) delay /dev/nullb0 0 $1"; }

slow_disk()
{
	modprobe dm-delay
	slow_table 0 | dmsetup --noudevsync create slow
	dmsetup --noudevsync mknodes slow
}

# slow_by MILLISECONDS: what each request to the back end takes from now on.
slow_by()
{
	slow_table "$1" | dmsetup reload slow
	dmsetup --noudevsync suspend --noflush slow
	dmsetup --noudevsync resume slow
}

# host_disk: the disk that the host lends the target's guest, see vm_host_disk.
host_disk()
{
	local dev=/dev/vdd
	! modprobe nvme 2>/dev/null || dev=/dev/nvme0n1
	wait_for 10 "$dev" test -b $dev >&2
	echo $dev
}

# target_up [KIND [MEGABYTES]]: one target, one LUN, one iSER portal, open to
# any initiator. Straight through configfs: the same writes that targetcli
# does, without seconds of Python in every case.
target_up()
{
	local dir
	dir=$(backstore "${1:-ramdisk}" "${2:-64}")
	modprobe iscsi_target_mod
	mkdir -p $lio/iscsi/$iqn
	mkdir $tpg
	mkdir $tpg/lun/lun_0
	ln -s "$dir" $tpg/lun/lun_0/disk
	echo 0 >$tpg/attrib/authentication
	echo 1 >$tpg/attrib/generate_node_acls
	echo 1 >$tpg/attrib/cache_dynamic_acls
	echo 0 >$tpg/attrib/demo_mode_write_protect
	portal_up "$portal"
	target_enable
}

# lio_portal [ADDRESS:PORT]: what LIO calls the portal that one connects to there.
lio_portal()
{
	local at=${1:-$portal}
	echo "${at%:*}:$((${at##*:} - iwarp_offset))"
}

# portal_up ADDRESS:PORT: one more iSER portal; an IPv6 address in brackets.
portal_up()
{
	local np
	np=$tpg/np/$(lio_portal "$1")
	mkdir "$np"
	echo 1 >"$np/iser"
}

# acl_up INITIATOR [SECONDS]: an ACL for it with the LUN, and how long it may say
# nothing, and owe an answer.
acl_up()
{
	local acl=$tpg/acls/$1 name
	mkdir "$acl" "$acl/lun_0"
	ln -s "$tpg/lun/lun_0" "$acl/lun_0/disk"
	[ -n "${2:-}" ] || return 0
	for name in nopin_timeout nopin_response_timeout; do
		echo "$2" >"$acl/attrib/$name"
	done
}

# acl_depth INITIATOR DEPTH: of its sessions to come. Whom no ACL names has the depth
# of its first session for ever.
acl_depth() { echo "$2" >"$tpg/acls/$1/cmdsn_depth"; }

target_enable() { echo 1 >$tpg/enable; }
target_disable() { echo 0 >$tpg/enable; }

# targetcli_up [KIND [MEGABYTES]]: the same target made by the tool people use.
targetcli_up()
{
	dbus_up
	case ${1:-ramdisk} in
	ramdisk) echo "/backstores/ramdisk create disk ${2:-64}M" ;;
	fileio) echo "/backstores/fileio create disk /dev/shm/disk ${2:-64}M" ;;
	*) fail "targetcli_up: no such kind: $1" ;;
	esac >/tmp/targetcli.in
	cat >>/tmp/targetcli.in <<-END
		/iscsi create $iqn
		/iscsi/$iqn/tpg1/luns create /backstores/${1:-ramdisk}/disk
		/iscsi/$iqn/tpg1 set attribute authentication=0 generate_node_acls=1 cache_dynamic_acls=1 demo_mode_write_protect=0
		/iscsi/$iqn/tpg1/portals create $target_ip 3260
		/iscsi/$iqn/tpg1/portals/$(lio_portal) enable_iser true
		exit
	END
	# Without this a plain TCP portal on all addresses takes the port first.
	targetcli set global auto_add_default_portal=false auto_save_on_exit=false
	targetcli </tmp/targetcli.in
	grep -q 1 "$tpg/np/$(lio_portal)/iser" || fail "targetcli made no iSER portal"
}

dbus_up()
{
	[ ! -S /run/dbus/system_bus_socket ] || return 0
	mkdir -p /run/dbus
	dbus-uuidgen --ensure
	dbus-daemon --system --fork
	wait_for 20 "the message bus" test -S /run/dbus/system_bus_socket
}

# remove_dirs DIRECTORY...: those of the list that exist; configfs forbids rm -r.
remove_dirs()
{
	local dir ok=0
	for dir; do
		[ ! -d "$dir" ] || rmdir "$dir" || ok=1
	done
	return $ok
}

# Takes down whatever hangs below LIO's directories, whoever made it.
target_down()
{
	local t ok=0
	for t in "$lio"/iscsi/iqn.*/tpgt_*; do
		[ -d "$t" ] || continue
		echo 0 >"$t/enable" 2>/dev/null || :
		find "$t/lun" "$t/acls" -type l -delete
		remove_dirs "$t"/acls/*/lun_* "$t"/acls/* "$t"/np/* "$t"/lun/lun_* "$t" || ok=1
	done
	remove_dirs "$lio"/iscsi/iqn.* "$lio/iscsi" || ok=1
	# A backstore lies below its plug-in's directory: rd_mcp_0/disk.
	remove_dirs "$lio"/core/*_[0-9]*/* "$lio"/core/*_[0-9]* || ok=1
	! dmsetup info slow >/dev/null 2>&1 ||
		dmsetup --noudevsync remove slow || ok=1
	rm -f /dev/mapper/slow
	remove_dirs /sys/kernel/config/nullb/nullb* || ok=1
	! module_loaded scsi_debug || rmmod scsi_debug || ok=1
	rm -f /dev/shm/disk
	return $ok
}

# ---- the target's guest ----

# host_do ACTION: the host does it to the other guest, or between the two:
#   target-kill     from one moment to the next it is not there any more
#   target-start    it boots and runs target(); wait for what comes of it
#   cable-cut       no packet arrives any more, and no end is told
#   cable-mend      they do again
#   cable-pause     cut it and mend it after half a minute, whoever sleeps here
host_do()
{
	rm -f /out/host.done
	echo "HOST $1" >&3
	wait_for 30 "the host to do $1" test -e /out/host.done
}

target_guest_up()
{
	[ "$role" != initiator ] || wait_for 240 "the target's guest" test -e /out/target.ready
}

# target_guest_down: let it tear down, and pass on whether that worked; a guest
# that was killed needs not.
target_guest_down()
{
	[ "$role" = initiator ] && [ ! -e /out/target.killed ] || return 0
	touch /out/target.stop
	wait_for 120 "the target's guest to tear down" test -e /out/target.down
	cat "/out/cases/${ISER_case:?}/target.log"
	[ "$(cat /out/target.down)" = 0 ]
}

# ---- the initiator ----

iscsid_ready() { grep -q ISCSIADM_ABSTRACT_NAMESPACE /proc/net/unix; }

# iscsid kills its whole process group when it is told to end: it gets one of
# its own. Its time limits are for real machines; an emulated one that shares
# two cores needs patience. Its log is on the guest's own disk: /run is memory,
# which one case swaps out to a disk that is there only as long as iscsid is well.
initiator_up()
{
	pgrep -x iscsid >/dev/null && return 0
	# No udev here to load a driver for the disk that appears.
	modprobe -a sd_mod sg
	sed -i -e "s/^\(node.conn\[0\].timeo.login_timeout *=\).*/\1 $((60 * slow))/" \
		-e "s/^\(node.conn\[0\].timeo.noop_out_timeout *=\).*/\1 $((30 * slow))/" \
		/etc/iscsi/iscsid.conf
	setsid iscsid -f >>/var/log/iscsid.log 2>&1 &
	wait_for 30 "iscsid" iscsid_ready
}

initiator_down()
{
	local ok=0
	if no_sessions; then :; else
		iscsiadm -m node --logoutall=all >/dev/null 2>&1 || :
		wait_for 60 "all sessions to end" no_sessions || ok=1
	fi
	if pgrep -x iscsid >/dev/null; then
		pkill -x iscsid || :
		wait_for 20 "iscsid to end" not pgrep -x iscsid || {
			pkill -KILL -x iscsid
			ok=1
		}
	fi
	rm -rf /etc/iscsi/nodes /etc/iscsi/send_targets /etc/iscsi/ifaces \
		/var/lib/iscsi/nodes /var/lib/iscsi/send_targets
	cat /var/log/iscsid.log 2>/dev/null
	rm -f /var/log/iscsid.log
	return $ok
}

# discover: what the portal says it has.
discover() { iscsiadm -m discovery -t sendtargets -p "$portal" -I iser; }

# set_node NAME VALUE: change the node record before a login.
set_node() { iscsiadm -m node -T "$iqn" -p "$portal" -I iser -o update -n "$1" -v "$2"; }

# data_mode IMMEDIATEDATA INITIALR2T: of the sessions to come. A Yes of either side
# makes InitialR2T Yes, so both are told.
data_mode()
{
	echo "$2" >"$tpg/param/InitialR2T"
	set_node node.session.iscsi.ImmediateData "$1"
	set_node node.session.iscsi.InitialR2T "$2"
}

# ping_often: the session notices within seconds that nobody answers.
ping_often()
{
	set_node "node.conn[0].timeo.noop_out_interval" 3
	set_node "node.conn[0].timeo.noop_out_timeout" 5
}

# make_record: discovery makes it, but for a portal that listens elsewhere.
make_record()
{
	if [ "$iwarp_offset" = 0 ]; then
		discover
	else
		iscsiadm -m node -T "$iqn" -p "$portal" -I iser -o new
	fi
}

# login: make a record when there is none yet, login, and the disk is there.
login()
{
	iscsiadm -m node 2>/dev/null | finds -F "$portal," || make_record
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login
	wait_for 60 "the disk" disk_ready
}

# login_refused: the login must fail for want of authority, and the initiator
# be told so rather than left to its timer. The in-tree target takes the
# connection down before its answer is sent, so nothing is asked of it there.
login_refused()
{
	set_node node.session.initial_login_retry_max 1
	set_node "node.conn[0].timeo.login_timeout" 15
	refused iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login >/tmp/refusal 2>&1
	cat /tmp/refusal
	wait_for 30 "the refused session to go" no_sessions
	set_node "node.conn[0].timeo.login_timeout" 60
	is_ours ib_isert || return 0
	grep -q 'authorization failure' /tmp/refusal || fail "the login was refused, but the initiator was not told why"
}

logout()
{
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout
	wait_for 60 "the session to end" no_sessions
}

no_sessions() { ! compgen -G '/sys/class/iscsi_session/session*' >/dev/null; }

session_state() { cat /sys/class/iscsi_session/session*/state; }
session_up() { [ "$(session_state)" = LOGGED_IN ]; }
session_lost() { [ "$(session_state)" != LOGGED_IN ]; }

# session_kept: it is up, and has never been down in this case.
session_kept() { session_up && [ "$(conn_errors)" = 0 ]; }

# commands: how many the disk has completed.
commands()
{
	local name
	name=$(disk) || return 1
	awk '{ print $1 + $5 }' "/sys/block/${name##*/}/stat"
}

# no_scheduler: who submits a command hands it to the driver.
no_scheduler() { echo none >"/sys/block/$(basename "$(disk)")/queue/scheduler"; }

# session_via ADDRESS: the number of the session with the portal there.
session_via()
{
	local dir
	for dir in /sys/class/iscsi_connection/connection*; do
		[ "$(cat "$dir/persistent_address")" = "$1" ] || continue
		dir=${dir##*/connection}
		echo "${dir%:*}"
		return 0
	done
	return 1
}

# For several sessions: sessions counts them, sessions_up N says whether so many
# are logged in, disks prints what they have, disks_are N whether that many.
sessions() { compgen -G '/sys/class/iscsi_session/session*' | wc -l; }
sessions_up() { [ "$(cat /sys/class/iscsi_session/session*/state | grep -c LOGGED_IN)" = "$1" ]; }
disks() { basename -a /sys/class/iscsi_session/session*/device/target*/*/block/*; }
disks_are() { [ "$(disks | grep -c '^sd')" = "$1" ]; }

# conn_param NAME: a negotiated value as the initiator's kernel shows it.
conn_param() { cat /sys/class/iscsi_connection/connection*/"$1"; }
session_param() { cat /sys/class/iscsi_session/session*/"$1"; }

# counted NAME: a counter of the session's statistics.
counted() { iscsiadm -m session -s | sed -nE "s/^[[:space:]]*$1: ([0-9]+)\$/\1/p"; }

# session_over_iser: the transport of the session really is ours to test.
session_over_iser() { iscsiadm -m session | finds '^iser: '; }

disk()
{
	local dir
	for dir in /sys/class/iscsi_session/session*/device/target*/*/block/*; do
		[ -d "$dir" ] && echo "/dev/${dir##*/}" && return 0
	done
	return 1
}

disk_ready()
{
	local dev
	dev=$(disk) && [ -b "$dev" ] && [ "$(blockdev --getsize64 "$dev")" -gt 0 ]
}

# ---- load ----

# kib SIZE: fio's way to write it, in KiB, rounded up.
kib()
{
	case $1 in
	*m) echo $((${1%m} * 1024)) ;;
	*k) echo "${1%k}" ;;
	*) echo $((($1 + 1023) / 1024)) ;;
	esac
}

# less SIZE [BLOCKSIZE [DEPTH]]: so many megabytes, and less of them on a machine
# that is slow: it looks for what is wrong with a command, not for what takes a
# million of them. A sixteenth does on the debug kernel, but up to a quarter for
# the queue to be full twice, and a block at least.
less()
{
	local all some block=1 deep
	[[ $1 =~ ^[0-9]+m$ ]] || { echo "$1"; return; }
	[[ ! ${2:-} =~ ^[0-9]+[km]?$ ]] || block=$(kib "$2")
	all=$(kib "$1")
	deep=$((2 * block * ${3:-16}))
	some=$((all / slow / slow))
	[ $some -ge $deep ] || some=$((deep < all / slow ? deep : all / slow))
	echo "$(((some > block ? some : block) * 1024))"
}

# verify NAME=VALUE...: write with fio, read back and compare; any mismatch or
# error fails. Further words are fio's own options.
verify()
{
	local word bs='' depth=1 opts=()
	for word; do
		case $word in
		bs=*) bs=${word#bs=} ;;
		bsrange=*) bs=${word#*-} ;;
		iodepth=*) depth=${word#iodepth=} ;;
		esac
	done
	for word; do
		[[ $word != size=* ]] || word=size=$(less "${word#size=}" "$bs" "$depth")
		opts+=("--$word")
	done
	fio --name=verify --filename="$(disk)" --direct=1 --ioengine=libaio \
		--rw=randwrite --verify=crc32c --verify_fatal=1 --do_verify=1 \
		--verify_state_save=0 --randrepeat=0 --eta=never --thread \
		--disable_clat=1 --disable_slat=1 "${opts[@]}" >/tmp/fio.out 2>&1 || {
		cat /tmp/fio.out
		fail "fio: $(grep -m 1 -E 'io_u error|bad |mismatch|err=' /tmp/fio.out)"
	}
	grep -E '^ *(read|write): ' /tmp/fio.out || cat /tmp/fio.out
}

# load_start NAME=VALUE...: the same in the background, for as long as a case
# needs something to happen under load. load_stop lets it finish its round,
# verify it, and passes on whether all the data was right.
load_start()
{
	rm -f /tmp/load.stop /tmp/load.ok /tmp/load.rounds
	echo 0 >/tmp/load.rounds
	(
		set +e
		trap - ERR
		while [ ! -e /tmp/load.stop ]; do
			(verify "$@") || exit 1
			echo $(($(cat /tmp/load.rounds) + 1)) >/tmp/load.rounds
		done
		touch /tmp/load.ok
	) &
	load_pid=$!
	wait_for 60 "I/O to begin" io_moves
}

load_stop()
{
	touch /tmp/load.stop
	wait "$load_pid" || fail "the load saw an error: $(tail -n 3 /tmp/fio.out)"
	[ -e /tmp/load.ok ] || fail "the load did not finish"
	note "load: $(cat /tmp/load.rounds) rounds of write and verify"
}

# io_moves: the disk completed something between two looks.
io_moves()
{
	local before after
	before=$(commands) || return 1
	nap 0.2
	after=$(commands) || return 1
	[ "$before" != "$after" ]
}

# outage WHAT BEGIN END [SECONDS]: BEGIN and END are commands. The session is lost
# after the one and back after the other, within SECONDS, and its I/O goes on.
outage()
{
	# shellcheck disable=SC2086 # several words are wanted
	$2
	wait_for 120 "the initiator to notice $1" session_lost
	# shellcheck disable=SC2086
	$3
	wait_for "${4:-180}" "the session to be back after $1" session_up
	wait_for 60 "I/O to go on after $1" io_moves
}

# stop_users: nothing of the case may hold the disk any more.
stop_users()
{
	local mnt
	pkill -x fio || :
	while read -r _ mnt _; do
		umount "$mnt" || umount -l "$mnt"
	done < <(grep '^/dev/sd' /proc/mounts)
	wait_for 60 "fio to end" not pgrep -x fio || {
		pkill -KILL -x fio
		return 1
	}
	# What was written to a disk that had just gone is a file.
	find /dev -maxdepth 1 -name 'sd*' -type f -delete
}
