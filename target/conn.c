// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: from CONNECT_REQUEST to LIO's free_conn.
 *
 * Two cores meet here, each with its own idea of the end. The endpoint ends
 * when its queue pair is drained; that must not wait for a back end. LIO ends
 * the connection in wait_conn and free_conn; that may take as long as a back
 * end takes. So:
 *
 * - Whoever touches memory that belongs to the device - a receive buffer, a
 *   mapped scatterlist - is a user (isert_conn_use()). ops->drained() kills the
 *   counter and waits for zero. No user waits for a back end: a PDU is copied
 *   out and its buffer released before the command is executed.
 * - Commands belong to LIO. One whose response was posted is released when the
 *   slot comes back, sent or flushed, and one that is answered when nothing can
 *   be posted any more is released at once. wait_conn waits until target core
 *   has answered what it was working on, a back end's commands among it, and
 *   fails the WRITEs whose data was still to come: see isert_cmd_end_all(). Any
 *   other command stays on conn_cmd_list, and LIO ends it in
 *   iscsit_release_commands_from_conn() exactly as it does for TCP, after
 *   wait_conn. free_conn then waits for those that an abort owns.
 * - ops->terminated() is the notice to LIO: to the thread or work that owns the
 *   connection at its stage, see isert_conn_terminated().
 *
 * Lock order: portal->lock, the lock of the logins, conn->lock, lio->state_lock;
 * the endpoint's tx_lock is innermost, but for LIO's cmd_lock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/slab.h>

#include "isert.h"

static void isert_conn_unused(struct percpu_ref *ref)
{
	struct isert_conn *conn = container_of(ref, struct isert_conn, users);

	complete(&conn->unused);
}

static void isert_conn_wait_timeout(struct work_struct *work)
{
	struct isert_conn *conn = container_of(to_delayed_work(work),
					       struct isert_conn, wait_timer);

	iser_ep_stop(conn->ep, ISER_STOP_TIMEOUT);
}

static void isert_conn_logout_work(struct work_struct *work)
{
	struct isert_conn *conn = container_of(work, struct isert_conn,
					       logout_work);

	/* Ends in wait_conn of this connection, so it may not be flushed. */
	iscsit_logout_post_handler(conn->logout_cmd, conn->lio);
	isert_conn_put(conn);
}

/**
 * isert_conn_alloc - make the connection of a new endpoint
 * @portal: portal it came to
 * @ep: endpoint; the connection takes a reference
 *
 * Context: CM handler, sleeps.
 * Return: the connection with one reference, to be put by ops->terminated(),
 *	or NULL.
 */
struct isert_conn *isert_conn_alloc(struct isert_portal *portal,
				    struct iser_ep *ep)
{
	struct isert_conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL);

	if (!conn)
		return NULL;
	if (percpu_ref_init(&conn->users, isert_conn_unused, 0, GFP_KERNEL)) {
		kfree(conn);
		return NULL;
	}
	kref_init(&conn->ref);
	init_completion(&conn->unused);
	spin_lock_init(&conn->lock);
	init_waitqueue_head(&conn->wait);
	INIT_LIST_HEAD(&conn->node);
	INIT_LIST_HEAD(&conn->login_node);
	init_llist_head(&conn->rx_queue);
	INIT_LIST_HEAD(&conn->exec_list);
	INIT_LIST_HEAD(&conn->retry_list);
	INIT_LIST_HEAD(&conn->tmf_list);
	INIT_LIST_HEAD(&conn->tx_wait);
	isert_unasked_init(conn);
	INIT_DELAYED_WORK(&conn->wait_timer, isert_conn_wait_timeout);
	INIT_WORK(&conn->rx_work, isert_rx_work);
	INIT_DELAYED_WORK(&conn->retry_work, isert_rx_retry_work);
	INIT_DELAYED_WORK(&conn->window_work, isert_rsp_window_work);
	INIT_WORK(&conn->logout_work, isert_conn_logout_work);
	iser_keys_init(&conn->keys);
	conn->arrived = jiffies;
	conn->max_data = ISERT_SAFE_DATA;
	conn->portal = portal;
	conn->ep = ep;
	iser_ep_get(ep);
	iser_object_created(ISER_OBJ_ROLE, 1);
	return conn;
}

static void isert_conn_release(struct kref *ref)
{
	struct isert_conn *conn = container_of(ref, struct isert_conn, ref);

	percpu_ref_exit(&conn->users);
	kfree(conn->ahs_buf);
	iser_ep_put(conn->ep);
	kfree(conn);
	iser_object_destroyed(ISER_OBJ_ROLE, 1);
}

/**
 * isert_conn_put - give a reference back
 * @conn: connection
 *
 * Context: process.
 */
void isert_conn_put(struct isert_conn *conn)
{
	kref_put(&conn->ref, isert_conn_release);
}

static void isert_conn_sq_advanced(struct iser_ep *ep)
{
	isert_cmd_sq_advanced(iser_ep_role(ep));
}

/* Commands that wait for the send queue or the peer: no longer. */
static void isert_conn_drop_waiters(struct isert_conn *conn)
{
	struct isert_cmd *icmd, *next;
	LIST_HEAD(list);

	iser_tx_lock(conn->ep);
	list_splice_init(&conn->tx_wait, &list);
	list_splice_init(&conn->unasked.held, &list);
	iser_tx_unlock(conn->ep);

	list_for_each_entry_safe(icmd, next, &list, node) {
		list_del_init(&icmd->node);
		isert_cmd_over(icmd);
	}
}

/*
 * Every slice on the send queue has completed, and so is not there any more, but
 * for one of which a work request could not be posted: the last may be missing,
 * and it is the one that completes. And siw lets the drain overtake the RDMA Reads
 * that it has sent when the connection is closed from here: their completions come
 * when its socket is closed, which may be at this very moment, or never. LIO has
 * the command and its memory until the queue pair is gone.
 */
static void isert_conn_drop_lost(struct isert_conn *conn)
{
	struct iscsit_conn *lio = NULL;
	struct iscsit_cmd *cmd;

	/*
	 * In CLOSING, LIO waits for us. In COMPLETE the peer may have sent its
	 * first commands before get_rx_pdu knows that the response is there.
	 */
	spin_lock_bh(&conn->lock);
	if (conn->stage >= ISERT_COMPLETE)
		lio = conn->lio;
	spin_unlock_bh(&conn->lock);
	if (!lio)
		return;

	spin_lock_bh(&lio->cmd_lock);
	list_for_each_entry(cmd, &lio->conn_cmd_list, i_conn_node) {
		struct isert_cmd *icmd = iscsit_priv_cmd(cmd);

		if (unlikely(isert_data_take_off(icmd)))
			isert_cmd_drop(icmd);
	}
	spin_unlock_bh(&lio->cmd_lock);
}

static void isert_conn_drained(struct iser_ep *ep)
{
	struct isert_conn *conn = iser_ep_role(ep);

	/* Nobody becomes a user, nobody can be put on the lists any more. */
	percpu_ref_kill(&conn->users);
	isert_conn_drop_waiters(conn);
	isert_conn_drop_lost(conn);
	wait_for_completion(&conn->unused);

	/* The buffers go with the endpoint; who is no user looks at none. */
	spin_lock_bh(&conn->lock);
	conn->login_recv = NULL;
	spin_unlock_bh(&conn->lock);
}

/*
 * Tell whoever owns the connection at its stage:
 *
 * SILENT, READY	nobody but the portal's lists
 * LOGIN_NP		the portal thread; it is told on its way back
 * LOGIN_WORK		login_work; it runs, finds no PDU and fails the login
 * COMPLETE		nobody yet; get_rx_pdu will look at @gone
 * FULL			LIO's kthreads
 * CLOSING		LIO knows
 */
static void isert_conn_terminated(struct iser_ep *ep, enum iser_reason reason)
{
	struct isert_conn *conn = iser_ep_role(ep);

	cancel_delayed_work_sync(&conn->wait_timer);
	isert_portal_forget(conn);

	spin_lock_bh(&conn->lock);
	conn->gone = true;
	/* Under the lock: in CLOSING, LIO may free its connection. */
	if (conn->stage == ISERT_LOGIN_WORK)
		schedule_delayed_work(&conn->lio->login_work, 0);
	else if (conn->stage == ISERT_FULL)
		iscsit_cause_connection_reinstatement(conn->lio, 0);
	if (conn->stage >= ISERT_LOGIN_NP && reason != ISER_STOP_LOCAL &&
	    reason != ISER_STOP_PEER)
		pr_info_ratelimited("%pISpc: connection lost: %s\n",
				    iser_ep_peer(ep),
				    iser_reason_name(reason));
	spin_unlock_bh(&conn->lock);
	wake_up_all(&conn->wait);
	isert_conn_put(conn);
}

const struct iser_ep_ops isert_ep_ops = {
	.recv		= isert_rx_recv,
	.sq_advanced	= isert_conn_sq_advanced,
	.drained	= isert_conn_drained,
	.terminated	= isert_conn_terminated,
};

/**
 * isert_conn_prepare_full - Allocate_Connection_Resources for full feature phase
 * @conn: connection whose login is about to succeed
 *
 * Context: process, login; sleeps.
 * Return: 0 or a negative errno; the login then fails with "out of resources".
 */
int isert_conn_prepare_full(struct isert_conn *conn)
{
	const struct iser_plan *plan = iser_ep_plan(conn->ep);
	u32 depth, recv, outs, spares;
	int err;

	err = iser_send_prepare(conn->ep, true);
	if (err || isert_login_is_discovery(conn->lio))
		return err;
	/* LIO's window; a depth that is changed later ends the session. */
	depth = conn->lio->sess->se_sess->se_node_acl->queue_depth;
	isert_data_prepare(conn);
	recv = isert_keys_recv_data(conn);
	/* How long a burst may be LIO says later: isert_keys_apply(). */
	outs = isert_keys_data_outs(conn, ISER_TGT_BURST, recv);
	err = iser_recv_alloc_full(conn->ep, iser_plan_recvs(plan, depth, outs),
				   recv);
	if (err)
		return err;
	depth = min(depth, plan->window);
	spares = min_t(u32, depth + ISERT_SPARES_SENT, ISERT_SPARES_MAX);
	err = iser_chunk_alloc(conn->ep, min_t(u32, spares, ISERT_SPARES_IDLE),
			       spares);
	if (err)
		return err;
	return iser_ep_limits(conn->ep)->rw_needs_mr ?
	       isert_data_prepare_mrs(conn) : 0;
}

/*
 * Commands that wait for the work have nothing mapped any more; LIO ends them.
 * Task management that waits to respond is through.
 */
static void isert_conn_forget_cmds(struct isert_conn *conn)
{
	struct isert_cmd *icmd, *next;
	LIST_HEAD(list);

	spin_lock_bh(&conn->lock);
	list_splice_init(&conn->exec_list, &list);
	list_splice_init(&conn->retry_list, &list);
	list_splice_init(&conn->tmf_list, &list);
	conn->text = NULL;
	conn->text_leaving = NULL;
	spin_unlock_bh(&conn->lock);
	list_for_each_entry_safe(icmd, next, &list, node) {
		list_del_init(&icmd->node);
		isert_cmd_over(icmd);
	}
}

/**
 * isert_conn_wait - LIO's wait_conn: end the connection on the wire
 * @lio: connection; its session may be NULL after a failed login
 *
 * After it returns no completion and no work of ours touches LIO objects of
 * this connection.
 *
 * Context: process: the closing kthread, the portal thread or login_work.
 */
void isert_conn_wait(struct iscsit_conn *lio)
{
	struct isert_conn *conn = lio->context;
	enum isert_stage stage;

	spin_lock_bh(&conn->lock);
	stage = conn->stage;
	conn->stage = ISERT_CLOSING;
	spin_unlock_bh(&conn->lock);
	isert_portal_login_over(conn);
	/*
	 * Not the sync form: this may be the work itself. None follows. In an
	 * earlier stage nobody queues it, and LIO may not have made it yet.
	 */
	if (stage >= ISERT_LOGIN_WORK)
		cancel_delayed_work(&lio->login_work);

	if (stage == ISERT_FULL && !conn->logout_posted && !isert_login_is_discovery(lio))
		isert_rsp_announce_end(conn);
	iser_ep_stop(conn->ep, ISER_STOP_LOCAL);
	iser_ep_wait_dead(conn->ep);
	/* Each may queue the other, but there is nothing left to do for them. */
	cancel_work_sync(&conn->rx_work);
	cancel_delayed_work_sync(&conn->retry_work);
	cancel_work_sync(&conn->rx_work);
	cancel_delayed_work_sync(&conn->window_work);
	isert_conn_forget_cmds(conn);
	isert_cmd_end_all(lio);
	/*
	 * The Logout Response was sent or flushed, so the post handler runs. It
	 * gives back usage counts that LIO would give back again if it went on
	 * before.
	 */
	if (conn->logout_posted && conn->logout_closes)
		wait_for_completion(&lio->conn_logout_comp);
	else
		flush_work(&conn->logout_work);
}

/**
 * isert_conn_free - LIO's free_conn: the last call for a connection
 * @lio: connection
 *
 * LIO has released every command on its list by now, but leaves those that an
 * abort owns to the abort.
 *
 * Context: process, as isert_conn_wait().
 */
void isert_conn_free(struct iscsit_conn *lio)
{
	struct isert_conn *conn = lio->context;

	if (lio->sess && lio->cmd_cnt) {
		target_stop_cmd_counter(lio->cmd_cnt);
		target_wait_for_cmds(lio->cmd_cnt);
	}
	/* Of commands that ended with the connection. */
	iser_chunk_return_all(conn->ep);
	iser_extent_return_all(conn->ep);
	iser_buf_free(conn->ep, conn->final_data);
	conn->final_data = NULL;
	lio->context = NULL;
	conn->lio = NULL;
	isert_conn_put(conn);
}
