// SPDX-License-Identifier: GPL-2.0-only
/* common/keys.c and its tests of user space, in the kernel. */
#include "no_export.h"
#include "../../common/keys.c"
#include "../unit/test_keys.c"

static struct kunit_case unit_cases[] = {
#include "keys.list"
	{}
};

UNIT_SUITE("iser_keys");
