# SPDX-License-Identifier: GPL-2.0-only
# Guards: with four initiators, each with 64 commands outstanding, it takes less
# than 30 s to disable the portal group, to clear the configuration with
# targetcli, from its first write on, and to unload the target's module. Each time
# all four come back by themselves, and their data is right.
# pairs: ours ini-intree
# timeout: 600
# soak: yes

initiators="1 2 3 4"

# A part of the disk for each: they have one LUN.
initiator_load()
{
	local n=$1 dev=$2
	while [ ! -e /tmp/load.stop ]; do
		fio --name="initiator$n" --filename="/dev/$dev" --direct=1 --ioengine=libaio \
			--rw=randwrite --bsrange=4k-64k --iodepth=64 --offset=$((n * 8))m \
			--size=4m --verify=crc32c --verify_fatal=1 --verify_state_save=0 \
			--eta=never --thread >"/tmp/fio.$n" 2>&1 || return 1
	done
}

initiators_log_in()
{
	local n
	for n in $initiators; do
		iscsiadm -m iface -I "i$n" -o new
		iscsiadm -m iface -I "i$n" -o update -n iface.transport_name -v iser
		iscsiadm -m iface -I "i$n" -o update -n iface.initiatorname \
			-v "$initiator_name$n"
		iscsiadm -m node -T "$iqn" -p "$portal" -I "i$n" -o new
		iscsiadm -m node -T "$iqn" -p "$portal" -I "i$n" -o update \
			-n node.session.queue_depth -v 64
		iscsiadm -m node -T "$iqn" -p "$portal" -I "i$n" --login
	done
}

# in_time WHAT COMMAND...
in_time()
{
	local what=$1 start=$SECONDS
	shift
	"$@" || fail "$what failed"
	note "$what: $((SECONDS - start)) s"
	[ $((SECONDS - start)) -lt $((30 * slow)) ] || fail "$what took $((SECONDS - start)) s"
}

# since START_MS: seconds from then to now.
now_ms() { echo $((${EPOCHREALTIME/[^0-9]/} / 1000)); }
since()
{
	local ms=$(($(now_ms) - $1))
	printf '%d.%03d s' $((ms / 1000)) $((ms % 1000))
}

np_dir() { echo "$tpg/np/$(lio_portal)"; }
unload() { echo 0 >"$tpg/enable" && rmdir "$(np_dir)" && wait_for 30 "the module to go" rmmod ib_isert; }

# targetcli at its prompt, before the load: its mere start takes half a minute
# of CPU time that it would have to share with four initiators then, and is no
# part of what is asked here.
cli_up()
{
	rm -f /tmp/cli /tmp/saved.json
	mkfifo /tmp/cli
	targetcli </tmp/cli >/tmp/cli.out 2>&1 &
	cli_pid=$!
	exec {cli_fd}>/tmp/cli
	cli "saveconfig /tmp/saved.json"
	wait_for 90 "targetcli's prompt" test -s /tmp/saved.json
}

cli() { echo "/ $*" >&"$cli_fd"; }

cli_down()
{
	cli exit
	exec {cli_fd}>&-
	wait "$cli_pid"
	cat /tmp/cli.out
	echo
	grep -q 'All configuration cleared' /tmp/cli.out
}

# going: targetcli has come to its first write, which disables the portal group.
going()
{
	local on
	[ -d "$tpg" ] || return 0
	read -r on <"$tpg/enable"
	[ "$on" = 0 ]
}

no_backstore() { ! compgen -G "$lio/core/*/disk" >/dev/null; }

# clear: what there is goes step by step; says when.
clear()
{
	local start
	start=$(now_ms)
	wait_for 90 "the sessions to end" sessions_up 0 || return 1
	note "  all sessions lost after $(since "$start")"
	wait_for 90 "the portal to go" not test -d "$(np_dir)" || return 1
	note "  the portal gone after $(since "$start")"
	wait_for 90 "the target to go" not test -d "$lio/iscsi/$iqn" || return 1
	note "  the target gone after $(since "$start")"
	wait_for 90 "the backstore to go" no_backstore
}

# moves DEVICE: it has completed something between two looks.
moves()
{
	local before
	before=$(awk '{ print $1 + $5 }' "/sys/block/$1/stat")
	nap 0.3
	[ "$(awk '{ print $1 + $5 }' "/sys/block/$1/stat")" != "$before" ]
}

# all_move WHEN: each of them, if not at the same time: a load makes pauses.
all_move()
{
	local dev
	for dev in $(disks); do
		wait_for 90 "I/O on $dev $1" moves "$dev"
	done
}

all_back()
{
	wait_for 150 "four sessions after $1" sessions_up 4
	all_move "after $1"
}

run()
{
	local n=0 dev pids=()

	targetcli_up fileio 64
	cli_up
	initiators_log_in
	wait_for 90 "four disks" disks_are 4
	rm -f /tmp/load.stop
	for dev in $(disks); do
		n=$((n + 1))
		initiator_load $n "$dev" &
		pids+=($!)
	done
	all_move "to begin"

	in_time "disabling the portal group" target_disable
	target_enable
	all_back "the portal group was disabled"

	cli "clearconfig confirm=True"
	wait_for 120 "targetcli to begin" going
	in_time "targetcli clearconfig" clear
	cli_down || fail "targetcli has not cleared the configuration"
	targetctl restore /tmp/saved.json
	all_back "the configuration was cleared"

	in_time "unloading the module" unload
	pair_load
	portal_up "$portal"
	target_enable
	all_back "the module was unloaded"

	touch /tmp/load.stop
	for n in "${pids[@]}"; do
		wait "$n" || fail "fio: $(grep -h -m 1 -E 'io_u error|bad |err=[^ ]*[1-9]' /tmp/fio.[1-4] | head -n 1)"
	done
	rm -f /tmp/load.stop
	iscsiadm -m node -T "$iqn" --logout
	wait_for 60 "the sessions to end" no_sessions
}
