# SPDX-License-Identifier: GPL-2.0-only
# Guards: commands that the block layer announces as a batch are posted with few
# doorbells, and none of them is left behind: not when the target's window
# closes in the middle of the batch, not when libiscsi refuses its last command.
# pairs: ours
# long: yes

trace=/sys/kernel/tracing/trace

# batches OPTION...: sixteen commands at a time, so the block layer knows them.
batches()
{
	verify bs=4k iodepth=32 iodepth_batch_submit=16 \
		iodepth_batch_complete_min=16 iodepth_batch_complete_max=32 "$@"
}

# Traces name the endpoint; the one that sends commands is the initiator's.
count_rings()
{
	local ep
	ep=$(sed -nE 's/.* iser_send: ep=([0-9]+) .* opcode=0x01 .*/\1/p' $trace | tail -n 1)
	sends=$(grep -c " iser_send: ep=$ep .* opcode=0x01 " $trace)
	rings=$(grep -c " iser_sq_ring: ep=$ep " $trace)
	note "$sends commands, $rings doorbells"
}

run()
{
	local depth

	target_up null 64
	acl_up "$initiator_name"
	login
	no_scheduler
	echo >$trace
	batches size=2m
	count_rings
	[ "$sends" -ge $((256 / slow)) ] || fail "only $sends commands were seen"
	[ $((rings * 4)) -le "$sends" ] || fail "$rings doorbells for $sends commands"
	# By themselves they leave by themselves.
	echo >$trace
	verify bs=4k iodepth=1 size=1m
	count_rings
	[ "$rings" -ge "$sends" ] || fail "$rings doorbells for $sends single commands"
	batches bsrange=512-64k size=4m
	logout

	# A window that a batch does not fit through.
	for depth in 1 6; do
		note "a window of $depth"
		acl_depth "$initiator_name" $depth
		login
		no_scheduler
		batches size=1m
		logout
	done
}
