# SPDX-License-Identifier: GPL-2.0-only
# Guards: modules in updates/ are what LIO and iscsid load by name, each says its
# version once, none of the in-tree pair gets in their way or is let in beside
# them, and without them the in-tree pair is back. iser-which tells all of it.
# timeout: 600
# pairs: ours
# links: rxe (over siw a module needs a parameter to listen, and without ours nothing can)
# long: yes

which=/iser/scripts/iser-which

set_up() { :; }

# told WORDS STATUS: what iser-which says of the modules, and exits with.
told()
{
	local code=0
	$which >/tmp/which || code=$?
	cat /tmp/which
	[ "$(head -n 1 /tmp/which)" = "$1" ] || fail "iser-which says '$(head -n 1 /tmp/which)', not '$1'"
	[ $code = "$2" ] || fail "iser-which exits with $code, not $2"
}

updates=/lib/modules/$(uname -r)/updates

install_ours()
{
	mkdir -p "$updates"
	cp "$modules_dir"/{iser_core,ib_iser,ib_isert}.ko "$updates/"
	depmod -a
}

remove_ours()
{
	rm -f "$updates"/{iser_core,ib_iser,ib_isert}.ko
	depmod -a
}

times_logged() { log_of_case | grep -cF "$1" || :; }

in_tree_pair()
{
	modprobe -a ib_iser ib_isert
	told in-tree 1
	grep -q 'ib_isert: loaded: in-tree' /tmp/which || fail "it does not say whose ib_isert is"
	rmmod ib_iser ib_isert
}

# Nobody loads anything by hand here.
loaded_by_use()
{
	link_up
	target_up ramdisk 64
	module_loaded ib_isert || fail "LIO did not load ib_isert for a portal"
	initiator_up
	login
	session_over_iser || fail "the session does not run over iSER"
	told ours 0
	grep -q "would load $updates/ib_iser.ko" /tmp/which || fail "modprobe would not take it from updates/"
	verify bs=4k iodepth=8 size=256k
}

versions_told_once()
{
	local version
	version=$(cat /sys/module/iser_core/version)
	[ "$(cat /sys/module/ib_iser/version)" = "$version" ]
	[ "$(cat /sys/module/ib_isert/version)" = "$version" ]
	[ "$(times_logged "iSER initiator, version $version")" = 1 ] || fail "ib_iser told its version $(times_logged "iSER initiator, version $version") times"
	[ "$(times_logged "iSER target, version $version")" = 1 ] || fail "ib_isert told its version $(times_logged "iSER target, version $version") times"
}

# in_tree_file NAME: uncompressed, as insmod of any age wants it.
in_tree_file()
{
	local file
	file=$(find "/lib/modules/$(uname -r)/kernel" -name "$1.ko*")
	case $file in
	*.xz) busybox xz -dc "$file" >"/tmp/$1.ko" ;;
	*) cp "$file" "/tmp/$1.ko" ;;
	esac
	echo "/tmp/$1.ko"
}

# The trap that iser-which is there for.
second_of_a_name_stays_out()
{
	local name
	for name in ib_iser ib_isert; do
		refused insmod "$(in_tree_file $name)"
		modprobe $name
	done
	told ours 0
}

run()
{
	[ -w "/lib/modules/$(uname -r)" ] || skip "this guest's modules are on a read-only disk"
	trap remove_ours EXIT
	told none 3
	in_tree_pair
	install_ours
	told none 3
	loaded_by_use
	versions_told_once
	second_of_a_name_stays_out
	remove_ours
	told "ours stale" 4
	grep -q '^! ib_iser: what is loaded is not what modprobe would load' /tmp/which || fail "it does not say what is wrong"
	logout
	initiator_down
	target_down
	wait_for 60 "ib_isert to be unused" rmmod ib_isert
	modprobe ib_isert
	module_loaded ib_iser || fail "ib_iser is gone too early"
	told "mixed stale" 4
	wait_for 60 "our modules to be unused" pair_gone
	in_tree_pair
}

pair_gone() { pair_unload && ! module_loaded iser_core; }
