# SPDX-License-Identifier: GPL-2.0-only
# Guards: every split of a write into immediate data and data that the target
# fetches: ImmediateData on and off, first bursts from one sector up, writes
# smaller than, equal to and larger than the first burst.

run()
{
	local immediate first

	target_up null 64
	discover
	while read -r immediate first; do
		note "ImmediateData=$immediate FirstBurstLength=$first"
		set_node node.session.iscsi.ImmediateData "$immediate"
		set_node node.session.iscsi.FirstBurstLength "$first"
		login
		[ "$(session_param initial_r2t)" = 1 ] || fail "InitialR2T=No was negotiated"
		[ "$(session_param immediate_data)" = "$([ "$immediate" = Yes ] && echo 1 || echo 0)" ] ||
			fail "asked for ImmediateData=$immediate, got $(session_param immediate_data)"
		verify bs=512 iodepth=4 size=64k
		verify bsrange=512-64k iodepth=8 size=4m
		verify bs=256k iodepth=4 size=4m
		logout
	done <<-END
		Yes 65536
		Yes 8192
		Yes 5120
		Yes 512
		No 65536
	END
}
