// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases about Data-Outs that break the rules: for a WRITE that is answered
 * already, that waits for none, or that has less room. Target core runs a WRITE
 * when the data it waits for is there, so one Data-Out too many could make it
 * run a command twice, or answer twice. Writes go to the first blocks of the
 * LUN.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "case.h"

#define AREA		(1024 * 1024)
#define BURST		(64 * 1024)
#define FAR_LBA		0x7fffff00	/* beyond the end of any LUN here */
#define QUIET		300		/* ms in which a second answer would come */

/* A WRITE and the Data-Outs behind it, which leave with one doorbell. */
struct flight {
	struct session	*s;
	uint32_t	block;
	uint32_t	itt;
	unsigned int	n;
	struct pdu	m[12];
};

/* What became of it. */
struct outcome {
	unsigned int		responses;
	unsigned int		rejects;
	struct scsi_result	last;
	bool			ended;
};

static int flight_begin(const struct who *w, bool initial_r2t, struct flight *f)
{
	memset(f, 0, sizeof(*f));
	f->s = burst_session(w, initial_r2t);
	if (!f->s)
		return -1;
	f->block = read_capacity(f->s);
	if (f->block)
		return 0;
	session_close(f->s);
	return -1;
}

/* 0, -1, or CASE_SKIP where the target does not let unsolicited data come. */
static int flight_open(const struct who *w, struct flight *f)
{
	if (flight_begin(w, false, f))
		return -1;
	if (!f->s->initial_r2t && f->s->immediate_data &&
	    f->s->first_burst >= BURST)
		return 0;
	session_close(f->s);
	peer_fail("InitialR2T=No and ImmediateData=Yes are needed");
	return CASE_SKIP;
}

static void flight_command(struct flight *f, const struct scsi_cmd *c)
{
	f->itt = scsi_build(f->s, &f->m[0], c);
	f->n = 1;
}

static void flight_data(struct flight *f, uint32_t sn, uint32_t off,
			const uint8_t *data, uint32_t len, bool final)
{
	data_out_build(f->s, &f->m[f->n++], f->itt, sn, off, data, len, final);
}

/* From PDU number @from on. */
static int flight_leave(struct flight *f, unsigned int from)
{
	struct peer_out out[ARRAY_SIZE(f->m)];
	unsigned int i;

	for (i = from; i < f->n; i++)
		out[i] = (struct peer_out){ f->m[i].b, f->m[i].len };
	if (!peer_send_batch(f->s->p, out + from, f->n - from) ||
	    peer_ended(f->s->p))
		return 0;
	return -1;
}

static void take(struct flight *f, const struct peer_msg *msg,
		 struct outcome *o)
{
	if (msg_opcode(msg) == OP_REJECT) {
		o->rejects++;
	} else if (msg_opcode(msg) == OP_SCSI_RSP &&
		   msg32(msg, B_ITT) == f->itt) {
		o->responses++;
		scsi_take_response(msg, &o->last);
	}
}

/*
 * All there is to hear of it: until a ping is answered and nothing follows, or
 * the connection ends. Never two responses, never a stuck connection.
 */
static int flight_outcome(struct flight *f, struct outcome *o)
{
	static struct peer_msg msg;
	static struct pdu m;
	enum peer_rc rc;
	bool pong = false;
	uint32_t itt = nop_build(f->s, &m, NULL, 0);

	memset(o, 0, sizeof(*o));
	if (peer_send(f->s->p, m.b, m.len) && !peer_ended(f->s->p))
		return peer_fail("stuck, sends do not complete");
	while ((rc = session_recv(f->s, &msg, pong && o->responses ? QUIET :
				  f->s->who->patience / 2)) == PEER_OK) {
		pong |= msg_opcode(&msg) == OP_NOP_IN && msg32(&msg, B_ITT) == itt;
		take(f, &msg, o);
	}
	if (rc == PEER_ERROR)
		return -1;
	o->ended = rc == PEER_ENDED;
	peer_note("%u responses, %u rejects, %s", o->responses, o->rejects,
		  o->ended ? "ended" : "lives");
	if (o->responses > 1)
		return peer_fail("the WRITE is answered %u times",
				 o->responses);
	if (o->ended && peer_starved(f->s->p))
		return peer_fail("the target is deaf, no receive is posted");
	if (!o->ended && !pong)
		return peer_fail("stuck, alive but a ping is not answered");
	return no_faults(f->s);
}

/* It may be answered, but not as if all were well; then it must end. */
static int flight_must_end(struct flight *f, const char *what)
{
	struct outcome o;

	if (flight_outcome(f, &o))
		return peer_fail("%s: %s", what, peer_why());
	if (o.responses && !o.last.response && !o.last.status)
		return peer_fail("%s: GOOD", what);
	if (!o.ended && peer_wait_end(f->s->p, f->s->who->patience) !=
	    PEER_ENDED)
		return peer_fail("%s: still connected", what);
	return 0;
}

static void write_command(const struct flight *f, struct scsi_cmd *c,
			  uint32_t len)
{
	cdb_rw(c, true, 0, len / f->block, f->block);
}

/* Honest */

/* The rest of a burst is on its way when the CDB turns out to be wrong. */
static int refused_once(struct flight *f, bool imm, bool behind)
{
	static struct peer_msg msg;
	static uint8_t data[BURST];
	uint32_t off, sn = 0;
	struct scsi_cmd c;
	struct outcome o;

	cdb_rw(&c, true, FAR_LBA, BURST / f->block, f->block);
	c.imm = data;
	c.imm_len = imm ? 8192 : 0;
	c.unsol_len = BURST;
	c.more = true;
	flight_command(f, &c);
	for (off = c.imm_len; off < BURST; off += 8192)
		flight_data(f, sn++, off, data + off, 8192,
			    off + 8192 == BURST);
	if (behind) {
		if (peer_send(f->s->p, f->m[0].b, f->m[0].len) ||
		    session_answer(f->s, f->itt, OP_SCSI_RSP, &msg) ||
		    scsi_take_response(&msg, &o.last) ||
		    flight_leave(f, 1))
			return -1;
		return ping(f->s);
	}
	if (flight_leave(f, 0) || flight_outcome(f, &o))
		return -1;
	if (o.ended)
		return peer_fail("the connection ended (%s)",
				 peer_how_ended(f->s->p));
	if (o.responses != 1 || o.last.status != 2 || o.last.key != 5 ||
	    o.last.asc != 0x21)
		return peer_fail("%u responses, status %02x sense %x/%02x",
				 o.responses, o.last.status, o.last.key,
				 o.last.asc);
	return 0;
}

static int refused_write(const struct who *w)
{
	static struct flight f;
	unsigned int i;
	int rc = flight_open(w, &f);

	if (rc)
		return rc;
	for (i = 0; !rc && i < 12; i++)
		rc = refused_once(&f, i & 1, i & 2);
	if (!rc)
		rc = test_unit_ready(f.s) ? -1 : no_faults(f.s);
	session_close(f.s);
	return rc;
}

/* Hostile */

/*
 * The solicited part of a WRITE that began with immediate data, by Data-Out,
 * while the target fetches it. Where the fetching is done before the Data-Out
 * is looked at, that is for a task that is gone and goes nowhere.
 */
static int solicited_once(const struct who *w, unsigned int *ended)
{
	static uint8_t data[8192];
	static struct flight f;
	struct scsi_cmd c;
	struct outcome o;
	int rc = flight_open(w, &f);

	if (rc)
		return rc;
	write_command(&f, &c, AREA);
	c.imm = data;
	c.imm_len = 512;
	c.region = peer_region(f.s->p, AREA, IBV_ACCESS_REMOTE_READ);
	if (c.region) {
		flight_command(&f, &c);
		flight_data(&f, 0, 512, data, sizeof(data), false);
		flight_data(&f, 1, 512, data, sizeof(data), true);
	}
	rc = !c.region || flight_leave(&f, 0) || flight_outcome(&f, &o) ? -1 : 0;
	*ended += !rc && o.ended;
	session_drop(f.s);
	return rc;
}

static int solicited_by_data_out(const struct who *w)
{
	unsigned int i, ended = 0;
	int rc = 0;

	for (i = 0; !rc && i < 5; i++)
		rc = solicited_once(w, &ended);
	if (!rc && !ended)
		rc = peer_fail("the connection lives, 5 times");
	return rc;
}

/* @imm of BURST immediate, then pieces of 8 KiB, each said to be the last. */
static int early_once(const struct who *w, uint32_t imm)
{
	static uint8_t data[8192];
	static struct flight f;
	struct scsi_cmd c;
	unsigned int i;
	int rc = flight_open(w, &f);

	if (rc)
		return rc;
	write_command(&f, &c, BURST);
	c.imm = data;
	c.imm_len = imm;
	c.unsol_len = BURST;
	c.more = true;
	flight_command(&f, &c);
	for (i = 0; i < 4; i++)
		flight_data(&f, i, imm + i * 8192, data, 8192, true);
	rc = flight_leave(&f, 0) ? -1 :
	     flight_must_end(&f, "a burst that ends early and goes on");
	session_drop(f.s);
	return rc;
}

static int early_final(const struct who *w)
{
	int rc = early_once(w, 0);

	return rc ? rc : early_once(w, 512);
}

static int beyond_edtl(const struct who *w)
{
	static const struct { uint32_t off, len; } t[] = {
		{ 8192, 512 }, { 4096, 8192 }, { 8188, 8 }, { 16384, 4 },
		{ 0xfffffe00, 512 }, { 0xfffffffc, 8192 },
	};
	static uint8_t data[8192];
	static struct flight f;
	struct scsi_cmd c;
	unsigned int i, k;
	char what[64];
	int rc = 0;

	for (i = 0; !rc && i < ARRAY_SIZE(t); i++) {
		rc = flight_open(w, &f);
		if (rc)
			break;
		write_command(&f, &c, 8192);
		c.unsol_len = 8192;
		c.more = true;
		flight_command(&f, &c);
		for (k = 0; k < 4; k++)
			flight_data(&f, k, t[i].off, data, t[i].len, k == 3);
		snprintf(what, sizeof(what), "%u bytes at %u of 8192", t[i].len,
			 t[i].off);
		rc = flight_leave(&f, 0) ? -1 : flight_must_end(&f, what);
		session_drop(f.s);
	}
	return rc;
}

/* With DataPDUInOrder=Yes and recovery level 0 nothing can be mended. */
static int out_of_order(const struct who *w)
{
	static const struct { uint32_t sn, off; } t[] = {
		{ 0, 8192 }, { 1, 0 },
	};
	static uint8_t data[8192];
	static struct flight f;
	struct scsi_cmd c;
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < ARRAY_SIZE(t); i++) {
		rc = flight_open(w, &f);
		if (rc)
			break;
		write_command(&f, &c, BURST);
		c.unsol_len = BURST;
		c.more = true;
		flight_command(&f, &c);
		flight_data(&f, t[i].sn, t[i].off, data, 8192, false);
		rc = flight_leave(&f, 0) ? -1 :
		     flight_must_end(&f, "a burst out of order");
		session_drop(f.s);
	}
	return rc;
}

/* A WRITE that announces Data-Outs of all of its 16 KiB. */
static void announce_burst(struct flight *f)
{
	struct scsi_cmd c;

	write_command(f, &c, 16384);
	c.unsol_len = 16384;
	c.more = true;
	flight_command(f, &c);
}

static int initial_r2t(const struct who *w)
{
	static uint8_t data[8192];
	static struct flight f;
	int rc;

	if (flight_begin(w, true, &f))
		return -1;
	announce_burst(&f);
	flight_data(&f, 0, 0, data, 8192, false);
	flight_data(&f, 1, 8192, data, 8192, true);
	rc = flight_leave(&f, 0) ? -1 :
	     flight_must_end(&f, "a burst where InitialR2T=Yes");
	session_drop(f.s);
	return rc;
}

/*
 * The answer to a WRITE that gets such data nevertheless is the last that the
 * connection sends; here it cannot leave. Target core still has the WRITE then,
 * and a reset by somebody else waits for it.
 */
static int stranded(const struct who *w)
{
	static uint8_t data[8192];
	static struct flight f;
	int rc = -1;

	if (flight_begin(w, true, &f))
		return -1;
	if (go_deaf(f.s))
		goto out;
	announce_burst(&f);
	flight_data(&f, 0, 0, data, sizeof(data), false);
	if (flight_leave(&f, 0))
		goto out;
	/* Nothing tells that it was answered. */
	peer_flush(f.s->p, w->patience / 4);
	usleep(QUIET * 1000);
	rc = others_are_served(w);
out:
	session_drop(f.s);
	return rc ? rc : honest_check(w);
}

/*
 * The answer to a ping that was never sent, with the tag that a session gives
 * out first: to a WRITE that still waits for its data.
 */
static int answers_no_ping(const struct who *w)
{
	static struct flight f;
	struct scsi_cmd c;
	struct pdu *m;
	int rc = flight_open(w, &f);

	if (rc)
		return rc;
	write_command(&f, &c, BURST);
	c.unsol_len = BURST;
	c.more = true;
	flight_command(&f, &c);
	m = &f.m[f.n++];
	nop_build(f.s, m, NULL, 0);
	pdu_set32(m, B_ITT, TAG_NONE);
	pdu_set32(m, B_TTT, 0);
	rc = flight_leave(&f, 0) ? -1 :
	     flight_must_end(&f, "a NOP-Out with the tag of a WRITE");
	session_drop(f.s);
	return rc;
}

/* What is on the disk is one of the two honest contents. */
static int verify_either(const struct who *w, uint32_t len, uint32_t before,
			 uint32_t after)
{
	struct session *s = burst_session(w, false);
	struct peer_region *in;
	uint32_t block;
	int rc = -1;

	if (!s)
		return -1;
	block = read_capacity(s);
	in = peer_region(s->p, len, IBV_ACCESS_REMOTE_WRITE);
	if (block && in && !read_blocks(s, in, 0, len / block, block))
		rc = check_pattern(in->buf, len, after) &&
		     check_pattern(in->buf, len, before) ? -1 : 0;
	session_close(s);
	return rc;
}

/*
 * All of a WRITE is immediate, and target core may have it where it was
 * received; Data-Outs must not change it there, nor run it again.
 */
static int in_place_once(const struct who *w, uint32_t len, bool final)
{
	static uint8_t good[8192], bad[8192];
	static struct flight f;
	struct peer_region *r;
	struct scsi_cmd c;
	struct outcome o;
	unsigned int i;
	int rc = flight_open(w, &f);

	if (rc)
		return rc;
	rc = -1;
	r = peer_region(f.s->p, len, IBV_ACCESS_REMOTE_READ);
	if (!r)
		goto out;
	fill_pattern(r->buf, len, 1);
	if (write_blocks(f.s, r, 0, len / f.block, f.block))
		goto out;
	fill_pattern(good, len, 2);
	fill_pattern(bad, len, 3);
	write_command(&f, &c, len);
	c.imm = good;
	c.imm_len = len;
	flight_command(&f, &c);
	for (i = 0; i < 4; i++)
		flight_data(&f, i, 0, bad, len, final);
	if (flight_leave(&f, 0) || flight_outcome(&f, &o))
		goto out;
	if (!o.ended && o.responses != 1)
		peer_fail("%u responses", o.responses);
	else
		rc = 0;
out:
	session_drop(f.s);
	return rc ? rc : verify_either(w, len, 1, 2);
}

static int in_place(const struct who *w)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < 6; i++)
		rc = in_place_once(w, i & 1 ? 8192 : 4096, i & 2);
	return rc;
}

static int for_a_read(const struct who *w)
{
	static uint8_t data[8192];
	static struct flight f;
	struct scsi_cmd c;
	struct outcome o;
	int rc = flight_open(w, &f);

	if (rc)
		return rc;
	cdb_rw(&c, false, 0, BURST / f.block, f.block);
	c.region = peer_region(f.s->p, BURST, IBV_ACCESS_REMOTE_WRITE);
	if (c.region) {
		flight_command(&f, &c);
		flight_data(&f, 0, 0, data, sizeof(data), false);
		flight_data(&f, 1, 8192, data, sizeof(data), true);
	}
	rc = !c.region || flight_leave(&f, 0) || flight_outcome(&f, &o) ? -1 : 0;
	if (!rc && !o.ended && (o.responses != 1 || o.last.status))
		rc = peer_fail("%u responses, status %02x", o.responses,
			       o.last.status);
	session_drop(f.s);
	return rc;
}

const struct peer_case unsol_cases[] = {
	{ "unsol/data-of-a-refused-write-goes-nowhere", refused_write,
	  "a burst for blocks beyond the end; the session goes on", NULL },
	{ "unsol/solicited-part-by-data-out-ends", solicited_by_data_out,
	  "512 bytes immediate, an STag, and Data-Outs beside the RDMA Read",
	  NULL },
	{ "unsol/early-final-bit-ends", early_final,
	  "a burst that is over, and goes on", NULL },
	{ "unsol/data-outs-beyond-edtl-end", beyond_edtl,
	  "behind the end, across it, and offsets that wrap", NULL },
	{ "unsol/out-of-order-ends", out_of_order,
	  "an offset and a DataSN that are not the next", NULL },
	{ "unsol/a-waiting-write-is-not-ended-by-a-nop-out", answers_no_ping,
	  "a NOP-Out that answers no ping, with the tag of the WRITE", NULL },
	{ "unsol/none-were-agreed-on", initial_r2t,
	  "a burst where InitialR2T=Yes", NULL },
	{ "unsol/stranded-then-reset", stranded,
	  "the answer to such a WRITE cannot leave; another session resets the LUN",
	  NULL },
	{ "unsol/data-in-place-is-not-overwritten", in_place,
	  "all of a WRITE is immediate, and Data-Outs follow", NULL },
	{ "unsol/data-outs-for-a-read-change-nothing", for_a_read,
	  "16 KiB of Data-Outs behind a READ", NULL },
	{ }
};
