// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoder and encoders of everything that a Send or the CM's private data
 * carries.
 *
 * Nothing behind this file may look at received bytes before the decoder has
 * said ISER_OK, or at least a verdict that is answered with a Reject. The order
 * of the checks is the order in which bytes become trustworthy: byte 0 of the
 * iSER header, the fixed headers, the opcode, the lengths in the BHS, the
 * additional header segments, and last what the fields mean together. A field
 * of struct iser_pdu is set only after the check it depends on has passed, so
 * data_off and data_len never point outside the message whatever the verdict,
 * and a verdict that is answered with a Reject is given only when all 48 bytes
 * of the BHS, which the Reject has to carry, are there.
 *
 * The decoder is as tolerant as RFC 7145 and known peers ask for: reserved
 * bits, a missing pad, bytes behind the pad and STags that nobody needs are no
 * reason to refuse a PDU. It is strict where the other end would have to
 * guess: which bytes belong to what, and where data shall come from or go to.
 */
#include "hdr.h"

/* What is known of an iSCSI opcode. Zero: nobody defined it. */
#define OP_FROM_INI	0x01
#define OP_FROM_TGT	0x02
#define OP_TAGGED	0x04	/* RDMA takes its place, or iSER forbids it */
#define OP_LOGIN	0x08	/* legal in ISER_PHASE_LOGIN, and so on */
#define OP_DISCOVERY	0x10
#define OP_FULL		0x20
#define OP_NO_DATA	0x40	/* RFC 7143: DataSegmentLength is 0 */
#define OP_NEVER	0x80	/* no PDU has it */

static const u8 op_traits[ISER_BHS_OPCODE_MASK + 1] = {
	[ISER_PDU_NOP_OUT]	= OP_FROM_INI | OP_DISCOVERY | OP_FULL,
	[ISER_PDU_SCSI_CMD]	= OP_FROM_INI | OP_FULL,
	[ISER_PDU_TMF_REQ]	= OP_FROM_INI | OP_FULL | OP_NO_DATA,
	[ISER_PDU_LOGIN_REQ]	= OP_FROM_INI | OP_LOGIN,
	[ISER_PDU_TEXT_REQ]	= OP_FROM_INI | OP_DISCOVERY | OP_FULL,
	[ISER_PDU_DATA_OUT]	= OP_FROM_INI | OP_FULL,
	[ISER_PDU_LOGOUT_REQ]	= OP_FROM_INI | OP_DISCOVERY | OP_FULL |
				  OP_NO_DATA,
	[ISER_PDU_SNACK]	= OP_FROM_INI | OP_TAGGED,

	[ISER_PDU_NOP_IN]	= OP_FROM_TGT | OP_DISCOVERY | OP_FULL,
	[ISER_PDU_SCSI_RSP]	= OP_FROM_TGT | OP_FULL,
	[ISER_PDU_TMF_RSP]	= OP_FROM_TGT | OP_FULL,
	[ISER_PDU_LOGIN_RSP]	= OP_FROM_TGT | OP_LOGIN,
	[ISER_PDU_TEXT_RSP]	= OP_FROM_TGT | OP_DISCOVERY | OP_FULL,
	[ISER_PDU_DATA_IN]	= OP_FROM_TGT | OP_TAGGED,
	[ISER_PDU_LOGOUT_RSP]	= OP_FROM_TGT | OP_DISCOVERY | OP_FULL,
	[ISER_PDU_R2T]		= OP_FROM_TGT | OP_TAGGED,
	[ISER_PDU_ASYNC]	= OP_FROM_TGT | OP_DISCOVERY | OP_FULL,
	[ISER_PDU_REJECT]	= OP_FROM_TGT | OP_DISCOVERY | OP_FULL,
};

/* RFC 7143 section 11.2.2: AHSLength and AHSType stand before the content. */
#define AHS_HEAD	3
#define AHS_TYPE_MASK	0x3f
#define AHS_BIDI_LEN	5		/* reserved byte, 4 bytes of length */
#define AHS_CDB_MIN	2		/* reserved byte, 1 byte of CDB */
#define AHS_CDB_MAX	(1 + 260 - 16)	/* reserved byte, longest CDB there is */

/* SPC: the additional CDB length of a CDB of variable length. */
#define CDB_VARIABLE	0x7f
#define CDB_LENGTH_AT	7
#define CDB_LENGTH_HEAD	8		/* bytes of CDB that it does not count */

#define DLENGTH_MAX	0xffffffu	/* RFC 7143 section 11.2.1.6: 24 bits */

/**
 * struct bidi_read - the read half of a bidirectional command
 * @present: the command has the segment that announces it
 * @len: Bidirectional Read Expected Data Transfer Length, bytes
 */
struct bidi_read {
	bool	present;
	u32	len;
};

/* TotalAHSLength and DataSegmentLength; the former is in the first byte. */
static u32 bhs_lengths(const struct iser_wire_bhs *bhs)
{
	return get_unaligned_be32(&bhs->ahs_words);
}

static u32 pad4(u32 bytes)
{
	return (bytes + 3) & ~3u;
}

/**
 * iser_pdu_wanted - what a connection may receive, as the decoder asks for it
 * @role: which end it is
 * @phase: phase the connection is in; nothing is wanted in one that is none
 *
 * Context: any.
 * Return: what all PDUs that may come have in common.
 */
u32 iser_pdu_wanted(enum iser_role role, enum iser_phase phase)
{
	u32 from = role == ISER_TARGET ? OP_FROM_INI : OP_FROM_TGT;

	switch (phase) {
	case ISER_PHASE_LOGIN:
		return from | OP_LOGIN;
	case ISER_PHASE_DISCOVERY:
		return from | OP_DISCOVERY;
	case ISER_PHASE_FULL:
		return from | OP_FULL;
	}
	return from | OP_NEVER;
}

/*
 * Whether a Hello is expected at this very moment is for the connection to
 * say: a target answers one that was never negotiated if it comes first (RFC
 * 7145 section 5.1.3). Before the end of the login it never is.
 */
static enum iser_verdict decode_hello(const u8 *head, u32 len,
				      struct iser_pdu *pdu, u32 wanted)
{
	const struct iser_wire_hello *hello = (const void *)head;
	bool reply = pdu->msg == ISER_MSG_HELLO_REPLY;

	if (len != ISER_HDR_LEN)
		return ISER_BAD_HELLO_LEN;
	if (!(wanted & (reply ? OP_FROM_TGT : OP_FROM_INI)))
		return ISER_BAD_HELLO_ROLE;
	if (wanted & OP_LOGIN)
		return ISER_BAD_HELLO_PHASE;

	pdu->hello_max = hello->versions >> 4;
	pdu->hello_min = hello->versions & 0x0f;
	pdu->hello_depth = get_unaligned_be16(&head[2]);
	pdu->hello_rej = reply && (hello->flags & ISER_REJ);
	return ISER_OK;
}

/* Why a PDU may not come here. */
static enum iser_verdict refuse_opcode(u32 traits, u32 wanted)
{
	if (!traits)
		return ISER_BAD_OPCODE;
	if (!(traits & wanted & (OP_FROM_INI | OP_FROM_TGT)))
		return ISER_BAD_ROLE;
	if (traits & OP_TAGGED)
		return ISER_BAD_TAGGED;
	return ISER_BAD_PHASE;
}

/*
 * A Send carries one PDU, so the lengths cannot cut a stream wrongly; what they
 * can do is promise bytes that never came. Cannot overflow: 76 + 1020 + 2^24.
 * @lengths is TotalAHSLength and DataSegmentLength, as they stand in the BHS.
 */
static enum iser_verdict decode_lengths(u32 lengths, u32 len,
					struct iser_pdu *pdu)
{
	u32 ahs_len = (lengths >> 24) * 4;
	u32 data_off = ISER_HEADERS_LEN + ahs_len;
	u32 data_len = lengths & DLENGTH_MAX;

	if (data_off + data_len > len)
		return ISER_BAD_LENGTH;

	pdu->ahs_len = ahs_len;
	pdu->data_off = data_off;
	pdu->data_len = data_len;
	return ISER_OK;
}

static __always_inline void decode_stags(const struct iser_wire_ctrl *ctrl,
					 struct iser_pdu *pdu)
{
	if (ctrl->flags & ISER_WSV) {
		pdu->wsv = true;
		pdu->write_stag = be32_to_cpu(ctrl->write_stag);
		pdu->write_base = be64_to_cpu(ctrl->write_base);
	}
	if (ctrl->flags & ISER_RSV) {
		pdu->rsv = true;
		pdu->read_stag = be32_to_cpu(ctrl->read_stag);
		pdu->read_base = be64_to_cpu(ctrl->read_base);
	}
}

/* RFC 7143 section 11.2.2.3: only for CDBs of 17 bytes and more. */
static enum iser_verdict decode_ext_cdb(u32 off, u32 ahs_length,
					struct iser_pdu *pdu)
{
	if (pdu->ext_cdb_len)
		return ISER_BAD_AHS;
	if (ahs_length < AHS_CDB_MIN || ahs_length > AHS_CDB_MAX)
		return ISER_BAD_AHS;

	pdu->ext_cdb_off = off + AHS_HEAD + 1;
	pdu->ext_cdb_len = ahs_length - 1;
	return ISER_OK;
}

/* RFC 7143 section 11.2.2.4. */
static enum iser_verdict decode_bidi_read(const u8 *segment, u32 ahs_length,
					  struct bidi_read *bidi)
{
	if (bidi->present || ahs_length != AHS_BIDI_LEN)
		return ISER_BAD_AHS;

	bidi->present = true;
	bidi->len = get_unaligned_be32(segment + AHS_HEAD + 1);
	return ISER_OK;
}

/*
 * The whole area is a multiple of four bytes and so is each segment with its
 * pad: what is left, if anything, is never less than a segment's first word.
 */
static enum iser_verdict decode_ahs(const u8 *ahs, struct iser_pdu *pdu,
				    struct bidi_read *bidi)
{
	enum iser_verdict verdict;
	u32 ahs_length;
	u32 size;
	u32 off;

	for (off = 0; off < pdu->ahs_len; off += size) {
		ahs_length = get_unaligned_be16(ahs + off);
		size = pad4(AHS_HEAD + ahs_length);
		if (size > pdu->ahs_len - off)
			return ISER_BAD_AHS;

		switch (ahs[off + 2] & AHS_TYPE_MASK) {
		case ISER_AHS_EXT_CDB:
			verdict = decode_ext_cdb(off, ahs_length, pdu);
			break;
		case ISER_AHS_BIDI_READ:
			verdict = decode_bidi_read(ahs + off, ahs_length, bidi);
			break;
		default:
			return ISER_BAD_AHS;
		}
		if (verdict)
			return verdict;
	}
	return ISER_OK;
}

/*
 * RFC 7143 section 11.3.4: immediate data is part of the expected length. With
 * F clear the unsolicited bytes still to come may be all there are, but not
 * none; so an STag is asked for only with F set (RFC 7145 section 7.3.1). One
 * of 0 counts as missing: the pair uses 0 for "none", and an RDMA operation on
 * it would be one on a key that nobody advertised.
 */
static enum iser_verdict check_write(bool final, const struct iser_pdu *pdu)
{
	if (pdu->data_len > pdu->edtl)
		return ISER_BAD_DATA;
	if (!final)
		return pdu->data_len == pdu->edtl ? ISER_BAD_FLAGS : ISER_OK;
	if (pdu->data_len < pdu->edtl && !pdu->write_stag)
		return ISER_BAD_STAG;
	return ISER_OK;
}

static enum iser_verdict check_read(u32 len, const struct iser_pdu *pdu)
{
	return len && !pdu->read_stag ? ISER_BAD_STAG : ISER_OK;
}

/* RFC 7143 section 11.3.1: R, W and F must agree with the lengths. */
static enum iser_verdict check_cmd(u8 flags, const struct iser_pdu *pdu,
				   const struct bidi_read *bidi)
{
	bool final = flags & ISER_CMD_FINAL;
	enum iser_verdict verdict;

	switch (flags & (ISER_CMD_READ | ISER_CMD_WRITE)) {
	case 0:
		if (pdu->edtl || bidi->len || !final)
			return ISER_BAD_FLAGS;
		return pdu->data_len ? ISER_BAD_DATA : ISER_OK;
	case ISER_CMD_READ:
		/* F clear announces Data-Outs. */
		if (!final)
			return ISER_BAD_FLAGS;
		return pdu->data_len ? ISER_BAD_DATA :
				       check_read(pdu->edtl, pdu);
	case ISER_CMD_WRITE:
		return check_write(final, pdu);
	default:
		if (!bidi->present)
			return ISER_BAD_FLAGS;
		verdict = check_write(final, pdu);
		return verdict ?: check_read(bidi->len, pdu);
	}
}

static const u8 *bhs_cdb(const struct iser_wire_bhs *bhs)
{
	return &bhs->specific[ISER_CDB_AT];
}

/* A CDB says how long it is. Who believes it reads behind what has come. */
static bool cdb_is_all_here(const u8 *cdb, const struct iser_pdu *pdu)
{
	return cdb[0] != CDB_VARIABLE ||
	       CDB_LENGTH_HEAD + cdb[CDB_LENGTH_AT] <=
	       ISER_CDB_LEN + pdu->ext_cdb_len;
}

static enum iser_verdict decode_cmd(const u8 *head, const u8 *ahs,
				    struct iser_pdu *pdu)
{
	const struct iser_wire_bhs *bhs = (const void *)(head + ISER_HDR_LEN);
	struct bidi_read bidi = { .present = false };
	enum iser_verdict verdict;

	decode_stags((const void *)head, pdu);
	pdu->edtl = get_unaligned_be32(&bhs->specific[0]);
	verdict = decode_ahs(ahs, pdu, &bidi);
	if (verdict)
		return verdict;
	if (!cdb_is_all_here(bhs_cdb(bhs), pdu))
		return ISER_BAD_DATA;
	return check_cmd(bhs->flags, pdu, &bidi);
}

/*
 * A Target Transfer Tag answers an R2T, and no R2T is ever sent: RDMA Read
 * fetches solicited data (RFC 7145 section 7.3.6).
 */
static enum iser_verdict check_data_out(const struct iser_wire_bhs *bhs)
{
	if (get_unaligned_be32(&bhs->specific[0]) != ISER_TAG_NONE)
		return ISER_BAD_TAGGED;
	return ISER_OK;
}

/*
 * RFC 7143 section 11.4.7: SenseLength stands in front of the sense data. What
 * it promises beyond the data segment was never sent.
 */
static enum iser_verdict check_sense(const u8 *data, const struct iser_pdu *pdu)
{
	if (!pdu->data_len)
		return ISER_OK;
	if (pdu->data_len < sizeof(__be16) ||
	    get_unaligned_be16(data) > pdu->data_len - sizeof(__be16))
		return ISER_BAD_DATA;
	return ISER_OK;
}

static enum iser_verdict check_segments(const struct iser_pdu *pdu)
{
	u8 traits = op_traits[pdu->opcode];

	if (pdu->ahs_len && pdu->opcode != ISER_PDU_SCSI_CMD)
		return ISER_BAD_AHS;
	if (pdu->data_len && (traits & OP_NO_DATA))
		return ISER_BAD_DATA;
	if (pdu->data_len > ISER_LOGIN_TEXT_MAX && (traits & OP_LOGIN))
		return ISER_BAD_DATA;
	return ISER_OK;
}

/*
 * RFC 7145 section 9.2 gives STags to the SCSI Command and to TASK REASSIGN
 * alone, and tells the receiver to ignore a field whose flag is clear. Section
 * 7.3.2 can be read as wanting one on a Response too, so a flag elsewhere is
 * no error; the field is not believed.
 */
static enum iser_verdict decode_ctrl(const u8 *head, const u8 *rest, u32 len,
				     struct iser_pdu *pdu, u32 wanted)
{
	const struct iser_wire_bhs *bhs = (const void *)(head + ISER_HDR_LEN);
	enum iser_verdict verdict;
	u32 traits;

	if (len < ISER_HEADERS_LEN)
		return ISER_BAD_SHORT;

	pdu->opcode = bhs->opcode & ISER_BHS_OPCODE_MASK;
	pdu->itt = be32_to_cpu(bhs->itt);
	traits = op_traits[pdu->opcode];
	if ((traits & wanted) != wanted)
		return refuse_opcode(traits, wanted);
	verdict = decode_lengths(bhs_lengths(bhs), len, pdu);
	if (verdict)
		return verdict;
	verdict = check_segments(pdu);
	if (verdict)
		return verdict;

	switch (pdu->opcode) {
	case ISER_PDU_SCSI_CMD:
		return decode_cmd(head, rest, pdu);
	case ISER_PDU_SCSI_RSP:
		return check_sense(rest, pdu);
	case ISER_PDU_DATA_OUT:
		return check_data_out(bhs);
	case ISER_PDU_TMF_REQ:
		if ((bhs->flags & ISER_TMF_MASK) == ISER_TMF_TASK_REASSIGN)
			decode_stags((const void *)head, pdu);
		break;
	}
	return ISER_OK;
}

/*
 * Any message, in the order of the checks. @behind is what arrived behind the
 * headers, below zero if even of these something is missing.
 */
static noinline enum iser_verdict decode_any(const u8 *head, const u8 *rest,
					     u32 behind, struct iser_pdu *pdu,
					     u32 wanted)
{
	u32 len = behind + ISER_HEADERS_LEN;

	*pdu = (struct iser_pdu) { .opcode = 0 };
	if (len < ISER_HDR_LEN)
		return ISER_BAD_SHORT;

	switch (head[0] & ISER_OP_MASK) {
	case ISER_OP_CTRL:
		return decode_ctrl(head, rest, len, pdu, wanted);
	case ISER_OP_HELLO:
		pdu->msg = ISER_MSG_HELLO;
		break;
	case ISER_OP_HELLO_REPLY:
		pdu->msg = ISER_MSG_HELLO_REPLY;
		break;
	default:
		return ISER_BAD_ISER_OP;
	}
	return decode_hello(head, len, pdu, wanted);
}

/*
 * All fields, in the order of memory: the compiler makes whole words of the
 * zeros. Of an initialiser or a memset() it makes a string instruction, which
 * takes long to start.
 */
static __always_inline void start_pdu(u8 opcode, u32 itt, u32 edtl,
				      u32 data_len, struct iser_pdu *pdu)
{
	pdu->msg = ISER_MSG_CTRL;
	pdu->opcode = opcode;
	pdu->wsv = false;
	pdu->rsv = false;
	pdu->hello_max = 0;
	pdu->hello_min = 0;
	pdu->hello_depth = 0;
	pdu->ahs_len = 0;
	pdu->ext_cdb_off = 0;
	pdu->ext_cdb_len = 0;
	pdu->hello_rej = false;
	pdu->itt = itt;
	pdu->edtl = edtl;
	pdu->data_off = ISER_HEADERS_LEN;
	pdu->data_len = data_len;
	pdu->write_base = 0;
	pdu->read_base = 0;
	pdu->write_stag = 0;
	pdu->read_stag = 0;
}

/* True only if check_cmd() would find nothing wrong. */
static __always_inline bool cmd_is_plain(u8 flags, const struct iser_pdu *pdu)
{
	flags &= ISER_CMD_FINAL | ISER_CMD_READ | ISER_CMD_WRITE;
	if (flags == (ISER_CMD_FINAL | ISER_CMD_READ))
		return !pdu->data_len && pdu->read_stag;
	if (flags != (ISER_CMD_FINAL | ISER_CMD_WRITE) ||
	    pdu->data_len > pdu->edtl)
		return false;
	return pdu->data_len == pdu->edtl || pdu->write_stag;
}

/*
 * Nearly all PDUs are commands that read or write and have no AHS, and
 * responses without sense data. Those are taken apart here if nothing is wrong
 * with them. Nothing is refused here: what is left, decode_any() takes from the
 * start. @behind is what arrived behind the headers.
 */
static __always_inline bool decode_plain(const u8 *head, u32 behind,
					 struct iser_pdu *pdu, u32 wanted)
{
	const struct iser_wire_bhs *bhs = (const void *)(head + ISER_HDR_LEN);
	u32 lengths = bhs_lengths(bhs);
	u64 tag_edtl;

	switch (bhs->opcode & ISER_BHS_OPCODE_MASK) {
	case ISER_PDU_SCSI_CMD:
		/* No more than DLENGTH_MAX, so there is no AHS. */
		if (wanted != (OP_FROM_INI | OP_FULL) || lengths > behind ||
		    bhs_cdb(bhs)[0] == CDB_VARIABLE)
			return false;
		/* Side by side: one load, and compared in host order. */
		tag_edtl = get_unaligned_be64(&bhs->itt);
		start_pdu(ISER_PDU_SCSI_CMD, tag_edtl >> 32, tag_edtl, lengths,
			  pdu);
		decode_stags((const void *)head, pdu);
		return cmd_is_plain(bhs->flags, pdu);
	case ISER_PDU_SCSI_RSP:
		if (wanted != (OP_FROM_TGT | OP_FULL) || lengths)
			return false;
		start_pdu(ISER_PDU_SCSI_RSP, be32_to_cpu(bhs->itt), 0, 0, pdu);
		return true;
	}
	return false;
}

/**
 * iser_pdu_decode - judge a received message and take it apart
 * @head: first min(@len, 76) bytes, contiguous
 * @rest: bytes from 76 on, of which min(@len - 76, 1020) are contiguous; not
 *	looked at, and may be NULL, if @len is 76 or less
 * @len: bytes that arrived
 * @pdu: result, always initialised; after a refusal it holds what was decoded
 *	and checked before the reason was found, and zeros
 * @wanted: iser_pdu_wanted() of the end that received them, and its phase
 *
 * RFC 7145 sections 9.1 to 9.4 for the header, RFC 7143 section 11 for what
 * follows it, RFC 7145 section 10.1.3 for what is an error. The message itself
 * is never written to, and never read behind @len.
 *
 * The I bit is the role's business.
 *
 * Context: any.
 * Return: ISER_OK or the first reason found; see iser_verdict_fate().
 */
enum iser_verdict iser_pdu_decode(const void *head, const void *rest, u32 len,
				  struct iser_pdu *pdu, u32 wanted)
{
	const u8 *bytes = head;
	u32 behind = len - ISER_HEADERS_LEN;

	/* Less than the headers wraps round, and is too much. */
	if (likely(behind <= DLENGTH_MAX &&
		   (bytes[0] & ISER_OP_MASK) == ISER_OP_CTRL &&
		   decode_plain(head, behind, pdu, wanted)))
		return ISER_OK;
	return decode_any(head, rest, behind, pdu, wanted);
}
EXPORT_SYMBOL_GPL(iser_pdu_decode);

/**
 * iser_verdict_fate - what a verdict means for the connection
 * @verdict: from a decoder
 *
 * A message whose format is wrong ends the connection without an answer (RFC
 * 7145 section 10.1.3.3, RFC 7143 section 7.7). A PDU that can be told apart
 * but must not be there, or contradicts itself, is answered with a Reject; its
 * 48-byte header, which the Reject carries, has arrived in full. Only a target
 * in full feature phase can send one: during the login, and at an initiator,
 * the caller treats ISER_FATE_REJECT as ISER_FATE_TERMINATE.
 *
 * Context: any.
 * Return: the fate; ISER_FATE_TERMINATE for a number that is no verdict.
 */
enum iser_fate iser_verdict_fate(enum iser_verdict verdict)
{
	switch (verdict) {
	case ISER_OK:
		return ISER_FATE_ACCEPT;
	case ISER_BAD_ROLE:
	case ISER_BAD_OPCODE:
	case ISER_BAD_PHASE:
	case ISER_BAD_TAGGED:
	case ISER_BAD_DATA:
	case ISER_BAD_STAG:
	case ISER_BAD_FLAGS:
		return ISER_FATE_REJECT;
	case ISER_BAD_SHORT:
	case ISER_BAD_ISER_OP:
	case ISER_BAD_HELLO_LEN:
	case ISER_BAD_HELLO_ROLE:
	case ISER_BAD_AHS:
	case ISER_BAD_LENGTH:
	case ISER_BAD_HELLO_PHASE:
	case ISER_NR_VERDICTS:
		break;
	}
	return ISER_FATE_TERMINATE;
}
EXPORT_SYMBOL_GPL(iser_verdict_fate);

/**
 * iser_verdict_name - short stable name of a verdict, for logs and tests
 * @verdict: from a decoder
 *
 * Context: any.
 * Return: a constant string, never NULL.
 */
const char *iser_verdict_name(enum iser_verdict verdict)
{
	static const char * const names[ISER_NR_VERDICTS] = {
		[ISER_OK]		= "ok",
		[ISER_BAD_SHORT]	= "short",
		[ISER_BAD_ISER_OP]	= "iser-op",
		[ISER_BAD_HELLO_LEN]	= "hello-len",
		[ISER_BAD_HELLO_ROLE]	= "hello-role",
		[ISER_BAD_ROLE]		= "role",
		[ISER_BAD_OPCODE]	= "opcode",
		[ISER_BAD_PHASE]	= "phase",
		[ISER_BAD_TAGGED]	= "tagged",
		[ISER_BAD_AHS]		= "ahs",
		[ISER_BAD_LENGTH]	= "length",
		[ISER_BAD_DATA]		= "data",
		[ISER_BAD_STAG]		= "stag",
		[ISER_BAD_FLAGS]	= "flags",
		[ISER_BAD_HELLO_PHASE]	= "hello-phase",
	};

	if ((unsigned int)verdict >= ISER_NR_VERDICTS)
		return "unknown";
	return names[verdict];
}
EXPORT_SYMBOL_GPL(iser_verdict_name);

static void encode_hello(struct iser_wire_hello *hello, u8 flags, u16 depth)
{
	memset(hello, 0, sizeof(*hello));
	hello->flags = flags;
	hello->versions = ISER_VERSION << 4 | ISER_VERSION;
	hello->depth = cpu_to_be16(depth);
}

/**
 * iser_hello_encode - write a Hello
 * @buf: 28 bytes, any alignment; all are written
 * @ird: iSER-IRD, RDMA Reads the initiator will serve at a time
 *
 * RFC 7145 section 9.3.
 *
 * Context: any.
 */
void iser_hello_encode(void *buf, u16 ird)
{
	encode_hello(buf, ISER_OP_HELLO, ird);
}

/**
 * iser_hello_reply_encode - write a HelloReply
 * @buf: 28 bytes, any alignment; all are written
 * @ord: iSER-ORD, RDMA Reads the target will have outstanding; 0 with @reject
 * @reject: the REJ bit: versions or read depths have nothing in common
 *
 * RFC 7145 section 9.4.
 *
 * Context: any.
 */
void iser_hello_reply_encode(void *buf, u16 ord, bool reject)
{
	encode_hello(buf, ISER_OP_HELLO_REPLY | (reject ? ISER_REJ : 0), ord);
}
EXPORT_SYMBOL_GPL(iser_hello_reply_encode);

/*
 * The bits say no, and InfiniBand and RoCE fill the field with zeros, so
 * private data that was never written reads as "everything supported". Nobody
 * uses zero-based addressing: a header that somebody wrote has a bit set.
 * Reserved bits do not count, whoever sets them. No bytes at all, as only
 * iWARP can show it, is the same case. One to three bytes are no iSER header
 * and not nothing either: the peer speaks something else.
 */
static enum iser_verdict decode_cm(const void *data, u32 len,
				   struct iser_cm_caps *caps)
{
	const struct iser_wire_cm *cm = data;

	memset(caps, 0, sizeof(*caps));
	if (!len)
		return ISER_OK;
	if (len < sizeof(*cm))
		return ISER_BAD_SHORT;

	caps->present = cm->flags & (ISER_CM_NO_ZBVA | ISER_CM_NO_INV);
	caps->remote_inv = caps->present && !(cm->flags & ISER_CM_NO_INV);
	return ISER_OK;
}

/**
 * iser_cm_req_decode - read the iSER CM header of a connection request
 * @data: consumer's private data, behind rdma_cm's own header; may be NULL if
 *	@len is 0
 * @len: bytes of private data as rdma_cm reports them
 * @caps: result, always initialised; @caps->remote_inv says that the initiator
 *	accepts Send-with-Invalidate
 *
 * InfiniBand Annex A12; on iWARP the same bytes stand in the MPA request.
 *
 * Context: any.
 * Return: ISER_OK, also if there is no header; ISER_BAD_SHORT for a fragment,
 * which ends the connection.
 */
enum iser_verdict iser_cm_req_decode(const void *data, u32 len,
				     struct iser_cm_caps *caps)
{
	return decode_cm(data, len, caps);
}

/**
 * iser_cm_rep_decode - read the iSER CM header of a connection reply
 * @data: private data; may be NULL if @len is 0
 * @len: bytes of private data as rdma_cm reports them
 * @caps: result, always initialised; @caps->remote_inv says that the target
 *	will use Send-with-Invalidate
 *
 * tgt writes no header, so its absence is no error. @caps->remote_inv is a
 * permission that the target may leave unused: plain Sends come in any case.
 *
 * Context: any.
 * Return: ISER_OK, also if there is no header; ISER_BAD_SHORT for a fragment,
 * which ends the connection.
 */
enum iser_verdict iser_cm_rep_decode(const void *data, u32 len,
				     struct iser_cm_caps *caps)
{
	return decode_cm(data, len, caps);
}

/**
 * iser_cm_encode - write the iSER CM header of a REQ or a REP
 * @cm: result, all 4 bytes are written
 * @remote_inv: REQ: we accept Send-with-Invalidate; REP: we will use it, which
 *	only a REQ that accepted it allows
 *
 * Zero-based addressing is refused in either direction.
 *
 * Context: any.
 */
void iser_cm_encode(struct iser_wire_cm *cm, bool remote_inv)
{
	memset(cm, 0, sizeof(*cm));
	cm->flags = ISER_CM_NO_ZBVA | (remote_inv ? 0 : ISER_CM_NO_INV);
}
