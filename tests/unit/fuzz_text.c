// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer for common/text.c. First byte of the input: bits 0 to 2 key, bits 3
 * to 7 the number of bits of the bound for clamping. The rest is login text.
 */
#include <stdlib.h>

#include "text.h"

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

static const char * const keys[] = {
	"RDMAExtensions",
	"TargetRecvDataSegmentLength",
	"InitiatorRecvDataSegmentLength",
	"MaxOutstandingUnexpectedPDUs",
	"MaxAHSLength",
	"K",
	"",
	"MaxRecvDataSegmentLength",
};

static char *exact(const u8 *from, u32 len)
{
	char *copy = malloc(len);

	if (!copy && len)
		abort();
	if (len)
		memcpy(copy, from, len);
	return copy;
}

static void read_key(const u8 *from, u32 len, const char *key)
{
	char *text = exact(from, len);
	const char *value;
	u32 value_len, number;

	value = iser_text_find(text, len, key, &value_len);
	if (value && (value < text || value + value_len > text + len))
		abort();
	if (!value && value_len)
		abort();
	if (!value != (iser_text_get_u32(text, len, key, &number) == -ENOENT))
		abort();
	if (iser_text_is(text, len, key, "Yes") && value_len != 3)
		abort();
	free(text);
}

static void clamp_key(const u8 *from, u32 len, const char *key, u32 max)
{
	char *text = exact(from, len);
	u32 left = len;
	u32 number = 0;
	int changed = iser_text_clamp(text, &left, key, max);
	int err;

	if (left > len || (!changed && (left != len ||
					(len && memcmp(text, from, len)))))
		abort();
	if (changed >= 0) {
		err = iser_text_get_u32(text, left, key, &number);
		if (err && err != -ENOENT)
			abort();
		if (number > max)
			abort();
		if (iser_text_clamp(text, &left, key, max))
			abort();
	}
	free(text);
}

static void append_key(const u8 *from, u32 len, const char *key)
{
	u32 size = len + (u32)strlen(key) + 4;
	u32 used = len;
	char *text = malloc(size);
	const char *value;
	u32 value_len;

	if (!text)
		abort();
	if (len)
		memcpy(text, from, len);
	if (!iser_text_append(text, &used, size, key, "No")) {
		value = iser_text_find(text, used, key, &value_len);
		if (!value || used > size || text[used - 1])
			abort();
	} else if (used != len) {
		abort();
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	const char *key;
	u32 max;

	if (!size)
		return 0;
	key = keys[input[0] & 7];
	max = ~0u >> (input[0] >> 3);
	read_key(input + 1, (u32)size - 1, key);
	clamp_key(input + 1, (u32)size - 1, key, max);
	append_key(input + 1, (u32)size - 1, key);
	return 0;
}
