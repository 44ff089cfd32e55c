// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer for common/text.c and common/keys.c. First byte of the input: bits 0
 * to 2 key, bits 3 to 7 the number of bits of the bound for clamping. The rest
 * is login text, from user space and from a peer.
 */
#include <stdlib.h>

#include "keys.h"
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

static void edit_key(const u8 *from, u32 len, const char *key)
{
	char *text = exact(from, len);
	u32 left = len;

	while (iser_text_remove(text, &left, key))
		if (left + strlen(key) + 1 > len)
			abort();
	if (iser_text_find(text, left, key, NULL))
		abort();
	if (iser_text_set(text, &left, len, key, "None"))
		abort();
	free(text);

	text = exact(from, len);
	left = len;
	if (iser_text_set(text, &left, len, key, "None") >= 0 &&
	    iser_text_find(text, left, key, NULL) &&
	    !iser_text_is(text, left, key, "None"))
		abort();
	if (left > len)
		abort();
	free(text);
}

/* ---- the filter of both sides ---- */

static const struct iser_keys_truth own = {
	.ini_recv	= 948,
	.tgt_recv	= 8192,
	.discovery	= 8192,
	.ahs		= 256,
	.unexpected	= 32,
};

static bool has_unknown_key(const char *text, u32 len)
{
	return iser_text_find(text, len, "MaxAHSLength", NULL) ||
	       iser_text_find(text, len, "MaxOutstandingUnexpectedPDUs",
			      NULL) ||
	       iser_text_find(text, len, "TaggedBufferForSolicitedDataOnly",
			      NULL) ||
	       iser_text_find(text, len, "iSERHelloRequired", NULL);
}

/* What is said of a length is true, or no number. */
static void check_lengths(const char *text, u32 len)
{
	u32 value;

	if (!iser_text_get_u32(text, len, "InitiatorRecvDataSegmentLength",
			       &value) && value > own.ini_recv)
		abort();
	if (!iser_text_get_u32(text, len, "TargetRecvDataSegmentLength",
			       &value) && value > own.tgt_recv)
		abort();
}

static void filter_offer(const u8 *from, u32 len, u32 size)
{
	struct iser_keys initiator, target;
	char *text = malloc(size + 1);
	u32 used = len;
	int ret;

	if (!text)
		abort();
	memcpy(text, from, len);
	iser_keys_init(&initiator);
	iser_keys_init(&target);
	ret = iser_keys_offer(text, &used, size, &own, true);
	if (used > size)
		abort();
	if (ret >= 0)
		check_lengths(text, used);
	if (ret > 0 && iser_keys_take_offer(text, &used, &own, &initiator) == 0 &&
	    !iser_keys_proven(&initiator))
		abort();
	if (ret > 0 && !iser_keys_answer(text, &used, size, &own,
					 initiator.stated))
		iser_keys_take_answer(text, &used, &target);
	free(text);
}

static void filter_peer(const u8 *from, u32 len)
{
	char *text = exact(from, len);
	struct iser_keys peer;
	u32 used = len;

	iser_keys_init(&peer);
	if (!iser_keys_take_offer(text, &used, &own, &peer)) {
		check_lengths(text, used);
		if (has_unknown_key(text, used))
			abort();
	}
	if (used > len || iser_keys_tgt_send(&peer, 8192, 128) > 8192)
		abort();
	if (!iser_keys_proven(&peer) && iser_keys_tgt_send(&peer, 8192, 128) > 128)
		abort();
	free(text);

	text = exact(from, len);
	used = len;
	iser_keys_init(&peer);
	iser_keys_take_answer(text, &used, &peer);
	if (used > len || has_unknown_key(text, used))
		abort();
	if (iser_keys_ini_send(&peer, 16384, 8192) > 16384)
		abort();
	if (!iser_keys_proven(&peer) &&
	    iser_keys_ini_send(&peer, 16384, 8192) > 8192)
		abort();
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
	edit_key(input + 1, (u32)size - 1, key);
	filter_offer(input + 1, (u32)size - 1, (u32)size - 1);
	filter_offer(input + 1, (u32)size - 1, (u32)size + 255);
	filter_peer(input + 1, (u32)size - 1);
	return 0;
}
