/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one decoder of received bytes, and its encoders. Pure: length in,
 * verdict out, no state. Both roles, the unit tests, the fuzzer and KUnit call
 * the same functions.
 */
#ifndef ISER_HDR_H
#define ISER_HDR_H

#include "proto.h"

/**
 * enum iser_verdict - why a message was refused, or that it was not
 * @ISER_OK: well formed and legal for the role and the phase
 * @ISER_BAD_SHORT: shorter than the headers its first byte promises
 * @ISER_BAD_ISER_OP: byte 0 holds no known iSER opcode
 * @ISER_BAD_HELLO_LEN: a Hello or HelloReply that is not exactly 28 bytes
 * @ISER_BAD_HELLO_ROLE: a Hello at an initiator, a HelloReply at a target
 * @ISER_BAD_ROLE: an iSCSI opcode of the receiver's own side
 * @ISER_BAD_OPCODE: an iSCSI opcode nobody defined
 * @ISER_BAD_PHASE: a known opcode that this phase does not allow
 * @ISER_BAD_TAGGED: Data-In, R2T, SNACK or a solicited Data-Out, which iSER
 *	never sends
 * @ISER_BAD_AHS: additional header segments that do not add up
 * @ISER_BAD_LENGTH: AHS and data segment promise more bytes than arrived
 * @ISER_BAD_DATA: a data segment where the PDU may have none, or too long; or
 *	a CDB that is longer than what has come of it
 * @ISER_BAD_STAG: an STag is missing for data that only it can carry
 * @ISER_BAD_FLAGS: flag bits that contradict each other
 * @ISER_BAD_HELLO_PHASE: a Hello or HelloReply before the login has ended
 * @ISER_NR_VERDICTS: how many there are
 */
enum iser_verdict {
	ISER_OK,
	ISER_BAD_SHORT,
	ISER_BAD_ISER_OP,
	ISER_BAD_HELLO_LEN,
	ISER_BAD_HELLO_ROLE,
	ISER_BAD_ROLE,
	ISER_BAD_OPCODE,
	ISER_BAD_PHASE,
	ISER_BAD_TAGGED,
	ISER_BAD_AHS,
	ISER_BAD_LENGTH,
	ISER_BAD_DATA,
	ISER_BAD_STAG,
	ISER_BAD_FLAGS,
	ISER_BAD_HELLO_PHASE,
	ISER_NR_VERDICTS,
};

/**
 * enum iser_fate - what a verdict means for the connection
 * @ISER_FATE_ACCEPT: process the PDU
 * @ISER_FATE_REJECT: the framing is sound; answer with a Reject PDU
 * @ISER_FATE_TERMINATE: format error, end the connection (RFC 7145 10.1.3.3)
 */
enum iser_fate {
	ISER_FATE_ACCEPT,
	ISER_FATE_REJECT,
	ISER_FATE_TERMINATE,
};

enum iser_role {
	ISER_INITIATOR,
	ISER_TARGET,
};

/**
 * enum iser_phase - what a connection may receive
 * @ISER_PHASE_LOGIN: Login PDUs only
 * @ISER_PHASE_DISCOVERY: full feature phase of a discovery session: Text and
 *	Logout only (a target also tolerates a NOP-Out)
 * @ISER_PHASE_FULL: full feature phase of a normal session
 */
enum iser_phase {
	ISER_PHASE_LOGIN,
	ISER_PHASE_DISCOVERY,
	ISER_PHASE_FULL,
};

enum iser_msg {
	ISER_MSG_CTRL,
	ISER_MSG_HELLO,
	ISER_MSG_HELLO_REPLY,
};

/**
 * struct iser_pdu - a received message, decoded
 * @msg: what the iSER header says it is, see enum iser_msg
 * @opcode: iSCSI opcode without the immediate bit (control-type PDU)
 * @wsv: @write_stag and @write_base are valid
 * @rsv: @read_stag and @read_base are valid
 * @hello_max: MaxVer of a Hello or HelloReply
 * @hello_min: MinVer of a Hello, CurVer of a HelloReply
 * @hello_depth: iSER-IRD or iSER-ORD
 * @ahs_len: bytes of additional header segments behind the BHS
 * @ext_cdb_off: offset of the extended CDB bytes behind the BHS, 0 if none
 * @ext_cdb_len: length of the extended CDB (bytes beyond the first 16)
 * @hello_rej: the REJ bit of a HelloReply
 * @itt: Initiator Task Tag, host order
 * @edtl: Expected Data Transfer Length (SCSI Command), bytes
 * @data_off: offset of the data segment from the start of the message
 * @data_len: length of the data segment without its pad, bytes
 * @write_base: Base Offset that goes with @write_stag
 * @read_base: Base Offset that goes with @read_stag
 * @write_stag: STag the target may read from
 * @read_stag: STag the target may write to
 *
 * The order makes whole words of what most messages leave at zero. No holes.
 */
struct iser_pdu {
	u8	msg;
	u8	opcode;
	bool	wsv;
	bool	rsv;
	u8	hello_max;
	u8	hello_min;
	u16	hello_depth;
	u32	ahs_len;
	u16	ext_cdb_off;
	u8	ext_cdb_len;
	bool	hello_rej;
	u32	itt;
	u32	edtl;
	u32	data_off;
	u32	data_len;
	u64	write_base;
	u64	read_base;
	u32	write_stag;
	u32	read_stag;
};

u32 iser_pdu_wanted(enum iser_role role, enum iser_phase phase);
enum iser_verdict iser_pdu_decode(const void *head, const void *rest, u32 len,
				  struct iser_pdu *pdu, u32 wanted);
enum iser_fate iser_verdict_fate(enum iser_verdict verdict);
const char *iser_verdict_name(enum iser_verdict verdict);

/**
 * iser_ctrl_encode - write the header of a control-type PDU without STags
 * @buf: 28 bytes in front of the BHS, any alignment; all are written
 *
 * RFC 7145 section 9.2: what no flag covers is sent as zero.
 *
 * Context: any.
 */
static inline void iser_ctrl_encode(void *buf)
{
	struct iser_wire_ctrl *ctrl = buf;

	memset(ctrl, 0, sizeof(*ctrl));
	ctrl->flags = ISER_OP_CTRL;
}

/**
 * iser_ctrl_encode_write - write the header of a PDU with a Write STag
 * @buf: 28 bytes in front of the BHS, any alignment; all are written
 * @stag: STag the target reads from, not 0
 * @base: Write Base Offset: iova of the first byte that the STag stands for
 *
 * RFC 7145 section 9.2. Nothing of what the buffer held survives: a stale Read
 * STag would advertise memory of an earlier task.
 *
 * Context: any.
 */
static inline void iser_ctrl_encode_write(void *buf, u32 stag, u64 base)
{
	struct iser_wire_ctrl *ctrl = buf;

	iser_ctrl_encode(buf);
	ctrl->flags |= ISER_WSV;
	ctrl->write_stag = cpu_to_be32(stag);
	ctrl->write_base = cpu_to_be64(base);
}

/**
 * iser_ctrl_encode_read - write the header of a PDU with a Read STag
 * @buf: 28 bytes in front of the BHS, any alignment; all are written
 * @stag: STag the target writes to, not 0
 * @base: Read Base Offset: iova of the first byte of the buffer
 *
 * RFC 7145 section 9.2. Linux has no bidirectional commands, so nobody needs a
 * header with both STags.
 *
 * Context: any.
 */
static inline void iser_ctrl_encode_read(void *buf, u32 stag, u64 base)
{
	struct iser_wire_ctrl *ctrl = buf;

	iser_ctrl_encode(buf);
	ctrl->flags |= ISER_RSV;
	ctrl->read_stag = cpu_to_be32(stag);
	ctrl->read_base = cpu_to_be64(base);
}

void iser_hello_encode(void *buf, u16 ird);
void iser_hello_reply_encode(void *buf, u16 ord, bool reject);

/**
 * struct iser_cm_caps - what a peer's CM private data says
 * @present: an iSER CM header was sent (byte 0 has a bit that is not reserved)
 * @remote_inv: REQ: the peer accepts Send-with-Invalidate;
 *	REP: the peer will use it
 */
struct iser_cm_caps {
	bool	present;
	bool	remote_inv;
};

enum iser_verdict iser_cm_req_decode(const void *data, u32 len,
				     struct iser_cm_caps *caps);
enum iser_verdict iser_cm_rep_decode(const void *data, u32 len,
				     struct iser_cm_caps *caps);
void iser_cm_encode(struct iser_wire_cm *cm, bool remote_inv);

#endif /* ISER_HDR_H */
