# SPDX-License-Identifier: GPL-2.0-only
# Guards: a target that floods our initiator, or whose bad PDUs end connection
# after connection, leaves neither objects nor memory behind, and fills no log.
# timeout: 900
# pairs: ours tgt-intree
# long: yes

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

set_up() { pair_load; link_up; initiator_up; }

misbehave()
{
	local name
	for name in flood-of-nop-ins flood-of-rejects short-pdu unknown-itt leaves-amid-read-data; do
		# Where it is called, set -e is off.
		peer_target target/$name || fail "target/$name does not hold"
	done
}

run()
{
	require "$iser_peer"
	misbehave
	# What is lost is lost each time; the kernel's caches are full some day.
	(costs_nothing misbehave) || (costs_nothing misbehave) || costs_nothing misbehave
}
