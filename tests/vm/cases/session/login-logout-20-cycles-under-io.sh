# SPDX-License-Identifier: GPL-2.0-only
# Guards: logging out while I/O is running neither hangs nor leaks, twenty
# times over; what was written last can be read and verified afterwards.
# timeout: 600

cycles=20

run()
{
	local n load

	target_up null 64
	for ((n = 1; n <= cycles; n++)); do
		login
		# This one is meant to lose its disk.
		fio --name=doomed --filename="$(disk)" --direct=1 --ioengine=libaio \
			--rw=randrw --bsrange=4k-128k --iodepth=16 --time_based \
			--runtime=600 --eta=never --thread >/dev/null 2>&1 &
		load=$!
		wait_for 60 "I/O in cycle $n" io_moves
		logout
		wait $load || :
	done
	login
	verify bs=4k iodepth=16 size=4m
	logout
}
