// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases about order, credit and the exchanges around I/O: StatSN, MaxCmdSN,
 * task management, text, logout, discovery sessions.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "case.h"

struct session *deep_session(const struct who *w, uint8_t rnr_retry)
{
	struct peer_params par;
	struct login_opts o;

	peer_params_init(&par, w->host, w->port);
	par.rnr_retry = rnr_retry;
	par.recvs = 600;
	par.sends = 600;
	par.recv_size = HEADERS_LEN + 8192 + 4;
	par.send_size = 1024;
	login_opts_init(&o);
	return session_open_with(w, &par, &o);
}

/* @n commands with as few doorbells as possible. */
static int burst(struct session *s, unsigned int n, struct peer_region *r)
{
	static struct pdu m[64];
	struct peer_out out[64];
	unsigned int i, k;

	while (n) {
		k = n < ARRAY_SIZE(m) ? n : ARRAY_SIZE(m);
		for (i = 0; i < k; i++) {
			struct scsi_cmd c = { .edtl = 0 };

			if (r) {
				cdb_rw(&c, false, i, 1, 512);
				c.region = r;
				c.edtl = r->len;
			}
			scsi_build(s, &m[i], &c);
			out[i].buf = m[i].b;
			out[i].len = m[i].len;
		}
		if (peer_send_batch(s->p, out, k))
			return -1;
		n -= k;
	}
	return 0;
}

unsigned int window_of(const struct session *s)
{
	int32_t open = s->max_cmdsn - s->cmdsn + 1;

	return open < 0 ? 0 : open > 512 ? 512 : open;
}

static int deep_reads(const struct who *w)
{
	unsigned int i, n, rounds = w->count ? w->count : 30;
	struct session *s = deep_session(w, 6);
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
	for (i = 0; i < rounds; i++) {
		n = window_of(s) < 32 ? window_of(s) : 32;
		if (!n) {
			peer_fail("the window is closed on an idle session");
			goto out;
		}
		if (burst(s, n, r) || collect(s, n, OP_SCSI_RSP))
			goto out;
	}
	rc = no_faults(s);
out:
	session_close(s);
	return rc;
}

/* Everything that carries a StatSN, mixed, in one flight. */
static int mixed_responses(const struct who *w)
{
	unsigned int i, rounds = w->count ? w->count : 20;
	struct session *s = deep_session(w, 6);
	static struct pdu m[24];
	struct peer_out out[24];
	static struct text t;
	int rc = -1;

	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	t.len = 0;
	text_add(&t, "SendTargets", "All");
	while (rounds--) {
		for (i = 0; i < ARRAY_SIZE(m); i++) {
			struct scsi_cmd c = { .edtl = 0 };

			if (i % 8 == 3)
				nop_build(s, &m[i], NULL, 0);
			else if (i % 8 == 5)
				tmf_build(s, &m[i], 1, 0x7777);
			else if (i == 14)
				text_build(s, &m[i], &t, TAG_NONE);
			else
				scsi_build(s, &m[i], &c);
			out[i].buf = m[i].b;
			out[i].len = m[i].len;
		}
		if (peer_send_batch(s->p, out, ARRAY_SIZE(m)) ||
		    collect(s, ARRAY_SIZE(m), 0))
			goto out;
	}
	rc = no_faults(s);
out:
	session_close(s);
	return rc;
}

/*
 * With no RNR retry at all, one command without a buffer at the target breaks
 * the connection: a full window must always fit, immediate pings included.
 */
static int full_window(const struct who *w)
{
	unsigned int i, n, rounds = w->count ? w->count : 20;
	struct session *s = deep_session(w, 0);
	static struct pdu m;
	int rc = -1;

	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	for (i = 0; i < rounds; i++) {
		n = window_of(s);
		if (!n) {
			peer_fail("the window is closed on an idle session");
			goto out;
		}
		nop_build(s, &m, NULL, 0);
		if (burst(s, n, NULL) || peer_send(s->p, m.b, m.len) ||
		    collect(s, n + 1, 0)) {
			if (peer_starved(s->p))
				peer_fail("round %u: %u commands allowed, not all have a receive",
					  i, n);
			goto out;
		}
	}
	/* The case in the guest looks for this line. */
	printf("# window was %u\n", n);
	rc = no_faults(s);
out:
	session_drop(s);
	return rc;
}

static int window_opens(const struct who *w)
{
	struct session *s = deep_session(w, 6);
	unsigned int i;
	int rc = -1;

	if (!s)
		return -1;
	for (i = 0; i < 300; i++)
		if (ping(s) || test_unit_ready(s))
			goto out;
	if (s->exp_cmdsn != s->cmdsn)
		rc = peer_fail("ExpCmdSN %u, next CmdSN is %u", s->exp_cmdsn,
			       s->cmdsn);
	else if ((int32_t)(s->max_cmdsn - s->cmdsn) < 0)
		rc = peer_fail("closed window on an idle session");
	else
		rc = no_faults(s);
out:
	session_close(s);
	return rc;
}

/* Task management */

/* A function nobody defined: a response that says so, or a Reject. */
static int tmf_unknown(struct session *s)
{
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt = tmf_build(s, &m, 0x7f, TAG_NONE);

	if (peer_send(s->p, m.b, m.len))
		return -1;
	if (session_wait(s, itt, &msg, s->who->patience) != PEER_OK)
		return peer_fail("function 0x7f is not answered (%s)",
				 peer_how_ended(s->p));
	if (msg_opcode(&msg) == OP_TMF_RSP && !msg8(&msg, B_RESPONSE))
		return peer_fail("function 0x7f is complete");
	return 0;
}

static int tmf_answers(const struct who *w)
{
	struct session *s = session_open(w);
	uint8_t code;
	int rc = -1;

	if (!s)
		return -1;
	if (test_unit_ready(s) || tmf_code(s, 1, 0x4444, &code))
		goto out;
	if (code > 1) {
		peer_fail("ABORT TASK of nothing: response %u", code);
		goto out;
	}
	if (tmf_code(s, 5, TAG_NONE, &code))
		goto out;
	if (code) {
		peer_fail("LOGICAL UNIT RESET: response %u", code);
		goto out;
	}
	if (tmf_unknown(s))
		goto out;
	rc = test_unit_ready(s) ? -1 : no_faults(s);
out:
	session_close(s);
	return rc;
}

/*
 * In its turn, for a LUN and a task: the response code. The others here are
 * immediate, which is how open-iscsi sends them.
 */
static int tmf_in_turn(struct session *s, uint8_t function, unsigned int lun,
		       uint32_t ref, uint8_t *code)
{
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt = tmf_build(s, &m, function, ref);

	pdu_set8(&m, B_OPCODE, OP_TMF);
	pdu_lun(&m, lun);
	s->cmdsn++;
	if (peer_send(s->p, m.b, m.len) ||
	    session_answer(s, itt, OP_TMF_RSP, &msg))
		return -1;
	*code = msg8(&msg, B_RESPONSE);
	return 0;
}

/* An abort of no task, and the reset of no LUN. */
static int tmf_nothing(struct session *s)
{
	const unsigned int no_lun = 200;
	uint8_t code;

	if (tmf_in_turn(s, 1, s->who->lun, 0x77777777, &code))
		return -1;
	if (code > 1)
		return peer_fail("ABORT TASK of nothing: response %u", code);
	if (tmf_in_turn(s, 5, no_lun, TAG_NONE, &code))
		return -1;
	if (!code)
		return peer_fail("LUN %u was reset", no_lun);
	return 0;
}

static int honest_logout(struct session *s)
{
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt = logout_build(s, &m);

	if (peer_send(s->p, m.b, m.len) ||
	    session_answer(s, itt, OP_LOGOUT_RSP, &msg))
		return -1;
	return must_end(s->who, s->p, "after a logout");
}

/* More of them than the session has command tags; each must give its own back. */
static int tmfs_of_nothing(const struct who *w)
{
	unsigned int i, n = w->count ? w->count : 200;
	struct session *s = session_open(w);
	int rc = -1;

	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	for (i = 0; i < n; i++) {
		if (!tmf_nothing(s))
			continue;
		peer_fail("round %u: %s", i + 1, peer_why());
		goto out;
	}
	if (!test_unit_ready(s) && !no_faults(s))
		rc = honest_logout(s);
out:
	session_drop(s);
	return rc ? rc : others_are_served(w);
}

/* @n commands, each with its abort right behind it, in one doorbell. */
static int send_aborted(struct session *s, struct peer_region *r,
			unsigned int n)
{
	static struct pdu m[32];
	struct peer_out out[32];
	struct scsi_cmd c;
	unsigned int i;
	uint32_t itt;

	for (i = 0; i < 2 * n; i += 2) {
		cdb_rw(&c, i % 4, 0, 128, 512);
		c.region = r;
		itt = scsi_build(s, &m[i], &c);
		tmf_build(s, &m[i + 1], 1, itt);
		out[i] = (struct peer_out){ m[i].b, m[i].len };
		out[i + 1] = (struct peer_out){ m[i + 1].b, m[i + 1].len };
	}
	return peer_send_batch(s->p, out, 2 * n);
}

/* ERL 0: nothing can be reassigned, and the STags it brings are not taken. */
static int reassign(const struct who *w)
{
	struct session *s = session_open(w);
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt;
	int rc = -1;

	if (!s)
		return -1;
	itt = tmf_build(s, &m, 8, 0x4444);
	pdu_write_stag(&m, 0xdeadbe01, 0x1000);
	pdu_read_stag(&m, 0xdeadbe02, 0x1000);
	if (peer_send(s->p, m.b, m.len) ||
	    session_answer(s, itt, OP_TMF_RSP, &msg))
		goto out;
	rc = msg8(&msg, B_RESPONSE) ? test_unit_ready(s) :
	     peer_fail("a task was reassigned at level 0");
out:
	session_close(s);
	return rc;
}

/* Each abort is answered once, each command at most once. */
static int count_answers(struct session *s, unsigned int n)
{
	static struct peer_msg msg;
	unsigned int tmfs = 0, rsps = 0;

	/* Behind the last, stragglers complete before their abort came. */
	while (session_recv(s, &msg, tmfs < n ? s->who->patience : 50) ==
	       PEER_OK) {
		tmfs += msg_opcode(&msg) == OP_TMF_RSP;
		rsps += msg_opcode(&msg) == OP_SCSI_RSP;
	}
	if (tmfs != n || rsps > n)
		return peer_fail("%u commands and aborts, %u and %u answers (%s)",
				 n, rsps, tmfs, peer_how_ended(s->p));
	return 0;
}

static int abort_storm(const struct who *w)
{
	unsigned int n, rounds = w->count ? w->count : 10;
	struct session *s = deep_session(w, 6);
	struct peer_region *r;
	int rc = -1;

	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	r = peer_region(s->p, 65536, IBV_ACCESS_REMOTE_READ |
			IBV_ACCESS_REMOTE_WRITE);
	if (!r)
		goto out;
	while (rounds--) {
		n = window_of(s) < 16 ? window_of(s) : 16;
		/*
		 * The kernel's target core opens the window with a response
		 * and so never for a command that ended in an abort.
		 */
		if (!n)
			break;
		if (send_aborted(s, r, n) || count_answers(s, n))
			goto out;
	}
	rc = ping(s);
	if (!rc && window_of(s))
		rc = test_unit_ready(s);
out:
	session_drop(s);
	return rc;
}

/* Text and discovery */

static bool lists(const struct text *t, const char *iqn)
{
	const char *at = t->b, *end = t->b + t->len;

	while (at < end) {
		size_t n = strnlen(at, end - at);

		if (n == strlen(iqn) + 11 && !memcmp(at, "TargetName=", 11) &&
		    !memcmp(at + 11, iqn, n - 11))
			return true;
		at += n + 1;
	}
	return false;
}

static int lists_target(struct session *s, const struct who *w)
{
	static struct text t;

	if (send_targets(s, &t))
		return -1;
	if (!lists(&t, w->iqn))
		return peer_fail("%zu bytes of answer, %s is not among them",
				 t.len, w->iqn);
	if (!text_get(t.b, t.len, "TargetAddress"))
		return peer_fail("no TargetAddress");
	return no_faults(s);
}

static int discovery_lists(const struct who *w)
{
	struct session *s = session_open_discovery(w, RDSL_USUAL);
	int rc;

	if (!s)
		return -1;
	rc = lists_target(s, w);
	if (!rc)
		rc = lists_target(s, w);
	session_close(s);
	return rc;
}

static int small_answers(const struct who *w)
{
	struct session *s = session_open_discovery(w, 512);
	int rc;

	if (!s)
		return -1;
	rc = lists_target(s, w);
	session_close(s);
	return rc;
}

/*
 * An initiator that declares none of the keys of RFC 7145 may be one that posts
 * 128 bytes, whatever length it says (the kernel's own does).
 */
static int short_answers(const struct who *w)
{
	struct session *s = session_open(w);
	static struct peer_msg msg;
	static struct text t;
	static struct pdu m;
	uint32_t itt;
	int rc = -1;

	if (!s)
		return -1;
	t.len = 0;
	text_add(&t, "SendTargets", "All");
	itt = text_build(s, &m, &t, TAG_NONE);
	if (peer_send(s->p, m.b, m.len) ||
	    session_answer(s, itt, OP_TEXT_RSP, &msg))
		goto out;
	rc = msg_dlen(&msg) <= 128 ? 0 :
	     peer_fail("a Text Response of %u bytes", msg_dlen(&msg));
	if (!rc && s->pad_faults)
		rc = peer_fail("its pad is missing or not zero");
out:
	session_close(s);
	return rc;
}

static int padded_answers(const struct who *w)
{
	struct session *s = session_open_discovery(w, RDSL_USUAL);
	int rc;

	if (!s)
		return -1;
	rc = lists_target(s, w);
	if (!rc && s->pad_faults)
		rc = peer_fail("%u pads are missing or not zero",
			       s->pad_faults);
	session_close(s);
	return rc;
}

static int text_in_normal_session(const struct who *w)
{
	struct session *s = session_open(w);
	static struct text t, answer;
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt;
	int rc = -1;

	if (!s)
		return -1;
	if (send_targets(s, &answer) || test_unit_ready(s))
		goto out;
	t.len = 0;
	itt = text_build(s, &m, &t, TAG_NONE);
	if (peer_send(s->p, m.b, m.len) ||
	    judge(s, itt, LIVES_OR_ENDS, "a Text Request without text"))
		goto out;
	if (peer_ended(s->p)) {
		rc = 0;
		goto out;
	}
	text_add(&t, "X-org.example.colour", "blue");
	itt = text_build(s, &m, &t, TAG_NONE);
	if (peer_send(s->p, m.b, m.len))
		goto out;
	if (session_wait(s, itt, &msg, w->patience) == PEER_TIMEOUT)
		peer_fail("an unknown text key is not answered at all");
	else
		rc = ping_or_end(s, CAN_END, "after an unknown text key");
out:
	session_drop(s);
	return rc;
}

static int stale_ttt(const struct who *w)
{
	struct session *s = session_open(w);
	static struct text t;
	static struct pdu m;
	uint32_t itt;
	int rc = -1;

	if (!s)
		return -1;
	t.len = 0;
	itt = text_build(s, &m, &t, 0x12345678);
	if (!peer_send(s->p, m.b, m.len))
		rc = judge(s, itt, REJECT_OR_END | CAN_ANSWER,
			   "a continuation of nothing");
	session_drop(s);
	return rc;
}

/* Cases whose answer must not fit one response. */
static int text_fits(void)
{
	peer_fail("the answer fits one response: a longer name or more portals are needed");
	return CASE_SKIP;
}

/* Its name, then addresses and nothing else. */
static int is_one_target(const struct text *t, const char *iqn)
{
	const char *at = t->b, *end = t->b + t->len;
	unsigned int addresses = 0;
	size_t n = strnlen(at, t->len);

	if (n != strlen(iqn) + 11 || memcmp(at, "TargetName=", 11) ||
	    memcmp(at + 11, iqn, n - 11))
		return peer_fail("%zu bytes of answer do not begin with %s",
				 t->len, iqn);
	for (at += n + 1; at < end; at += n + 1) {
		n = strnlen(at, end - at);
		if (n < 15 || memcmp(at, "TargetAddress=", 14))
			return peer_fail("'%.*s' among its addresses",
					 (int)n, at);
		addresses++;
	}
	return addresses ? 0 : peer_fail("no TargetAddress");
}

/*
 * About one target, whose name every part of the answer is looked up by: several
 * times, for what a first answer leaves behind.
 */
static int one_in_parts(const struct who *w)
{
	struct session *s = session_open(w);
	static struct text t;
	int i, parts, rc = -1;

	if (!s)
		return -1;
	for (i = 0; i < 20; i++) {
		parts = send_targets_of(s, w->iqn, &t);
		if (parts < 0 || is_one_target(&t, w->iqn))
			goto out;
		if (parts == 1) {
			rc = text_fits();
			goto out;
		}
	}
	peer_note("%zu bytes in %d parts", t.len, parts);
	rc = test_unit_ready(s) ? -1 : no_faults(s);
out:
	session_close(s);
	return rc;
}

/*
 * An exchange is begun and gone on with by a request that is no last one: @flags
 * say so. 0, -1, or CASE_SKIP. The connection may have ended.
 */
static int refused_continuation(struct session *s, uint8_t flags)
{
	static struct peer_msg msg;
	static struct text t;
	static struct pdu m;
	uint32_t itt;

	t.len = 0;
	text_add(&t, "SendTargets", "All");
	itt = text_build(s, &m, &t, TAG_NONE);
	if (peer_send(s->p, m.b, m.len) ||
	    session_answer(s, itt, OP_TEXT_RSP, &msg))
		return -1;
	if (msg8(&msg, B_FLAGS) & 0x80)
		return text_fits();
	text_build(s, &m, NULL, msg32(&msg, B_TTT));
	pdu_set32(&m, B_ITT, itt);
	pdu_set8(&m, B_FLAGS, flags);
	if (peer_send(s->p, m.b, m.len))
		return -1;
	switch (session_wait(s, itt, &msg, s->who->patience)) {
	case PEER_OK:
	case PEER_ENDED:
		return 0;
	case PEER_TIMEOUT:
		return peer_fail("a continuation with flags %02x is ignored",
				 flags);
	default:
		return -1;
	}
}

/* As many as there is time for, if each costs a connection or a slow answer. */
#define REFUSALS_MS	60000

static int refused_continuations(const struct who *w)
{
	unsigned int i, used = 1, n = w->count ? w->count : 2000;
	long deadline = peer_now_ms() + REFUSALS_MS;
	struct session *s = session_open(w);
	int rc = s ? 0 : -1;

	for (i = 0; !rc && i < n && peer_now_ms() < deadline; i++) {
		/* Not the last; and with the C bit, though it says the last. */
		rc = refused_continuation(s, i % 2 ? 0xc0 : 0);
		if (rc || !peer_ended(s->p))
			continue;
		session_drop(s);
		s = session_open(w);
		used++;
		rc = s ? 0 : -1;
	}
	peer_note("%u continuations on %u connections", i, used);
	if (!rc)
		rc = test_unit_ready(s) ? -1 : no_faults(s);
	session_close(s);
	return rc;
}

/* The Rejects cannot leave, and end with the connection. */
static int refused_while_deaf(const struct who *w)
{
	struct session *s = session_open(w);
	static struct pdu m[40];
	struct peer_out out[40];
	static struct text t;
	unsigned int i;
	int rc = -1;

	if (!s)
		return -1;
	if (test_unit_ready(s) || go_deaf(s))
		goto out;
	t.len = 0;
	text_add(&t, "X-foo", "bar");
	for (i = 0; i < ARRAY_SIZE(m); i++) {
		text_build(s, &m[i], &t, TAG_NONE);
		out[i] = (struct peer_out){ m[i].b, m[i].len };
	}
	rc = peer_send_batch(s->p, out, ARRAY_SIZE(m));
	if (!rc) {
		/* The target has them all, or has ended it over iWARP. */
		peer_flush(s->p, w->patience / 4);
		usleep(300 * 1000);
	}
out:
	session_drop(s);
	return rc ? rc : others_are_served(w);
}

static int only_text_and_logout(const struct who *w)
{
	static const uint8_t ops[] = { OP_SCSI_CMD, OP_TMF, OP_DATA_OUT,
				       OP_SNACK, 0x0f };
	static struct pdu m;
	struct session *s;
	unsigned int i;
	char what[64];
	int rc = 0;

	for (i = 0; !rc && i < ARRAY_SIZE(ops); i++) {
		s = session_open_discovery(w, RDSL_USUAL);
		if (!s)
			return -1;
		pdu_init(&m, OP_IMMEDIATE | ops[i], 0x80, s->itt);
		pdu_set32(&m, B_CMDSN, s->cmdsn);
		pdu_set32(&m, B_EXP_STATSN, s->exp_statsn);
		snprintf(what, sizeof(what), "%s in a discovery session",
			 opcode_name(ops[i]));
		rc = peer_send(s->p, m.b, m.len);
		/* ping_or_end() would be a NOP-Out, so look for text instead. */
		if (!rc) {
			static struct peer_msg msg;
			enum peer_rc got = session_wait(s, s->itt++, &msg,
							w->patience / 2);

			if (got == PEER_TIMEOUT)
				rc = peer_fail("%s is ignored", what);
			else if (got == PEER_OK && msg_opcode(&msg) != OP_REJECT)
				rc = peer_fail("%s is answered by %s", what,
					       opcode_name(msg_opcode(&msg)));
			else if (got == PEER_OK)
				rc = lists_target(s, w);
		}
		session_drop(s);
	}
	return rc;
}

/* Two requests name one task, one doorbell: the second continues nothing yet. */
static int one_task_twice(const struct who *w)
{
	struct session *s = session_open_discovery(w, 512);
	static struct pdu first, second;
	static struct peer_msg msg;
	static struct text t;
	struct peer_out out[] = { { first.b, 0 }, { second.b, 0 } };
	unsigned int i;

	if (!s)
		return -1;
	t.len = 0;
	text_add(&t, "SendTargets", "All");
	for (i = 0; i < 20; i++) {
		text_build(s, &first, &t, TAG_NONE);
		s->itt--;
		text_build(s, &second, &t, 0x12345678);
		out[0].len = first.len;
		out[1].len = second.len;
		if (peer_send_batch(s->p, out, ARRAY_SIZE(out)))
			break;
		while (!peer_recv(s->p, &msg, 100))
			;
	}
	session_drop(s);
	/* Whatever became of it, main() asks whether the target survived. */
	return 0;
}

/* Logging out for recovery leaves the connection: a second one may follow. */
static int two_logouts(const struct who *w)
{
	static struct pdu first, second;
	struct peer_out out[] = { { first.b, 0 }, { second.b, 0 } };
	unsigned int i, reasons[] = { 2, 0 };

	for (i = 0; i < 2 * ARRAY_SIZE(reasons); i++) {
		struct session *s = session_open(w);

		if (!s)
			return -1;
		logout_build(s, &first);
		pdu_set8(&first, B_FLAGS, 0x80 | reasons[i / 2]);
		logout_build(s, &second);
		pdu_set8(&second, B_FLAGS, 0x80 | reasons[i % 2]);
		out[0].len = first.len;
		out[1].len = second.len;
		if (peer_send_batch(s->p, out, ARRAY_SIZE(out)) ||
		    must_end(w, s->p, "after two Logout Requests")) {
			session_drop(s);
			return -1;
		}
		session_drop(s);
	}
	return 0;
}

static int logout_ends(const struct who *w)
{
	struct session *s = session_open(w);
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt;
	int rc = -1;

	if (!s)
		return -1;
	itt = logout_build(s, &m);
	if (peer_send(s->p, m.b, m.len) ||
	    session_answer(s, itt, OP_LOGOUT_RSP, &msg))
		goto out;
	if (msg8(&msg, B_RESPONSE)) {
		peer_fail("logout response %u", msg8(&msg, B_RESPONSE));
		goto out;
	}
	rc = must_end(w, s->p, "after a logout");
	if (!rc)
		rc = no_faults(s);
out:
	session_drop(s);
	return rc;
}

static int logout_behind_reads(const struct who *w)
{
	unsigned int i, n = w->count ? w->count : 10;
	static struct peer_msg msg;
	static struct pdu m;
	struct session *s;
	uint32_t itt;

	for (i = 0; i < n; i++) {
		s = deep_session(w, 6);
		if (!s)
			return -1;
		if (burst(s, 16, NULL))
			goto out_drop;
		itt = logout_build(s, &m);
		if (peer_send(s->p, m.b, m.len))
			goto out_drop;
		if (session_wait(s, itt, &msg, w->patience) != PEER_OK ||
		    msg_opcode(&msg) != OP_LOGOUT_RSP) {
			peer_fail("a logout behind 16 commands is not answered (%s)",
				  peer_how_ended(s->p));
			goto out_drop;
		}
		if (must_end(w, s->p, "logout behind commands"))
			goto out_drop;
		session_drop(s);
	}
	return 0;

out_drop:
	session_drop(s);
	return -1;
}

/* The same initiator and ISID again: the old session must give way. */
static int reinstatement(const struct who *w)
{
	struct session *old = session_open(w), *new = NULL;
	struct peer_params par;
	struct login_opts o;
	int rc = -1;

	if (!old)
		return -1;
	peer_params_init(&par, w->host, w->port);
	new = session_new(w, peer_connect(&par));
	if (!new)
		goto out;
	memcpy(new->isid, old->isid, sizeof(new->isid));
	login_opts_init(&o);
	if (session_login(new, &o) || test_unit_ready(new))
		goto out;
	rc = must_end(w, old->p, "the session that was reinstated");
out:
	session_drop(old);
	session_close(new);
	return rc;
}

/* A second connection for a session; there are none over iSER. */
static int second_connection(const struct who *w)
{
	struct session *s = session_open(w), *more = NULL;
	struct peer_params par;
	struct login_opts o;
	int rc = -1;

	if (!s || test_unit_ready(s))
		goto out;
	peer_params_init(&par, w->host, w->port);
	more = session_new(w, peer_connect(&par));
	if (!more)
		goto out;
	memcpy(more->isid, s->isid, sizeof(more->isid));
	more->tsih = s->tsih;
	more->cid = 1;
	login_opts_init(&o);
	if (!session_login(more, &o))
		peer_fail("the session has a second connection");
	else if (more->login_class != 2)
		peer_fail("status %02x/%02x (%s)", more->login_class,
			  more->login_detail, peer_why());
	else if (!must_end(w, more->p, "the second connection") &&
		 !test_unit_ready(s))
		rc = no_faults(s);
out:
	session_drop(more);
	session_close(s);
	return rc;
}

const struct peer_case order_cases[] = {
	{ "statsn/strictly-increasing-under-deep-reads", deep_reads,
	  "32 READs at a time, 30 (--count) rounds", NULL },
	{ "statsn/strictly-increasing-under-mixed-load", mixed_responses,
	  "SCSI, NOP, TMF and text responses in one flight", NULL },
	{ "credit/full-window-without-rnr", full_window,
	  "every command MaxCmdSN allows finds a receive; no RNR retry", NULL },
	{ "credit/window-stays-open", window_opens,
	  "ExpCmdSN follows, MaxCmdSN never goes back", NULL },
	{ "tmf/is-answered", tmf_answers,
	  "abort of nothing, LUN reset, an unknown function", NULL },
	{ "tmf/task-reassign-is-refused", reassign,
	  "with two STags nobody has", NULL },
	{ "tmf/abort-storm", abort_storm,
	  "16 tasks and 16 aborts in one doorbell, 10 (--count) rounds", NULL },
	{ "order/non-immediate-tmf-of-nothing", tmfs_of_nothing,
	  "aborts of no task and resets of no LUN, 200 (--count) each", NULL },
	{ "text/in-normal-session", text_in_normal_session,
	  "SendTargets, no text at all, an unknown key", NULL },
	{ "text/no-more-than-128-bytes-to-a-stranger", short_answers,
	  "an initiator that declares no key of RFC 7145", NULL },
	{ "text/stale-ttt", stale_ttt,
	  "continues a text that never began", NULL },
	{ "text/one-task-twice", one_task_twice,
	  "two Text Requests with one ITT, 20 times", NULL },
	{ "text/sendtargets-of-one-continued", one_in_parts,
	  "SendTargets= of the target's name, answered in parts", NULL },
	{ "text/continuation-that-is-refused-costs-nothing",
	  refused_continuations,
	  "2000 (--count) without the F bit or with the C bit", NULL },
	{ "text/refused-while-deaf", refused_while_deaf,
	  "40 Text Requests, no receive for a Reject, and the end", NULL },
	{ "discovery/lists-target", discovery_lists,
	  "SendTargets=All, twice", NULL },
	{ "discovery/answers-are-padded-with-zeros", padded_answers,
	  "up to a multiple of four", NULL },
	{ "discovery/answers-fit-agreed-length", small_answers,
	  "InitiatorRecvDataSegmentLength=512", NULL },
	{ "discovery/only-text-and-logout", only_text_and_logout,
	  "everything else is rejected or ends the session", NULL },
	{ "session/logout-ends-connection", logout_ends,
	  "a Logout Response, then the end", NULL },
	{ "session/two-logouts", two_logouts,
	  "one behind the other, for any reason: the end", NULL },
	{ "session/logout-behind-commands", logout_behind_reads,
	  "10 (--count) logouts with responses queued", NULL },
	{ "session/has-one-connection", second_connection,
	  "another for its TSIH: a status of class 2, and the first goes on",
	  NULL },
	{ "session/reinstatement-ends-the-old", reinstatement,
	  "same name and ISID", NULL },
	{ }
};
