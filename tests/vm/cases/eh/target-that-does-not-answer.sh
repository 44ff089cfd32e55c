# SPDX-License-Identifier: GPL-2.0-only
# Guards: error handling to its end. A READ is never answered; abort, LUN reset
# and target reset are, one after the other, refused, answered or not answered
# either. What ends the task ends its STag before SCSI has the memory back; who
# answers nothing loses the connection, and on the next one the old STag is of
# no use. Each time the session comes back and the READ is done.
# timeout: 900
# pairs: ours tgt-intree
# long: yes

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

set_up() { pair_load; link_up; initiator_up; }

# The READ that is not answered (MARK_LBA of tests/peer/target.h).
peer_io()
{
	local dev
	dev=$(disk) && [ -b "$dev" ] || return 0
	echo 5 >"/sys/block/${dev##*/}/device/timeout"
	timeout 60 dd if="$dev" of=/dev/null bs=512 skip=5000 count=1 iflag=direct status=none || :
}

run()
{
	local name names failed=
	require "$iser_peer"
	mapfile -t names < <("$iser_peer" --list | awk '/^ladder\// && !/-given-up/ { print $1 }')
	[ ${#names[@]} -gt 1 ] || fail "iser-peer has no such cases"
	for name in "${names[@]}"; do
		note "$name"
		peer_target "$name" || failed+=" $name"
	done
	[ -z "$failed" ] || fail "not held:$failed"
}
