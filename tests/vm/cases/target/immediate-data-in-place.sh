# SPDX-License-Identifier: GPL-2.0-only
# Guards: immediate data that a back end uses where it was received: the right
# bytes with quick back ends, and with one so slow that spare memory may be out
# and data is copied; a session that ends meanwhile gives everything back.
# pairs: ours ini-intree
# timeout: 600

probes=/sys/kernel/tracing
counted=yes

# count_takes: see how often a receive buffer's data was taken, and in vain.
count_takes()
{
	echo "r:iser_took iser_chunk_take got=\$retval" >>$probes/kprobe_events
	if grep -qw hist $probes/events/kprobes/iser_took/trigger; then
		echo 'hist:keys=got.hex' >$probes/events/kprobes/iser_took/trigger
	else
		note "no histograms of events here: what is used in place is not counted"
		counted=
	fi
}

# takes VERDICT: "none" for calls that found no spare, "some" for the others.
takes()
{
	awk -v want="$1" '/got:/ {
		none = $3 ~ /^0+$/ || $3 == "0x0"
		if (none == (want == "none")) { sub(/.*hitcount: */, ""); n += $1 }
	} END { print n + 0 }' $probes/events/kprobes/iser_took/hist
}

tear_down_probe()
{
	! grep -q '^hist:' $probes/events/kprobes/iser_took/trigger ||
		echo '!hist:keys=got.hex' >$probes/events/kprobes/iser_took/trigger
	echo '-:iser_took' >>$probes/kprobe_events
}

run()
{
	local kind

	count_takes
	for kind in ramdisk fileio slow; do
		note "back end: $kind"
		target_up $kind 64
		make_record
		# More commands than there are spares.
		set_node node.session.queue_depth 64
		login
		[ $kind != slow ] || slow_by 200
		verify bs=512 iodepth=4 size=32k
		verify bs=4k iodepth=64 size=1m
		verify bs=8k iodepth=64 size=1m
		[ -z "$counted" ] || note "$(takes some) in place, $(takes none) copied"
		[ -z "$counted" ] || [ "$kind" != ramdisk ] || [ "$(takes some)" -gt 0 ] || fail "nothing was used in place"
		if [ $kind != slow ]; then
			logout
			target_down
			rm -rf /etc/iscsi/nodes /etc/iscsi/send_targets
		fi
	done
	# Not on every kernel are more than 32 commands with the back end at a time.
	[ -z "$counted" ] || [ "$(takes none)" -gt 0 ] || note "spare memory never ran out"
	# With the back end still busy.
	load_start bs=4k iodepth=64 size=1m
	outage "the cut" target_disable target_enable
	load_stop
	logout
	tear_down_probe
}
