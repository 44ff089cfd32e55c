# SPDX-License-Identifier: GPL-2.0-only
# Guards: SendTargets with 1, 50 and 300 targets: an answer of several Text
# Responses that is complete, for open-iscsi over the kernel's initiator and for
# iser-peer; in a normal session, too, where answers are short.
# pairs: ours ini-intree
# timeout: 900
# long: yes

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

set_up() { pair_load; link_up; initiator_up; }

# one_more N: a target without a LUN, at the portal of the first.
one_more()
{
	local dir
	dir=$lio/iscsi/iqn.2026-01.org.example:number-$1/tpgt_1
	mkdir "${dir%/*}" "$dir" "$dir/np/$(lio_portal)"
	echo 1 >"$dir/np/$(lio_portal)/iser"
	echo 0 >"$dir/attrib/authentication"
	echo 1 >"$dir/attrib/generate_node_acls"
	echo 1 >"$dir/enable"
}

run()
{
	local have=1 want found

	target_up ramdisk 64
	for want in 1 50 300; do
		for ((; have < want; have++)); do one_more $have; done
		found=$(discover | sort -u | wc -l)
		[ "$found" = $want ] || fail "open-iscsi found $found of $want targets"
		peer_count=$want peer_run many/
	done
}
