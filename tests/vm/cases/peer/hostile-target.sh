# SPDX-License-Identifier: GPL-2.0-only
# Guards: a target that misbehaves costs our initiator at most the connection:
# wrong responses, wrong lengths, foreign or late use of STags.
# timeout: 1800
# pairs: ours tgt-intree

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

set_up() { pair_load; link_up; initiator_up; }

run()
{
	local name failed=
	require "$iser_peer"
	for name in $("$iser_peer" --list | awk '/^target\// { print $1 }'); do
		note "$name"
		peer_target "$name" || failed+=" $name"
	done
	[ -z "$failed" ] || fail "not held:$failed"
}
