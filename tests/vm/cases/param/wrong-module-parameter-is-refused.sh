# SPDX-License-Identifier: GPL-2.0-only
# Guards: a module parameter that makes no sense is refused when the module is
# loaded, not silently replaced; the same parameters with sense are accepted.

set_up() { :; }

run()
{
	is_ours ib_iser && module_load iser_core
	is_ours ib_isert && { module_loaded iser_core || module_load iser_core; }
	refused module_load ib_iser max_lun=many
	refused module_load ib_iser max_sectors=-1
	refused module_load ib_iser max_sectors=0
	refused module_load ib_iser always_register=perhaps
	refused module_load ib_isert sg_tablesize=1
	refused module_load ib_isert sg_tablesize=100000
	module_load ib_iser max_lun=32 max_sectors=512 always_register=Y
	module_load ib_isert sg_tablesize=256
	[ "$(cat /sys/module/ib_iser/parameters/max_lun)" = 32 ] ||
		fail "max_lun was not taken"
}
