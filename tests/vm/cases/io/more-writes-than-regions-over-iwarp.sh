# SPDX-License-Identifier: GPL-2.0-only
# Guards: where each RDMA Read of the target needs a memory region (iWARP), more
# and longer WRITEs at a time than there are regions for wait for their turn: it
# is slow, not broken.
# pairs: ours ini-intree
# links: siw (the only device here that needs regions for RDMA Reads)
# timeout: 600
# long: yes

tracing=/sys/kernel/tracing

# What rdma_rw says when all regions are in use.
watch_regions()
{
	echo "r:iser_rw rdma_rw_ctx_init ret=\$retval:s32" >>$tracing/kprobe_events
	echo 'ret == -11' >$tracing/events/kprobes/iser_rw/filter
	echo 1 >$tracing/events/kprobes/iser_rw/enable
}

unwatch_regions()
{
	echo 0 >$tracing/events/kprobes/iser_rw/enable
	echo '-:iser_rw' >>$tracing/kprobe_events
}

run()
{
	local waited

	target_up null 64
	echo 512 >"$tpg/attrib/default_cmdsn_depth"
	make_record
	set_node node.session.cmds_max 512
	set_node node.session.queue_depth 512
	login
	watch_regions
	fio --name=flood --filename="$(disk)" --direct=1 --ioengine=libaio --rw=write \
		--bs=1m --iodepth=256 --size=64m --loops=6 --eta=never --thread >/tmp/flood.out 2>&1 ||
		fail "fio: $(grep -m 1 err= /tmp/flood.out)"
	waited=$(grep -c ' iser_rw: ' $tracing/trace || :)
	unwatch_regions
	note "$waited times there was no region left"
	session_kept || fail "the flood cost the session"
	verify bs=1m iodepth=32 size=32m
	logout
}
