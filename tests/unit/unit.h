/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A KTAP program in one header. A test is
 *
 *	TEST("area/what-holds")
 *	{
 *		CHECK_EQ(what_we_got, what_we_want);
 *	}
 *
 * Tests run in the order of the file. A failed check is printed with both
 * values and the test goes on, so that a table shows all its bad rows; after
 * ten of them the rest of the test is counted only. NOTE() says which row.
 * Tests that throw dice do so ROUNDS(many) times.
 * Include from one file of a program: it brings main(). In the kernel each is a
 * case of KUnit, see tests/kunit/.
 */
#ifndef ISER_UNIT_H
#define ISER_UNIT_H

#ifndef __KERNEL__
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "pure_user.h"
#endif

#define UNIT_MAX_SHOWN	10

static unsigned int unit_failures;
static char unit_note[256];

#ifdef __KERNEL__
#include "unit_kunit.h"
#else
#define ROUNDS(n)	(n)
#define UNIT_MAX_TESTS	256

struct unit_test {
	const char	*name;
	void		(*run)(void);
};

static struct unit_test unit_tests[UNIT_MAX_TESTS];
static unsigned int unit_nr_tests;

static inline void unit_register(const char *name, void (*run)(void))
{
	if (unit_nr_tests == UNIT_MAX_TESTS)
		abort();
	unit_tests[unit_nr_tests].name = name;
	unit_tests[unit_nr_tests++].run = run;
}

#define UNIT_JOIN_(a, b)	a##b
#define UNIT_JOIN(a, b)		UNIT_JOIN_(a, b)
#define UNIT_TEST(name, n) \
	static void UNIT_JOIN(unit_run_, n)(void); \
	__attribute__((constructor)) \
	static void UNIT_JOIN(unit_add_, n)(void) \
	{ \
		unit_register(name, UNIT_JOIN(unit_run_, n)); \
	} \
	static void UNIT_JOIN(unit_run_, n)(void)
#define TEST(name)	UNIT_TEST(name, __COUNTER__)

static inline void unit_print(const char *file, int line, const char *fmt,
			      va_list *args)
{
	printf("# %s:%d: ", file, line);
	vprintf(fmt, *args);
	printf("%s%s\n", unit_note[0] ? " for " : "", unit_note);
}
#endif /* __KERNEL__ */

static inline __printf(3, 4)
void unit_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	if (++unit_failures > UNIT_MAX_SHOWN)
		return;
	va_start(args, fmt);
	unit_print(file, line, fmt, &args);
	va_end(args);
}

#define NOTE(...)	snprintf(unit_note, sizeof(unit_note), __VA_ARGS__)

#define CHECK(cond) \
	do { \
		if (!(cond)) \
			unit_fail(__FILE__, __LINE__, "%s is false", #cond); \
	} while (0)

#define CHECK_EQ(got, want) \
	do { \
		unsigned long long got_ = (unsigned long long)(got); \
		unsigned long long want_ = (unsigned long long)(want); \
		if (got_ != want_) \
			unit_fail(__FILE__, __LINE__, \
				  "%s is %llu (0x%llx), want %s = %llu (0x%llx)", \
				  #got, got_, got_, #want, want_, want_); \
	} while (0)

#define CHECK_STR(got, want) \
	do { \
		const char *got_ = (got), *want_ = (want); \
		if (!got_ || strcmp(got_, want_)) \
			unit_fail(__FILE__, __LINE__, "%s is \"%s\", want \"%s\"", \
				  #got, got_ ? got_ : "(null)", want_); \
	} while (0)

#define CHECK_BYTES(got, want, len) \
	unit_check_bytes(__FILE__, __LINE__, #got, got, want, len)

static inline void unit_check_bytes(const char *file, int line,
				    const char *what, const void *got,
				    const void *want, size_t len)
{
	const u8 *g = got, *w = want;
	size_t i;

	for (i = 0; i < len; i++)
		if (g[i] != w[i]) {
			unit_fail(file, line,
				  "%s: byte %zu is 0x%02x, want 0x%02x",
				  what, i, g[i], w[i]);
			return;
		}
}

/* xorshift: the same numbers in each run, so that a failure can be repeated. */
static u32 unit_seed = 2463534242u;

static inline u32 unit_random(void)
{
	unit_seed ^= unit_seed << 13;
	unit_seed ^= unit_seed >> 17;
	unit_seed ^= unit_seed << 5;
	return unit_seed;
}

/* Memory of exactly this size: the sanitizer sees one byte more. */
static inline void *unit_exact(const void *from, size_t len)
{
	void *copy = malloc(len);

	if (!copy && len)
		abort();
	if (len)
		memcpy(copy, from, len);
	return copy;
}

#ifdef __KERNEL__
static inline void unit_begin(struct kunit *test)
{
	unit_kunit = test;
	unit_failures = 0;
	unit_note[0] = '\0';
	unit_seed = 2463534242u;
}

static inline void unit_end(void)
{
	if (unit_failures)
		KUNIT_FAIL(unit_kunit, "%u checks failed\n", unit_failures);
}
#else
int main(void)
{
	unsigned int failed = 0;
	unsigned int i;

	/* What a crash leaves behind must be complete up to the crash. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%u\n", unit_nr_tests);
	for (i = 0; i < unit_nr_tests; i++) {
		unit_failures = 0;
		unit_note[0] = '\0';
		unit_seed = 2463534242u;
		unit_tests[i].run();
		if (unit_failures > UNIT_MAX_SHOWN)
			printf("# and %u more\n",
			       unit_failures - UNIT_MAX_SHOWN);
		if (unit_failures)
			failed++;
		printf("%s %u - %s\n", unit_failures ? "not ok" : "ok", i + 1,
		       unit_tests[i].name);
	}
	return failed != 0;
}

#endif /* __KERNEL__ */

#endif /* ISER_UNIT_H */
