// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases about a target at its limits: transfers longer than its send queue,
 * headers that leave no room, windows that close, answers longer than a PDU.
 * Some need more of the target than others (a slow back end, many targets) and
 * are in groups of their own for that.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "case.h"

#define MIB		(1024 * 1024)
#define BOTH_WAYS	(IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE)

static struct session *busy_session_with(const struct who *w,
					 const char *extra, size_t len)
{
	struct peer_params par;
	struct login_opts o;

	peer_params_init(&par, w->host, w->port);
	par.recvs = 128;
	par.sends = 128;
	login_opts_init(&o);
	o.extra = extra;
	o.extra_len = len;
	return session_open_with(w, &par, &o);
}

static struct session *busy_session(const struct who *w)
{
	return busy_session_with(w, NULL, 0);
}

/* The @i-th command of a flight: READs and WRITEs of all lengths, and none. */
static void any_command(struct scsi_cmd *c, unsigned int i,
			struct peer_region *r, uint32_t block)
{
	static const uint16_t kib[] = { 4, 256, 8, 64, 16, 128 };
	uint16_t blocks = kib[i % ARRAY_SIZE(kib)] * 1024 / block;

	memset(c, 0, sizeof(*c));
	if (i % 7 == 6)
		return;
	cdb_rw(c, i % 3 == 1, 0, blocks, block);
	c->region = r;
	if (c->write && i % 2) {
		c->imm = r->buf;
		c->imm_len = c->edtl < 8192 ? c->edtl : 8192;
	}
}

/* What takes long must not let what is quick overtake its number. */
static int parallel_lengths(const struct who *w)
{
	unsigned int i, n, rounds = w->count ? w->count : 20;
	struct session *s = busy_session(w);
	static struct pdu m[32];
	struct peer_out out[32];
	struct peer_region *r;
	struct scsi_cmd c;
	uint32_t block;
	int rc = -1;

	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	block = read_capacity(s);
	r = peer_region(s->p, 256 * 1024, BOTH_WAYS);
	if (!block || !r)
		goto out;
	while (rounds--) {
		n = window_of(s) < 32 ? window_of(s) : 32;
		if (!n) {
			peer_fail("the window is closed on an idle session");
			goto out;
		}
		for (i = 0; i < n; i++) {
			any_command(&c, i, r, block);
			scsi_build(s, &m[i], &c);
			out[i] = (struct peer_out){ m[i].b, m[i].len };
		}
		if (peer_send_batch(s->p, out, n) ||
		    collect(s, n, OP_SCSI_RSP))
			goto out;
	}
	rc = no_faults(s);
out:
	session_close(s);
	return rc;
}

#define LONG_DATA	(16 * MIB)

/* All of @r, from the first block on, by as many commands. */
static int in_pieces(struct session *s, struct peer_region *r, bool write,
		     unsigned int pieces, uint32_t block)
{
	uint32_t len = LONG_DATA / pieces;
	struct scsi_result res;
	struct scsi_cmd c;
	unsigned int i;

	for (i = 0; i < pieces; i++) {
		cdb_rw(&c, write, i * (len / block), len / block, block);
		c.region = r;
		c.region_off = i * len;
		if (scsi_good(s, &c, &res))
			return -1;
	}
	return 0;
}

/* Written by so many commands and read by so many, twice. */
static int long_data(const struct who *w, unsigned int writes,
		     unsigned int reads)
{
	struct peer_region *out, *in;
	struct who patient = *w;
	struct session *s;
	unsigned int i;
	uint32_t block;
	int rc = -1;

	/* So much data takes its time on a debug kernel beside other guests. */
	patient.patience *= 4;
	s = busy_session(&patient);
	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	block = read_capacity(s);
	out = peer_region(s->p, LONG_DATA, IBV_ACCESS_REMOTE_READ);
	in = peer_region(s->p, LONG_DATA, IBV_ACCESS_REMOTE_WRITE);
	if (!block || !out || !in)
		goto out;
	fill_pattern(out->buf, LONG_DATA, writes);
	if (in_pieces(s, out, true, writes, block))
		goto out;
	for (i = 0; i < 2; i++) {
		memset(in->buf, 0xee, LONG_DATA);
		if (in_pieces(s, in, false, reads, block) ||
		    check_pattern(in->buf, LONG_DATA, writes))
			goto out;
	}
	rc = no_faults(s);
out:
	session_close(s);
	return rc;
}

/*
 * More entries than the target's send queue has room for. Written in pieces: a
 * target core may be impatient with a long WRITE.
 */
static int long_read(const struct who *w)
{
	return long_data(w, 16, 1);
}

/* Which the target fetches in slices, each when the one before is there. */
static int long_write(const struct who *w)
{
	return long_data(w, 1, 16);
}

/* The longest CDB there is, 260 bytes, and as much data as was agreed. */
static uint32_t long_ahs(struct session *s, struct pdu *m, unsigned long words)
{
	static uint8_t data[8192], ahs[255 * 4];
	struct scsi_cmd c = {
		.cdb = { 0x7f, [7] = 252 },
		.edtl = sizeof(data), .write = true,
		.unsol_len = sizeof(data),
	};
	uint32_t itt = scsi_build(s, m, &c);

	put16(ahs, words * 4 - 3);
	ahs[2] = 1;
	pdu_ahs(m, ahs, words);
	pdu_data(m, data, sizeof(data));
	return itt;
}

static int longest_ahs(const struct who *w)
{
	return spoil(w, long_ahs, 62, CAN_ANSWER,
		     "a CDB of 260 bytes with 8,192 bytes of data");
}

static int endless_ahs(const struct who *w)
{
	return spoil(w, long_ahs, 255, REJECT_OR_END,
		     "1,020 bytes of AHS with 8,192 bytes of data");
}

/* Windows */

/* Until the peer may send again; -1 if it waits in vain. */
static int wait_open(struct session *s)
{
	long deadline = peer_now_ms() + s->who->patience;
	static struct peer_msg msg;

	while (!window_of(s)) {
		if (peer_now_ms() > deadline)
			return peer_fail("the window stays closed, CmdSN %u, MaxCmdSN %u",
					 s->cmdsn, s->max_cmdsn);
		/* A NOP-In that asks for nothing is taken note of and skipped. */
		switch (session_recv(s, &msg, 50)) {
		case PEER_ERROR:
			return -1;
		case PEER_ENDED:
			return peer_fail("ended (%s) with a closed window",
					 peer_how_ended(s->p));
		default:
			break;
		}
	}
	return 0;
}

/* What our target says in MaxOutstandingUnexpectedPDUs. */
#define UNEXPECTED	16

/*
 * A whole window of commands, and with them as many PDUs that get no answer as
 * a peer may send: responses leave while those have the buffers.
 */
static int unanswered_in(const struct who *w, struct session *s)
{
	unsigned int i, n, closed = 0, rounds = w->count ? w->count : 60;
	static struct pdu m[96];
	struct peer_out out[96];
	struct scsi_cmd c = { .edtl = 0 };
	bool first;
	int rc = -1;

	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	/*
	 * The last response may overtake them, and over iWARP they would then be
	 * too many together with those of the next round: there they go first.
	 */
	first = peer_is_iwarp(s->p);
	while (rounds--) {
		if (wait_open(s))
			goto out;
		n = window_of(s) < 64 ? window_of(s) : 64;
		for (i = 0; i < n + UNEXPECTED; i++) {
			if (first ? i >= UNEXPECTED : i < n) {
				scsi_build(s, &m[i], &c);
			} else {
				nop_build(s, &m[i], NULL, 0);
				pdu_set32(&m[i], B_ITT, TAG_NONE);
			}
			out[i] = (struct peer_out){ m[i].b, m[i].len };
		}
		if (peer_send_batch(s->p, out, n + UNEXPECTED) ||
		    collect(s, n, OP_SCSI_RSP))
			goto out;
		closed += !window_of(s);
	}
	peer_note("closed behind the last response %u times", closed);
	rc = wait_open(s) ? -1 : no_faults(s);
out:
	session_drop(s);
	return rc;
}

static int unanswered(const struct who *w)
{
	return unanswered_in(w, busy_session(w));
}

/* Where NOP-Ins are counted, the one that opens it asks for an answer. */
static int unanswered_and_counted(const struct who *w)
{
	static const char extra[] = "MaxOutstandingUnexpectedPDUs=2";

	return unanswered_in(w, busy_session_with(w, extra, sizeof(extra)));
}

/* Responses, until @want aborts of @n are answered. */
static int collect_aborts(struct session *s, unsigned int want, unsigned int n,
			  unsigned int *tmfs, unsigned int *rsps)
{
	static struct peer_msg msg;

	while (*tmfs < want) {
		if (session_recv(s, &msg, s->who->patience) != PEER_OK)
			return peer_fail("%u of %u aborts are answered (%s)",
					 *tmfs, n, peer_how_ended(s->p));
		*tmfs += msg_opcode(&msg) == OP_TMF_RSP;
		*rsps += msg_opcode(&msg) == OP_SCSI_RSP;
	}
	return 0;
}

/* @n commands that take a while, then an abort of each. */
static int abort_window(struct session *s, struct peer_region *r,
			unsigned int n, unsigned int *aborted)
{
	static struct pdu m;
	uint32_t itt[64];
	unsigned int i, rsps = 0, tmfs = 0;
	struct scsi_cmd c;

	for (i = 0; i < n; i++) {
		cdb_rw(&c, i % 2, i * 8, 4096 / 512, 512);
		c.region = r;
		if (c.write) {
			c.imm = r->buf;
			c.imm_len = c.edtl;
		}
		itt[i] = scsi_build(s, &m, &c);
		if (peer_send(s->p, m.b, m.len))
			return -1;
	}
	for (i = 0; i < n; i++) {
		if (i >= UNEXPECTED &&
		    collect_aborts(s, i - UNEXPECTED + 1, n, &tmfs, &rsps))
			return -1;
		tmf_build(s, &m, 1, itt[i]);
		if (peer_send(s->p, m.b, m.len))
			return -1;
	}
	if (collect_aborts(s, n, n, &tmfs, &rsps))
		return -1;
	*aborted += n - rsps;
	return 0;
}

static int aborted_commands(const struct who *w)
{
	unsigned int i, aborted = 0;
	struct peer_region *r;
	struct session *s;
	int rc = -1;

	if (not_ready(w, "a slow back end"))
		return CASE_SKIP;
	s = busy_session(w);
	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	r = peer_region(s->p, 4096, BOTH_WAYS);
	if (!r)
		goto out;
	for (i = 0; i < w->count; i++)
		if (wait_open(s) ||
		    abort_window(s, r, window_of(s) < 64 ? window_of(s) : 64,
				 &aborted))
			goto out;
	if (!aborted) {
		peer_fail("nothing was slow enough to be aborted");
		goto out;
	}
	peer_note("%u commands were aborted", aborted);
	if (!wait_open(s) && !test_unit_ready(s))
		rc = no_faults(s);
out:
	session_close(s);
	return rc;
}

/* Logout */

/* The response code of a logout for @reason of connection @cid. */
static int logout_code(struct session *s, uint8_t reason, uint16_t cid)
{
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt = logout_build(s, &m);

	pdu_set8(&m, B_FLAGS, 0x80 | reason);
	put16(m.b + ISER_LEN + B_CID, cid);
	if (peer_send(s->p, m.b, m.len) ||
	    session_answer(s, itt, OP_LOGOUT_RSP, &msg))
		return -1;
	return msg8(&msg, B_RESPONSE);
}

static int logout_connection(const struct who *w)
{
	struct session *s = session_open(w);
	int rc, code;

	if (!s)
		return -1;
	code = logout_code(s, 1, 0);
	rc = code > 0 ? peer_fail("closing the connection: response %d", code) :
	     code < 0 ? -1 : must_end(w, s->p, "after closing the connection");
	session_drop(s);
	return rc;
}

/* @reason cannot be done: the response says @want, and the session goes on. */
static int logout_refused(const struct who *w, uint8_t reason, uint16_t cid,
			  int want)
{
	struct session *s = session_open(w);
	int rc = -1, code;

	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	code = logout_code(s, reason, cid);
	if (code < 0)
		goto out;
	if (code != want)
		peer_fail("reason %u, connection %u: response %d, not %d",
			  reason, cid, code, want);
	else if (!ping(s) && !test_unit_ready(s))
		rc = no_faults(s);
out:
	session_drop(s);
	return rc;
}

static int logout_recovery(const struct who *w)
{
	return logout_refused(w, 2, 0, 2);
}

static int logout_stranger(const struct who *w)
{
	return logout_refused(w, 1, 77, 1);
}

/* Login */

static int operational_pieces(struct session *s, struct text *all)
{
	static struct peer_msg msg;
	static struct pdu m;
	static struct text t;
	const char *at = all->b, *end = all->b + all->len;
	bool first = true;

	/*
	 * A key a request, and the last request is done with it. The target
	 * brings up RDMAExtensions if we do not, and waits for the answer: that
	 * one goes with the first.
	 */
	while (at < end) {
		size_t n = strlen(at) + 1;

		t.len = n;
		memcpy(t.b, at, n);
		at += n;
		if (first)
			text_add(&t, "RDMAExtensions", "Yes");
		else if (!strncmp(t.b, "RDMAExtensions", 14))
			continue;
		first = false;
		login_pdu(s, &m, 1, 3, at >= end, &t);
		if (login_exchange(s, &m, &msg))
			return -1;
	}
	return s->full ? 0 : peer_fail("not in full feature phase");
}

static int login_in_pieces(const struct who *w)
{
	struct peer_params par;
	static struct text t;
	struct login_opts o;
	struct session *s;
	int rc = -1;

	peer_params_init(&par, w->host, w->port);
	s = session_new(w, peer_connect(&par));
	if (!s)
		return -1;
	login_opts_init(&o);
	login_operational_text(&o, &t);
	if (!login_security(s, &o) && !operational_pieces(s, &t) &&
	    !test_unit_ready(s))
		rc = no_faults(s);
	session_drop(s);
	return rc;
}

/* Many targets */

static unsigned int names(const struct text *t)
{
	const char *at = t->b, *end = t->b + t->len;
	unsigned int n = 0;

	while (at < end) {
		n += !strncmp(at, "TargetName=", 11);
		at += strnlen(at, end - at) + 1;
	}
	return n;
}

static int lists_all(struct session *s, const struct who *w)
{
	static struct text t;

	if (!s)
		return -1;
	if (send_targets(s, &t))
		return -1;
	if (names(&t) != w->count)
		return peer_fail("%u of %u targets in %zu bytes", names(&t),
				 w->count, t.len);
	peer_note("%u targets in %zu bytes", w->count, t.len);
	return no_faults(s);
}

static int all_in_discovery(const struct who *w)
{
	struct session *s;
	int rc;

	if (not_ready(w, "so many targets"))
		return CASE_SKIP;
	s = session_open_discovery(w, RDSL_USUAL);
	rc = lists_all(s, w);
	session_close(s);
	return rc;
}

/* An answer of many short PDUs; only the target that is logged in to. */
static int own_in_normal(const struct who *w)
{
	struct session *s = session_open(w);
	static struct text t;
	int rc = -1;

	if (!s)
		return -1;
	if (send_targets(s, &t))
		goto out;
	if (!names(&t))
		peer_fail("no target in %zu bytes", t.len);
	else
		rc = test_unit_ready(s) ? -1 : no_faults(s);
out:
	session_close(s);
	return rc;
}

/* The end of a target */

/* Says why before it goes: an Asynchronous Message, in its turn. */
static int told_of_end(const struct who *w)
{
	static struct peer_msg msg;
	struct session *s;
	int rc = -1;

	if (not_ready(w, "somebody who ends the target"))
		return CASE_SKIP;
	s = session_open(w);
	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	/* Whoever runs this is told, and disables the target. */
	printf("# waiting for the end\n");
	fflush(stdout);
	switch (session_recv(s, &msg, 60000)) {
	case PEER_OK:
		break;
	default:
		peer_fail("no PDU before the end (%s)", peer_how_ended(s->p));
		goto out;
	}
	if (msg_opcode(&msg) != OP_ASYNC)
		peer_fail("%s, not an Asynchronous Message",
			  opcode_name(msg_opcode(&msg)));
	else if (msg8(&msg, 36) != 2)
		peer_fail("AsyncEvent %u, not 2", msg8(&msg, 36));
	else if (!must_end(w, s->p, "after an Asynchronous Message"))
		rc = no_faults(s);
out:
	session_drop(s);
	return rc;
}

/* READs that the back end has, each sent by itself, for so the target's CPUs mix. */
static int keep_busy(struct session *s, unsigned int n)
{
	struct peer_region *r = peer_region(s->p, 512, BOTH_WAYS);
	static struct pdu m;
	struct scsi_cmd c;

	if (!r)
		return -1;
	cdb_rw(&c, false, 0, 1, 512);
	c.region = r;
	while (n--) {
		scsi_build(s, &m, &c);
		if (peer_send(s->p, m.b, m.len))
			return -1;
		usleep(1000);
	}
	return 0;
}

#define BYSTANDERS	4

/*
 * A reset aborts the commands of all sessions, and waits for each. Those of a
 * session that has ended by then are waited for by the end of that session, too.
 */
static int reset_once(const struct who *w)
{
	struct session *others[BYSTANDERS] = { NULL };
	struct session *s = session_open(w);
	static struct peer_msg msg;
	static struct pdu m;
	unsigned int i;
	uint32_t itt;
	int rc = -1;

	if (!s || test_unit_ready(s))
		goto out;
	for (i = 0; i < BYSTANDERS; i++) {
		others[i] = session_open(w);
		if (!others[i] || test_unit_ready(others[i]))
			goto out;
	}
	for (i = 0; i < BYSTANDERS; i++)
		if (keep_busy(others[i], window_of(others[i]) < 16 ?
					 window_of(others[i]) : 16))
			goto out;
	itt = tmf_build(s, &m, 5, TAG_NONE);
	if (peer_send(s->p, m.b, m.len))
		goto out;
	usleep(20000);
	for (i = 0; i < BYSTANDERS; i++) {
		session_drop(others[i]);
		others[i] = NULL;
	}
	if (session_wait(s, itt, &msg, w->patience) != PEER_OK)
		peer_fail("the reset is not answered (%s)",
			  peer_how_ended(s->p));
	else if (msg8(&msg, B_RESPONSE))
		peer_fail("the reset: response %u", msg8(&msg, B_RESPONSE));
	else
		rc = test_unit_ready(s);
out:
	for (i = 0; i < BYSTANDERS; i++)
		session_drop(others[i]);
	session_drop(s);
	return rc;
}

static int resets(const struct who *w)
{
	unsigned int i;

	if (not_ready(w, "a slow back end"))
		return CASE_SKIP;
	for (i = 0; i < w->count; i++)
		if (reset_once(w))
			return -1;
	return 0;
}

const struct peer_case load_cases[] = {
	{ "statsn/strictly-increasing-under-parallel-lengths", parallel_lengths,
	  "32 commands of 0 to 256 KiB at a time, 20 (--count) rounds", NULL },
	{ "data/16-mib-in-one-read", long_read,
	  "more entries than the target's send queue", NULL },
	{ "data/16-mib-in-one-write", long_write,
	  "the same the other way", NULL },
	{ "ffp/longest-cdb-with-full-data", longest_ahs,
	  "248 bytes of AHS and 8,192 of immediate data get a response", NULL },
	{ "ffp/ahs-beyond-the-default-with-full-data", endless_ahs,
	  "MaxAHSLength is 256 unless agreed otherwise", NULL },
	{ "credit/closed-window-opens-again", unanswered,
	  "full windows with 16 unanswered PDUs, 60 (--count) rounds", NULL },
	{ "unasked/closed-window-opens-again",
	  unanswered_and_counted,
	  "the same of an initiator that takes two unexpected PDUs", NULL },
	{ "slow/aborted-commands-give-back-the-window", aborted_commands,
	  "windows of aborted commands; the back end takes its time", NULL },
	{ "slow/reset-while-other-sessions-end", resets,
	  "four of them with 16 commands each; the back end takes its time",
	  NULL },
	{ "session/logout-of-the-connection", logout_connection,
	  "reason 1: a Logout Response, then the end", NULL },
	{ "session/logout-for-recovery-is-refused", logout_recovery,
	  "reason 2 at error recovery level 0; the session goes on", NULL },
	{ "session/logout-of-an-unknown-connection", logout_stranger,
	  "response 1, and the session goes on", NULL },
	{ "login/a-key-a-request", login_in_pieces,
	  "the operational stage in as many requests as keys", NULL },
	{ "many/all-targets-in-discovery", all_in_discovery,
	  "as many as --count says, continued as often as need be", NULL },
	{ "many/own-target-in-normal-session", own_in_normal,
	  "SendTargets=All in a normal session", NULL },
	{ "end/target-says-so", told_of_end,
	  "an Asynchronous Message before the target ends the connection",
	  NULL },
	{ }
};
