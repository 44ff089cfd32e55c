// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases about connecting: private data, depths, and half-open connections.
 *
 * On InfiniBand and RoCE private data that was never written arrives as zeros,
 * so "no header" and "everything supported" look alike; a target must take it
 * as the former. Our plain user MRs cannot be invalidated by the other end: a
 * Send-with-Invalidate that was not allowed breaks the connection.
 */
#include <stdio.h>
#include <string.h>

#include "case.h"

static void params(const struct who *w, struct peer_params *par)
{
	peer_params_init(par, w->host, w->port);
	par->timeout_ms = w->patience;
}

/* Log in and read a block without any Send-with-Invalidate. */
static int served_plainly(const struct who *w, const struct peer_params *par,
			  const char *what)
{
	struct scsi_cmd c = { .cdb = { 0x12, 0, 0, 0, 96 }, .edtl = 96,
			      .read = true };
	struct scsi_result r = { 0 };
	struct login_opts o;
	struct session *s;
	int rc = -1;

	login_opts_init(&o);
	s = session_open_with(w, par, &o);
	if (!s)
		goto out;
	c.region = peer_region(s->p, 96, IBV_ACCESS_REMOTE_WRITE);
	if (!c.region)
		goto out;
	rc = scsi_good(s, &c, &r);
	if (!rc && r.invalidated)
		rc = peer_fail("Send-with-Invalidate was not allowed");
out:
	session_drop(s);
	if (rc)
		peer_fail("%s: %s", what, peer_why());
	return rc;
}

static int no_private_data(const struct who *w)
{
	struct peer_params par;

	params(w, &par);
	par.priv_len = 0;
	return served_plainly(w, &par, "no private data");
}

static int refused(const struct peer_params *par, const char *what)
{
	struct peer *p = peer_connect(par);

	if (!p)
		return 0;
	peer_close(p);
	return peer_fail("%s: connected", what);
}

/* Over iWARP? -1 if there is no connection to tell it by. */
static int over_iwarp(const struct who *w)
{
	struct peer_params par;
	struct peer *p;
	int iwarp;

	params(w, &par);
	p = peer_connect(&par);
	if (!p)
		return -1;
	iwarp = peer_is_iwarp(p);
	peer_close(p);
	return iwarp;
}

/*
 * InfiniBand and RoCE fill the field up with zeros. Over iWARP the target sees
 * that it is less than an iSER header, and speaks with nobody who says that.
 */
static int odd_private_data(const struct who *w)
{
	static const uint8_t lens[] = { 1, 2, 3, 4, 5, 8, 56 };
	int iwarp = over_iwarp(w);
	struct peer_params par;
	char what[48];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lens) && iwarp >= 0; i++) {
		params(w, &par);
		memset(par.priv, 0xff, sizeof(par.priv));
		par.priv_len = lens[i];
		snprintf(what, sizeof(what), "%u bytes of ff", lens[i]);
		if (iwarp && lens[i] < 4 ? refused(&par, what) :
					   served_plainly(w, &par, what))
			return -1;
	}
	return iwarp < 0 ? -1 : 0;
}

static int rep_follows_req(const struct who *w)
{
	struct peer_params par;
	struct peer *p;
	int rc = 0;

	params(w, &par);
	p = peer_connect(&par);
	if (!p)
		return -1;
	if (p->rep_len < 4)
		rc = peer_fail("REP with %u bytes of private data", p->rep_len);
	else if (!(p->rep[0] & PEER_CM_NO_INV))
		rc = peer_fail("REQ c0 is answered by REP %02x", p->rep[0]);
	else if (!(p->rep[0] & PEER_CM_NO_ZBVA))
		rc = peer_fail("REP %02x promises zero-based addressing",
			       p->rep[0]);
	else if (p->rep[0] & 0x3f || p->rep[1] | p->rep[2] | p->rep[3])
		rc = peer_fail("reserved bits in the REP: %02x%02x%02x%02x",
			       p->rep[0], p->rep[1], p->rep[2], p->rep[3]);
	peer_close(p);
	return rc;
}

static int not_asked_no_invalidate(const struct who *w)
{
	struct peer_params par;

	params(w, &par);
	return served_plainly(w, &par, "private data c0");
}

static int check_invalidation(struct session *s)
{
	struct scsi_cmd c = { .cdb = { 0x12, 0, 0, 0, 96 }, .edtl = 96,
			      .read = true };
	bool promised = !(s->p->rep[0] & PEER_CM_NO_INV);
	struct scsi_result r;

	c.region = peer_region_window(s->p, 96, IBV_ACCESS_REMOTE_WRITE);
	if (!c.region)
		return CASE_SKIP;
	if (scsi_good(s, &c, &r))
		return -1;
	if (promised && !r.invalidated)
		return peer_fail("promised in the REP, not done");
	if (!promised && r.invalidated)
		return peer_fail("done, though the REP says %02x",
				 s->p->rep[0]);
	if (r.invalidated && r.inv_rkey != c.region->rkey)
		return peer_fail("invalidated %08x, advertised was %08x",
				 r.inv_rkey, c.region->rkey);
	/* Nothing advertised, nothing to invalidate. */
	memset(&c, 0, sizeof(c));
	if (scsi_run(s, &c, &r))
		return -1;
	if (r.invalidated)
		return peer_fail("a command without an STag has %08x invalidated",
				 r.inv_rkey);
	return 0;
}

static int invalidates_what_was_advertised(const struct who *w)
{
	struct peer_params par;
	struct login_opts o;
	struct session *s;
	int rc;

	params(w, &par);
	par.priv[0] = PEER_CM_NO_ZBVA;
	login_opts_init(&o);
	s = session_open_with(w, &par, &o);
	if (!s)
		return -1;
	rc = check_invalidation(s);
	session_drop(s);
	return rc;
}

/* Reasons of a REJ (InfiniBand volume 1, table 111). */
enum {
	REJ_NO_RESOURCES	= 3,
	REJ_CONSUMER		= 28,
};

/* siw agrees on reads of its own, whatever was asked for. */
static int served_or_ended(const struct who *w, struct peer *p)
{
	struct login_opts o;
	struct session *s;
	int rc = -1;

	s = session_new(w, p);
	if (!s)
		return -1;
	login_opts_init(&o);
	if (!session_login(s, &o))
		rc = test_unit_ready(s) || inquiry(s) ? -1 : 0;
	else if (peer_ended(s->p) || s->login_class)
		rc = 0;
	session_drop(s);
	return rc;
}

/* We serve no reads, so no write could ever work: told at once, in a REJ. */
static int no_responder_resources(const struct who *w)
{
	int iwarp = over_iwarp(w), rc = -1;
	struct peer_params par;
	struct peer *p;

	if (iwarp < 0)
		return -1;
	params(w, &par);
	par.ird = 0;
	p = peer_connect_start(&par);
	if (!p)
		return -1;
	if (!peer_connect_finish(p)) {
		if (iwarp)
			return served_or_ended(w, p);
		peer_fail("a connection without RDMA Reads is accepted");
	} else if (!p->refused) {
		peer_fail("neither accepted nor refused (%s)", peer_how_ended(p));
	} else if (!iwarp && p->cm_status != REJ_CONSUMER) {
		peer_fail("refused with reason %d, not %d", p->cm_status,
			  REJ_CONSUMER);
	} else {
		rc = 0;
	}
	peer_drop(p);
	return rc;
}

static int write_with_ird(const struct who *w, uint8_t ird)
{
	struct peer_params par;
	struct peer_region *r;
	struct login_opts o;
	struct session *s;
	uint32_t size;
	int rc = -1;

	params(w, &par);
	par.ird = ird;
	login_opts_init(&o);
	s = session_open_with(w, &par, &o);
	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	size = read_capacity(s);
	if (!size)
		goto out;
	r = peer_region(s->p, 128 * size, IBV_ACCESS_REMOTE_READ);
	if (r)
		rc = write_blocks(s, r, 0, 128, size);
out:
	session_drop(s);
	return rc;
}

static int any_depth(const struct who *w)
{
	static const uint8_t depth[] = { 1, 2, 16, 128 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(depth); i++)
		if (write_with_ird(w, depth[i]))
			return -1;
	return 0;
}

static int storm(const struct who *w)
{
	unsigned int i, n = w->count ? w->count : 40;
	struct peer_params par;
	struct peer *p;

	params(w, &par);
	par.recvs = 2;
	par.sends = 2;
	for (i = 0; i < n; i++) {
		p = i % 2 ? peer_connect_start(&par) : peer_connect(&par);
		if (!p)
			return -1;
		peer_drop(p);
	}
	return 0;
}

static int half_open(const struct who *w)
{
	struct peer *idle[512] = { NULL };
	unsigned int i, served = 0, n = w->count ? w->count : 64;
	struct peer_params par;
	long start, ms;
	int rc;

	if (n > ARRAY_SIZE(idle))
		n = ARRAY_SIZE(idle);
	/* siw's provider takes the key of the 145th mapping for an error. */
	if (n > 40 && over_iwarp(w))
		n = 40;
	params(w, &par);
	par.recvs = 2;
	par.sends = 2;
	par.timeout_ms = scaled_ms(w, 3000);
	for (i = 0; i < n; i++) {
		idle[i] = peer_connect(&par);
		served += !!idle[i];
		if (!idle[i] && i - served > 8)
			break;
	}
	peer_note("%u of %u half-open connections accepted", served, n);
	start = peer_now_ms();
	rc = honest_check(w);
	ms = peer_now_ms() - start;
	for (i = 0; i < n; i++)
		peer_drop(idle[i]);
	if (!rc && !served)
		rc = peer_fail("not one half-open connection was accepted");
	if (!rc && ms > scaled_ms(w, 5000))
		rc = peer_fail("an honest session took %ld ms beside %u half-open ones",
			       ms, served);
	return rc;
}

/* Nobody waits for it, so nobody hurries it; it has its time, and no more. */
static int silent_ended(const struct who *w)
{
	struct peer_params par;
	struct peer *p;
	long start, ms;
	int rc = 0;

	params(w, &par);
	p = peer_connect(&par);
	if (!p)
		return -1;
	start = peer_now_ms();
	if (peer_wait_end(p, scaled_ms(w, 45000)) == PEER_TIMEOUT)
		rc = peer_fail("a connection is there after 45 s without a PDU");
	ms = peer_now_ms() - start;
	if (!rc && ms < 5000)
		rc = peer_fail("ended after %ld ms: a slow peer could not log in", ms);
	if (!rc)
		peer_note("ended after %ld ms", ms);
	peer_drop(p);
	return rc ? rc : honest_check(w);
}

#define CROWD		320	/* connections of one address */
#define CROWD_MAX	256	/* that a portal keeps of them */

/* Connections of @crowd that are up; what has become of them is read. */
static unsigned int crowd_alive(struct peer **crowd, const bool *up)
{
	unsigned int i, alive = 0;

	for (i = 0; i < CROWD; i++)
		alive += up[i] && peer_wait_end(crowd[i], 1) == PEER_TIMEOUT;
	return alive;
}

/* One after the other: who does not finish may have to go while it connects. */
static int crowd_connects(struct peer **crowd, bool *up,
			  const struct peer_params *par, unsigned int *refused)
{
	unsigned int i;

	for (i = 0; i < CROWD; i++) {
		crowd[i] = peer_connect_start(par);
		if (!crowd[i])
			return -1;
		up[i] = !peer_connect_finish(crowd[i]);
		if (up[i])
			continue;
		if (!crowd[i]->refused)
			return peer_fail("connection %u: neither accepted nor refused (%s)",
					 i, peer_how_ended(crowd[i]));
		if (crowd[i]->cm_status != REJ_NO_RESOURCES)
			return peer_fail("connection %u: refused with reason %d, not %d",
					 i, crowd[i]->cm_status, REJ_NO_RESOURCES);
		(*refused)++;
	}
	return 0;
}

static int crowd_is_bounded(const struct who *w, struct peer **crowd,
			    const struct peer_params *par)
{
	unsigned int refused = 0, alive;
	bool up[CROWD] = { false };
	long start, until, ms;

	if (crowd_connects(crowd, up, par, &refused))
		return -1;
	/* Older ones may have had to go for them, and hear of it a moment later. */
	until = peer_now_ms() + scaled_ms(w, 5000);
	do {
		alive = crowd_alive(crowd, up);
	} while (alive > CROWD_MAX && peer_now_ms() < until);
	start = peer_now_ms();
	if (honest_check(w))
		return -1;
	ms = peer_now_ms() - start;
	peer_note("%u refused, %u ended, %u alive; an honest session took %ld ms",
		  refused, CROWD - refused - alive, alive, ms);
	if (alive > CROWD_MAX)
		return peer_fail("%u silent connections of one address are kept", alive);
	if (!alive)
		return peer_fail("not one silent connection was kept");
	return 0;
}

/* More at a time than the portal keeps of one address. */
static int half_open_bounded(const struct who *w)
{
	struct peer *crowd[CROWD] = { NULL };
	struct peer_params par;
	int rc, iwarp = over_iwarp(w);
	unsigned int i;

	if (iwarp < 0)
		return -1;
	if (iwarp) {
		peer_fail("siw's provider has not so many mappings");
		return CASE_SKIP;
	}
	params(w, &par);
	par.recvs = 1;
	par.recv_size = 512;
	par.sends = 1;
	par.send_size = 512;
	par.timeout_ms = scaled_ms(w, 10000);
	rc = crowd_is_bounded(w, crowd, &par);
	for (i = 0; i < CROWD; i++)
		peer_drop(crowd[i]);
	return rc;
}

const struct peer_case cm_cases[] = {
	{ "cm/req-without-private-data-is-served", no_private_data,
	  "and gets plain Sends", NULL },
	{ "cm/req-with-odd-private-data-is-served", odd_private_data,
	  "1..56 bytes, all bits set; iWARP needs 4", NULL },
	{ "cm/rep-bits-follow-req", rep_follows_req,
	  "REQ c0 leaves the target no choice", NULL },
	{ "cm/no-invalidation-unless-asked", not_asked_no_invalidate,
	  "REQ c0, responses are plain Sends", NULL },
	{ "cm/invalidates-exactly-what-was-advertised",
	  invalidates_what_was_advertised,
	  "REQ 80, a memory window as STag", NULL },
	{ "cm/no-responder-resources-is-refused", no_responder_resources,
	  "a REQ that offers no RDMA Reads", NULL },
	{ "cm/any-read-depth-works", any_depth,
	  "a WRITE while we serve 1, 2, 16, 128 reads", NULL },
	{ "cm/connect-storm", storm,
	  "40 (--count) connections dropped at once, half of them unfinished",
	  NULL },
	{ "cm/half-open-peers-do-not-crowd-out", half_open,
	  "an honest session beside 64 (--count) silent peers", NULL },
	{ "cm/silent-peer-is-ended", silent_ended,
	  "a connection on which nothing is sent, for up to 45 s", NULL },
	{ "cm/half-open-peers-of-one-address-are-bounded", half_open_bounded,
	  "320 silent connections at once; who is refused is told why", NULL },
	{ }
};
