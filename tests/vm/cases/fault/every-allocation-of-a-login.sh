# SPDX-License-Identifier: GPL-2.0-only
# Guards: what each-allocation-of-a-login does, with every single allocation, and
# what each-allocation-of-an-end does.
# pairs: ours
# injects: allocations
# soak: yes
# timeout: 7200

# shellcheck source=tests/vm/fault.sh
. /iser/tests/vm/fault.sh

run()
{
	fault_logins "$(seq 1 1000)"
	target_down
	fault_ends "$(seq 1 1000)"
}
