// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other role: a small honest target with a disk in memory, which at one
 * moment does one thing that a target must not do to a kernel initiator.
 *
 * A case serves whatever connects (discovery sessions, too), waits for its
 * moment (the third READ, the first WRITE of a full session), misbehaves, sees
 * whether the initiator does what it must, and then serves on until a READ has
 * been served on a healthy session. It says "# initiator lives" at that point
 * and goes on serving until the initiator logs out, so that whoever drives the
 * initiator knows when to do so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "case.h"

#define DISK_BYTES	(8u << 20)
#define BLOCK		512u
#define WINDOW		31
#define SERVE_MS	90000

enum moment {
	AT_READ,		/* the third READ command */
	AT_WRITE,		/* the first WRITE command */
	AT_LOGIN,		/* the first Login Request */
};

enum expect {
	MUST_END,		/* the initiator drops the connection */
	MAY_GO_ON,		/* it may, or may go on */
	HAS_JUDGED,		/* the act itself has found the answer */
};

struct server {
	const struct who	*w;
	struct peer		*p;
	struct peer_region	*disk;
	uint32_t		statsn;
	uint32_t		exp_cmdsn;
	unsigned int		window;		/* further commands allowed */
	bool			full;
	bool			discovery;
	unsigned int		reads;
	unsigned int		writes;
};

typedef int (*act_fn)(struct server *sv, const struct peer_msg *req);

struct plan {
	enum moment	when;
	act_fn		act;
	enum expect	expect;
	bool		done;
	int		rc;
};

/* PDUs of a target */

static void rsp_init(struct server *sv, struct pdu *m, uint8_t opcode,
		     uint32_t itt)
{
	pdu_init(m, opcode, 0x80, itt);
	pdu_set32(m, B_STATSN, sv->statsn++);
	pdu_set32(m, B_EXP_CMDSN, sv->exp_cmdsn);
	pdu_set32(m, B_MAX_CMDSN, sv->exp_cmdsn + sv->window);
}

static uint32_t read_stag(const struct peer_msg *req)
{
	return req->data[0] & 0x04 ? get32(req->data + 16) : 0;
}

static uint32_t write_stag(const struct peer_msg *req)
{
	return req->data[0] & 0x08 ? get32(req->data + 4) : 0;
}

/* With invalidation, as the REP promised, of what the command advertised. */
static int respond_inv(struct server *sv, const struct pdu *m, uint32_t rkey)
{
	if (!rkey)
		return peer_send(sv->p, m->b, m->len);
	return peer_send_inv(sv->p, m->b, m->len, rkey);
}

static uint32_t own_stag(const struct peer_msg *req)
{
	return read_stag(req) ? read_stag(req) : write_stag(req);
}

static void scsi_rsp(struct server *sv, struct pdu *m,
		     const struct peer_msg *req, uint8_t status)
{
	rsp_init(sv, m, OP_SCSI_RSP, msg32(req, B_ITT));
	pdu_set8(m, B_STATUS, status);
}

static int good(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	scsi_rsp(sv, &m, req, 0);
	return respond_inv(sv, &m, own_stag(req));
}

static int check_condition(struct server *sv, const struct peer_msg *req,
			   uint8_t asc)
{
	uint8_t sense[20] = { 0, 18, 0x70, 0, 5, [9] = 10, [14] = asc };
	static struct pdu m;

	scsi_rsp(sv, &m, req, 2);
	pdu_data(&m, sense, sizeof(sense));
	return respond_inv(sv, &m, own_stag(req));
}

/* Login and text */

static void login_answer(struct server *sv, struct text *t, unsigned int csg)
{
	t->len = 0;
	if (!csg) {
		text_add(t, "AuthMethod", "None");
		text_add(t, "TargetPortalGroupTag", "1");
		return;
	}
	text_add(t, "HeaderDigest", "None");
	text_add(t, "DataDigest", "None");
	text_add(t, "DefaultTime2Wait", "2");
	text_add(t, "DefaultTime2Retain", "0");
	text_add(t, "ErrorRecoveryLevel", "0");
	text_add(t, "IFMarker", "No");
	text_add(t, "OFMarker", "No");
	text_add(t, "RDMAExtensions", "Yes");
	text_add(t, "TargetRecvDataSegmentLength", "8192");
	text_add(t, "InitiatorRecvDataSegmentLength", "8192");
	if (sv->discovery)
		return;
	text_add(t, "InitialR2T", "Yes");
	text_add(t, "ImmediateData", "Yes");
	text_add(t, "MaxBurstLength", "262144");
	text_add(t, "FirstBurstLength", "8192");
	text_add(t, "MaxOutstandingR2T", "1");
	text_add(t, "MaxConnections", "1");
	text_add(t, "DataPDUInOrder", "Yes");
	text_add(t, "DataSequenceInOrder", "Yes");
}

static int serve_login(struct server *sv, const struct peer_msg *req)
{
	uint8_t flags = msg8(req, B_FLAGS);
	const char *type = text_get(msg_payload(req), msg_dlen(req),
				    "SessionType");
	static struct text t;
	static struct pdu m;

	if (type && !strcmp(type, "Discovery"))
		sv->discovery = true;
	sv->exp_cmdsn = msg32(req, B_CMDSN);
	rsp_init(sv, &m, OP_LOGIN_RSP, msg32(req, B_ITT));
	pdu_set8(&m, B_FLAGS, flags);
	memcpy(m.b + ISER_LEN + B_ISID, req->data + ISER_LEN + B_ISID, 6);
	put16(m.b + ISER_LEN + B_TSIH, (flags & 0x83) == 0x83 ? 1 : 0);
	login_answer(sv, &t, flags >> 2 & 3);
	pdu_data(&m, t.b, t.len);
	if ((flags & 0x83) == 0x83)
		sv->full = true;
	return peer_send(sv->p, m.b, m.len);
}

static int serve_text(struct server *sv, const struct peer_msg *req)
{
	static struct text t;
	static struct pdu m;
	char address[96];

	snprintf(address, sizeof(address), strchr(sv->w->host, ':') ?
		 "[%s]:%u,1" : "%s:%u,1", sv->w->host, sv->w->port);
	t.len = 0;
	text_add(&t, "TargetName", sv->w->iqn);
	text_add(&t, "TargetAddress", address);
	rsp_init(sv, &m, OP_TEXT_RSP, msg32(req, B_ITT));
	pdu_set32(&m, B_TTT, TAG_NONE);
	pdu_data(&m, t.b, t.len);
	return peer_send(sv->p, m.b, m.len);
}

/* SCSI */

static int put_data(struct server *sv, const struct peer_msg *req, size_t off,
		    size_t len)
{
	size_t edtl = msg32(req, B_EDTL);

	if (len > edtl)
		len = edtl;
	if (!len || !read_stag(req))
		return 0;
	if (peer_rdma(sv->p, IBV_WR_RDMA_WRITE, sv->disk, off, len,
		      read_stag(req), get64(req->data + 20),
		      sv->w->patience) != PEER_OK)
		return peer_fail("RDMA Write into an advertised STag: %s",
				 peer_how_ended(sv->p));
	return 0;
}

static int get_data(struct server *sv, const struct peer_msg *req, size_t off,
		    size_t len)
{
	size_t imm = msg_dlen(req);

	if (imm > len)
		imm = len;
	memcpy(sv->disk->buf + off, msg_payload(req), imm);
	if (imm == len)
		return 0;
	if (peer_rdma(sv->p, IBV_WR_RDMA_READ, sv->disk, off + imm, len - imm,
		      write_stag(req), get64(req->data + 8),
		      sv->w->patience) != PEER_OK)
		return peer_fail("RDMA Read from an advertised STag: %s",
				 peer_how_ended(sv->p));
	return 0;
}

/* Small answers travel by way of the space behind the disk's last block. */
static int answer_data(struct server *sv, const struct peer_msg *req,
		       const void *data, size_t len)
{
	memcpy(sv->disk->buf + DISK_BYTES, data, len);
	return put_data(sv, req, DISK_BYTES, len) ? -1 : good(sv, req);
}

static int serve_inquiry(struct server *sv, const struct peer_msg *req,
			 const uint8_t *cdb)
{
	uint8_t data[36] = { 0, 0, 6, 2, 31, 0, 0, 2 };
	uint8_t pages[5] = { 0, 0, 0, 1, 0 };

	memcpy(data + 8, "EXAMPLE iser-peer disk  0001", 28);
	if (!(cdb[1] & 1))
		return answer_data(sv, req, data, sizeof(data));
	if (!cdb[2])
		return answer_data(sv, req, pages, sizeof(pages));
	return check_condition(sv, req, 0x24);
}

static int serve_capacity(struct server *sv, const struct peer_msg *req,
			  bool sixteen)
{
	uint8_t data[32] = { 0 };
	uint32_t last = DISK_BYTES / BLOCK - 1;

	put32(data + (sixteen ? 4 : 0), last);
	put32(data + (sixteen ? 8 : 4), BLOCK);
	return answer_data(sv, req, data, sixteen ? 32 : 8);
}

static int serve_rw(struct server *sv, const struct peer_msg *req, bool write,
		    uint64_t lba, uint32_t blocks)
{
	size_t off = lba * BLOCK, len = (size_t)blocks * BLOCK;

	if (off > DISK_BYTES || len > DISK_BYTES - off)
		return check_condition(sv, req, 0x21);
	if (write)
		sv->writes++;
	else
		sv->reads++;
	if (write ? get_data(sv, req, off, len) : put_data(sv, req, off, len))
		return -1;
	return good(sv, req);
}

static int serve_scsi(struct server *sv, const struct peer_msg *req)
{
	static const uint8_t luns[16] = { 0, 0, 0, 8 }, mode[8] = { 3 };
	const uint8_t *cdb = req->data + ISER_LEN + B_CDB;

	/* One LUN; any other has no unit. */
	if (get64(req->data + ISER_LEN + B_LUN) && cdb[0] != 0xa0)
		return check_condition(sv, req, 0x25);
	switch (cdb[0]) {
	case 0x00:
	case 0x35:
	case 0x91:
		return good(sv, req);
	case 0x12:
		return serve_inquiry(sv, req, cdb);
	case 0x1a:
		return answer_data(sv, req, mode, 4);
	case 0x25:
		return serve_capacity(sv, req, false);
	case 0x9e:
		return serve_capacity(sv, req, true);
	case 0xa0:
		return answer_data(sv, req, luns, 16);
	case 0x28:
	case 0x2a:
		return serve_rw(sv, req, cdb[0] == 0x2a, get32(cdb + 2),
				get16(cdb + 7));
	case 0x88:
	case 0x8a:
		return serve_rw(sv, req, cdb[0] == 0x8a, get64(cdb + 2),
				get32(cdb + 10));
	}
	return check_condition(sv, req, 0x20);
}

static int serve_simple(struct server *sv, const struct peer_msg *req,
			uint8_t opcode)
{
	static struct pdu m;

	if (opcode == OP_NOP_IN && msg32(req, B_ITT) == TAG_NONE)
		return 0;
	rsp_init(sv, &m, opcode, msg32(req, B_ITT));
	if (opcode == OP_NOP_IN) {
		pdu_set32(&m, B_TTT, TAG_NONE);
		pdu_data(&m, msg_payload(req), msg_dlen(req));
	}
	return peer_send(sv->p, m.b, m.len);
}

static int serve_one(struct server *sv, const struct peer_msg *req)
{
	uint8_t opcode = msg_opcode(req);

	peer_note("asked: %s, ITT %x, %u bytes", opcode_name(opcode),
		  msg32(req, B_ITT), req->len);
	if (opcode != OP_LOGIN && !(msg8(req, B_OPCODE) & OP_IMMEDIATE) &&
	    opcode != OP_DATA_OUT)
		sv->exp_cmdsn = msg32(req, B_CMDSN) + 1;
	switch (opcode) {
	case OP_LOGIN:
		return serve_login(sv, req);
	case OP_TEXT:
		return serve_text(sv, req);
	case OP_SCSI_CMD:
		return serve_scsi(sv, req);
	case OP_NOP_OUT:
		return serve_simple(sv, req, OP_NOP_IN);
	case OP_TMF:
		return serve_simple(sv, req, OP_TMF_RSP);
	case OP_LOGOUT:
		return serve_simple(sv, req, OP_LOGOUT_RSP);
	}
	return peer_fail("%s from an initiator", opcode_name(opcode));
}

/* Misbehaviour */

static int do_unknown_itt(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	scsi_rsp(sv, &m, req, 0);
	pdu_set32(&m, B_ITT, 0x7fffff00 + (msg32(req, B_ITT) & 0xff));
	return peer_send(sv->p, m.b, m.len);
}

static int do_short_pdu(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	scsi_rsp(sv, &m, req, 0);
	return peer_send(sv->p, m.b, 40);
}

static int do_wrong_iser_opcode(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	scsi_rsp(sv, &m, req, 0);
	m.b[0] = 0x50;
	return peer_send(sv->p, m.b, m.len);
}

static int do_long_claim(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	scsi_rsp(sv, &m, req, 2);
	pdu_claim_data(&m, 0xffffff);
	return peer_send(sv->p, m.b, m.len);
}

static int do_long_sense(struct server *sv, const struct peer_msg *req)
{
	uint8_t sense[20] = { 0xff, 0xff, 0x70, 0, 5, [9] = 10 };
	static struct pdu m;

	scsi_rsp(sv, &m, req, 2);
	pdu_data(&m, sense, sizeof(sense));
	return respond_inv(sv, &m, own_stag(req));
}

static int do_foreign_invalidate(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	scsi_rsp(sv, &m, req, 0);
	return peer_send_inv(sv->p, m.b, m.len, own_stag(req) ^ 0x00ff0000);
}

static int do_needless_invalidate(struct server *sv,
				  const struct peer_msg *req)
{
	static struct pdu m;

	(void)req;
	/* A NOP-In of our own advertises nothing that could be invalidated. */
	rsp_init(sv, &m, OP_NOP_IN, TAG_NONE);
	sv->statsn--;
	pdu_set32(&m, B_TTT, TAG_NONE);
	return peer_send_inv(sv->p, m.b, m.len, own_stag(req));
}

static int do_tagged_opcode(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	rsp_init(sv, &m, OP_R2T, msg32(req, B_ITT));
	return peer_send(sv->p, m.b, m.len);
}

static int do_initiator_opcode(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	rsp_init(sv, &m, OP_SCSI_CMD, msg32(req, B_ITT));
	return peer_send(sv->p, m.b, m.len);
}

static int do_twice(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	if (serve_one(sv, req))
		return -1;
	scsi_rsp(sv, &m, req, 0);
	return peer_send(sv->p, m.b, m.len);
}

static int do_too_long(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	rsp_init(sv, &m, OP_NOP_IN, TAG_NONE);
	(void)req;
	m.len = PDU_MAX;
	return peer_send(sv->p, m.b, m.len);
}

/* The access must be refused; then our QP is in error and both sides end. */
static int must_be_refused(struct server *sv, enum ibv_wr_opcode op, size_t len,
			   uint32_t rkey, uint64_t base, const char *what)
{
	enum peer_rc rc;

	if (!rkey)
		return peer_fail("%s: the command advertises nothing", what);
	rc = peer_rdma(sv->p, op, sv->disk, 0, len, rkey, base,
		       sv->w->patience);
	if (rc == PEER_OK)
		return peer_fail("%s is allowed", what);
	if (sv->p->failed != IBV_WC_REM_ACCESS_ERR)
		return peer_fail("%s: %s instead of a remote access error",
				 what, peer_how_ended(sv->p));
	return 0;
}

static int do_read_read_stag(struct server *sv, const struct peer_msg *req)
{
	return must_be_refused(sv, IBV_WR_RDMA_READ, 512, read_stag(req),
			       get64(req->data + 20),
			       "RDMA Read from the STag of a READ");
}

static int do_write_write_stag(struct server *sv, const struct peer_msg *req)
{
	return must_be_refused(sv, IBV_WR_RDMA_WRITE, 512, write_stag(req),
			       get64(req->data + 8),
			       "RDMA Write to the STag of a WRITE");
}

static int do_beyond(struct server *sv, const struct peer_msg *req)
{
	return must_be_refused(sv, IBV_WR_RDMA_WRITE, msg32(req, B_EDTL) + 1,
			       read_stag(req), get64(req->data + 20),
			       "RDMA Write a byte beyond the buffer");
}

static int do_late(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	if (put_data(sv, req, 0, msg32(req, B_EDTL)))
		return -1;
	scsi_rsp(sv, &m, req, 0);
	/*
	 * Keep the window shut: another command could take over the same
	 * registration and hide that this one's was left valid.
	 */
	pdu_set32(&m, B_MAX_CMDSN, sv->exp_cmdsn - 1);
	if (peer_send(sv->p, m.b, m.len) ||
	    peer_flush(sv->p, sv->w->patience) != PEER_OK)
		return -1;
	usleep(500 * 1000);
	return must_be_refused(sv, IBV_WR_RDMA_WRITE, 512, read_stag(req),
			       get64(req->data + 20),
			       "RDMA Write after the command has completed");
}

static int do_login_garbage(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	rsp_init(sv, &m, OP_LOGIN_RSP, msg32(req, B_ITT));
	pdu_claim_data(&m, 0x10000);
	return peer_send(sv->p, m.b, m.len);
}

static int do_login_short(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	rsp_init(sv, &m, OP_LOGIN_RSP, msg32(req, B_ITT));
	return peer_send(sv->p, m.b, 30);
}

/* One connection */

static bool is_moment(const struct server *sv, const struct plan *plan,
		      const struct peer_msg *req)
{
	bool command = msg_opcode(req) == OP_SCSI_CMD && sv->full;

	if (plan->done || sv->discovery)
		return false;
	switch (plan->when) {
	case AT_LOGIN:
		return msg_opcode(req) == OP_LOGIN;
	case AT_READ:
		return command && read_stag(req) && sv->reads >= 2;
	case AT_WRITE:
		return command && write_stag(req);
	}
	return false;
}

static int misbehave(struct server *sv, struct plan *plan,
		     const struct peer_msg *req)
{
	plan->done = true;
	plan->rc = plan->act(sv, req);
	if (plan->rc || plan->expect == HAS_JUDGED)
		return -1;
	if (plan->expect == MAY_GO_ON)
		return 0;
	plan->rc = must_end(sv->w, sv->p, "after the misbehaviour");
	return -1;
}

/* 0: go on with this connection; -1: it is over, one way or the other. */
static int serve_next(struct server *sv, struct plan *plan, long deadline)
{
	static struct peer_msg req;
	long left = deadline - peer_now_ms();

	if (left <= 0 || peer_recv(sv->p, &req, left) != PEER_OK)
		return -1;
	if (req.len < HEADERS_LEN)
		return -1;
	if (is_moment(sv, plan, &req))
		return misbehave(sv, plan, &req);
	return serve_one(sv, &req);
}

/* True when a READ has been served on a session that is well, after the act. */
static bool serve_connection(const struct who *w, struct peer *p,
			     struct plan *plan, long deadline)
{
	struct server sv = { .w = w, .p = p, .statsn = 1, .window = WINDOW };
	bool done = plan->done, lives = false;
	unsigned int before = 0;

	/* One command at a time, so that the window can be shut behind it. */
	if (plan->act == do_late)
		sv.window = 0;
	sv.disk = peer_region(p, DISK_BYTES + 4096, IBV_ACCESS_LOCAL_WRITE);
	while (sv.disk && !serve_next(&sv, plan, deadline)) {
		if (!done) {
			done = plan->done;
			before = sv.reads;
		} else if (!lives && sv.reads > before) {
			lives = true;
			printf("# initiator lives\n");
			fflush(stdout);
		}
	}
	peer_note("connection over: %u reads, %u writes, %s", sv.reads,
		  sv.writes, peer_how_ended(p));
	return lives;
}

static int hostile(const struct who *w, enum moment when, act_fn act,
		   enum expect expect)
{
	struct plan plan = { .when = when, .act = act, .expect = expect };
	long deadline = peer_now_ms() + SERVE_MS;
	struct peer_listener *l;
	struct peer_params par;
	bool lives = false;
	struct peer *p;

	peer_params_init(&par, w->host, w->port);
	par.priv[0] = PEER_CM_NO_ZBVA;
	par.ord = 4;
	l = peer_listen(&par);
	if (!l)
		return -1;
	while (!lives && !plan.rc && peer_now_ms() < deadline) {
		p = peer_accept(l, deadline - peer_now_ms());
		if (!p)
			break;
		lives = serve_connection(w, p, &plan, deadline);
		peer_close(p);
	}
	peer_listen_end(l);
	if (!plan.done)
		return peer_fail("no initiator came far enough");
	if (plan.rc)
		return -1;
	return lives ? 0 : peer_fail("the initiator does not come back");
}

#define HOSTILE(fn, when, act, expect)				\
static int fn(const struct who *w)				\
{								\
	return hostile(w, when, act, expect);			\
}

HOSTILE(unknown_itt, AT_READ, do_unknown_itt, MUST_END)
HOSTILE(short_pdu, AT_READ, do_short_pdu, MUST_END)
HOSTILE(wrong_iser_opcode, AT_READ, do_wrong_iser_opcode, MUST_END)
HOSTILE(long_claim, AT_READ, do_long_claim, MUST_END)
HOSTILE(long_sense, AT_READ, do_long_sense, MAY_GO_ON)
HOSTILE(foreign_invalidate, AT_READ, do_foreign_invalidate, MUST_END)
HOSTILE(needless_invalidate, AT_READ, do_needless_invalidate, MUST_END)
HOSTILE(tagged_opcode, AT_READ, do_tagged_opcode, MUST_END)
HOSTILE(initiator_opcode, AT_READ, do_initiator_opcode, MUST_END)
/*
 * The tag may name no task, which an initiator may ignore, or already the next
 * one, whose answer it then is.
 */
HOSTILE(answered_twice, AT_READ, do_twice, MAY_GO_ON)
HOSTILE(too_long, AT_READ, do_too_long, MUST_END)
HOSTILE(read_read_stag, AT_READ, do_read_read_stag, HAS_JUDGED)
HOSTILE(write_write_stag, AT_WRITE, do_write_write_stag, HAS_JUDGED)
HOSTILE(beyond, AT_READ, do_beyond, HAS_JUDGED)
HOSTILE(late, AT_READ, do_late, HAS_JUDGED)
HOSTILE(login_garbage, AT_LOGIN, do_login_garbage, MUST_END)
HOSTILE(login_short, AT_LOGIN, do_login_short, MUST_END)

static int honest(const struct who *w)
{
	return hostile(w, AT_READ, serve_one, MAY_GO_ON);
}

const struct peer_case target_cases[] = {
	{ "target/honest", honest,
	  "no misbehaviour at all: does the small target work?", NULL },
	{ "target/unknown-itt", unknown_itt,
	  "a SCSI Response to nothing", NULL },
	{ "target/short-pdu", short_pdu,
	  "40 bytes", NULL },
	{ "target/wrong-iser-opcode", wrong_iser_opcode,
	  "byte 0 with opcode 5", NULL },
	{ "target/data-longer-than-message", long_claim,
	  "a response that claims 0xffffff bytes", NULL },
	{ "target/sense-longer-than-data", long_sense,
	  "SenseLength 0xffff in 20 bytes", NULL },
	{ "target/foreign-invalidate", foreign_invalidate,
	  "Send-with-Invalidate of a key nobody has", NULL },
	{ "target/needless-invalidate", needless_invalidate,
	  "a NOP-In that invalidates a busy command's STag", NULL },
	{ "target/r2t-in-a-send", tagged_opcode,
	  "never sent on iSER", NULL },
	{ "target/initiator-opcode", initiator_opcode,
	  "a SCSI Command from a target", NULL },
	{ "target/answered-twice", answered_twice,
	  "two responses to one command", NULL },
	{ "target/longer-than-any-buffer", too_long,
	  "16 KiB where nothing of that length was agreed", NULL },
	{ "target/read-stag-cannot-be-read", read_read_stag,
	  "an STag gives one direction", NULL },
	{ "target/write-stag-cannot-be-written", write_write_stag,
	  "an STag gives one direction", NULL },
	{ "target/nothing-beyond-the-buffer", beyond,
	  "one byte more than EDTL", NULL },
	{ "target/nothing-after-the-response", late,
	  "the STag ends with the command, invalidated by us or not", NULL },
	{ "target/login-response-too-long", login_garbage,
	  "claims 64 KiB", NULL },
	{ "target/login-response-too-short", login_short,
	  "30 bytes", NULL },
	{ }
};
