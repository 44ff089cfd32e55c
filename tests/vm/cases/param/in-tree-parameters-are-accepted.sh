# SPDX-License-Identifier: GPL-2.0-only
# Guards: every parameter that an in-tree module takes is taken by ours, so that
# an old modprobe.d file does not keep it from loading; one that is not honoured
# says so, once; what the in-tree module lets people change at run time can be
# written.

set_up() { :; }

# in_tree_parameters NAME: of the module that comes with the kernel.
in_tree_parameters()
{
	find "/lib/modules/$(uname -r)/kernel" -name "$1.ko*" -exec modinfo -F parm {} + |
		sed 's/:.*//'
}

# A value for each that differs from the default.
declare -A value=(
	[debug_level]=1 [max_lun]=64 [max_sectors]=512 [always_register]=N
	[pi_enable]=Y [pi_guard]=1 [sg_tablesize]=256
)

# load_with_all NAME [PARAMETER...]: all of the in-tree module's, and more.
load_with_all()
{
	local name=$1 parameter given=() options
	shift
	# shellcheck disable=SC2046 # a name has no blanks
	for parameter in $(in_tree_parameters "$name") "$@"; do
		[ -n "${value[$parameter]:-}" ] || fail "the in-tree $name has a parameter that is new to us: $parameter"
		given+=("$parameter=${value[$parameter]}")
	done
	note "$name ${given[*]}"
	[ ${#given[@]} -ge 2 ] || fail "the in-tree $name seems to have no parameters"
	mapfile -t options < <(module_options "$name")
	module_load "$name" "${given[@]}" "${options[@]}"
}

# says_once MODULE TEXT
says_once()
{
	local times
	is_ours "$1" || return 0
	times=$(log_of_case | grep -cF "$1: $2" || :)
	[ "$times" = 1 ] || fail "$1 says '$2' $times times"
}

# Unknown ones are no error to the kernel: it says so and goes on.
all_known()
{
	if log_of_case | grep 'unknown parameter'; then
		fail "a parameter is not known"
	fi
}

run()
{
	local mine=()

	! is_ours ib_iser || mine=(pi_guard)
	[ -z "$(our_modules)" ] || module_load iser_core
	load_with_all ib_iser "${mine[@]}"
	load_with_all ib_isert
	all_known
	says_once ib_iser "always_register=N is not honoured"
	says_once ib_iser "pi_enable=Y is not honoured"
	says_once ib_iser "pi_guard has no effect"
	says_once ib_iser "debug_level has no effect"
	says_once ib_isert "debug_level has no effect"
	says_once ib_isert "sg_tablesize has no effect"
	[ "$(cat /sys/module/ib_iser/parameters/max_lun)" = 64 ] || fail "max_lun was not taken"
	[ "$(cat /sys/module/ib_iser/parameters/max_sectors)" = 512 ] || fail "max_sectors was not taken"

	# They are not only for show.
	link_up
	initiator_up
	target_up ramdisk 64
	largest_is 256
	written_at_run_time
	largest_is 128
}

# largest_is KILOBYTES: what SCSI is told of a new session.
largest_is()
{
	local kb
	login
	kb=$(cat "/sys/block/$(basename "$(disk)")/queue/max_hw_sectors_kb")
	[ "$kb" = "$1" ] || fail "commands have up to $kb KiB, not $1"
	logout
}

# taken_as WRITTEN VALUE
taken_as()
{
	echo "$1" >"$parameters/max_sectors" || fail "max_sectors=$1 is refused"
	[ "$(cat "$parameters/max_sectors")" = "$2" ] || fail "max_sectors=$1 is not $2"
	says_once ib_iser "max_sectors=$1 is not honoured"
}

written_at_run_time()
{
	local parameters
	parameters=/sys/module/ib_iser/parameters
	echo 2 >$parameters/debug_level
	echo 256 >$parameters/max_sectors
	[ "$(cat $parameters/max_sectors)" = 256 ] || fail "max_sectors cannot be written"
	echo 2 >/sys/module/ib_isert/parameters/debug_level
	echo 300 >/sys/module/ib_isert/parameters/sg_tablesize
	says_once ib_iser "debug_level has no effect"
	says_once ib_isert "debug_level has no effect"
	says_once ib_isert "sg_tablesize has no effect"
	is_ours ib_iser || return 0
	# The in-tree module takes any number but 0; what is too much for it, too, it
	# corrects later.
	taken_as 7 8
	taken_as 131072 65535
	if echo 0 2>/dev/null >$parameters/max_sectors; then
		fail "max_sectors takes 0"
	fi
	echo 256 >$parameters/max_sectors
}
