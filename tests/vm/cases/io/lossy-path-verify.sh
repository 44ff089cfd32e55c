# SPDX-License-Identifier: GPL-2.0-only
# Guards: one packet in a hundred lost in each direction costs time, not data
# and not the session.

set_up() { pair_load; wire_up; initiator_up; }

run()
{
	[ "$link_type" = siw ] || skip "rxe itself trips over lost packets (WARN in rxe_completer)"
	portal=$wire_portal
	target_up null 64
	login
	wire_loses 1
	verify bsrange=4k-64k iodepth=8 size=2m
	wire_loses 0
	session_up || fail "lost packets cost the session"
	logout
}
