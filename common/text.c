// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of the login text that concern the transport. open-iscsi and LIO own
 * the negotiation; what happens here is reading what they agreed on, and
 * keeping what they declare within what we can receive.
 *
 * Text is a number of "key=value" pairs, each ended by a NUL (RFC 7143 section
 * 6.1). It comes from the peer, so its end is where the length says: a last
 * pair without NUL ends there, empty pairs are skipped, a pair without "=" is
 * nobody's.
 */
#include "text.h"

/* RFC 7143 section 6.1: numbers have up to 64 bits. */
#define NUM_MAX		((u64)~0ull)

/* Digits of the largest u32. */
#define U32_DIGITS	10

/**
 * struct span - part of a text
 * @start: offset of the first byte
 * @end: offset behind the last one
 */
struct span {
	u32	start;
	u32	end;
};

static u32 pair_end(const char *text, u32 len, u32 pos)
{
	const char *nul = memchr(text + pos, '\0', len - pos);

	return nul ? nul - text : len;
}

/* Find the value of @key in the pairs from @pos on, a start of a pair. */
static bool find_value(const char *text, u32 len, u32 pos, const char *key,
		       struct span *value)
{
	size_t key_len = strlen(key);
	u32 end;

	while (pos < len) {
		end = pair_end(text, len, pos);
		if (end - pos > key_len && text[pos + key_len] == '=' &&
		    !memcmp(text + pos, key, key_len)) {
			value->start = pos + key_len + 1;
			value->end = end;
			return true;
		}
		if (end == len)
			break;
		pos = end + 1;
	}
	return false;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* What does not fit becomes the largest number: still larger than any limit. */
static int parse_digits(const char *digits, u32 count, unsigned int base,
			u64 *number)
{
	u64 sum = 0;
	int digit;
	u32 i;

	if (!count)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		digit = digit_value(digits[i]);
		if (digit < 0 || digit >= (int)base)
			return -EINVAL;
		/* Good for both bases: 2^60 is less than 2^64 / 16. */
		if (sum >= 1ull << 60 && sum != NUM_MAX)
			sum = NUM_MAX;
		if (sum != NUM_MAX)
			sum = sum * base + digit;
	}
	*number = sum;
	return 0;
}

/*
 * RFC 7143 section 6.1: decimal without leading zeros, or hexadecimal. The
 * zeros matter: the cores behind us would take "010" for eight.
 */
static int parse_number(const char *value, u32 len, u64 *number)
{
	if (len > 1 && value[0] == '0') {
		if (value[1] != 'x' && value[1] != 'X')
			return -EINVAL;
		return parse_digits(value + 2, len - 2, 16, number);
	}
	return parse_digits(value, len, 10, number);
}

/* Write @number without a terminator, return how many digits it took. */
static u32 format_u32(char *to, u32 number)
{
	char digits[U32_DIGITS];
	u32 count = 0;
	u32 i;

	do {
		digits[count++] = '0' + number % 10;
		number /= 10;
	} while (number);
	for (i = 0; i < count; i++)
		to[i] = digits[count - 1 - i];
	return count;
}

/**
 * iser_text_find - find the value of a key
 * @text: pairs; need not end with a NUL
 * @len: bytes of @text
 * @key: name, matched exactly and in full
 * @value_len: if not NULL, gets the bytes of the value, 0 if there is none
 *
 * Context: any.
 * Return: first value of @key within @text, not terminated; NULL if the key is
 * not there.
 */
const char *iser_text_find(const char *text, u32 len, const char *key,
			   u32 *value_len)
{
	struct span value = { 0, 0 };
	bool found = find_value(text, len, 0, key, &value);

	if (value_len)
		*value_len = value.end - value.start;
	return found ? text + value.start : NULL;
}
EXPORT_SYMBOL_GPL(iser_text_find);

/**
 * iser_text_get_u32 - read the value of a numeric key
 * @text: pairs; need not end with a NUL
 * @len: bytes of @text
 * @key: name, matched exactly and in full
 * @value: result; written only if 0 is returned
 *
 * Context: any.
 * Return: 0; -ENOENT if the key is not there; -EINVAL if its value is no
 * decimal or hexadecimal number, an answer such as NotUnderstood among them;
 * -ERANGE if it needs more than 32 bits.
 */
int iser_text_get_u32(const char *text, u32 len, const char *key, u32 *value)
{
	struct span span;
	u64 number;
	int err;

	if (!find_value(text, len, 0, key, &span))
		return -ENOENT;
	err = parse_number(text + span.start, span.end - span.start, &number);
	if (err)
		return err;
	if (number > U32_MAX)
		return -ERANGE;
	*value = number;
	return 0;
}
EXPORT_SYMBOL_GPL(iser_text_get_u32);

/**
 * iser_text_is - has a key a certain value
 * @text: pairs; need not end with a NUL
 * @len: bytes of @text
 * @key: name, matched exactly and in full
 * @value: value, matched exactly and in full
 *
 * Context: any.
 * Return: true if the first value of @key is @value; false also if the key is
 * not there.
 */
bool iser_text_is(const char *text, u32 len, const char *key,
		  const char *value)
{
	struct span span;

	if (!find_value(text, len, 0, key, &span))
		return false;
	return span.end - span.start == strlen(value) &&
	       !memcmp(text + span.start, value, span.end - span.start);
}
EXPORT_SYMBOL_GPL(iser_text_is);

/*
 * Put @max in place of a value that is larger. The text never grows: a larger
 * decimal number has at least as many digits, and a larger hexadecimal one
 * brings "0x" along, which is all that @max can be longer in decimal (eight
 * hexadecimal digits are at most ten decimal ones, and a u32 has no more). What
 * falls free at the end is zeroed, so nothing is left to be parsed twice.
 */
static void replace_value(char *text, u32 *len, struct span *value, u32 max)
{
	u32 end = value->start + format_u32(text + value->start, max);
	u32 gone = value->end - end;

	memmove(text + end, text + value->end, *len - value->end);
	*len -= gone;
	memset(text + *len, 0, gone);
	value->end = end;
}

/**
 * iser_text_clamp - bound a numeric key in place
 * @text: pairs; need not end with a NUL; never written behind @len
 * @len: bytes of @text; shrinks if the new value is shorter
 * @key: name, matched exactly and in full
 * @max: largest value to leave
 *
 * Every occurrence is bounded: which of two the core behind us would believe is
 * not for us to guess.
 *
 * Context: any.
 * Return: 1 if a value was replaced; 0 if there was nothing to do, a key that
 * is not there included; -EINVAL if a value is no number, in which case an
 * occurrence before it may have been bounded already.
 */
int iser_text_clamp(char *text, u32 *len, const char *key, u32 max)
{
	struct span value = { 0, 0 };
	int changed = 0;
	u64 number;
	int err;

	/* The end of a value is an empty pair, or the end: both are skipped. */
	while (find_value(text, *len, value.end, key, &value)) {
		err = parse_number(text + value.start, value.end - value.start,
				   &number);
		if (err)
			return err;
		if (number <= max)
			continue;
		replace_value(text, len, &value, max);
		changed = 1;
	}
	return changed;
}
EXPORT_SYMBOL_GPL(iser_text_clamp);

/**
 * iser_text_set - replace the value of a key in place
 * @text: pairs; need not end with a NUL
 * @len: bytes of @text in use; changes with the value
 * @size: bytes @text has room for
 * @key: name, matched exactly and in full
 * @value: value to leave, at every occurrence
 *
 * Context: any.
 * Return: 1 if a value was replaced; 0 if there was nothing to do, a key that
 * is not there included; -ENOSPC if the text would become too long, in which
 * case an occurrence before it may have been replaced already.
 */
int iser_text_set(char *text, u32 *len, u32 size, const char *key,
		  const char *value)
{
	u32 value_len = strlen(value);
	struct span old = { 0, 0 };
	int changed = 0;
	u32 old_len;

	while (find_value(text, *len, old.end, key, &old)) {
		old_len = old.end - old.start;
		if (old_len == value_len &&
		    !memcmp(text + old.start, value, value_len))
			continue;
		if (value_len > old_len && value_len - old_len > size - *len)
			return -ENOSPC;
		memmove(text + old.start + value_len, text + old.end,
			*len - old.end);
		memcpy(text + old.start, value, value_len);
		*len = *len - old_len + value_len;
		if (old_len > value_len)
			memset(text + *len, 0, old_len - value_len);
		old.end = old.start + value_len;
		changed = 1;
	}
	return changed;
}
EXPORT_SYMBOL_GPL(iser_text_set);

/**
 * iser_text_remove - take a pair out
 * @text: pairs; need not end with a NUL
 * @len: bytes of @text; shrinks by the pair and its NUL
 * @key: name, matched exactly and in full
 *
 * What falls free at the end is zeroed.
 *
 * Context: any.
 * Return: true if the first pair of @key was removed, false if there is none.
 */
bool iser_text_remove(char *text, u32 *len, const char *key)
{
	struct span value = { 0, 0 };
	u32 start, end, gone;

	if (!find_value(text, *len, 0, key, &value))
		return false;
	start = value.start - strlen(key) - 1;
	end = value.end < *len ? value.end + 1 : value.end;
	gone = end - start;
	memmove(text + start, text + end, *len - end);
	*len -= gone;
	memset(text + *len, 0, gone);
	return true;
}
EXPORT_SYMBOL_GPL(iser_text_remove);

/**
 * iser_text_append - add a pair at the end
 * @text: pairs; a last one without NUL gets it first
 * @len: bytes of @text in use; grows by what is added
 * @size: bytes @text has room for
 * @key: name
 * @value: value
 *
 * Context: any.
 * Return: 0; -ENOSPC if the pair does not fit, in which case nothing changes.
 */
int iser_text_append(char *text, u32 *len, u32 size, const char *key,
		     const char *value)
{
	size_t key_len = strlen(key);
	size_t value_len = strlen(value);
	bool unterminated = *len && *len <= size && text[*len - 1] != '\0';
	size_t need = unterminated + key_len + 1 + value_len + 1;
	char *to;

	if (*len > size || need > size - *len)
		return -ENOSPC;

	to = text + *len;
	if (unterminated)
		*to++ = '\0';
	memcpy(to, key, key_len);
	to += key_len;
	*to++ = '=';
	memcpy(to, value, value_len + 1);
	*len += need;
	return 0;
}
EXPORT_SYMBOL_GPL(iser_text_append);
