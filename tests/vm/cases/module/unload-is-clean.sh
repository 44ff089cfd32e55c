# SPDX-License-Identifier: GPL-2.0-only
# Guards: the modules stay while a session needs them and go without a trace
# when nothing does, again and again.
# smoke: yes

run()
{
	local n

	for ((n = 1; n <= 3; n++)); do
		pair_load
		target_up ramdisk 64
		initiator_up
		login
		verify bs=4k iodepth=8 size=256k
		refused rmmod ib_iser
		refused rmmod ib_isert
		logout
		initiator_down
		target_down
		pair_unload
		refused module_loaded ib_iser
		refused module_loaded ib_isert
	done
}
