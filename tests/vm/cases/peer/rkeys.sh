# SPDX-License-Identifier: GPL-2.0-only
# Guards: no key lets an initiator into the target's memory or another session's,
# and trying costs it its own connection only.
# timeout: 600
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	peer_run rkey/
}
