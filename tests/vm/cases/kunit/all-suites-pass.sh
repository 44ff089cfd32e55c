# SPDX-License-Identifier: GPL-2.0-only
# Guards: the pure files, and the book-keeping of send ring, receive buffers,
# MRs and DMA mappings with a device that does what a test tells it, in the
# kernel: with its compiler flags, its KASAN and its lockdep. Only the debug
# kernel has KUnit; Debian's are built without.
# pairs: ours

set_up() { :; }

# kunit_results: what each suite has said, in KTAP.
kunit_results() { cat /sys/kernel/debug/kunit/iser_*/results; }

# A suite says of itself "ok 1 iser_hdr", its cases are indented.
all_passed()
{
	local suite
	for suite in core hdr keys limits state text; do
		grep -q "^ok [0-9]* iser_$suite\$" /tmp/kunit ||
			fail "KUnit: $(grep -m 1 -E '^ +not ok ' /tmp/kunit || echo "no result of iser_$suite")"
	done
	! grep -q 'not ok ' /tmp/kunit || fail "KUnit: $(grep -m 1 'not ok ' /tmp/kunit)"
}

run()
{
	local dep
	[ -e "$modules_dir/iser_test.ko" ] || skip "this kernel has no KUnit"
	for dep in $(modinfo -F depends "$modules_dir/iser_test.ko" | tr , ' '); do
		modprobe "$dep"
	done
	insmod "$modules_dir/iser_test.ko"
	kunit_results >/tmp/kunit
	rmmod iser_test
	cat /tmp/kunit
	all_passed
	note "$(grep -cE '^ +ok ' /tmp/kunit) cases"
}
