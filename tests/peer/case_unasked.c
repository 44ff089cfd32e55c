// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases about PDUs that nobody asked for (RFC 7145 sections 6.7 and 8.1): the
 * target sends no more than an initiator has declared to have buffers for, and
 * has buffers for as many as it declares itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"

#define KEY	"MaxOutstandingUnexpectedPDUs"
#define BAD	6	/* PDUs that are to be rejected */

static struct session *declared(const struct who *w, unsigned int limit,
				struct peer_params *par)
{
	struct login_opts o;
	char extra[64];

	login_opts_init(&o);
	o.extra_len = snprintf(extra, sizeof(extra), KEY "=%u", limit) + 1;
	o.extra = extra;
	return session_open_with(w, par, &o);
}

/* @n PDUs of an opcode that nobody knows; they acknowledge what s has noted. */
static int provoke(struct session *s, unsigned int n)
{
	static struct pdu m[BAD];
	struct peer_out out[BAD];
	unsigned int i;

	for (i = 0; i < n; i++) {
		pdu_init(&m[i], OP_IMMEDIATE | 0x1f, 0x80, s->itt++);
		pdu_set32(&m[i], B_CMDSN, s->cmdsn);
		pdu_set32(&m[i], B_EXP_STATSN, s->exp_statsn);
		out[i] = (struct peer_out){ m[i].b, m[i].len };
	}
	return peer_send_batch(s->p, out, n);
}

/* What is there without an acknowledgment. */
struct heard {
	unsigned int	rejects;
	unsigned int	pings;
	uint32_t	ttt;
	uint32_t	next;	/* StatSN behind the last Reject */
};

/*
 * Listen until nothing has come for a while. peer_recv() and not session_recv(),
 * which would answer the ping.
 */
static enum peer_rc listen_to(struct session *s, struct heard *h)
{
	static struct peer_msg msg;
	enum peer_rc rc;

	memset(h, 0, sizeof(*h));
	h->next = s->exp_statsn;
	while ((rc = peer_recv(s->p, &msg, s->who->patience / 8)) == PEER_OK) {
		if (msg_opcode(&msg) == OP_REJECT) {
			h->rejects++;
			h->next = msg32(&msg, B_STATSN) + 1;
		} else if (msg_opcode(&msg) == OP_NOP_IN &&
			   msg32(&msg, B_ITT) == TAG_NONE) {
			h->pings++;
			h->ttt = msg32(&msg, B_TTT);
			if (msg32(&msg, B_STATSN) != h->next) {
				peer_fail("a NOP-In with StatSN %u where %u is next",
					  msg32(&msg, B_STATSN), h->next);
				return PEER_ERROR;
			}
		} else {
			peer_fail("%s", opcode_name(msg_opcode(&msg)));
			return PEER_ERROR;
		}
	}
	peer_note("%u Rejects, %u pings", h->rejects, h->pings);
	return rc;
}

static int pong(struct session *s, const struct heard *h)
{
	struct pdu m;

	pdu_init(&m, OP_IMMEDIATE | OP_NOP_OUT, 0x80, TAG_NONE);
	pdu_set32(&m, B_TTT, h->ttt);
	pdu_set32(&m, B_CMDSN, s->cmdsn);
	pdu_set32(&m, B_EXP_STATSN, s->exp_statsn);
	return peer_send(s->p, m.b, m.len);
}

/* With @limit declared: so many less one at a time, and a ping for the rest. */
static int in_portions(struct session *s, unsigned int limit)
{
	unsigned int left = BAD, want;
	struct heard h;

	if (provoke(s, BAD))
		return -1;
	while (left) {
		want = left < limit - 1 ? left : limit - 1;
		if (listen_to(s, &h) != PEER_TIMEOUT)
			return peer_ended(s->p) ?
			       peer_fail("ended (%s)", peer_how_ended(s->p)) : -1;
		if (h.rejects != want || h.pings != (left > want) ||
		    (h.pings && h.ttt == TAG_NONE))
			return peer_fail("%u declared, %u due: %u Rejects and %u pings",
					 limit, left, h.rejects, h.pings);
		left -= want;
		s->exp_statsn = h.next;
		if (h.pings && pong(s, &h))
			return -1;
	}
	return test_unit_ready(s) ? -1 : no_faults(s);
}

static int no_more_than_declared(const struct who *w)
{
	static const unsigned int limits[] = { 2, 3, BAD, BAD + 1 };
	struct peer_params par;
	struct session *s;
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < ARRAY_SIZE(limits); i++) {
		peer_params_init(&par, w->host, w->port);
		s = declared(w, limits[i], &par);
		if (!s || test_unit_ready(s)) {
			session_drop(s);
			return -1;
		}
		rc = in_portions(s, limits[i]);
		session_close(s);
	}
	return rc;
}

/* 0 is no limit, and so is nothing at all. */
static int no_limit(const struct who *w)
{
	struct peer_params par;
	struct session *s;
	struct heard h;
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < 2; i++) {
		peer_params_init(&par, w->host, w->port);
		s = i ? declared(w, 0, &par) : session_open(w);
		if (!s)
			return -1;
		rc = test_unit_ready(s) || provoke(s, BAD) ||
		     listen_to(s, &h) != PEER_TIMEOUT ? -1 : 0;
		if (!rc && (h.rejects != BAD || h.pings))
			rc = peer_fail("%u Rejects and %u pings", h.rejects,
				       h.pings);
		session_drop(s);
	}
	return rc;
}

/* Who only provokes and acknowledges nothing is not listened to for ever. */
static int never_acknowledged(const struct who *w)
{
	static struct peer_msg msg;
	struct peer_params par;
	unsigned int i, n = 0;
	struct session *s;
	int rc = -1;

	peer_params_init(&par, w->host, w->port);
	s = declared(w, 2, &par);
	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	for (i = 0; i < 8 && !peer_ended(s->p); i++)
		if (provoke(s, BAD) && !peer_ended(s->p))
			goto out;
	if (must_end(w, s->p, "48 bad PDUs, nothing acknowledged"))
		goto out;
	while (peer_recv(s->p, &msg, 0) == PEER_OK)
		n++;
	rc = n <= 2 ? 0 : peer_fail("2 declared, %u PDUs came", n);
out:
	session_drop(s);
	return rc;
}

/*
 * With no RNR retry at all, a full window and beside it as many PDUs without a
 * CmdSN as the target has declared; none of these gets an answer.
 */
static int fit_the_buffers(const struct who *w)
{
	unsigned int i, n, own, rounds = w->count ? w->count : 10;
	static struct pdu m[96];
	struct peer_out out[96];
	struct scsi_cmd c = { .edtl = 0 };
	struct peer_params par;
	struct session *s;
	const char *said;
	int rc = -1;

	peer_params_init(&par, w->host, w->port);
	par.rnr_retry = 0;
	par.recvs = 128;
	par.sends = 128;
	s = declared(w, 16, &par);
	if (!s)
		return -1;
	said = text_get(s->last_text, s->last_text_len, KEY);
	own = said ? strtoul(said, NULL, 10) : 0;
	if (own < 2 || own > 32) {
		peer_fail(KEY "=%s in return", said ? said : "(nothing)");
		goto out;
	}
	if (test_unit_ready(s))
		goto out;
	while (rounds--) {
		if (ping(s))
			goto out;
		n = window_of(s) < 64 ? window_of(s) : 64;
		for (i = 0; i < n + own; i++) {
			if (i < n) {
				scsi_build(s, &m[i], &c);
			} else {
				nop_build(s, &m[i], NULL, 0);
				pdu_set32(&m[i], B_ITT, TAG_NONE);
			}
			out[i] = (struct peer_out){ m[i].b, m[i].len };
		}
		if (peer_send_batch(s->p, out, n + own) ||
		    collect(s, n, OP_SCSI_RSP)) {
			if (peer_starved(s->p))
				peer_fail("%u commands and %u more were allowed, not all have a receive",
					  n, own);
			goto out;
		}
	}
	rc = no_faults(s);
out:
	session_drop(s);
	return rc;
}

const struct peer_case unasked_cases[] = {
	{ "unasked/no-more-than-declared", no_more_than_declared,
	  "Rejects in portions, with a ping when no more may come", NULL },
	{ "unasked/no-limit-unless-declared", no_limit,
	  "six Rejects at once", NULL },
	{ "unasked/never-acknowledged-ends", never_acknowledged,
	  "48 bad PDUs from an initiator that has declared 2", NULL },
	{ "unasked/declared-ones-find-receives", fit_the_buffers,
	  "a full window and the target's own number beside it; no RNR retry",
	  NULL },
	{ }
};
