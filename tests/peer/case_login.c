// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases in which nobody has logged in yet: whatever a stranger sends, only its
 * own connection may suffer, and soon.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"

/* An ordinary first Login Request. */
static void first_login(struct session *s, struct pdu *m)
{
	static struct text t;
	struct login_opts o;

	login_opts_init(&o);
	login_security_text(s, &o, &t);
	/* Make it a multiple of four, so that a byte more is a byte too far. */
	while (t.len % 4)
		t.b[t.len++] = 0;
	login_pdu(s, m, 0, 1, true, &t);
}

static struct session *stranger_from(const struct who *w, const char *source)
{
	struct peer_params par;

	peer_params_init(&par, w->host, w->port);
	par.source = source;
	par.timeout_ms = w->patience;
	par.recvs = 8;
	return session_new(w, peer_connect(&par));
}

static struct session *stranger(const struct who *w)
{
	return stranger_from(w, NULL);
}

/* One that has come through the first stage of its login; or NULL. */
static struct session *half_login_from(const struct who *w, const char *source,
				       const struct login_opts *o)
{
	struct session *s = stranger_from(w, source);

	if (s && login_security(s, o)) {
		session_drop(s);
		return NULL;
	}
	return s;
}

static struct session *half_login(const struct who *w)
{
	struct login_opts o;

	login_opts_init(&o);
	return half_login_from(w, NULL, &o);
}

static int needs_other(const struct who *w)
{
	if (w->other)
		return 0;
	peer_fail("needs --other");
	return CASE_SKIP;
}

/* Send it as first message: a refusing Login Response may come, the end must. */
static int refused(const struct who *w, const struct pdu *m, const char *what)
{
	struct session *s = stranger(w);
	static struct peer_msg msg;
	int rc = -1;

	if (!s)
		return -1;
	if (peer_send(s->p, m->b, m->len) || must_end(w, s->p, what))
		goto out;
	while (!(rc = peer_recv(s->p, &msg, 0)))
		if (msg_opcode(&msg) == OP_LOGIN_RSP &&
		    !msg8(&msg, B_LOGIN_STATUS))
			break;
	rc = rc ? 0 : peer_fail("%s: accepted", what);
out:
	session_drop(s);
	return rc;
}

static int short_pdu(const struct who *w)
{
	static struct session form;
	static struct pdu m;
	char what[40];
	size_t len;

	form.who = w;
	for (len = 0; len < HEADERS_LEN; len++) {
		first_login(&form, &m);
		m.len = len;
		snprintf(what, sizeof(what), "%zu bytes", len);
		if (refused(w, &m, what))
			return -1;
	}
	return 0;
}

static int long_data_segment(const struct who *w)
{
	static const uint32_t more[] = { 1, 4, 100 };
	static const uint32_t claim[] = { 8192, 8193, 0x10000, 0xffffff };
	static struct session form = { .itt = 0x10 };
	static struct pdu m;
	char what[64];
	unsigned int i;

	form.who = w;
	for (i = 0; i < ARRAY_SIZE(more) + ARRAY_SIZE(claim); i++) {
		uint32_t n;

		first_login(&form, &m);
		n = i < ARRAY_SIZE(more) ? m.len - HEADERS_LEN + more[i] :
		    claim[i - ARRAY_SIZE(more)];
		pdu_claim_data(&m, n);
		snprintf(what, sizeof(what), "%zu bytes of data claimed as %u",
			 m.len - HEADERS_LEN, n);
		if (refused(w, &m, what))
			return -1;
	}
	return 0;
}

static int wrong_iser_opcode(const struct who *w)
{
	static struct session form;
	static struct pdu m;
	unsigned int op;
	char what[40];

	form.who = w;
	for (op = 0; op < 16; op++) {
		if (op == 1)
			continue;
		first_login(&form, &m);
		m.b[0] = op << 4;
		snprintf(what, sizeof(what), "iSER opcode %u", op);
		if (refused(w, &m, what))
			return -1;
	}
	return 0;
}

static int other_pdu_first(const struct who *w)
{
	static const uint8_t ops[] = {
		OP_SCSI_CMD, OP_NOP_OUT, OP_TMF, OP_TEXT, OP_DATA_OUT,
		OP_LOGOUT, OP_SNACK, OP_LOGIN_RSP, 0x0f, 0x3f,
	};
	static struct pdu m;
	unsigned int i;
	char what[64];

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		pdu_init(&m, ops[i], 0x80, 1);
		pdu_set32(&m, B_CMDSN, 1);
		snprintf(what, sizeof(what), "%s before login",
			 opcode_name(ops[i]));
		if (refused(w, &m, what))
			return -1;
	}
	return 0;
}

/* Any answer will do, even none: what counts is that the target survives. */
static int send_and_watch(const struct who *w, const struct pdu *m)
{
	struct session *s = stranger(w);
	static struct peer_msg msg;
	int rc = -1;

	if (!s)
		return -1;
	if (!peer_send(s->p, m->b, m->len)) {
		peer_recv(s->p, &msg, w->patience);
		rc = peer_starved(s->p) ? peer_fail("nobody takes it") : 0;
	}
	session_drop(s);
	return rc;
}

static int text_without_nul(const struct who *w)
{
	static const char *const start[] = {
		"", "=", "InitiatorName=", "X-com.example.long=",
	};
	static struct session form;
	static struct text t;
	static struct pdu m;
	unsigned int i;

	form.who = w;
	for (i = 0; i < ARRAY_SIZE(start); i++) {
		memset(t.b, 'A', 8192);
		memcpy(t.b, start[i], strlen(start[i]));
		t.len = 8192;
		login_pdu(&form, &m, 0, 1, true, &t);
		if (send_and_watch(w, &m))
			return -1;
	}
	return 0;
}

static int many_keys(const struct who *w)
{
	static struct session form;
	static struct text t;
	static struct pdu m;

	form.who = w;
	t.len = 0;
	/* Each is answered with more than it takes: does the answer overflow? */
	while (t.len < 8190)
		text_add(&t, "", "");
	t.len = 8192;
	login_pdu(&form, &m, 0, 1, true, &t);
	if (send_and_watch(w, &m))
		return -1;
	t.len = 0;
	while (t.len < 8180)
		text_add(&t, "X", "1");
	login_pdu(&form, &m, 0, 1, true, &t);
	return send_and_watch(w, &m);
}

static int ahs_in_login(const struct who *w)
{
	static const uint8_t words[] = { 1, 2, 64, 255 };
	static struct session form;
	static struct pdu m;
	unsigned int i;
	char what[40];

	form.who = w;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		first_login(&form, &m);
		pdu_claim_ahs(&m, words[i]);
		snprintf(what, sizeof(what), "%u words of AHS", words[i]);
		if (refused(w, &m, what))
			return -1;
	}
	return 0;
}

static int longer_than_any_buffer(const struct who *w)
{
	static struct session form;
	static struct pdu m;

	form.who = w;
	first_login(&form, &m);
	m.len = PDU_MAX;
	return refused(w, &m, "a message of 20 KiB");
}

static int wrong_flags(const struct who *w)
{
	/* T and C; CSG 2; NSG below CSG; NSG 2. */
	static const uint8_t flags[] = { 0xc1, 0x88, 0x84, 0x82, 0xff };
	static struct session form;
	static struct pdu m;
	unsigned int i;

	form.who = w;
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		first_login(&form, &m);
		pdu_set8(&m, B_FLAGS, flags[i]);
		if (send_and_watch(w, &m))
			return -1;
	}
	return 0;
}

static int hello_first(const struct who *w)
{
	struct session *s = stranger(w);
	static struct peer_msg msg;
	static struct pdu m;
	enum peer_rc got;
	int rc = -1;

	if (!s)
		return -1;
	pdu_hello(&m, 10, 10, 16);
	if (peer_send(s->p, m.b, m.len))
		goto out;
	got = peer_recv(s->p, &msg, w->patience);
	if (got == PEER_ENDED)
		rc = 0;
	else if (got == PEER_TIMEOUT)
		rc = peer_fail("neither a HelloReply nor an end");
	else if (msg.len != ISER_LEN || (msg.data[0] & 0xf0) != 0x30)
		rc = peer_fail("a Hello is answered by %u bytes, %02x first",
			       msg.len, msg.data[0]);
	else
		rc = 0;
out:
	session_drop(s);
	return rc;
}

static int time_discovery(const struct who *w, long *ms)
{
	static struct text answer;
	long start = peer_now_ms();
	struct session *s;
	int rc;

	s = session_open_discovery(w, RDSL_USUAL);
	if (!s)
		return -1;
	rc = send_targets(s, &answer);
	*ms = peer_now_ms() - start;
	session_close(s);
	return rc;
}

static int silent_peers(const struct who *w)
{
	struct peer *idle[256] = { NULL };
	unsigned int i, there = 0, n = w->count ? w->count : 20;
	struct peer_params par;
	long alone, crowd;
	int rc = -1;

	if (n > ARRAY_SIZE(idle))
		n = ARRAY_SIZE(idle);
	if (time_discovery(w, &alone))
		return -1;
	peer_params_init(&par, w->host, w->port);
	par.recvs = 2;
	par.sends = 2;
	for (i = 0; i < n; i++) {
		idle[i] = peer_connect(&par);
		there += !!idle[i];
		if (!idle[i])
			peer_note("silent peer %u: %s", i, peer_why());
	}
	if (!there)
		peer_fail("not one silent peer could connect: %s", peer_why());
	else if (time_discovery(w, &crowd))
		peer_note("with %u silent peers: %s", there, peer_why());
	else if (crowd > 2 * alone + scaled_ms(w, 1000))
		peer_fail("discovery takes %ld ms with %u silent peers, %ld ms alone",
			  crowd, there, alone);
	else
		rc = 0;
	for (i = 0; i < n; i++)
		peer_drop(idle[i]);
	return rc;
}

/* They say nothing until the target ends them, while somebody looks at it. */
static int silent_until_ended(const struct who *w)
{
	struct peer *idle[256] = { NULL };
	unsigned int i, n = w->count ? w->count : 20;
	struct peer_params par;
	int rc = -1;

	if (n > ARRAY_SIZE(idle))
		n = ARRAY_SIZE(idle);
	peer_params_init(&par, w->host, w->port);
	par.recvs = 2;
	par.sends = 2;
	for (i = 0; i < n; i++) {
		idle[i] = peer_connect(&par);
		if (!idle[i])
			goto out;
	}
	/* The case in the guest waits for this line. */
	printf("# the silent peers are here\n");
	fflush(stdout);
	for (i = 0; i < n; i++) {
		if (peer_wait_end(idle[i], 60000) == PEER_ENDED)
			continue;
		peer_fail("silent peer %u of %u is not ended", i, n);
		goto out;
	}
	rc = 0;
out:
	for (i = 0; i < n; i++)
		peer_drop(idle[i]);
	return rc;
}

/*
 * The first exchange of another's login, then nothing: an honest one by @port must
 * not wait for the timeout.
 */
static int stalled(const struct who *w, uint16_t port, bool discovery)
{
	struct who honest = *w;
	struct session *s, *other;
	struct login_opts o;
	long start, ms;

	if (needs_other(w))
		return CASE_SKIP;
	login_opts_init(&o);
	o.discovery = discovery;
	s = half_login_from(w, w->other, &o);
	if (!s)
		return -1;
	honest.port = port;
	start = peer_now_ms();
	other = discovery ? session_open_discovery(&honest, RDSL_USUAL) :
			    session_open(&honest);
	ms = peer_now_ms() - start;
	session_drop(s);
	if (!other)
		return -1;
	session_close(other);
	peer_note("an honest login beside it took %ld ms", ms);
	if (ms > scaled_ms(w, 5000))
		return peer_fail("an honest login took %ld ms", ms);
	return 0;
}

static int stalled_login(const struct who *w)
{
	return stalled(w, w->port, false);
}

/*
 * LIO has one place for a login in each portal group, and one for discovery, by
 * whichever portal one comes: who stalls at one must not keep away who comes by
 * another.
 */
static int stalled_login_elsewhere(const struct who *w)
{
	return stalled(w, w->port + 1, false);
}

static int stalled_discovery_elsewhere(const struct who *w)
{
	return stalled(w, w->port + 1, true);
}

/*
 * A Login Request every 0.8 s, each in time, none that gets anywhere. A byte to
 * @told for each that is answered.
 */
static void dribble(const struct who *w, int told)
{
	long end = peer_now_ms() + scaled_ms(w, 30000);
	static struct peer_msg msg;
	static struct text t;
	struct login_opts o;
	struct session *s;
	static struct pdu m;

	login_opts_init(&o);
	s = half_login_from(w, w->other, &o);
	login_operational_text(&o, &t);
	while (s && peer_now_ms() < end) {
		usleep(800000);
		login_pdu(s, &m, 1, 3, false, &t);
		if (login_exchange(s, &m, &msg) || write(told, "", 1) != 1)
			break;
		t.len = 0;
		text_add(&t, "X-org.example.dribble", "yes");
	}
	if (s)
		session_drop(s);
}

/* A process that dribbles, and what it tells; or -1. */
static pid_t start_dribble(const struct who *w, int *told)
{
	int fd[2];
	pid_t pid;

	fflush(stdout);
	pid = pipe(fd) ? -1 : fork();
	if (pid < 0)
		return peer_fail("cannot fork");
	if (!pid) {
		close(fd[0]);
		dribble(w, fd[1]);
		_exit(0);
	}
	close(fd[1]);
	*told = fd[0];
	return pid;
}

/* It has been answered twice, so it is in the middle of its login. */
static int dribbles(const struct who *w, int told)
{
	struct pollfd fd = { .fd = told, .events = POLLIN };
	unsigned int i;
	char byte;

	for (i = 0; i < 2; i++)
		if (poll(&fd, 1, w->patience) <= 0 || read(told, &byte, 1) != 1)
			return peer_fail("the dribbling login has ended by itself, %u requests were answered",
					 i);
	return 0;
}

/*
 * LIO's own time limit for a login is 15 s. The dribbling one may be ended
 * earlier, when another waits; but not before.
 */
static int dribbling_login(const struct who *w)
{
	struct session *other = NULL;
	long start, ms;
	int told = -1;
	pid_t pid;

	if (needs_other(w))
		return CASE_SKIP;
	pid = start_dribble(w, &told);
	if (pid < 0)
		return -1;
	if (!dribbles(w, told)) {
		start = peer_now_ms();
		other = session_open(w);
		ms = peer_now_ms() - start;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(told);
	if (!other)
		return -1;
	session_close(other);
	peer_note("an honest login beside it took %ld ms", ms);
	if (ms > scaled_ms(w, 10000))
		return peer_fail("an honest login took %ld ms", ms);
	return 0;
}

/*
 * An initiator that has much to do logs in slowly, many sessions at once. That one
 * of them waits for another must not cost the other its login.
 */
static int own_logins(const struct who *w)
{
	struct session *first = half_login(w), *second = NULL;
	static struct peer_msg msg;
	static struct text t;
	struct login_opts o;
	static struct pdu m;
	int rc = -1;

	if (!first)
		return -1;
	second = stranger(w);
	if (!second)
		goto out;
	login_opts_init(&o);
	login_security_text(second, &o, &t);
	login_pdu(second, &m, 0, 1, true, &t);
	if (peer_send(second->p, m.b, m.len))
		goto out;
	usleep(3000000);
	if (login_operational(first, &o))
		goto out;
	if (peer_recv(second->p, &msg, scaled_ms(w, 10000))) {
		peer_fail("the second login is not answered (%s)",
			  peer_how_ended(second->p));
		goto out;
	}
	rc = login_take_response(second, &msg) ||
	     login_operational(second, &o) ? -1 : 0;
out:
	if (second)
		session_drop(second);
	session_drop(first);
	return rc;
}

/*
 * The first exchange, then nothing, and somebody removes the portal, which waits
 * for logins. That must not take until the login's time limit of 15 s. The
 * portal comes back, or the look at others behind each case fails.
 */
static int portal_goes(const struct who *w)
{
	struct session *s = half_login(w), *next = NULL;
	enum peer_rc rc;
	long start, ms;

	if (!s)
		return -1;
	/* The case in the guest waits for this line. */
	printf("# half a login is here\n");
	fflush(stdout);
	start = peer_now_ms();
	rc = peer_wait_end(s->p, 60000);
	ms = peer_now_ms() - start;
	session_drop(s);
	if (rc != PEER_ENDED)
		return peer_fail("nothing has ended it");
	peer_note("ended after %ld ms", ms);
	while (!next && peer_now_ms() - start < 120000) {
		usleep(200000);
		next = session_open(w);
	}
	if (!next)
		return -1;
	session_close(next);
	return 0;
}

/* Connected between two requests of another's login, and then silent. */
static int silent_amid_login(const struct who *w)
{
	struct session *s = stranger(w);
	struct peer *idle[8] = { NULL };
	struct peer_params par;
	struct login_opts o;
	unsigned int i;
	long start, ms;
	int rc;

	if (!s)
		return -1;
	login_opts_init(&o);
	rc = login_security(s, &o);
	peer_params_init(&par, w->host, w->port);
	par.recvs = 2;
	par.sends = 2;
	for (i = 0; !rc && i < ARRAY_SIZE(idle); i++) {
		idle[i] = peer_connect(&par);
		if (!idle[i])
			rc = peer_fail("silent peer %u: %s", i, peer_why());
	}
	start = peer_now_ms();
	if (!rc)
		rc = login_operational(s, &o) || test_unit_ready(s) ? -1 : 0;
	ms = peer_now_ms() - start;
	session_close(s);
	for (i = 0; i < ARRAY_SIZE(idle); i++)
		peer_drop(idle[i]);
	if (!rc && ms > scaled_ms(w, 5000))
		rc = peer_fail("the rest of the login took %ld ms", ms);
	return rc;
}

/*
 * Asks for endless retries and posts no receive: the response to its Login
 * Request cannot arrive. The portal must not wait for it.
 */
static int deaf_peer(const struct who *w)
{
	struct session *s, *other;
	struct peer_params par;
	static struct pdu m;
	long start, ms;
	int rc = -1;

	peer_params_init(&par, w->host, w->port);
	par.timeout_ms = w->patience;
	par.recvs = 0;
	par.rnr_retry = 7;
	s = session_new(w, peer_connect(&par));
	if (!s)
		return -1;
	first_login(s, &m);
	if (peer_send(s->p, m.b, m.len))
		goto out;
	start = peer_now_ms();
	other = session_open(w);
	ms = peer_now_ms() - start;
	if (!other)
		goto out;
	session_close(other);
	rc = 0;
	if (ms > scaled_ms(w, 10000))
		rc = peer_fail("an honest login took %ld ms", ms);
out:
	session_drop(s);
	return rc;
}

static int leave_at_every_step(const struct who *w)
{
	unsigned int i, n = w->count ? w->count : 20;
	static struct pdu m;
	struct login_opts o;
	struct session *s;

	login_opts_init(&o);
	for (i = 0; i < n; i++) {
		s = stranger(w);
		if (!s)
			return -1;
		if (i % 4 == 1) {
			first_login(s, &m);
			peer_send(s->p, m.b, m.len);
		} else if (i % 4 >= 2 && login_security(s, &o)) {
			session_drop(s);
			return -1;
		}
		if (i % 4 == 3) {
			static struct text t;

			login_operational_text(&o, &t);
			login_pdu(s, &m, 1, 3, true, &t);
			peer_send(s->p, m.b, m.len);
		}
		session_drop(s);
	}
	return 0;
}

static int wrong_target_name(const struct who *w)
{
	struct session *s = stranger(w);
	struct login_opts o;
	int rc;

	if (!s)
		return -1;
	login_opts_init(&o);
	o.iqn = "iqn.2026-01.org.example:nobody-is-called-so";
	if (!session_login(s, &o))
		rc = peer_fail("login to a target that does not exist");
	else if (!(s->login_class == 2 && s->login_detail == 3) &&
		 /* What LIO says: service unavailable. */
		 !(s->login_class == 3 && s->login_detail == 1))
		rc = peer_fail("status %02x/%02x, not 02/03 or 03/01: %s",
			       s->login_class, s->login_detail, peer_why());
	else
		rc = must_end(w, s->p, "after the refusal");
	session_drop(s);
	return rc;
}

static int unknown_key(const struct who *w)
{
	static const char extra[] = "X-org.example.colour=blue";
	struct session *s = stranger(w);
	struct login_opts o;
	const char *value;
	int rc = -1;

	if (!s)
		return -1;
	login_opts_init(&o);
	o.extra = extra;
	o.extra_len = sizeof(extra);
	if (session_login(s, &o))
		goto out;
	value = text_get(s->last_text, s->last_text_len,
			 "X-org.example.colour");
	if (!value)
		rc = peer_fail("an unknown key is not answered");
	else if (strcmp(value, "NotUnderstood"))
		rc = peer_fail("an unknown key is answered %s", value);
	else
		rc = 0;
out:
	session_drop(s);
	return rc;
}

static int answered(const struct session *s, const char *key,
		    const char *want)
{
	const char *value = text_get(s->last_text, s->last_text_len, key);

	if (value && !strcmp(value, want))
		return 0;
	return peer_fail("%s=%s, not %s", key, value ? value : "(none)", want);
}

/* RFC 7145 section 6.1: no digests on iSER; level 0 is all we do. */
static int digests_and_recovery(const struct who *w)
{
	struct session *s = stranger(w);
	struct login_opts o;
	int rc = -1;

	if (!s)
		return -1;
	login_opts_init(&o);
	o.digests = true;
	o.recovery = 2;
	if (session_login(s, &o) || answered(s, "HeaderDigest", "None") ||
	    answered(s, "DataDigest", "None") ||
	    answered(s, "ErrorRecoveryLevel", "0"))
		goto out;
	rc = test_unit_ready(s);
out:
	session_drop(s);
	return rc;
}

/* RFC 7145 section 6: the leading login of an iSER session agrees on these. */
static int iser_keys(const struct who *w)
{
	struct session *s = session_open(w);
	const char *value;
	int rc = 0;

	if (!s)
		return -1;
	value = text_get(s->last_text, s->last_text_len, "RDMAExtensions");
	if (!value || strcmp(value, "Yes"))
		rc = peer_fail("RDMAExtensions is %s", value ? value : "absent");
	else if (s->irdsl > 8192 || s->trdsl > 8192)
		rc = peer_fail("8192 offered, %u and %u agreed", s->irdsl,
			       s->trdsl);
	session_close(s);
	return rc;
}

/* What the target agrees to receive, it must be able to receive. */
static int kept_promise(const struct who *w)
{
	struct peer_params par;
	static struct pdu m;
	struct peer_region *r;
	struct login_opts o;
	struct session *s;
	uint32_t itt;
	int rc = -1;

	peer_params_init(&par, w->host, w->port);
	login_opts_init(&o);
	o.trdsl = 262144;
	s = session_open_with(w, &par, &o);
	if (!s)
		return -1;
	itt = nop_build(s, &m, NULL, 0);
	pdu_claim_data(&m, s->trdsl);
	r = peer_region(s->p, HEADERS_LEN + s->trdsl, 0);
	if (!r)
		goto out;
	memcpy(r->buf, m.b, HEADERS_LEN);
	if (!peer_send_region(s->p, r, HEADERS_LEN + s->trdsl))
		rc = judge(s, itt, CAN_ANSWER, "a NOP-Out as long as agreed");
	if (rc)
		peer_note("agreed were %u bytes", s->trdsl);
out:
	session_drop(s);
	return rc;
}

/*
 * Short ones, and ones whose lengths lie, a connection each. One in 41, and so
 * each kind, is waited for; the others are left alone with what they sent.
 */
static void lying_login(struct session *form, struct pdu *m, unsigned int i)
{
	first_login(form, m);
	switch (i % 5) {
	case 0:
		m->len = i / 5 % HEADERS_LEN;
		break;
	case 1:
		pdu_claim_data(m, m->len - HEADERS_LEN + 1 + i);
		break;
	case 2:
		pdu_claim_data(m, 0xffffff - i);
		break;
	case 3:
		pdu_claim_ahs(m, 1 + i % 255);
		break;
	default:
		m->len -= 4 + i % 32;
		break;
	}
}

static int lying_logins(const struct who *w)
{
	unsigned int i, n = w->count ? w->count : 200;
	static struct session form = { .itt = 0x10 };
	struct session *s;
	static struct pdu m;
	int rc = 0;

	form.who = w;
	for (i = 0; !rc && i < n; i++) {
		s = stranger(w);
		if (!s)
			return -1;
		lying_login(&form, &m, i);
		rc = peer_send(s->p, m.b, m.len);
		if (!rc && i % 41 == 0)
			rc = must_end(w, s->p, "a lying Login Request");
		else if (!rc)
			peer_flush(s->p, w->patience);
		session_drop(s);
	}
	return rc ? peer_fail("the %uth: %s", i, peer_why()) : 0;
}

/* Before the first was answered: it must not be taken for the next step. */
static int two_at_once(const struct who *w)
{
	struct session *s = stranger(w);
	static struct pdu first, second;
	struct peer_out out[] = { { first.b, 0 }, { second.b, 0 } };
	int rc = -1;

	if (!s)
		return -1;
	first_login(s, &first);
	first_login(s, &second);
	out[0].len = first.len;
	out[1].len = second.len;
	if (!peer_send_batch(s->p, out, ARRAY_SIZE(out)))
		rc = must_end(w, s->p, "two Login Requests at once");
	session_drop(s);
	return rc;
}

/* The same Login Request for the operational stage over and over. */
static int endless_login(const struct who *w)
{
	struct session *s = half_login(w);
	static struct peer_msg msg;
	static struct pdu m;
	int i;

	if (!s)
		return -1;
	for (i = 0; i < 200; i++) {
		login_pdu(s, &m, 1, 3, false, NULL);
		if (login_exchange(s, &m, &msg))
			break;
	}
	peer_note("%d empty Login Requests: %s", i, peer_how_ended(s->p));
	session_drop(s);
	/* Whatever became of it, main() asks whether the target survived. */
	return 0;
}

const struct peer_case login_cases[] = {
	{ "login/short-pdu-ends-connection", short_pdu,
	  "a first message of 0..75 bytes (CVE-2026-53176)", NULL },
	{ "login/data-segment-longer-than-message", long_data_segment,
	  "DataSegmentLength beyond what arrived (CVE-2026-90413)", NULL },
	{ "login/wrong-iser-opcode-ends-connection", wrong_iser_opcode,
	  "byte 0 with any opcode but 1", NULL },
	{ "login/other-pdu-before-login-ends-connection", other_pdu_first,
	  "SCSI Command, NOP-Out, Text and others as first PDU", NULL },
	{ "login/8192-bytes-without-nul", text_without_nul,
	  "key text that never ends", NULL },
	{ "login/thousands-of-keys", many_keys,
	  "answers longer than the question", NULL },
	{ "login/ahs-ends-connection", ahs_in_login,
	  "a Login Request that claims an AHS", NULL },
	{ "login/longer-than-any-buffer", longer_than_any_buffer,
	  "a message that fits no posted receive", NULL },
	{ "login/contradicting-flags", wrong_flags,
	  "T with C, reserved stages, stages backwards", NULL },
	{ "login/hello-first-is-answered-or-ends", hello_first,
	  "HelloReply or an end", NULL },
	{ "login/silent-peer-does-not-block-discovery", silent_peers,
	  "20 (--count) silent connections beside a discovery", NULL },
	{ "silent/peers-stay-until-they-are-ended", silent_until_ended,
	  "20 (--count) connections; whoever runs it looks what they cost", NULL },
	{ "login/silent-peers-amid-a-login", silent_amid_login,
	  "8 connect between two requests of a login that goes on", NULL },
	{ "login/stalled-login-does-not-block-portal", stalled_login,
	  "another login succeeds within 5 s", NULL },
	{ "login/own-logins-wait-for-each-other", own_logins,
	  "a login that pauses for 3 s, while another of its initiator waits",
	  NULL },
	{ "login/dribbling-login-does-not-block-portal", dribbling_login,
	  "a peer whose login gets nowhere; another succeeds within 10 s", NULL },
	{ "portals/stalled-login-does-not-block-another", stalled_login_elsewhere,
	  "another login succeeds by the portal of the next port within 5 s",
	  NULL },
	{ "portals/stalled-discovery-does-not-block-another",
	  stalled_discovery_elsewhere,
	  "another discovery by the portal of the next port", NULL },
	{ "portal/goes-amid-a-login", portal_goes,
	  "whoever runs it removes the portal and makes it again", NULL },
	{ "login/deaf-peer-does-not-block-portal", deaf_peer,
	  "a peer that posts no receive; another login succeeds within 10 s",
	  NULL },
	{ "login/peer-may-leave-at-every-step", leave_at_every_step,
	  "20 (--count) connections dropped in the middle", NULL },
	{ "login/unknown-target-is-named-so", wrong_target_name,
	  "a status that refuses, then the end", NULL },
	{ "login/unknown-key-is-not-understood", unknown_key,
	  "NotUnderstood", NULL },
	{ "login/iser-keys-are-agreed", iser_keys,
	  "RDMAExtensions=Yes, minima of the lengths", NULL },
	{ "login/no-digests-and-level-0", digests_and_recovery,
	  "CRC32C and level 2 offered", NULL },
	{ "login/agreed-length-can-be-received", kept_promise,
	  "TargetRecvDataSegmentLength is no lie", NULL },
	{ "login/lying-pdus-cost-nothing", lying_logins,
	  "200 (--count) short or lying Login Requests, a connection each",
	  NULL },
	{ "login/two-requests-at-once", two_at_once,
	  "the second comes before the first is answered", NULL },
	{ "login/endless-exchange", endless_login,
	  "200 empty Login Requests of one stage", NULL },
	{ }
};
