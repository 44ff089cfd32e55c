# SPDX-License-Identifier: GPL-2.0-only
# Guards: the machine with the initiator dies without a word, with commands under
# way and with none: the target finds out by itself, ends the session and what it
# held for it, and serves the machine when it is back. The initiator has the guest
# that can be killed here, and the target the other.
# guests: 2
# pairs: ours ini-intree
# timeout: 900
# long: yes

target_ip=192.0.2.2
portal=$target_ip:$port
idle=/out/idle

# In the guest that is killed.
target()
{
	role=initiator pair_load
	initiator_up
	wait_for 240 "the target" make_record
	login
	verify bs=64k iodepth=8 size=4m
	[ -e $idle ] || load_start bsrange=4k-256k iodepth=16 size=16m
}

set_up()
{
	rm -f $idle
	role=target pair_load
	link_up
	target_up ramdisk 64
	acl_up "$initiator_name" $((4 * slow))
	target_guest_up
}

connections_are() { [ "$(rdma resource show qp | grep -c 'type RC')" = "$1" ]; }
session_of_lio() { cat "$tpg"/acls/*/info; }
lio_has_none() { session_of_lio | finds '^No active iSCSI Session'; }

# dies HOW: and comes back.
dies()
{
	wait_for 60 "one connection" connections_are 1
	! lio_has_none || fail "LIO knows of no session"
	host_do target-kill
	wait_for 180 "the connection of a machine that died $1 to end" connections_are 0
	wait_for 60 "LIO's session to end" lio_has_none
	note "$1: noticed"
	touch $idle
	host_do target-start
	wait_for 300 "the machine to be back" test -e /out/target.ready
}

run()
{
	dies busy
	dies idle
	wait_for 60 "one connection" connections_are 1
	rm $idle
}
