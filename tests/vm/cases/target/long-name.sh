# SPDX-License-Identifier: GPL-2.0-only
# Guards: a target whose name is as long as a name may be: it is found, logged in
# to, and told to an initiator that takes less in one PDU than the name is long.
# pairs: ours ini-intree
# long: yes

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

set_up() { pair_load; link_up; initiator_up; }

run()
{
	iqn=iqn.2026-01.org.example:$(printf '%0199d' 0)
	[ ${#iqn} = 223 ] || fail "a name of ${#iqn} bytes"
	tpg=$lio/iscsi/$iqn/tpgt_1
	target_up ramdisk 16
	discover | finds -F "$iqn" || fail "the name is not found"
	login
	verify bs=4k iodepth=4 size=256k
	logout
	peer_run many/own-target-in-normal-session text/ discovery/
}
