/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queue, credit and slot arithmetic. Pure: a device's limits and a session's
 * wishes in, sizes out, each summand explained where it is added.
 */
#ifndef ISER_LIMITS_H
#define ISER_LIMITS_H

#include "pure.h"

/**
 * struct iser_dev_limits - what a device can do, in the ULP's terms
 * @max_qp_wr: work requests one send or receive queue may hold
 * @max_cqe: entries one completion queue may hold
 * @max_send_sge: scatter/gather elements of a send
 * @max_recv_sge: scatter/gather elements of a receive
 * @max_fr_pages: pages one fast-registration MR may map
 * @max_ird: RDMA Reads a QP may serve
 * @max_ord: RDMA Reads a QP may have outstanding
 * @rw_needs_mr: rdma_rw registers an MR for each RDMA Read (iWARP)
 */
struct iser_dev_limits {
	u32	max_qp_wr;
	u32	max_cqe;
	u32	max_send_sge;
	u32	max_recv_sge;
	u32	max_fr_pages;
	u32	max_ird;
	u32	max_ord;
	bool	rw_needs_mr;
};

/**
 * struct iser_plan - sizes of one endpoint's queues, fixed at QP creation
 * @send_wr: send queue entries, the drain's included
 * @recv_wr: receive queue entries, the drain's included
 * @cqe: completion queue entries: an error flush completes every WR
 * @send_sge: scatter/gather elements of a send
 * @recv_sge: scatter/gather elements of a receive
 * @send_slots: header slots in the send ring
 * @recvs: receive buffers in full feature phase
 * @recv_data: data bytes each takes (target); what may be agreed on as
 *	TargetRecvDataSegmentLength
 * @window: commands that may be outstanding
 * @reserve: receives kept out of the command window (immediate commands,
 *	unsolicited Data-Outs, target-initiated PDUs, a batch not yet reposted);
 *	a target's session may need less, see iser_plan_reserve()
 * @ird: inbound RDMA Reads, 0..255
 * @ord: outbound RDMA Reads, 0..255
 */
struct iser_plan {
	u32	send_wr;
	u32	recv_wr;
	u32	cqe;
	u32	send_sge;
	u32	recv_sge;
	u32	send_slots;
	u32	recvs;
	u32	recv_data;
	u32	window;
	u32	reserve;
	u8	ird;
	u8	ord;
};

#define ISER_DRAIN_WR		1	/* ib_drain_qp() posts one on each queue */
#define ISER_LOGIN_RECVS	2	/* login phase: one in use, one posted */
#define ISER_RECV_CHUNK		8192	/* data is received into such, order 1 */
#define ISER_RECV_CHUNKS	2	/* at most, in one buffer */
#define ISER_RECV_SGE		3	/* headers, a chunk, what an AHS pushed out */
#define ISER_RECV_BATCH		8	/* receives reposted with one doorbell */
#define ISER_SIGNAL_EVERY	24	/* send queue entries for one CQE, at most */

/* Send queue entries a task of the initiator may need: REG_MR, SEND, LOCAL_INV. */
#define ISER_INI_WR_PER_TASK	3
/* Tasks beyond SCSI commands: libiscsi's management tasks. */
#define ISER_INI_MGMT		16
/* PDUs a target may send without being asked: NOP-In, Async, Reject. */
#define ISER_INI_UNEXPECTED	16
/*
 * Unsolicited Data-Outs of commands that are not answered yet. With the
 * management tasks they fill what our target keeps for PDUs that no CmdSN
 * regulates (ISER_TGT_BEYOND).
 */
#define ISER_INI_DATA_OUTS	16

/*
 * Receives beyond the CmdSN window: for what is sent without a CmdSN, which is
 * what the target declares (MaxOutstandingUnexpectedPDUs), and for Data-Outs in
 * flight.
 */
#define ISER_TGT_UNEXPECTED	16
#define ISER_TGT_DATA_OUTS	16
#define ISER_TGT_BEYOND		(ISER_TGT_UNEXPECTED + ISER_TGT_DATA_OUTS)
/*
 * Data bytes of a PDU that a target takes, where the device's receives have an
 * element for each chunk; else it is one chunk.
 */
#define ISER_TGT_RECV_DATA	(ISER_RECV_CHUNKS * ISER_RECV_CHUNK)
/*
 * Commands that may be on their way to a target at a time. A target keeps a
 * buffer no longer than it takes to hand a command on, so this has to do with
 * how long messages travel, and not with how many commands are being executed.
 */
#define ISER_TGT_WINDOW		32
/*
 * With InitialR2T=No a command may bring Data-Outs, and each is a buffer: so many
 * commands whose burst is the default one.
 */
#define ISER_TGT_BURSTS		16
#define ISER_TGT_BURST		65536	/* FirstBurstLength's default */
/* Send queue entries for RDMA Reads and Writes, for each command in the window. */
#define ISER_TGT_RW_PER_CMD	2

#define ISER_WINDOW_MIN		1
#define ISER_WINDOW_MAX		4096

int iser_plan_initiator(const struct iser_dev_limits *lim, u32 cmds,
			u32 send_sge, struct iser_plan *plan);
int iser_plan_target(const struct iser_dev_limits *lim, u32 depth,
		     u32 send_sge, struct iser_plan *plan);

u32 iser_plan_reserve(const struct iser_plan *plan, bool data_outs);
u32 iser_plan_recvs(const struct iser_plan *plan, u32 depth, u32 data_outs);

/* RFC 1982: a is before b on the circle of 2^32 numbers. */
static inline bool iser_serial_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/* CmdSN arithmetic is modulo 2^32 (RFC 7143 section 4.2.2.1). */

/**
 * iser_credit_max_cmdsn - MaxCmdSN that the next PDU may advertise
 * @core_max: MaxCmdSN that LIO would advertise
 * @exp_cmdsn: ExpCmdSN of the same PDU
 * @free_recvs: receive buffers that are posted and not consumed
 * @reserve: receives of the plan that commands may not use
 * @pdus: what a command may be with the Data-Outs that it brings, at least 1
 * @advertised: MaxCmdSN of the last PDU that was sent
 *
 * A window of (free_recvs - reserve) / pdus commands starts at ExpCmdSN, so each
 * PDU the peer may send finds a buffer (RFC 7145 section 8.1). With no buffer to
 * spare the window is closed, which is MaxCmdSN = ExpCmdSN - 1. One command may
 * always come while there is one: a burst may be longer than all buffers together.
 * Data-Outs that are behind ExpCmdSN already live on the reserve. An advertised
 * number is a promise: RFC 7143 section 4.2.2.1 lets it stay, not fall.
 *
 * Context: any.
 * Return: the smaller of LIO's and the buffers' number, or @advertised if that
 * is larger; all modulo 2^32.
 */
static inline u32 iser_credit_max_cmdsn(u32 core_max, u32 exp_cmdsn,
					u32 free_recvs, u32 reserve,
					u32 pdus, u32 advertised)
{
	u32 room = free_recvs > reserve ? free_recvs - reserve : 0;
	u32 max;

	if (unlikely(pdus > 1) && room)
		room = max_t(u32, room / pdus, 1);
	/* No plan has more, and serial comparison needs a bounded distance. */
	room = min_t(u32, room, ISER_WINDOW_MAX);
	max = exp_cmdsn + room - 1;
	if (iser_serial_before(core_max, max))
		max = core_max;
	return iser_serial_before(max, advertised) ? advertised : max;
}

/* Send queue accounting with free-running counters: several times for each I/O. */

/**
 * iser_sq_free - send queue entries that may still be posted
 * @size: entries the queue has for its user
 * @posted: entries posted since the queue was made, modulo 2^32
 * @completed: of those, how many are known to have completed, modulo 2^32
 *
 * Context: any; the counters belong to one snapshot.
 * Return: entries; 0 if the counters contradict @size.
 */
static inline u32 iser_sq_free(u32 size, u32 posted, u32 completed)
{
	u32 used = posted - completed;

	return size - min(used, size);
}

/**
 * iser_sq_done - has the send queue passed a position
 * @position: value of the posted counter right behind the entry in question,
 *	that is with the entry itself counted
 * @completed: entries known to have completed, modulo 2^32
 *
 * Entries complete in the order they were posted, so a completion speaks for
 * all unsignalled ones before it. Holds for entries not older than 2^31.
 *
 * Context: any.
 * Return: true if the entry and all before it have completed.
 */
static inline bool iser_sq_done(u32 position, u32 completed)
{
	return !iser_serial_before(completed, position);
}

/* Work requests that may hang in the chain, and then some. */
#define ISER_SQ_HANGING_MAX	65536U

/**
 * iser_sq_hangs - is an entry counted, but not posted yet
 * @position: as for iser_sq_done()
 * @rung: entries posted so far, modulo 2^32, or a few less
 *
 * Unlike iser_sq_done() for entries of any age, but for one in 2^16 of those that
 * are older than 2^32 less ISER_SQ_HANGING_MAX.
 *
 * Context: any.
 * Return: true if it is at most ISER_SQ_HANGING_MAX behind @rung.
 */
static inline bool iser_sq_hangs(u32 position, u32 rung)
{
	return position - rung - 1 < ISER_SQ_HANGING_MAX;
}

/**
 * iser_signal_every - send queue entries for one completion
 * @size: send queue entries in all
 *
 * Context: any.
 * Return: entries: with no more than that unsignalled, most of a full queue comes
 *	back by itself.
 */
static inline u32 iser_signal_every(u32 size)
{
	return min_t(u32, ISER_SIGNAL_EVERY, size / 4);
}

/**
 * iser_send_wants_signal - shall a send ask for a completion
 * @since_last: send queue entries posted since the last one that asked
 * @free: send queue entries free
 * @size: send queue entries in all
 * @forced: the caller needs to hear of this one
 *
 * Entries come back only through completions: without one every few sends the
 * queue would fill up with finished work and stay full.
 *
 * Context: any.
 * Return: true if the send shall be signalled.
 */
static inline bool iser_send_wants_signal(u32 since_last, u32 free, u32 size,
					  bool forced)
{
	u32 quarter = size / 4;

	if (forced)
		return true;
	if (since_last >= iser_signal_every(size))
		return true;
	return free < quarter;
}

/**
 * struct iser_write_rules - what a session has agreed on for unsolicited data
 * @immediate_data: ImmediateData
 * @initial_r2t: InitialR2T
 * @first_burst: FirstBurstLength
 * @max_data: data segment of one PDU: the target's TargetRecvDataSegmentLength
 * @max_data_outs: Data-Out PDUs that may be sent now
 */
struct iser_write_rules {
	bool	immediate_data;
	bool	initial_r2t;
	u32	first_burst;
	u32	max_data;
	u32	max_data_outs;
};

/**
 * struct iser_write_split - how the data of one write travels
 * @immediate: bytes inside the command, from the first byte on
 * @data_out: bytes in unsolicited Data-Outs, behind those
 * @data_outs: how many PDUs these are
 * @unsolicited: the sum of both: where the bytes of the STag begin
 * @solicited: bytes the STag covers; 0: there is none
 */
struct iser_write_split {
	u32	immediate;
	u32	data_out;
	u32	data_outs;
	u32	unsolicited;
	u32	solicited;
};

void iser_write_split(const struct iser_write_rules *rules, u32 len,
		      struct iser_write_split *split);
u32 iser_write_sges(u32 len, u32 page_size);

u32 iser_mr_pages(u32 max_bytes, u32 page_size);
u8 iser_rd_atom_clamp(u32 device, u32 peer);

#endif /* ISER_LIMITS_H */
