// SPDX-License-Identifier: GPL-2.0-only
/* common/limits.c and its tests of user space, in the kernel. */
#include "no_export.h"
#include "../../common/limits.c"
#include "../unit/test_limits.c"

static struct kunit_case unit_cases[] = {
#include "limits.list"
	{}
};

UNIT_SUITE("iser_limits");
