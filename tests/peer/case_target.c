// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a target must not do to a kernel initiator, and what an initiator must
 * bear. STags first of all: one gives a direction, the bytes of a command and
 * the time until its end, on one connection.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "target.h"

#define ABORT_MS	90000	/* SCSI's patience, its retries and the ladder */

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

	/* A NOP-In of our own advertises nothing that could be invalidated. */
	own_init(sv, &m, OP_NOP_IN);
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

	(void)req;
	own_init(sv, &m, OP_NOP_IN);
	m.len = PDU_MAX;
	return peer_send(sv->p, m.b, m.len);
}

static int do_read_read_stag(struct server *sv, const struct peer_msg *req)
{
	return must_be_refused(sv, IBV_WR_RDMA_READ, 512, read_stag(req),
			       read_base(req),
			       "RDMA Read from the STag of a READ");
}

static int do_write_write_stag(struct server *sv, const struct peer_msg *req)
{
	return must_be_refused(sv, IBV_WR_RDMA_WRITE, 512, write_stag(req),
			       write_base(req),
			       "RDMA Write to the STag of a WRITE");
}

static int do_beyond(struct server *sv, const struct peer_msg *req)
{
	return must_be_refused(sv, IBV_WR_RDMA_WRITE, msg32(req, B_EDTL) + 1,
			       read_stag(req), read_base(req),
			       "RDMA Write a byte beyond the buffer");
}

/*
 * Keep the window shut: another command could take over the same registration
 * and hide that this one's was left valid.
 */
static void shut_window(const struct server *sv, struct pdu *m)
{
	pdu_set32(m, B_MAX_CMDSN, sv->exp_cmdsn - 1);
}

static int flush_and_wait(struct server *sv)
{
	if (peer_flush(sv->p, sv->w->patience) != PEER_OK)
		return peer_fail("the response is not taken: %s",
				 peer_how_ended(sv->p));
	usleep(scaled_ms(sv->w, 500) * 1000);
	return 0;
}

static int late_write(struct server *sv, const struct peer_msg *req,
		      const char *what)
{
	return must_be_refused(sv, IBV_WR_RDMA_WRITE, 512, read_stag(req),
			       read_base(req), what);
}

static int do_late(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	if (put_data(sv, req, 0, msg32(req, B_EDTL)))
		return -1;
	scsi_rsp(sv, &m, req, 0);
	shut_window(sv, &m);
	if (peer_send(sv->p, m.b, m.len) || flush_and_wait(sv))
		return -1;
	return late_write(sv, req,
			  "RDMA Write after the command has completed");
}

static int do_late_invalidated(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	if (put_data(sv, req, 0, msg32(req, B_EDTL)))
		return -1;
	scsi_rsp(sv, &m, req, 0);
	shut_window(sv, &m);
	if (peer_send_inv(sv->p, m.b, m.len, read_stag(req)) ||
	    flush_and_wait(sv))
		return -1;
	return late_write(sv, req, "RDMA Write to an invalidated STag");
}

static int do_late_read(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	if (get_data(sv, req, 0, msg32(req, B_EDTL)))
		return -1;
	scsi_rsp(sv, &m, req, 0);
	shut_window(sv, &m);
	if (peer_send(sv->p, m.b, m.len) || flush_and_wait(sv))
		return -1;
	return must_be_refused(sv, IBV_WR_RDMA_READ, 512, write_stag(req),
			       write_base(req),
			       "RDMA Read after the WRITE has completed");
}

/* Let the command be; answer pings. PEER_OK: @msg is a PDU of that opcode. */
static enum peer_rc wait_for_opcode(struct server *sv, struct peer_msg *msg,
				    uint8_t opcode, int timeout_ms)
{
	long deadline = peer_now_ms() + timeout_ms;
	enum peer_rc rc;

	for (;;) {
		long left = deadline - peer_now_ms();

		rc = peer_recv(sv->p, msg, left > 0 ? left : 0);
		if (rc != PEER_OK || msg_opcode(msg) == opcode)
			return rc;
		if (msg_opcode(msg) == OP_NOP_OUT && serve_one(sv, msg))
			return PEER_ERROR;
	}
}

static int do_after_abort(struct server *sv, const struct peer_msg *req)
{
	static struct peer_msg msg;
	static struct pdu m;

	if (wait_for_opcode(sv, &msg, OP_TMF, ABORT_MS) != PEER_OK)
		return peer_fail("the initiator does not abort the command (%s)",
				 peer_how_ended(sv->p));
	rsp_init(sv, &m, OP_TMF_RSP, msg32(&msg, B_ITT));
	shut_window(sv, &m);
	if (peer_send(sv->p, m.b, m.len) || flush_and_wait(sv))
		return -1;
	return late_write(sv, req, "RDMA Write after the task was aborted");
}

static void steal(struct server *sv, const struct peer_msg *req)
{
	sv->plan->rkey = read_stag(req);
	sv->plan->base = read_base(req);
}

static int use_stolen(struct server *sv, const char *what)
{
	return must_be_refused(sv, IBV_WR_RDMA_WRITE, 512, sv->plan->rkey,
			       sv->plan->base, what);
}

/*
 * Neither the command nor an abort is answered, until the initiator gives the
 * session up; the command has then failed, or will be sent again.
 */
static int do_after_timeout(struct server *sv, const struct peer_msg *req)
{
	static struct peer_msg msg;

	if (sv->plan->step)
		return use_stolen(sv, "RDMA Write to the STag of a lost session");
	steal(sv, req);
	/* A ping is answered: it is the command alone that is lost. */
	if (wait_for_opcode(sv, &msg, OP_LOGOUT, ABORT_MS) == PEER_TIMEOUT)
		return peer_fail("the initiator waits for ever");
	return ACT_AGAIN;
}

/* Two sessions of one initiator; what is given to one is used on the other. */
static int do_foreign(struct server *sv, const struct peer_msg *req)
{
	if (sv->plan->step) {
		if (peer_wait_end(sv->plan->held, 100) == PEER_ENDED)
			return peer_fail("the first session did not last");
		return use_stolen(sv, "RDMA Write to another session's STag");
	}
	steal(sv, req);
	return ACT_HOLD;
}

/* Responses of the wrong kind */

static int answer_with(struct server *sv, const struct peer_msg *req,
		       uint8_t opcode)
{
	static struct pdu m;

	rsp_init(sv, &m, opcode, msg32(req, B_ITT));
	return peer_send(sv->p, m.b, m.len);
}

static int do_tmf_rsp(struct server *sv, const struct peer_msg *req)
{
	return answer_with(sv, req, OP_TMF_RSP);
}

static int do_text_rsp(struct server *sv, const struct peer_msg *req)
{
	return answer_with(sv, req, OP_TEXT_RSP);
}

static int do_logout_rsp(struct server *sv, const struct peer_msg *req)
{
	return answer_with(sv, req, OP_LOGOUT_RSP);
}

static int do_login_rsp(struct server *sv, const struct peer_msg *req)
{
	return answer_with(sv, req, OP_LOGIN_RSP);
}

static int do_nop_in(struct server *sv, const struct peer_msg *req)
{
	return answer_with(sv, req, OP_NOP_IN);
}

/* Data-In with status: the command would end without its data. */
static int do_data_in(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	rsp_init(sv, &m, OP_DATA_IN, msg32(req, B_ITT));
	pdu_set8(&m, B_FLAGS, 0x81);
	return peer_send(sv->p, m.b, m.len);
}

static int do_unknown_opcode(struct server *sv, const struct peer_msg *req)
{
	return answer_with(sv, req, 0x3c);
}

static int do_hello(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	(void)req;
	pdu_hello(&m, 10, 10, 4);
	return peer_send(sv->p, m.b, m.len);
}

static int do_hello_reply(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	(void)req;
	pdu_hello(&m, 10, 10, 4);
	m.b[0] = 0x30;
	return peer_send(sv->p, m.b, m.len);
}

/* An AHS belongs to SCSI commands. */
static int do_ahs(struct server *sv, const struct peer_msg *req)
{
	uint8_t ahs[8] = { 0, 5, 1 };
	static struct pdu m;

	scsi_rsp(sv, &m, req, 0);
	pdu_ahs(&m, ahs, 2);
	return peer_send(sv->p, m.b, m.len);
}

static int do_cut_reject(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	own_init(sv, &m, OP_REJECT);
	pdu_set8(&m, B_RESPONSE, 0x04);
	pdu_data(&m, req->data + ISER_LEN, 10);
	return peer_send(sv->p, m.b, m.len);
}

/* What must be taken */

/* As much as was agreed: sense data, and response data behind it. */
static int do_agreed_length(struct server *sv, const struct peer_msg *req)
{
	static const uint8_t sense[] = { 0, 252, 0x70, 0, 0xb, [9] = 244,
					 [14] = 0x44 };
	static uint8_t data[8192];
	static struct pdu m;

	fill_pattern(data, sv->irdsl, 5);
	memcpy(data, sense, sizeof(sense));
	scsi_rsp(sv, &m, req, 2);
	pdu_data(&m, data, sv->irdsl);
	return respond_inv(sv, &m, own_stag(req));
}

/* Sense data as long as SPC allows: a medium error, of which SCSI tells. */
static int do_long_sense_data(struct server *sv, const struct peer_msg *req)
{
	uint8_t sense[2 + 252] = { 0, 252, 0x70, 0, 3, [9] = 244,
				   [14] = 0x11 };
	static struct pdu m;

	scsi_rsp(sv, &m, req, 2);
	pdu_data(&m, sense, sizeof(sense));
	return respond_inv(sv, &m, own_stag(req));
}

/* There is nothing to tell why. */
static int do_no_sense(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	scsi_rsp(sv, &m, req, 2);
	return respond_inv(sv, &m, own_stag(req));
}

static int send_async(struct server *sv, uint8_t event, const void *data,
		      size_t len)
{
	static struct pdu m;

	own_init(sv, &m, OP_ASYNC);
	pdu_set8(&m, B_DATASN, event);		/* AsyncEvent */
	if (len)
		pdu_data(&m, data, len);
	return peer_send(sv->p, m.b, m.len);
}

static int do_async(struct server *sv, const struct peer_msg *req)
{
	static const uint8_t sense[2 + 18] = { 0, 18, 0x70, 0, 0x6, [9] = 10,
					       [14] = 0x3f, [15] = 0x0e };
	static uint8_t data[8192];

	/* The vendor's own; a SCSI event, with sense data (RFC 7143 section 11.9.4). */
	if (send_async(sv, 255, NULL, 0) ||
	    send_async(sv, 0, sense, sizeof(sense)))
		return -1;
	/* The vendor's own data, as long as was agreed; none of it is sense. */
	fill_pattern(data, sv->irdsl, 6);
	data[0] = 0;
	data[1] = 0;
	return send_async(sv, 255, data, sv->irdsl) || serve_one(sv, req) ? -1 : 0;
}

static int do_ping(struct server *sv, const struct peer_msg *req)
{
	static struct peer_msg msg;
	static struct pdu m;

	own_init(sv, &m, OP_NOP_IN);
	pdu_set32(&m, B_TTT, 0x1234);
	if (peer_send(sv->p, m.b, m.len))
		return -1;
	if (wait_for_opcode(sv, &msg, OP_NOP_OUT, sv->w->patience) != PEER_OK)
		return peer_fail("a ping of the target is not answered (%s)",
				 peer_how_ended(sv->p));
	if (msg32(&msg, B_TTT) != 0x1234 || msg32(&msg, B_ITT) != TAG_NONE)
		return peer_fail("the answer has TTT %x, ITT %x",
				 msg32(&msg, B_TTT), msg32(&msg, B_ITT));
	return serve_one(sv, req);
}

static int do_flood(struct server *sv, const struct peer_msg *req)
{
	unsigned int i, n = sv->w->count ? sv->w->count : 2000;
	static struct pdu m;

	for (i = 0; i < n; i++) {
		own_init(sv, &m, OP_NOP_IN);
		if (peer_send(sv->p, m.b, m.len))
			return peer_fail("deaf after %lu NOP-Ins (%s)",
					 sv->p->acked, peer_how_ended(sv->p));
	}
	return serve_one(sv, req);
}

/* Each quotes a command, which goes on all the same. */
static int do_flood_of_rejects(struct server *sv, const struct peer_msg *req)
{
	unsigned int i, n = sv->w->count ? sv->w->count : 2000;
	static struct pdu m;

	for (i = 0; i < n; i++) {
		own_init(sv, &m, OP_REJECT);
		pdu_set8(&m, B_RESPONSE, 0x04);
		pdu_data(&m, req->data + ISER_LEN, 48);
		if (peer_send(sv->p, m.b, m.len))
			return peer_fail("deaf after %lu Rejects (%s)",
					 sv->p->acked, peer_how_ended(sv->p));
	}
	return serve_one(sv, req);
}

/* RFC 7143: a MaxCmdSN below ExpCmdSN - 1 is ignored, with ExpCmdSN. */
static int do_window(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	own_init(sv, &m, OP_NOP_IN);
	pdu_set32(&m, B_EXP_CMDSN, sv->exp_cmdsn + 0x40000000);
	pdu_set32(&m, B_MAX_CMDSN, sv->exp_cmdsn - 1000);
	return peer_send(sv->p, m.b, m.len) || serve_one(sv, req) ? -1 : 0;
}

/* Leaving */

static int do_leave(struct server *sv, const struct peer_msg *req)
{
	(void)sv;
	(void)req;
	return 0;
}

/* Half of the data has been moved, and no response follows. */
static int do_leave_in_data(struct server *sv, const struct peer_msg *req)
{
	return put_data(sv, req, 0, msg32(req, B_EDTL) / 2);
}

static int do_leave_in_write(struct server *sv, const struct peer_msg *req)
{
	return get_data(sv, req, 0, msg32(req, B_EDTL) / 2);
}

static int do_leave_behind_response(struct server *sv,
				    const struct peer_msg *req)
{
	return serve_one(sv, req);
}

/* Login */

static int do_login_silence(struct server *sv, const struct peer_msg *req)
{
	(void)req;
	if (peer_wait_end(sv->p, ABORT_MS) != PEER_ENDED)
		return peer_fail("the initiator waits for ever");
	return 0;
}

static int do_login_refusal(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	rsp_init(sv, &m, OP_LOGIN_RSP, msg32(req, B_ITT));
	pdu_set8(&m, B_FLAGS, 0);
	pdu_set8(&m, B_LOGIN_STATUS, 3);	/* target error: try again */
	return peer_send(sv->p, m.b, m.len);
}

/* RFC 7145 section 5.1.1: its buffers are posted once, however often it asks. */
static int do_login_again(struct server *sv, const struct peer_msg *req)
{
	static struct pdu m;

	rsp_init(sv, &m, OP_LOGIN_RSP, msg32(req, B_ITT));
	pdu_set8(&m, B_FLAGS, 1 << 2);
	memcpy(m.b + ISER_LEN + B_ISID, req->data + ISER_LEN + B_ISID, 6);
	return peer_send(sv->p, m.b, m.len);
}

static int do_check_pad(struct server *sv, const struct peer_msg *req)
{
	uint32_t at = HEADERS_LEN + msg_dlen(req), end = (at + 3) & ~3u;

	if (req->len != end)
		return peer_fail("%u bytes of text in a message of %u",
				 msg_dlen(req), req->len);
	while (at < end)
		if (req->data[at++])
			return peer_fail("a pad that is not zero");
	return serve_one(sv, req);
}

/* The honest server leaves RDMAExtensions out, or answers No: the plan says. */
static int do_not_agree(struct server *sv, const struct peer_msg *req)
{
	int rc = serve_one(sv, req);

	sv->plan->rdma_extensions = NULL;
	return rc;
}

static int offers(const struct peer_msg *req, const char *key,
		  unsigned long least, unsigned long most)
{
	const char *value = text_get(msg_payload(req), msg_dlen(req), key);
	unsigned long number;

	if (!value)
		return peer_fail("%s is not offered", key);
	number = strtoul(value, NULL, 0);
	if (number < least || number > most)
		return peer_fail("%s=%s is offered", key, value);
	return 0;
}

/* A pair that is empty, such as a pad that was taken for text. */
static int has_empty_pair(const struct peer_msg *req)
{
	const uint8_t *text = msg_payload(req);
	uint32_t i, len = msg_dlen(req);

	for (i = 0; i < len; i++)
		if (!text[i] && (!i || !text[i - 1]))
			return peer_fail("a pair without a key");
	return 0;
}

/* What our initiator can do, and the one key that asks who we are. */
static int do_look_at_offer(struct server *sv, const struct peer_msg *req)
{
	static const char *const unasked[] = {
		"iSERHelloRequired", "TaggedBufferForSolicitedDataOnly",
		"MaxOutstandingUnexpectedPDUs",
	};
	unsigned int i;

	if (has_empty_pair(req) ||
	    offers(req, "InitiatorRecvDataSegmentLength", 512, 564) ||
	    offers(req, "TargetRecvDataSegmentLength", 512, 16384) ||
	    offers(req, "MaxAHSLength", 256, 256))
		return -1;
	for (i = 0; i < ARRAY_SIZE(unasked); i++)
		if (text_get(msg_payload(req), msg_dlen(req), unasked[i]))
			return peer_fail("%s is declared", unasked[i]);
	return serve_one(sv, req);
}

static int do_scsi_in_login(struct server *sv, const struct peer_msg *req)
{
	return answer_with(sv, req, OP_SCSI_RSP);
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

#define HOSTILE(fn, when_, act_, expect_, ...)			\
static int fn(const struct who *w)				\
{								\
	struct plan plan = { .when = when_, .act = act_,	\
			     .expect = expect_, __VA_ARGS__ };	\
								\
	return target_play(w, &plan);				\
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
HOSTILE(late, AT_READ, do_late, HAS_JUDGED, .one_by_one = true)
HOSTILE(late_invalidated, AT_READ, do_late_invalidated, HAS_JUDGED,
	.one_by_one = true)
HOSTILE(late_read, AT_WRITE, do_late_read, HAS_JUDGED, .one_by_one = true)
HOSTILE(after_abort, AT_READ, do_after_abort, HAS_JUDGED, .one_by_one = true)
HOSTILE(after_timeout, AT_READ, do_after_timeout, HAS_JUDGED)
HOSTILE(foreign, AT_READ, do_foreign, HAS_JUDGED)
HOSTILE(tmf_rsp, AT_READ, do_tmf_rsp, MUST_END)
HOSTILE(text_rsp, AT_READ, do_text_rsp, MUST_END)
HOSTILE(logout_rsp, AT_READ, do_logout_rsp, MUST_END)
HOSTILE(login_rsp, AT_READ, do_login_rsp, MUST_END)
HOSTILE(nop_in, AT_READ, do_nop_in, MUST_END)
HOSTILE(data_in, AT_READ, do_data_in, MUST_END)
HOSTILE(unknown_opcode, AT_READ, do_unknown_opcode, MUST_END)
HOSTILE(hello, AT_READ, do_hello, MUST_END)
HOSTILE(hello_reply, AT_READ, do_hello_reply, MUST_END)
HOSTILE(ahs, AT_READ, do_ahs, MUST_END)
HOSTILE(cut_reject, AT_READ, do_cut_reject, MUST_END)
HOSTILE(agreed_length, AT_READ, do_agreed_length, MUST_GO_ON)
HOSTILE(long_sense_data, AT_READ, do_long_sense_data, MUST_GO_ON)
HOSTILE(no_sense, AT_READ, do_no_sense, MUST_GO_ON)
HOSTILE(async, AT_READ, do_async, MUST_GO_ON)
HOSTILE(pinged, AT_READ, do_ping, MUST_GO_ON)
HOSTILE(flood, AT_READ, do_flood, MUST_GO_ON)
HOSTILE(flood_of_rejects, AT_READ, do_flood_of_rejects, MUST_GO_ON)
HOSTILE(window, AT_READ, do_window, MUST_GO_ON)
HOSTILE(leave_in_login, AT_LOGIN, do_leave, WE_LEAVE)
HOSTILE(leave_in_stage, AT_OPERATIONAL, do_leave, WE_LEAVE)
HOSTILE(leave_behind_login, AT_OPERATIONAL, do_leave_behind_response, WE_LEAVE)
HOSTILE(leave_busy, AT_READ, do_leave, WE_LEAVE)
HOSTILE(leave_in_data, AT_READ, do_leave_in_data, WE_LEAVE)
HOSTILE(leave_in_write, AT_WRITE, do_leave_in_write, WE_LEAVE)
HOSTILE(leave_behind_response, AT_READ, do_leave_behind_response, WE_LEAVE)
HOSTILE(login_garbage, AT_LOGIN, do_login_garbage, MUST_END)
HOSTILE(login_short, AT_LOGIN, do_login_short, MUST_END)

HOSTILE(honest, AT_READ, serve_one, MUST_GO_ON)
HOSTILE(rep_without_header, AT_READ, serve_one, MUST_GO_ON, .no_rep = true)
HOSTILE(rep_without_inv, AT_READ, serve_one, MUST_GO_ON, .rep = 0xc0)
HOSTILE(rep_reserved_bits, AT_READ, serve_one, MUST_GO_ON, .rep = 0xff)
HOSTILE(login_silence, AT_LOGIN, do_login_silence, WE_LEAVE)
HOSTILE(stage_silence, AT_OPERATIONAL, do_login_silence, WE_LEAVE)
HOSTILE(login_refusal, AT_OPERATIONAL, do_login_refusal, MUST_END)
HOSTILE(login_again, AT_OPERATIONAL, do_login_again, MUST_GO_ON)
HOSTILE(login_pad, AT_LOGIN, do_check_pad, MUST_GO_ON)
HOSTILE(scsi_in_login, AT_LOGIN, do_scsi_in_login, MUST_END)
HOSTILE(rdma_refused, AT_OPERATIONAL, do_not_agree, MUST_END,
	.rdma_extensions = "No")
HOSTILE(rdma_left_out, AT_OPERATIONAL, do_not_agree, MUST_END,
	.rdma_extensions = "")
HOSTILE(look_at_offer, AT_OPERATIONAL, do_look_at_offer, MUST_GO_ON)

#define KEYS(literal)	.keys = literal, .keys_len = sizeof(literal)

/* Legal, and what stock user space fails a login for. */
HOSTILE(declares_keys, AT_OPERATIONAL, serve_one, MUST_GO_ON,
	KEYS("MaxAHSLength=512\0MaxOutstandingUnexpectedPDUs=8"))
HOSTILE(odd_keys, AT_OPERATIONAL, serve_one, MUST_GO_ON,
	KEYS("MaxAHSLength=1\0MaxAHSLength=Reject\0iSERHelloRequired=No\0"
	     "MaxOutstandingUnexpectedPDUs=\0"
	     "TaggedBufferForSolicitedDataOnly=NotUnderstood"))
HOSTILE(key_not_understood, AT_OPERATIONAL, serve_one, MUST_GO_ON,
	KEYS("MaxAHSLength=NotUnderstood"))

static bool is_unexpected(const struct peer_msg *msg)
{
	return (msg8(msg, B_OPCODE) & OP_IMMEDIATE) &&
	       msg32(msg, B_ITT) != TAG_NONE;
}

/*
 * Neither the READ is answered nor what follows: a ping, then an abort. Whoever
 * drives the initiator is told, and logs out.
 */
static int do_two_unexpected(struct server *sv, const struct peer_msg *req)
{
	static struct peer_msg msg;
	unsigned int n = 0;
	enum peer_rc rc;

	(void)req;
	while ((rc = peer_recv(sv->p, &msg, ABORT_MS)) == PEER_OK) {
		if (!is_unexpected(&msg))
			continue;
		n++;
		peer_note("%u: %s", n, opcode_name(msg_opcode(&msg)));
		if (n > 2)
			return peer_fail("2 declared, and %s is the third",
					 opcode_name(msg_opcode(&msg)));
		if (n < 2)
			continue;
		printf("# two are outstanding\n");
		fflush(stdout);
	}
	if (rc == PEER_TIMEOUT)
		return peer_fail("the initiator waits for ever");
	return n == 2 ? 0 : peer_fail("only %u before it ended", n);
}

HOSTILE(takes_two, AT_MARK, do_two_unexpected, HAS_JUDGED,
	KEYS("MaxOutstandingUnexpectedPDUs=2"))

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
	{ "target/nothing-after-invalidation", late_invalidated,
	  "a response with invalidation, then RDMA Write", NULL },
	{ "target/nothing-read-after-the-response", late_read,
	  "a WRITE, then RDMA Read from its STag", NULL },
	{ "target/nothing-after-an-abort", after_abort,
	  "a READ that is never answered but aborted, then RDMA Write", NULL },
	{ "target/nothing-after-a-timeout", after_timeout,
	  "neither READ nor abort answered; its STag on the next connection",
	  NULL },
	{ "target/nothing-with-another-sessions-stag", foreign,
	  "two sessions at once; the STag of one on the other", NULL },
	{ "target/tmf-response-to-a-command", tmf_rsp,
	  "a response of another kind than the request", NULL },
	{ "target/text-response-to-a-command", text_rsp,
	  "a response of another kind than the request", NULL },
	{ "target/logout-response-to-a-command", logout_rsp,
	  "a response of another kind than the request", NULL },
	{ "target/login-response-to-a-command", login_rsp,
	  "a Login Response in full feature phase", NULL },
	{ "target/nop-in-to-a-command", nop_in,
	  "a response of another kind than the request", NULL },
	{ "target/data-in-a-send", data_in,
	  "Data-In with status, never sent on iSER", NULL },
	{ "target/unknown-opcode", unknown_opcode,
	  "one nobody defined", NULL },
	{ "target/hello-from-a-target", hello,
	  "Hello is the initiator's", NULL },
	{ "target/hello-reply-unasked", hello_reply,
	  "the answer to a Hello that was never sent", NULL },
	{ "target/ahs-on-a-response", ahs,
	  "two words of AHS", NULL },
	{ "target/reject-without-a-header", cut_reject,
	  "quotes ten bytes", NULL },
	{ "target/agreed-length-can-be-received", agreed_length,
	  "InitiatorRecvDataSegmentLength is no lie", NULL },
	{ "target/sense-of-252-bytes-is-received", long_sense_data,
	  "the longest there is", NULL },
	{ "target/check-condition-without-sense", no_sense,
	  "a command fails, and the session goes on", NULL },
	{ "target/async-message-is-taken", async,
	  "a vendor's event harms nothing", NULL },
	{ "target/ping-is-answered", pinged,
	  "a NOP-In with a tag", NULL },
	{ "target/flood-of-nop-ins", flood,
	  "2000 (--count) that want no answer", NULL },
	{ "target/flood-of-rejects", flood_of_rejects,
	  "2000 (--count) that reject a command, which then succeeds", NULL },
	{ "target/window-that-contradicts-itself", window,
	  "MaxCmdSN far below ExpCmdSN", NULL },
	{ "target/leaves-in-login", leave_in_login,
	  "instead of the first Login Response", NULL },
	{ "target/leaves-in-operational-stage", leave_in_stage,
	  "instead of the last Login Response", NULL },
	{ "target/leaves-behind-the-login", leave_behind_login,
	  "right behind the last Login Response", NULL },
	{ "target/leaves-with-a-command-outstanding", leave_busy,
	  "no data, no response", NULL },
	{ "target/leaves-amid-read-data", leave_in_data,
	  "half of the data", NULL },
	{ "target/leaves-amid-write-data", leave_in_write,
	  "half of the data", NULL },
	{ "target/leaves-behind-a-response", leave_behind_response,
	  "before the initiator may have invalidated", NULL },
	{ "target/silent-in-login", login_silence,
	  "the initiator gives up by itself", NULL },
	{ "target/silent-in-operational-stage", stage_silence,
	  "the initiator gives up by itself", NULL },
	{ "target/login-refused", login_refusal,
	  "status 03/00: the initiator leaves", NULL },
	{ "target/command-response-in-login", scsi_in_login,
	  "a SCSI Response to a Login Request", NULL },
	{ "target/login-takes-another-round", login_again,
	  "a last Login Request is answered without T", NULL },
	{ "target/login-text-is-padded-with-zeros", login_pad,
	  "up to a multiple of four", NULL },
	{ "target/rdma-extensions-refused", rdma_refused,
	  "RDMAExtensions=No: no iSER session", NULL },
	{ "target/rdma-extensions-left-out", rdma_left_out,
	  "no answer to RDMAExtensions: no iSER session", NULL },
	{ "target/sees-a-true-offer", look_at_offer,
	  "lengths that the buffers have, and one key of RFC 7145", NULL },
	{ "target/declares-keys", declares_keys,
	  "keys that user space does not know", NULL },
	{ "target/takes-two-unexpected-pdus", takes_two,
	  "a ping and an abort are outstanding, and there is a logout", NULL },
	{ "target/odd-key-values", odd_keys,
	  "illegal ones, twice, and an initiator's", NULL },
	{ "target/key-not-understood", key_not_understood,
	  "as LIO answers it", NULL },
	{ "target/rep-without-header", rep_without_header,
	  "no private data: plain Sends are taken", NULL },
	{ "target/rep-without-invalidation", rep_without_inv,
	  "c0: plain Sends are taken", NULL },
	{ "target/rep-reserved-bits", rep_reserved_bits,
	  "ff: what is reserved means nothing", NULL },
	{ }
};
