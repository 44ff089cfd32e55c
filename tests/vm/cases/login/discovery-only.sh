# SPDX-License-Identifier: GPL-2.0-only
# Guards: discovery sessions, which log in, ask once and leave, leave nothing
# behind: no session, no SCSI host, and the twentieth is answered as the first.
# Not for the in-tree initiator: iscsiadm loses a Login Response that arrives
# before the kernel's answer to its own request, and with it sometimes its life.
# pairs: ours tgt-intree

scsi_hosts() { compgen -G '/sys/class/iscsi_host/*' >/dev/null; }

run()
{
	local n

	target_up ramdisk 16
	for ((n = 1; n <= 20; n++)); do
		discover | finds "$(lio_portal),1 $iqn" || fail "discovery $n found nothing"
	done
	wait_for 30 "the sessions to end" no_sessions
	wait_for 30 "the SCSI hosts to go" not scsi_hosts
}
