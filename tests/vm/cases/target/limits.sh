# SPDX-License-Identifier: GPL-2.0-only
# Guards: a READ and a WRITE longer than the send queue, the longest header with the
# most data, a login of many requests, every kind of logout.
# pairs: ours
# timeout: 600

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

run()
{
	target_up ramdisk 64
	peer_run data/16-mib-in-one-read data/16-mib-in-one-write \
		ffp/longest-cdb-with-full-data ffp/ahs-beyond-the-default-with-full-data \
		ffp/ping-data-comes-back login/a-key-a-request session/ statsn/
}
