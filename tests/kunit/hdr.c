// SPDX-License-Identifier: GPL-2.0-only
/* common/hdr.c and its tests of user space, in the kernel. */
#include "no_export.h"
#include "../../common/hdr.c"
#include "../unit/test_hdr.c"

static struct kunit_case unit_cases[] = {
#include "hdr.list"
	{}
};

UNIT_SUITE("iser_hdr");
