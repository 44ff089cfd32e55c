# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Allocations and posts that fail, for the cases below fault/. Only the debug
# kernel can do that. An allocation (CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC with
# stack filter) fails where one of our modules is among the callers, so that what
# fails is ours or done for us. A post fails by common/fault.c.

# shellcheck disable=SC2154 # lib.sh has them: iqn portal

fault_dir=/sys/kernel/debug

fault_required()
{
	[ -d $fault_dir/failslab ] || skip "this kernel injects no faults, the debug kernel does"
}

# fault_range MODULE: first and last address of its code.
fault_range()
{
	awk -v module="[$1]" '$4 == module && $2 ~ /^[tT]$/ { print $1 }' /proc/kallsyms |
		sort | sed -n '1p;$p'
}

# fault_function MODULE NAME: first address of a function, and of what follows.
fault_function()
{
	awk -v module="[$1]" '$4 == module && $2 ~ /^[tT]$/ { print $1, $3 }' /proc/kallsyms |
		sort | awk -v name="$2" 'seen { print $1; exit } $2 == name { print $1; seen = 1 }'
}

# fault_spared MODULE: the function below MODULE in which nothing shall fail, because
# nothing that a transport does makes up for it. The class tells iscsid of an error
# in a message: without memory for that, iscsid is never told. Target core without
# memory for a command's data fails the command, and SCSI does not try it again.
fault_spared()
{
	case $1 in
	ib_isert) fault_function target_core_mod transport_generic_new_cmd ;;
	*) fault_function scsi_transport_iscsi iscsi_conn_error_event ;;
	esac
}

# fault_set KIND NAME=VALUE...: what this kernel's KIND does not have is left out.
fault_set()
{
	local dir=$fault_dir/$1 word
	shift
	for word; do
		[ ! -e "$dir/${word%%=*}" ] || echo "${word#*=}" >"$dir/${word%%=*}"
	done
}

# fault_count N: the kernel counts allocations up to "interval", for ever, and so
# after a failure with another interval the Nth to come is any. Let this shell have
# the failure with this one: the next begins to count at one.
fault_count()
{
	local left='' quiet

	exec {quiet}>/dev/null
	fault_set failslab require-start=0 require-end=18446744073709551615 \
		reject-start=0 reject-end=0 task-filter=Y interval="$1" times=1
	# It may be the rest of this that fails, or the reading.
	echo 1 >/proc/$BASHPID/make-it-fail || :
	while [ "$left" != 0 ]; do
		read -r left <$fault_dir/failslab/times || left=
	done 2>&"$quiet"
	echo 0 >/proc/$BASHPID/make-it-fail
	exec {quiet}>&-
	fault_set failslab task-filter=N
}

# fault_arm KIND MODULE NAME=VALUE...: KIND is failslab or fail_page_alloc. Without
# more, the next allocation fails; nth=N: the Nth, of fail_page_alloc the one with
# the Nth page.
fault_arm()
{
	local kind=$1 range spared nth=1 times=1 word words=()
	mapfile -t range < <(fault_range "$2")
	mapfile -t spared < <(fault_spared "$2")
	shift 2
	for word; do
		case $word in
		nth=*) nth=${word#*=} ;;
		times=*) times=${word#*=} ;;
		*) words+=("$word") ;;
		esac
	done
	# Quiet: what it would print is a stack dump.
	fault_set "$kind" times=0 verbose=0 probability=100 interval=1 space=0 \
		ignore-gfp-wait=N stacktrace-depth=32 min-order=0
	if [ "$kind" = fail_page_alloc ]; then
		fault_set "$kind" space="$nth"
	elif [ "$nth" -gt 1 ]; then
		fault_count "$nth"
	fi
	fault_set "$kind" require-start="0x${range[0]}" require-end="0x${range[1]}" \
		reject-start="0x${spared[0]}" reject-end="0x${spared[1]}" \
		"${words[@]}" times="$times"
}

# fault_left KIND: how many more would fail.
fault_left() { cat $fault_dir/"$1"/times; }

fault_disarm()
{
	echo 0 >$fault_dir/failslab/probability
	echo 0 >$fault_dir/fail_page_alloc/probability
}

# fault_post_arm KIND [N]: the next post, or the Nth, of KIND send or recv fails.
fault_post_arm()
{
	# "Space" is what is let through first, and a post takes one of it. "Interval"
	# would count on from the last time.
	fault_set "iser/fail_$1" times=0 verbose=0 interval=1 probability=100 \
		space="${2:-1}" times=1
}

fault_post_disarm() { echo 0 >"$fault_dir/iser/fail_$1/probability"; }

# fault_used KIND: the one failure that was asked for has been injected.
fault_used() { [ "$(fault_left "$1")" = 0 ]; }

fault_try_login()
{
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login >/tmp/try 2>&1
}

# Both ends of a session end it: one that logs out, one that is cut off.
fault_try_logout()
{
	iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout >/tmp/try 2>&1
	wait_for 90 "the session to go" no_sessions
}

fault_try_cut()
{
	target_disable
	wait_for 90 "the initiator to notice" session_lost ||
		fail "the session was cut off, and the initiator never noticed"
	target_enable
}

# fault_each WHAT MODULE KIND STEPS: let each of the allocations in STEPS that
# MODULE has in fault_try_WHAT fail, until it needs fewer than that. Sums up in
# "fault_injected".
fault_each()
{
	local n tried injected=0 failed=0

	for n in $4; do
		[ "$1" = login ] || login
		fault_arm "$3" "$2" nth="$n"
		tried=ok
		"fault_try_$1" || tried=
		if ! fault_used "$3"; then
			[ -n "$tried" ] || fail "$1 $n failed, and nothing had been refused to it"
			n=
		elif [ -z "$tried" ]; then
			failed=$((failed + 1))
		fi
		fault_disarm
		iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout >/dev/null 2>&1 || :
		wait_for 90 "the session to go" no_sessions
		[ -n "$n" ] || break
		injected=$((injected + 1))
	done
	note "$1, $2, $3: $injected injected, $failed did not succeed"
	fault_injected=$((${fault_injected:-0} + injected))
	# The end of a session may well need no memory, and a role no whole pages.
	[ $injected -gt 0 ] || [ "$1" != login ] || [[ $2 != iser_core && $3 != failslab ]] ||
		fail "$3 never hit $2"
}

# fault_logins STEPS: logins without memory.
fault_logins()
{
	local module

	fault_required
	target_up
	make_record
	set_node node.session.initial_login_retry_max 1
	set_node "node.conn[0].timeo.login_timeout" $((10 * slow))
	for module in iser_core ib_iser ib_isert; do
		fault_each login $module failslab "$1"
	done
	fault_each login iser_core fail_page_alloc "$1"
	# Which are more or fewer with what the slabs have left.
	for module in ib_iser ib_isert; do
		fault_each login $module fail_page_alloc "1 2 3"
	done
	set_node "node.conn[0].timeo.login_timeout" 60
	login
	verify bs=4k iodepth=8 size=1m
	logout
}

# fault_ends STEPS: ends of sessions without memory.
fault_ends()
{
	local module what

	fault_required
	target_up
	make_record
	for what in logout cut; do
		for module in iser_core ib_iser ib_isert; do
			fault_each $what $module failslab "$1"
			fault_each $what $module fail_page_alloc "1 2 3"
		done
	done
	[ "$fault_injected" -gt 0 ] || fail "no end of a session needs any memory"
	login
	verify bs=4k iodepth=8 size=1m
	logout
}
