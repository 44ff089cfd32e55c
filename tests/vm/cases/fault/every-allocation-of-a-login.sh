# SPDX-License-Identifier: GPL-2.0-only
# Guards: what each-allocation-of-a-login does, with every single allocation.
# pairs: ours
# injects: allocations
# soak: yes
# timeout: 3600

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

run() { fault_logins "$(seq 1 1000)" "$(seq 1 1000)"; }
