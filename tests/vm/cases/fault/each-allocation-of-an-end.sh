# SPDX-License-Identifier: GPL-2.0-only
# Guards: whichever allocation fails while a session ends, by a logout or because
# it is cut off, on either side, it ends, the next login succeeds, and nothing is
# lost.
# pairs: ours
# injects: allocations
# timeout: 1800

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

run() { fault_ends "1 2 3 4 5 8 13 21"; }
