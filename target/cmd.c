// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands: their turn on the send queue, and their end.
 *
 * The send queue has a fixed size, and LIO's responders do not know it. A
 * command that finds no room waits in tx_wait, and everything behind it waits
 * too, so that responses leave in the order in which they were queued; the next
 * completion wakes the list. LIO is never told to come back: its queue-full
 * work would spin, and most of its callers ignore what get_dataout returns.
 *
 * The end of a command. A SCSI command of which the device has nothing more to
 * read when its response is on the send queue ends right there, in the context
 * that posted it: the header is the ring's, a short READ's chunks go to the slot
 * (isert_rsp_respond()), and no completion is asked for. So no abort, no LUN that
 * is removed and no tag waits for the send queue, and what a response without a
 * completion leaves behind is the connection's own.
 *
 * Any other command whose response was posted ends when its slot comes back,
 * sent or flushed: mapped memory first, then LIO's command. Its response is
 * signalled. One that cannot be posted any more, because the connection has
 * ended, is as good as flushed (isert_cmd_over()).
 *
 * The connection's list (conn_cmd_list) decides who ends all others, see
 * conn.c. A SCSI command leaves it when its response is posted: from then on it
 * is ours to end, and its task tag may come again.
 *
 * The end of the connection. LIO frees the commands on its list one after the
 * other and waits for each, and so does a LUN reset that came by another session
 * with the commands it has aborted: in another order. Each would wait for what
 * the other has in its hands. So before LIO gets to its list there must be no
 * command on it that target core has (isert_cmd_end_all()).
 */
#include <linux/slab.h>
#include <target/target_core_backend.h>

#include "isert.h"

#define ISERT_CORE_POLL		max(HZ / 10, 1)

static void isert_cmd_unmap(struct isert_cmd *icmd)
{
	isert_data_end(icmd);
	iser_buf_free(icmd->conn->ep, icmd->buf);
	icmd->buf = NULL;
}

/**
 * isert_cmd_drop - give back what a command has mapped for the device
 * @icmd: command that is not on the send queue
 *
 * The command itself stays LIO's.
 *
 * Context: process, also with softirqs off.
 */
void isert_cmd_drop(struct isert_cmd *icmd)
{
	isert_cmd_unmap(icmd);
	WRITE_ONCE(icmd->tx, ISERT_TX_NONE);
}

/* Neither we nor LIO keep a list of Rejects, or of Text Requests that it rejects. */
static bool isert_cmd_is_unlisted(const struct iscsit_cmd *cmd)
{
	return cmd->iscsi_opcode == ISCSI_OP_REJECT &&
	       list_empty(&cmd->i_conn_node);
}

/*
 * Has nobody any more use for the command than to send its response, or the rest
 * of its data and that? Target core has answered it; we get task management back
 * with nothing else; and what is on no list of LIO's is nobody else's to end.
 *
 * LIO must not find on its list what target core has answered: for a moment target
 * core does not have it any more, but still its reference, and LIO would put that.
 */
static bool isert_cmd_is_done(struct isert_cmd *icmd)
{
	const struct iscsit_cmd *cmd = isert_cmd_lio(icmd);

	if (cmd->iscsi_opcode == ISCSI_OP_SCSI_TMFUNC ||
	    isert_cmd_is_unlisted(cmd))
		return true;
	return icmd->status && !isert_cmd_is_stranded(cmd);
}

/**
 * isert_cmd_over - what a command has to send cannot be sent any more
 * @icmd: command of a connection that has ended, not on the send queue
 *
 * Its response is as good as flushed. A command that had no response yet stays
 * on LIO's list.
 *
 * Context: process; LIO has not got to its list yet, see isert_cmd_end_all().
 */
void isert_cmd_over(struct isert_cmd *icmd)
{
	struct isert_conn *conn = icmd->conn;
	bool done = isert_cmd_is_done(icmd);

	isert_cmd_drop(icmd);
	if (!done)
		return;
	isert_data_return(icmd);
	isert_cmd_release(isert_cmd_lio(icmd));
	wake_up_all(&conn->wait);
}

static int isert_cmd_post_locked(struct isert_conn *conn,
				 struct isert_cmd *icmd)
{
	if (icmd->tx == ISERT_TX_RSP)
		return isert_rsp_post_locked(conn, icmd);
	return isert_data_post_locked(conn, icmd);
}

static void isert_cmd_kick_locked(struct isert_conn *conn)
{
	struct isert_cmd *icmd, *next;
	int err;

	list_for_each_entry_safe(icmd, next, &conn->tx_wait, node) {
		list_del_init(&icmd->node);
		err = isert_cmd_post_locked(conn, icmd);
		if (err != -ENOBUFS && err != -ENOTCONN)
			continue;
		/* Its turn again later, or in ops->drained(). */
		list_add(&icmd->node, &conn->tx_wait);
		return;
	}
	/* A ping may wait for room, too. */
	iser_sq_watch(conn->ep, conn->unasked.nr_held && !conn->unasked.ping);
}

/*
 * After a reset has succeeded the initiator ends all STags it was about, so no
 * data and no response of those commands may follow. Target core aborts what
 * has not run and waits for it, but a command that has run is left to respond:
 * its response must be on the send queue first.
 */
static bool isert_cmd_tmf_ready(struct iscsit_conn *lio)
{
	struct iscsit_cmd *cmd;
	bool ready = true;

	spin_lock_bh(&lio->cmd_lock);
	list_for_each_entry(cmd, &lio->conn_cmd_list, i_conn_node) {
		struct isert_cmd *icmd = iscsit_priv_cmd(cmd);

		if (cmd->iscsi_opcode != ISCSI_OP_SCSI_CMD ||
		    READ_ONCE(icmd->tx) == ISERT_TX_RSP)
			continue;
		if (READ_ONCE(cmd->se_cmd.transport_state) & CMD_T_COMPLETE) {
			ready = false;
			break;
		}
	}
	spin_unlock_bh(&lio->cmd_lock);
	return ready;
}

/**
 * isert_cmd_post_tmfs - post the task management responses that may go now
 * @conn: connection; a response was posted, or one of these came
 *
 * Context: process.
 */
void isert_cmd_post_tmfs(struct isert_conn *conn)
{
	struct isert_cmd *icmd, *next;
	LIST_HEAD(list);

	if (!isert_cmd_tmf_ready(conn->lio))
		return;
	spin_lock_bh(&conn->lock);
	list_splice_init(&conn->tmf_list, &list);
	spin_unlock_bh(&conn->lock);
	list_for_each_entry_safe(icmd, next, &list, node) {
		list_del_init(&icmd->node);
		isert_cmd_post(icmd, ISERT_TX_RSP);
	}
}

/**
 * isert_cmd_retry_locked - commands that were kept back may go now
 * @conn: connection; tx_lock held
 * @list: commands, in order; empty then
 *
 * Context: tx_lock held, the endpoint is not drained.
 */
void isert_cmd_retry_locked(struct isert_conn *conn, struct list_head *list)
{
	list_splice_tail_init(list, &conn->tx_wait);
	iser_sq_watch(conn->ep, true);
	isert_cmd_kick_locked(conn);
}

/**
 * isert_cmd_wait_locked - there is no room: the command waits for its turn
 * @conn: connection; tx_lock held; established, or others wait already
 * @icmd: command, its @tx set
 *
 * Context: tx_lock held since the look at the room.
 */
void isert_cmd_wait_locked(struct isert_conn *conn, struct isert_cmd *icmd)
{
	list_add_tail(&icmd->node, &conn->tx_wait);
	iser_sq_watch(conn->ep, true);
	/* Room may have come before the watch did. */
	isert_cmd_kick_locked(conn);
}

/**
 * isert_cmd_post - put a command on the send queue, now or when there is room
 * @icmd: command, with a mapped slice or a response
 * @tx: what to post
 *
 * Its end comes with a completion; isert_rsp_respond() is for most commands, whose
 * end need not wait for one.
 *
 * Who calls keeps the connection: target core by the reference to the command
 * that it has while it calls, LIO's kthread and our work by being waited for.
 *
 * Context: process.
 */
void isert_cmd_post(struct isert_cmd *icmd, enum isert_tx tx)
{
	struct isert_conn *conn = icmd->conn;
	int err = -ENOBUFS;

	WRITE_ONCE(icmd->tx, tx);
	iser_tx_lock(conn->ep);
	/* @tx before the look at tmf_list; pairs with isert_cmd_post_tmf(). */
	smp_mb__after_spinlock();
	if (list_empty(&conn->tx_wait))
		err = isert_cmd_post_locked(conn, icmd);
	if (err == -ENOBUFS)
		isert_cmd_wait_locked(conn, icmd);
	iser_tx_unlock(conn->ep);
	if (err == -ENOTCONN)
		isert_cmd_over(icmd);
	isert_cmd_recheck_tmfs(conn);
}

/**
 * isert_cmd_post_tmf - post a task management response in its turn
 * @icmd: command whose response is built
 *
 * Context: process.
 */
void isert_cmd_post_tmf(struct isert_cmd *icmd)
{
	struct isert_conn *conn = icmd->conn;

	spin_lock_bh(&conn->lock);
	list_add_tail(&icmd->node, &conn->tmf_list);
	spin_unlock_bh(&conn->lock);
	/* The list before the look at each @tx; pairs with isert_cmd_post(). */
	smp_mb();
	isert_cmd_recheck_tmfs(conn);
}

/**
 * isert_cmd_sq_advanced - the send queue has room: serve who waits
 * @conn: connection
 *
 * Context: CQ kworker.
 */
void isert_cmd_sq_advanced(struct isert_conn *conn)
{
	iser_tx_lock(conn->ep);
	isert_cmd_kick_locked(conn);
	iser_tx_unlock(conn->ep);
	isert_unasked_ask(conn);
}

/*
 * Task management has a reference for target core, which LIO gives back where it
 * answers by itself: no such task, no such LUN. It forgets that for a request
 * that is not immediate. The session would never end.
 */
static bool isert_cmd_keeps_core_ref(const struct iscsit_cmd *cmd)
{
	return !cmd->immediate_cmd && !cmd->se_cmd.se_tmr_req->call_transport;
}

/**
 * isert_cmd_release - LIO's command has no further use
 * @cmd: command; the fabric's reference to it goes, and the one that LIO forgets
 *
 * Context: process.
 */
void isert_cmd_release(struct iscsit_cmd *cmd)
{
	isert_cmd_unlink(cmd);
	if (cmd->data_direction == DMA_TO_DEVICE)
		iscsit_stop_dataout_timer(cmd);
	if (cmd->iscsi_opcode == ISCSI_OP_SCSI_TMFUNC) {
		iscsit_tmr_post_handler(cmd, cmd->conn);
		if (isert_cmd_keeps_core_ref(cmd))
			target_put_sess_cmd(&cmd->se_cmd);
	}
	/* Commands that never got as far as target core have no se_tfo. */
	if (cmd->se_cmd.se_tfo)
		transport_generic_free_cmd(&cmd->se_cmd, 0);
	else
		iscsit_release_cmd(cmd);
}

/**
 * isert_cmd_remove - end a command that gets no response
 * @cmd: command that LIO wants removed (ISTATE_REMOVE): its CmdSN was none that is
 *	waited for, and target core's reference, if there was one, has gone; or a
 *	NOP-In that was answered
 *
 * Context: process.
 */
void isert_cmd_remove(struct iscsit_cmd *cmd)
{
	isert_cmd_unlink(cmd);
	isert_data_return(iscsit_priv_cmd(cmd));
	iscsit_free_cmd(cmd, false);
}

/*
 * A text response that promised more keeps its command for the next request,
 * and a NOP-In that asked for an answer keeps its own until LIO has it.
 */
static bool isert_cmd_goes_on(struct isert_conn *conn, struct isert_cmd *icmd)
{
	const struct iscsi_nopin *rsp = (const void *)icmd->bhs;

	if (rsp->opcode == ISCSI_OP_TEXT_RSP &&
	    !(rsp->flags & ISCSI_FLAG_CMD_FINAL)) {
		spin_lock_bh(&conn->lock);
		conn->text = isert_cmd_lio(icmd);
		conn->text_leaving = NULL;
		spin_unlock_bh(&conn->lock);
		return true;
	}
	if (rsp->opcode != ISCSI_OP_NOOP_IN || rsp->itt != RESERVED_ITT ||
	    rsp->ttt == cpu_to_be32(ISER_TAG_NONE))
		return false;
	/* We are through with it; pairs with isert_rx_take_ping(). */
	smp_store_release(&icmd->tx, ISERT_TX_ANSWER);
	return true;
}

/**
 * isert_cmd_sent - a response's slot came back: end a command that waited for it
 * @ep: endpoint
 * @send: slot; its owner is the command
 * @flushed: the connection ended first
 *
 * Context: CQ kworker, or stop work.
 */
void isert_cmd_sent(struct iser_ep *ep, struct iser_send *send, bool flushed)
{
	struct isert_cmd *icmd = send->owner;
	struct isert_conn *conn = icmd->conn;
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);

	/* @tx stays: to isert_cmd_tmf_ready() it has responded. */
	isert_cmd_unmap(icmd);
	isert_data_return(icmd);
	if (isert_cmd_goes_on(conn, icmd)) {
		if (unlikely(READ_ONCE(conn->starved)))
			isert_rx_room(conn);
		return;
	}
	if (cmd->iscsi_opcode == ISCSI_OP_LOGOUT) {
		/* LIO ends it with the connection; its handler may sleep. */
		conn->logout_cmd = cmd;
		kref_get(&conn->ref);
		queue_work(isert_logout_wq, &conn->logout_work);
		return;
	}
	if (unlikely(isert_cmd_is_stranded(cmd))) {
		WRITE_ONCE(icmd->tx, ISERT_TX_NONE);
		iser_ep_stop(ep, ISER_STOP_PROTOCOL);
		return;
	}
	isert_cmd_release(cmd);
	if (unlikely(READ_ONCE(conn->starved)))
		isert_rx_room(conn);
}

/**
 * isert_cmd_aborted - LIO's aborted_task: an abort ends the command
 * @lio: connection
 * @cmd: command; its references are target core's to drop
 *
 * Nothing is mapped: target core aborts a command only before its data is asked
 * for, after isert_rx_fetched() was executed, or after the drain.
 *
 * Context: process.
 */
void isert_cmd_aborted(struct iscsit_conn *lio, struct iscsit_cmd *cmd)
{
	struct isert_cmd *icmd = iscsit_priv_cmd(cmd);

	isert_cmd_unlink(cmd);
	isert_data_return(icmd);
	if (cmd->data_direction == DMA_TO_DEVICE)
		iscsit_stop_dataout_timer(cmd);
	WARN_ON_ONCE(icmd->tx != ISERT_TX_NONE);
	/* LIO widens the window with responses, and this has none. */
	iscsit_increment_maxcmdsn(cmd, lio->sess);
	isert_rsp_watch_window(lio->context);
	/* isert_cmd_end_all() may wait for it. */
	wake_up_all(&icmd->conn->wait);
}

/* Is target core going to come back to us with this one? */
static bool isert_cmd_is_in_core(struct iscsit_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u32 busy = CMD_T_ACTIVE;

	/* One that was aborted ends in queue_status or aborted_task. */
	if (cmd->iscsi_opcode == ISCSI_OP_SCSI_CMD)
		busy |= CMD_T_ABORTED;
	return se_cmd->se_tfo && READ_ONCE(se_cmd->transport_state) & busy;
}

static bool isert_cmd_none_in_core(struct iscsit_conn *lio)
{
	struct iscsit_cmd *cmd;
	bool none = true;

	spin_lock_bh(&lio->cmd_lock);
	list_for_each_entry(cmd, &lio->conn_cmd_list, i_conn_node) {
		none = !isert_cmd_is_in_core(cmd);
		if (!none)
			break;
	}
	spin_unlock_bh(&lio->cmd_lock);
	return none;
}

/*
 * A WRITE whose data is not all here, and will not come; or which has its data,
 * but waits for a CmdSN that will not come.
 */
static bool isert_cmd_wants_data(const struct iscsit_cmd *cmd)
{
	return cmd->iscsi_opcode == ISCSI_OP_SCSI_CMD && cmd->se_cmd.se_tfo &&
	       READ_ONCE(cmd->se_cmd.t_state) == TRANSPORT_WRITE_PENDING &&
	       (!(cmd->cmd_flags & ICF_GOT_LAST_DATAOUT) ||
		cmd->cmd_flags & ICF_OOO_CMDSN);
}

/*
 * Target core waits for such a WRITE to be executed, and so does whoever has
 * aborted it.
 */
static void isert_cmd_fail_pending(struct iscsit_conn *lio)
{
	struct iscsit_cmd *cmd;

	spin_lock_bh(&lio->cmd_lock);
	list_for_each_entry(cmd, &lio->conn_cmd_list, i_conn_node)
		if (isert_cmd_wants_data(cmd))
			target_complete_cmd(&cmd->se_cmd,
					    SAM_STAT_TASK_ABORTED);
	spin_unlock_bh(&lio->cmd_lock);
}

/*
 * LIO's kthread, which serves two queues, does not run any more: the commands are
 * ours to end. Their places in the queues are LIO's to free; they may be empty.
 */
static void isert_cmd_unqueue(struct iscsit_conn *lio, bool immediate,
			      bool (*wanted)(const struct iscsi_queue_req *qr),
			      struct list_head *to)
{
	struct list_head *queue = immediate ? &lio->immed_queue_list :
					      &lio->response_queue_list;
	spinlock_t *lock = immediate ? &lio->immed_queue_lock :
				       &lio->response_queue_lock;
	struct iscsi_queue_req *qr;
	struct isert_cmd *icmd;

	spin_lock_bh(lock);
	list_for_each_entry(qr, queue, qr_list) {
		if (!qr->cmd || !wanted(qr))
			continue;
		icmd = iscsit_priv_cmd(qr->cmd);
		atomic_dec(immediate ? &qr->cmd->immed_queue_count :
				       &qr->cmd->response_queue_count);
		qr->cmd = NULL;
		if (to)
			list_add_tail(&icmd->node, to);
	}
	spin_unlock_bh(lock);
}

static struct isert_cmd *isert_cmd_next_of(struct list_head *list)
{
	struct isert_cmd *icmd = list_first_entry_or_null(list,
							  struct isert_cmd,
							  node);

	if (icmd)
		list_del_init(&icmd->node);
	return icmd;
}

static bool isert_cmd_is_dropped(const struct iscsi_queue_req *qr)
{
	return qr->state == ISTATE_REMOVE;
}

/*
 * First those that LIO has dropped: SCSI commands have one reference less than
 * others then, so nothing else may be done with them.
 */
static void isert_cmd_end_dropped(struct iscsit_conn *lio)
{
	struct isert_cmd *icmd;
	LIST_HEAD(list);

	isert_cmd_unqueue(lio, true, isert_cmd_is_dropped, &list);
	while ((icmd = isert_cmd_next_of(&list)))
		isert_cmd_remove(isert_cmd_lio(icmd));
}

/*
 * Stranded WRITEs are not over with their response. Once target core is told to
 * fail them it answers them again, if they were aborted, and that one ends them.
 */
static bool isert_cmd_is_not_over(const struct iscsi_queue_req *qr)
{
	return isert_cmd_is_stranded(qr->cmd);
}

/* Is target core through with a command that LIO has queued to be answered? */
static bool isert_cmd_is_queued(const struct iscsi_queue_req *qr)
{
	const struct iscsit_cmd *cmd = qr->cmd;

	if (qr->state == ISTATE_SEND_REJECT)
		return isert_cmd_is_unlisted(cmd);
	if (qr->state != ISTATE_SEND_STATUS &&
	    qr->state != ISTATE_SEND_TASKMGTRSP)
		return false;
	return !(READ_ONCE(cmd->se_cmd.transport_state) & CMD_T_ACTIVE);
}

/* Those with a response end as they would behind its Send. */
static void isert_cmd_end_queued(struct iscsit_conn *lio)
{
	struct isert_cmd *icmd;
	LIST_HEAD(list);

	isert_cmd_unqueue(lio, false, isert_cmd_is_queued, &list);
	while ((icmd = isert_cmd_next_of(&list))) {
		isert_data_return(icmd);
		isert_cmd_release(isert_cmd_lio(icmd));
	}
}

/**
 * isert_cmd_end_all - the connection is over: let target core end its commands
 * @lio: connection that is drained; no work of ours runs for it
 *
 * Waits for back ends, as LIO would behind us. What is left on LIO's list has
 * never been with target core, or target core is through with it.
 *
 * Context: process, sleeps; in wait_conn.
 */
void isert_cmd_end_all(struct iscsit_conn *lio)
{
	struct isert_conn *conn = lio->context;

	isert_cmd_end_dropped(lio);
	isert_cmd_unqueue(lio, false, isert_cmd_is_not_over, NULL);
	isert_cmd_fail_pending(lio);
	/* Neither LIO's queue nor target core tells, so look again. */
	do {
		isert_cmd_end_queued(lio);
	} while (!wait_event_timeout(conn->wait, isert_cmd_none_in_core(lio),
				     ISERT_CORE_POLL));
	isert_cmd_end_queued(lio);
}
