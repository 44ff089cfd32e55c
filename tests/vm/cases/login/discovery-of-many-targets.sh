# SPDX-License-Identifier: GPL-2.0-only
# Guards: SendTargets names every target, in as many PDUs as that takes: one
# answer of 1 target, of 2, of 60.
# timeout: 600
# pairs: ours ini-intree

# more_targets FROM TO: without LUNs, on the same portal.
more_targets()
{
	local n dir
	for ((n = $1; n <= $2; n++)); do
		dir=$lio/iscsi/iqn.2026-01.org.example:one-of-many-with-a-name-of-some-length-$n
		mkdir "$dir" "$dir/tpgt_1"
		echo 0 >"$dir/tpgt_1/attrib/authentication"
		echo 1 >"$dir/tpgt_1/attrib/generate_node_acls"
		mkdir "$dir/tpgt_1/np/$(lio_portal)"
		echo 1 >"$dir/tpgt_1/np/$(lio_portal)/iser"
		echo 1 >"$dir/tpgt_1/enable"
	done
}

lists()
{
	local found
	discover >/tmp/found
	found=$(cut -d ' ' -f 2 /tmp/found | sort -u | wc -l)
	[ "$found" = "$1" ] || fail "$found targets of $1 are listed"
}

run()
{
	target_up ramdisk 16
	lists 1
	more_targets 2 2
	lists 2
	more_targets 3 60
	lists 60
}
