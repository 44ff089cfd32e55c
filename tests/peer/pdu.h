/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes of an iSER message, from and to numbers. Written from RFC 7145 section
 * 9 and RFC 7143 section 11; knows nothing of connections.
 */
#ifndef ISER_PEER_PDU_H
#define ISER_PEER_PDU_H

#include "peer.h"

#define ISER_LEN	28
#define BHS_LEN		48
#define HEADERS_LEN	(ISER_LEN + BHS_LEN)
#define PDU_MAX		(20 * 1024)	/* more than a target takes */
#define TEXT_MAX	(64 * 1024)	/* continued over several PDUs */
#define TAG_NONE	0xffffffffu

enum {
	OP_NOP_OUT	= 0x00,
	OP_SCSI_CMD	= 0x01,
	OP_TMF		= 0x02,
	OP_LOGIN	= 0x03,
	OP_TEXT		= 0x04,
	OP_DATA_OUT	= 0x05,
	OP_LOGOUT	= 0x06,
	OP_SNACK	= 0x10,
	OP_NOP_IN	= 0x20,
	OP_SCSI_RSP	= 0x21,
	OP_TMF_RSP	= 0x22,
	OP_LOGIN_RSP	= 0x23,
	OP_TEXT_RSP	= 0x24,
	OP_DATA_IN	= 0x25,
	OP_LOGOUT_RSP	= 0x26,
	OP_R2T		= 0x31,
	OP_ASYNC	= 0x32,
	OP_REJECT	= 0x3f,
	OP_IMMEDIATE	= 0x40,
};

/* Byte offsets in the BHS. A few share a place. */
enum {
	B_OPCODE	= 0,
	B_FLAGS		= 1,
	B_RESPONSE	= 2,
	B_STATUS	= 3,
	B_AHS		= 4,
	B_DLEN		= 5,
	B_LUN		= 8,
	B_ISID		= 8,
	B_TSIH		= 14,
	B_ITT		= 16,
	B_TTT		= 20,
	B_EDTL		= 20,
	B_CID		= 20,
	B_REF_ITT	= 20,
	B_CMDSN		= 24,
	B_STATSN	= 24,		/* target PDUs */
	B_EXP_STATSN	= 28,
	B_EXP_CMDSN	= 28,		/* target PDUs */
	B_CDB		= 32,
	B_REF_CMDSN	= 32,
	B_MAX_CMDSN	= 32,		/* target PDUs */
	B_LOGIN_STATUS	= 36,		/* class, then detail */
	B_ASYNC_EVENT	= 36,
	B_ASYNC_PARAM3	= 42,
	B_DATASN	= 36,
	B_BUF_OFFSET	= 40,
	B_RESIDUAL	= 44,
};

struct pdu {
	size_t	len;
	uint8_t	b[PDU_MAX];
};

void put16(uint8_t *at, uint16_t v);
void put24(uint8_t *at, uint32_t v);
void put32(uint8_t *at, uint32_t v);
void put64(uint8_t *at, uint64_t v);
uint16_t get16(const uint8_t *at);
uint32_t get24(const uint8_t *at);
uint32_t get32(const uint8_t *at);
uint64_t get64(const uint8_t *at);

/* A control-type PDU without STags, data or AHS; ITT as given. */
void pdu_init(struct pdu *m, uint8_t opcode, uint8_t flags, uint32_t itt);
void pdu_write_stag(struct pdu *m, uint32_t stag, uint64_t base);
void pdu_read_stag(struct pdu *m, uint32_t stag, uint64_t base);
void pdu_set32(struct pdu *m, unsigned int bhs_off, uint32_t v);
void pdu_set8(struct pdu *m, unsigned int bhs_off, uint8_t v);
void pdu_lun(struct pdu *m, unsigned int lun);
/* Append AHS words, then data with its pad; both set their length field. */
void pdu_ahs(struct pdu *m, const void *ahs, unsigned int words);
void pdu_data(struct pdu *m, const void *data, size_t len);
/* Claim a length, whatever is there. */
void pdu_claim_data(struct pdu *m, uint32_t len);
void pdu_claim_ahs(struct pdu *m, uint8_t words);
void pdu_hello(struct pdu *m, uint8_t max, uint8_t min, uint16_t ird);

uint8_t msg_opcode(const struct peer_msg *msg);
uint8_t msg8(const struct peer_msg *msg, unsigned int bhs_off);
uint32_t msg32(const struct peer_msg *msg, unsigned int bhs_off);
uint32_t msg_dlen(const struct peer_msg *msg);
const uint8_t *msg_payload(const struct peer_msg *msg);
const char *opcode_name(uint8_t opcode);

/* Login and Text key lists: name=value, NUL. */
struct text {
	size_t	len;
	char	b[TEXT_MAX];
};

void text_add(struct text *t, const char *key, const char *value);
void text_num(struct text *t, const char *key, unsigned long value);
/* The value of a key, or NULL. The list need not end in a NUL. */
const char *text_get(const void *list, size_t len, const char *key);

#endif /* ISER_PEER_PDU_H */
