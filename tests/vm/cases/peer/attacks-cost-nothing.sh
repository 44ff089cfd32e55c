# SPDX-License-Identifier: GPL-2.0-only
# Guards: short and lying Login Requests, illegal opcodes and bad PDUs leave
# neither objects nor memory behind, and fill no log.
# timeout: 900
# pairs: ours
# long: yes

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	# Caches that fill once are no leak.
	peer_run login/lying-pdus-cost-nothing ffp/bad-pdus-cost-nothing
	costs_nothing peer_run login/lying-pdus-cost-nothing
	costs_nothing peer_run ffp/1000-illegal-opcodes ffp/bad-pdus-cost-nothing
}
