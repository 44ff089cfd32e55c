# SPDX-License-Identifier: GPL-2.0-only
# Guards: a target asks an initiator that says nothing whether it is there, as
# the initiator's ACL says, ends what does not answer, and nothing else.
# pairs: ours
# timeout: 500
# long: yes

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	acl_up iqn.2026-01.org.example:peer $((3 * slow))
	peer_count=$((3 * slow)) peer_limit=300 peer_run idle/
}
