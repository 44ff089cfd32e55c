# SPDX-License-Identifier: GPL-2.0-only
# Guards: connecting: any private data, any read depth, storms and crowds of
# half-open connections.
# timeout: 600
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	peer_run cm/
}
