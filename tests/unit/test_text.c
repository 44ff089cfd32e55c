// SPDX-License-Identifier: GPL-2.0-only
/* common/text.c: login keys in text that ends where its length says. */
#include "unit.h"
#include "text.h"
#include "../vectors/wire.h"

#define KEYS	((const char *)iser_vec_login_keys)
#define KEYS_LEN	((u32)sizeof(iser_vec_login_keys))

/* A text without the terminator that C adds to a literal. */
#define TEXT(literal)	literal, (u32)(sizeof(literal) - 1)

/* Exact memory, so that a look behind the end is caught. */
static const char *find(const char *text, u32 len, const char *key, u32 *off,
			u32 *value_len)
{
	char *exact = unit_exact(text, len);
	const char *value;

	*value_len = 0xdead;
	value = iser_text_find(exact, len, key, value_len);
	*off = value ? (u32)(value - exact) : 0;
	free(exact);
	return value ? text + *off : NULL;
}

static int get(const char *text, u32 len, u32 *value)
{
	char *exact = unit_exact(text, len);
	int err;

	*value = 0xdead;
	err = iser_text_get_u32(exact, len, "K", value);
	free(exact);
	return err;
}

static bool is(const char *text, u32 len, const char *key, const char *value)
{
	char *exact = unit_exact(text, len);
	bool ret = iser_text_is(exact, len, key, value);

	free(exact);
	return ret;
}

TEST("text/key-block-vector-is-read")
{
	char *exact = unit_exact(KEYS, KEYS_LEN);
	u32 value = 0;

	CHECK(iser_text_is(exact, KEYS_LEN, "RDMAExtensions", "Yes"));
	CHECK_EQ(iser_text_get_u32(exact, KEYS_LEN,
				   "TargetRecvDataSegmentLength", &value), 0);
	CHECK_EQ(value, 8192);
	CHECK_EQ(iser_text_get_u32(exact, KEYS_LEN,
				   "InitiatorRecvDataSegmentLength", &value),
		 0);
	CHECK_EQ(value, 4096);
	CHECK_EQ(iser_text_get_u32(exact, KEYS_LEN, "RecvDataSegmentLength",
				   &value), -ENOENT);
	free(exact);
}

TEST("text/key-block-vector-is-built")
{
	char *buf = malloc(KEYS_LEN);
	u32 len = 0;

	CHECK_EQ(iser_text_append(buf, &len, KEYS_LEN, "RDMAExtensions", "Yes"),
		 0);
	CHECK_EQ(iser_text_append(buf, &len, KEYS_LEN,
				  "TargetRecvDataSegmentLength", "8192"), 0);
	CHECK_EQ(iser_text_append(buf, &len, KEYS_LEN,
				  "InitiatorRecvDataSegmentLength", "4096"), 0);
	CHECK_EQ(len, KEYS_LEN);
	CHECK_BYTES(buf, KEYS, KEYS_LEN);
	free(buf);
}

TEST("text/key-matches-in-full-at-the-start-of-a-pair")
{
	u32 off, len;

	CHECK(find(TEXT("Key=1\0"), "Key", &off, &len));
	CHECK_EQ(off, 4);
	CHECK_EQ(len, 1);
	CHECK(!find(TEXT("XKey=1\0"), "Key", &off, &len));
	CHECK_EQ(len, 0);
	CHECK(!find(TEXT("KeyX=1\0"), "Key", &off, &len));
	CHECK(!find(TEXT("Ke=1\0"), "Key", &off, &len));
	CHECK(!find(TEXT("key=1\0"), "Key", &off, &len));
	CHECK(!find(TEXT("A=Key=1\0"), "Key", &off, &len));
	CHECK(!find(TEXT("Key\0=1\0"), "Key", &off, &len));
	CHECK(!find(TEXT("Key\0"), "Key", &off, &len));
	CHECK(find(TEXT("A=1\0Key=22\0B=3\0"), "Key", &off, &len));
	CHECK_EQ(off, 8);
	CHECK_EQ(len, 2);
	CHECK(find(TEXT("Key=a=b\0"), "Key", &off, &len));
	CHECK_EQ(len, 3);
	CHECK(find(TEXT("Key=1\0Key=2\0"), "Key", &off, &len));
	CHECK_EQ(off, 4);
}

TEST("text/end-of-the-buffer-ends-the-last-pair")
{
	u32 off, len;

	CHECK(find(TEXT("A=1\0Key=123"), "Key", &off, &len));
	CHECK_EQ(len, 3);
	CHECK(find(TEXT("Key="), "Key", &off, &len));
	CHECK_EQ(off, 4);
	CHECK_EQ(len, 0);
	CHECK(!find(TEXT("Key"), "Key", &off, &len));
	CHECK(!find(TEXT("K"), "Key", &off, &len));
	CHECK(!find(TEXT(""), "Key", &off, &len));
}

TEST("text/empty-pairs-are-skipped")
{
	u32 off, len;

	CHECK(find(TEXT("\0\0\0Key=1\0"), "Key", &off, &len));
	CHECK_EQ(off, 7);
	CHECK(!find(TEXT("\0\0\0\0"), "Key", &off, &len));
}

TEST("text/vector-cut-anywhere-is-read-within-its-length")
{
	u32 cut, off, len;

	for (cut = 0; cut <= KEYS_LEN; cut++) {
		NOTE("cut at %u", cut);
		find(KEYS, cut, "InitiatorRecvDataSegmentLength", &off, &len);
		CHECK(off + len <= cut);
		CHECK_EQ(!find(KEYS, cut, "RDMAExtensions", &off, &len),
			 cut < 15);
	}
}

TEST("text/length-of-the-value-is-optional")
{
	CHECK(iser_text_find(TEXT("Key=1\0"), "Key", NULL));
	CHECK(!iser_text_find(TEXT("Key=1\0"), "Kex", NULL));
}

TEST("text/value-matches-in-full")
{
	CHECK(is(TEXT("K=Yes\0"), "K", "Yes"));
	CHECK(is(TEXT("K=Yes"), "K", "Yes"));
	CHECK(is(TEXT("K=\0"), "K", ""));
	CHECK(!is(TEXT("K=Ye\0"), "K", "Yes"));
	CHECK(!is(TEXT("K=Yess\0"), "K", "Yes"));
	CHECK(!is(TEXT("K=yes\0"), "K", "Yes"));
	CHECK(!is(TEXT("K=No\0K=Yes\0"), "K", "Yes"));
	CHECK(!is(TEXT("L=Yes\0"), "K", "Yes"));
	CHECK(!is(TEXT("L=Yes\0"), "K", ""));
}

TEST("text/numbers-are-decimal-or-hexadecimal")
{
	static const struct {
		const char	*text;
		int		err;
		u32		value;
	} rows[] = {
		{ "K=0", 0, 0 },
		{ "K=7", 0, 7 },
		{ "K=8192", 0, 8192 },
		{ "K=4294967295", 0, ~0u },
		{ "K=4294967296", -ERANGE, 0 },
		{ "K=18446744073709551615", -ERANGE, 0 },
		{ "K=18446744073709551616", -ERANGE, 0 },
		{ "K=99999999999999999999999999999999999999", -ERANGE, 0 },
		{ "K=0x0", 0, 0 },
		{ "K=0x2000", 0, 8192 },
		{ "K=0X2aF", 0, 0x2af },
		{ "K=0xffffffff", 0, ~0u },
		{ "K=0x00000000000000000000000010", 0, 16 },
		{ "K=0x100000000", -ERANGE, 0 },
		{ "K=0xffffffffffffffffffffffff", -ERANGE, 0 },
		{ "K=", -EINVAL, 0 },
		{ "K=0x", -EINVAL, 0 },
		{ "K=0xg", -EINVAL, 0 },
		{ "K=010", -EINVAL, 0 },
		{ "K=00", -EINVAL, 0 },
		{ "K=12a", -EINVAL, 0 },
		{ "K=a", -EINVAL, 0 },
		{ "K=-1", -EINVAL, 0 },
		{ "K=+1", -EINVAL, 0 },
		{ "K= 1", -EINVAL, 0 },
		{ "K=1 ", -EINVAL, 0 },
		{ "K=x10", -EINVAL, 0 },
		{ "K=NotUnderstood", -EINVAL, 0 },
		{ "K=99999999999999999999999999999999x", -EINVAL, 0 },
		{ "L=1", -ENOENT, 0 },
	};
	u32 i, value;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		NOTE("%s", rows[i].text);
		CHECK_EQ(get(rows[i].text, strlen(rows[i].text), &value),
			 rows[i].err);
		CHECK_EQ(value, rows[i].err ? 0xdead : rows[i].value);
		/* With its terminator it is the same. */
		CHECK_EQ(get(rows[i].text, strlen(rows[i].text) + 1, &value),
			 rows[i].err);
	}
}

/* ---- clamp ---- */

/* Clamp key K in exact memory; the result is left in clamped. */
static char clamped[256];
static u32 clamped_len;

static int clamp_key(const char *text, u32 len, u32 max)
{
	char *exact = unit_exact(text, len);
	int ret;

	clamped_len = len;
	ret = iser_text_clamp(exact, &clamped_len, "K", max);
	memset(clamped, 0xee, sizeof(clamped));
	memcpy(clamped, exact, len);
	free(exact);
	return ret;
}

#define CHECK_CLAMPED(literal) \
	do { \
		CHECK_EQ(clamped_len, sizeof(literal) - 1); \
		CHECK_BYTES(clamped, literal, sizeof(literal) - 1); \
	} while (0)

TEST("text/clamp-leaves-what-is-small-enough")
{
	CHECK_EQ(clamp_key(TEXT("A=1\0K=8192\0B=2\0"), 8192), 0);
	CHECK_CLAMPED("A=1\0K=8192\0B=2\0");
	CHECK_EQ(clamp_key(TEXT("K=0x2000\0"), 8192), 0);
	CHECK_CLAMPED("K=0x2000\0");
	CHECK_EQ(clamp_key(TEXT("A=99999\0"), 8192), 0);
	CHECK_CLAMPED("A=99999\0");
	CHECK_EQ(clamp_key(TEXT(""), 8192), 0);
}

TEST("text/clamp-replaces-and-closes-the-gap")
{
	CHECK_EQ(clamp_key(TEXT("A=1\0K=262144\0B=2\0"), 8192), 1);
	CHECK_CLAMPED("A=1\0K=8192\0B=2\0");
	CHECK_EQ(clamped[clamped_len], 0);
	CHECK_EQ(clamped[clamped_len + 1], 0);
	CHECK_EQ(clamp_key(TEXT("K=9999\0B=2\0"), 8192), 1);
	CHECK_CLAMPED("K=8192\0B=2\0");
	CHECK_EQ(clamp_key(TEXT("K=0xffffff\0B=2\0"), 512), 1);
	CHECK_CLAMPED("K=512\0B=2\0");
	CHECK_EQ(clamp_key(TEXT("K=5\0"), 0), 1);
	CHECK_CLAMPED("K=0\0");
}

TEST("text/clamp-works-without-a-terminator")
{
	CHECK_EQ(clamp_key(TEXT("A=1\0K=262144"), 8192), 1);
	CHECK_CLAMPED("A=1\0K=8192");
	CHECK_EQ(clamp_key(TEXT("K=9"), 8), 1);
	CHECK_CLAMPED("K=8");
}

TEST("text/clamp-bounds-numbers-of-any-size")
{
	CHECK_EQ(clamp_key(TEXT("K=4294967296\0"), 8192), 1);
	CHECK_CLAMPED("K=8192\0");
	CHECK_EQ(clamp_key(TEXT("K=4294967296\0"), ~0u), 1);
	CHECK_CLAMPED("K=4294967295\0");
	CHECK_EQ(clamp_key(TEXT("K=99999999999999999999999999\0"), 8192), 1);
	CHECK_CLAMPED("K=8192\0");
	CHECK_EQ(clamp_key(TEXT("K=0xffffffffffffffffffffff\0"), ~0u), 1);
	CHECK_CLAMPED("K=4294967295\0");
}

TEST("text/clamp-bounds-every-occurrence")
{
	CHECK_EQ(clamp_key(TEXT("K=1\0K=99999\0A=K=9\0K=88888"), 10), 1);
	CHECK_CLAMPED("K=1\0K=10\0A=K=9\0K=10");
}

TEST("text/clamp-refuses-what-is-no-number")
{
	CHECK_EQ(clamp_key(TEXT("K=Reject\0"), 10), -EINVAL);
	CHECK_CLAMPED("K=Reject\0");
	CHECK_EQ(clamp_key(TEXT("K=\0"), 10), -EINVAL);
	CHECK_EQ(clamp_key(TEXT("K="), 10), -EINVAL);
	CHECK_EQ(clamp_key(TEXT("K=0777777\0"), 10), -EINVAL);
	CHECK_EQ(clamp_key(TEXT("K=1\0K=x\0"), 10), -EINVAL);
}

/* The proof in replace_value() by trying: the text never grows. */
TEST("text/clamp-never-makes-a-value-longer")
{
	char text[64];
	u32 digits, max, i, got, off, vlen;
	u64 value;
	int len;

	for (digits = 1; digits <= 16; digits++)
		for (i = 0; i < 400; i++) {
			/* Around the largest value of so many hex digits. */
			value = (digits == 16 ? ~0ull :
				 (1ull << digits * 4) - 1) - i % 4;
			max = value - 1 > ~0u ? ~0u - i / 4 :
			      (u32)value - 1 - i / 4 % 3;
			if (value <= max)
				continue;
			len = snprintf(text, sizeof(text), i & 1 ? "K=0x%llx" :
				       "K=%llu", (unsigned long long)value);
			NOTE("%s to %u", text, max);
			CHECK_EQ(clamp_key(text, (u32)len, max), 1);
			CHECK(clamped_len <= (u32)len);
			CHECK_EQ(get(clamped, clamped_len, &got), 0);
			CHECK_EQ(got, max);
			find(clamped, clamped_len, "K", &off, &vlen);
			CHECK_EQ(off + vlen, clamped_len);
		}
}

/* ---- set and remove ---- */

static char edited[64];
static u32 edited_len;

static int set_key(const char *text, u32 len, u32 size, const char *value)
{
	char *buf = malloc(size);
	int ret;

	memcpy(buf, text, len);
	ret = iser_text_set(buf, &len, size, "K", value);
	memcpy(edited, buf, len);
	edited_len = len;
	free(buf);
	return ret;
}

static bool remove_key(const char *text, u32 len)
{
	char *exact = unit_exact(text, len);
	bool ret;

	edited_len = len;
	ret = iser_text_remove(exact, &edited_len, "K");
	memcpy(edited, exact, len);
	free(exact);
	return ret;
}

#define CHECK_EDITED(literal) \
	do { \
		CHECK_EQ(edited_len, sizeof(literal) - 1); \
		CHECK_BYTES(edited, literal, sizeof(literal) - 1); \
	} while (0)

TEST("text/set-replaces-every-value-of-the-key")
{
	CHECK_EQ(set_key(TEXT("K=a\0A=K=b\0K=ccccc\0"), 32, "xyz"), 1);
	CHECK_EDITED("K=xyz\0A=K=b\0K=xyz\0");
	CHECK_EQ(set_key(TEXT("K=xyz\0K=xyz"), 12, "xyz"), 0);
	CHECK_EDITED("K=xyz\0K=xyz");
	CHECK_EQ(set_key(TEXT("A=1\0"), 4, "xyz"), 0);
	CHECK_EDITED("A=1\0");
	CHECK_EQ(set_key(TEXT("K="), 5, "xyz"), 1);
	CHECK_EDITED("K=xyz");
	CHECK_EQ(set_key(TEXT("K=xyz\0"), 6, ""), 1);
	CHECK_EDITED("K=\0");
}

TEST("text/set-does-not-outgrow-its-memory")
{
	CHECK_EQ(set_key(TEXT("K=xy\0A=1\0"), 9, "xyz"), -ENOSPC);
	CHECK_EDITED("K=xy\0A=1\0");
	CHECK_EQ(set_key(TEXT("K=xy\0A=1\0"), 10, "xyz"), 1);
	CHECK_EDITED("K=xyz\0A=1\0");
}

TEST("text/remove-takes-one-pair-and-its-nul")
{
	CHECK(remove_key(TEXT("A=1\0K=22\0B=3\0")));
	CHECK_EDITED("A=1\0B=3\0");
	CHECK_BYTES(edited + edited_len, "\0\0\0\0\0", 5);
	CHECK(remove_key(TEXT("K=1\0K=2\0")));
	CHECK_EDITED("K=2\0");
	CHECK(remove_key(TEXT("A=1\0K=2")));
	CHECK_EDITED("A=1\0");
	CHECK(remove_key(TEXT("K=")));
	CHECK_EQ(edited_len, 0);
	CHECK(!remove_key(TEXT("KK=1\0A=K=1\0K\0")));
	CHECK_EDITED("KK=1\0A=K=1\0K\0");
}

TEST("text/random-text-survives-clamping")
{
	static const char alphabet[] = "KK==019xaF\0\0";
	char text[24];
	u32 i, n, len, max, value;
	int ret;

	for (i = 0; i < ROUNDS(200000); i++) {
		len = unit_random() % (sizeof(text) + 1);
		for (n = 0; n < len; n++)
			text[n] = alphabet[unit_random() %
					   (sizeof(alphabet) - 1)];
		max = unit_random() >> unit_random() % 32;
		ret = clamp_key(text, len, max);
		CHECK(clamped_len <= len);
		if (ret < 0)
			continue;
		NOTE("round %u", i);
		ret = get(clamped, clamped_len, &value);
		CHECK(ret == 0 || ret == -ENOENT);
		if (!ret)
			CHECK(value <= max);
		/* What is bounded is not bounded again. */
		memcpy(text, clamped, clamped_len);
		CHECK_EQ(clamp_key(text, clamped_len, max), 0);
	}
}

/* ---- append ---- */

TEST("text/append-needs-room-for-all-of-it")
{
	u32 size, len, start;
	char *buf;

	for (start = 0; start < 12; start++)
		for (size = start; size < 24; size++) {
			NOTE("from %u of %u", start, size);
			buf = malloc(size);
			memset(buf, 0, size);
			len = start;
			if (size - start < 8) {
				CHECK_EQ(iser_text_append(buf, &len, size,
							  "Key", "abc"),
					 -ENOSPC);
				CHECK_EQ(len, start);
			} else {
				CHECK_EQ(iser_text_append(buf, &len, size,
							  "Key", "abc"), 0);
				CHECK_EQ(len, start + 8);
				CHECK_BYTES(buf + start, "Key=abc", 8);
			}
			free(buf);
		}
}

TEST("text/append-ends-an-unterminated-pair-first")
{
	char buf[16];
	u32 len = 3;

	memset(buf, 0xee, sizeof(buf));
	memcpy(buf, "A=1", 3);
	CHECK_EQ(iser_text_append(buf, &len, 7, "B", "2"), -ENOSPC);
	CHECK_EQ(len, 3);
	CHECK_EQ(iser_text_append(buf, &len, 8, "B", "2"), 0);
	CHECK_EQ(len, 8);
	CHECK_BYTES(buf, "A=1\0B=2", 8);
}

TEST("text/append-refuses-a-length-that-is-no-length")
{
	char buf[4] = { 0 };
	u32 len = 5;

	CHECK_EQ(iser_text_append(buf, &len, 4, "", ""), -ENOSPC);
	len = ~0u;
	CHECK_EQ(iser_text_append(buf, &len, 4, "K", "1"), -ENOSPC);
}
