# SPDX-License-Identifier: GPL-2.0-only
# Guards: a device that refuses what is posted to it, Sends or receives, all of a
# chain or what follows the first, at either end, costs the connection: a login
# fails or succeeds and the next one succeeds, I/O loses no command and no byte, and
# none either where it is a Data-Out that is refused, behind a command that the
# target has already.
# pairs: ours
# timeout: 600

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

tracing=/sys/kernel/tracing

# refused_post: a connection was ended for it.
refused_post() { grep -qE 'iser_ep_stop: .*reason=(post|resources)' $tracing/trace; }

# refused_data_out: that post began with a Data-Out.
refused_data_out()
{
	awk '{ ep = ""; if (match($0, / ep=[0-9]+/)) ep = substr($0, RSTART, RLENGTH) }
		/ iser_send: / && !(ep in first) { first[ep] = / opcode=0x05 / }
		/ iser_sq_ring: / { found += first[ep] && !/ err=0$/; delete first[ep] }
		END { exit !found }' $tracing/trace
}

# of_a_login KIND: its first post, the second, and so on. iscsid tries again when
# it did not come to a connection.
of_a_login()
{
	local n refused=0 failed=0
	for n in 1 2 3 4 5 6 8; do
		echo >$tracing/trace
		fault_post_arm "$1" $n
		iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login >/tmp/try 2>&1 ||
			failed=$((failed + 1))
		if fault_used "iser/fail_$1"; then
			refused=$((refused + 1))
			refused_post || fail "post $n fails and nobody cares"
		fi
		fault_post_disarm "$1"
		iscsiadm -m node -T "$iqn" -p "$portal" -I iser --logout >/dev/null 2>&1 || :
		wait_for 90 "the session to go" no_sessions
	done
	note "$1: $refused posts refused, $failed of 7 logins failed"
	[ $refused -gt 0 ] || fail "a login posts nothing"
}

# under_io KIND [NTH]: that post from now on.
under_io()
{
	wait_for 60 "I/O to go on" io_moves
	echo >$tracing/trace
	fault_post_arm "$@"
	wait_for 60 "a post to be refused" fault_used "iser/fail_$1"
	fault_post_disarm "$1"
	wait_for 60 "a connection to end for it" refused_post
	wait_for 180 "the session to be back" session_up
}

# unsolicited_write KIND NTH: one WRITE of 64 KiB, that post fails.
unsolicited_write()
{
	head -c 64k /dev/urandom >/tmp/pattern
	echo >$tracing/trace
	fault_post_arm "$@"
	dd if=/tmp/pattern of="$(disk)" bs=64k count=1 oflag=direct conv=nocreat ||
		fail "the WRITE whose Data-Outs were refused is lost"
	fault_used "iser/fail_$1" || fail "no post of a WRITE of 64 KiB was refused"
	fault_post_disarm "$1"
	refused_post || fail "no connection ended for it"
	dd if="$(disk)" of=/tmp/is bs=64k count=1 iflag=direct
	cmp /tmp/pattern /tmp/is || fail "what was written is not there"
}

run()
{
	local kind n

	fault_required
	target_up null 64
	make_record
	set_node node.session.initial_login_retry_max 1
	set_node "node.conn[0].timeo.login_timeout" $((10 * slow))
	for kind in send recv; do of_a_login "$kind"; done
	set_node "node.conn[0].timeo.login_timeout" 60
	login
	load_start bsrange=4k-128k iodepth=16 size=8m
	for kind in send recv send_rest send recv send_rest send_rest; do under_io "$kind"; done
	wait_for 60 "I/O to go on" io_moves
	load_stop
	logout

	note "unsolicited data"
	data_mode No No
	# A command and all its Data-Outs are one post, but for the many that these
	# are: it goes with the first fourteen, and the others are the next one.
	set_node "node.conn[0].iscsi.MaxXmitDataSegmentLength" 4096
	set_node "node.conn[0].timeo.noop_out_interval" 1000
	login
	unsolicited_write send 2
	refused_data_out || fail "no Data-Out was refused behind its command"
	# Of that post the command alone goes.
	unsolicited_write send_rest 1
	load_start bs=64k iodepth=16 size=8m
	for n in 1 2 3 5 7; do under_io send $n; done
	for n in 1 2 3; do under_io send_rest $n; done
	wait_for 60 "I/O to go on" io_moves
	load_stop
	logout
}
