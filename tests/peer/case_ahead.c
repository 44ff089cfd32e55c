// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases about WRITEs that come ahead of their turn: their CmdSN is not the next
 * one, so they wait for the gap to be filled. One whose data is all there waits
 * for nothing else. It must not run before its turn, nor twice, nor have others
 * wait for a turn that never comes. Writes go to the first blocks of the LUN.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "case.h"

#define AREA		(256 * 1024)
#define PIECE		8192
#define QUIET		300	/* ms in which an answer that is not due would come */

/* What is on the disk before the WRITE has run, and afterwards. */
enum { BEFORE = 11, AFTER = 22 };

/**
 * struct early - a session with a WRITE that is ahead of its turn
 * @s: session
 * @by: another one, to look from
 * @block: bytes a block
 * @out: of @s, what the WRITE writes
 * @in: of @by, to read into
 * @gap: the CmdSN that is missing
 * @itt: of the WRITE
 */
struct early {
	struct session		*s;
	struct session		*by;
	uint32_t		block;
	struct peer_region	*out;
	struct peer_region	*in;
	uint32_t		gap;
	uint32_t		itt;
};

static void early_end(struct early *e)
{
	session_drop(e->s);
	session_close(e->by);
}

/* 0, or CASE_SKIP where the target lets no such WRITE come. */
static int early_can(const struct early *e, bool initial_r2t)
{
	if (!e->s->immediate_data) {
		peer_fail("ImmediateData=Yes is needed");
		return CASE_SKIP;
	}
	if (!initial_r2t && e->s->initial_r2t) {
		peer_fail("InitialR2T=No is needed");
		return CASE_SKIP;
	}
	if (e->s->first_burst <= PIECE || e->s->first_burst > AREA / 2) {
		peer_fail("FirstBurstLength=%u does not fit",
			  e->s->first_burst);
		return CASE_SKIP;
	}
	return 0;
}

/* Both sessions are there before the WRITE: LIO waits seconds for its data. */
static int early_open(const struct who *w, bool initial_r2t, struct early *e)
{
	int rc = -1;

	memset(e, 0, sizeof(*e));
	e->s = burst_session(w, initial_r2t);
	e->by = burst_session(w, true);
	if (!e->s || !e->by)
		goto out_end;
	rc = early_can(e, initial_r2t);
	if (rc)
		goto out_end;
	rc = -1;
	e->block = read_capacity(e->s);
	e->out = peer_region(e->s->p, AREA, IBV_ACCESS_REMOTE_READ);
	e->in = peer_region(e->by->p, AREA, IBV_ACCESS_REMOTE_WRITE);
	if (!e->block || !e->out || !e->in)
		goto out_end;
	fill_pattern(e->out->buf, AREA, BEFORE);
	if (write_blocks(e->s, e->out, 0, AREA / e->block, e->block))
		goto out_end;
	fill_pattern(e->out->buf, AREA, AFTER);
	return 0;

out_end:
	early_end(e);
	return rc;
}

/* @len bytes, all of them inside the command or @imm and the rest otherwise. */
static void early_command(const struct early *e, struct scsi_cmd *c,
			  uint32_t len, uint32_t imm)
{
	cdb_rw(c, true, 0, len / e->block, e->block);
	c->imm = e->out->buf;
	c->imm_len = imm;
	c->unsol_len = imm;
	c->region = e->out;
}

static int early_send(struct early *e, const struct scsi_cmd *c)
{
	static struct pdu m;

	e->gap = e->s->cmdsn++;
	e->itt = scsi_build(e->s, &m, c);
	return peer_send(e->s->p, m.b, m.len);
}

/* TEST UNIT READY with the CmdSN that is missing. */
static int early_fill_gap(struct early *e, uint32_t *itt)
{
	struct scsi_cmd c = { .edtl = 0 };
	static struct pdu m;

	*itt = scsi_build(e->s, &m, &c);
	e->s->cmdsn--;
	pdu_set32(&m, B_CMDSN, e->gap);
	return peer_send(e->s->p, m.b, m.len);
}

/* The disk has @seed's pattern, as seen from the other session. */
static int early_shows(struct early *e, uint32_t len, uint32_t seed)
{
	memset(e->in->buf, 0xee, AREA);
	if (test_unit_ready(e->by) ||
	    read_blocks(e->by, e->in, 0, len / e->block, e->block))
		return -1;
	return check_pattern(e->in->buf, len, seed);
}

static int quiet(struct session *s, const char *when)
{
	static struct peer_msg msg;

	switch (session_recv(s, &msg, QUIET)) {
	case PEER_TIMEOUT:
		return 0;
	case PEER_OK:
		return peer_fail("%s: %s for task %x", when,
				 opcode_name(msg_opcode(&msg)),
				 msg32(&msg, B_ITT));
	case PEER_ENDED:
		return peer_fail("%s: ended (%s)", when,
				 peer_how_ended(s->p));
	default:
		return -1;
	}
}

/* The target has the WRITE with its data, and keeps it. */
static int early_waits(struct early *e, uint32_t len)
{
	if (peer_flush(e->s->p, e->s->who->patience) != PEER_OK)
		return peer_fail("the WRITE is not taken (%s)",
				 peer_how_ended(e->s->p));
	if (quiet(e->s, "before its turn"))
		return -1;
	if (early_shows(e, len, BEFORE))
		return peer_fail("written before its turn: %s", peer_why());
	return 0;
}

/* One GOOD for the WRITE and one for the command that filled the gap. */
static int early_both_good(struct early *e, uint32_t filler)
{
	static struct peer_msg msg;
	struct scsi_result r;
	unsigned int got, seen = 0;

	while (seen != 3) {
		if (session_recv(e->s, &msg, e->s->who->patience) != PEER_OK)
			return peer_fail("%s is not answered (%s)", seen & 2 ?
					 "what filled the gap" : "the WRITE",
					 peer_how_ended(e->s->p));
		got = msg32(&msg, B_ITT) == filler ? 1 :
		      msg32(&msg, B_ITT) == e->itt ? 2 : 0;
		if (msg_opcode(&msg) != OP_SCSI_RSP || !got || seen & got)
			return peer_fail("%s for task %x too many",
					 opcode_name(msg_opcode(&msg)),
					 msg32(&msg, B_ITT));
		if (scsi_take_response(&msg, &r))
			return -1;
		if (r.response || r.status)
			return peer_fail("%s: response %02x status %02x",
					 got & 2 ? "the WRITE" :
					 "what filled the gap", r.response,
					 r.status);
		seen |= got;
	}
	return 0;
}

/* Its turn comes: it runs, once. */
static int early_runs(struct early *e, uint32_t len)
{
	uint32_t filler;

	if (early_waits(e, len) || early_fill_gap(e, &filler) ||
	    early_both_good(e, filler))
		return -1;
	if (ping(e->s) || quiet(e->s, "behind the answers") ||
	    early_shows(e, len, AFTER))
		return -1;
	return test_unit_ready(e->s) ? -1 : no_faults(e->s);
}

static int in_turn(const struct who *w)
{
	static const uint32_t lens[] = { 4096, PIECE };
	struct scsi_cmd c;
	struct early e;
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < ARRAY_SIZE(lens); i++) {
		rc = early_open(w, true, &e);
		if (rc)
			return rc;
		early_command(&e, &c, lens[i], lens[i]);
		rc = early_send(&e, &c) || early_runs(&e, lens[i]) ? -1 : 0;
		early_end(&e);
	}
	return rc ? rc : others_are_served(w);
}

/* The rest of the first burst. */
static int early_burst(struct early *e)
{
	uint32_t n, off, sn = 0, end = e->s->first_burst;
	static struct pdu m;

	for (off = PIECE; off < end; off += n) {
		n = end - off < PIECE ? end - off : PIECE;
		data_out_build(e->s, &m, e->itt, sn++, off, e->out->buf + off,
			       n, off + n == end);
		if (peer_send(e->s->p, m.b, m.len))
			return -1;
	}
	return 0;
}

/* A first burst, in full, and @rest bytes that are fetched or nothing at all. */
static int once(const struct who *w, uint32_t rest)
{
	struct scsi_cmd c;
	struct early e;
	uint32_t len;
	int rc = early_open(w, false, &e);

	if (rc)
		return rc;
	len = e.s->first_burst + rest;
	early_command(&e, &c, len, PIECE);
	c.unsol_len = e.s->first_burst;
	c.more = true;
	rc = early_send(&e, &c) || early_burst(&e) || early_runs(&e, len) ?
	     peer_fail("%u bytes to be fetched: %s", rest, peer_why()) : 0;
	early_end(&e);
	return rc;
}

static int runs_once(const struct who *w)
{
	int rc = once(w, AREA / 2);

	if (!rc)
		rc = once(w, 0);
	return rc ? rc : others_are_served(w);
}

/* Aborts */

/* A session with a WRITE that has all its data, and that the target has. */
static int early_parked(const struct who *w, struct early *e)
{
	struct scsi_cmd c;
	int rc = early_open(w, true, e);

	if (rc)
		return rc;
	early_command(e, &c, 4096, 4096);
	if (!early_send(e, &c) && !early_waits(e, 4096))
		return 0;
	early_end(e);
	return -1;
}

/* A reset by the other session, which may have to wait for the WRITE. */
static int early_reset(struct early *e, uint32_t *itt)
{
	static struct pdu m;

	*itt = tmf_build(e->by, &m, 5, TAG_NONE);
	if (peer_send(e->by->p, m.b, m.len))
		return -1;
	/* Nothing tells that it waits. */
	usleep(QUIET * 1000);
	return 0;
}

static int early_reset_over(struct early *e, uint32_t itt, const char *when)
{
	static struct peer_msg msg;

	if (session_answer(e->by, itt, OP_TMF_RSP, &msg))
		return peer_fail("LOGICAL UNIT RESET, %s: %s", when,
				 peer_why());
	if (msg8(&msg, B_RESPONSE))
		return peer_fail("LOGICAL UNIT RESET, %s: response %u", when,
				 msg8(&msg, B_RESPONSE));
	return 0;
}

static int reset_and_end(const struct who *w)
{
	struct early e;
	uint32_t itt;
	int rc = early_parked(w, &e);

	if (rc)
		return rc;
	rc = early_reset(&e, &itt);
	session_drop(e.s);
	e.s = NULL;
	if (!rc)
		rc = early_reset_over(&e, itt, "the session is gone");
	if (!rc)
		rc = early_shows(&e, 4096, BEFORE);
	early_end(&e);
	return rc ? rc : others_are_served(w);
}

/* The abort may be answered or wait, too; nothing is said of it here. */
static int abort_and_end(const struct who *w)
{
	static struct pdu m;
	struct early e;
	int rc = early_parked(w, &e);

	if (rc)
		return rc;
	tmf_build(e.s, &m, 1, e.itt);
	pdu_set32(&m, B_REF_CMDSN, e.gap + 1);
	rc = peer_send(e.s->p, m.b, m.len);
	if (!rc) {
		peer_flush(e.s->p, w->patience);
		usleep(QUIET * 1000);
	}
	session_drop(e.s);
	e.s = NULL;
	if (!rc)
		rc = early_shows(&e, 4096, BEFORE);
	early_end(&e);
	return rc ? rc : others_are_served(w);
}

/*
 * What fills the gap is answered, the WRITE at most once, and not with GOOD unless
 * the reset was late. GOOD or not, the disk has to agree.
 */
static int early_consistent(struct early *e, uint32_t filler)
{
	unsigned int fillers = 0, writes = 0;
	static struct peer_msg msg;
	struct scsi_result r;
	bool good = false;

	while (session_recv(e->s, &msg, fillers ? QUIET :
			    e->s->who->patience) == PEER_OK) {
		if (msg_opcode(&msg) != OP_SCSI_RSP)
			return peer_fail("%s", opcode_name(msg_opcode(&msg)));
		fillers += msg32(&msg, B_ITT) == filler;
		if (msg32(&msg, B_ITT) != e->itt)
			continue;
		writes++;
		if (scsi_take_response(&msg, &r))
			return -1;
		good = !r.response && !r.status;
	}
	if (fillers != 1 || writes > 1)
		return peer_fail("what filled the gap is answered %u times, the WRITE %u times (%s)",
				 fillers, writes, peer_how_ended(e->s->p));
	return early_shows(e, 4096, good ? AFTER : BEFORE);
}

static int reset_and_turn(const struct who *w)
{
	uint32_t itt, filler;
	struct early e;
	int rc = early_parked(w, &e);

	if (rc)
		return rc;
	rc = -1;
	if (early_reset(&e, &itt) || early_fill_gap(&e, &filler) ||
	    early_reset_over(&e, itt, "the gap is filled") ||
	    early_consistent(&e, filler))
		goto out;
	rc = ping(e.s) || test_unit_ready(e.s) ? -1 : no_faults(e.s);
out:
	early_end(&e);
	return rc ? rc : others_are_served(w);
}

/* One tag for two tasks */

#define LONG_WRITE	(4 * PIECE)	/* all of it unsolicited */

/**
 * struct twice - two WRITEs with one tag, and a Data-Out that is for either
 * @hole: CmdSNs that stay missing, so that the first one goes on waiting
 * @off: where the Data-Out belongs; the second one has PIECE bytes
 */
struct twice {
	uint32_t	hole;
	uint32_t	off;
};

/* What goes out with one doorbell. */
struct flight {
	unsigned int	n;
	struct pdu	m[8];
};

static struct pdu *flight_next(struct flight *f)
{
	return &f->m[f->n++];
}

static int flight_leave(struct flight *f, struct session *s)
{
	struct peer_out out[ARRAY_SIZE(f->m)];
	unsigned int i;

	for (i = 0; i < f->n; i++)
		out[i] = (struct peer_out){ f->m[i].b, f->m[i].len };
	return peer_send_batch(s->p, out, f->n);
}

/*
 * First a long WRITE that is fetched, behind which the fetching of the second of
 * the two has to wait.
 */
static void twice_build(struct early *e, const struct twice *t,
			struct flight *f)
{
	struct scsi_cmd c;
	struct pdu *m;
	uint32_t off;

	f->n = 0;
	cdb_rw(&c, true, 0, AREA / e->block, e->block);
	c.region = e->out;
	scsi_build(e->s, flight_next(f), &c);

	e->gap = e->s->cmdsn++;
	e->s->cmdsn += t->hole;
	early_command(e, &c, LONG_WRITE, PIECE);
	c.unsol_len = LONG_WRITE;
	c.more = true;
	e->itt = scsi_build(e->s, flight_next(f), &c);
	for (off = PIECE; off < LONG_WRITE; off += PIECE)
		data_out_build(e->s, flight_next(f), e->itt, off / PIECE - 1,
			       off, e->out->buf + off, PIECE,
			       off + PIECE == LONG_WRITE);

	early_command(e, &c, PIECE, 0);
	m = flight_next(f);
	scsi_build(e->s, m, &c);
	e->s->cmdsn--;
	pdu_set32(m, B_CMDSN, e->gap);
	pdu_set32(m, B_ITT, e->itt);

	data_out_build(e->s, flight_next(f), e->itt, 0, t->off, e->out->buf,
		       4096, false);
}

static int twice_once(const struct who *w, const struct twice *t)
{
	static struct flight f;
	struct early e;
	char what[64];
	int rc = early_open(w, false, &e);

	if (rc)
		return rc;
	if (e.s->first_burst < LONG_WRITE) {
		early_end(&e);
		peer_fail("FirstBurstLength is below %u", LONG_WRITE);
		return CASE_SKIP;
	}
	snprintf(what, sizeof(what), "4096 bytes at %u, %u missing", t->off,
		 t->hole);
	twice_build(&e, t, &f);
	rc = flight_leave(&f, e.s);
	if (!rc)
		rc = judge(e.s, e.itt, LIVES_OR_ENDS, what);
	early_end(&e);
	return rc;
}

static int right_command(const struct who *w)
{
	static const struct twice t[] = {
		{ 0, 2 * PIECE }, { 0, 0 }, { 1, 2 * PIECE }, { 1, PIECE - 512 },
		{ 1, 0 },
	};
	unsigned int i, k;
	int rc = 0;

	for (i = 0; !rc && i < ARRAY_SIZE(t); i++) {
		for (k = 0; !rc && k < 3; k++)
			rc = twice_once(w, &t[i]);
		if (!rc)
			rc = others_are_served(w);
	}
	return rc;
}

const struct peer_case ahead_cases[] = {
	{ "ahead/write-with-all-its-data-runs-in-turn", in_turn,
	  "4 and 8 KiB, all immediate, and the gap is filled", NULL },
	{ "ahead/write-runs-once", runs_once,
	  "a full first burst, the rest by an STag, and the gap is filled",
	  NULL },
	{ "ahead/aborted-by-a-reset-it-ends", reset_and_end,
	  "the gap stays, another session resets, and this one leaves", NULL },
	{ "ahead/aborted-by-its-session-it-ends", abort_and_end,
	  "the gap stays, ABORT TASK, and the session leaves", NULL },
	{ "ahead/aborted-by-a-reset-its-turn-comes", reset_and_turn,
	  "another session resets, and then the gap is filled", NULL },
	{ "ahead/data-out-finds-the-right-command", right_command,
	  "one tag for two WRITEs, and a Data-Out that is for either", NULL },
	{ }
};
