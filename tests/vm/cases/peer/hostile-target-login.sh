# SPDX-License-Identifier: GPL-2.0-only
# Guards: a target that refuses, falls silent or leaves at any step costs our
# initiator at most the connection.
# timeout: 2400
# pairs: ours tgt-intree
# long: yes

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

set_up() { pair_load; link_up; initiator_up; }

run() { peer_targets login; }
