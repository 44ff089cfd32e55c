# SPDX-License-Identifier: GPL-2.0-only
# Guards: a command that is under way costs no memory of our own and writes no
# log line, on either side, whichever way its data goes: decision 19. Every
# allocation in the kernel is counted, by who asked for it, while fio runs on a
# session that has run before; and a login is counted the same way, to know that
# what should be seen is seen.
# timeout: 400
# pairs: ours
# long: yes

tracing=/sys/kernel/tracing/instances/hot-path
events='kmem/kmalloc kmem/kmem_cache_alloc kmem/mm_page_alloc printk/console'

# trigger_of EVENT: slab events say who called; for others there is the stack.
trigger_of()
{
	case $1 in
	kmem/k*) echo 'hist:keys=call_site.sym-offset:size=4096' ;;
	*) echo 'hist:keys=stacktrace:size=4096' ;;
	esac
}

count_start()
{
	local event
	for event in $events; do
		trigger_of "$event" >$tracing/events/"$event"/trigger
	done
}

# count_stop: what was counted goes to /tmp/counted.
count_stop()
{
	local event
	for event in $events; do
		echo "event $event"
		cat $tracing/events/"$event"/hist
		echo "!$(trigger_of "$event")" >$tracing/events/"$event"/trigger
	done >/tmp/counted
	! grep -E 'Dropped: *[1-9]' /tmp/counted || fail "not everything could be counted"
}

# ours EVENT: calls that our modules made. The caller of the page allocator is
# the first on the stack that is no allocator itself. A log line is ours when
# we are anywhere on its stack, as when somebody complains of what we do; but for
# what an interrupt says in the middle of us, of a clock that stood still, say.
ours()
{
	awk -v wanted="$1" '
		function mine(s) { return s ~ /\[(iser_core|ib_iser|ib_isert)\]/ }
		/^event / { event = $2; next }
		event != wanted { next }
		/call_site:/ { if (mine($0)) print; next }
		/stacktrace:/ { inside = 1; caller = ""; any = ""; interrupt = 0; next }
		inside && /hitcount:/ {
			inside = 0
			who = event ~ /^printk/ ? any : caller
			if (mine(who)) print who, $0
			next
		}
		inside {
			if (/asm_(sysvec|common_interrupt|exc_nmi)|(handle|do)_softirq/)
				interrupt = 1
			if (mine($0) && any == "" && !interrupt) any = $0
			if (caller == "" && $1 !~ /alloc|page|slab|kmem|refill|folio/) caller = $0
			if (caller == "" && mine($0)) caller = $0
		}' /tmp/counted
}

# silent: nothing of ours was counted.
silent()
{
	local event
	for event in $events; do
		[ -z "$(ours "$event")" ] || {
			ours "$event"
			fail "$1: $event by $(ours "$event" | head -n 1 | tr -s ' ')"
		}
	done
}

# mixed_load DEPTH BLOCKSIZE...
mixed_load()
{
	local bs depth=$1
	shift
	for bs; do
		fio --name=hot --filename="$(disk)" --direct=1 --ioengine=libaio \
			--rw=randrw "--bs=$bs" "--iodepth=$depth" --size=60m \
			--number_ios=200 --eta=never --thread >/tmp/fio.out 2>&1 ||
			fail "fio: $(tail -n 1 /tmp/fio.out)"
	done
}

# A login maps and allocates in all three modules: seen, or the counting is no
# good. The log line is made by hand.
counting_works()
{
	local event
	count_start
	logout
	login
	echo "<6>iser-vm: a line to be counted" >/dev/kmsg
	count_stop
	for event in kmem/kmalloc kmem/mm_page_alloc; do
		[ -n "$(ours $event)" ] || fail "a login was not seen by $event"
	done
	sed -n '/^event printk/,$p' /tmp/counted | finds -E 'Hits: *[1-9]' ||
		fail "a log line was not seen"
}

# sent_as_agreed INITIALR2T: Data-Outs where they are allowed, and only there.
sent_as_agreed()
{
	local outs
	outs=$(counted dataout_pdus)
	note "$outs Data-Outs"
	if [ "$1" = Yes ]; then
		[ "$outs" = 0 ] || fail "$outs Data-Outs with InitialR2T=Yes"
	else
		[ "$outs" -ge 100 ] || fail "only $outs Data-Outs"
	fi
}

run()
{
	local mode immediate r2t before
	[ ! -e /sys/kernel/debug/iser/dma ] || skip "books of DMA mappings allocate"
	mkdir $tracing
	grep -qw hist $tracing/events/kmem/kmalloc/trigger || {
		rmdir $tracing
		skip "this kernel has no histograms of events"
	}
	target_up null 64
	make_record
	set_node "node.conn[0].timeo.noop_out_interval" 1000
	# By RDMA Read and inside the command, by RDMA Read alone, and in Data-Outs.
	for mode in Yes/Yes No/Yes Yes/No No/No; do
		immediate=${mode%/*} r2t=${mode#*/}
		mode="ImmediateData=$immediate InitialR2T=$r2t"
		note "$mode"
		data_mode "$immediate" "$r2t"
		login
		# The target makes spare buffers when it first is short of them, eight
		# at a time and as many as its depth wants: a work's doing.
		mixed_load 32 512 4k 64k 256k
		before=$(commands)
		count_start
		# The largest first: the memory for them is given back when it was not
		# needed for ten seconds, which on a slow machine the others take.
		mixed_load 8 256k 64k 4k 512
		count_stop
		note "$(($(commands) - before)) commands, $(awk '/Hits:/ { n += $2 } END { print n + 0 }' /tmp/counted) allocations and log lines by anybody"
		[ $(($(commands) - before)) -ge 800 ] || fail "too few commands"
		silent "$mode"
		sent_as_agreed "$r2t"
		logout
	done
	login
	counting_works
	logout
	rmdir $tracing
}
