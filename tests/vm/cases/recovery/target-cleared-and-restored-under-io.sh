# SPDX-License-Identifier: GPL-2.0-only
# Guards: what an administrator's "targetcli clearconfig" and a boot's
# "targetctl restore" do to a target in use: nobody is let in meanwhile,
# the session comes back when the target does, discovery answers as before, and
# the data that was under way is right.
# timeout: 400

run()
{
	local n

	targetcli_up fileio 64
	login
	targetcli saveconfig /tmp/saved.json
	load_start bsrange=4k-256k iodepth=32 size=16m
	for ((n = 1; n <= 2; n++)); do
		targetcli clearconfig confirm=True
		wait_for 60 "the initiator to notice that target $n went" session_lost
		[ ! -d "$lio/iscsi/$iqn" ] || fail "targetcli left something of target $n"
		refused discover
		targetctl restore /tmp/saved.json
		wait_for 120 "the session to be back after restore $n" session_up
		wait_for 60 "I/O to go on after restore $n" io_moves
	done
	discover | finds "$(lio_portal),1 $iqn" ||
		fail "discovery does not list the restored target"
	load_stop
	logout
}
