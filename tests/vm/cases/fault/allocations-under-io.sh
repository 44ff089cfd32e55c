# SPDX-License-Identifier: GPL-2.0-only
# Guards: allocations that fail under I/O, while the connection is cut again and
# again, cost time or a connection, but no command and no byte; with data that
# is sent unasked, which is several PDUs for one command.
# pairs: ours
# injects: allocations
# timeout: 900

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

run()
{
	local module n failed=0

	fault_required
	# A back end that allocates fails commands as well.
	target_up ramdisk 64
	echo No >"$tpg/param/InitialR2T"
	make_record
	set_node node.session.iscsi.InitialR2T No
	login
	# As much on a slow guest: what a new fio allocates may fail as well.
	load_start bsrange=4k-128k iodepth=16 size=2048k
	for module in iser_core ib_iser ib_isert; do
		fault_arm failslab $module probability=10 times=200
		fault_arm fail_page_alloc $module probability=10 times=200
		for ((n = 0; n < 30; n++)); do nap 0.2; done
		target_disable
		wait_for 60 "the initiator to notice" session_lost
		target_enable
		for ((n = 0; n < 10; n++)); do nap 0.2; done
		failed=$((failed + 400 - $(fault_left failslab) - $(fault_left fail_page_alloc)))
		fault_disarm
		wait_for 180 "the session to be back" session_up
		wait_for 60 "I/O to go on" io_moves
	done
	load_stop
	note "$failed allocations have failed"
	[ $failed -gt 0 ] || fail "no allocation has failed"
	logout
}
