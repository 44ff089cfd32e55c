# SPDX-License-Identifier: GPL-2.0-only
# Guards: the memory of the device's queues. A portal that listens has none; what
# a session has goes by its depth, not by what the device would allow, and goes
# with the session. What stays is the kernel's pool of completion queues, which
# the initiator's sessions share: one for each processor, whatever is asked for.

# queues: KiB of queues that the device's driver has made, for whomever. What siw has
# by vcalloc() is vcalloc's where the compiler made a call of it and not a jump, as in
# the debug kernel.
makers='\[(rdma_rxe|siw)\]|vcalloc|__vmalloc_array'
queues()
{
	awk -v makers="$makers" '$0 ~ makers { bytes += $2 } END { print int(bytes / 1024) }' \
		/proc/vmallocinfo
}

as_before() { [ "$(queues)" -le "$idle" ]; }

# pool_alone: no connection has a queue.
pool_alone()
{
	! { rdma resource show qp; rdma resource show cq; } | finds -E 'type RC|iser_core'
}

# of_depth N: sets "cost", both ends of one session.
of_depth()
{
	set_node node.session.cmds_max "$1"
	set_node node.session.queue_depth "$1"
	# How deep a session wants to be is known from the second login on.
	login
	logout
	login
	cost=$(($(queues) - idle))
	note "a session of $1 commands: $cost KiB of queues at both ends"
	verify bs=16k iodepth=16 size=1m
	logout
	wait_for 60 "the queues to go" as_before || {
		grep -E "$makers" /proc/vmallocinfo
		fail "$(($(queues) - idle)) KiB of queues outlive the session"
	}
}

run()
{
	local idle cost shallow

	idle=$(queues)
	target_up null 64
	as_before || fail "a portal has $(($(queues) - idle)) KiB of queues and no session"
	make_record
	login
	logout
	wait_for 60 "what is not the pool's to go" pool_alone
	note "the pool has $(($(queues) - idle)) KiB, two processors"
	[ "$(queues)" -le $((idle + 4096)) ] || fail "more stays than the pool can have"
	idle=$(queues)
	of_depth 32
	shallow=$cost
	[ "$cost" -gt 0 ] || fail "this does not see any queues"
	of_depth 128
	[ "$cost" -le 1024 ] || fail "a session of 128 commands has $cost KiB of queues"
	[ "$shallow" -lt "$cost" ] || fail "a session of 32 commands has as many as one of 128"
}
