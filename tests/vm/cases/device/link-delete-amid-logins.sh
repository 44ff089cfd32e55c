# SPDX-License-Identifier: GPL-2.0-only
# Guards: an RDMA device that goes while connections are being made, at whatever
# step they are: connection requests, logins and their ends meet its removal.
# Nothing hangs or crashes; when it is back, so is the portal, and the next login
# succeeds.
# pairs: ours
# timeout: 600
# long: yes

rounds=8

# storm: logins and logouts of iscsid's until told to end; most fail.
storm()
{
	while [ ! -e /tmp/storm.end ]; do
		iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login || :
		iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout || :
	done >/tmp/storm.log 2>&1
}

# removed STATE: connections that were in that state when the device went.
removed()
{
	awk -v state="$1" '{ ep = ""; if (match($0, / ep=[0-9]+/)) ep = substr($0, RSTART, RLENGTH) }
		/ iser_ep_state: / && !($NF ~ /stop|dead|drain/) { last[ep] = $NF }
		/ iser_ep_stop: .*reason=device/ && last[ep] ~ state { n++ }
		END { print n + 0 }' /sys/kernel/tracing/trace
}

run()
{
	local n pid

	target_up null 64
	make_record
	set_node node.session.initial_login_retry_max 1
	set_node "node.conn[0].timeo.login_timeout" $((5 * slow))
	rm -f /tmp/storm.end
	storm &
	pid=$!
	for ((n = 1; n <= rounds; n++)); do
		nap "$((RANDOM % (2 * slow))).$((RANDOM % 900 + 100))"
		rdma link delete "$link_dev"
		wait_for 60 "the device to go" link_gone
		link_up
	done
	touch /tmp/storm.end
	wait $pid
	note "$(grep -c 'successful' /tmp/storm.log || :) logins and logouts succeeded, $(grep -ci 'could not\|cannot\|error' /tmp/storm.log || :) lines of failure"
	note "$(removed connecting) connections went while they were made, of $(removed .) with the device"
	[ "$(removed .)" -gt 0 ] || fail "no device went while there was a connection"
	wait_for 90 "the sessions to end" no_sessions
	set_node "node.conn[0].timeo.login_timeout" 60
	login
	verify bs=16k iodepth=8 size=1m
	logout
}
