// SPDX-License-Identifier: GPL-2.0-only
/*
 * Honest exchanges. StatSN rule (RFC 7143 section 11.8.4 and others): every
 * target PDU that has one takes the next, except a NOP-In that the target sends
 * on its own account (ITT ffffffff), which shows the next without taking it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "session.h"

#define RDSL_OPEN_ISCSI		262144

void login_opts_init(struct login_opts *o)
{
	memset(o, 0, sizeof(*o));
	o->irdsl = RDSL_USUAL;
	o->trdsl = RDSL_USUAL;
	o->first_burst = 262144;
	o->connections = 1;
	o->rdma = "Yes";
}

struct session *session_new(const struct who *w, struct peer *p)
{
	struct session *s;

	if (!p)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s) {
		peer_drop(p);
		peer_fail("out of memory");
		return NULL;
	}
	s->p = p;
	s->who = w;
	s->cmdsn = 1;
	s->itt = 0x10;
	s->irdsl = RDSL_USUAL;
	s->trdsl = RDSL_USUAL;
	/* A random ISID: nobody must reinstate somebody else's session. */
	if (getrandom(s->isid, sizeof(s->isid), 0) < 0)
		memset(s->isid, 0x5a, sizeof(s->isid));
	s->isid[0] = 0x80;
	return s;
}

/* Login */

void login_pdu(struct session *s, struct pdu *m, unsigned int csg,
	       unsigned int nsg, bool transit, const struct text *t)
{
	uint8_t flags = csg << 2;

	if (transit)
		flags |= 0x80 | nsg;
	pdu_init(m, OP_IMMEDIATE | OP_LOGIN, flags, s->itt);
	memcpy(m->b + ISER_LEN + B_ISID, s->isid, sizeof(s->isid));
	put16(m->b + ISER_LEN + B_TSIH, s->tsih);
	put16(m->b + ISER_LEN + B_CID, s->cid);
	pdu_set32(m, B_CMDSN, s->cmdsn);
	pdu_set32(m, B_EXP_STATSN, s->exp_statsn);
	if (t)
		pdu_data(m, t->b, t->len);
}

void login_security_text(const struct session *s, const struct login_opts *o,
			 struct text *t)
{
	t->len = 0;
	text_add(t, "InitiatorName", s->who->initiator);
	text_add(t, "InitiatorAlias", "iser-peer");
	if (o->discovery) {
		text_add(t, "SessionType", "Discovery");
	} else {
		text_add(t, "TargetName", o->iqn ? o->iqn : s->who->iqn);
		text_add(t, "SessionType", "Normal");
	}
	text_add(t, "AuthMethod", "None");
}

void login_operational_text(const struct login_opts *o, struct text *t)
{
	t->len = 0;
	text_add(t, "HeaderDigest", o->digests ? "CRC32C,None" : "None");
	text_add(t, "DataDigest", o->digests ? "CRC32C,None" : "None");
	text_add(t, "DefaultTime2Wait", "2");
	text_add(t, "DefaultTime2Retain", "0");
	text_add(t, "IFMarker", "No");
	text_add(t, "OFMarker", "No");
	text_num(t, "ErrorRecoveryLevel", o->recovery);
	if (!o->discovery) {
		text_add(t, "InitialR2T", o->initial_r2t ? "Yes" : "No");
		text_add(t, "ImmediateData", "Yes");
		text_add(t, "MaxBurstLength", "16776192");
		text_num(t, "FirstBurstLength", o->first_burst);
		text_add(t, "MaxOutstandingR2T", "1");
		text_num(t, "MaxConnections", o->connections);
		text_add(t, "DataPDUInOrder", "Yes");
		text_add(t, "DataSequenceInOrder", "Yes");
	}
	text_num(t, "MaxRecvDataSegmentLength", RDSL_OPEN_ISCSI);
	if (*o->rdma)
		text_add(t, "RDMAExtensions", o->rdma);
	text_num(t, "InitiatorRecvDataSegmentLength", o->irdsl);
	text_num(t, "TargetRecvDataSegmentLength", o->trdsl);
	if (o->extra) {
		memcpy(t->b + t->len, o->extra, o->extra_len);
		t->len += o->extra_len;
	}
}

static void note_window(struct session *s, const struct peer_msg *msg)
{
	uint32_t max = msg32(msg, B_MAX_CMDSN);

	if (s->full && (int32_t)(max - s->max_cmdsn) < 0) {
		if (!s->window_faults++ && !s->statsn_faults)
			snprintf(s->fault, sizeof(s->fault),
				 "MaxCmdSN went back from %u to %u",
				 s->max_cmdsn, max);
		return;
	}
	s->max_cmdsn = max;
	s->exp_cmdsn = msg32(msg, B_EXP_CMDSN);
}

static void note_statsn(struct session *s, const struct peer_msg *msg)
{
	uint32_t statsn = msg32(msg, B_STATSN);

	if (s->statsn_known && statsn != s->exp_statsn &&
	    !s->statsn_faults++ && !s->window_faults)
		snprintf(s->fault, sizeof(s->fault),
			 "%s carries StatSN %u where %u is next",
			 opcode_name(msg_opcode(msg)), statsn, s->exp_statsn);
	s->statsn_known = true;
	if (msg_opcode(msg) == OP_NOP_IN && msg32(msg, B_ITT) == TAG_NONE)
		s->exp_statsn = statsn;
	else
		s->exp_statsn = statsn + 1;
}

static bool yes(const char *value, bool otherwise)
{
	return value ? !strcmp(value, "Yes") : otherwise;
}

static void note_number(const struct session *s, const char *key, uint32_t *to)
{
	const char *v = text_get(s->last_text, s->last_text_len, key);

	if (v)
		*to = strtoul(v, NULL, 0);
}

static void note_keys(struct session *s)
{
	const char *t = s->last_text;
	size_t n = s->last_text_len;

	note_number(s, "InitiatorRecvDataSegmentLength", &s->irdsl);
	note_number(s, "TargetRecvDataSegmentLength", &s->trdsl);
	note_number(s, "FirstBurstLength", &s->first_burst);
	s->initial_r2t = yes(text_get(t, n, "InitialR2T"), s->initial_r2t);
	s->immediate_data = yes(text_get(t, n, "ImmediateData"),
				s->immediate_data);
}

int login_take_response(struct session *s, const struct peer_msg *msg)
{
	uint8_t flags = msg8(msg, B_FLAGS);

	if (msg_opcode(msg) != OP_LOGIN_RSP)
		return peer_fail("login answered by %s",
				 opcode_name(msg_opcode(msg)));
	s->login_class = msg8(msg, B_LOGIN_STATUS);
	s->login_detail = msg8(msg, B_LOGIN_STATUS + 1);
	s->last_text_len = msg_dlen(msg);
	memcpy(s->last_text, msg_payload(msg), s->last_text_len);
	note_keys(s);
	if (s->login_class)
		return peer_fail("login refused with status %02x/%02x",
				 s->login_class, s->login_detail);
	if ((flags & 0x80) && (flags & 3) == 3) {
		s->tsih = get16(msg->data + ISER_LEN + B_TSIH);
		s->full = true;
	}
	return 0;
}

int login_exchange(struct session *s, struct pdu *m, struct peer_msg *msg)
{
	enum peer_rc rc;

	if (peer_send(s->p, m->b, m->len))
		return -1;
	rc = session_recv(s, msg, s->who->patience);
	if (rc == PEER_ERROR)
		return -1;
	if (rc == PEER_ENDED)
		return peer_fail("connection ended during login (%s)",
				 peer_how_ended(s->p));
	if (rc == PEER_TIMEOUT)
		return peer_fail("no Login Response within %d ms",
				 s->who->patience);
	return login_take_response(s, msg);
}

/* One stage, as many exchanges as the target wants. */
static int login_stage(struct session *s, unsigned int csg, unsigned int nsg,
		       const struct text *keys)
{
	static struct peer_msg msg;
	static struct pdu m;
	int round;

	for (round = 0; round < 8; round++) {
		login_pdu(s, &m, csg, nsg, true, round ? NULL : keys);
		if (login_exchange(s, &m, &msg))
			return -1;
		if (msg8(&msg, B_FLAGS) & 0x80)
			return 0;
	}
	return peer_fail("login stage %u does not end", csg);
}

int login_security(struct session *s, const struct login_opts *o)
{
	static struct text t;

	login_security_text(s, o, &t);
	return login_stage(s, 0, 1, &t);
}

int login_operational(struct session *s, const struct login_opts *o)
{
	static struct text t;

	s->irdsl = o->irdsl;
	s->trdsl = o->trdsl;
	login_operational_text(o, &t);
	if (login_stage(s, 1, 3, &t))
		return -1;
	if (!s->full)
		return peer_fail("login did not reach full feature phase");
	return 0;
}

int session_login(struct session *s, const struct login_opts *o)
{
	return login_security(s, o) || login_operational(s, o) ? -1 : 0;
}

struct session *session_open_with(const struct who *w,
				  const struct peer_params *par,
				  const struct login_opts *o)
{
	struct session *s = session_new(w, peer_connect(par));

	if (s && session_login(s, o)) {
		session_drop(s);
		s = NULL;
	}
	return s;
}

struct session *session_open(const struct who *w)
{
	struct peer_params par;
	struct login_opts o;

	peer_params_init(&par, w->host, w->port);
	par.timeout_ms = w->patience;
	login_opts_init(&o);
	return session_open_with(w, &par, &o);
}

struct session *session_open_discovery(const struct who *w, uint32_t irdsl)
{
	struct peer_params par;
	struct login_opts o;

	peer_params_init(&par, w->host, w->port);
	par.timeout_ms = w->patience;
	login_opts_init(&o);
	o.discovery = true;
	o.irdsl = irdsl;
	return session_open_with(w, &par, &o);
}

void session_close(struct session *s)
{
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt;

	if (!s)
		return;
	if (s->full && !peer_ended(s->p)) {
		itt = logout_build(s, &m);
		if (!peer_send(s->p, m.b, m.len))
			session_wait(s, itt, &msg, 2000);
	}
	peer_close(s->p);
	free(s);
}

void session_drop(struct session *s)
{
	if (!s)
		return;
	peer_drop(s->p);
	free(s);
}

/* Receiving */

static int check_framing(const struct session *s, const struct peer_msg *msg)
{
	uint32_t dlen = msg_dlen(msg);

	if (msg->len < HEADERS_LEN)
		return peer_fail("target sent %u bytes", msg->len);
	if ((msg->data[0] & 0xf0) != 0x10)
		return peer_fail("target sent iSER opcode %x",
				 msg->data[0] >> 4);
	if (msg8(msg, B_AHS))
		return peer_fail("target sent an AHS");
	if (msg->len < HEADERS_LEN + dlen ||
	    msg->len > HEADERS_LEN + dlen + 3)
		return peer_fail("%s of %u bytes claims %u bytes of data",
				 opcode_name(msg_opcode(msg)), msg->len, dlen);
	if (s->full && dlen > s->irdsl)
		return peer_fail("%s with %u bytes of data; %u were agreed",
				 opcode_name(msg_opcode(msg)), dlen, s->irdsl);
	if (msg_opcode(msg) < 0x20 || msg_opcode(msg) == OP_DATA_IN ||
	    msg_opcode(msg) == OP_R2T)
		return peer_fail("target sent %s",
				 opcode_name(msg_opcode(msg)));
	return 0;
}

/* RFC 7143 section 11.2: up to the next multiple of four, with zeros. */
static void note_pad(struct session *s, const struct peer_msg *msg)
{
	uint32_t at = HEADERS_LEN + msg_dlen(msg), end = (at + 3) & ~3u;

	if (msg->len != end) {
		s->pad_faults++;
		return;
	}
	while (at < end)
		if (msg->data[at++])
			s->pad_faults++;
}

/* A NOP-In with a TTT is a question; the answer takes no CmdSN. */
static bool answer_ping(struct session *s, const struct peer_msg *msg)
{
	static struct pdu m;

	if (msg_opcode(msg) != OP_NOP_IN || msg32(msg, B_ITT) != TAG_NONE)
		return false;
	if (msg32(msg, B_TTT) != TAG_NONE) {
		pdu_init(&m, OP_IMMEDIATE | OP_NOP_OUT, 0x80, TAG_NONE);
		pdu_set32(&m, B_TTT, msg32(msg, B_TTT));
		pdu_set32(&m, B_CMDSN, s->cmdsn);
		pdu_set32(&m, B_EXP_STATSN, s->exp_statsn);
		peer_send(s->p, m.b, m.len);
		s->pings++;
	}
	return true;
}

enum peer_rc session_recv(struct session *s, struct peer_msg *msg,
			  int timeout_ms)
{
	long deadline = peer_now_ms() + timeout_ms;
	enum peer_rc rc;

	do {
		long left = deadline - peer_now_ms();

		rc = peer_recv(s->p, msg, left > 0 ? left : 0);
		if (rc != PEER_OK)
			return rc;
		peer_note("got %s, %u bytes, ITT %x, StatSN %u",
			  opcode_name(msg_opcode(msg)), msg->len,
			  msg32(msg, B_ITT), msg32(msg, B_STATSN));
		if (check_framing(s, msg))
			return PEER_ERROR;
		note_pad(s, msg);
		note_statsn(s, msg);
		note_window(s, msg);
	} while (answer_ping(s, msg));
	return PEER_OK;
}

static bool answers(const struct peer_msg *msg, uint32_t itt)
{
	if (msg_opcode(msg) != OP_REJECT)
		return msg32(msg, B_ITT) == itt;
	return msg_dlen(msg) >= B_ITT + 4 &&
	       get32(msg_payload(msg) + B_ITT) == itt;
}

enum peer_rc session_wait(struct session *s, uint32_t itt, struct peer_msg *msg,
			  int timeout_ms)
{
	long deadline = peer_now_ms() + timeout_ms;
	enum peer_rc rc;

	do {
		long left = deadline - peer_now_ms();

		rc = session_recv(s, msg, left > 0 ? left : 0);
	} while (rc == PEER_OK && !answers(msg, itt));
	return rc;
}

int session_answer(struct session *s, uint32_t itt, uint8_t opcode,
		   struct peer_msg *msg)
{
	switch (session_wait(s, itt, msg, s->who->patience)) {
	case PEER_OK:
		break;
	case PEER_TIMEOUT:
		return peer_fail("no %s within %d ms%s", opcode_name(opcode),
				 s->who->patience,
				 s->p->acked < s->p->sent ?
				 "; the target does not even take the request" :
				 "");
	case PEER_ENDED:
		return peer_fail("connection ended (%s) instead of %s",
				 peer_how_ended(s->p), opcode_name(opcode));
	case PEER_ERROR:
		return -1;
	}
	if (msg_opcode(msg) == OP_REJECT)
		return peer_fail("rejected, reason %02x, instead of %s",
				 msg8(msg, B_RESPONSE), opcode_name(opcode));
	if (msg_opcode(msg) != opcode)
		return peer_fail("%s where another opcode was due",
				 opcode_name(msg_opcode(msg)));
	return 0;
}

/* SCSI */

uint32_t scsi_build(struct session *s, struct pdu *m, const struct scsi_cmd *c)
{
	uint32_t itt = s->itt++, unsol = c->unsol_len;
	uint8_t flags = 0x01;		/* simple task */

	if (unsol < c->imm_len)
		unsol = c->imm_len;
	if (!c->more)
		flags |= 0x80;
	if (c->read)
		flags |= 0x40;
	if (c->write)
		flags |= 0x20;
	pdu_init(m, (c->immediate ? OP_IMMEDIATE : 0) | OP_SCSI_CMD, flags, itt);
	pdu_lun(m, s->who->lun);
	pdu_set32(m, B_EDTL, c->edtl);
	pdu_set32(m, B_CMDSN, c->immediate ? s->cmdsn : s->cmdsn++);
	pdu_set32(m, B_EXP_STATSN, s->exp_statsn);
	memcpy(m->b + ISER_LEN + B_CDB, c->cdb, 16);
	/* De-facto base: the first byte that is still to be fetched. */
	if (c->write && c->region && c->edtl > unsol)
		pdu_write_stag(m, c->region->rkey,
			       c->region->iova + c->region_off + unsol);
	if (c->read && c->region && c->edtl)
		pdu_read_stag(m, c->region->rkey,
			      c->region->iova + c->region_off);
	if (c->imm_len)
		pdu_data(m, c->imm, c->imm_len);
	return itt;
}

void data_out_build(const struct session *s, struct pdu *m, uint32_t itt,
		    uint32_t sn, uint32_t off, const void *data, uint32_t len,
		    bool final)
{
	pdu_init(m, OP_DATA_OUT, final ? 0x80 : 0, itt);
	pdu_lun(m, s->who->lun);
	pdu_set32(m, B_TTT, TAG_NONE);
	pdu_set32(m, B_EXP_STATSN, s->exp_statsn);
	pdu_set32(m, B_DATASN, sn);
	pdu_set32(m, B_BUF_OFFSET, off);
	pdu_data(m, data, len);
}

int scsi_take_response(const struct peer_msg *msg, struct scsi_result *r)
{
	const uint8_t *data = msg_payload(msg);

	memset(r, 0, sizeof(*r));
	r->flags = msg8(msg, B_FLAGS);
	r->response = msg8(msg, B_RESPONSE);
	r->status = msg8(msg, B_STATUS);
	r->residual = msg32(msg, B_RESIDUAL);
	r->invalidated = msg->invalidated;
	r->inv_rkey = msg->inv_rkey;
	if (msg_dlen(msg) < 16)
		return 0;
	if ((uint32_t)get16(data) + 2 > msg_dlen(msg))
		return peer_fail("SenseLength %u in %u bytes of data",
				 get16(data), msg_dlen(msg));
	if ((data[2] & 0x7f) >= 0x72) {		/* descriptor format */
		r->key = data[3] & 0xf;
		r->asc = data[4];
		r->ascq = data[5];
	} else {
		r->key = data[4] & 0xf;
		r->asc = data[14];
		r->ascq = data[15];
	}
	return 0;
}

int scsi_run(struct session *s, const struct scsi_cmd *c,
	     struct scsi_result *r)
{
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt = scsi_build(s, &m, c);

	if (peer_send(s->p, m.b, m.len) ||
	    session_answer(s, itt, OP_SCSI_RSP, &msg))
		return -1;
	return scsi_take_response(&msg, r);
}

int scsi_good(struct session *s, const struct scsi_cmd *c,
	      struct scsi_result *r)
{
	if (scsi_run(s, c, r))
		return -1;
	if (r->response || r->status)
		return peer_fail("command %02x: response %02x status %02x sense %x/%02x/%02x",
				 c->cdb[0], r->response, r->status, r->key,
				 r->asc, r->ascq);
	return 0;
}

void cdb_rw(struct scsi_cmd *c, bool write, uint32_t lba, uint16_t blocks,
	    uint32_t block_size)
{
	memset(c, 0, sizeof(*c));
	c->cdb[0] = write ? 0x2a : 0x28;
	put32(c->cdb + 2, lba);
	put16(c->cdb + 7, blocks);
	c->edtl = blocks * block_size;
	c->read = !write;
	c->write = write;
}

int test_unit_ready(struct session *s)
{
	struct scsi_cmd c = { .edtl = 0 };
	struct scsi_result r;
	int i;

	for (i = 0; i < 4; i++) {
		if (scsi_run(s, &c, &r))
			return -1;
		if (!r.response && !r.status)
			return 0;
		if (r.status != 0x02 || r.key != 6)
			break;
	}
	return peer_fail("TEST UNIT READY: response %02x status %02x sense %x/%02x/%02x",
			 r.response, r.status, r.key, r.asc, r.ascq);
}

int inquiry(struct session *s)
{
	struct scsi_cmd c = { .cdb = { 0x12, 0, 0, 0, 96 }, .edtl = 96,
			      .read = true };
	struct scsi_result r;
	int rc;

	c.region = peer_region(s->p, 96, IBV_ACCESS_REMOTE_WRITE);
	if (!c.region)
		return -1;
	rc = scsi_good(s, &c, &r);
	if (!rc && c.region->buf[4] < 31)
		rc = peer_fail("INQUIRY data did not arrive");
	peer_region_end(s->p, c.region);
	return rc;
}

uint32_t read_capacity(struct session *s)
{
	struct scsi_cmd c = { .cdb = { 0x25 }, .edtl = 8, .read = true };
	struct scsi_result r;
	uint32_t size = 0;

	c.region = peer_region(s->p, 8, IBV_ACCESS_REMOTE_WRITE);
	if (!c.region)
		return 0;
	if (!scsi_good(s, &c, &r))
		size = get32(c.region->buf + 4);
	if (size && (size < 512 || size > 4096)) {
		peer_fail("READ CAPACITY says %u bytes a block", size);
		size = 0;
	}
	peer_region_end(s->p, c.region);
	return size;
}

int read_blocks(struct session *s, struct peer_region *r, uint32_t lba,
		uint16_t blocks, uint32_t block_size)
{
	struct scsi_result res;
	struct scsi_cmd c;

	cdb_rw(&c, false, lba, blocks, block_size);
	c.region = r;
	return scsi_good(s, &c, &res);
}

int write_blocks(struct session *s, struct peer_region *r, uint32_t lba,
		 uint16_t blocks, uint32_t block_size)
{
	struct scsi_result res;
	struct scsi_cmd c;

	cdb_rw(&c, true, lba, blocks, block_size);
	c.region = r;
	return scsi_good(s, &c, &res);
}

/* The rest */

uint32_t nop_build(struct session *s, struct pdu *m, const void *data,
		   size_t len)
{
	uint32_t itt = s->itt++;

	pdu_init(m, OP_IMMEDIATE | OP_NOP_OUT, 0x80, itt);
	pdu_set32(m, B_TTT, TAG_NONE);
	pdu_set32(m, B_CMDSN, s->cmdsn);
	pdu_set32(m, B_EXP_STATSN, s->exp_statsn);
	if (len)
		pdu_data(m, data, len);
	return itt;
}

int ping(struct session *s)
{
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt = nop_build(s, &m, NULL, 0);

	if (peer_send(s->p, m.b, m.len))
		return -1;
	return session_answer(s, itt, OP_NOP_IN, &msg);
}

uint32_t tmf_build(struct session *s, struct pdu *m, uint8_t function,
		   uint32_t ref_itt)
{
	uint32_t itt = s->itt++;

	pdu_init(m, OP_IMMEDIATE | OP_TMF, 0x80 | function, itt);
	pdu_lun(m, s->who->lun);
	pdu_set32(m, B_REF_ITT, ref_itt);
	pdu_set32(m, B_CMDSN, s->cmdsn);
	pdu_set32(m, B_EXP_STATSN, s->exp_statsn);
	pdu_set32(m, B_REF_CMDSN, s->cmdsn - 1);
	return itt;
}

uint32_t text_build(struct session *s, struct pdu *m, const struct text *t,
		    uint32_t ttt)
{
	uint32_t itt = s->itt++;

	pdu_init(m, OP_IMMEDIATE | OP_TEXT, 0x80, itt);
	pdu_set32(m, B_TTT, ttt);
	pdu_set32(m, B_CMDSN, s->cmdsn);
	pdu_set32(m, B_EXP_STATSN, s->exp_statsn);
	if (t)
		pdu_data(m, t->b, t->len);
	return itt;
}

uint32_t logout_build(struct session *s, struct pdu *m)
{
	uint32_t itt = s->itt++;

	pdu_init(m, OP_IMMEDIATE | OP_LOGOUT, 0x80, itt);
	pdu_set32(m, B_CMDSN, s->cmdsn);
	pdu_set32(m, B_EXP_STATSN, s->exp_statsn);
	return itt;
}

int send_targets_of(struct session *s, const char *whose, struct text *answer)
{
	static struct peer_msg msg;
	static struct text ask;
	static struct pdu m;
	uint32_t itt, first_itt = 0;
	int round;

	answer->len = 0;
	ask.len = 0;
	text_add(&ask, "SendTargets", whose);
	itt = text_build(s, &m, &ask, TAG_NONE);
	first_itt = itt;
	for (round = 0; round < 1024; round++) {
		if (peer_send(s->p, m.b, m.len) ||
		    session_answer(s, itt, OP_TEXT_RSP, &msg))
			return -1;
		if (answer->len + msg_dlen(&msg) > sizeof(answer->b))
			return peer_fail("SendTargets answer too long for us");
		memcpy(answer->b + answer->len, msg_payload(&msg),
		       msg_dlen(&msg));
		answer->len += msg_dlen(&msg);
		if (msg8(&msg, B_FLAGS) & 0x80)
			return msg32(&msg, B_TTT) == TAG_NONE ? round + 1 :
			       peer_fail("the last Text Response has TTT %x",
					 msg32(&msg, B_TTT));
		if (!msg_dlen(&msg))
			return peer_fail("an empty Text Response is not the last");
		/* The same task goes on: same ITT, the TTT as given. */
		itt = text_build(s, &m, NULL, msg32(&msg, B_TTT));
		pdu_set32(&m, B_ITT, first_itt);
		itt = first_itt;
	}
	return peer_fail("SendTargets answer does not end");
}

int send_targets(struct session *s, struct text *answer)
{
	return send_targets_of(s, "All", answer) < 0 ? -1 : 0;
}

int honest_check(const struct who *w)
{
	struct session *s = session_open(w);
	struct peer_region *r;
	uint32_t size;
	int rc = -1;

	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	size = read_capacity(s);
	if (!size)
		goto out;
	r = peer_region(s->p, size, IBV_ACCESS_REMOTE_WRITE);
	if (!r)
		goto out;
	rc = read_blocks(s, r, 0, 1, size);
out:
	session_close(s);
	return rc;
}
