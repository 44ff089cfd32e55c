# SPDX-License-Identifier: GPL-2.0-only
# Guards: where each RDMA Read of the target needs a memory region (iWARP), more
# and longer WRITEs at a time than there are regions for wait for their turn: it
# is slow, not broken.
# pairs: ours ini-intree
# links: siw (the only device here that needs regions for RDMA Reads)
# timeout: 600
# long: yes

run()
{
	target_up null 64
	echo 512 >"$tpg/attrib/default_cmdsn_depth"
	make_record
	set_node node.session.cmds_max 512
	set_node node.session.queue_depth 512
	login
	fio --name=flood --filename="$(disk)" --direct=1 --ioengine=libaio --rw=write \
		--bs=1m --iodepth=256 --size=64m --loops=6 --eta=never --thread >/tmp/flood.out 2>&1 ||
		fail "fio: $(grep -m 1 err= /tmp/flood.out)"
	session_kept || fail "the flood cost the session"
	verify bs=1m iodepth=32 size=32m
	logout
}
