# SPDX-License-Identifier: GPL-2.0-only
# Guards: the same for 10,000 short or lying Login Requests and 100,000 bad PDUs
# on one connection.
# timeout: 7200
# soak: yes
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	peer_limit=3600
	peer_run login/lying-pdus-cost-nothing ffp/bad-pdus-cost-nothing
	peer_count=10000
	costs_nothing peer_run login/lying-pdus-cost-nothing
	peer_count=100000
	costs_nothing peer_run ffp/bad-pdus-cost-nothing
}
