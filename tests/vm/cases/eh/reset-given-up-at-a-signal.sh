# SPDX-License-Identifier: GPL-2.0-only
# Guards: who waits for the answer to a LUN reset gets a signal, and SCSI tries a
# target reset at once. The answer to the first, which libiscsi would take for that
# to the second, costs the connection. The session comes back, a READ is done, and
# it can be logged out.
# timeout: 400
# pairs: ours tgt-intree

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

set_up() { pair_load; link_up; initiator_up; }

run()
{
	require "$iser_peer" sg_reset
	peer_target ladder/answer-to-a-reset-given-up ||
		fail "$(grep -m 1 '^# ladder/' /tmp/peer.ktap || echo "not held")"
	wait_for 60 "the session to end" no_sessions
}
