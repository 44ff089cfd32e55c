// SPDX-License-Identifier: GPL-2.0-only
/*
 * An initiator that reaches for the target's memory. A target advertises
 * nothing, so whatever key is tried, the device must refuse it and the
 * connection end; a bystander must not notice. Keys: none at all, small and
 * large numbers, our own (which name a region of ours, in another protection
 * domain of, here, the same device), and that of a bystander.
 */
#include <stdio.h>

#include "case.h"

enum which { OWN, BYSTANDER, ZERO, ONE, ALL_ONES, RANDOM, NR_KEYS };

struct reach {
	struct session		*by;
	struct peer_region	*theirs;
};

static uint32_t key_of(enum which which, const struct peer_region *own,
		       const struct reach *r, uint64_t *at)
{
	*at = own->iova;
	switch (which) {
	case OWN:
		return own->rkey;
	case BYSTANDER:
		*at = r->theirs->iova;
		return r->theirs->rkey;
	case ZERO:
		return 0;
	case ONE:
		return 1;
	case ALL_ONES:
		return 0xffffffff;
	default:
		return own->rkey ^ 0x00012300;
	}
}

static const char *const key_names[NR_KEYS] = {
	"our own key", "a bystander's key", "key 0", "key 1", "key ffffffff",
	"a guessed key",
};

static int try_rdma(const struct who *w, const struct reach *r,
		    enum ibv_wr_opcode op, enum which which)
{
	struct session *s = session_open(w);
	struct peer_region *own;
	enum peer_rc got;
	uint32_t key;
	uint64_t at;
	bool taken;
	int rc = -1;

	if (!s)
		return -1;
	if (op == IBV_WR_RDMA_READ && !peer_reads_granted(s->p)) {
		/* Then the device does not even send one. */
		peer_note("the target grants no RDMA Reads at all");
		rc = test_unit_ready(s);
		goto out;
	}
	own = peer_region(s->p, 4096, IBV_ACCESS_REMOTE_READ |
			  IBV_ACCESS_REMOTE_WRITE);
	if (!own)
		goto out;
	key = key_of(which, own, r, &at);
	got = peer_rdma(s->p, op, own, 0, 512, key, at, w->patience);
	taken = peer_rdma_let(s->p, op, got);
	if (taken)
		peer_fail("RDMA with %s is allowed", key_names[which]);
	else if (got == PEER_ERROR)
		peer_note("RDMA with %s cannot be posted: %s",
			  key_names[which], peer_why());
	else
		peer_note("RDMA with %s: %s", key_names[which],
			  peer_how_ended(s->p));
	rc = taken ? -1 : must_end(w, s->p, key_names[which]);
out:
	session_drop(s);
	return rc;
}

static int try_invalidate(const struct who *w, const struct reach *r,
			  enum which which)
{
	struct session *s = session_open(w);
	struct peer_region *own;
	static struct pdu m;
	uint64_t at;
	int rc = -1;

	if (!s)
		return -1;
	own = peer_region(s->p, 4096, IBV_ACCESS_REMOTE_WRITE);
	if (!own)
		goto out;
	nop_build(s, &m, NULL, 0);
	if (!peer_send_inv(s->p, m.b, m.len, key_of(which, own, r, &at)))
		rc = ping_or_end(s, CAN_END, key_names[which]);
out:
	session_drop(s);
	return rc;
}

static int open_bystander(const struct who *w, struct reach *r)
{
	r->by = session_open(w);
	if (!r->by || test_unit_ready(r->by))
		return -1;
	r->theirs = peer_region(r->by->p, 4096, IBV_ACCESS_REMOTE_READ |
				IBV_ACCESS_REMOTE_WRITE);
	return r->theirs ? 0 : -1;
}

static int beside(const struct who *w, int (*try)(const struct who *w,
						  const struct reach *r,
						  enum which which))
{
	struct reach r = { NULL };
	enum which which;
	int rc = -1;

	if (open_bystander(w, &r))
		goto out;
	for (which = OWN; which < NR_KEYS; which++)
		if (try(w, &r, which))
			goto out;
	rc = ping(r.by) || inquiry(r.by) ? -1 : 0;
	if (rc)
		peer_fail("a bystander suffers: %s", peer_why());
out:
	session_drop(r.by);
	return rc;
}

static int try_read(const struct who *w, const struct reach *r,
		    enum which which)
{
	return try_rdma(w, r, IBV_WR_RDMA_READ, which);
}

static int try_write(const struct who *w, const struct reach *r,
		     enum which which)
{
	return try_rdma(w, r, IBV_WR_RDMA_WRITE, which);
}

static int cannot_read(const struct who *w)
{
	return beside(w, try_read);
}

static int cannot_write(const struct who *w)
{
	return beside(w, try_write);
}

static int cannot_invalidate(const struct who *w)
{
	return beside(w, try_invalidate);
}

/* The key of a region that is gone, or that belongs to another connection. */
static int with_key(const struct who *w, bool write, uint32_t key,
		    uint64_t at, const char *what)
{
	struct session *s = session_open(w);
	struct peer_region r = { .rkey = key, .iova = at };
	static struct pdu m;
	struct scsi_cmd c;
	uint32_t itt;
	int rc = -1;

	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	cdb_rw(&c, write, 0, 8, 512);
	c.region = &r;
	itt = scsi_build(s, &m, &c);
	if (!peer_send(s->p, m.b, m.len))
		rc = judge(s, itt, CAN_END | CAN_FAIL, what);
	if (!rc && !peer_ended(s->p))
		rc = peer_fail("%s: data was moved", what);
out:
	session_drop(s);
	return rc;
}

static int bystanders_buffer(const struct who *w)
{
	struct reach r = { NULL };
	unsigned int i;
	int rc = -1;

	if (open_bystander(w, &r))
		goto out;
	fill_pattern(r.theirs->buf, 4096, 7);
	if (with_key(w, false, r.theirs->rkey, r.theirs->iova,
		     "READ into a bystander's buffer") ||
	    with_key(w, true, r.theirs->rkey, r.theirs->iova,
		     "WRITE from a bystander's buffer"))
		goto out;
	rc = check_pattern(r.theirs->buf, 4096, 7);
	for (i = 0; !rc && i < 2; i++)
		rc = ping(r.by);
out:
	session_drop(r.by);
	return rc;
}

static int wrong_direction(const struct who *w, bool write)
{
	struct session *s = session_open(w);
	unsigned int ok = CAN_END | CAN_FAIL;
	static struct pdu m;
	struct scsi_cmd c;
	uint32_t itt;
	int rc = -1;

	if (!s)
		return -1;
	/* siw does not ask whether what is read may be, see compat.rst. */
	if (write && peer_is_iwarp(s->p))
		ok |= CAN_ANSWER;
	if (test_unit_ready(s))
		goto out;
	cdb_rw(&c, write, 0, 8, 512);
	c.region = peer_region(s->p, 4096, write ? IBV_ACCESS_REMOTE_WRITE :
			       IBV_ACCESS_REMOTE_READ);
	if (!c.region)
		goto out;
	itt = scsi_build(s, &m, &c);
	if (!peer_send(s->p, m.b, m.len))
		rc = judge(s, itt, ok, "wrong direction");
out:
	session_drop(s);
	return rc;
}

static int directions(const struct who *w)
{
	return wrong_direction(w, false) || wrong_direction(w, true) ? -1 : 0;
}

const struct peer_case rkey_cases[] = {
	{ "rkey/target-memory-cannot-be-read", cannot_read,
	  "RDMA Read with six keys, a connection each", NULL },
	{ "rkey/target-memory-cannot-be-written", cannot_write,
	  "RDMA Write with six keys, a connection each", NULL },
	{ "rkey/target-keys-cannot-be-invalidated", cannot_invalidate,
	  "Send-with-Invalidate of six keys, a connection each", NULL },
	{ "rkey/bystanders-buffer-stays-untouched", bystanders_buffer,
	  "a command that names another connection's STag", NULL },
	{ "rkey/wrong-direction-ends-only-this-connection", directions,
	  "STags that allow the other direction only", NULL },
	{ }
};
