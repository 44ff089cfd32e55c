// SPDX-License-Identifier: GPL-2.0-only
/* common/text.c and its tests of user space, in the kernel. */
#include "no_export.h"
#include "../../common/text.c"
#include "../unit/test_text.c"

static struct kunit_case unit_cases[] = {
#include "text.list"
	{}
};

UNIT_SUITE("iser_text");
