# SPDX-License-Identifier: GPL-2.0-only
# Guards: the first thing anyone does: a target made with targetcli is found
# over iSER, logged in to, read and written, and logged out of.
# smoke: yes

run()
{
	targetcli_up ramdisk 64
	discover | tee /tmp/found
	grep -q "$(lio_portal),1 $iqn" /tmp/found || fail "discovery did not list the target"
	login
	session_over_iser || fail "the session does not run over iSER"
	verify bs=4k iodepth=8 size=2m
	logout
	refused disk_ready
}
