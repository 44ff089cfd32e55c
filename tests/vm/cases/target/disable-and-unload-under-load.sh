# SPDX-License-Identifier: GPL-2.0-only
# Guards: under load the portal group is disabled, the portal goes, the target's
# module is unloaded and comes back: the session waits, I/O goes on, every byte
# is right.
# pairs: ours ini-intree
# timeout: 600

module_gone() { rmmod ib_isert; }

run()
{
	local n np

	np=$tpg/np/$(lio_portal)
	target_up null 64
	login
	load_start bsrange=4k-256k iodepth=32 size=16m
	for ((n = 1; n <= 2; n++)); do
		refused rmmod ib_isert
		target_disable
		rmdir "$np"
		wait_for 60 "the module to go" module_gone
		wait_for 60 "the initiator to notice cut $n" session_lost
		pair_load
		portal_up "$portal"
		target_enable
		wait_for 120 "the session to be back after cut $n" session_up
		wait_for 60 "I/O to go on after cut $n" io_moves
	done
	load_stop
	logout
}
