# SPDX-License-Identifier: GPL-2.0-only
# Guards: under load the portal group is disabled, the portal goes, the target's
# module is unloaded and comes back: the session waits, I/O goes on, every byte
# is right.
# pairs: ours ini-intree
# timeout: 600

module_gone() { rmmod ib_isert; }

go()
{
	target_disable
	rmdir "$tpg/np/$(lio_portal)"
	wait_for 60 "the module to go" module_gone
}

come_back()
{
	pair_load
	portal_up "$portal"
	target_enable
}

run()
{
	local n

	target_up null 64
	login
	load_start bsrange=4k-256k iodepth=32 size=16m
	for ((n = 1; n <= 2; n++)); do
		refused rmmod ib_isert
		outage "cut $n" go come_back
	done
	load_stop
	logout
}
