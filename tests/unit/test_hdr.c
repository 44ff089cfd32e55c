// SPDX-License-Identifier: GPL-2.0-only
/* common/hdr.c: the decoder and the encoders, against vectors and exhaustively. */
#include "unit.h"
#include "message.h"
#include "../vectors/wire.h"

/* Offsets in a message. */
#define BHS		ISER_HDR_LEN
#define FLAGS		(BHS + 1)
#define AHS_WORDS	(BHS + 4)
#define DLENGTH		(BHS + 5)
#define ITT		(BHS + 16)
#define EDTL		(BHS + 20)
#define TTT		(BHS + 20)
#define CDB		(BHS + 32)
#define AHS		ISER_HEADERS_LEN

#define F	ISER_CMD_FINAL
#define R	ISER_CMD_READ
#define W	ISER_CMD_WRITE

static const enum iser_role roles[] = { ISER_INITIATOR, ISER_TARGET };
static const enum iser_phase phases[] = {
	ISER_PHASE_LOGIN, ISER_PHASE_DISCOVERY, ISER_PHASE_FULL,
};

static struct iser_pdu pdu;

static enum iser_verdict at_target(const void *bytes, u32 len)
{
	return message_decode(bytes, len, ISER_TARGET, ISER_PHASE_FULL, &pdu);
}

static enum iser_verdict at_initiator(const void *bytes, u32 len)
{
	return message_decode(bytes, len, ISER_INITIATOR, ISER_PHASE_FULL,
			      &pdu);
}

static bool nothing_decoded(void)
{
	static const struct iser_pdu zero;

	return !memcmp(&pdu, &zero, sizeof(zero));
}

/* A message under construction: zeros, a plain iSER header, an opcode. */
#define BUILD_MAX	(ISER_HEADERS_LEN + ISER_AHS_MAX + 70000)
static u8 build[BUILD_MAX];

static u8 *build_pdu(u8 opcode)
{
	memset(build, 0, sizeof(build));
	build[0] = ISER_OP_CTRL;
	build[BHS] = opcode;
	if (opcode == ISER_PDU_SCSI_CMD)
		build[FLAGS] = F;
	if (opcode == ISER_PDU_DATA_OUT)
		put_unaligned_be32(ISER_TAG_NONE, &build[TTT]);
	return build;
}

/* Fields as those of the read and write vectors, one by one. */
static void build_stags(bool wsv, bool rsv)
{
	if (wsv) {
		build[0] |= ISER_WSV;
		put_unaligned_be32(0x3105, &build[4]);
		put_unaligned_be64(0x200010000ull, &build[8]);
	}
	if (rsv) {
		build[0] |= ISER_RSV;
		put_unaligned_be32(0x2a03, &build[16]);
		put_unaligned_be64(0x123456000ull, &build[20]);
	}
}

static u8 *build_cmd(u8 flags, u32 edtl, u32 data_len, bool wsv, bool rsv)
{
	build_pdu(ISER_PDU_SCSI_CMD);
	build[FLAGS] = flags;
	put_unaligned_be32(edtl, &build[EDTL]);
	put_unaligned_be24(data_len, &build[DLENGTH]);
	build_stags(wsv, rsv);
	return build;
}

static enum iser_verdict cmd(u8 flags, u32 edtl, u32 data_len, bool wsv,
			     bool rsv)
{
	NOTE("flags %02x edtl %u data %u wsv %d rsv %d", flags, edtl, data_len,
	     wsv, rsv);
	return at_target(build_cmd(flags, edtl, data_len, wsv, rsv),
			 ISER_HEADERS_LEN + data_len);
}

/* ---- vectors ---- */

TEST("hdr/read-command-vector-decodes")
{
	CHECK_EQ(at_target(iser_vec_read10, 76), ISER_OK);
	CHECK_EQ(pdu.msg, ISER_MSG_CTRL);
	CHECK_EQ(pdu.opcode, ISER_PDU_SCSI_CMD);
	CHECK(!pdu.wsv);
	CHECK(pdu.rsv);
	CHECK_EQ(pdu.read_stag, 0x2a03);
	CHECK_EQ(pdu.read_base, 0x123456000ull);
	CHECK_EQ(pdu.write_stag, 0);
	CHECK_EQ(pdu.itt, 0x11);
	CHECK_EQ(pdu.edtl, 4096);
	CHECK_EQ(pdu.ahs_len, 0);
	CHECK_EQ(pdu.data_off, 76);
	CHECK_EQ(pdu.data_len, 0);
}

TEST("hdr/solicited-write-vector-decodes")
{
	CHECK_EQ(at_target(iser_vec_write10_solicited, 76), ISER_OK);
	CHECK(pdu.wsv);
	CHECK(!pdu.rsv);
	CHECK_EQ(pdu.write_stag, 0x3105);
	CHECK_EQ(pdu.write_base, 0x200010000ull);
	CHECK_EQ(pdu.itt, 0x12);
	CHECK_EQ(pdu.edtl, 0x10000);
}

TEST("hdr/immediate-write-vector-decodes-with-its-data")
{
	memset(build, 0xdd, sizeof(build));
	memcpy(build, iser_vec_write10_immediate, 76);
	CHECK_EQ(at_target(build, 8268), ISER_OK);
	CHECK_EQ(pdu.write_stag, 0x3105);
	CHECK_EQ(pdu.write_base, 0x200010000ull);
	CHECK_EQ(pdu.data_off, 76);
	CHECK_EQ(pdu.data_len, 8192);
	CHECK_EQ(pdu.edtl, 0x10000);
	CHECK_EQ(at_target(build, 8267), ISER_BAD_LENGTH);
	CHECK_EQ(at_target(build, 76), ISER_BAD_LENGTH);
}

TEST("hdr/de-facto-base-vector-decodes-in-front-of-the-same-command")
{
	memcpy(build, iser_vec_write10_immediate, 76);
	memcpy(build, iser_vec_hdr_de_facto_base, 28);
	CHECK_EQ(at_target(build, 8268), ISER_OK);
	CHECK_EQ(pdu.write_stag, 0x3105);
	CHECK_EQ(pdu.write_base, 0x200012000ull);
}

TEST("hdr/data-out-vector-decodes-with-its-data")
{
	memset(build, 0xdd, sizeof(build));
	memcpy(build, iser_vec_data_out, 76);
	CHECK_EQ(at_target(build, 76 + 4096), ISER_OK);
	CHECK_EQ(pdu.opcode, ISER_PDU_DATA_OUT);
	CHECK_EQ(pdu.itt, 0x14);
	CHECK_EQ(pdu.data_len, 4096);
	CHECK(!pdu.wsv);
	CHECK_EQ(pdu.edtl, 0);
}

TEST("hdr/response-vectors-decode")
{
	CHECK_EQ(at_initiator(iser_vec_scsi_rsp_good, 76), ISER_OK);
	CHECK_EQ(pdu.opcode, ISER_PDU_SCSI_RSP);
	CHECK_EQ(pdu.itt, 0x11);
	CHECK_EQ(pdu.data_len, 0);

	CHECK_EQ(at_initiator(iser_vec_scsi_rsp_sense, 96), ISER_OK);
	CHECK_EQ(pdu.itt, 0x13);
	CHECK_EQ(pdu.data_len, 20);
	CHECK_EQ(iser_vec_scsi_rsp_sense[pdu.data_off + 1], 18);
}

TEST("hdr/sense-longer-than-its-data-segment-is-refused")
{
	u8 rsp[96];
	u32 sense;

	memcpy(rsp, iser_vec_scsi_rsp_sense, sizeof(rsp));
	for (sense = 0; sense < 64; sense++) {
		NOTE("SenseLength %u", sense);
		put_unaligned_be16(sense, rsp + 76);
		CHECK_EQ(at_initiator(rsp, 96),
			 sense <= 18 ? ISER_OK : ISER_BAD_DATA);
	}
	put_unaligned_be16(0xffff, rsp + 76);
	CHECK_EQ(at_initiator(rsp, 96), ISER_BAD_DATA);
	/* A data segment too short for the length itself. */
	put_unaligned_be16(0, rsp + 76);
	rsp[28 + 7] = 1;
	CHECK_EQ(at_initiator(rsp, 80), ISER_BAD_DATA);
}

TEST("hdr/hello-vectors-decode")
{
	CHECK_EQ(at_target(iser_vec_hello, 28), ISER_OK);
	CHECK_EQ(pdu.msg, ISER_MSG_HELLO);
	CHECK_EQ(pdu.hello_max, 10);
	CHECK_EQ(pdu.hello_min, 10);
	CHECK_EQ(pdu.hello_depth, 16);
	CHECK(!pdu.hello_rej);

	CHECK_EQ(at_initiator(iser_vec_hello_reply, 28), ISER_OK);
	CHECK_EQ(pdu.msg, ISER_MSG_HELLO_REPLY);
	CHECK_EQ(pdu.hello_max, 10);
	CHECK_EQ(pdu.hello_min, 10);
	CHECK_EQ(pdu.hello_depth, 8);
	CHECK(!pdu.hello_rej);

	CHECK_EQ(at_initiator(iser_vec_hello_reply_rej, 28), ISER_OK);
	CHECK_EQ(pdu.hello_depth, 0);
	CHECK(pdu.hello_rej);
}

TEST("hdr/task-reassign-vector-carries-both-stags")
{
	CHECK_EQ(at_target(iser_vec_task_reassign, 76), ISER_OK);
	CHECK_EQ(pdu.opcode, ISER_PDU_TMF_REQ);
	CHECK(pdu.wsv && pdu.rsv);
	CHECK_EQ(pdu.write_stag, 0x3206);
	CHECK_EQ(pdu.write_base, 0x200010000ull);
	CHECK_EQ(pdu.read_stag, 0x2b04);
	CHECK_EQ(pdu.read_base, 0x123456000ull);
}

TEST("hdr/nop-out-and-reject-vectors-decode")
{
	CHECK_EQ(at_target(iser_vec_nop_out, 76), ISER_OK);
	CHECK_EQ(pdu.opcode, ISER_PDU_NOP_OUT);
	CHECK_EQ(pdu.itt, 0x21);

	CHECK_EQ(at_initiator(iser_vec_reject, 124), ISER_OK);
	CHECK_EQ(pdu.opcode, ISER_PDU_REJECT);
	CHECK_EQ(pdu.data_len, 48);
	CHECK_EQ(iser_vec_reject[pdu.data_off], ISER_PDU_SNACK);
}

TEST("hdr/messages-inside-iwarp-frames-decode")
{
	/* 20 bytes of DDP and RDMAP in front, 4 of CRC behind. */
	u32 ulpdu = get_unaligned_be16(iser_vec_fpdu_hello);

	CHECK_EQ(at_target(iser_vec_fpdu_hello + 20, ulpdu - 18), ISER_OK);
	CHECK_EQ(pdu.msg, ISER_MSG_HELLO);
	CHECK_BYTES(iser_vec_fpdu_hello + 20, iser_vec_hello, 28);

	ulpdu = get_unaligned_be16(iser_vec_fpdu_rsp_inv);
	CHECK_EQ(ulpdu - 18, 76);
	CHECK_EQ(at_initiator(iser_vec_fpdu_rsp_inv + 20, ulpdu - 18), ISER_OK);
	CHECK_BYTES(iser_vec_fpdu_rsp_inv + 20, iser_vec_scsi_rsp_good, 76);
	CHECK(!pdu.rsv);

	/* The key to invalidate is that of the read command. */
	CHECK_EQ(at_target(iser_vec_read10, 76), ISER_OK);
	CHECK_EQ(get_unaligned_be32(iser_vec_fpdu_rsp_inv + 4), pdu.read_stag);
	CHECK_EQ(get_unaligned_be32(iser_vec_bth_rsp_inv + 12), pdu.read_stag);
	CHECK_BYTES(iser_vec_bth_rsp_inv + 16, iser_vec_scsi_rsp_good, 4);
}

TEST("hdr/rdma-read-frames-follow-from-the-command")
{
	u64 source;
	u32 size;

	/* Buffer Offset 0x2000 counts from the start of the command's data. */
	memcpy(build, iser_vec_write10_immediate, 76);
	CHECK_EQ(at_target(build, 8268), ISER_OK);
	source = pdu.write_base + pdu.data_len;
	size = pdu.edtl - pdu.data_len;
	CHECK_EQ(get_unaligned_be64(iser_vec_reth_read), source);
	CHECK_EQ(get_unaligned_be32(iser_vec_reth_read + 8), pdu.write_stag);
	CHECK_EQ(get_unaligned_be32(iser_vec_reth_read + 12), size);

	CHECK_EQ(get_unaligned_be32(iser_vec_fpdu_read_req + 32), size);
	CHECK_EQ(get_unaligned_be32(iser_vec_fpdu_read_req + 36),
		 pdu.write_stag);
	CHECK_EQ(get_unaligned_be64(iser_vec_fpdu_read_req + 40), source);
	/* The frame has the size of a Hello's, but is none. */
	CHECK_EQ(at_target(iser_vec_fpdu_read_req + 20, 28), ISER_BAD_ISER_OP);
}

static void check_rules(const void *bytes, u32 len, enum iser_role role,
			enum iser_phase phase)
{
	enum iser_verdict verdict = message_decode(bytes, len, role, phase,
						   &pdu);
	const char *rule = message_broken_rule(len, role, verdict, &pdu);

	CHECK_STR(rule ? rule : "", "");
}

static void check_rules_cut(const struct iser_vector *vec, u32 len)
{
	u32 r, p;

	for (r = 0; r < ARRAY_SIZE(roles); r++)
		for (p = 0; p < ARRAY_SIZE(phases); p++) {
			NOTE("%s, len %u role %u phase %u", vec->name, len, r,
			     p);
			check_rules(vec->bytes, len, roles[r], phases[p]);
		}
}

TEST("hdr/vectors-keep-the-rules-cut-at-any-length")
{
	u32 v, len;

	for (v = 0; v < ARRAY_SIZE(iser_vectors); v++)
		for (len = 0; len <= iser_vectors[v].len; len++)
			check_rules_cut(&iser_vectors[v], len);
}

/* ---- framing ---- */

TEST("hdr/short-message-is-refused")
{
	u32 len, byte0, r;

	for (len = 0; len < 28; len++)
		for (byte0 = 0; byte0 < 256; byte0++)
			for (r = 0; r < ARRAY_SIZE(roles); r++) {
				NOTE("len %u byte 0 %02x", len, byte0);
				build_pdu(0)[0] = (u8)byte0;
				CHECK_EQ(message_decode(build, len, roles[r],
							ISER_PHASE_FULL, &pdu),
					 ISER_BAD_SHORT);
				CHECK(nothing_decoded());
			}
}

TEST("hdr/no-bytes-at-all-are-refused")
{
	memset(&pdu, 0xff, sizeof(pdu));
	CHECK_EQ(iser_pdu_decode(NULL, NULL, 0, &pdu,
				 iser_pdu_wanted(ISER_TARGET,
						 ISER_PHASE_LOGIN)),
		 ISER_BAD_SHORT);
	CHECK(nothing_decoded());
}

static void check_short(u32 len, enum iser_role role, enum iser_phase phase)
{
	CHECK_EQ(message_decode(build, len, role, phase, &pdu),
		 ISER_BAD_SHORT);
	CHECK(nothing_decoded());
}

TEST("hdr/short-control-pdu-is-refused")
{
	u32 len, flags, r, p;

	for (len = 28; len < 76; len++)
		for (flags = 0; flags < 16; flags++) {
			NOTE("len %u flags %x", len, flags);
			build_pdu(ISER_PDU_LOGIN_REQ)[0] |= flags;
			for (r = 0; r < ARRAY_SIZE(roles); r++)
				for (p = 0; p < ARRAY_SIZE(phases); p++)
					check_short(len, roles[r], phases[p]);
		}
}

TEST("hdr/byte-0-decides-what-a-message-is")
{
	static const u32 lens[] = { 28, 76, 80 };
	enum iser_verdict want;
	u32 byte0, r, l;
	bool hello, reply;

	for (byte0 = 0; byte0 < 256; byte0++)
		for (r = 0; r < ARRAY_SIZE(roles); r++)
			for (l = 0; l < ARRAY_SIZE(lens); l++) {
				NOTE("byte 0 %02x role %u len %u", byte0, r,
				     lens[l]);
				hello = byte0 >> 4 == 2;
				reply = byte0 >> 4 == 3;
				build_pdu(r == ISER_TARGET ? ISER_PDU_NOP_OUT :
					  ISER_PDU_NOP_IN)[0] = (u8)byte0;

				if (byte0 >> 4 == 1)
					want = lens[l] < 76 ? ISER_BAD_SHORT :
					       ISER_OK;
				else if (!hello && !reply)
					want = ISER_BAD_ISER_OP;
				else if (lens[l] != 28)
					want = ISER_BAD_HELLO_LEN;
				else if (hello != (roles[r] == ISER_TARGET))
					want = ISER_BAD_HELLO_ROLE;
				else
					want = ISER_OK;
				CHECK_EQ(message_decode(build, lens[l],
							roles[r],
							ISER_PHASE_FULL, &pdu),
					 want);
			}
}

TEST("hdr/hello-is-exactly-28-bytes")
{
	u32 len;

	memset(build, 0, sizeof(build));
	memcpy(build, iser_vec_hello, 28);
	for (len = 29; len < 200; len++) {
		NOTE("len %u", len);
		CHECK_EQ(at_target(build, len), ISER_BAD_HELLO_LEN);
	}
}

TEST("hdr/hello-comes-after-the-login")
{
	CHECK_EQ(message_decode(iser_vec_hello, 28, ISER_TARGET,
				ISER_PHASE_LOGIN, &pdu), ISER_BAD_HELLO_PHASE);
	CHECK_EQ(message_decode(iser_vec_hello_reply, 28, ISER_INITIATOR,
				ISER_PHASE_LOGIN, &pdu), ISER_BAD_HELLO_PHASE);
	CHECK_EQ(message_decode(iser_vec_hello, 28, ISER_TARGET,
				ISER_PHASE_DISCOVERY, &pdu), ISER_OK);
}

TEST("hdr/hello-versions-and-depth-are-read-as-sent")
{
	u32 versions;

	memcpy(build, iser_vec_hello, 28);
	memset(build + 4, 0xff, 24);	/* reserved */
	for (versions = 0; versions < 256; versions++) {
		build[1] = (u8)versions;
		put_unaligned_be16((u16)(versions * 257), &build[2]);
		CHECK_EQ(at_target(build, 28), ISER_OK);
		CHECK_EQ(pdu.hello_max, versions >> 4);
		CHECK_EQ(pdu.hello_min, versions & 15);
		CHECK_EQ(pdu.hello_depth, versions * 257);
	}
	/* REJ is a reserved bit of a Hello. */
	build[0] = 0x21;
	CHECK_EQ(at_target(build, 28), ISER_OK);
	CHECK(!pdu.hello_rej);
}

/* ---- opcode, role, phase ---- */

enum side { NOBODY, INI, TGT };

static const struct opcode_rule {
	u8		opcode;
	enum side	from;
	const char	*phases;	/* of l, d, f */
} opcode_rules[] = {
	{ 0x00, INI, "df" }, { 0x01, INI, "f" }, { 0x02, INI, "f" },
	{ 0x03, INI, "l" }, { 0x04, INI, "df" }, { 0x05, INI, "f" },
	{ 0x06, INI, "df" }, { 0x10, INI, "" },
	{ 0x20, TGT, "df" }, { 0x21, TGT, "f" }, { 0x22, TGT, "f" },
	{ 0x23, TGT, "l" }, { 0x24, TGT, "df" }, { 0x25, TGT, "" },
	{ 0x26, TGT, "df" }, { 0x31, TGT, "" }, { 0x32, TGT, "df" },
	{ 0x3f, TGT, "df" },
};

static enum iser_verdict want_for(u8 opcode, enum iser_role role,
				  enum iser_phase phase)
{
	enum side peer = role == ISER_TARGET ? INI : TGT;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(opcode_rules); i++)
		if (opcode_rules[i].opcode == opcode)
			break;
	if (i == ARRAY_SIZE(opcode_rules))
		return ISER_BAD_OPCODE;
	if (opcode_rules[i].from != peer)
		return ISER_BAD_ROLE;
	if (!opcode_rules[i].phases[0])
		return ISER_BAD_TAGGED;
	if (!strchr(opcode_rules[i].phases, "ldf"[phase]))
		return ISER_BAD_PHASE;
	return ISER_OK;
}

TEST("hdr/every-opcode-is-judged-for-role-and-phase")
{
	u32 byte, r, p;

	for (byte = 0; byte < 256; byte++)
		for (r = 0; r < ARRAY_SIZE(roles); r++)
			for (p = 0; p < ARRAY_SIZE(phases); p++) {
				NOTE("opcode byte %02x role %u phase %u", byte,
				     r, p);
				build_pdu(byte & 0x3f)[BHS] = (u8)byte;
				CHECK_EQ(message_decode(build, 76, roles[r],
							phases[p], &pdu),
					 want_for(byte & 0x3f, roles[r],
						  phases[p]));
				CHECK_EQ(pdu.opcode, byte & 0x3f);
			}
}

TEST("hdr/a-phase-that-does-not-exist-allows-nothing")
{
	CHECK_EQ(message_decode(build_pdu(ISER_PDU_LOGIN_REQ), 76, ISER_TARGET,
				(enum iser_phase)7, &pdu), ISER_BAD_PHASE);
}

TEST("hdr/immediate-bit-changes-nothing")
{
	static struct iser_pdu plain;
	enum iser_role role;
	enum iser_phase phase;
	enum iser_verdict verdict;
	u32 op;

	for (op = 0; op < 64; op++) {
		NOTE("opcode %02x", op);
		role = op & 0x20 ? ISER_INITIATOR : ISER_TARGET;
		phase = op == 3 || op == 0x23 ? ISER_PHASE_LOGIN :
						ISER_PHASE_FULL;
		verdict = message_decode(build_pdu((u8)op), 76, role, phase,
					 &plain);
		build[BHS] |= ISER_BHS_IMMEDIATE;
		CHECK_EQ(message_decode(build, 76, role, phase, &pdu), verdict);
		CHECK_BYTES(&pdu, &plain, sizeof(pdu));
	}
}

TEST("hdr/solicited-data-out-is-refused")
{
	u32 bit;

	for (bit = 0; bit < 32; bit++) {
		build_pdu(ISER_PDU_DATA_OUT);
		put_unaligned_be32(ISER_TAG_NONE ^ 1u << bit, &build[TTT]);
		CHECK_EQ(at_target(build, 76), ISER_BAD_TAGGED);
	}
	CHECK_EQ(at_target(build_pdu(ISER_PDU_DATA_OUT), 76), ISER_OK);
}

/* ---- lengths ---- */

TEST("hdr/data-segment-must-have-arrived")
{
	u32 dlen, len;

	for (dlen = 0; dlen < 40; dlen++)
		for (len = 76; len < 130; len++) {
			NOTE("data %u len %u", dlen, len);
			build_pdu(ISER_PDU_NOP_OUT);
			put_unaligned_be24(dlen, &build[DLENGTH]);
			if (len < 76 + dlen) {
				CHECK_EQ(at_target(build, len),
					 ISER_BAD_LENGTH);
				CHECK_EQ(pdu.data_off, 0);
				CHECK_EQ(pdu.data_len, 0);
				continue;
			}
			CHECK_EQ(at_target(build, len), ISER_OK);
			CHECK_EQ(pdu.data_off, 76);
			CHECK_EQ(pdu.data_len, dlen);
		}
}

TEST("hdr/largest-lengths-do-not-wrap")
{
	build_pdu(ISER_PDU_SCSI_CMD);
	build[AHS_WORDS] = 255;
	put_unaligned_be24(0xffffff, &build[DLENGTH]);
	CHECK_EQ(at_target(build, 76), ISER_BAD_LENGTH);
	CHECK_EQ(at_target(build, 76 + 1020), ISER_BAD_LENGTH);
	CHECK_EQ(at_target(build, BUILD_MAX), ISER_BAD_LENGTH);
}

TEST("hdr/login-text-is-bounded")
{
	static const struct {
		enum iser_role	role;
		u8		opcode;
	} ends[] = {
		{ ISER_TARGET, ISER_PDU_LOGIN_REQ },
		{ ISER_INITIATOR, ISER_PDU_LOGIN_RSP },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		build_pdu(ends[i].opcode);
		put_unaligned_be24(8192, &build[DLENGTH]);
		CHECK_EQ(message_decode(build, 76 + 8192, ends[i].role,
					ISER_PHASE_LOGIN, &pdu), ISER_OK);
		CHECK_EQ(pdu.data_len, 8192);
		put_unaligned_be24(8193, &build[DLENGTH]);
		CHECK_EQ(message_decode(build, 76 + 8196, ends[i].role,
					ISER_PHASE_LOGIN, &pdu), ISER_BAD_DATA);
	}
	/* Text of a later phase is not bounded by the login's buffer. */
	build_pdu(ISER_PDU_TEXT_REQ);
	put_unaligned_be24(8193, &build[DLENGTH]);
	CHECK_EQ(at_target(build, 76 + 8196), ISER_OK);
}

TEST("hdr/key-block-vector-decodes-as-login-data")
{
	build_pdu(ISER_PDU_LOGIN_REQ | ISER_BHS_IMMEDIATE);
	put_unaligned_be24(sizeof(iser_vec_login_keys), &build[DLENGTH]);
	memcpy(&build[76], iser_vec_login_keys, sizeof(iser_vec_login_keys));
	CHECK_EQ(message_decode(build, 76 + sizeof(iser_vec_login_keys),
				ISER_TARGET, ISER_PHASE_LOGIN, &pdu), ISER_OK);
	CHECK_EQ(pdu.data_len, 88);
}

TEST("hdr/requests-that-have-no-data-may-have-none")
{
	static const u8 ops[] = { ISER_PDU_TMF_REQ, ISER_PDU_LOGOUT_REQ };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		build_pdu(ops[i]);
		CHECK_EQ(at_target(build, 76), ISER_OK);
		put_unaligned_be24(4, &build[DLENGTH]);
		CHECK_EQ(at_target(build, 80), ISER_BAD_DATA);
	}
}

/* ---- additional header segments ---- */

/* A data-less command with one area of segments. */
static u8 *build_ahs(u8 words)
{
	build_pdu(ISER_PDU_SCSI_CMD);
	build[AHS_WORDS] = words;
	return build + AHS;
}

static u32 put_segment(u8 *to, u16 ahs_length, u8 type)
{
	put_unaligned_be16(ahs_length, to);
	to[2] = type;
	return (3u + ahs_length + 3) / 4 * 4;
}

TEST("hdr/ahs-is-for-scsi-commands-alone")
{
	u32 op;
	enum iser_role role;
	enum iser_phase phase;

	for (op = 0; op < 64; op++) {
		role = op & 0x20 ? ISER_INITIATOR : ISER_TARGET;
		phase = op == 3 || op == 0x23 ? ISER_PHASE_LOGIN :
			ISER_PHASE_FULL;
		if (want_for((u8)op, role, phase) != ISER_OK)
			continue;
		NOTE("opcode %02x", op);
		build_pdu((u8)op)[AHS_WORDS] = 5;
		put_segment(&build[AHS], 17, ISER_AHS_EXT_CDB);
		CHECK_EQ(message_decode(build, 96, role, phase, &pdu),
			 op == ISER_PDU_SCSI_CMD ? ISER_OK : ISER_BAD_AHS);
		CHECK_EQ(message_decode(build, 95, role, phase, &pdu),
			 ISER_BAD_LENGTH);
	}
}

TEST("hdr/extended-cdb-of-every-length")
{
	u32 n, words;

	for (n = 0; n < 1024; n++) {
		words = (3 + n + 3) / 4;
		if (words > 255)
			break;
		NOTE("AHSLength %u", n);
		put_segment(build_ahs((u8)words), (u16)n, ISER_AHS_EXT_CDB);
		CHECK_EQ(at_target(build, 76 + words * 4),
			 n >= 2 && n <= 245 ? ISER_OK : ISER_BAD_AHS);
		if (n < 2 || n > 245)
			continue;
		CHECK_EQ(pdu.ahs_len, words * 4);
		CHECK_EQ(pdu.ext_cdb_off, 4);
		CHECK_EQ(pdu.ext_cdb_len, n - 1);
		CHECK_EQ(pdu.data_off, 76 + words * 4);
	}
}

/* CDB and segment: SPC has the first say how long the whole of it is. */
TEST("hdr/cdb-promises-no-more-than-came")
{
	u8 *cdb = &build[CDB];
	u32 more, n, words;

	for (n = 0; n < 256; n++) {
		NOTE("additional CDB length %u, no segment", n);
		build_ahs(0);
		cdb[7] = (u8)n;
		cdb[0] = 0x5e;
		CHECK_EQ(at_target(build, 76), ISER_OK);
		cdb[0] = 0x7f;
		CHECK_EQ(at_target(build, 76), n <= 8 ? ISER_OK : ISER_BAD_DATA);
	}
	for (more = 1; more <= 244; more++) {
		words = (3 + 1 + more + 3) / 4;
		put_segment(build_ahs((u8)words), (u16)(more + 1),
			    ISER_AHS_EXT_CDB);
		cdb[0] = 0x7f;
		for (n = 0; n < 256; n++) {
			NOTE("additional CDB length %u, %u bytes more", n, more);
			cdb[7] = (u8)n;
			CHECK_EQ(at_target(build, 76 + words * 4),
				 n <= 8 + more ? ISER_OK : ISER_BAD_DATA);
		}
	}
}

TEST("hdr/segment-must-fit-the-area")
{
	u32 n, words;

	for (n = 0; n < 300; n++)
		for (words = 1; words < 80; words++) {
			NOTE("AHSLength %u in %u words", n, words);
			put_segment(build_ahs((u8)words), (u16)n,
				    ISER_AHS_EXT_CDB);
			/* A larger area leaves zeros behind: a bad segment. */
			CHECK_EQ(at_target(build, 76 + words * 4),
				 n >= 2 && n <= 245 && words == (n + 6) / 4 ?
				 ISER_OK : ISER_BAD_AHS);
		}
	put_segment(build_ahs(1), 0xffff, ISER_AHS_EXT_CDB);
	CHECK_EQ(at_target(build, 80), ISER_BAD_AHS);
}

TEST("hdr/segments-follow-each-other-in-any-order")
{
	u32 off;

	off = put_segment(build_ahs(7), 17, ISER_AHS_EXT_CDB);
	CHECK_EQ(off, 20);
	put_segment(&build[AHS + off], 5, ISER_AHS_BIDI_READ);
	CHECK_EQ(at_target(build, 76 + 28), ISER_OK);
	CHECK_EQ(pdu.ext_cdb_off, 4);
	CHECK_EQ(pdu.ext_cdb_len, 16);

	off = put_segment(build_ahs(7), 5, ISER_AHS_BIDI_READ);
	put_segment(&build[AHS + off], 17, ISER_AHS_EXT_CDB);
	CHECK_EQ(at_target(build, 76 + 28), ISER_OK);
	CHECK_EQ(pdu.ext_cdb_off, 12);
	CHECK_EQ(pdu.ext_cdb_len, 16);
	CHECK_EQ(pdu.data_off, 104);
}

TEST("hdr/segment-comes-at-most-once")
{
	u32 off;

	off = put_segment(build_ahs(10), 17, ISER_AHS_EXT_CDB);
	put_segment(&build[AHS + off], 17, ISER_AHS_EXT_CDB);
	CHECK_EQ(at_target(build, 76 + 40), ISER_BAD_AHS);

	off = put_segment(build_ahs(4), 5, ISER_AHS_BIDI_READ);
	put_segment(&build[AHS + off], 5, ISER_AHS_BIDI_READ);
	CHECK_EQ(at_target(build, 76 + 16), ISER_BAD_AHS);
}

TEST("hdr/segment-type-must-be-known")
{
	u32 type, n;
	bool known;

	for (type = 0; type < 256; type++)
		for (n = 2; n < 9; n++) {
			NOTE("type %u AHSLength %u", type, n);
			put_segment(build_ahs((u8)((n + 6) / 4)), (u16)n,
				    (u8)type);
			/* The two high bits of the type are reserved. */
			known = (type & 0x3f) == 1 ||
				((type & 0x3f) == 2 && n == 5);
			CHECK_EQ(at_target(build, 76 + (n + 6) / 4 * 4),
				 known ? ISER_OK : ISER_BAD_AHS);
		}
}

TEST("hdr/largest-ahs-area-is-walked-to-its-end")
{
	/* Longest extended CDB and, to the end, nothing that is known. */
	put_segment(build_ahs(255), 245, ISER_AHS_EXT_CDB);
	put_segment(&build[AHS + 248], 1020 - 248 - 3, 9);
	CHECK_EQ(at_target(build, 76 + 1020), ISER_BAD_AHS);
}

TEST("hdr/data-starts-behind-the-ahs")
{
	build_cmd(F | W, 10, 10, false, false);
	build[AHS_WORDS] = 5;
	put_segment(&build[AHS], 17, ISER_AHS_EXT_CDB);
	CHECK_EQ(at_target(build, 76 + 20 + 9), ISER_BAD_LENGTH);
	CHECK_EQ(at_target(build, 76 + 20 + 10), ISER_OK);
	CHECK_EQ(pdu.data_off, 96);
	CHECK_EQ(at_target(build, 76 + 20 + 12), ISER_OK);
	CHECK_EQ(at_target(build, 76 + 20 + 17), ISER_OK);
	CHECK_EQ(pdu.data_off, 96);
	CHECK_EQ(pdu.data_len, 10);
}

/* ---- SCSI Command ---- */

TEST("hdr/command-without-data-needs-nothing")
{
	CHECK_EQ(cmd(F, 0, 0, false, false), ISER_OK);
	CHECK_EQ(cmd(F | R, 0, 0, false, false), ISER_OK);
	CHECK_EQ(cmd(F | W, 0, 0, false, false), ISER_OK);
}

TEST("hdr/read-needs-its-stag")
{
	CHECK_EQ(cmd(F | R, 512, 0, false, false), ISER_BAD_STAG);
	CHECK_EQ(cmd(F | R, 512, 0, true, false), ISER_BAD_STAG);
	CHECK_EQ(cmd(F | R, 512, 0, false, true), ISER_OK);
	CHECK_EQ(cmd(F | R, 512, 0, true, true), ISER_OK);
}

TEST("hdr/solicited-write-needs-its-stag")
{
	CHECK_EQ(cmd(F | W, 512, 0, false, false), ISER_BAD_STAG);
	CHECK_EQ(cmd(F | W, 512, 0, false, true), ISER_BAD_STAG);
	CHECK_EQ(cmd(F | W, 512, 511, false, false), ISER_BAD_STAG);
	CHECK_EQ(cmd(F | W, 512, 512, false, false), ISER_OK);
	CHECK_EQ(cmd(F | W, 512, 0, true, false), ISER_OK);
	CHECK_EQ(cmd(F | W, 512, 100, true, false), ISER_OK);
	/* Data-Outs are to come, perhaps with all of it. */
	CHECK_EQ(cmd(W, 512, 0, false, false), ISER_OK);
	CHECK_EQ(cmd(W, 512, 100, false, false), ISER_OK);
}

TEST("hdr/stag-zero-counts-as-missing")
{
	build_cmd(F | R, 512, 0, false, true);
	put_unaligned_be32(0, &build[16]);
	CHECK_EQ(at_target(build, 76), ISER_BAD_STAG);
	build_cmd(F | W, 512, 0, true, false);
	put_unaligned_be32(0, &build[4]);
	CHECK_EQ(at_target(build, 76), ISER_BAD_STAG);
}

TEST("hdr/immediate-data-is-part-of-a-write")
{
	CHECK_EQ(cmd(F | W, 512, 513, true, false), ISER_BAD_DATA);
	CHECK_EQ(cmd(W, 512, 513, true, false), ISER_BAD_DATA);
	CHECK_EQ(cmd(F | W, 0, 4, true, false), ISER_BAD_DATA);
	CHECK_EQ(cmd(F | R, 512, 4, false, true), ISER_BAD_DATA);
	CHECK_EQ(cmd(F, 0, 4, false, false), ISER_BAD_DATA);
}

TEST("hdr/command-flags-agree-with-each-other")
{
	/* Data of no direction. */
	CHECK_EQ(cmd(F, 512, 0, true, true), ISER_BAD_FLAGS);
	/* Data-Outs announced for what is no write, or has no more data. */
	CHECK_EQ(cmd(0, 0, 0, false, false), ISER_BAD_FLAGS);
	CHECK_EQ(cmd(R, 512, 0, false, true), ISER_BAD_FLAGS);
	CHECK_EQ(cmd(W, 512, 512, true, false), ISER_BAD_FLAGS);
	CHECK_EQ(cmd(W, 0, 0, true, false), ISER_BAD_FLAGS);
	/* Both directions, but nothing says how much is read. */
	CHECK_EQ(cmd(F | R | W, 512, 0, true, true), ISER_BAD_FLAGS);
}

static enum iser_verdict bidi(u8 flags, u32 edtl, u32 read_len, bool wsv,
			      bool rsv)
{
	NOTE("flags %02x edtl %u read %u wsv %d rsv %d", flags, edtl, read_len,
	     wsv, rsv);
	build_cmd(flags, edtl, 0, wsv, rsv);
	build[AHS_WORDS] = 2;
	put_segment(&build[AHS], 5, ISER_AHS_BIDI_READ);
	put_unaligned_be32(read_len, &build[AHS + 4]);
	return at_target(build, 76 + 8);
}

TEST("hdr/bidirectional-command-is-judged-half-by-half")
{
	CHECK_EQ(bidi(F | R | W, 512, 4096, true, true), ISER_OK);
	CHECK(pdu.wsv && pdu.rsv);
	CHECK_EQ(bidi(F | R | W, 512, 4096, true, false), ISER_BAD_STAG);
	CHECK_EQ(bidi(F | R | W, 512, 4096, false, true), ISER_BAD_STAG);
	CHECK_EQ(bidi(F | R | W, 512, 1, true, false), ISER_BAD_STAG);
	CHECK_EQ(bidi(F | R | W, 512, 1u << 31, true, false), ISER_BAD_STAG);
	CHECK_EQ(bidi(F | R | W, 512, 0, true, false), ISER_OK);
	CHECK_EQ(bidi(F | R | W, 0, 4096, false, true), ISER_OK);
	CHECK_EQ(bidi(F, 0, 4096, false, true), ISER_BAD_FLAGS);
	/* A length that the flags have no use for is ignored. */
	CHECK_EQ(bidi(F | W, 512, 4096, true, false), ISER_OK);
	CHECK_EQ(bidi(F | R, 512, 0, false, false), ISER_BAD_STAG);
}

/* ---- tolerance ---- */

TEST("hdr/fields-without-their-flag-are-ignored")
{
	memcpy(build, iser_vec_read10, 76);
	memset(&build[4], 0xff, 12);
	CHECK_EQ(at_target(build, 76), ISER_OK);
	CHECK(!pdu.wsv);
	CHECK_EQ(pdu.write_stag, 0);
	CHECK_EQ(pdu.write_base, 0);

	memcpy(build, iser_vec_write10_solicited, 76);
	memset(&build[16], 0xff, 12);
	CHECK_EQ(at_target(build, 76), ISER_OK);
	CHECK(!pdu.rsv);
	CHECK_EQ(pdu.read_stag, 0);
	CHECK_EQ(pdu.read_base, 0);
}

TEST("hdr/reserved-bits-are-ignored")
{
	struct iser_pdu plain;

	memcpy(build, iser_vec_read10, 76);
	CHECK_EQ(at_target(build, 76), ISER_OK);
	plain = pdu;

	build[0] |= 0x03;
	memset(&build[1], 0xff, 3);
	build[BHS] |= 0x80;
	build[FLAGS] |= 0x18;
	memset(&build[BHS + 2], 0xff, 2);
	CHECK_EQ(at_target(build, 76), ISER_OK);
	CHECK_BYTES(&pdu, &plain, sizeof(pdu));
}

TEST("hdr/stags-where-none-belong-are-ignored")
{
	u32 op, flags;
	enum iser_role role;
	enum iser_phase phase;

	for (op = 0; op < 64; op++)
		for (flags = 0; flags < 16; flags += 4) {
			role = op & 0x20 ? ISER_INITIATOR : ISER_TARGET;
			phase = op == 3 || op == 0x23 ? ISER_PHASE_LOGIN :
				ISER_PHASE_FULL;
			if (want_for((u8)op, role, phase) != ISER_OK)
				continue;
			NOTE("opcode %02x flags %x", op, flags);
			build_pdu((u8)op)[0] = (u8)(ISER_OP_CTRL | flags);
			memset(&build[4], 0x77, 24);
			CHECK_EQ(message_decode(build, 76, role, phase, &pdu),
				 ISER_OK);
			if (op == ISER_PDU_SCSI_CMD) {
				CHECK_EQ(pdu.wsv, !!(flags & ISER_WSV));
				CHECK_EQ(pdu.rsv, !!(flags & ISER_RSV));
							continue;
			}
			CHECK(!pdu.wsv && !pdu.rsv);
			CHECK_EQ(pdu.write_stag | pdu.read_stag, 0);
		}
}

TEST("hdr/only-task-reassign-among-tmf-carries-stags")
{
	u32 function;

	for (function = 0; function < 256; function++) {
		NOTE("function byte %02x", function);
		memcpy(build, iser_vec_task_reassign, 76);
		build[FLAGS] = (u8)function;
		CHECK_EQ(at_target(build, 76), ISER_OK);
		CHECK_EQ(pdu.wsv && pdu.rsv, (function & 0x7f) == 8);
		CHECK_EQ(pdu.wsv || pdu.rsv, (function & 0x7f) == 8);
	}
}

TEST("hdr/refused-pdu-still-tells-opcode-and-tag")
{
	build_cmd(F | R, 512, 0, false, false);
	put_unaligned_be32(0xdeadbeef, &build[ITT]);
	CHECK_EQ(at_target(build, 76), ISER_BAD_STAG);
	CHECK_EQ(pdu.opcode, ISER_PDU_SCSI_CMD);
	CHECK_EQ(pdu.itt, 0xdeadbeef);

	build_pdu(0x1c);
	put_unaligned_be32(0xdeadbeef, &build[ITT]);
	CHECK_EQ(at_target(build, 76), ISER_BAD_OPCODE);
	CHECK_EQ(pdu.itt, 0xdeadbeef);
}

TEST("hdr/random-damage-keeps-the-rules")
{
	const struct iser_vector *vec;
	u32 i, n, len;

	for (i = 0; i < ROUNDS(200000); i++) {
		vec = &iser_vectors[unit_random() % ARRAY_SIZE(iser_vectors)];
		len = unit_random() % 400;
		memset(build, 0, 400);
		memcpy(build, vec->bytes, min(vec->len, len));
		for (n = unit_random() % 6; n && len; n--)
			build[unit_random() % min_t(u32, len, 100)] =
				(u8)unit_random();
		NOTE("%s, round %u", vec->name, i);
		check_rules(build, len, roles[unit_random() % 2],
			    phases[unit_random() % 3]);
	}
}

/* ---- verdicts ---- */

TEST("hdr/each-verdict-has-its-fate")
{
	static const enum iser_verdict rejected[] = {
		ISER_BAD_ROLE, ISER_BAD_OPCODE, ISER_BAD_PHASE, ISER_BAD_TAGGED,
		ISER_BAD_DATA, ISER_BAD_STAG, ISER_BAD_FLAGS,
	};
	static const enum iser_verdict fatal[] = {
		ISER_BAD_SHORT, ISER_BAD_ISER_OP, ISER_BAD_HELLO_LEN,
		ISER_BAD_HELLO_ROLE, ISER_BAD_AHS, ISER_BAD_LENGTH,
		ISER_BAD_HELLO_PHASE, ISER_NR_VERDICTS,
	};
	u32 i;

	CHECK_EQ(iser_verdict_fate(ISER_OK), ISER_FATE_ACCEPT);
	for (i = 0; i < ARRAY_SIZE(rejected); i++)
		CHECK_EQ(iser_verdict_fate(rejected[i]), ISER_FATE_REJECT);
	for (i = 0; i < ARRAY_SIZE(fatal); i++)
		CHECK_EQ(iser_verdict_fate(fatal[i]), ISER_FATE_TERMINATE);
	CHECK_EQ(ARRAY_SIZE(rejected) + ARRAY_SIZE(fatal), ISER_NR_VERDICTS);
}

TEST("hdr/each-verdict-has-a-name-of-its-own")
{
	u32 a, b;

	for (a = 0; a < ISER_NR_VERDICTS; a++) {
		NOTE("verdict %u", a);
		CHECK(iser_verdict_name(a) && iser_verdict_name(a)[0]);
		CHECK(strcmp(iser_verdict_name(a), "unknown"));
		for (b = 0; b < a; b++)
			CHECK(strcmp(iser_verdict_name(a),
				     iser_verdict_name(b)));
	}
	CHECK_STR(iser_verdict_name(ISER_OK), "ok");
	CHECK_STR(iser_verdict_name(ISER_BAD_HELLO_LEN), "hello-len");
	CHECK_STR(iser_verdict_name(ISER_NR_VERDICTS), "unknown");
	CHECK_STR(iser_verdict_name((enum iser_verdict)-1), "unknown");
}

/* ---- encoders ---- */

/* Odd addresses on purpose: a header's place is nobody's promise. */
static u8 *encode_buffer(u32 len)
{
	u8 *buf = malloc(len + 1);

	memset(buf, 0xee, len + 1);
	return buf + 1;
}

TEST("hdr/encoded-headers-are-the-vectors")
{
	u8 *buf = encode_buffer(28);

	/* Each one into what the one before has left. */
	iser_ctrl_encode_read(buf, 0x2a03, 0x123456000ull);
	CHECK_BYTES(buf, iser_vec_read10, 28);

	iser_ctrl_encode(buf);
	CHECK_BYTES(buf, iser_vec_nop_out, 28);
	CHECK_BYTES(buf, iser_vec_scsi_rsp_good, 28);
	CHECK_BYTES(buf, iser_vec_data_out, 28);

	iser_ctrl_encode_read(buf, 0x2a03, 0x123456000ull);
	iser_ctrl_encode_write(buf, 0x3105, 0x200010000ull);
	CHECK_BYTES(buf, iser_vec_write10_solicited, 28);
	CHECK_BYTES(buf, iser_vec_write10_immediate, 28);

	iser_ctrl_encode_write(buf, 0x3105, 0x200012000ull);
	CHECK_BYTES(buf, iser_vec_hdr_de_facto_base, 28);

	iser_ctrl_encode_read(buf, 0x2a03, 0x123456000ull);
	CHECK_BYTES(buf, iser_vec_read10, 28);

	iser_hello_encode(buf, 16);
	CHECK_BYTES(buf, iser_vec_hello, 28);
	iser_hello_reply_encode(buf, 8, false);
	CHECK_BYTES(buf, iser_vec_hello_reply, 28);
	iser_hello_reply_encode(buf, 0, true);
	CHECK_BYTES(buf, iser_vec_hello_reply_rej, 28);
	free(buf - 1);
}

TEST("hdr/what-is-encoded-is-decoded")
{
	u32 i, stag;
	u64 base;

	for (i = 0; i < 2000; i++) {
		stag = unit_random() | 1;
		base = (u64)unit_random() << 32 | unit_random();
		build_cmd(F | W, 512, 0, false, false);
		iser_ctrl_encode_write(build, stag, base);
		CHECK_EQ(at_target(build, 76), ISER_OK);
		CHECK(pdu.wsv && !pdu.rsv);
		CHECK_EQ(pdu.write_stag, stag);
		CHECK_EQ(pdu.write_base, base);

		build[FLAGS] = F | R;
		iser_ctrl_encode_read(build, stag, base);
		CHECK_EQ(at_target(build, 76), ISER_OK);
		CHECK(pdu.rsv && !pdu.wsv);
		CHECK_EQ(pdu.read_stag, stag);
		CHECK_EQ(pdu.read_base, base);

		iser_hello_encode(build, (u16)stag);
		CHECK_EQ(at_target(build, 28), ISER_OK);
		CHECK_EQ(pdu.hello_depth, (u16)stag);
	}
}

/* ---- CM private data ---- */

static enum iser_verdict cm_req(const void *data, u32 len,
				struct iser_cm_caps *caps)
{
	void *exact = data ? unit_exact(data, len) : NULL;
	enum iser_verdict verdict;

	memset(caps, 0xff, sizeof(*caps));
	verdict = iser_cm_req_decode(exact, len, caps);
	free(exact);
	return verdict;
}

static enum iser_verdict cm_rep(const void *data, u32 len,
				struct iser_cm_caps *caps)
{
	void *exact = data ? unit_exact(data, len) : NULL;
	enum iser_verdict verdict;

	memset(caps, 0xff, sizeof(*caps));
	verdict = iser_cm_rep_decode(exact, len, caps);
	free(exact);
	return verdict;
}

TEST("cm/vectors-decode-in-fields-of-every-length")
{
	struct iser_cm_caps caps;
	u8 field[196] = { 0 };
	u32 len;

	for (len = 4; len <= sizeof(field); len++) {
		memcpy(field, iser_vec_cm_req + 36, 4);
		CHECK_EQ(cm_req(field, len, &caps), ISER_OK);
		CHECK(caps.present && caps.remote_inv);
		memcpy(field, iser_vec_cm_rep, 4);
		CHECK_EQ(cm_rep(field, len, &caps), ISER_OK);
		CHECK(caps.present && caps.remote_inv);
	}
	CHECK_EQ(cm_req(iser_vec_mpa_req + 24, 4, &caps), ISER_OK);
	CHECK(caps.present && caps.remote_inv);
}

TEST("cm/every-byte-0-is-understood")
{
	struct iser_cm_caps caps;
	u8 field[56] = { 0 };
	u32 byte0;

	for (byte0 = 0; byte0 < 256; byte0++) {
		NOTE("byte 0 %02x", byte0);
		field[0] = (u8)byte0;
		CHECK_EQ(cm_req(field, sizeof(field), &caps), ISER_OK);
		/* Reserved bits make no header. */
		CHECK_EQ(caps.present, !!(byte0 & 0xc0));
		CHECK_EQ(caps.remote_inv, (byte0 & 0xc0) == 0x80);
		CHECK_EQ(cm_rep(field, sizeof(field), &caps), ISER_OK);
		CHECK_EQ(caps.present, !!(byte0 & 0xc0));
		CHECK_EQ(caps.remote_inv, (byte0 & 0xc0) == 0x80);
	}
}

TEST("cm/zeros-are-no-header")
{
	static const u8 zeros[196];
	struct iser_cm_caps caps;

	CHECK_EQ(cm_req(zeros, 56, &caps), ISER_OK);
	CHECK(!caps.present && !caps.remote_inv);
	CHECK_EQ(cm_rep(zeros, 196, &caps), ISER_OK);
	CHECK(!caps.present && !caps.remote_inv);
}

TEST("cm/no-bytes-are-no-header")
{
	struct iser_cm_caps caps;

	CHECK_EQ(cm_req(NULL, 0, &caps), ISER_OK);
	CHECK(!caps.present && !caps.remote_inv);
	CHECK_EQ(cm_rep(NULL, 0, &caps), ISER_OK);
	CHECK(!caps.present && !caps.remote_inv);
}

TEST("cm/fragment-of-a-header-is-refused")
{
	struct iser_cm_caps caps;
	u32 len;

	for (len = 1; len < 4; len++) {
		NOTE("len %u", len);
		CHECK_EQ(cm_req(iser_vec_cm_rep, len, &caps), ISER_BAD_SHORT);
		CHECK(!caps.present && !caps.remote_inv);
		CHECK_EQ(cm_rep(iser_vec_cm_rep, len, &caps), ISER_BAD_SHORT);
		CHECK(!caps.present && !caps.remote_inv);
	}
}

TEST("cm/encoded-header-is-the-vector")
{
	static const u8 no_inv[4] = { 0xc0 };
	struct iser_cm_caps caps;
	struct iser_wire_cm cm;

	memset(&cm, 0xee, sizeof(cm));
	iser_cm_encode(&cm, true);
	CHECK_BYTES(&cm, iser_vec_cm_rep, 4);
	CHECK_BYTES(&cm, iser_vec_cm_req + 36, 4);
	CHECK_BYTES(&cm, iser_vec_mpa_req + 24, 4);

	memset(&cm, 0xee, sizeof(cm));
	iser_cm_encode(&cm, false);
	CHECK_BYTES(&cm, no_inv, 4);
	CHECK_EQ(cm_req(&cm, sizeof(cm), &caps), ISER_OK);
	CHECK(caps.present && !caps.remote_inv);
}
