# SPDX-License-Identifier: GPL-2.0-only
# Guards: 512 commands outstanding, as many as LIO allows: each finds a receive
# buffer, at either end, from the first session on, and so does each Data-Out of
# 128 that bring them, also of an initiator that sends all it has. Not once does the
# device have to say that its receiver is not ready.
# pairs: ours ini-intree
# links: rxe (siw does not count it)
# long: yes

rnr() { cat /sys/class/infiniband/"$link_dev"/ports/1/hw_counters/{rcvd,send}_rnr_err | tr '\n' ' '; }

run()
{
	local before n

	target_up null 64
	echo 512 >"$tpg/attrib/default_cmdsn_depth"
	make_record
	set_node node.session.cmds_max 512
	set_node node.session.queue_depth 512
	before=$(rnr)
	for n in 1 2; do
		login
		verify bs=4k iodepth=512 size=8m
		verify bs=64k iodepth=64 size=8m
		logout
	done
	set_node node.session.cmds_max 256
	set_node node.session.queue_depth 128
	for n in Yes No; do
		data_mode $n No
		login
		verify bs=64k iodepth=128 size=16m
		verify bsrange=512-256k iodepth=128 size=16m
		logout
	done
	note "receiver not ready, before and after: $before / $(rnr)"
	[ "$(rnr)" = "$before" ] || fail "a receiver was not ready: $before, then $(rnr)"
}
