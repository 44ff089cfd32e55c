# SPDX-License-Identifier: GPL-2.0-only
# Guards: user space that asks to connect and to wait for the outcome, which
# iscsid never does: it is connected or refused within a few seconds, and the
# sessions of others, which wait with it, go on.
# pairs: ours tgt-intree
# long: yes

# connect PORT: prints "connected" or "refused ERRNO"; struct iscsi_uevent of the
# kernel's scsi/iscsi_if.h is 56 bytes: type, error, transport, a union of what
# is asked, and at 40 one of the answers; the address follows.
connect()
{
	timeout $((30 * slow)) python3 - "$1" "$target_ip" "$(cat /sys/class/iscsi_transport/iser/handle)" <<-'END'
		import socket, struct, sys
		port, address, transport = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
		CONNECT, DISCONNECT, ISCSI = 22, 24, 8
		nl = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, ISCSI)
		nl.bind((0, 0))

		def ask(kind, what):
		    event = struct.pack('=IIQ', kind, 0, transport) + what.ljust(40, b'\0')
		    event += struct.pack('=H', socket.AF_INET) + struct.pack('!H', port)
		    event += socket.inet_aton(address) + bytes(120)
		    nl.send(struct.pack('=IHHII', 16 + len(event), kind, 1, 0, 0) + event)
		    while True:
		        answer = nl.recv(8192)
		        if struct.unpack_from('=H', answer, 4)[0] == kind:
		            return answer[16:]

		answer = ask(CONNECT, struct.pack('=I', 0))
		error, handle = struct.unpack_from('=i', answer, 4)[0], struct.unpack_from('=Q', answer, 40)[0]
		if struct.unpack_from('=I', answer)[0] != CONNECT:
		    print('refused', error)
		else:
		    print('connected')
		    ask(DISCONNECT, struct.pack('=Q', handle))
	END
}

# in_time PORT OUTCOME
in_time()
{
	local start=$SECONDS said took
	said=$(connect "$1") || fail "no answer for port $1 in $((SECONDS - start)) s"
	took=$((SECONDS - start))
	note "port $1: $said after $took s"
	# It waits for five seconds at most; all sessions wait with it.
	[ $took -le $((10 * slow)) ] || fail "port $1: an answer after $took s"
	[[ $said == "$2"* ]] || fail "port $1: $said, not $2"
}

run()
{
	require python3
	target_up
	login
	in_time "$port" connected
	# Nobody listens there.
	in_time $((port + 9)) refused
	# Nobody lives there. siw asks for as long as TCP does, more than two minutes.
	[ "$link_type" = siw ] || target_ip=192.0.2.77 in_time "$port" refused
	session_up || fail "the session of another was lost"
	dd if="$(disk)" of=/dev/null bs=64k count=4 iflag=direct status=none
	logout
}
