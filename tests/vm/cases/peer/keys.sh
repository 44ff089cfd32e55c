# SPDX-License-Identifier: GPL-2.0-only
# Guards: the keys of RFC 7145 section 6 and the Hello at our target: understood,
# never volunteered, refused when illegal, and kept.
# timeout: 900
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	peer_run keys/
}
