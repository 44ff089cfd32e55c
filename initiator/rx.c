// SPDX-License-Identifier: GPL-2.0-only
/*
 * PDUs coming in: Control_Notify at the initiator (RFC 5047).
 *
 * The core has decoded the message before it comes here: lengths, opcode for
 * the phase, flags. What is left is whether it fits what was asked. That is
 * looked up under back_lock, in the same hold in which the PDU is given to
 * libiscsi: the Initiator Task Tag names a task of this session age that runs,
 * was posted, and whose request is the one the response answers. libiscsi's own
 * look is not enough: older kernels take a response of one kind for a task of
 * another, and all of them complete a task that is still being sent, because a
 * task counts as running from before xmit_task. A tag that no task can have, or
 * an answer to another question, ends the connection. A tag whose task has
 * ended is ignored: there may be an abort behind it.
 *
 * Keys. A command must not go back to SCSI while the peer can still use its key
 * (RFC 7145 sections 1.5.1, 7.3.2 and 8.3.2; MR states in common/mr.c):
 *
 *	the response invalidated it	it must be the key of that task and of
 *					no other, and live; hand up at once
 *	the task never had one		hand up at once
 *	the key lives			post LOCAL_INV, hold the response until
 *					it has completed
 *	anything else			second response: protocol error
 *
 * A response to task management that succeeded makes libiscsi give the affected
 * commands back, so their keys are ended first, and the response held. It also
 * waits until every Send that was posted signalled before it has completed:
 * those hold references to tasks (immediate data), and once the SCSI error
 * handler has its command back, a last reference dropped later would complete
 * the command again.
 *
 * Held PDUs are a FIFO, in order of the send queue positions they wait for. A
 * Logout, Asynchronous Message or Reject arrives behind the responses that were
 * sent before it, so it waits behind those that are held. Responses to commands
 * and NOP-Ins do not wait for each other. A held PDU keeps a reference to its
 * task, so that the tag is not used again, and keeps its receive buffer. That
 * costs no credit the target may count on: the buffers are as many as tasks
 * plus what may come unasked, and the task is still outstanding.
 *
 * ExpStatSN. libiscsi takes it from each PDU as it is handed up; a held one is
 * handed up behind its successors, so it is not let go back (serial arithmetic,
 * RFC 7143 section 4.2.2.1).
 *
 * Errors. iscsi_conn_failure() takes frwd_lock, which is outside back_lock, and
 * it would have libiscsi recover while the peer still has access. So an error
 * stops the endpoint, and libiscsi hears of it when the connection is drained
 * (iseri_endpoint_terminated()).
 *
 * Context. All of it runs in the CQ's softirq, or with softirqs off in a thread
 * that polls it (common/poll.c), one upcall at a time for one
 * endpoint; so the FIFO needs no lock. conn stays until the last upcall of the
 * endpoint has returned. Order of locks: back_lock, then the core's tx_lock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/mutex.h>

#include "iseri.h"

#define ISERI_RSP_BIT	0x20	/* a response's opcode is its request's and this */

static struct iscsi_hdr *iseri_rx_bhs(const struct iser_recv *recv)
{
	return recv->hdr + ISER_HDR_LEN;
}

/*
 * The running task that a tag of the peer names. -ENOENT: it has ended; -EPROTO:
 * the peer cannot have the tag from us, or answers something else.
 */
static __always_inline int iseri_rx_find(struct iscsi_session *session,
					 itt_t itt, u8 request,
					 struct iscsi_task **found)
{
	const struct iseri_task *itask;
	u32 index = get_itt(itt);
	struct iscsi_task *task;

	lockdep_assert_held(&session->back_lock);
	if (unlikely(index >= session->cmds_max ||
		     itt != build_itt(index, (u32)session->age)))
		return -EPROTO;
	task = session->cmds[index];
	if (unlikely(READ_ONCE(task->state) != ISCSI_TASK_RUNNING))
		return -ENOENT;
	itask = task->dd_data;
	/* Pairs with iseri_task_set_sent(): the rest of the task is valid. */
	if (unlikely(!smp_load_acquire(&itask->sent)))
		return -EPROTO;
	/* A task with a command of SCSI has sent that and nothing else. */
	if (request == ISCSI_OP_SCSI_CMD ? !task->sc :
	    task->sc || itask->opcode != request)
		return -EPROTO;
	*found = task;
	return 0;
}

/* A Reject or a ping that libiscsi need not see: what it does with every PDU. */
static void iseri_rx_note(struct iscsi_conn *conn, const struct iser_recv *recv)
{
	struct iscsi_hdr *hdr = iseri_rx_bhs(recv);

	lockdep_assert_held(&conn->session->back_lock);
	conn->last_recv = jiffies;
	iscsi_update_cmdsn(conn->session, (struct iscsi_nopin *)hdr);
	/* A ping has the StatSN that the next PDU will have. */
	if (recv->pdu.opcode != ISCSI_OP_NOOP_IN &&
	    iscsi_sna_lt(conn->exp_statsn, be32_to_cpu(hdr->statsn) + 1))
		conn->exp_statsn = be32_to_cpu(hdr->statsn) + 1;
}

static bool iseri_rx_rejects_ping(const struct iser_recv *recv,
				  const struct iscsi_hdr *bad)
{
	const struct iscsi_reject *reject = recv->hdr + ISER_HDR_LEN;

	return reject->reason == ISCSI_REASON_IMM_CMD_REJECT &&
	       (bad->opcode & ISCSI_OPCODE_MASK) == ISCSI_OP_NOOP_OUT &&
	       bad->itt != RESERVED_ITT;
}

/*
 * Of a Reject that ends nothing libiscsi prints a line, and sends the answer to a
 * ping again if it was that: both as often as a target likes.
 */
static bool iseri_rx_reject_is_heard(const struct iser_recv *recv)
{
	static DEFINE_RATELIMIT_STATE(rejects, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);

	return iseri_rx_rejects_ping(recv, iser_recv_data(recv)) ||
	       __ratelimit(&rejects);
}

/*
 * A ping that cannot be answered: libiscsi would find that out, and print it, each
 * time. The target will ask again, or give up.
 */
static bool iseri_rx_ping_is_heard(struct iscsi_conn *conn,
				   const struct iser_recv *recv)
{
	const struct iseri_conn *iconn = conn->dd_data;
	const struct iscsi_nopin *nop = recv->hdr + ISER_HDR_LEN;

	return nop->itt != RESERVED_ITT ||
	       nop->ttt == cpu_to_be32(ISER_TAG_NONE) ||
	       iser_send_room(iconn->ep);
}

/*
 * RFC 7143 section 11.4.7.2: CHECK CONDITION has sense data. Without, libiscsi would
 * print a line for each, and SCSI have nothing to go by.
 */
static void iseri_rx_check_sense(struct iscsi_conn *conn, struct iser_recv *recv)
{
	struct iscsi_scsi_rsp *rsp = recv->hdr + ISER_HDR_LEN;
	const struct iseri_conn *iconn = conn->dd_data;

	if (rsp->cmd_status != SAM_STAT_CHECK_CONDITION || recv->pdu.data_len)
		return;
	pr_warn_ratelimited("%pISpc: CHECK CONDITION without sense data\n",
			    iser_ep_peer(iconn->ep));
	rsp->response = ISCSI_STATUS_TARGET_FAILURE;
}

/*
 * libiscsi ends the task of a ping that was rejected, on older kernels without
 * a look at what task that is.
 */
static int iseri_rx_check_reject(struct iscsi_conn *conn,
				 const struct iser_recv *recv)
{
	const struct iscsi_hdr *bad = iser_recv_data(recv);
	struct iscsi_task *task;
	int err;

	if (!bad || recv->pdu.data_len < sizeof(*bad))
		return ISCSI_ERR_PROTO;
	if (!iseri_rx_rejects_ping(recv, bad))
		return 0;
	err = iseri_rx_find(conn->session, bad->itt, ISCSI_OP_NOOP_OUT,
			    &task);
	if (err == -EPROTO)
		return ISCSI_ERR_PROTO;
	return err ? ISCSI_ERR_NO_SCSI_CMD : 0;
}

/* Hand a PDU up; back_lock held, libiscsi may drop and retake it. */
static noinline int iseri_rx_deliver(struct iscsi_conn *conn,
				     struct iser_recv *recv)
{
	u32 exp_statsn = conn->exp_statsn;
	char *data = NULL;
	int rc;

	if (recv->pdu.data_len) {
		data = iser_recv_data(recv);
		if (unlikely(!data))
			return ISCSI_ERR_PROTO;
	}
	if (unlikely(recv->pdu.opcode == ISCSI_OP_REJECT)) {
		rc = iseri_rx_check_reject(conn, recv);
		if (rc)
			return rc;
		if (!iseri_rx_reject_is_heard(recv)) {
			iseri_rx_note(conn, recv);
			return 0;
		}
	} else if (recv->pdu.opcode == ISCSI_OP_NOOP_IN &&
		   !iseri_rx_ping_is_heard(conn, recv)) {
		iseri_rx_note(conn, recv);
		return 0;
	} else if (recv->pdu.opcode == ISCSI_OP_SCSI_CMD_RSP) {
		iseri_rx_check_sense(conn, recv);
	}
	rc = __iscsi_complete_pdu(conn, iseri_rx_bhs(recv), data,
				  recv->pdu.data_len);
	if (unlikely(iscsi_sna_lt(conn->exp_statsn, exp_statsn)))
		conn->exp_statsn = exp_statsn;
	return rc;
}

/*
 * The same for a SCSI Response that comes in its turn, so it does not let
 * ExpStatSN go back; if all is well it has no data, and no other status than GOOD.
 */
static __always_inline int iseri_rx_deliver_rsp(struct iscsi_conn *conn,
						struct iser_recv *recv)
{
	const struct iscsi_scsi_rsp *rsp = recv->hdr + ISER_HDR_LEN;

	if (unlikely(recv->pdu.data_len || rsp->cmd_status))
		return iseri_rx_deliver(conn, recv);
	return __iscsi_complete_pdu(conn, iseri_rx_bhs(recv), NULL, 0);
}

static noinline void iseri_rx_refused(struct iser_ep *ep, int rc)
{
	if (rc == ISCSI_ERR_NO_SCSI_CMD)
		return;
	/* It could not be passed on to user space, for lack of memory mostly. */
	if (rc == ISCSI_ERR_CONN_FAILED)
		iser_ep_stop(ep, ISER_STOP_RESOURCES);
	else
		iser_ep_stop(ep, ISER_STOP_PROTOCOL);
}

/* What libiscsi said of a PDU; no lock held. */
static void iseri_rx_result(struct iser_ep *ep, int rc)
{
	if (unlikely(rc))
		iseri_rx_refused(ep, rc);
}

/* Keep a PDU, and its task if it has one, until completions pass @position. */
static void iseri_rx_hold(struct iser_ep *ep, struct iser_recv *recv,
			  struct iscsi_task *task, u32 position)
{
	struct iseri_endpoint *iep = iser_ep_role(ep);

	recv->role = task;
	recv->hold = position;
	if (list_empty(&iep->held))
		iser_sq_watch(ep, true);
	list_add_tail(&recv->node, &iep->held);
}

/* Completions run in this context too, so the last held is the last to go. */
static u32 iseri_rx_last_hold(const struct iseri_endpoint *iep)
{
	return list_last_entry(&iep->held, struct iser_recv, node)->hold;
}

/*
 * Is it the answer to the task management request that libiscsi waits for? It has
 * one at a time, but may give one up, at a signal, and send the next; and takes
 * whatever answer comes for that one's. frwd_lock: it says that it waits before the
 * request is made, in one hold.
 */
static bool iseri_rx_tmf_is_awaited(const struct iscsi_conn *conn,
				    const struct iscsi_task *task)
{
	const struct iseri_conn *iconn = conn->dd_data;

	lockdep_assert_held(&conn->session->frwd_lock);
	return conn->session->tmf_state == TMF_QUEUED &&
	       iconn->tmf == task;
}

/* What was held for its task, or for nobody; the reference to that goes. */
static int iseri_rx_hand_up(struct iscsi_conn *conn, struct iser_recv *recv)
{
	struct iscsi_session *session = conn->session;
	struct iscsi_task *task = recv->role;
	int rc = 0;

	spin_lock(&session->back_lock);
	if (!task || READ_ONCE(task->state) == ISCSI_TASK_RUNNING)
		rc = iseri_rx_deliver(conn, recv);
	if (task)
		__iscsi_put_task(task);
	spin_unlock(&session->back_lock);
	return rc;
}

/* libiscsi would take it for another answer, and end commands with their keys. */
static noinline int iseri_rx_hand_up_tmf(struct iscsi_conn *conn,
					 struct iser_recv *recv)
{
	struct iscsi_session *session = conn->session;
	int rc;

	spin_lock(&session->frwd_lock);
	if (session->tmf_state == TMF_QUEUED &&
	    !iseri_rx_tmf_is_awaited(conn, recv->role)) {
		iscsi_put_task(recv->role);
		rc = ISCSI_ERR_PROTO;
	} else {
		rc = iseri_rx_hand_up(conn, recv);
	}
	spin_unlock(&session->frwd_lock);
	return rc;
}

static void iseri_rx_deliver_held(struct iser_ep *ep, struct iser_recv *recv)
{
	struct iseri_endpoint *iep = iser_ep_role(ep);
	int rc;

	if (unlikely(recv->pdu.opcode == ISCSI_OP_SCSI_TMFUNC_RSP))
		rc = iseri_rx_hand_up_tmf(iep->conn, recv);
	else
		rc = iseri_rx_hand_up(iep->conn, recv);
	iser_recv_release(recv);
	iseri_rx_result(ep, rc);
}

/**
 * iseri_rx_sq_advanced - hand up what has waited long enough
 * @ep: endpoint
 *
 * Context: CQ context of the endpoint, softirqs off.
 */
void iseri_rx_sq_advanced(struct iser_ep *ep)
{
	struct iseri_endpoint *iep = iser_ep_role(ep);
	struct iser_recv *recv;

	while (!list_empty(&iep->held)) {
		recv = list_first_entry(&iep->held, struct iser_recv, node);
		if (!iser_sq_passed(ep, recv->hold))
			return;
		list_del_init(&recv->node);
		iseri_rx_deliver_held(ep, recv);
	}
	iser_sq_watch(ep, false);
}

/**
 * iseri_rx_drop_held - give up what was held when the connection ended
 * @iep: endpoint
 *
 * The tasks are failed by libiscsi in stop_conn, like those that were never
 * answered. But user space, which waits for its Logout Response, has it: nobody
 * tells it of the end of a connection on which it has asked for that.
 *
 * Context: drained upcall, back_lock of the bound session held, after
 *	iseri_task_reclaim().
 */
void iseri_rx_drop_held(struct iseri_endpoint *iep)
{
	struct iser_recv *recv, *next;

	list_for_each_entry_safe(recv, next, &iep->held, node) {
		struct iscsi_task *task = recv->role;

		list_del_init(&recv->node);
		if (recv->pdu.opcode == ISCSI_OP_LOGOUT_RSP &&
		    READ_ONCE(task->state) == ISCSI_TASK_RUNNING)
			iseri_rx_deliver(iep->conn, recv);
		if (task)
			__iscsi_put_task(task);
		iser_recv_release(recv);
	}
}

/* The response says that it has ended the task's key, and may have to. */
static __always_inline bool iseri_rx_key_is_ended(const struct iser_recv *recv,
						  const struct iseri_task *itask)
{
	struct iser_mr *mr = itask->mr;

	if (unlikely(!mr->owner))
		return false;
	/* Sends of the task may still read what the key has covered the rest of. */
	if (unlikely(itask->inline_data))
		return iser_mr_remote_invalidated(mr, recv->rkey);
	return !iser_mr_end(mr, recv->rkey);
}

/*
 * The response has ended no key, and the task has one. End it, and hold the
 * response till then.
 */
static noinline bool iseri_rx_end_key(struct iser_ep *ep,
				      struct iscsi_session *session,
				      struct iser_recv *recv,
				      struct iscsi_task *task)
	__releases(&session->back_lock)
{
	const struct iseri_task *itask = task->dd_data;
	struct iser_mr *mr = itask->mr;

	if (READ_ONCE(mr->state) != ISER_MR_REGISTERED) {
		spin_unlock(&session->back_lock);
		iser_ep_stop(ep, ISER_STOP_PROTOCOL);
		return false;
	}
	/* It runs, so it has a reference to copy. */
	iscsi_get_task(task);
	spin_unlock(&session->back_lock);
	/* A failure stops the endpoint; the drain then drops it. */
	iser_mr_invalidate(mr);
	iseri_rx_hold(ep, recv, task, iser_sq_signalled(ep));
	return true;
}

/*
 * No task for a SCSI Response. If it invalidated a key, the key was that of
 * another command, which has lost its data now.
 */
static void iseri_rx_no_command(struct iser_ep *ep,
				const struct iser_recv *recv, int err)
{
	if (recv->invalidated)
		iser_ep_stop(ep, ISER_STOP_BAD_INVALIDATE);
	else if (err == -EPROTO)
		iser_ep_stop(ep, ISER_STOP_PROTOCOL);
}

/* The rx functions below return true if they keep the receive buffer. */

static bool iseri_rx_scsi(struct iser_ep *ep, struct iscsi_conn *conn,
			  struct iser_recv *recv)
{
	struct iscsi_session *session = conn->session;
	const struct iseri_task *itask;
	struct iscsi_task *task;
	int rc;

	spin_lock(&session->back_lock);
	rc = iseri_rx_find(session, iseri_rx_bhs(recv)->itt, ISCSI_OP_SCSI_CMD,
			   &task);
	if (unlikely(rc)) {
		spin_unlock(&session->back_lock);
		iseri_rx_no_command(ep, recv, rc);
		return false;
	}
	itask = task->dd_data;
	if (recv->invalidated) {
		if (unlikely(!iseri_rx_key_is_ended(recv, itask))) {
			spin_unlock(&session->back_lock);
			iser_ep_stop(ep, ISER_STOP_BAD_INVALIDATE);
			return false;
		}
	} else if (unlikely(itask->mr->owner)) {
		return iseri_rx_end_key(ep, session, recv, task);
	}
	rc = iseri_rx_deliver_rsp(conn, recv);
	spin_unlock(&session->back_lock);
	iseri_rx_result(ep, rc);
	return false;
}

static bool iseri_rx_tmf_affects(const struct iseri_tmf *tmf,
				 const struct iscsi_task *task)
{
	switch (tmf->function) {
	case ISCSI_TM_FUNC_ABORT_TASK:
		return task->hdr_itt == tmf->rtt;
	case ISCSI_TM_FUNC_ABORT_TASK_SET:
	case ISCSI_TM_FUNC_CLEAR_TASK_SET:
	case ISCSI_TM_FUNC_LOGICAL_UNIT_RESET:
		return !memcmp(&task->lun, &tmf->lun, sizeof(tmf->lun));
	case ISCSI_TM_FUNC_TARGET_WARM_RESET:
	case ISCSI_TM_FUNC_TARGET_COLD_RESET:
		return true;
	default:
		return false;
	}
}

/*
 * End the keys of the commands that a task management request has ended. Goes
 * through the MRs: one with an owner has a live task, because cleanup_task
 * takes it away under back_lock. A command that is being posted at the same
 * time is one that libiscsi let through, so it is not affected; @sent is looked
 * at so that the rest of its task may be.
 */
static void iseri_rx_end_keys(struct iser_ep *ep, const struct iseri_tmf *tmf)
{
	u32 i, count = iser_mr_count(ep);

	for (i = 0; i < count; i++) {
		struct iser_mr *mr = iser_mr_at(ep, i);
		struct iscsi_task *task = READ_ONCE(mr->owner);
		struct iseri_task *itask;

		if (!task || READ_ONCE(mr->state) != ISER_MR_REGISTERED)
			continue;
		itask = task->dd_data;
		/* Pairs with iseri_task_set_sent(). */
		if (!smp_load_acquire(&itask->sent))
			continue;
		if (!iseri_rx_tmf_affects(tmf, task))
			continue;
		if (iser_mr_invalidate(mr))
			return;
	}
}

static bool iseri_rx_tmf(struct iser_ep *ep, struct iscsi_conn *conn,
			 struct iser_recv *recv)
{
	const struct iscsi_tm_rsp *rsp = recv->hdr + ISER_HDR_LEN;
	struct iscsi_session *session = conn->session;
	struct iseri_task *itask;
	struct iscsi_task *task;
	int err;

	spin_lock(&session->frwd_lock);
	spin_lock(&session->back_lock);
	err = iseri_rx_find(session, rsp->itt, ISCSI_OP_SCSI_TMFUNC, &task);
	if (err) {
		spin_unlock(&session->back_lock);
		spin_unlock(&session->frwd_lock);
		if (err == -EPROTO)
			iser_ep_stop(ep, ISER_STOP_PROTOCOL);
		return false;
	}
	itask = task->dd_data;
	iscsi_get_task(task);
	if (rsp->response == ISCSI_TMF_RSP_COMPLETE &&
	    iseri_rx_tmf_is_awaited(conn, task))
		iseri_rx_end_keys(ep, &itask->tmf);
	spin_unlock(&session->back_lock);
	spin_unlock(&session->frwd_lock);

	iseri_rx_hold(ep, recv, task, iser_sq_signalled(ep));
	iseri_rx_sq_advanced(ep);
	return true;
}

/*
 * The final Login Response opens full feature phase (RFC 7145 section 5.1).
 * Whatever the target sends next is decoded by its rules.
 */
static bool iseri_rx_login(struct iser_ep *ep, struct iscsi_conn *conn,
			   struct iser_recv *recv)
{
	const struct iscsi_login_rsp *rsp = recv->hdr + ISER_HDR_LEN;
	const struct iseri_endpoint *iep = iser_ep_role(ep);
	bool iser = iseri_text_in(ep, conn, recv);

	if (rsp->status_class != ISCSI_STATUS_CLS_SUCCESS ||
	    !(rsp->flags & ISCSI_FLAG_LOGIN_TRANSIT) ||
	    ISCSI_LOGIN_NEXT_STAGE(rsp->flags) != ISCSI_FULL_FEATURE_PHASE)
		return true;
	if (conn->session->discovery_sess) {
		iser_ep_set_phase(ep, ISER_PHASE_DISCOVERY);
		return true;
	}
	/* Nobody asked for it yet. */
	if (!READ_ONCE(iep->mrs))
		return false;
	/* User space ends the login; no PDU but of a login is taken till then. */
	if (!iser)
		return true;
	iser_ep_set_phase(ep, ISER_PHASE_FULL);
	return true;
}

/*
 * User space sends a Login or Text Request with one netlink message and reads
 * the kernel's reply to that message next. iscsiadm loses a response that comes
 * before the reply, and waits for it until it times out. So a response is handed
 * up a moment later, when send_pdu has returned.
 */
static bool iseri_rx_hand_up_later(struct iser_ep *ep, struct iser_recv *recv)
{
	struct iseri_endpoint *iep = iser_ep_role(ep);

	/* One request at a time, so one response. */
	if (cmpxchg(&iep->answer, NULL, recv)) {
		iser_ep_stop(ep, ISER_STOP_PROTOCOL);
		return false;
	}
	queue_delayed_work(iseri_wq, &iep->answer_work, 1);
	return true;
}

/**
 * iseri_rx_hand_up_answer - hand up the Login or Text Response that waits
 * @iep: bound endpoint
 *
 * Context: process, BH on: the work, or the drained upcall.
 */
void iseri_rx_hand_up_answer(struct iseri_endpoint *iep)
{
	struct iser_recv *recv = xchg(&iep->answer, NULL);
	struct iscsi_conn *conn = iep->conn;
	struct iseri_conn *iconn = conn->dd_data;
	struct iscsi_task *task;
	int rc = 0;

	if (!recv)
		return;
	spin_lock_bh(&conn->session->back_lock);
	if (!iseri_rx_find(conn->session, iseri_rx_bhs(recv)->itt,
			   recv->pdu.opcode & ~ISERI_RSP_BIT, &task))
		rc = iseri_rx_deliver(conn, recv);
	spin_unlock_bh(&conn->session->back_lock);
	iser_recv_release(recv);
	iseri_rx_result(iconn->ep, rc);
}

/**
 * iseri_rx_answer_work - hand up a Login or Text Response
 * @work: of the endpoint
 *
 * ep_mutex is held while user space's PDU is being sent. It is only tried,
 * because ep_disconnect holds it while it waits for this work.
 *
 * Context: workqueue.
 */
void iseri_rx_answer_work(struct work_struct *work)
{
	struct iseri_endpoint *iep = container_of(to_delayed_work(work),
						  struct iseri_endpoint,
						  answer_work);
	struct mutex *sending = &iep->conn->cls_conn->ep_mutex;

	if (!mutex_trylock(sending)) {
		queue_delayed_work(iseri_wq, &iep->answer_work, 1);
		return;
	}
	mutex_unlock(sending);
	iseri_rx_hand_up_answer(iep);
}

/* A response to one of our own PDUs other than commands. */
static bool iseri_rx_solicited(struct iser_ep *ep, struct iscsi_conn *conn,
			       struct iser_recv *recv)
{
	struct iseri_endpoint *iep = iser_ep_role(ep);
	struct iscsi_session *session = conn->session;
	u8 opcode = recv->pdu.opcode;
	struct iscsi_task *task;
	bool later = false;
	int rc = 0, err;

	spin_lock(&session->back_lock);
	err = iseri_rx_find(session, iseri_rx_bhs(recv)->itt,
			    opcode & ~ISERI_RSP_BIT, &task);
	if (err == -EPROTO) {
		rc = ISCSI_ERR_PROTO;
	} else if (!err && opcode == ISCSI_OP_LOGOUT_RSP &&
		   !list_empty(&iep->held)) {
		iscsi_get_task(task);
		spin_unlock(&session->back_lock);
		iseri_rx_hold(ep, recv, task, iseri_rx_last_hold(iep));
		return true;
	} else if (!err) {
		if (opcode == ISCSI_OP_LOGIN_RSP &&
		    !iseri_rx_login(ep, conn, recv))
			rc = ISCSI_ERR_PROTO;
		else if (opcode == ISCSI_OP_LOGIN_RSP ||
			 opcode == ISCSI_OP_TEXT_RSP)
			later = true;
		else
			rc = iseri_rx_deliver(conn, recv);
	}
	spin_unlock(&session->back_lock);
	iseri_rx_result(ep, rc);
	return later && iseri_rx_hand_up_later(ep, recv);
}

/* Asynchronous Message, Reject, or a ping of the target. */
static bool iseri_rx_unsolicited(struct iser_ep *ep, struct iscsi_conn *conn,
				 struct iser_recv *recv)
{
	struct iseri_endpoint *iep = iser_ep_role(ep);
	struct iscsi_session *session = conn->session;
	int rc;

	if (iseri_rx_bhs(recv)->itt != RESERVED_ITT) {
		iser_ep_stop(ep, ISER_STOP_PROTOCOL);
		return false;
	}
	if (recv->pdu.opcode != ISCSI_OP_NOOP_IN && !list_empty(&iep->held)) {
		iseri_rx_hold(ep, recv, NULL, iseri_rx_last_hold(iep));
		return true;
	}
	spin_lock(&session->back_lock);
	rc = iseri_rx_deliver(conn, recv);
	spin_unlock(&session->back_lock);
	iseri_rx_result(ep, rc);
	return false;
}

static noinline bool iseri_rx_mgmt(struct iser_ep *ep, struct iscsi_conn *conn,
				   struct iser_recv *recv)
{
	if (recv->invalidated) {
		iser_ep_stop(ep, ISER_STOP_BAD_INVALIDATE);
		return false;
	}
	switch (recv->pdu.opcode) {
	case ISCSI_OP_NOOP_IN:
		if (iseri_rx_bhs(recv)->itt == RESERVED_ITT)
			return iseri_rx_unsolicited(ep, conn, recv);
		return iseri_rx_solicited(ep, conn, recv);
	case ISCSI_OP_LOGIN_RSP:
	case ISCSI_OP_TEXT_RSP:
	case ISCSI_OP_LOGOUT_RSP:
		return iseri_rx_solicited(ep, conn, recv);
	case ISCSI_OP_SCSI_TMFUNC_RSP:
		return iseri_rx_tmf(ep, conn, recv);
	case ISCSI_OP_ASYNC_EVENT:
	case ISCSI_OP_REJECT:
		return iseri_rx_unsolicited(ep, conn, recv);
	default:
		iser_ep_stop(ep, ISER_STOP_PROTOCOL);
		return false;
	}
}

/**
 * iseri_rx_recv - Control_Notify: a PDU has arrived
 * @ep: endpoint
 * @recv: its buffer; given back here, or when a held PDU is handed up
 *
 * Context: CQ context of the endpoint, softirqs off.
 */
void iseri_rx_recv(struct iser_ep *ep, struct iser_recv *recv)
{
	struct iseri_endpoint *iep = iser_ep_role(ep);
	/* Pairs with iseri_conn_link(). */
	struct iscsi_conn *conn = smp_load_acquire(&iep->conn);
	bool kept = false;

	if (unlikely(recv->verdict != ISER_OK))
		iser_ep_stop(ep, ISER_STOP_BAD_PDU);
	else if (unlikely(!conn || recv->pdu.msg != ISER_MSG_CTRL))
		iser_ep_stop(ep, ISER_STOP_PROTOCOL);
	else if (likely(recv->pdu.opcode == ISCSI_OP_SCSI_CMD_RSP))
		kept = iseri_rx_scsi(ep, conn, recv);
	else
		kept = iseri_rx_mgmt(ep, conn, recv);
	if (likely(!kept))
		iser_recv_release(recv);
}
