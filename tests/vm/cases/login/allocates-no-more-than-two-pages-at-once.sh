# SPDX-License-Identifier: GPL-2.0-only
# Guards: a memory that is in pieces refuses nobody: what connects, logs in and
# out, at any depth, asks the page allocator for no more than two pages that lie
# together. Every such request in the kernel is seen, with who is behind it.
# pairs: ours
# long: yes

tracing=/sys/kernel/tracing/instances/orders
event=$tracing/events/kmem/mm_page_alloc

# What slabs, a host's requests (blk-mq), TCP below iWARP and (from 7.3 on) vmalloc() ask
# for is a wish: they make do with single pages.
large()
{
	awk '
		/stacktrace:/ { inside = 1; ours = ""; wish = 0; next }
		inside && /hitcount:/ { if (ours != "" && !wish) print ours, $0; inside = 0; next }
		inside && /allocate_slab|blk_mq_alloc_map_and_rqs|skb_page_frag_refill|__vmalloc_node_range/ { wish = 1 }
		inside && ours == "" && /\[(iser_core|ib_iser|ib_isert)\]/ { ours = $0 }' /tmp/orders
}

# watch FILTER COMMAND...: fills /tmp/orders.
watch()
{
	local trigger="hist:keys=stacktrace:size=4096 if $1"
	shift
	echo "$trigger" >$event/trigger
	"$@"
	cat $event/hist >/tmp/orders
	echo "!$trigger" >$event/trigger
	! grep -E 'Dropped: *[1-9]' /tmp/orders || fail "not everything could be seen"
}

in_and_out()
{
	login
	window=$(cat /sys/class/scsi_host/host*/iser/window)
	verify bs=64k iodepth=32 size=2m
	logout
}

run()
{
	local depth window

	mkdir $tracing
	grep -qw hist $event/trigger || {
		rmdir $tracing
		skip "this kernel has no histograms of events"
	}
	target_up null 64
	acl_up "$initiator_name"
	make_record
	for depth in 128 512; do
		acl_depth "$initiator_name" $depth
		set_node node.session.cmds_max $depth
		set_node node.session.queue_depth $depth
		# Both ends learn from a login how deep the next one is to be.
		login
		logout
		watch 'order > 1' in_and_out
		[ "$window" -ge $((depth - 15)) ] || fail "asked for $depth commands, got $window"
		[ -z "$(large)" ] || {
			cat /tmp/orders
			fail "depth $depth: $(large | head -n 1 | tr -s ' ')"
		}
	done
	# Known to be there: what is looked for would be seen.
	watch 'order > 0' in_and_out
	[ -n "$(large)" ] || fail "not even two pages at once were seen"
	rmdir $tracing
}
