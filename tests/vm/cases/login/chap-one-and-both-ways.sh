# SPDX-License-Identifier: GPL-2.0-only
# Guards: the login phase's longer exchanges: CHAP of the initiator, CHAP of
# both, and a wrong secret of either, which is refused, says why, and leaves
# nothing.

# LIO takes a final newline for a part of the name.
auth() { printf %s "$2" >"$tpg/auth/$1"; }

# target_is_wrong: the target does not know what we expect of it.
target_is_wrong()
{
	note "a wrong secret of the target"
	set_node node.session.auth.password_in wrong-battery
	refused iscsiadm -m node -T "$iqn" -p "$portal" -I iser --login
	wait_for 30 "the refused session to go" no_sessions
}

run()
{
	target_up ramdisk 16
	echo 1 >"$tpg/attrib/authentication"
	auth userid alice
	auth password correct-horse
	make_record
	note "no credentials"
	login_refused
	note "a wrong secret"
	set_node node.session.auth.authmethod CHAP
	set_node node.session.auth.username alice
	set_node node.session.auth.password wrong-battery
	login_refused
	note "the right one"
	set_node node.session.auth.password correct-horse
	login
	verify bs=4k iodepth=4 size=256k
	logout
	note "both ways"
	auth userid_mutual target
	auth password_mutual battery-staple
	set_node node.session.auth.username_in target
	# The in-tree target of 6.1 refuses all logins after one that was given up.
	! is_ours ib_isert || target_is_wrong
	set_node node.session.auth.password_in battery-staple
	login
	verify bs=4k iodepth=4 size=256k
	logout
}
