/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User-space stand-in for the kernel headers that common/pure.h includes: just
 * what the pure files use, so that one which reaches for more fails to build
 * here first.
 */
#ifndef ISER_PURE_USER_H
#define ISER_PURE_USER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef u16 __be16;
typedef u32 __be32;
typedef u64 __be64;

#define U8_MAX	UINT8_MAX
#define U16_MAX	UINT16_MAX
#define U32_MAX	UINT32_MAX
#define U64_MAX	UINT64_MAX

#define __packed	__attribute__((packed))
#define __printf(fmt, args) \
	__attribute__((format(printf, fmt, args)))

#undef static_assert
#define static_assert(cond, ...)	_Static_assert(cond, #cond)
#define BUILD_BUG_ON(cond)		_Static_assert(!(cond), #cond)

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define noinline	__attribute__((noinline))
#undef __always_inline	/* the C library has one of its own */
#define __always_inline	inline __attribute__((always_inline))

/* Different types are refused, as in the older kernels of our range. */
#define SAME_TYPE(a, b) \
	_Static_assert(__builtin_types_compatible_p(__typeof__(a), \
						    __typeof__(b)), \
		       "min and max of different types")
#define min(a, b) \
	__extension__ ({ \
		__typeof__(a) min_a_ = (a); \
		__typeof__(b) min_b_ = (b); \
		SAME_TYPE(min_a_, min_b_); \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define max(a, b) \
	__extension__ ({ \
		__typeof__(a) max_a_ = (a); \
		__typeof__(b) max_b_ = (b); \
		SAME_TYPE(max_a_, max_b_); \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})
#define min_t(type, a, b) \
	__extension__ ({ \
		type mint_a_ = (a); \
		type mint_b_ = (b); \
		mint_a_ < mint_b_ ? mint_a_ : mint_b_; \
	})
#define max_t(type, a, b) \
	__extension__ ({ \
		type maxt_a_ = (a); \
		type maxt_b_ = (b); \
		maxt_a_ > maxt_b_ ? maxt_a_ : maxt_b_; \
	})

static inline u16 get_unaligned_be16(const void *p)
{
	const u8 *b = p;

	return (u16)(b[0] << 8 | b[1]);
}

static inline u32 get_unaligned_be24(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] << 16 | (u32)b[1] << 8 | b[2];
}

static inline u32 get_unaligned_be32(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] << 24 | get_unaligned_be24(b + 1);
}

static inline u64 get_unaligned_be64(const void *p)
{
	const u8 *b = p;

	return (u64)get_unaligned_be32(b) << 32 | get_unaligned_be32(b + 4);
}

static inline void put_unaligned_be16(u16 value, void *p)
{
	u8 *b = p;

	b[0] = (u8)(value >> 8);
	b[1] = (u8)value;
}

static inline void put_unaligned_be24(u32 value, void *p)
{
	u8 *b = p;

	b[0] = (u8)(value >> 16);
	put_unaligned_be16((u16)value, b + 1);
}

static inline void put_unaligned_be32(u32 value, void *p)
{
	u8 *b = p;

	put_unaligned_be16((u16)(value >> 16), b);
	put_unaligned_be16((u16)value, b + 2);
}

static inline void put_unaligned_be64(u64 value, void *p)
{
	u8 *b = p;

	put_unaligned_be32((u32)(value >> 32), b);
	put_unaligned_be32((u32)value, b + 4);
}

/* Through bytes, so that they are right on hosts of either byte order. */
static inline __be16 cpu_to_be16(u16 value)
{
	__be16 be;

	put_unaligned_be16(value, &be);
	return be;
}

static inline __be32 cpu_to_be32(u32 value)
{
	__be32 be;

	put_unaligned_be32(value, &be);
	return be;
}

static inline __be64 cpu_to_be64(u64 value)
{
	__be64 be;

	put_unaligned_be64(value, &be);
	return be;
}

static inline u16 be16_to_cpu(__be16 be)
{
	return get_unaligned_be16(&be);
}

static inline u32 be32_to_cpu(__be32 be)
{
	return get_unaligned_be32(&be);
}

static inline u64 be64_to_cpu(__be64 be)
{
	return get_unaligned_be64(&be);
}

/* Modules are a matter of the kernel. */
#define EXPORT_SYMBOL_GPL(symbol) static_assert(1, #symbol)

#endif /* ISER_PURE_USER_H */
