# SPDX-License-Identifier: GPL-2.0-only
# Guards: no more PDUs that nobody asked for than the initiator has declared to
# take, and receives for as many as the target declares.
# timeout: 300
# pairs: ours
# long: yes

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	peer_run unasked/
}
