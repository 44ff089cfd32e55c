# SPDX-License-Identifier: GPL-2.0-only
# Guards: a device that rdma_rw will not move long data of without memory regions,
# although its protocol does not ask for them, gets them when they are first
# wanted: some adapters would rather not read into many elements (max_sgl_rd), and
# ib_core has a parameter that says so for all. The queue pair is made without, so
# a WRITE would be tried again for ever.
# links: rxe (over siw they are made with the login)
# pairs: ours

# unload NAME: and before it whatever uses it.
unload()
{
	local user
	module_loaded "$1" || return 0
	for user in /sys/module/"$1"/holders/*; do
		[ ! -e "$user" ] || unload "${user##*/}" || return 1
	done
	rmmod "$1"
}

stack_gone() { unload ib_core; }

set_up()
{
	! grep -q '/ib_core.ko' "/lib/modules/$(uname -r)/modules.builtin" || skip "ib_core is built in"
	wait_for 30 "the RDMA stack to go" stack_gone
	modprobe ib_core force_mr=1
	pair_load
	link_up
	initiator_up
}

regions() { rdma resource show mr | wc -l; }

run()
{
	local rw

	target_up ramdisk 64
	make_record
	# The initiator has a region for each of them.
	set_node node.session.cmds_max 128
	login
	# What is longer than all the memory that is mapped already is rdma_rw's.
	for rw in 'bs=64k iodepth=8' 'bs=1m iodepth=4' 'bs=4m iodepth=2'; do
		note "$rw"
		# shellcheck disable=SC2086 # words are meant
		verify $rw size=16m
	done
	session_kept || fail "the session did not last"
	note "$(regions) regions"
	[ "$(regions)" -gt 128 ] || fail "rdma_rw was given no regions"
	logout

	# The next case is to find the parameter as it was.
	initiator_down
	target_down
	link_down
	pair_unload
	wait_for 30 "the RDMA stack to go" stack_gone
}
