# SPDX-License-Identifier: GPL-2.0-only
# Guards: commands that an abort ends give their place in the window back, a LUN
# reset and sessions that end meanwhile do not wait for each other, a logout behind
# commands that the back end has is answered, and a target whose back end takes its
# time keeps StatSN and window in order.
# pairs: ours
# timeout: 600

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up slow 64
	slow_by $((200 * slow))
	peer_count=4 peer_run slow/ session/logout-behind-commands credit/closed-window-opens-again \
		statsn/strictly-increasing-under-parallel-lengths
}
