# SPDX-License-Identifier: GPL-2.0-only
# Guards: the same as the twenty cycles, for what shows only after a thousand.
# timeout: 14400
# soak: yes

# shellcheck source=tests/vm/cases/session/login-logout-20-cycles-under-io.sh
. /iser/tests/vm/cases/session/login-logout-20-cycles-under-io.sh

# Eight sessions at a time, or the debug kernel takes hours. What is outstanding
# waits at the back end then, not for a processor, which logins need.
# shellcheck disable=SC2034 # run() goes by it
cycles=125 at_once=8 delay=$((300 * slow)) rate=(--rate_iops=$((40 / slow)))
