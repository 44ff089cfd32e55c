# SPDX-License-Identifier: GPL-2.0-only
# Guards: whichever allocation of a connection or a login fails, on either side,
# the login fails or succeeds, the next one succeeds, and nothing is lost.
# pairs: ours
# injects: allocations
# timeout: 2400

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

# Every one of the first, then ever wider steps: the later ones are many of a
# kind. every-allocation-of-a-login has them all.
run() { fault_logins "1 2 3 4 5 6 7 8 12 19 30 48 75 118"; }
