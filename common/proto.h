/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iSER on the wire: the constants and layouts of RFC 7145 and of the CM
 * private data that InfiniBand, RoCE and iWARP peers exchange. Nothing else is
 * __packed, nothing else knows a byte offset.
 */
#ifndef ISER_PROTO_H
#define ISER_PROTO_H

#include "pure.h"

/* RFC 7145 section 9: sizes of what a Send carries. */
#define ISER_HDR_LEN		28	/* iSER header, Hello, HelloReply */
#define ISER_BHS_LEN		48	/* iSCSI basic header segment */
#define ISER_HEADERS_LEN	(ISER_HDR_LEN + ISER_BHS_LEN)
#define ISER_AHS_MAX		(255 * 4)
#define ISER_LOGIN_TEXT_MAX	8192	/* RFC 7143: default MaxRecvDataSegmentLength */

/* RFC 7145 section 9.1: byte 0 of every message. */
#define ISER_OP_MASK		0xf0
#define ISER_OP_CTRL		0x10
#define ISER_OP_HELLO		0x20
#define ISER_OP_HELLO_REPLY	0x30
#define ISER_WSV		0x08
#define ISER_RSV		0x04
#define ISER_REJ		0x01	/* HelloReply only */

#define ISER_VERSION		10	/* RFC 7145 section 9.3 */

/* RFC 7145 section 9.2: header of a control-type PDU. */
struct iser_wire_ctrl {
	u8	flags;
	u8	rsvd[3];
	__be32	write_stag;
	__be64	write_base;
	__be32	read_stag;
	__be64	read_base;
} __packed;
static_assert(sizeof(struct iser_wire_ctrl) == ISER_HDR_LEN);

/* RFC 7145 sections 9.3 and 9.4: Hello and HelloReply. */
struct iser_wire_hello {
	u8	flags;
	u8	versions;	/* MaxVer << 4 | MinVer (Hello) or CurVer (HelloReply) */
	__be16	depth;		/* iSER-IRD (Hello) or iSER-ORD (HelloReply) */
	u8	rsvd[24];
} __packed;
static_assert(sizeof(struct iser_wire_hello) == ISER_HDR_LEN);

/*
 * CM private data. A set bit says no. The same four bytes stand in the REQ and
 * in the REP; rdma_cm adds and strips what goes in front of them.
 */
struct iser_wire_cm {
	u8	flags;
	u8	rsvd[3];
} __packed;
static_assert(sizeof(struct iser_wire_cm) == 4);

#define ISER_CM_NO_ZBVA		0x80	/* no zero-based addressing */
#define ISER_CM_NO_INV		0x40	/* no Send-with-Invalidate */

/* RFC 7143 section 11: the few BHS fields that the shared layer looks at. */
struct iser_wire_bhs {
	u8	opcode;		/* 0x40 immediate, 0x3f opcode */
	u8	flags;
	u8	rsvd[2];
	u8	ahs_words;	/* TotalAHSLength, 4-byte words */
	u8	dlength[3];
	u8	lun[8];
	__be32	itt;
	u8	specific[28];
} __packed;
static_assert(sizeof(struct iser_wire_bhs) == ISER_BHS_LEN);

#define ISER_CDB_AT		12	/* in @specific of a SCSI Command */
#define ISER_CDB_LEN		16

#define ISER_BHS_IMMEDIATE	0x40
#define ISER_BHS_OPCODE_MASK	0x3f
#define ISER_TAG_NONE		0xffffffffu

/* RFC 7143 section 11.1.2: opcodes, initiator then target. */
#define ISER_PDU_NOP_OUT	0x00
#define ISER_PDU_SCSI_CMD	0x01
#define ISER_PDU_TMF_REQ	0x02
#define ISER_PDU_LOGIN_REQ	0x03
#define ISER_PDU_TEXT_REQ	0x04
#define ISER_PDU_DATA_OUT	0x05
#define ISER_PDU_LOGOUT_REQ	0x06
#define ISER_PDU_SNACK		0x10
#define ISER_PDU_NOP_IN		0x20
#define ISER_PDU_SCSI_RSP	0x21
#define ISER_PDU_TMF_RSP	0x22
#define ISER_PDU_LOGIN_RSP	0x23
#define ISER_PDU_TEXT_RSP	0x24
#define ISER_PDU_DATA_IN	0x25
#define ISER_PDU_LOGOUT_RSP	0x26
#define ISER_PDU_R2T		0x31
#define ISER_PDU_ASYNC		0x32
#define ISER_PDU_REJECT		0x3f

/* RFC 7143 section 11.3.1: flags of a SCSI Command. */
#define ISER_CMD_FINAL		0x80
#define ISER_CMD_READ		0x40
#define ISER_CMD_WRITE		0x20

/* RFC 7143 section 11.5.1: the one task management function with STags. */
#define ISER_TMF_MASK		0x7f
#define ISER_TMF_TASK_REASSIGN	8

/* RFC 7143 section 11.2.2: additional header segments. */
#define ISER_AHS_EXT_CDB	1
#define ISER_AHS_BIDI_READ	2

#endif /* ISER_PROTO_H */
