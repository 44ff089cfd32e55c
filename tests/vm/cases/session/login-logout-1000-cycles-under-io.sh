# SPDX-License-Identifier: GPL-2.0-only
# Guards: the same as the twenty cycles, for what shows only after a thousand.
# timeout: 14400
# soak: yes

# shellcheck source=tests/vm/cases/session/login-logout-20-cycles-under-io.sh
. /iser/tests/vm/cases/session/login-logout-20-cycles-under-io.sh

# shellcheck disable=SC2034 # run() goes by it
cycles=1000
