/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Login text: the key=value pairs, each ended by a NUL, in the data segment of
 * a Login PDU (RFC 7143 section 6.1). Pure; bounded by the length given, never
 * by a terminator the peer was supposed to send.
 */
#ifndef ISER_TEXT_H
#define ISER_TEXT_H

#include "pure.h"

const char *iser_text_find(const char *text, u32 len, const char *key,
			   u32 *value_len);
int iser_text_get_u32(const char *text, u32 len, const char *key, u32 *value);
bool iser_text_is(const char *text, u32 len, const char *key,
		  const char *value);
int iser_text_clamp(char *text, u32 *len, const char *key, u32 max);
int iser_text_set(char *text, u32 *len, u32 size, const char *key,
		  const char *value);
bool iser_text_remove(char *text, u32 *len, const char *key);
int iser_text_append(char *text, u32 *len, u32 size, const char *key,
		     const char *value);

#endif /* ISER_TEXT_H */
