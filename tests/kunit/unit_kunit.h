/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests/unit/unit.h needs of the kernel. TEST() makes a KUnit case, named
 * as it is in user space, and a file ends with the list of its cases, which
 * the Makefile has made:
 *
 *	static struct kunit_case unit_cases[] = {
 *	#include "hdr.list"
 *		{}
 *	};
 *	UNIT_SUITE("iser_hdr");
 */
#ifndef ISER_UNIT_KUNIT_H
#define ISER_UNIT_KUNIT_H

#include <kunit/test.h>
#include <linux/slab.h>

/* An object of exactly this size: KASAN sees one byte more. */
#define malloc(len)	kmalloc(len, GFP_KERNEL)
#define free(mem)	kfree(mem)
#define abort()		KUNIT_FAIL_AND_ABORT(unit_kunit, "abort()")

/* KASAN and kmemleak make each a hundred times as long as in user space. */
#define ROUNDS(n)	((n) / 100)

static struct kunit *unit_kunit;

static inline void unit_print(const char *file, int line, const char *fmt,
			      va_list *args)
{
	struct va_format vaf = { .fmt = fmt, .va = args };

	kunit_err(unit_kunit, "%s:%d: %pV%s%s\n", kbasename(file), line, &vaf,
		  unit_note[0] ? " for " : "", unit_note);
}

/* After the checks, in unit.h. */
static inline void unit_begin(struct kunit *test);
static inline void unit_end(void);

#define UNIT_TEST(test_name, n) \
	static const char unit_name_##n[] = test_name; \
	static void unit_body_##n(void); \
	static void unit_run_##n(struct kunit *test) \
	{ \
		unit_begin(test); \
		unit_body_##n(); \
		unit_end(); \
	} \
	static void unit_body_##n(void)
#define UNIT_TEST_AT(test_name, n)	UNIT_TEST(test_name, n)
#define TEST(test_name)			UNIT_TEST_AT(test_name, __LINE__)

#define UNIT_CASE(n) { \
		.run_case	= unit_run_##n, \
		.name		= unit_name_##n, \
		.module_name	= KBUILD_MODNAME, \
	},

#define UNIT_SUITE(suite_name) \
	static struct kunit_suite unit_suite = { \
		.name		= suite_name, \
		.test_cases	= unit_cases, \
	}; \
	kunit_test_suite(unit_suite)

#endif /* ISER_UNIT_KUNIT_H */
