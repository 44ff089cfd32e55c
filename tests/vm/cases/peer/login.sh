# SPDX-License-Identifier: GPL-2.0-only
# Guards: what a stranger sends before or during login costs nobody but the
# stranger: short, long and wrong PDUs, silence, leaving in the middle.
# timeout: 900
# pairs: ours

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	portal_up "$target_ip:$((port + 1))"
	peer_run login/ portals/
}
