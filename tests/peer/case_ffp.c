// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases in full feature phase: a peer that has logged in sends what it must
 * not. Three fates are legal, Reject, an end, or (where the text says so) an
 * ordinary answer; a connection that lives and no longer answers is not.
 */
#include <stdio.h>
#include <string.h>

#include "case.h"

/* Framing */

static uint32_t cut_nop(struct session *s, struct pdu *m, unsigned long len)
{
	uint32_t itt = nop_build(s, m, NULL, 0);

	m->len = len;
	return itt;
}

static int short_pdu(const struct who *w)
{
	static const uint8_t lens[] = { 0, 1, 3, 4, 27, 28, 29, 48, 52, 75 };
	char what[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		snprintf(what, sizeof(what), "%u bytes", lens[i]);
		if (spoil(w, cut_nop, lens[i], CAN_END, what))
			return -1;
	}
	return 0;
}

static uint32_t iser_opcode(struct session *s, struct pdu *m, unsigned long op)
{
	uint32_t itt = nop_build(s, m, NULL, 0);

	m->b[0] = op << 4;
	return itt;
}

static int wrong_iser_opcode(const struct who *w)
{
	static const uint8_t ops[] = { 0, 2, 3, 4, 8, 15 };
	char what[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		snprintf(what, sizeof(what), "iSER opcode %u", ops[i]);
		if (spoil(w, iser_opcode, ops[i], CAN_END, what))
			return -1;
	}
	return 0;
}

static uint32_t huge(struct session *s, struct pdu *m, unsigned long arg)
{
	uint32_t itt = nop_build(s, m, NULL, 0);

	(void)arg;
	m->len = PDU_MAX;
	return itt;
}

static int longer_than_any_buffer(const struct who *w)
{
	return spoil(w, huge, 0, CAN_END, "a message of 20 KiB");
}

static uint32_t hello(struct session *s, struct pdu *m, unsigned long arg)
{
	(void)s;
	(void)arg;
	pdu_hello(m, 10, 10, 16);
	return s->itt++;
}

/* In full feature phase the exchange is over: judge() cannot read a HelloReply. */
static int hello_late(const struct who *w)
{
	struct session *s = session_open(w);
	static struct peer_msg msg;
	static struct pdu m;
	enum peer_rc got;
	int rc = -1;

	if (!s)
		return -1;
	hello(s, &m, 0);
	if (peer_send(s->p, m.b, m.len))
		goto out;
	got = peer_recv(s->p, &msg, w->patience / 2);
	if (got == PEER_OK && (msg.data[0] & 0xf0) == 0x30 &&
	    msg.len != ISER_LEN)
		rc = peer_fail("a HelloReply of %u bytes", msg.len);
	else if (got == PEER_TIMEOUT)
		rc = peer_fail("a Hello is swallowed");
	else
		rc = ping_or_end(s, LIVES_OR_ENDS, "after a Hello");
out:
	session_drop(s);
	return rc;
}

/* Opcodes */

static uint32_t any_opcode(struct session *s, struct pdu *m, unsigned long op)
{
	uint32_t itt = s->itt++;

	pdu_init(m, OP_IMMEDIATE | op, 0x80, itt);
	pdu_lun(m, s->who->lun);
	pdu_set32(m, B_TTT, TAG_NONE);
	pdu_set32(m, B_CMDSN, s->cmdsn);
	pdu_set32(m, B_EXP_STATSN, s->exp_statsn);
	return itt;
}

static int each_opcode(const struct who *w, const uint8_t *ops, unsigned int n,
		       unsigned int ok)
{
	unsigned int i;
	char what[48];

	for (i = 0; i < n; i++) {
		snprintf(what, sizeof(what), "opcode 0x%02x", ops[i]);
		if (spoil(w, any_opcode, ops[i], ok, what))
			return -1;
	}
	return 0;
}

static int unknown_opcode(const struct who *w)
{
	static const uint8_t ops[] = {
		0x07, 0x08, 0x0b, 0x0f, 0x11, 0x18, 0x1b, 0x1c, 0x1d, 0x1e,
		0x1f, 0x27, 0x30, 0x33, 0x3c, 0x3e,
	};

	return each_opcode(w, ops, ARRAY_SIZE(ops), REJECT_OR_END);
}

static int target_opcode(const struct who *w)
{
	static const uint8_t ops[] = {
		OP_NOP_IN, OP_SCSI_RSP, OP_TMF_RSP, OP_LOGIN_RSP, OP_TEXT_RSP,
		OP_LOGOUT_RSP, OP_R2T, OP_ASYNC, OP_REJECT,
	};

	return each_opcode(w, ops, ARRAY_SIZE(ops), REJECT_OR_END);
}

static int data_in(const struct who *w)
{
	static const uint8_t ops[] = { OP_DATA_IN };

	return each_opcode(w, ops, 1, REJECT_OR_END);
}

static int snack(const struct who *w)
{
	static const uint8_t ops[] = { OP_SNACK };

	return each_opcode(w, ops, 1, REJECT_OR_END);
}

static int login_again(const struct who *w)
{
	static const uint8_t ops[] = { OP_LOGIN };

	return each_opcode(w, ops, 1, REJECT_OR_END | CAN_ANSWER);
}

/*
 * Receives for all that a target can answer at once: it would not try again for
 * most of a second each time it finds none.
 */
static struct session *roomy_session(const struct who *w)
{
	struct peer_params par;
	struct login_opts o;

	peer_params_init(&par, w->host, w->port);
	par.recvs = 256;
	par.recv_size = 4096;
	login_opts_init(&o);
	return session_open_with(w, &par, &o);
}

static int flood(const struct who *w, spoil_fn fn, unsigned long arg,
		 unsigned int n, const char *what)
{
	struct session *s = roomy_session(w);
	static struct peer_msg msg;
	static struct pdu m;
	unsigned int i;
	int rc;

	if (!s)
		return -1;
	for (i = 0; i < n && !peer_ended(s->p); i++) {
		fn(s, &m, arg);
		if (peer_send(s->p, m.b, m.len))
			break;
		/* Take Rejects as they come, or it is we who starve. */
		while (peer_recv(s->p, &msg, 0) == PEER_OK)
			;
	}
	peer_note("%u of %u sent, %lu taken", i, n, s->p->acked);
	if (i < n && !peer_ended(s->p))
		rc = peer_fail("%s: deaf after %lu", what, s->p->acked);
	else
		rc = ping_or_end(s, LIVES_OR_ENDS, what);
	session_drop(s);
	return rc;
}

static int thousand_illegal(const struct who *w)
{
	return flood(w, any_opcode, 0x1f, w->count ? w->count : 1000,
		     "after illegal opcodes");
}

static uint32_t stray_data_out(struct session *s, struct pdu *m,
			       unsigned long len)
{
	static uint8_t data[4096];
	uint32_t itt = s->itt++;

	pdu_init(m, OP_DATA_OUT, 0x80, itt);
	pdu_lun(m, s->who->lun);
	pdu_set32(m, B_TTT, TAG_NONE);
	pdu_set32(m, B_EXP_STATSN, s->exp_statsn);
	if (len)
		pdu_data(m, data, len);
	return itt;
}

static int thousand_data_outs(const struct who *w)
{
	return flood(w, stray_data_out, 512, w->count ? w->count : 1000,
		     "after Data-Outs nobody asked for");
}

/*
 * One of each kind that leaves the framing sound, so that a target can say what
 * is wrong and go on. If it ends the connection instead, which it may, the rest
 * comes on a new one.
 */
static void bad_pdu(struct session *s, struct pdu *m, unsigned int i)
{
	static const uint8_t ops[] = {
		0x1f, 0x07, OP_SNACK, OP_LOGIN, OP_SCSI_RSP, OP_DATA_IN, OP_R2T,
		OP_REJECT,
	};
	struct scsi_cmd c = { .edtl = 512, .immediate = true };

	if (i % 10 == 8) {
		stray_data_out(s, m, 512);
		pdu_set32(m, B_TTT, 0x1234);
	} else if (i % 10 == 9) {
		scsi_build(s, m, &c);		/* EDTL, neither R nor W */
	} else {
		any_opcode(s, m, ops[i % 10]);
	}
}

static int bad_pdus(const struct who *w)
{
	unsigned int i, used = 1, n = w->count ? w->count : 3000;
	struct session *by = session_open(w), *s = roomy_session(w);
	static struct peer_msg msg;
	static struct pdu m;
	int rc = -1;

	if (!by || !s)
		goto out;
	for (i = 0; i < n; i++) {
		bad_pdu(s, &m, i);
		if (peer_send(s->p, m.b, m.len) && !peer_ended(s->p)) {
			peer_fail("deaf after %u bad PDUs", i);
			goto out;
		}
		while (peer_recv(s->p, &msg, 0) == PEER_OK)
			;
		if (peer_ended(s->p)) {
			session_drop(s);
			s = roomy_session(w);
			used++;
		}
		if (!s || (i % 512 == 0 && ping(by)))
			goto out;
	}
	peer_note("%u bad PDUs on %u connections", n, used);
	if (ping_or_end(s, CAN_END, "after bad PDUs") || ping(by) ||
	    inquiry(by))
		goto out;
	rc = 0;
out:
	session_drop(s);
	session_close(by);
	return rc;
}

static int unknown_data_out(const struct who *w)
{
	return spoil(w, stray_data_out, 512, LIVES_OR_ENDS,
		     "Data-Out for an unknown task");
}

/* Lengths */

struct claim {
	uint8_t		op;
	uint32_t	len;
};

static uint32_t claim_data(struct session *s, struct pdu *m, unsigned long arg)
{
	const struct claim *c = (const struct claim *)arg;
	struct scsi_cmd cmd = { .write = true, .edtl = 8192,
				.cdb = { 0x2a, [8] = 16 } };
	uint32_t itt;

	if (c->op == OP_SCSI_CMD) {
		itt = scsi_build(s, m, &cmd);
	} else if (c->op == OP_TMF) {
		itt = tmf_build(s, m, 1, 0x9999);
	} else {
		itt = any_opcode(s, m, c->op);
		if (c->op == OP_LOGOUT)
			pdu_set32(m, B_CID, 0);
	}
	pdu_claim_data(m, c->len);
	return itt;
}

static int claimed_length(const struct who *w, uint8_t op)
{
	/* 1: one word, all of it behind the end; the rest ever further out. */
	static const uint32_t lens[] = { 1, 4, 8192, 8193, 0xffffff };
	char what[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		struct claim c = { .op = op, .len = lens[i] };

		snprintf(what, sizeof(what), "%s claiming %u bytes",
			 opcode_name(op), lens[i]);
		if (spoil(w, claim_data, (unsigned long)&c, REJECT_OR_END,
			  what))
			return -1;
	}
	return 0;
}

static int claimed_scsi(const struct who *w)
{
	return claimed_length(w, OP_SCSI_CMD);
}

static int claimed_nop(const struct who *w)
{
	return claimed_length(w, OP_NOP_OUT);
}

static int claimed_text(const struct who *w)
{
	return claimed_length(w, OP_TEXT);
}

static int claimed_data_out(const struct who *w)
{
	return claimed_length(w, OP_DATA_OUT);
}

static int claimed_tmf(const struct who *w)
{
	return claimed_length(w, OP_TMF);
}

static int claimed_logout(const struct who *w)
{
	return claimed_length(w, OP_LOGOUT);
}

/* AHS: words claimed, words there, then the content's own length and type */

struct ahs {
	const char	*what;
	uint8_t		claim;
	uint8_t		words;
	uint16_t	length;
	uint8_t		type;
};

static uint32_t spoiled_ahs(struct session *s, struct pdu *m, unsigned long arg)
{
	const struct ahs *a = (const struct ahs *)arg;
	struct scsi_cmd c = { .cdb = { 0x7f, [7] = 24 } };
	uint8_t content[255 * 4] = { 0 };
	uint32_t itt = scsi_build(s, m, &c);

	put16(content, a->length);
	content[2] = a->type;
	if (a->words)
		pdu_ahs(m, content, a->words);
	pdu_claim_ahs(m, a->claim);
	return itt;
}

static int each_ahs(const struct who *w, const struct ahs *a, unsigned int n,
		    unsigned int ok)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (spoil(w, spoiled_ahs, (unsigned long)&a[i], ok, a[i].what))
			return -1;
	return 0;
}

static int ahs_length_zero(const struct who *w)
{
	static const struct ahs a[] = {
		{ "AHSLength 0 in one word", 1, 1, 0, 1 },
		{ "AHSLength 0 in five words", 5, 5, 0, 1 },
		{ "AHSLength 0, type 0", 1, 1, 0, 0 },
	};

	return each_ahs(w, a, ARRAY_SIZE(a), REJECT_OR_END | CAN_ANSWER);
}

static int ahs_longer_than_total(const struct who *w)
{
	static const struct ahs a[] = {
		{ "AHSLength 6 in one word", 1, 1, 6, 1 },
		{ "AHSLength 0x7fff", 5, 5, 0x7fff, 1 },
		{ "AHSLength 0xffff", 5, 5, 0xffff, 1 },
		{ "AHSLength 0xffff, type 2", 2, 2, 0xffff, 2 },
	};

	return each_ahs(w, a, ARRAY_SIZE(a), REJECT_OR_END);
}

static int ahs_total_beyond_message(const struct who *w)
{
	static const struct ahs a[] = {
		{ "one word claimed, none there", 1, 0, 0, 0 },
		{ "255 words claimed, none there", 255, 0, 0, 0 },
		{ "255 words claimed, five there", 255, 5, 17, 1 },
	};

	return each_ahs(w, a, ARRAY_SIZE(a), REJECT_OR_END);
}

static int ahs_of_unknown_type(const struct who *w)
{
	static const struct ahs a[] = {
		{ "AHS type 3", 2, 2, 5, 3 },
		{ "AHS type 0x3f", 2, 2, 5, 0x3f },
		{ "AHS type 0xff", 2, 2, 5, 0xff },
	};

	return each_ahs(w, a, ARRAY_SIZE(a), REJECT_OR_END | CAN_ANSWER);
}

static int ahs_extended_cdb(const struct who *w)
{
	static const struct ahs a[] = {
		{ "a CDB of 32 bytes", 5, 5, 17, 1 },
	};

	return each_ahs(w, a, 1, CAN_ANSWER);
}

/* A CDB that says it is longer than what is there of it. */
struct lie {
	const char	*what;
	uint8_t		more;	/* than 8 bytes, says the CDB */
	uint8_t		words;	/* of AHS */
	uint16_t	length;	/* AHSLength: bytes of CDB in it, and one */
};

static uint32_t lying_cdb(struct session *s, struct pdu *m, unsigned long arg)
{
	const struct lie *l = (const struct lie *)arg;
	struct scsi_cmd c = { .cdb = { 0x7f, [7] = l->more } };
	uint8_t content[255 * 4] = { 0 };
	uint32_t itt = scsi_build(s, m, &c);

	put16(content, l->length);
	content[2] = 1;
	if (l->words)
		pdu_ahs(m, content, l->words);
	return itt;
}

static int lying_cdbs(const struct who *w)
{
	static const struct lie l[] = {
		{ "260 bytes of CDB, no AHS", 252, 0, 0 },
		{ "32 bytes of CDB, no AHS", 24, 0, 0 },
		{ "260 bytes of CDB, none in the AHS", 252, 1, 1 },
		{ "260 bytes of CDB, 1 in the AHS", 252, 2, 2 },
		{ "260 bytes of CDB, 16 in the AHS", 252, 5, 17 },
		{ "260 bytes of CDB, 243 in the AHS", 252, 62, 244 },
		{ "32 bytes of CDB, 15 in the AHS", 24, 5, 16 },
	};
	unsigned int i;

	/* Refused in any way; but a CDB that is not there cannot be GOOD. */
	for (i = 0; i < ARRAY_SIZE(l); i++)
		if (spoil(w, lying_cdb, (unsigned long)&l[i],
			  REJECT_OR_END | CAN_FAIL, l[i].what))
			return -1;
	return 0;
}

/* STags: without one that works no data moves, and nothing can be GOOD. */

static uint32_t without_stag(struct session *s, struct pdu *m,
			     unsigned long write)
{
	struct scsi_cmd c;

	cdb_rw(&c, write, 0, 8, 512);
	return scsi_build(s, m, &c);
}

static int write_without_stag(const struct who *w)
{
	return spoil(w, without_stag, 1, REJECT_OR_END | CAN_FAIL,
		     "WRITE without an STag");
}

static int read_without_stag(const struct who *w)
{
	return spoil(w, without_stag, 0, REJECT_OR_END | CAN_FAIL,
		     "READ without an STag");
}

static uint32_t foreign_stag(struct session *s, struct pdu *m,
			     unsigned long write)
{
	struct peer_region r = { .rkey = 0xdeadbe01, .iova = 0x1234567000,
				 .len = 4096 };
	struct scsi_cmd c;

	cdb_rw(&c, write, 0, 8, 512);
	c.region = &r;
	return scsi_build(s, m, &c);
}

static int beside_a_bystander(const struct who *w, spoil_fn fn,
			      unsigned long arg, unsigned int ok,
			      const char *what)
{
	struct session *by = session_open(w);
	int rc = -1;

	if (!by)
		return -1;
	if (ping(by) || test_unit_ready(by))
		goto out;
	if (spoil(w, fn, arg, ok, what))
		goto out;
	rc = ping(by) || inquiry(by) ? -1 : 0;
	if (rc)
		peer_fail("a bystander suffers: %s", peer_why());
out:
	session_close(by);
	return rc;
}

static int bad_rkey_read(const struct who *w)
{
	return beside_a_bystander(w, foreign_stag, 0, CAN_END | CAN_FAIL,
				  "READ into an unknown STag");
}

static int bad_rkey_write(const struct who *w)
{
	return beside_a_bystander(w, foreign_stag, 1, CAN_END | CAN_FAIL,
				  "WRITE from an unknown STag");
}

/* One byte less registered than asked for. */
static uint32_t tight_stag(struct session *s, struct pdu *m,
			   unsigned long write)
{
	struct scsi_cmd c;

	cdb_rw(&c, write, 0, 8, 512);
	c.region = peer_region(s->p, 4095, IBV_ACCESS_REMOTE_WRITE |
			       IBV_ACCESS_REMOTE_READ);
	return scsi_build(s, m, &c);
}

static int region_too_short(const struct who *w)
{
	if (beside_a_bystander(w, tight_stag, 0, CAN_END | CAN_FAIL,
			       "READ into a region a byte too short"))
		return -1;
	return beside_a_bystander(w, tight_stag, 1, CAN_END | CAN_FAIL,
				  "WRITE from a region a byte too short");
}

/* A Write STag on READ, a Read STag on a PDU that has no data. */
static uint32_t needless_stag(struct session *s, struct pdu *m,
			      unsigned long which)
{
	struct scsi_cmd c = { .edtl = 0 };
	uint32_t itt = which ? nop_build(s, m, NULL, 0) : scsi_build(s, m, &c);

	pdu_write_stag(m, 0xdeadbe01, 0x1000);
	pdu_read_stag(m, 0xdeadbe02, 0x1000);
	return itt;
}

static int needless_stags(const struct who *w)
{
	if (spoil(w, needless_stag, 0, REJECT_OR_END | CAN_ANSWER,
		  "TEST UNIT READY with two STags"))
		return -1;
	return spoil(w, needless_stag, 1, REJECT_OR_END | CAN_ANSWER,
		     "NOP-Out with two STags");
}

/* Fields that no flag covers, and reserved bits: as if they were zero. */
static uint32_t rubbish(struct session *s, struct pdu *m, unsigned long arg)
{
	struct scsi_cmd c = { .edtl = 0 };
	uint32_t itt = arg ? nop_build(s, m, NULL, 0) : scsi_build(s, m, &c);

	m->b[0] |= 0x03;
	memset(m->b + 1, 0xff, ISER_LEN - 1);
	return itt;
}

static int reserved_bits(const struct who *w)
{
	if (spoil(w, rubbish, 0, CAN_ANSWER,
		  "TEST UNIT READY with rubbish in its header"))
		return -1;
	return spoil(w, rubbish, 1, CAN_ANSWER,
		     "NOP-Out with rubbish in its header");
}

/* RFC 7143 section 13.14: what exceeds FirstBurstLength is refused. */
static int beyond_first_burst(const struct who *w)
{
	static uint8_t data[8192];
	struct peer_params par;
	struct scsi_result r;
	struct login_opts o;
	struct session *s;
	struct scsi_cmd c;
	static struct pdu m;
	uint32_t itt;
	int rc = -1;

	peer_params_init(&par, w->host, w->port);
	login_opts_init(&o);
	o.first_burst = 4096;
	s = session_open_with(w, &par, &o);
	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	cdb_rw(&c, true, 0, 16, 512);
	c.imm = data;
	c.imm_len = 4096;
	c.region = peer_region(s->p, 8192, IBV_ACCESS_REMOTE_READ);
	if (!c.region || scsi_good(s, &c, &r))
		goto out;
	c.imm_len = 8192;
	itt = scsi_build(s, &m, &c);
	if (!peer_send(s->p, m.b, m.len))
		rc = judge(s, itt, REJECT_OR_END,
			   "8 KiB immediate, FirstBurstLength=4096");
out:
	session_drop(s);
	return rc;
}

/* READ and WRITE bits and lengths that contradict each other */

struct bits {
	const char	*what;
	bool		read;
	bool		write;
	uint32_t	edtl;
	uint32_t	imm;
};

static uint32_t contradiction(struct session *s, struct pdu *m,
			      unsigned long arg)
{
	const struct bits *b = (const struct bits *)arg;
	static uint8_t data[4096];
	struct scsi_cmd c = { .cdb = { 0x2a, [8] = 1 } };

	c.read = b->read;
	c.write = b->write;
	c.edtl = b->edtl;
	c.imm = data;
	c.imm_len = b->imm;
	c.region = peer_region(s->p, 1 << 20, IBV_ACCESS_REMOTE_READ |
			       IBV_ACCESS_REMOTE_WRITE);
	return scsi_build(s, m, &c);
}

static int contradictions(const struct who *w)
{
	static const struct bits b[] = {
		{ "immediate data beyond EDTL", false, true, 512, 4096 },
		{ "immediate data, EDTL 0", false, true, 0, 512 },
		{ "immediate data of a READ", true, false, 512, 512 },
		{ "immediate data without W", false, false, 512, 512 },
		{ "EDTL without R or W", false, false, 0x10000, 0 },
		{ "R and W", true, true, 512, 0 },
		{ "EDTL of 4 GiB", false, true, 0xffffffff, 0 },
		{ "EDTL of 4 GiB and immediate data", false, true, 0xffffffff,
		  4096 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(b); i++)
		if (spoil(w, contradiction, (unsigned long)&b[i],
			  REJECT_OR_END | CAN_ANSWER, b[i].what))
			return -1;
	return 0;
}

/* Pings */

static int echo(struct session *s, size_t len)
{
	static uint8_t data[8192];
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt;

	fill_pattern(data, len, 77);
	itt = nop_build(s, &m, data, len);
	if (peer_send(s->p, m.b, m.len) ||
	    session_answer(s, itt, OP_NOP_IN, &msg))
		return -1;
	if (msg32(&msg, B_TTT) != TAG_NONE)
		return peer_fail("NOP-In with TTT %08x", msg32(&msg, B_TTT));
	if (msg_dlen(&msg) != len)
		return peer_fail("%zu bytes of ping come back as %u", len,
				 msg_dlen(&msg));
	return check_pattern(msg_payload(&msg), len, 77);
}

static int ping_plain(const struct who *w)
{
	struct session *s = session_open(w);
	int rc = -1;

	if (!s)
		return -1;
	if (!echo(s, 0) && !echo(s, 0))
		rc = no_faults(s);
	session_close(s);
	return rc;
}

/* To an initiator that may be believed about its lengths (RFC 7145 6.8). */
static int ping_echo(const struct who *w)
{
	static const uint16_t lens[] = { 0, 1, 4, 63, 64, 4096, 8192 };
	static const char extra[] = "MaxAHSLength=256";
	struct peer_params par;
	struct login_opts o;
	struct session *s;
	unsigned int i;
	int rc = 0;

	peer_params_init(&par, w->host, w->port);
	login_opts_init(&o);
	o.extra = extra;
	o.extra_len = sizeof(extra);
	s = session_open_with(w, &par, &o);
	if (!s)
		return -1;
	for (i = 0; !rc && i < ARRAY_SIZE(lens); i++)
		rc = echo(s, lens[i]);
	if (!rc)
		rc = no_faults(s);
	session_close(s);
	return rc;
}

/* No answer is due to ITT ffffffff, with or without data. */
static int ping_without_answer(const struct who *w)
{
	struct session *s = session_open(w);
	static struct peer_msg msg;
	static struct pdu m;
	int i, rc = -1;

	if (!s)
		return -1;
	for (i = 0; i < 200; i++) {
		nop_build(s, &m, NULL, 0);
		pdu_set32(&m, B_ITT, TAG_NONE);
		if (peer_send(s->p, m.b, m.len))
			goto out;
		/* No more of them at a time than the target takes. */
		if (i % 8 == 7 && ping(s))
			goto out;
	}
	if (session_recv(s, &msg, 500) == PEER_OK)
		rc = peer_fail("a NOP-Out that wants no answer gets %s",
			       opcode_name(msg_opcode(&msg)));
	else
		rc = ping_or_end(s, 0, "after 200 silent NOP-Outs");
out:
	session_close(s);
	return rc;
}

static int other_connections_keep_going(const struct who *w)
{
	unsigned int i, n = w->count ? w->count : 2000;
	struct session *by = session_open(w);
	struct session *s = session_open(w);
	static struct peer_msg msg;
	static struct pdu m;
	long worst = 0;
	int rc = -1;

	if (!by || !s)
		goto out;
	for (i = 0; i < n && !peer_ended(s->p); i++) {
		nop_build(s, &m, NULL, 0);
		if (peer_send(s->p, m.b, m.len))
			break;
		while (peer_recv(s->p, &msg, 0) == PEER_OK)
			;
		if (i % 64 == 0) {
			long start = peer_now_ms();

			if (ping(by))
				goto out;
			if (peer_now_ms() - start > worst)
				worst = peer_now_ms() - start;
		}
	}
	peer_note("%u NOP-Outs; a bystander waited at most %ld ms", i, worst);
	rc = worst < scaled_ms(w, 2000) ? 0 :
	     peer_fail("a bystander waited %ld ms for a ping", worst);
out:
	session_drop(s);
	session_close(by);
	return rc;
}

/* First command together with the end of login (CVE-2026-90293, -90294) */

static unsigned int first_commands(struct session *s, struct pdu *m,
				   uint32_t exp_statsn)
{
	struct scsi_cmd tur = { .edtl = 0 };

	s->exp_statsn = exp_statsn;
	nop_build(s, &m[0], NULL, 0);
	scsi_build(s, &m[1], &tur);
	scsi_build(s, &m[2], &tur);
	return 3;
}

static int one_instant(const struct who *w, bool pipelined)
{
	static struct peer_msg msg;
	static struct pdu login, m[3];
	struct peer_out out[4] = { { login.b, 0 } };
	static struct text t;
	struct session *s = NULL;
	struct peer_params par;
	struct login_opts o;
	unsigned int i, n;
	uint32_t statsn;
	int rc = -1;

	peer_params_init(&par, w->host, w->port);
	login_opts_init(&o);
	s = session_new(w, peer_connect(&par));
	if (!s || login_security(s, &o))
		goto out;
	login_operational_text(&o, &t);
	login_pdu(s, &login, 1, 3, true, &t);
	out[0].len = login.len;
	statsn = s->exp_statsn;
	n = first_commands(s, m, statsn + 1);
	s->exp_statsn = statsn;
	for (i = 0; i < n; i++) {
		out[i + 1].buf = m[i].b;
		out[i + 1].len = m[i].len;
	}
	if (pipelined) {
		/* Against the rules: only survival and liveness count. */
		if (!peer_send_batch(s->p, out, n + 1))
			rc = ping_or_end(s, LIVES_OR_ENDS | CAN_STARVE,
					 "commands in front of the Login Response");
		goto out;
	}
	if (peer_send(s->p, out[0].buf, out[0].len))
		goto out;
	if (peer_recv(s->p, &msg, w->patience) != PEER_OK ||
	    peer_send_batch(s->p, out + 1, n)) {
		peer_fail("no final Login Response");
		goto out;
	}
	s->exp_statsn = msg32(&msg, B_STATSN) + 1;
	if (login_take_response(s, &msg))
		goto out;
	rc = collect(s, n, 0);
out:
	session_drop(s);
	return rc;
}

static int same_instant(const struct who *w)
{
	unsigned int i, n = w->count ? w->count : 50;

	for (i = 0; i < n; i++) {
		if (!one_instant(w, false))
			continue;
		return peer_fail("login %u of %u: %s", i + 1, n, peer_why());
	}
	return 0;
}

static int ahead_of_login(const struct who *w)
{
	unsigned int i, n = w->count ? w->count : 20;

	for (i = 0; i < n; i++) {
		if (!one_instant(w, true))
			continue;
		return peer_fail("login %u of %u: %s", i + 1, n, peer_why());
	}
	return 0;
}

/* Leaving with work outstanding */

static int leave_busy_once(const struct who *w, unsigned int round)
{
	struct session *s = session_open(w);
	static struct pdu m[24];
	struct peer_out out[24];
	struct peer_region *r;
	unsigned int i;
	int rc = -1;

	if (!s)
		return -1;
	r = peer_region(s->p, 65536, IBV_ACCESS_REMOTE_READ |
			IBV_ACCESS_REMOTE_WRITE);
	if (!r)
		goto out;
	for (i = 0; i < ARRAY_SIZE(m); i++) {
		struct scsi_cmd c;

		cdb_rw(&c, i % 2, 0, 128, 512);
		c.region = r;
		if (i % 12 == 5)
			tmf_build(s, &m[i], i % 24 == 5 ? 1 : 5, s->itt - 1);
		else
			scsi_build(s, &m[i], &c);
		out[i].buf = m[i].b;
		out[i].len = m[i].len;
	}
	if (round % 4 == 3)
		logout_build(s, &m[23]), out[23].len = m[23].len;
	rc = peer_send_batch(s->p, out, ARRAY_SIZE(m));
	if (round % 2)
		peer_flush(s->p, 200);
out:
	session_drop(s);
	return rc;
}

static int leave_busy(const struct who *w)
{
	unsigned int i, n = w->count ? w->count : 16;

	for (i = 0; i < n; i++)
		if (leave_busy_once(w, i))
			return -1;
	return 0;
}

/* No command gets an answer, neither before a ping does nor a while later. */
static int only_pong(struct session *s)
{
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt = nop_build(s, &m, NULL, 0);
	bool pong = false;
	enum peer_rc rc;

	if (peer_send(s->p, m.b, m.len))
		return peer_ended(s->p) ? 0 : -1;
	while ((rc = session_recv(s, &msg, pong ? scaled_ms(s->who, 500) :
				  s->who->patience)) == PEER_OK) {
		if (msg_opcode(&msg) == OP_SCSI_RSP)
			return peer_fail("the command with ITT %x is answered",
					 msg32(&msg, B_ITT));
		pong |= msg32(&msg, B_ITT) == itt;
	}
	return rc == PEER_ERROR ? -1 : 0;
}

static int same_cmdsn_twice(const struct who *w)
{
	struct session *s = session_open(w);
	struct scsi_cmd tur = { .edtl = 0 };
	static struct pdu m;
	int rc = -1;

	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	s->cmdsn--;
	scsi_build(s, &m, &tur);
	if (peer_send(s->p, m.b, m.len))
		goto out;
	/* Far beyond the window: to be ignored silently, too. */
	scsi_build(s, &m, &tur);
	pdu_set32(&m, B_CMDSN, s->max_cmdsn + 1000);
	if (peer_send(s->p, m.b, m.len))
		goto out;
	s->cmdsn--;
	if (only_pong(s))
		goto out;
	rc = ping_or_end(s, CAN_END, "after a stale and a far CmdSN");
	if (!rc && !peer_ended(s->p))
		rc = test_unit_ready(s) ? -1 : no_faults(s);
out:
	session_drop(s);
	return rc;
}

const struct peer_case ffp_cases[] = {
	{ "ffp/short-pdu-ends-connection", short_pdu,
	  "0..75 bytes", NULL },
	{ "ffp/wrong-iser-opcode-ends-connection", wrong_iser_opcode,
	  "byte 0 with an opcode but 1, 76 bytes long", NULL },
	{ "ffp/longer-than-any-buffer", longer_than_any_buffer,
	  "a message that fits no posted receive", NULL },
	{ "ffp/hello-is-answered-or-connection-ends", hello_late,
	  "a Hello outside the exchange", NULL },
	{ "ffp/unknown-opcode-is-rejected-or-ends", unknown_opcode,
	  "never silence", NULL },
	{ "ffp/target-opcode-is-rejected-or-ends", target_opcode,
	  "NOP-In, responses, R2T, Async, Reject from an initiator", NULL },
	{ "ffp/data-in-is-rejected-or-ends", data_in,
	  "Data-In from an initiator", NULL },
	{ "ffp/snack-is-rejected", snack,
	  "forbidden on iSER", NULL },
	{ "ffp/login-again", login_again,
	  "a Login Request in full feature phase", NULL },
	{ "ffp/1000-illegal-opcodes", thousand_illegal,
	  "after them a ping is answered, or it has ended", NULL },
	{ "ffp/1000-stray-data-outs", thousand_data_outs,
	  "after them a ping is answered, or it has ended", NULL },
	{ "ffp/bad-pdus-cost-nothing", bad_pdus,
	  "3000 (--count) of ten kinds, a bystander pings on", NULL },
	{ "ffp/data-out-for-unknown-task", unknown_data_out,
	  "one, with 512 bytes", NULL },
	{ "ffp/scsi-command-data-longer-than-message", claimed_scsi,
	  "CVE-2026-90414", NULL },
	{ "ffp/nop-out-data-longer-than-message", claimed_nop,
	  "CVE-2026-90414", NULL },
	{ "ffp/text-data-longer-than-message", claimed_text,
	  "CVE-2026-90414", NULL },
	{ "ffp/data-out-longer-than-message", claimed_data_out,
	  "CVE-2026-90414", NULL },
	{ "ffp/tmf-data-longer-than-message", claimed_tmf,
	  "task management has no data", NULL },
	{ "ffp/logout-data-longer-than-message", claimed_logout,
	  "logout has no data", NULL },
	{ "ffp/ahs-length-zero", ahs_length_zero,
	  "an AHS that is shorter than its type byte", NULL },
	{ "ffp/ahs-longer-than-total", ahs_longer_than_total,
	  "AHSLength beyond TotalAHSLength", NULL },
	{ "ffp/ahs-beyond-message", ahs_total_beyond_message,
	  "TotalAHSLength beyond what arrived", NULL },
	{ "ffp/ahs-of-unknown-type", ahs_of_unknown_type,
	  "rejected, or ignored and answered", NULL },
	{ "ffp/extended-cdb-is-answered", ahs_extended_cdb,
	  "a legal CDB of 32 bytes gets a SCSI Response", NULL },
	{ "ffp/variable-length-cdb-that-lies", lying_cdbs,
	  "longer than its AHS, or without one: never GOOD", NULL },
	{ "ffp/write-without-stag", write_without_stag,
	  "solicited data and no Write STag", NULL },
	{ "ffp/read-without-stag", read_without_stag,
	  "read data and no Read STag", NULL },
	{ "ffp/needless-stags", needless_stags,
	  "STags where nothing can use them", NULL },
	{ "ffp/bad-rkey-read-ends-only-this-connection", bad_rkey_read,
	  "RDMA Write is refused; a bystander lives", NULL },
	{ "ffp/bad-rkey-write-ends-only-this-connection", bad_rkey_write,
	  "RDMA Read is refused; a bystander lives", NULL },
	{ "ffp/region-too-short", region_too_short,
	  "one byte less registered than EDTL", NULL },
	{ "ffp/reserved-bits-are-ignored", reserved_bits,
	  "and STags that no flag covers", NULL },
	{ "ffp/unsolicited-beyond-first-burst", beyond_first_burst,
	  "rejected, or the end", NULL },
	{ "ffp/contradicting-command", contradictions,
	  "R, W, EDTL and immediate data that do not fit", NULL },
	{ "ffp/ping-is-answered", ping_plain,
	  "NOP-Out without data", NULL },
	{ "ffp/ping-data-comes-back", ping_echo,
	  "0 to 8192 bytes, identical", NULL },
	{ "ffp/ping-without-answer", ping_without_answer,
	  "200 NOP-Outs with ITT ffffffff cost nothing", NULL },
	{ "ffp/flood-leaves-others-alone", other_connections_keep_going,
	  "2000 (--count) immediate NOP-Outs, a bystander pings on", NULL },
	{ "ffp/command-in-same-instant-as-final-login-response", same_instant,
	  "50 (--count) logins", NULL },
	{ "ffp/command-ahead-of-final-login-response", ahead_of_login,
	  "20 (--count) logins, commands in the same doorbell", NULL },
	{ "ffp/peer-may-leave-busy", leave_busy,
	  "16 (--count) sessions dropped with 24 tasks outstanding", NULL },
	{ "ffp/cmdsn-outside-window-is-ignored", same_cmdsn_twice,
	  "a stale one and a far one", NULL },
	{ }
};
