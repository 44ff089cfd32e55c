// SPDX-License-Identifier: GPL-2.0-only
/* common/state.c and its tests of user space, in the kernel. */
#include "no_export.h"
#include "../../common/state.c"
#include "../unit/test_state.c"

static struct kunit_case unit_cases[] = {
#include "state.list"
	{}
};

UNIT_SUITE("iser_state");
