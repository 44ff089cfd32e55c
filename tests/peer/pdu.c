// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "pdu.h"

void put16(uint8_t *at, uint16_t v)
{
	at[0] = v >> 8;
	at[1] = v;
}

void put24(uint8_t *at, uint32_t v)
{
	at[0] = v >> 16;
	put16(at + 1, v);
}

void put32(uint8_t *at, uint32_t v)
{
	put16(at, v >> 16);
	put16(at + 2, v);
}

void put64(uint8_t *at, uint64_t v)
{
	put32(at, v >> 32);
	put32(at + 4, v);
}

uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

uint32_t get24(const uint8_t *at)
{
	return (uint32_t)at[0] << 16 | get16(at + 1);
}

uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

uint64_t get64(const uint8_t *at)
{
	return (uint64_t)get32(at) << 32 | get32(at + 4);
}

void pdu_init(struct pdu *m, uint8_t opcode, uint8_t flags, uint32_t itt)
{
	memset(m->b, 0, HEADERS_LEN);
	m->len = HEADERS_LEN;
	m->b[0] = 0x10;
	pdu_set8(m, B_OPCODE, opcode);
	pdu_set8(m, B_FLAGS, flags);
	pdu_set32(m, B_ITT, itt);
}

void pdu_write_stag(struct pdu *m, uint32_t stag, uint64_t base)
{
	m->b[0] |= 0x08;
	put32(m->b + 4, stag);
	put64(m->b + 8, base);
}

void pdu_read_stag(struct pdu *m, uint32_t stag, uint64_t base)
{
	m->b[0] |= 0x04;
	put32(m->b + 16, stag);
	put64(m->b + 20, base);
}

void pdu_set32(struct pdu *m, unsigned int bhs_off, uint32_t v)
{
	put32(m->b + ISER_LEN + bhs_off, v);
}

void pdu_set8(struct pdu *m, unsigned int bhs_off, uint8_t v)
{
	m->b[ISER_LEN + bhs_off] = v;
}

/* SAM peripheral addressing, LUN 0..255. */
void pdu_lun(struct pdu *m, unsigned int lun)
{
	pdu_set8(m, B_LUN + 1, lun);
}

void pdu_claim_data(struct pdu *m, uint32_t len)
{
	put24(m->b + ISER_LEN + B_DLEN, len);
}

void pdu_claim_ahs(struct pdu *m, uint8_t words)
{
	pdu_set8(m, B_AHS, words);
}

void pdu_ahs(struct pdu *m, const void *ahs, unsigned int words)
{
	memcpy(m->b + m->len, ahs, words * 4);
	m->len += words * 4;
	pdu_claim_ahs(m, words);
}

void pdu_data(struct pdu *m, const void *data, size_t len)
{
	memcpy(m->b + m->len, data, len);
	m->len += len;
	while (m->len % 4)
		m->b[m->len++] = 0;
	pdu_claim_data(m, len);
}

void pdu_hello(struct pdu *m, uint8_t max, uint8_t min, uint16_t ird)
{
	memset(m->b, 0, ISER_LEN);
	m->len = ISER_LEN;
	m->b[0] = 0x20;
	m->b[1] = max << 4 | min;
	put16(m->b + 2, ird);
}

uint8_t msg8(const struct peer_msg *msg, unsigned int bhs_off)
{
	return msg->data[ISER_LEN + bhs_off];
}

uint32_t msg32(const struct peer_msg *msg, unsigned int bhs_off)
{
	return get32(msg->data + ISER_LEN + bhs_off);
}

uint8_t msg_opcode(const struct peer_msg *msg)
{
	return msg8(msg, B_OPCODE) & 0x3f;
}

uint32_t msg_dlen(const struct peer_msg *msg)
{
	return get24(msg->data + ISER_LEN + B_DLEN);
}

const uint8_t *msg_payload(const struct peer_msg *msg)
{
	return msg->data + HEADERS_LEN + 4 * msg8(msg, B_AHS);
}

const char *opcode_name(uint8_t opcode)
{
	static char number[16];

	switch (opcode & 0x3f) {
	case OP_NOP_OUT:	return "NOP-Out";
	case OP_SCSI_CMD:	return "SCSI Command";
	case OP_TMF:		return "Task Management Request";
	case OP_LOGIN:		return "Login Request";
	case OP_TEXT:		return "Text Request";
	case OP_DATA_OUT:	return "Data-Out";
	case OP_LOGOUT:		return "Logout Request";
	case OP_SNACK:		return "SNACK";
	case OP_NOP_IN:		return "NOP-In";
	case OP_SCSI_RSP:	return "SCSI Response";
	case OP_TMF_RSP:	return "Task Management Response";
	case OP_LOGIN_RSP:	return "Login Response";
	case OP_TEXT_RSP:	return "Text Response";
	case OP_DATA_IN:	return "Data-In";
	case OP_LOGOUT_RSP:	return "Logout Response";
	case OP_R2T:		return "R2T";
	case OP_ASYNC:		return "Async Message";
	case OP_REJECT:		return "Reject";
	}
	snprintf(number, sizeof(number), "opcode 0x%02x", opcode & 0x3f);
	return number;
}

void text_add(struct text *t, const char *key, const char *value)
{
	t->len += snprintf(t->b + t->len, sizeof(t->b) - t->len, "%s=%s", key,
			   value) + 1;
}

void text_num(struct text *t, const char *key, unsigned long value)
{
	char number[24];

	snprintf(number, sizeof(number), "%lu", value);
	text_add(t, key, number);
}

const char *text_get(const void *list, size_t len, const char *key)
{
	static char value[1024];
	const char *at = list, *end = at + len;
	size_t klen = strlen(key);

	while (at < end) {
		size_t n = strnlen(at, end - at);

		if (n > klen && !memcmp(at, key, klen) && at[klen] == '=') {
			size_t v = n - klen - 1;

			if (v >= sizeof(value))
				v = sizeof(value) - 1;
			memcpy(value, at + klen + 1, v);
			value[v] = 0;
			return value;
		}
		at += n + 1;
	}
	return NULL;
}
