// SPDX-License-Identifier: GPL-2.0-only
/*
 * How an initiator's WRITE travels, seen from the target: immediate data and
 * Data-Outs as long as was agreed on and no longer (RFC 7143 sections 11.3 and
 * 11.7, 13.14), and an STag for the rest and nothing else (RFC 7145 section
 * 7.3.1). Whoever drives the initiator writes 64 KiB at once, lines of 15
 * digits that count from 0.
 */
#include <stdio.h>
#include <string.h>

#include "target.h"

#define MOST	(64u * 1024)	/* of a WRITE that is looked at */

static uint8_t came[MOST];

/* One Data-Out: the one that is due, and as long as it has to be. */
static int take_data_out(struct server *sv, const struct peer_msg *req,
			 const struct peer_msg *out, uint32_t sn, uint32_t at,
			 uint32_t end)
{
	uint32_t len = msg_dlen(out), due = end - at;
	bool final;

	if (due > sv->plan->terms->trdsl)
		due = sv->plan->terms->trdsl;
	final = at + due == end;
	if (msg_opcode(out) != OP_DATA_OUT)
		return peer_fail("%s where a Data-Out is due",
				 opcode_name(msg_opcode(out)));
	if (msg32(out, B_ITT) != msg32(req, B_ITT) ||
	    msg32(out, B_TTT) != TAG_NONE)
		return peer_fail("Data-Out %u: ITT %x TTT %x", sn,
				 msg32(out, B_ITT), msg32(out, B_TTT));
	if (memcmp(out->data + ISER_LEN + B_LUN, req->data + ISER_LEN + B_LUN,
		   8))
		return peer_fail("Data-Out %u: another LUN", sn);
	if (msg32(out, B_DATASN) != sn || msg32(out, B_BUF_OFFSET) != at)
		return peer_fail("Data-Out %u at %u: DataSN %u, offset %u", sn,
				 at, msg32(out, B_DATASN),
				 msg32(out, B_BUF_OFFSET));
	if (len != due || !!(msg8(out, B_FLAGS) & 0x80) != final)
		return peer_fail("Data-Out %u at %u: %u bytes, flags %02x, %u are due",
				 sn, at, len, msg8(out, B_FLAGS), due);
	if (out->data[0] & 0x0c)
		return peer_fail("Data-Out %u advertises an STag", sn);
	memcpy(came + at, msg_payload(out), len);
	return 0;
}

/* All that comes unsolicited; its length, or -1. */
static int take_unsolicited(struct server *sv, const struct peer_msg *req)
{
	const struct terms *t = sv->plan->terms;
	uint32_t edtl = msg32(req, B_EDTL), at = msg_dlen(req), sn = 0, end;
	static struct peer_msg out;

	end = edtl < t->first_burst ? edtl : t->first_burst;
	if (at > t->trdsl || at > end || (at && !t->immediate))
		return peer_fail("%u bytes of immediate data", at);
	memcpy(came, msg_payload(req), at);
	if (msg8(req, B_FLAGS) & 0x80)
		return at;
	if (t->initial_r2t)
		return peer_fail("a burst where InitialR2T=Yes");
	/* It is all of FirstBurstLength, or of the data. */
	for (; at < end; at += msg_dlen(&out), sn++) {
		if (peer_recv(sv->p, &out, sv->w->patience) != PEER_OK)
			return peer_fail("the burst stops at %u of %u (%s)", at,
					 end, peer_how_ended(sv->p));
		if (take_data_out(sv, req, &out, sn, at, end))
			return -1;
	}
	peer_note("%u immediate, %u Data-Outs", msg_dlen(req), sn);
	return end;
}

/* The rest is there, and the STag ends with it. */
static int take_rest(struct server *sv, const struct peer_msg *req,
		     uint32_t from)
{
	uint32_t edtl = msg32(req, B_EDTL);

	if (from == edtl)
		return write_stag(req) ? peer_fail("an STag for no data") : 0;
	if (!write_stag(req))
		return peer_fail("no STag for %u of %u bytes", edtl - from,
				 edtl);
	if (peer_rdma(sv->p, IBV_WR_RDMA_READ, sv->disk, DISK_BYTES - MOST,
		      edtl - from, write_stag(req), write_base(req),
		      sv->w->patience) != PEER_OK)
		return peer_fail("RDMA Read of the rest: %s",
				 peer_how_ended(sv->p));
	memcpy(came + from, sv->disk->buf + DISK_BYTES - MOST, edtl - from);
	return 0;
}

static int check_lines(void)
{
	char line[32];
	uint32_t at;

	for (at = 0; at < MOST; at += 16) {
		snprintf(line, sizeof(line), "%015u\n", at / 16);
		if (memcmp(came + at, line, 16))
			return peer_fail("bytes at %u: %.15s", at,
					 (const char *)came + at);
	}
	return 0;
}

static int judge_write(struct server *sv, const struct peer_msg *req)
{
	uint32_t edtl = msg32(req, B_EDTL);
	int from;

	if (edtl > MOST)
		return peer_fail("a WRITE of %u bytes", edtl);
	from = take_unsolicited(sv, req);
	if (from < 0 || take_rest(sv, req, from))
		return -1;
	if (edtl == MOST && check_lines())
		return -1;
	return good(sv, req);
}

/* Unsolicited data there is, as far as it was agreed on. */
static int do_write(struct server *sv, const struct peer_msg *req)
{
	const struct terms *t = sv->plan->terms;
	bool wanted = msg32(req, B_EDTL) <= t->first_burst;

	/* A part of a WRITE is sent where the rest of a burst may follow. */
	if (!t->initial_r2t && (msg8(req, B_FLAGS) & 0x80) && !wanted)
		return peer_fail("no burst where InitialR2T=No");
	return judge_write(sv, req);
}

/* An STag alone that covers the rest: a byte more must be refused. */
static int do_beyond_rest(struct server *sv, const struct peer_msg *req)
{
	int from = take_unsolicited(sv, req);
	uint32_t rest = msg32(req, B_EDTL) - from;

	if (from <= 0 || !write_stag(req))
		return peer_fail("%d bytes unsolicited, %s", from,
				 write_stag(req) ? "the rest by STag" :
				 "no STag");
	return must_be_refused(sv, IBV_WR_RDMA_READ, rest + 1, write_stag(req),
			       write_base(req),
			       "RDMA Read of a byte that came unsolicited");
}

static int play(const struct who *w, bool initial_r2t, bool immediate,
		uint32_t first_burst, uint32_t trdsl)
{
	const struct terms terms = { initial_r2t, immediate, first_burst,
				     trdsl };
	struct plan plan = { .when = AT_WRITE, .act = do_write,
			     .expect = MUST_GO_ON, .terms = &terms,
			     .write = do_write };

	return target_play(w, &plan);
}

static int solicited(const struct who *w)
{
	return play(w, true, false, 65536, 8192);
}

static int immediate_only(const struct who *w)
{
	return play(w, true, true, 65536, 8192);
}

static int burst_only(const struct who *w)
{
	return play(w, false, false, 32768, 4096);
}

static int both(const struct who *w)
{
	return play(w, false, true, 32768, 4096);
}

static int odd_lengths(const struct who *w)
{
	return play(w, false, true, 20000, 4096 - 512);
}

static int covers_the_rest(const struct who *w)
{
	static const struct terms terms = { false, true, 32768, 4096 };
	struct plan plan = { .when = AT_WRITE, .act = do_beyond_rest,
			     .expect = HAS_JUDGED, .terms = &terms,
			     .write = do_write };

	return target_play(w, &plan);
}

const struct peer_case write_cases[] = {
	{ "write/all-solicited", solicited,
	  "InitialR2T=Yes, ImmediateData=No: an STag and no data", NULL },
	{ "write/immediate-data-alone", immediate_only,
	  "InitialR2T=Yes, ImmediateData=Yes", NULL },
	{ "write/burst-without-immediate-data", burst_only,
	  "InitialR2T=No, ImmediateData=No, 32 KiB in pieces of 4 KiB", NULL },
	{ "write/burst-with-immediate-data", both,
	  "InitialR2T=No, ImmediateData=Yes, 32 KiB in pieces of 4 KiB", NULL },
	{ "write/burst-of-odd-lengths", odd_lengths,
	  "20,000 bytes in pieces of 3,584", NULL },
	{ "write/stag-covers-the-rest-alone", covers_the_rest,
	  "RDMA Read of a byte beyond what did not come unsolicited", NULL },
	{ }
};
