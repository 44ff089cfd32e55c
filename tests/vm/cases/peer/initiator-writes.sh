# SPDX-License-Identifier: GPL-2.0-only
# Guards: a WRITE travels as was agreed on: immediate data, Data-Outs as long as
# they have to be, and an STag for what is left and nothing else.
# timeout: 600
# long: yes
# pairs: ours tgt-intree

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

set_up() { pair_load; link_up; initiator_up; }

run() { peer_targets write/; }
