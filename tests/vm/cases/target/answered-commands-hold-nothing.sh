# SPDX-License-Identifier: GPL-2.0-only
# Guards: a command ends with its response, not with a completion: few responses
# ask for one, and on a session that has gone quiet behind one that did not, the
# LUN is removed at once.
# pairs: ours ini-intree
# long: yes

# responses SIGNALLED: of the target, with (1) or without (0) a completion.
responses()
{
	grep -c "iser_send: .* opcode=0x21 .*signalled=$1" /sys/kernel/tracing/trace || :
}

lun_gone()
{
	timeout 20 rm "$tpg/lun/lun_0/disk" && timeout 20 rmdir "$tpg/lun/lun_0"
}

run()
{
	local bs quiet loud

	target_up ramdisk 16
	login
	for bs in 4k 16k; do
		echo >/sys/kernel/tracing/trace
		verify bs=$bs iodepth=1 size=1m
		quiet=$(responses 0) loud=$(responses 1)
		note "$bs: $quiet responses without a completion, $loud with one"
		[ "$quiet" -gt $((4 * loud)) ] || fail "$bs: too many responses are signalled"
	done
	lun_gone || fail "the LUN waits for commands that were answered"
	logout
}
