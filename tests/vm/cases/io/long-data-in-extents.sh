# SPDX-License-Identifier: GPL-2.0-only
# Guards: data too long for chunks is in memory that is mapped already: nothing is
# mapped for a command once there is enough of it, whatever length the data has;
# there is no more of it than allowed, and an idle session has none.
# links: rxe (siw needs a memory region for each RDMA Read)
# pairs: ours
# timeout: 400

tracing=/sys/kernel/tracing

# extents: how many there are now.
extents() { awk '$1 == "extent" { print $2 - $3 }' /sys/kernel/debug/iser/objects; }

no_extents() { [ "$(extents)" = 0 ]; }

# mapped: how often rdma_rw has been asked to map something.
mapped() { awk '$1 == "iser_rw_init" { print $2 }' $tracing/kprobe_profile; }

# goes_unmapped LENGTH: what is missing at first is made meanwhile, and what was
# idle too long is made again, so there is more than one try. A slow guest takes
# so long to start fio that all is idle too long each time.
goes_unmapped()
{
	local try before
	for try in 1 2 3 4; do
		before=$(mapped)
		verify "bs=$1" iodepth=4 size=8m
		[ "$(mapped)" != "$before" ] || return 0
		note "try $try: $(($(mapped) - before)) slices mapped"
		[ "$slow" = 1 ] || return 0
	done
	return 1
}

run()
{
	local len

	target_up null 64
	echo 'p:iser_rw_init rdma_rw_ctx_init' >>$tracing/kprobe_events ||
		skip "no probes in this kernel"
	echo 1 >$tracing/events/kprobes/iser_rw_init/enable
	login
	no_extents || fail "a session that has done nothing has $(extents) extents"

	note "more at once than there may be extents for"
	verify bs=512k iodepth=16 size=16m
	[ "$(mapped)" -gt 0 ] || fail "the probe sees nothing"
	note "$(extents) extents, $(mapped) slices mapped by rdma_rw"
	[ "$(extents)" -gt 0 ] || fail "no extents were made"
	[ "$(extents)" -le 32 ] || fail "$(extents) extents are more than allowed"

	for len in 20k 64k 68k 100k 256k 508k; do
		note "$len at a time"
		goes_unmapped "$len" || fail "data of $len is mapped again and again"
	done

	wait_for 60 "extents nobody needs to be freed" no_extents
	verify bs=256k iodepth=8 size=8m
	[ "$(extents)" -gt 0 ] || fail "no extents were made again"
	logout
	wait_for 10 "the extents to end with the session" no_extents
	probes_off
}
