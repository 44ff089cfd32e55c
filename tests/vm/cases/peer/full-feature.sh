# SPDX-License-Identifier: GPL-2.0-only
# Guards: a peer that has logged in and breaks every rule is rejected or ended,
# is never left stuck, and harms no other connection.
# timeout: 1500
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	peer_run ffp/
}
