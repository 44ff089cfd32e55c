// SPDX-License-Identifier: GPL-2.0-only
/*
 * How large the queues of an endpoint are, and how much of them a peer may use.
 *
 * Everything is derived from one number, the window: commands that may be
 * outstanding. A device that cannot hold the queues of the window that was
 * asked for gets a smaller window, never a smaller share for each command: the
 * queues are sized so that an overflow is impossible, and stay so.
 *
 *	send queue	a fixed part + some entries for each command
 *	receive queue	a fixed part + one buffer for each command
 *	completion	the sum: when a queue pair goes to error every entry of
 *	queue		both queues completes, signalled or not
 */
#include "limits.h"

/*
 * RDMA Reads the initiator has outstanding. iSER itself needs none; one is what
 * known initiators ask for, and leaves iWARP its ready-to-receive read.
 */
#define INI_ORD		1

/* rdma_conn_param counts RDMA Reads in a byte. */
#define RD_ATOM_MAX	255

/**
 * struct demand - what an endpoint needs of its queues
 * @send_fixed: send queue entries that do not depend on the window
 * @send_per_cmd: send queue entries for each command in the window
 * @recv_fixed: receive queue entries beyond one for each command
 */
struct demand {
	u32	send_fixed;
	u32	send_per_cmd;
	u32	recv_fixed;
};

static u32 fits(u32 have, u32 fixed, u32 per_cmd)
{
	return have < fixed ? 0 : (have - fixed) / per_cmd;
}

static u32 fit_window(const struct iser_dev_limits *lim,
		      const struct demand *need, u32 wish)
{
	u32 window = min_t(u32, wish, ISER_WINDOW_MAX);

	window = min(window, fits(lim->max_qp_wr, need->send_fixed,
				  need->send_per_cmd));
	window = min(window, fits(lim->max_qp_wr, need->recv_fixed, 1));
	return min(window, fits(lim->max_cqe,
				need->send_fixed + need->recv_fixed,
				need->send_per_cmd + 1));
}

static int plan_queues(const struct iser_dev_limits *lim,
		       const struct demand *need, u32 wish,
		       struct iser_plan *plan)
{
	u32 window = fit_window(lim, need, wish);

	if (window < ISER_WINDOW_MIN)
		return -ENOSPC;

	plan->window = window;
	plan->send_wr = need->send_fixed + need->send_per_cmd * window;
	plan->recv_wr = need->recv_fixed + window;
	plan->cqe = plan->send_wr + plan->recv_wr;
	return 0;
}

static int plan_start(const struct iser_dev_limits *lim, u32 wish,
		      u32 send_sge, struct iser_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	if (wish < ISER_WINDOW_MIN || !send_sge)
		return -EINVAL;
	/* Login buffers are scattered on both sides; see common/recv.c. */
	if (!lim->max_send_sge || lim->max_recv_sge < ISER_RECV_SGE)
		return -ENOSPC;

	plan->send_sge = min(send_sge, lim->max_send_sge);
	plan->recv_sge = ISER_RECV_SGE;
	return 0;
}

/**
 * iser_plan_initiator - size the queues of an initiator's endpoint
 * @lim: what the device can do
 * @cmds: SCSI commands libiscsi may have outstanding, at least 1
 * @send_sge: elements of a send the caller would like, at least 1; gets no
 *	more than the device has
 * @plan: result; zeroed first, complete only if 0 is returned
 *
 * RFC 7145 section 8.1.1: a buffer is there for the response to each request,
 * and for what the target may send unasked.
 *
 * Context: any.
 * Return: 0; -EINVAL if nothing was asked for; -ENOSPC if the device cannot
 * hold the queues of a single command, or cannot serve an RDMA Read, without
 * which no solicited write works.
 */
int iser_plan_initiator(const struct iser_dev_limits *lim, u32 cmds,
			u32 send_sge, struct iser_plan *plan)
{
	struct demand need;
	int err;

	err = plan_start(lim, cmds, send_sge, plan);
	if (err)
		return err;
	plan->ird = iser_rd_atom_clamp(lim->max_ird, RD_ATOM_MAX);
	plan->ord = iser_rd_atom_clamp(lim->max_ord, INI_ORD);
	if (!plan->ird)
		return -ENOSPC;

	/*
	 * Receives: one response to each command is in the window. Beyond it
	 * one response to each management task, the PDUs of the target's own
	 * accord, and the batch that was consumed but is not reposted yet.
	 */
	plan->reserve = ISER_INI_MGMT + ISER_INI_UNEXPECTED + ISER_RECV_BATCH;

	/*
	 * Sends: a command takes REG_MR, SEND and LOCAL_INV, a management task
	 * and a Data-Out only its SEND; those that are complete but wait for a
	 * signalled one to say so count as used; ib_drain_qp() needs room of
	 * its own on both queues. Login buffers may still be posted when the
	 * others join them.
	 */
	need.send_fixed = ISER_INI_MGMT + ISER_INI_DATA_OUTS +
			  ISER_SIGNAL_EVERY + ISER_DRAIN_WR;
	need.send_per_cmd = ISER_INI_WR_PER_TASK;
	need.recv_fixed = plan->reserve + ISER_LOGIN_RECVS + ISER_DRAIN_WR;

	err = plan_queues(lim, &need, cmds, plan);
	if (err)
		return err;

	plan->recvs = plan->window + plan->reserve;
	/* A header for each of these, and for those not known to be complete. */
	plan->send_slots = plan->window + ISER_INI_MGMT + ISER_INI_DATA_OUTS +
			   ISER_SIGNAL_EVERY;
	return 0;
}

/**
 * iser_plan_target - size the queues of a target's endpoint
 * @lim: what the device can do
 * @depth: commands the session may have outstanding, at least 1
 * @send_sge: elements of a send or RDMA operation the caller would like, at
 *	least 1; gets no more than the device has
 * @plan: result; zeroed first, complete only if 0 is returned
 *
 * The entries for RDMA Reads and Writes are a budget and not a worst case: a
 * command that needs more waits until the queue has room. A short READ, and a
 * WRITE of a list that one work request takes, need one; where rdma_rw registers
 * an MR for a read (@lim->rw_needs_mr) it is LOCAL_INV, REG_MR and READ. Not all
 * commands are of that kind at once, and an entry is half a kilobyte on some
 * devices. The queues do not differ between the two.
 *
 * Context: any.
 * Return: 0; -EINVAL if nothing was asked for; -ENOSPC if the device cannot
 * hold the queues of a single command, or cannot issue an RDMA Read: it could
 * take no solicited write, and an endless wait would be the only sign of it
 * (RFC 7145 section 7.3.6).
 */
int iser_plan_target(const struct iser_dev_limits *lim, u32 depth,
		     u32 send_sge, struct iser_plan *plan)
{
	struct demand need;
	int err;

	err = plan_start(lim, depth, send_sge, plan);
	if (err)
		return err;
	plan->recv_sge = min_t(u32, lim->max_recv_sge,
			       ISER_RECV_SGE + ISER_RECV_CHUNKS - 1);
	plan->recv_data = min_t(u32, ISER_TGT_RECV_DATA,
				(plan->recv_sge - ISER_RECV_SGE + 1) *
				ISER_RECV_CHUNK);
	/* The initiator never reads from us: ird stays 0. */
	plan->ord = iser_rd_atom_clamp(lim->max_ord, RD_ATOM_MAX);
	if (!plan->ord)
		return -ENOSPC;

	/*
	 * Receives: the window's commands, what CmdSN does not regulate
	 * (immediate commands, Data-Outs in flight), and the batch that was
	 * consumed but is not reposted yet.
	 */
	plan->reserve = ISER_TGT_BEYOND + ISER_RECV_BATCH;

	/*
	 * Sends: one response to each command of the window and to each
	 * unregulated PDU, which is also what a NOP-In, a Reject and a Login
	 * Response live on; the data transfers of each command; the drain.
	 */
	need.send_fixed = ISER_TGT_BEYOND + ISER_DRAIN_WR;
	need.send_per_cmd = 1 + ISER_TGT_RW_PER_CMD;
	need.recv_fixed = plan->reserve + ISER_LOGIN_RECVS + ISER_DRAIN_WR;

	err = plan_queues(lim, &need, depth, plan);
	if (err)
		return err;

	plan->recvs = plan->window + plan->reserve;
	plan->send_slots = plan->window + ISER_TGT_BEYOND;
	return 0;
}

/**
 * iser_plan_reserve - receive buffers that commands of a session may not use
 * @plan: sizes of a target's queues
 * @data_outs: the session may have unsolicited Data-Outs: InitialR2T=No
 *
 * With InitialR2T=Yes no Data-Out is ever sent: what does not go with the command
 * is fetched (RFC 7145 section 7.3.6).
 *
 * Context: any.
 * Return: buffers.
 */
u32 iser_plan_reserve(const struct iser_plan *plan, bool data_outs)
{
	return plan->reserve - (data_outs ? 0 : ISER_TGT_DATA_OUTS);
}
EXPORT_SYMBOL_GPL(iser_plan_reserve);

/**
 * iser_plan_recvs - receive buffers that a session of some depth needs
 * @plan: sizes of the endpoint's queues
 * @depth: commands the session may have outstanding
 * @data_outs: unsolicited Data-Outs that a command may bring, 0 with InitialR2T=Yes
 *
 * The queues were made before the depth was known. A session that may have less
 * outstanding than they hold gets buffers for what it may have, and one that
 * would like more gets the smaller window (iser_credit_max_cmdsn()).
 *
 * The window begins at ExpCmdSN, which moves when a command is handed on and its
 * buffer is back. So with ISER_TGT_WINDOW buffers a deep session still has all
 * its commands outstanding; it is told to send on by the responses. Where they
 * bring Data-Outs there are buffers for ISER_TGT_BURSTS of them whole.
 *
 * Context: any.
 * Return: buffers, at most the plan's @recvs.
 */
u32 iser_plan_recvs(const struct iser_plan *plan, u32 depth, u32 data_outs)
{
	u32 window = min_t(u32, min(depth, plan->window), ISER_TGT_WINDOW);
	u32 bursts = min_t(u32, window, ISER_TGT_BURSTS) * (1 + data_outs);

	window = max(window, bursts);
	return min(max_t(u32, window, ISER_WINDOW_MIN) +
		   iser_plan_reserve(plan, data_outs), plan->recvs);
}
EXPORT_SYMBOL_GPL(iser_plan_recvs);

/* No pad bytes: there is no memory for them behind a command's data. */
static bool needs_no_pad(u32 len)
{
	return len % 4 == 0;
}

/* RFC 7145 section 6.4: all but the last Data-Out are as long as may be. */
static bool split_burst(const struct iser_write_rules *rules,
			struct iser_write_split *split)
{
	u32 max = rules->max_data, rest = split->data_out;

	if (!rest)
		return true;
	if (!max)
		return false;
	split->data_outs = rest / max + !!(rest % max);
	return split->data_outs <= rules->max_data_outs && needs_no_pad(rest) &&
	       (split->data_outs == 1 || needs_no_pad(max));
}

/**
 * iser_write_split - how the data of a write is to travel
 * @rules: what the session has agreed on, and how many Data-Outs there is room
 *	for
 * @len: bytes of the write
 * @split: result
 *
 * The session's word is a permission and no duty (RFC 7143 sections 13.10 and
 * 13.11), so:
 *
 *	InitialR2T=No	The unsolicited burst is what a target expects once the
 *			F bit of the command is clear: exactly the smaller of
 *			FirstBurstLength and the write (section 11.4.7.2,
 *			"incorrect amount of data"), immediate data first.
 *	InitialR2T=Yes	Immediate data is sent when it is the whole write. A
 *			part of it would cost the target a copy and save
 *			nothing: the rest has to be fetched all the same.
 *
 * What cannot be sent so - pad bytes would be needed, no room for the Data-Outs
 * - is left to the target to fetch, all of it.
 *
 * Context: any.
 */
void iser_write_split(const struct iser_write_rules *rules, u32 len,
		      struct iser_write_split *split)
{
	u32 burst = min(rules->first_burst, len);

	memset(split, 0, sizeof(*split));
	if (rules->immediate_data)
		split->immediate = min(burst, rules->max_data);
	if (!rules->initial_r2t)
		split->data_out = burst - split->immediate;
	else if (split->immediate < len)
		split->immediate = 0;

	if (!needs_no_pad(split->immediate) || !split_burst(rules, split))
		memset(split, 0, sizeof(*split));
	split->unsolicited = split->immediate + split->data_out;
	split->solicited = len - split->unsolicited;
}
EXPORT_SYMBOL_GPL(iser_write_split);

/**
 * iser_write_sges - elements that a part of a write may need
 * @len: bytes of the part; it begins anywhere
 * @page_size: every segment of the write but the first begins, and every one
 *	but the last ends, on a multiple of it; a power of two
 *
 * Context: any.
 * Return: how many at most; 0 for no bytes.
 */
u32 iser_write_sges(u32 len, u32 page_size)
{
	/* One byte in the first page, the others behind it. */
	return len ? 1 + (len - 1) / page_size + !!((len - 1) % page_size) : 0;
}
EXPORT_SYMBOL_GPL(iser_write_sges);

/**
 * iser_mr_pages - pages an MR needs for a buffer of any alignment
 * @max_bytes: length of the longest buffer
 * @page_size: bytes in a page of the MR, not 0
 *
 * A buffer that starts in the middle of a page ends in the middle of one more.
 *
 * Context: any.
 * Return: pages.
 */
u32 iser_mr_pages(u32 max_bytes, u32 page_size)
{
	/* DIV_ROUND_UP() could overflow its sum. */
	return max_bytes / page_size + !!(max_bytes % page_size) + 1;
}
EXPORT_SYMBOL_GPL(iser_mr_pages);

/**
 * iser_rd_atom_clamp - RDMA Reads both ends agree to
 * @device: what the own device can do
 * @peer: what the other end offers, or the caller's own bound
 *
 * Context: any.
 * Return: the smaller one, at most 255, which is what the CM can express.
 */
u8 iser_rd_atom_clamp(u32 device, u32 peer)
{
	return min_t(u32, min(device, peer), RD_ATOM_MAX);
}
