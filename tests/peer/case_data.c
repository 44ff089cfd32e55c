// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases about data: every byte arrives where it belongs and nowhere else,
 * whichever way it travels: immediate, in Data-Outs, fetched, or stored.
 * Writes go to the first blocks of the LUN.
 */
#include <stdio.h>
#include <string.h>

#include "case.h"

#define AREA		(1024 * 1024)
#define BOTH_WAYS	(IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE)

/* A session, the block size, a region to write from and one to read into. */
struct bench {
	struct session		*s;
	uint32_t		block;
	struct peer_region	*out;
	struct peer_region	*in;
};

static void bench_close(struct bench *b)
{
	session_close(b->s);
}

static int bench_open_for(const struct who *w, uint32_t most, struct bench *b)
{
	struct peer_params par;
	struct login_opts o;

	peer_params_init(&par, w->host, w->port);
	login_opts_init(&o);
	o.trdsl = most;
	memset(b, 0, sizeof(*b));
	b->s = session_open_with(w, &par, &o);
	if (!b->s)
		return -1;
	if (test_unit_ready(b->s))
		goto out_close;
	b->block = read_capacity(b->s);
	if (!b->block)
		goto out_close;
	b->out = peer_region(b->s->p, AREA, IBV_ACCESS_REMOTE_READ);
	b->in = peer_region(b->s->p, AREA, IBV_ACCESS_REMOTE_WRITE);
	if (b->out && b->in)
		return 0;
out_close:
	bench_close(b);
	return -1;
}

static int bench_open(const struct who *w, struct bench *b)
{
	return bench_open_for(w, 8192, b);
}

/* Read back and compare; what lies behind the data must be untouched. */
static int verify(struct bench *b, size_t len, uint32_t seed)
{
	memset(b->in->buf, 0xee, AREA);
	if (read_blocks(b->s, b->in, 0, len / b->block, b->block) ||
	    check_pattern(b->in->buf, len, seed))
		return -1;
	if (len < AREA && b->in->buf[len] != 0xee)
		return peer_fail("a READ of %zu bytes stored more", len);
	return 0;
}

static int solicited(const struct who *w)
{
	static const uint32_t lens[] = { 4096, 8192, 12288, 65536, 69632,
					 262144, AREA };
	struct bench b;
	unsigned int i;
	int rc = 0;

	if (bench_open(w, &b))
		return -1;
	for (i = 0; !rc && i < ARRAY_SIZE(lens); i++) {
		fill_pattern(b.out->buf, lens[i], i);
		rc = write_blocks(b.s, b.out, 0, lens[i] / b.block, b.block);
		if (!rc)
			rc = verify(&b, lens[i], i);
	}
	if (!rc)
		rc = no_faults(b.s);
	bench_close(&b);
	return rc;
}

static int unaligned_region(const struct who *w)
{
	static const uint16_t offs[] = { 1, 3, 4, 511, 512, 4092, 4095 };
	struct scsi_result r;
	struct scsi_cmd c;
	struct bench b;
	unsigned int i;
	int rc = 0;

	if (bench_open(w, &b))
		return -1;
	for (i = 0; !rc && i < ARRAY_SIZE(offs); i++) {
		cdb_rw(&c, true, 0, 65536 / b.block, b.block);
		c.region = b.out;
		c.region_off = offs[i];
		fill_pattern(b.out->buf + offs[i], 65536, i);
		rc = scsi_good(b.s, &c, &r);
		if (rc)
			break;
		cdb_rw(&c, false, 0, 65536 / b.block, b.block);
		c.region = b.in;
		c.region_off = offs[i];
		memset(b.in->buf, 0xee, AREA);
		rc = scsi_good(b.s, &c, &r);
		if (!rc)
			rc = check_pattern(b.in->buf + offs[i], 65536, i);
		if (!rc && (b.in->buf[offs[i] - 1] != 0xee ||
			    b.in->buf[offs[i] + 65536] != 0xee))
			rc = peer_fail("offset %u: a neighbour was overwritten",
				       offs[i]);
	}
	bench_close(&b);
	return rc;
}

static int write_with_immediate(struct bench *b, uint32_t len, uint32_t imm,
				uint32_t seed)
{
	struct scsi_result r;
	struct scsi_cmd c;

	cdb_rw(&c, true, 0, len / b->block, b->block);
	fill_pattern(b->out->buf, len, seed);
	c.region = b->out;
	c.imm = b->out->buf;
	c.imm_len = imm;
	if (!scsi_good(b->s, &c, &r) && !verify(b, len, seed))
		return 0;
	return peer_fail("%u of %u bytes immediate: %s", imm, len, peer_why());
}

static int immediate(const struct who *w)
{
	static const struct { uint32_t len, imm; } t[] = {
		{ 4096, 4096 }, { 8192, 8192 }, { 4096, 512 }, { 4096, 4 },
		{ 8192, 4100 }, { 65536, 8192 }, { 65536, 512 }, { 65536, 5000 },
		{ 65536, 1 }, { 65536, 8191 },
	};
	struct bench b;
	unsigned int i;
	int rc = 0;

	if (bench_open(w, &b))
		return -1;
	if (!b.s->immediate_data) {
		bench_close(&b);
		peer_fail("ImmediateData=No was negotiated");
		return CASE_SKIP;
	}
	for (i = 0; !rc && i < ARRAY_SIZE(t); i++)
		rc = write_with_immediate(&b, t[i].len, t[i].imm, 100 + i);
	if (!rc)
		rc = no_faults(b.s);
	bench_close(&b);
	return rc;
}

/* All of it inside the command, up to what the target has agreed to take. */
static int immediate_at_length(const struct who *w)
{
	static const uint32_t lens[] = { 512, 4096, 8192, 8704, 12288, 16384 };
	struct bench b;
	unsigned int i;
	int rc = 0;

	if (bench_open_for(w, 65536, &b))
		return -1;
	if (!b.s->immediate_data) {
		bench_close(&b);
		peer_fail("ImmediateData=No was negotiated");
		return CASE_SKIP;
	}
	if (b.s->trdsl < 8192 || b.s->trdsl > 16384)
		rc = peer_fail("65536 offered, %u agreed", b.s->trdsl);
	for (i = 0; !rc && i < ARRAY_SIZE(lens); i++) {
		uint32_t imm = lens[i] < b.s->trdsl ? lens[i] : b.s->trdsl;

		rc = write_with_immediate(&b, lens[i], imm, 200 + i);
		/* And a part of more, which has to be copied. */
		if (!rc)
			rc = write_with_immediate(&b, 65536, imm, 300 + i);
	}
	if (!rc)
		peer_note("up to %u bytes", b.s->trdsl);
	if (!rc)
		rc = no_faults(b.s);
	bench_close(&b);
	return rc;
}

/* A WRITE of 512 bytes inside its command, and bytes that nobody announced. */
static int write_with_excess(struct bench *b, uint32_t excess, uint32_t seed)
{
	static struct peer_msg msg;
	static struct pdu m;
	struct scsi_result r;
	struct scsi_cmd c;
	uint32_t itt;

	cdb_rw(&c, true, 0, 512 / b->block, b->block);
	fill_pattern(b->out->buf, 512, seed);
	c.imm = b->out->buf;
	c.imm_len = 512;
	itt = scsi_build(b->s, &m, &c);
	memset(&m.b[m.len], 0xee, excess);
	m.len += excess;
	if (peer_send(b->s->p, m.b, m.len) ||
	    session_answer(b->s, itt, OP_SCSI_RSP, &msg) ||
	    scsi_take_response(&msg, &r))
		goto fail;
	if (r.status || r.response) {
		peer_fail("response %02x status %02x", r.response, r.status);
		goto fail;
	}
	if (!verify(b, 512, seed))
		return 0;
fail:
	return peer_fail("%u bytes behind the data: %s", excess, peer_why());
}

/*
 * They are ignored, up to the end of the buffer, which has room for an AHS
 * behind that for data, and never taken for data.
 */
static int bytes_behind_data(const struct who *w)
{
	struct bench b;
	unsigned int i;
	int rc = 0;

	if (bench_open_for(w, 65536, &b))
		return -1;
	for (i = 0; !rc && i < 100; i++) {
		uint32_t most = b.s->trdsl + 384 - 512;

		rc = write_with_excess(&b, i % 2 ? most : most * i / 100, i);
	}
	if (!rc)
		rc = no_faults(b.s);
	bench_close(&b);
	return rc;
}

static int send_data_outs(struct session *s, uint32_t itt, const uint8_t *data,
			  uint32_t from, uint32_t to, uint32_t step)
{
	static struct pdu m;
	uint32_t sn = 0;

	while (from < to) {
		uint32_t n = to - from < step ? to - from : step;

		data_out_build(s, &m, itt, sn++, from, data + from, n,
			       from + n == to);
		if (peer_send(s->p, m.b, m.len))
			return -1;
		from += n;
	}
	return 0;
}

static int write_in_pieces(struct bench *b, uint32_t len, uint32_t imm,
			   uint32_t unsol, uint32_t step, uint32_t seed)
{
	static struct peer_msg msg;
	static struct pdu m;
	struct scsi_result r;
	struct scsi_cmd c;
	uint32_t itt;

	cdb_rw(&c, true, 0, len / b->block, b->block);
	fill_pattern(b->out->buf, len, seed);
	c.region = b->out;
	c.imm = b->out->buf;
	c.imm_len = imm;
	c.unsol_len = unsol;
	c.more = true;
	itt = scsi_build(b->s, &m, &c);
	if (peer_send(b->s->p, m.b, m.len) ||
	    send_data_outs(b->s, itt, b->out->buf, imm, unsol, step) ||
	    session_answer(b->s, itt, OP_SCSI_RSP, &msg) ||
	    scsi_take_response(&msg, &r))
		goto fail;
	if (r.status || r.response) {
		peer_fail("response %02x status %02x", r.response, r.status);
		goto fail;
	}
	if (!verify(b, len, seed))
		return 0;
fail:
	return peer_fail("%u bytes, %u immediate, %u unsolicited, %u a piece: %s",
			 len, imm, unsol, step, peer_why());
}

static int data_outs(const struct who *w)
{
	static const struct { uint32_t len, imm, unsol, step; } t[] = {
		{ 65536, 0, 65536, 8192 }, { 65536, 4096, 65536, 4096 },
		{ 65536, 8192, 65536, 8192 }, { 65536, 0, 65536, 8188 },
		{ 65536, 512, 65536, 5000 }, { 16384, 0, 16384, 512 },
		{ 131072, 8192, 65536, 8192 }, { 4096, 0, 4096, 512 },
	};
	unsigned int i, fit = 0;
	struct bench b;
	int rc = 0;

	if (bench_open(w, &b))
		return -1;
	if (b.s->initial_r2t || !b.s->immediate_data) {
		bench_close(&b);
		peer_fail("InitialR2T=No and ImmediateData=Yes are needed");
		return CASE_SKIP;
	}
	for (i = 0; !rc && i < ARRAY_SIZE(t); i++) {
		if (t[i].unsol > b.s->first_burst)
			continue;
		fit++;
		rc = write_in_pieces(&b, t[i].len, t[i].imm, t[i].unsol,
				     t[i].step, 200 + i);
	}
	if (!rc)
		peer_note("%u of %zu writes fit FirstBurstLength=%u", fit,
			  ARRAY_SIZE(t), b.s->first_burst);
	if (!rc && !fit)
		rc = peer_fail("none fits FirstBurstLength=%u",
			       b.s->first_burst);
	if (!rc)
		rc = no_faults(b.s);
	bench_close(&b);
	return rc;
}

/* EDTL and CDB disagree; memory is registered for EDTL, not a byte more. */
static int disagree(struct bench *b, bool write, uint32_t edtl, uint32_t cdb)
{
	struct scsi_result r;
	struct scsi_cmd c;
	uint32_t want = edtl < cdb ? cdb - edtl : edtl - cdb;
	uint8_t flag = edtl < cdb ? 0x04 : 0x02;

	cdb_rw(&c, write, 0, cdb / b->block, b->block);
	c.edtl = edtl;
	c.region = peer_region(b->s->p, edtl, BOTH_WAYS);
	if (!c.region || scsi_run(b->s, &c, &r))
		return -1;
	peer_note("%s of %u, EDTL %u: response %02x status %02x flags %02x residual %u",
		  write ? "WRITE" : "READ", cdb, edtl, r.response, r.status,
		  r.flags, r.residual);
	/* A target may refuse instead, but not pretend that all is well. */
	if (!r.status && (!(r.flags & flag) || r.residual != want))
		return peer_fail("%s of %u bytes, EDTL %u: flags %02x residual %u",
				 write ? "WRITE" : "READ", cdb, edtl, r.flags,
				 r.residual);
	return 0;
}

static int disagreements(const struct who *w)
{
	struct bench b;
	int rc = -1;

	if (bench_open(w, &b))
		return -1;
	if (!disagree(&b, false, b.block, 2 * b.block) &&
	    !disagree(&b, false, 8 * b.block, 2 * b.block) &&
	    !disagree(&b, false, 100, b.block) &&
	    !disagree(&b, true, b.block, 8 * b.block) &&
	    !disagree(&b, true, 8 * b.block, b.block))
		rc = ping(b.s);
	bench_close(&b);
	return rc;
}

static int read_only_region(const struct who *w)
{
	struct scsi_result r;
	struct scsi_cmd c;
	struct bench b;
	int rc = -1;

	if (bench_open(w, &b))
		return -1;
	/* A WRITE needs no right to write into our memory, nor a READ to read. */
	cdb_rw(&c, true, 0, 64, b.block);
	c.region = b.out;
	if (scsi_good(b.s, &c, &r))
		goto out;
	cdb_rw(&c, false, 0, 64, b.block);
	c.region = b.in;
	rc = scsi_good(b.s, &c, &r);
out:
	bench_close(&b);
	return rc;
}

static int sense_data(const struct who *w)
{
	struct scsi_result r;
	struct scsi_cmd c;
	struct bench b;
	int rc = -1;

	if (bench_open(w, &b))
		return -1;
	cdb_rw(&c, false, 0xfffffff0, 1, b.block);
	c.region = b.in;
	if (scsi_run(b.s, &c, &r))
		goto out;
	if (r.status != 2 || r.key != 5 || r.asc != 0x21)
		rc = peer_fail("READ far behind the end: status %02x sense %x/%02x/%02x",
			       r.status, r.key, r.asc, r.ascq);
	else
		rc = ping(b.s);
out:
	bench_close(&b);
	return rc;
}

const struct peer_case data_cases[] = {
	{ "data/solicited-write-reads-back", solicited,
	  "4 KiB to 1 MiB", NULL },
	{ "data/any-base-offset", unaligned_region,
	  "regions that begin at odd bytes", NULL },
	{ "data/immediate-and-rest-solicited", immediate,
	  "de-facto Base Offset convention, odd immediate lengths", NULL },
	{ "data/immediate-up-to-what-was-agreed", immediate_at_length,
	  "with TargetRecvDataSegmentLength=65536 offered", NULL },
	{ "data/bytes-behind-the-data-are-ignored", bytes_behind_data,
	  "as many as the buffer takes", NULL },
	{ "data/unsolicited-data-outs", data_outs,
	  "needs InitialR2T=No at the target; odd offsets included", NULL },
	{ "data/edtl-and-cdb-disagree", disagreements,
	  "residuals, and not a byte beyond EDTL", NULL },
	{ "data/one-direction-is-enough", read_only_region,
	  "STags that allow just what the command needs", NULL },
	{ "data/sense-arrives", sense_data,
	  "a READ beyond the end", NULL },
	{ }
};
