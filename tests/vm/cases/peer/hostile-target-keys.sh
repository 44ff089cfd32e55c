# SPDX-License-Identifier: GPL-2.0-only
# Guards: an STag gives a target one direction and the bytes of one command
# until that ends: by a response, an abort or a time-out, on its own connection.
# timeout: 1800
# pairs: ours tgt-intree
# long: yes

# shellcheck source=tests/vm/cases/peer/peer-lib
. /iser/tests/vm/cases/peer/peer-lib

set_up() { pair_load; link_up; initiator_up; }

run() { peer_targets keys; }
