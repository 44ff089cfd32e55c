// SPDX-License-Identifier: GPL-2.0-only
/* common/limits.c: queue plans on devices of all sizes, credits, counters. */
#include "unit.h"
#include "limits.h"

/* Roughly what the device drivers of today report. */
static const struct iser_dev_limits big = {
	.max_qp_wr = 16384,
	.max_cqe = 1 << 20,
	.max_send_sge = 32,
	.max_recv_sge = 32,
	.max_fr_pages = 512,
	.max_ird = 128,
	.max_ord = 128,
};

typedef int (*plan_fn)(const struct iser_dev_limits *lim, u32 wish,
		       u32 send_sge, struct iser_plan *plan);
static const plan_fn plans[] = { iser_plan_initiator, iser_plan_target };

static struct iser_plan plan;

static int make(plan_fn fn, const struct iser_dev_limits *lim, u32 wish,
		u32 send_sge)
{
	memset(&plan, 0xa5, sizeof(plan));
	return fn(lim, wish, send_sge, &plan);
}

static void check_fits(const struct iser_dev_limits *lim, u32 wish,
		       u32 send_sge)
{
	CHECK(plan.window >= ISER_WINDOW_MIN);
	CHECK(plan.window <= ISER_WINDOW_MAX);
	CHECK(plan.window <= wish);
	CHECK(plan.send_wr <= lim->max_qp_wr);
	CHECK(plan.recv_wr <= lim->max_qp_wr);
	CHECK(plan.cqe <= lim->max_cqe);
	CHECK_EQ(plan.cqe, plan.send_wr + plan.recv_wr);
	CHECK_EQ(plan.recv_wr, plan.recvs + ISER_LOGIN_RECVS + ISER_DRAIN_WR);
	CHECK_EQ(plan.recvs, plan.window + plan.reserve);
	CHECK(plan.send_wr > plan.send_slots);
	CHECK(plan.send_slots > plan.window);
	CHECK(plan.send_sge >= 1 && plan.send_sge <= lim->max_send_sge);
	CHECK(plan.send_sge <= send_sge);
	CHECK_EQ(plan.recv_sge, ISER_RECV_SGE +
		 (plan.recv_data > ISER_RECV_CHUNK));
	CHECK(plan.recv_sge <= lim->max_recv_sge);
}

TEST("limits/initiator-on-a-big-device-gets-what-it-asks")
{
	CHECK_EQ(make(iser_plan_initiator, &big, 128, 2), 0);
	CHECK_EQ(plan.window, 128);
	CHECK_EQ(plan.send_wr, 3 * 128 + 16 + 16 + 24 + 1);
	CHECK_EQ(plan.send_slots, 128 + 16 + 16 + 24);
	CHECK_EQ(plan.recvs, 128 + 16 + 16 + 8);
	CHECK_EQ(plan.recv_wr, 128 + 16 + 16 + 8 + 2 + 1);
	CHECK_EQ(plan.reserve, 16 + 16 + 8);
	CHECK_EQ(plan.cqe, plan.send_wr + plan.recv_wr);
	CHECK_EQ(plan.send_sge, 2);
	CHECK_EQ(plan.recv_sge, 3);
	CHECK_EQ(plan.ird, 128);
	CHECK_EQ(plan.ord, 1);
}

TEST("limits/target-on-a-big-device-gets-what-it-asks")
{
	CHECK_EQ(make(iser_plan_target, &big, 64, 16), 0);
	CHECK_EQ(plan.window, 64);
	CHECK_EQ(plan.send_slots, 64 + 32);
	CHECK_EQ(plan.send_wr, 64 + 32 + 2 * 64 + 1);
	CHECK_EQ(plan.recvs, 64 + 32 + 8);
	CHECK_EQ(plan.recv_wr, 64 + 32 + 8 + 2 + 1);
	CHECK_EQ(plan.reserve, 32 + 8);
	CHECK_EQ(plan.send_sge, 16);
	CHECK_EQ(plan.recv_sge, 4);
	CHECK_EQ(plan.recv_data, 16384);
	/* Headers, the chunks of the data, what an AHS pushed out. */
	CHECK_EQ(plan.recv_sge, 2 + plan.recv_data / ISER_RECV_CHUNK);
	CHECK_EQ(plan.ird, 0);
	CHECK_EQ(plan.ord, 128);
}

TEST("limits/target-takes-what-its-receives-have-elements-for")
{
	struct iser_dev_limits lim = big;

	lim.max_recv_sge = 3;
	CHECK_EQ(make(iser_plan_target, &lim, 64, 16), 0);
	CHECK_EQ(plan.recv_sge, 3);
	CHECK_EQ(plan.recv_data, 8192);
	lim.max_recv_sge = 4;
	CHECK_EQ(make(iser_plan_target, &lim, 64, 16), 0);
	CHECK_EQ(plan.recv_sge, 4);
	CHECK_EQ(plan.recv_data, 16384);
	/* Nothing an initiator receives is that long. */
	CHECK_EQ(make(iser_plan_initiator, &lim, 64, 16), 0);
	CHECK_EQ(plan.recv_sge, 3);
	CHECK_EQ(plan.recv_data, 0);
}

/*
 * Sends that no completion will speak for are the last ones, so nobody may ever
 * wait for their room: there has to be enough beside them for the largest post,
 * a slice of a quarter of the queue and its response, and a slot.
 */
TEST("limits/what-no-completion-speaks-for-leaves-room")
{
	u32 depth, tail, quarter;

	for (depth = 1; depth <= 600; depth++) {
		NOTE("depth %u", depth);
		CHECK_EQ(make(iser_plan_target, &big, depth, 16), 0);
		quarter = plan.send_wr / 4;
		for (tail = 0; !iser_send_wants_signal(tail + 1,
						       plan.send_wr - tail - 1,
						       plan.send_wr, false);)
			tail++;
		CHECK(tail < ISER_SIGNAL_EVERY);
		CHECK(plan.send_wr - tail - ISER_DRAIN_WR > quarter);
		CHECK(plan.send_slots > tail);
	}
}

TEST("limits/queues-do-not-depend-on-how-rdma-rw-reads")
{
	struct iser_dev_limits mr = big;
	struct iser_plan plain;

	CHECK_EQ(make(iser_plan_target, &big, 64, 16), 0);
	plain = plan;
	mr.rw_needs_mr = true;
	CHECK_EQ(make(iser_plan_target, &mr, 64, 16), 0);
	CHECK_BYTES(&plan, &plain, sizeof(plan));
}

TEST("limits/plan-fits-devices-of-every-size")
{
	static const u32 wishes[] = { 1, 2, 64, 128, 512, 4096, 100000, ~0u };
	struct iser_dev_limits lim = big;
	u32 f, w, wr, cqe, last;

	for (f = 0; f < ARRAY_SIZE(plans); f++)
		for (w = 0; w < ARRAY_SIZE(wishes); w++) {
			last = 0;
			for (wr = 0; wr < 700; wr++) {
				NOTE("plan %u wish %u wr %u", f, wishes[w], wr);
				lim.max_qp_wr = wr;
				lim.max_cqe = big.max_cqe;
				if (make(plans[f], &lim, wishes[w], 4)) {
					/* Once it fits, more also does. */
					CHECK_EQ(last, 0);
					continue;
				}
				check_fits(&lim, wishes[w], 4);
				CHECK(plan.window >= last);
				last = plan.window;
			}
			last = 0;
			for (cqe = 0; cqe < 1200; cqe++) {
				NOTE("plan %u wish %u cqe %u", f, wishes[w],
				     cqe);
				lim.max_qp_wr = big.max_qp_wr;
				lim.max_cqe = cqe;
				if (make(plans[f], &lim, wishes[w], 4)) {
					CHECK_EQ(last, 0);
					continue;
				}
				check_fits(&lim, wishes[w], 4);
				CHECK(plan.window >= last);
				last = plan.window;
			}
		}
}

/* The largest window a device holds: one more would not fit. */
TEST("limits/window-is-not-smaller-than-it-must-be")
{
	struct iser_dev_limits lim = big;
	struct iser_plan more;
	u32 f, i;
	bool fits;

	for (f = 0; f < ARRAY_SIZE(plans); f++)
		for (i = 0; i < ROUNDS(20000); i++) {
			lim.max_qp_wr = unit_random() % 2000;
			lim.max_cqe = unit_random() % 3000;
			if (make(plans[f], &lim, ISER_WINDOW_MAX, 4))
				continue;
			NOTE("plan %u wr %u cqe %u", f, lim.max_qp_wr,
			     lim.max_cqe);
			check_fits(&lim, ISER_WINDOW_MAX, 4);
			CHECK_EQ(plans[f](&big, plan.window + 1, 4, &more), 0);
			fits = more.send_wr <= lim.max_qp_wr &&
			       more.recv_wr <= lim.max_qp_wr &&
			       more.cqe <= lim.max_cqe;
			CHECK(!fits);
		}
}

TEST("limits/smallest-device-holds-one-command-and-no-smaller-one-does")
{
	struct iser_dev_limits lim = big;

	/* Initiator: 3 + 56 + 1 sends, 1 + 40 + 3 receives. */
	lim.max_qp_wr = 60;
	lim.max_cqe = 60 + 44;
	CHECK_EQ(make(iser_plan_initiator, &lim, 128, 2), 0);
	CHECK_EQ(plan.window, 1);
	lim.max_cqe--;
	CHECK_EQ(make(iser_plan_initiator, &lim, 128, 2), -ENOSPC);
	lim.max_cqe++;
	lim.max_qp_wr--;
	CHECK_EQ(make(iser_plan_initiator, &lim, 128, 2), -ENOSPC);

	/* Target: 3 + 32 + 1 sends, 1 + 40 + 3 receives. */
	lim.max_qp_wr = 44;
	lim.max_cqe = 36 + 44;
	CHECK_EQ(make(iser_plan_target, &lim, 128, 2), 0);
	CHECK_EQ(plan.window, 1);
	lim.max_cqe--;
	CHECK_EQ(make(iser_plan_target, &lim, 128, 2), -ENOSPC);
	lim.max_cqe++;
	lim.max_qp_wr--;
	CHECK_EQ(make(iser_plan_target, &lim, 128, 2), -ENOSPC);
}

TEST("limits/nonsense-is-refused")
{
	struct iser_dev_limits lim;
	u32 f;

	for (f = 0; f < ARRAY_SIZE(plans); f++) {
		NOTE("plan %u", f);
		CHECK_EQ(make(plans[f], &big, 0, 2), -EINVAL);
		CHECK_EQ(make(plans[f], &big, 64, 0), -EINVAL);
		lim = big;
		lim.max_send_sge = 0;
		CHECK_EQ(make(plans[f], &lim, 64, 2), -ENOSPC);
		lim = big;
		lim.max_recv_sge = ISER_RECV_SGE - 1;
		CHECK_EQ(make(plans[f], &lim, 64, 2), -ENOSPC);
		memset(&lim, 0, sizeof(lim));
		CHECK_EQ(make(plans[f], &lim, 64, 2), -ENOSPC);
		memset(&lim, 0xff, sizeof(lim));
		CHECK_EQ(make(plans[f], &lim, ~0u, ~0u), 0);
		CHECK_EQ(plan.window, ISER_WINDOW_MAX);
	}
}

TEST("limits/a-device-without-rdma-reads-is-refused")
{
	struct iser_dev_limits lim = big;

	lim.max_ird = 0;
	CHECK_EQ(make(iser_plan_initiator, &lim, 64, 2), -ENOSPC);
	CHECK_EQ(make(iser_plan_target, &lim, 64, 2), 0);
	lim = big;
	lim.max_ord = 0;
	CHECK_EQ(make(iser_plan_target, &lim, 64, 2), -ENOSPC);
	CHECK_EQ(make(iser_plan_initiator, &lim, 64, 2), 0);
	CHECK_EQ(plan.ord, 0);
}

TEST("limits/elements-are-clamped-to-the-device")
{
	struct iser_dev_limits lim = big;

	lim.max_send_sge = 1;
	CHECK_EQ(make(iser_plan_target, &lim, 64, 16), 0);
	CHECK_EQ(plan.send_sge, 1);
	CHECK_EQ(make(iser_plan_initiator, &lim, 64, 16), 0);
	CHECK_EQ(plan.send_sge, 1);
}

TEST("limits/read-depth-is-the-smaller-one-and-fits-a-byte")
{
	CHECK_EQ(iser_rd_atom_clamp(0, 0), 0);
	CHECK_EQ(iser_rd_atom_clamp(16, 4), 4);
	CHECK_EQ(iser_rd_atom_clamp(4, 16), 4);
	CHECK_EQ(iser_rd_atom_clamp(0, 16), 0);
	CHECK_EQ(iser_rd_atom_clamp(255, 256), 255);
	CHECK_EQ(iser_rd_atom_clamp(256, 256), 255);
	CHECK_EQ(iser_rd_atom_clamp(~0u, ~0u), 255);
}

/* ---- credits ---- */

/* Of a session whose commands bring no Data-Outs. */
static u32 max_cmdsn(u32 core_max, u32 exp_cmdsn, u32 free_recvs, u32 reserve,
		     u32 advertised)
{
	return iser_credit_max_cmdsn(core_max, exp_cmdsn, free_recvs, reserve,
				     1, advertised);
}

TEST("credit/full-ring-opens-the-planned-window")
{
	CHECK_EQ(make(iser_plan_target, &big, 64, 16), 0);
	CHECK_EQ(max_cmdsn(1000, 100, plan.recvs, plan.reserve,
			   100), 163);
	/* LIO allows less. */
	CHECK_EQ(max_cmdsn(120, 100, plan.recvs, plan.reserve,
			   100), 120);
}

static void check_session(u32 planned, u32 depth)
{
	u32 reserve = iser_plan_reserve(&plan, false);
	u32 recvs = iser_plan_recvs(&plan, depth, 0);
	u32 window = recvs - reserve, used, last, max;

	NOTE("planned %u depth %u window %u", planned, depth, window);
	CHECK(recvs <= plan.recvs);
	CHECK(window >= 1 && window <= depth && window <= plan.window);
	/* Not smaller than it must be, either. */
	CHECK(window == depth || window == plan.window ||
	      window == ISER_TGT_WINDOW);

	/* LIO's first number; the peer has been promised nothing before. */
	max = max_cmdsn(depth, 1, recvs, reserve, 0);
	CHECK_EQ(max, window);
	/* Whatever is consumed, what may still come has a buffer. */
	for (used = 0, last = 0; used <= recvs; used++) {
		max = max_cmdsn(depth, 1, recvs - used,
				reserve, 0);
		CHECK(max <= recvs - used);
		CHECK(!max || max + reserve <= recvs - used);
		CHECK(!used || max == last || max + 1 == last);
		last = max;
	}
	CHECK_EQ(last, 0);
}

/* Commands that bring @outs Data-Outs each. */
static void check_bursts(u32 depth, u32 outs)
{
	u32 reserve = iser_plan_reserve(&plan, true);
	u32 recvs = iser_plan_recvs(&plan, depth, outs), used, max;

	NOTE("depth %u, %u Data-Outs each, %u of %u buffers", depth, outs,
	     recvs, plan.recvs);
	CHECK(recvs > reserve && recvs <= plan.recvs);
	CHECK(recvs >= iser_plan_recvs(&plan, depth, 0));
	for (used = 0; used <= recvs; used++) {
		max = iser_credit_max_cmdsn(depth, 1, recvs - used, reserve,
					    1 + outs, 0);
		/* There is a buffer for each PDU of each; one always may come. */
		if (recvs - used <= reserve)
			CHECK_EQ(max, 0);
		else
			CHECK(max == 1 ||
			      max * (1 + outs) <= recvs - used - reserve);
	}
}

/* Queues sized for @planned commands serve a session of @depth. */
static void check_depth(const struct iser_dev_limits *lim, u32 planned,
			u32 depth)
{
	u32 outs;

	CHECK_EQ(make(iser_plan_target, lim, planned, 16), 0);
	check_session(planned, depth);
	for (outs = 1; outs <= 64; outs = outs * 2 + 1)
		check_bursts(depth, outs);
}

TEST("credit/no-buffers-for-data-outs-that-may-not-come")
{
	CHECK_EQ(make(iser_plan_target, &big, 64, 16), 0);
	CHECK_EQ(iser_plan_reserve(&plan, true), plan.reserve);
	/* MaxOutstandingUnexpectedPDUs, and a batch. */
	CHECK_EQ(iser_plan_reserve(&plan, false), 16 + 8);
	CHECK_EQ(iser_plan_recvs(&plan, 64, 0), 32 + 16 + 8);
	/* Bursts of 16 commands, or as many buffers as the queue has. */
	CHECK_EQ(iser_plan_recvs(&plan, 64, 1), 16 * 2 + 16 + 16 + 8);
	CHECK_EQ(iser_plan_recvs(&plan, 64, 8), 64 + 16 + 16 + 8);
	CHECK_EQ(iser_plan_recvs(&plan, 2, 4), 2 * 5 + 16 + 16 + 8);
	CHECK_EQ(make(iser_plan_target, &big, 192, 16), 0);
	CHECK_EQ(iser_plan_recvs(&plan, 192, 4), 16 * 5 + 16 + 16 + 8);
}

TEST("credit/window-never-exceeds-buffers-at-any-depth")
{
	static const u32 max_qp_wr[] = { 80, 128, 512, 1024, 16384 };
	struct iser_dev_limits lim = big;
	unsigned int i;
	u32 depth;

	for (depth = 1; depth <= 512; depth++) {
		check_depth(&big, 64, depth);
		check_depth(&big, depth, depth);
		check_depth(&big, 512, depth);
		for (i = 0; i < 5; i++) {
			lim.max_qp_wr = max_qp_wr[i];
			check_depth(&lim, 64, depth);
		}
	}
}

TEST("credit/no-buffer-to-spare-closes-the-window")
{
	u32 recvs;

	for (recvs = 0; recvs <= 40; recvs++)
		CHECK_EQ(max_cmdsn(200, 100, recvs, 40, 90), 99);
	CHECK_EQ(max_cmdsn(200, 100, 41, 40, 90), 100);
	CHECK_EQ(max_cmdsn(200, 0, 0, 0, ~0u - 5), ~0u);
}

TEST("credit/advertised-number-never-falls")
{
	CHECK_EQ(max_cmdsn(200, 100, 0, 40, 150), 150);
	CHECK_EQ(max_cmdsn(120, 100, 104, 40, 150), 150);
	/* Across the wrap: 5 is behind 0xfffffff0. */
	CHECK_EQ(max_cmdsn(20, 0xfffffff0u, 41, 40, 5), 5);
	CHECK_EQ(max_cmdsn(20, 0xfffffff0u, 40 + 32, 40, 5), 15);
	CHECK_EQ(max_cmdsn(0xfffffff8u, 0xfffffff0u, 40 + 32, 40,
			   0xfffffff0u), 0xfffffff8u);
}

TEST("credit/window-is-bounded-whatever-the-ring-holds")
{
	CHECK_EQ(max_cmdsn(0x10000, 1, ~0u, 0, 1), ISER_WINDOW_MAX);
	CHECK_EQ(max_cmdsn(0x40000000, 1, 0x80000001u, 0, 1),
		 ISER_WINDOW_MAX);
}

/*
 * A session played against the function: LIO's numbers move up, the peer sends
 * commands inside what was advertised and PDUs outside of it, buffers come and
 * go. Numbers are kept twice, modulo 2^32 for the function and as 64 bits here.
 */
static void play_session(u32 start, u32 steps)
{
	const u32 window = 64, reserve = 40, recvs = window + reserve;
	u64 exp = start, core_max = exp + 31, advertised = exp + 31;
	u32 held = 0, unexpected = 0;
	u64 now;
	u32 got;

	while (steps--) {
		switch (unit_random() % 5) {
		case 0:		/* a command arrives, if the peer may send it */
			if (exp <= advertised) {
				CHECK(held + unexpected < recvs);
				exp++;
				held++;
			}
			break;
		case 1:		/* something CmdSN does not regulate arrives */
			if (unexpected < reserve)
				unexpected++;
			break;
		case 2:		/* a command's buffer comes back */
			if (held)
				held--;
			break;
		case 3:
			if (unexpected)
				unexpected--;
			break;
		case 4:		/* LIO finishes commands */
			if (core_max < exp + 127)
				core_max += unit_random() % 4;
			break;
		}
		if (core_max < advertised)
			continue;
		got = max_cmdsn((u32)core_max, (u32)exp,
				recvs - held - unexpected, reserve,
				(u32)advertised);
		now = advertised + (u32)(got - (u32)advertised);
		NOTE("exp %llx core %llx advertised %llx got %x",
		     (unsigned long long)exp, (unsigned long long)core_max,
		     (unsigned long long)advertised, got);
		/* A fall would look like a rise by nearly 2^32. */
		CHECK(now - advertised < 4096);
		CHECK(now <= core_max);
		/* Each command still to come has a buffer. */
		CHECK(now + 1 - exp <= recvs - held);
		advertised = now;
	}
}

TEST("credit/session-never-falls-never-exceeds-never-runs-dry")
{
	play_session(1, ROUNDS(200000));
}

TEST("credit/session-holds-across-the-wrap")
{
	play_session(0xffffff00u, ROUNDS(200000));
	play_session(0x7fffff00u, ROUNDS(200000));
}

TEST("credit/random-numbers-keep-the-bounds")
{
	u32 i, exp, core, free_recvs, reserve, adv, got, room;

	for (i = 0; i < ROUNDS(200000); i++) {
		exp = unit_random();
		core = exp - 1 + unit_random() % 5000;
		adv = exp - 1 + unit_random() % 5000;
		free_recvs = unit_random() % 5000;
		reserve = unit_random() % 100;
		room = free_recvs > reserve ? free_recvs - reserve : 0;
		got = max_cmdsn(core, exp, free_recvs, reserve,
				adv);
		NOTE("exp %x core %x free %u reserve %u adv %x", exp, core,
		     free_recvs, reserve, adv);
		/* Distances from ExpCmdSN - 1 compare as plain numbers. */
		CHECK(got - (exp - 1) >= adv - (exp - 1));
		if (got != adv) {
			CHECK(got - (exp - 1) <= core - (exp - 1));
			CHECK(got - (exp - 1) <= room);
			CHECK(got == core || got - (exp - 1) == room ||
			      got - (exp - 1) == ISER_WINDOW_MAX);
		}
	}
}

/* ---- send queue ---- */

TEST("sq/free-entries-across-the-wrap")
{
	u32 size, used, base;

	for (size = 0; size < 20; size++)
		for (used = 0; used < 40; used++)
			for (base = 0xffffffe0u; base != 0x20; base++)
				CHECK_EQ(iser_sq_free(size, base + used, base),
					 used < size ? size - used : 0);
}

TEST("sq/entry-is-done-when-the-counter-reaches-it")
{
	u32 base, ahead;

	for (base = 0xffffff00u; base != 0x100; base++) {
		/* The first entry of an empty queue has position 1 behind. */
		CHECK(!iser_sq_done(base + 1, base));
		CHECK(iser_sq_done(base + 1, base + 1));
		for (ahead = 1; ahead < 64; ahead++) {
			CHECK(iser_sq_done(base, base + ahead));
			CHECK(!iser_sq_done(base + ahead, base));
		}
	}
	CHECK(iser_sq_done(0, 0x7fffffffu));
	CHECK(!iser_sq_done(0x7fffffffu, 0));
}

TEST("sq/entry-hangs-from-its-count-to-its-post")
{
	u32 base, ahead;

	for (base = 0xffffff00u; base != 0x100; base++) {
		CHECK(!iser_sq_hangs(base, base));
		for (ahead = 1; ahead < 64; ahead++) {
			CHECK(iser_sq_hangs(base + ahead, base));
			CHECK(!iser_sq_hangs(base, base + ahead));
		}
		/* Posted long ago, as a command may have been that takes hours. */
		for (ahead = 0x10000; ahead < 0xffff0000u; ahead += 0x01234567)
			CHECK(!iser_sq_hangs(base, base + ahead));
	}
}

TEST("sq/signal-is-asked-for-in-time")
{
	u32 size, since;

	CHECK(iser_send_wants_signal(0, 400, 400, true));
	CHECK(!iser_send_wants_signal(0, 400, 400, false));
	CHECK(!iser_send_wants_signal(23, 400, 400, false));
	CHECK(iser_send_wants_signal(24, 400, 400, false));
	CHECK(!iser_send_wants_signal(0, 100, 400, false));
	CHECK(iser_send_wants_signal(0, 99, 400, false));
	/* A small queue asks more often, a tiny one always. */
	CHECK(!iser_send_wants_signal(4, 20, 20, false));
	CHECK(iser_send_wants_signal(5, 20, 20, false));
	for (size = 0; size < 4; size++)
		for (since = 0; since < 4; since++)
			CHECK(iser_send_wants_signal(since, size, size, false));
}

TEST("sq/a-queue-of-unsignalled-work-never-locks-up")
{
	u32 size, i, posted, completed, since, last;

	for (size = 1; size < 200; size++) {
		NOTE("size %u", size);
		posted = 0xfffffff0u;
		completed = posted;
		last = posted;
		since = 0;
		for (i = 0; i < 1000; i++) {
			if (!iser_sq_free(size, posted, completed)) {
				/* Full: a completion must be on its way. */
				CHECK(!iser_sq_done(last, completed));
				completed = last;
				continue;
			}
			if (iser_send_wants_signal(since,
						   iser_sq_free(size, posted,
								completed),
						   size, false)) {
				since = 0;
				last = posted + 1;
			} else {
				since++;
			}
			posted++;
		}
	}
}

/* ---- memory regions ---- */

TEST("mr/pages-hold-a-buffer-of-any-alignment")
{
	u32 len, start, pages;

	for (len = 1; len < 300; len++)
		for (start = 0; start < 16; start++) {
			pages = (start + len + 15) / 16;
			CHECK(iser_mr_pages(len, 16) >= pages);
			CHECK(iser_mr_pages(len, 16) <= (len + 15) / 16 + 1);
		}
	CHECK_EQ(iser_mr_pages(0, 4096), 1);
	CHECK_EQ(iser_mr_pages(4096, 4096), 2);
	CHECK_EQ(iser_mr_pages(4097, 4096), 3);
	CHECK_EQ(iser_mr_pages(1 << 20, 4096), 257);
	CHECK_EQ(iser_mr_pages(~0u, 4096), (1 << 20) + 1);
}

/* Rows: the session's rules, the write, and how it must travel. */
static const struct {
	struct iser_write_rules	rules;
	u32			len;
	struct iser_write_split	split;
} splits[] = {
	/* ImmediateData, InitialR2T, FirstBurstLength, segment, Data-Outs */
	/* Yes, Yes: what fits the command; else nothing. */
	{ { 1, 1, 65536, 8192, 16 }, 512, { 512, 0, 0, 512, 0 } },
	{ { 1, 1, 65536, 8192, 16 }, 8192, { 8192, 0, 0, 8192, 0 } },
	{ { 1, 1, 65536, 8192, 16 }, 8704, { 0, 0, 0, 0, 8704 } },
	{ { 1, 1, 4096, 8192, 16 }, 4096, { 4096, 0, 0, 4096, 0 } },
	{ { 1, 1, 4096, 8192, 16 }, 4608, { 0, 0, 0, 0, 4608 } },
	/* No, Yes: nothing. */
	{ { 0, 1, 65536, 8192, 16 }, 512, { 0, 0, 0, 0, 512 } },
	{ { 0, 1, 65536, 8192, 16 }, 262144, { 0, 0, 0, 0, 262144 } },
	/* Yes, No: exactly the smaller of first burst and write. */
	{ { 1, 0, 65536, 8192, 16 }, 512, { 512, 0, 0, 512, 0 } },
	{ { 1, 0, 65536, 8192, 16 }, 8704, { 8192, 512, 1, 8704, 0 } },
	{ { 1, 0, 65536, 8192, 16 }, 65536, { 8192, 57344, 7, 65536, 0 } },
	{ { 1, 0, 65536, 8192, 16 }, 66048, { 8192, 57344, 7, 65536, 512 } },
	{ { 1, 0, 5120, 8192, 16 }, 5632, { 5120, 0, 0, 5120, 512 } },
	{ { 1, 0, 512, 8192, 16 }, 1048576, { 512, 0, 0, 512, 1048064 } },
	{ { 1, 0, 10000, 8192, 16 }, 65536, { 8192, 1808, 1, 10000, 55536 } },
	/* No, No: all of the burst in Data-Outs. */
	{ { 0, 0, 65536, 8192, 16 }, 512, { 0, 512, 1, 512, 0 } },
	{ { 0, 0, 65536, 8192, 16 }, 65536, { 0, 65536, 8, 65536, 0 } },
	{ { 0, 0, 20480, 8192, 16 }, 65536, { 0, 20480, 3, 20480, 45056 } },
	/* As many Data-Outs as there is room for, or none. */
	{ { 0, 0, 65536, 8192, 8 }, 65536, { 0, 65536, 8, 65536, 0 } },
	{ { 0, 0, 65536, 8192, 7 }, 65536, { 0, 0, 0, 0, 65536 } },
	{ { 1, 0, 65536, 8192, 6 }, 65536, { 0, 0, 0, 0, 65536 } },
	{ { 1, 0, 65536, 8192, 0 }, 8192, { 8192, 0, 0, 8192, 0 } },
	/* Pad bytes would be needed. */
	{ { 1, 1, 65536, 8192, 16 }, 510, { 0, 0, 0, 0, 510 } },
	{ { 1, 0, 5122, 8192, 16 }, 8192, { 0, 0, 0, 0, 8192 } },
	{ { 0, 0, 65536, 8190, 16 }, 16384, { 0, 0, 0, 0, 16384 } },
	{ { 0, 0, 65536, 8190, 16 }, 8188, { 0, 8188, 1, 8188, 0 } },
	{ { 0, 0, 8194, 8192, 16 }, 65536, { 0, 0, 0, 0, 65536 } },
	/* Lengths that no honest peer agrees on. */
	{ { 1, 0, 65536, 0, 16 }, 4096, { 0, 0, 0, 0, 4096 } },
	{ { 0, 0, 65536, 0, ~0u }, 4096, { 0, 0, 0, 0, 4096 } },
	{ { 1, 0, 0, 8192, 16 }, 4096, { 0, 0, 0, 0, 4096 } },
	{ { 0, 0, ~0u, 1, 16 }, ~0u, { 0, 0, 0, 0, ~0u } },
	{ { 0, 0, ~0u, 4, ~0u }, ~0u - 3,
	  { 0, ~0u - 3, (~0u - 3) / 4, ~0u - 3, 0 } },
	/* No write at all. */
	{ { 1, 0, 65536, 8192, 16 }, 0, { 0, 0, 0, 0, 0 } },
};

TEST("write/data-is-split-as-the-session-has-agreed")
{
	struct iser_write_split split;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(splits); i++) {
		NOTE("row %u", i);
		memset(&split, 0xa5, sizeof(split));
		iser_write_split(&splits[i].rules, splits[i].len, &split);
		CHECK_EQ(split.immediate, splits[i].split.immediate);
		CHECK_EQ(split.data_out, splits[i].split.data_out);
		CHECK_EQ(split.data_outs, splits[i].split.data_outs);
		CHECK_EQ(split.unsolicited, splits[i].split.unsolicited);
		CHECK_EQ(split.solicited, splits[i].split.solicited);
	}
}

/* Whatever is agreed on, what a target checks holds. */
static void check_split(const struct iser_write_rules *rules, u32 len,
			const struct iser_write_split *split)
{
	u32 burst = rules->first_burst < len ? rules->first_burst : len;

	CHECK_EQ(split->unsolicited, split->immediate + split->data_out);
	CHECK_EQ(split->unsolicited + split->solicited, len);
	CHECK(split->immediate <= rules->max_data);
	CHECK(split->immediate <= burst);
	CHECK(!split->immediate || rules->immediate_data);
	CHECK(!split->data_out || !rules->initial_r2t);
	CHECK(!split->data_out || split->unsolicited == burst);
	CHECK_EQ(!split->data_out, !split->data_outs);
	CHECK(split->data_outs <= rules->max_data_outs);
	CHECK((u64)split->data_outs * rules->max_data >= split->data_out);
	CHECK(!split->data_outs || split->data_out >
	      (u64)(split->data_outs - 1) * rules->max_data);
	CHECK_EQ(split->immediate % 4, 0);
	CHECK_EQ(split->data_out % 4, 0);
	CHECK(split->data_outs < 2 || rules->max_data % 4 == 0);
}

TEST("write/split-keeps-the-rules-for-any-lengths")
{
	static const u32 lens[] = { 0, 1, 4, 511, 512, 513, 4096, 5120, 8188,
				    8190, 8192, 8196, 65536, 131072, 262144,
				    1 << 24, ~0u };
	struct iser_write_split split;
	u32 mode, burst, max, outs, len;

	for (mode = 0; mode < 4; mode++)
	for (burst = 0; burst < ARRAY_SIZE(lens); burst++)
	for (max = 0; max < ARRAY_SIZE(lens); max++)
	for (outs = 0; outs < 20; outs += 3)
	for (len = 0; len < ARRAY_SIZE(lens); len++) {
		const struct iser_write_rules rules = {
			.immediate_data	= mode & 1,
			.initial_r2t	= mode & 2,
			.first_burst	= lens[burst],
			.max_data	= lens[max],
			.max_data_outs	= outs,
		};

		NOTE("mode %u burst %u max %u outs %u len %u", mode,
		     lens[burst], lens[max], outs, lens[len]);
		iser_write_split(&rules, lens[len], &split);
		check_split(&rules, lens[len], &split);
	}
}

TEST("write/elements-are-enough-wherever-a-part-begins")
{
	u32 len, at, used, left, part;

	CHECK_EQ(iser_write_sges(0, 4096), 0);
	CHECK_EQ(iser_write_sges(1, 4096), 1);
	CHECK_EQ(iser_write_sges(8192, 4096), 3);
	CHECK_EQ(iser_write_sges(8193, 4096), 3);
	CHECK_EQ(iser_write_sges(8194, 4096), 4);
	CHECK_EQ(iser_write_sges(~0u, 4096), 1048577);
	/* Pages of 64 bytes, so that all places can be tried. */
	for (len = 1; len < 400; len++)
		for (at = 0; at < 64; at++) {
			used = 0;
			for (left = len; left; left -= part) {
				part = used ? 64 : 64 - at;
				part = part < left ? part : left;
				used++;
			}
			NOTE("%u bytes at %u", len, at);
			CHECK(used <= iser_write_sges(len, 64));
		}
}
