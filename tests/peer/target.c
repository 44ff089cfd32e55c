// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other role: an honest target, and the run of a case.
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

#include "target.h"

#define BLOCK		512u
#define WINDOW		31
/*
 * How many times our own patience an initiator has to come back. iscsid takes 80 s
 * to notice that a connection has gone in the middle of a login.
 */
#define SERVE_PATIENCE	19

/* PDUs of a target */

void rsp_init(struct server *sv, struct pdu *m, uint8_t opcode, uint32_t itt)
{
	pdu_init(m, opcode, 0x80, itt);
	pdu_set32(m, B_STATSN, sv->statsn++);
	pdu_set32(m, B_EXP_CMDSN, sv->exp_cmdsn);
	pdu_set32(m, B_MAX_CMDSN, sv->exp_cmdsn + sv->window);
}

void own_init(struct server *sv, struct pdu *m, uint8_t opcode)
{
	rsp_init(sv, m, opcode, TAG_NONE);
	if (opcode == OP_NOP_IN)
		sv->statsn--;
	pdu_set32(m, B_TTT, TAG_NONE);
}

uint32_t read_stag(const struct peer_msg *req)
{
	return req->data[0] & 0x04 ? get32(req->data + 16) : 0;
}

uint32_t write_stag(const struct peer_msg *req)
{
	return req->data[0] & 0x08 ? get32(req->data + 4) : 0;
}

uint64_t read_base(const struct peer_msg *req)
{
	return get64(req->data + 20);
}

uint64_t write_base(const struct peer_msg *req)
{
	return get64(req->data + 8);
}

int respond_inv(struct server *sv, const struct pdu *m, uint32_t rkey)
{
	if (!rkey || sv->plan->no_rep || (sv->plan->rep & PEER_CM_NO_INV))
		return peer_send(sv->p, m->b, m->len);
	return peer_send_inv(sv->p, m->b, m->len, rkey);
}

uint32_t own_stag(const struct peer_msg *req)
{
	return read_stag(req) ? read_stag(req) : write_stag(req);
}

void scsi_rsp(struct server *sv, struct pdu *m, const struct peer_msg *req,
	      uint8_t status)
{
	rsp_init(sv, m, OP_SCSI_RSP, msg32(req, B_ITT));
	pdu_set8(m, B_STATUS, status);
}

int good(struct server *sv, const struct peer_msg *req)
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
	static const struct terms usual = { true, true, 8192, 8192 };
	const struct terms *terms = sv->plan->terms ? sv->plan->terms : &usual;
	const char *rdma = sv->plan->rdma_extensions;

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
	if (!rdma || *rdma)
		text_add(t, "RDMAExtensions", rdma ? rdma : "Yes");
	if (sv->plan->keys) {
		memcpy(t->b + t->len, sv->plan->keys, sv->plan->keys_len);
		t->len += sv->plan->keys_len;
	}
	text_num(t, "TargetRecvDataSegmentLength", terms->trdsl);
	text_num(t, "InitiatorRecvDataSegmentLength", sv->irdsl);
	if (sv->discovery)
		return;
	text_add(t, "InitialR2T", terms->initial_r2t ? "Yes" : "No");
	text_add(t, "ImmediateData", terms->immediate ? "Yes" : "No");
	text_add(t, "MaxBurstLength", "262144");
	text_num(t, "FirstBurstLength", terms->first_burst);
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
	const char *len = text_get(msg_payload(req), msg_dlen(req),
				   "InitiatorRecvDataSegmentLength");
	static struct text t;
	static struct pdu m;

	if (type && !strcmp(type, "Discovery"))
		sv->discovery = true;
	if (len && strtoul(len, NULL, 0) < sv->irdsl)
		sv->irdsl = strtoul(len, NULL, 0);
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

int put_data(struct server *sv, const struct peer_msg *req, size_t off,
	     size_t len)
{
	size_t edtl = msg32(req, B_EDTL);

	if (len > edtl)
		len = edtl;
	if (!len || !read_stag(req))
		return 0;
	if (peer_rdma(sv->p, IBV_WR_RDMA_WRITE, sv->disk, off, len,
		      read_stag(req), read_base(req),
		      sv->w->patience) != PEER_OK)
		return peer_fail("RDMA Write into an advertised STag: %s",
				 peer_how_ended(sv->p));
	return 0;
}

int get_data(struct server *sv, const struct peer_msg *req, size_t off,
	     size_t len)
{
	size_t imm = msg_dlen(req);

	if (imm > len)
		imm = len;
	memcpy(sv->disk->buf + off, msg_payload(req), imm);
	if (imm == len)
		return 0;
	if (peer_rdma(sv->p, IBV_WR_RDMA_READ, sv->disk, off + imm, len - imm,
		      write_stag(req), write_base(req),
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
	if (write && sv->plan->write)
		return sv->plan->write(sv, req);
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

int serve_one(struct server *sv, const struct peer_msg *req)
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
		sv->leaving = true;
		return serve_simple(sv, req, OP_LOGOUT_RSP);
	}
	return peer_fail("%s from an initiator", opcode_name(opcode));
}

int must_be_refused(struct server *sv, enum ibv_wr_opcode op, size_t len,
		    uint32_t rkey, uint64_t base, const char *what)
{
	enum peer_rc rc;

	if (!rkey)
		return peer_fail("%s: the command advertises nothing", what);
	if (peer_ended(sv->p))
		return peer_fail("%s: the connection has ended before", what);
	rc = peer_rdma(sv->p, op, sv->disk, 0, len, rkey, base,
		       sv->w->patience);
	if (rc == PEER_ERROR)
		return -1;
	if (peer_rdma_let(sv->p, op, rc))
		return peer_fail("%s is allowed", what);
	/* What the device says of it may come behind the initiator's goodbye. */
	if (!peer_is_iwarp(sv->p) && sv->p->failed != IBV_WC_SUCCESS &&
	    sv->p->failed != IBV_WC_REM_ACCESS_ERR)
		return peer_fail("%s: %s instead of a remote access error",
				 what, peer_how_ended(sv->p));
	return must_end(sv->w, sv->p, what);
}

/* One connection */

static bool is_marked(const struct peer_msg *req)
{
	const uint8_t *cdb = req->data + ISER_LEN + B_CDB;

	if (cdb[0] == 0x88)
		return get64(cdb + 2) == MARK_LBA;
	return cdb[0] == 0x28 && get32(cdb + 2) == MARK_LBA;
}

static bool is_moment(const struct server *sv, const struct peer_msg *req)
{
	bool command = msg_opcode(req) == OP_SCSI_CMD && sv->full;
	const struct plan *plan = sv->plan;

	if (plan->done || sv->discovery)
		return false;
	/* What is done with an earlier connection's STag needs no READ. */
	if (plan->step)
		return command && read_stag(req);
	switch (plan->when) {
	case AT_LOGIN:
		return msg_opcode(req) == OP_LOGIN;
	case AT_OPERATIONAL:
		return msg_opcode(req) == OP_LOGIN &&
		       (msg8(req, B_FLAGS) >> 2 & 3) == 1;
	case AT_READ:
		return command && read_stag(req) && sv->reads >= 2;
	case AT_WRITE:
		return command && write_stag(req);
	case AT_MARK:
		return command && read_stag(req) && is_marked(req);
	}
	return false;
}

static int misbehave(struct server *sv, const struct peer_msg *req)
{
	struct plan *plan = sv->plan;
	act_fn act = plan->act;

	plan->rc = act(sv, req);
	if (plan->rc > 0) {
		plan->step++;
		return -1;
	}
	plan->done = !plan->then;
	plan->act = plan->then;
	plan->then = NULL;
	if (plan->rc || plan->expect == HAS_JUDGED || plan->expect == WE_LEAVE)
		return -1;
	if (plan->expect == MAY_GO_ON || plan->expect == MUST_GO_ON)
		return 0;
	plan->rc = must_end(sv->w, sv->p, "after the misbehaviour");
	return -1;
}

/*
 * 0: go on with this connection; -1: it is over, one way or the other. siw does not
 * always tell that the other end has closed: nobody is silent for long who has not
 * (open-iscsi pings), least of all after a Logout.
 */
static int serve_next(struct server *sv, long deadline)
{
	long left = deadline - peer_now_ms();
	long silence = (sv->leaving ? 1 : 2) * sv->w->patience;
	static struct peer_msg req;

	if (left > silence)
		left = silence;
	if (left <= 0 || peer_recv(sv->p, &req, left) != PEER_OK)
		return -1;
	if (req.len < HEADERS_LEN)
		return -1;
	if (is_moment(sv, &req))
		return misbehave(sv, &req);
	return serve_one(sv, &req);
}

/* True when a READ has been served on a session that is well, after the act. */
static bool serve_connection(const struct who *w, struct peer *p,
			     struct plan *plan, long deadline)
{
	struct server sv = { .w = w, .plan = plan, .p = p, .statsn = 1,
			     .window = WINDOW, .irdsl = 8192 };
	bool done = plan->done, here = false, lives = false;
	unsigned int before = 0;

	if (plan->one_by_one)
		sv.window = 0;
	sv.disk = peer_region(p, DISK_BYTES + 4096, IBV_ACCESS_LOCAL_WRITE);
	while (sv.disk && !serve_next(&sv, deadline)) {
		if (done != plan->done) {
			done = true;
			here = true;
			before = sv.reads;
		} else if (done && !lives && sv.reads > before) {
			lives = true;
			printf("# initiator lives\n");
			fflush(stdout);
		}
	}
	peer_note("connection over: %u reads, %u writes, %s", sv.reads,
		  sv.writes, peer_how_ended(p));
	if (here && !lives && plan->expect == MUST_GO_ON && !plan->rc)
		plan->rc = peer_fail("the initiator drops the connection (%s)",
				     peer_how_ended(p));
	return lives;
}

static struct peer_listener *listen_as(const struct who *w,
				       const struct plan *plan)
{
	struct peer_params par;

	peer_params_init(&par, w->host, w->port);
	par.priv[0] = plan->rep ? plan->rep : PEER_CM_NO_ZBVA;
	if (plan->no_rep)
		par.priv_len = 0;
	par.ord = 4;
	return peer_listen(&par);
}

int target_play(const struct who *w, struct plan *plan)
{
	struct peer_listener *l = listen_as(w, plan);
	long deadline = peer_now_ms() + SERVE_PATIENCE * w->patience;
	struct peer *p;
	bool lives = false;

	if (!l)
		return -1;
	while (!lives && plan->rc >= 0 && peer_now_ms() < deadline) {
		p = peer_accept(l, deadline - peer_now_ms());
		/* Who was kept waiting may have left: the next one, then. */
		if (!p) {
			usleep(100000);
			continue;
		}
		lives = serve_connection(w, p, plan, deadline);
		if (plan->rc == ACT_HOLD && !plan->held) {
			plan->held = p;
			continue;
		}
		peer_close(p);
		if (plan->done) {
			peer_close(plan->held);
			plan->held = NULL;
		}
	}
	peer_close(plan->held);
	peer_listen_end(l);
	if (!plan->done)
		return peer_fail("no initiator came far enough");
	if (plan->rc)
		return -1;
	return lives ? 0 : peer_fail("the initiator does not come back");
}
