// SPDX-License-Identifier: GPL-2.0-only
/*
 * PDUs that nobody asked for: Reject, Asynchronous Message, and the NOP-In of
 * the target's own account (RFC 7145 sections 6.7 and 8.1.2).
 *
 * An initiator that has declared MaxOutstandingUnexpectedPDUs has buffers for so
 * many. A Reject or an Asynchronous Message is outstanding until the initiator
 * acknowledges its StatSN. Room for one is kept for a ping: an initiator with
 * nothing to say would never acknowledge anything. A NOP-In that asks for no
 * answer would be outstanding until some later PDU is acknowledged, and nobody
 * knows when that is; so it asks (TTT), and there is one at a time.
 *
 * A Reject that finds no room is held, and the ping goes out in its place; it
 * leaves when ExpStatSN has moved. An Asynchronous Message is left out.
 *
 * ExpStatSN is noted when a PDU arrives and not in its turn, which may be behind
 * a PDU that waits for the tag of a Reject that is held. An initiator that makes
 * us reject ever more and acknowledges nothing is disconnected: each Reject that
 * is held has a tag of LIO's.
 *
 * Most initiators declare nothing. Then nothing is counted, and a ping is only what
 * alive.c asks.
 *
 * All of it is under the endpoint's tx_lock.
 */
#include <linux/unaligned.h>
#include <scsi/iscsi_proto.h>

#include "isert.h"

/* Marks the answers to our pings; LIO sends none over iSER. */
#define ISERT_PING_TTT		0x69536552

/* Rejects that may be held; LIO has eight tags more than commands. */
#define ISERT_HELD_MAX		6

/* The same place in every PDU an initiator sends (RFC 7143 section 11.2.1). */
#define ISERT_BHS_EXP_STATSN	offsetof(struct iscsi_scsi_req, exp_statsn)

/**
 * isert_unasked_init - prepare a new connection
 * @conn: connection
 *
 * Context: any.
 */
void isert_unasked_init(struct isert_conn *conn)
{
	INIT_LIST_HEAD(&conn->unasked.held);
}

/**
 * isert_unasked_apply - the login is over: note what the initiator can take
 * @conn: connection in which nothing but Login Responses was sent yet
 *
 * Context: process.
 */
void isert_unasked_apply(struct isert_conn *conn)
{
	u32 declared = conn->keys.unexpected;

	/* 1 is not a legal value, 0 is no limit. */
	if (declared)
		conn->unasked.max = min_t(u32, declared - 1, ISERT_UNASKED_MAX);
}

/**
 * isert_unasked_fits_locked - may another one be sent
 * @conn: connection; tx_lock held
 *
 * Context: tx_lock held.
 * Return: true if so.
 */
bool isert_unasked_fits_locked(const struct isert_conn *conn)
{
	const struct isert_unasked *un = &conn->unasked;

	return likely(!un->max) || un->head - un->tail < un->max;
}

/**
 * isert_unasked_sent_locked - one is being sent
 * @conn: connection; tx_lock held
 * @statsn: its StatSN
 *
 * Context: tx_lock held.
 */
void isert_unasked_sent_locked(struct isert_conn *conn, u32 statsn)
{
	struct isert_unasked *un = &conn->unasked;

	if (un->max)
		un->statsn[un->head++ % ISERT_UNASKED_MAX] = statsn;
}

/**
 * isert_unasked_hold_locked - keep a response that may not leave now
 * @conn: connection; tx_lock held
 * @icmd: command whose response is built
 *
 * Context: tx_lock held.
 * Return: true if it is held; whoever has posted it calls isert_unasked_ask().
 */
bool isert_unasked_hold_locked(struct isert_conn *conn, struct isert_cmd *icmd)
{
	const struct iscsi_hdr *hdr = (const void *)icmd->bhs;
	struct isert_unasked *un = &conn->unasked;

	if (isert_unasked_fits_locked(conn) ||
	    hdr->opcode != ISCSI_OP_REJECT ||
	    iser_ep_state(conn->ep) != ISER_EP_ESTABLISHED)
		return false;
	list_add_tail(&icmd->node, &un->held);
	un->nr_held++;
	return true;
}

/**
 * isert_unasked_ping_locked - ask the initiator for an answer, if it owes none yet
 * @conn: connection; tx_lock held
 *
 * Context: tx_lock held.
 * Return: false if there is no room for it now.
 */
bool isert_unasked_ping_locked(struct isert_conn *conn)
{
	if (conn->unasked.ping)
		return true;
	if (!isert_rsp_post_nop_locked(conn, ISERT_PING_TTT))
		return false;
	conn->unasked.ping = true;
	return true;
}

/**
 * isert_unasked_ask - see to it that what is held can leave
 * @conn: connection on which responses were posted
 *
 * Context: process.
 */
void isert_unasked_ask(struct isert_conn *conn)
{
	struct isert_unasked *un = &conn->unasked;

	if (likely(!un->max))
		return;
	iser_tx_lock(conn->ep);
	if (un->nr_held > ISERT_HELD_MAX) {
		iser_tx_unlock(conn->ep);
		iser_ep_stop(conn->ep, ISER_STOP_PROTOCOL);
		return;
	}
	if (un->nr_held && !isert_unasked_ping_locked(conn)) {
		/* The next completion brings us here again; or was it the last? */
		iser_sq_watch(conn->ep, true);
		isert_unasked_ping_locked(conn);
	}
	iser_tx_unlock(conn->ep);
}

static bool isert_unasked_is_pong(const struct iscsi_nopout *hdr)
{
	return (hdr->opcode & ISCSI_OPCODE_MASK) == ISCSI_OP_NOOP_OUT &&
	       hdr->itt == RESERVED_ITT &&
	       hdr->ttt == cpu_to_be32(ISERT_PING_TTT);
}

static void isert_unasked_acked(struct isert_conn *conn, const u8 *bhs)
{
	u32 exp = get_unaligned_be32(bhs + ISERT_BHS_EXP_STATSN);
	struct isert_unasked *un = &conn->unasked;

	iser_tx_lock(conn->ep);
	while (un->tail != un->head &&
	       iscsi_sna_lt(un->statsn[un->tail % ISERT_UNASKED_MAX], exp))
		un->tail++;
	if (isert_unasked_is_pong((const void *)bhs))
		un->ping = false;
	if (un->nr_held && isert_unasked_fits_locked(conn)) {
		un->nr_held = 0;
		isert_cmd_retry_locked(conn, &un->held);
	}
	iser_tx_unlock(conn->ep);
	isert_unasked_ask(conn);
}

/**
 * isert_unasked_arrived - a PDU is here: what does it acknowledge
 * @conn: connection
 * @recv: its buffer
 *
 * Context: CQ kworker.
 */
void isert_unasked_arrived(struct isert_conn *conn,
			   const struct iser_recv *recv)
{
	if (conn->unasked.max && recv->pdu.msg == ISER_MSG_CTRL)
		isert_unasked_acked(conn, recv->hdr + ISER_HDR_LEN);
}

/**
 * isert_unasked_takes - is it the answer to a ping of ours
 * @conn: connection
 * @hdr: a NOP-Out
 *
 * Context: the connection's work.
 * Return: true if so; LIO knows nothing of it.
 */
bool isert_unasked_takes(struct isert_conn *conn,
			 const struct iscsi_nopout *hdr)
{
	bool takes;

	if (likely(!isert_unasked_is_pong(hdr)))
		return false;
	/* Noted when it arrived; by now there may be another ping. */
	if (conn->unasked.max)
		return true;
	iser_tx_lock(conn->ep);
	takes = conn->unasked.ping;
	conn->unasked.ping = false;
	iser_tx_unlock(conn->ep);
	return takes;
}
