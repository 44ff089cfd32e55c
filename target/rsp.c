// SPDX-License-Identifier: GPL-2.0-only
/*
 * Responses: every PDU the target sends in full feature phase.
 *
 * A response is built by LIO's helpers outside any lock (some of them sleep),
 * then stamped and posted in one go under the endpoint's transmit lock. LIO
 * counts StatSN without a lock while several of its threads respond; the number
 * it puts into the PDU is replaced by one of our own counter, so StatSN goes up
 * by one in send order whatever LIO's threads do (RFC 7143 section 4.2.2.2).
 *
 * MaxCmdSN is LIO's, or less: never more than there are receive buffers for,
 * and never less than was said before.
 *
 * The window travels with responses, so one may be left closed: the last
 * response went while buffers were out for PDUs that get no answer, or the last
 * commands ended in an abort. A peer that sees a closed window may wait for us
 * for ever, so we say by a NOP-In of our own that it is open again.
 */
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <scsi/iscsi_proto.h>

#include "isert.h"

/* The same place in every PDU a target sends (RFC 7143 section 11.2.1). */
#define ISERT_BHS_STATSN	offsetof(struct iscsi_scsi_rsp, statsn)
#define ISERT_BHS_EXP_CMDSN	offsetof(struct iscsi_scsi_rsp, exp_cmdsn)
#define ISERT_BHS_MAX_CMDSN	offsetof(struct iscsi_scsi_rsp, max_cmdsn)

/* What may be said now; the same or more than was said before. */
static __always_inline u32 isert_rsp_max_cmdsn(const struct isert_conn *conn,
					       u32 exp, u32 posted)
{
	const struct iscsit_session *sess = conn->lio->sess;

	return iser_credit_max_cmdsn(atomic_read(&sess->max_cmd_sn), exp,
				     posted, conn->reserve, conn->cmd_pdus,
				     conn->max_cmdsn);
}

static __always_inline void isert_rsp_put_window(struct isert_conn *conn,
						 u8 *bhs)
{
	u32 posted = iser_recv_posted(conn->ep);
	u32 exp = READ_ONCE(conn->lio->sess->exp_cmd_sn);
	u32 max = isert_rsp_max_cmdsn(conn, exp, posted);

	WRITE_ONCE(conn->max_cmdsn, max);
	put_unaligned_be32(exp, bhs + ISERT_BHS_EXP_CMDSN);
	put_unaligned_be32(max, bhs + ISERT_BHS_MAX_CMDSN);
}

/**
 * isert_rsp_window - stamp the command window into a response
 * @conn: connection; tx_lock held
 * @bhs: 48 bytes of BHS
 *
 * Context: tx_lock held.
 */
void isert_rsp_window(struct isert_conn *conn, u8 *bhs)
{
	isert_rsp_put_window(conn, bhs);
}

static bool isert_rsp_window_is_closed(u32 exp, u32 max)
{
	return (s32)(max - exp) < 0;
}

/**
 * isert_rsp_watch_window - see to it that the window does not stay closed
 * @conn: connection on which PDUs were handled or a command was aborted
 *
 * Most often a response is on its way and opens it: the work looks later.
 *
 * Context: process.
 */
void isert_rsp_watch_window(struct isert_conn *conn)
{
	u32 exp = READ_ONCE(conn->lio->sess->exp_cmd_sn);

	if (!isert_rsp_window_is_closed(exp, READ_ONCE(conn->max_cmdsn)) ||
	    delayed_work_pending(&conn->window_work))
		return;
	/* isert_conn_wait() cancels what was queued in this stage. */
	spin_lock_bh(&conn->lock);
	if (conn->stage == ISERT_FULL)
		queue_delayed_work(isert_wq, &conn->window_work,
				   ISERT_WINDOW_PATIENCE);
	spin_unlock_bh(&conn->lock);
}

/**
 * isert_rsp_post_nop_locked - a NOP-In of the target's own (RFC 7143 11.19)
 * @conn: connection; tx_lock held
 * @ttt: TTT of the answer it asks for, or ISER_TAG_NONE
 *
 * Context: tx_lock held.
 * Return: false if there is no room for it now.
 */
bool isert_rsp_post_nop_locked(struct isert_conn *conn, u32 ttt)
{
	struct iser_send *send = iser_send_get(conn->ep, 1);
	struct iscsi_nopin *nop;

	if (!send)
		return iser_ep_state(conn->ep) != ISER_EP_ESTABLISHED;
	iser_ctrl_encode(send->buf);
	nop = send->buf + ISER_HDR_LEN;
	memset(nop, 0, ISER_BHS_LEN);
	nop->opcode = ISCSI_OP_NOOP_IN;
	nop->flags = ISCSI_FLAG_CMD_FINAL;
	nop->itt = RESERVED_ITT;
	nop->ttt = cpu_to_be32(ttt);
	nop->statsn = cpu_to_be32(conn->stat_sn);
	isert_rsp_window(conn, (u8 *)nop);
	send->done = NULL;
	send->owner = NULL;
	iser_send_post(conn->ep, send, ISER_HEADERS_LEN, NULL, 0, true);
	return true;
}

/* Where PDUs are counted, one that is outstanding says it, or its answer. */
static bool isert_rsp_open_window_locked(struct isert_conn *conn)
{
	return conn->unasked.max ? isert_unasked_ping_locked(conn) :
	       isert_rsp_post_nop_locked(conn, ISER_TAG_NONE);
}

/**
 * isert_rsp_window_work - open a window that no response has opened
 * @work: of the connection
 *
 * Context: workqueue.
 */
void isert_rsp_window_work(struct work_struct *work)
{
	struct isert_conn *conn = container_of(to_delayed_work(work),
					       struct isert_conn, window_work);
	u32 exp = READ_ONCE(conn->lio->sess->exp_cmd_sn);
	bool said = true;

	if (isert_login_is_discovery(conn->lio))
		return;
	iser_tx_lock(conn->ep);
	/* Closed because the peer has used it: a response will follow. */
	if (isert_rsp_window_is_closed(exp, conn->max_cmdsn) &&
	    !isert_rsp_window_is_closed(exp, isert_rsp_max_cmdsn(conn, exp,
							 iser_recv_posted(conn->ep))))
		said = isert_rsp_open_window_locked(conn);
	iser_tx_unlock(conn->ep);
	/* The responses ahead may all have been stamped before it opened. */
	if (!said)
		isert_rsp_watch_window(conn);
}

/* A NOP-In of the target's own takes no StatSN (RFC 7143 section 11.19.2). */
static bool isert_rsp_counts(const u8 *bhs)
{
	const struct iscsi_hdr *hdr = (const void *)bhs;

	return hdr->opcode != ISCSI_OP_NOOP_IN || hdr->itt != RESERVED_ITT;
}

static __always_inline void isert_rsp_stamp(struct isert_conn *conn,
					    struct isert_cmd *icmd, u8 *bhs,
					    bool counts)
{
	u32 stat_sn = conn->stat_sn;

	isert_cmd_lio(icmd)->stat_sn = stat_sn;
	put_unaligned_be32(stat_sn, bhs + ISERT_BHS_STATSN);
	conn->stat_sn = stat_sn + counts;
	isert_rsp_put_window(conn, bhs);
}

/* Short data and its pad go into the slot, behind the BHS. */
static noinline u32 isert_rsp_fill_data(struct isert_cmd *icmd, u8 *bhs)
{
	u32 len = icmd->data_len, pad = -len & 3;

	memcpy(bhs + ISER_BHS_LEN, icmd->data, len);
	memset(bhs + ISER_BHS_LEN + len, 0, pad);
	return ISER_HEADERS_LEN + len + pad;
}

static u32 isert_rsp_fill(struct isert_conn *conn, struct isert_cmd *icmd,
			  struct iser_send *send)
{
	u8 *bhs = send->buf + ISER_HDR_LEN;

	iser_ctrl_encode(send->buf);
	memcpy(bhs, icmd->bhs, ISER_BHS_LEN);
	if (unlikely(icmd->bhs[0] == ISCSI_OP_REJECT))
		isert_unasked_sent_locked(conn, conn->stat_sn);
	isert_rsp_stamp(conn, icmd, bhs, isert_rsp_counts(bhs));
	if (!icmd->data_len || icmd->buf)
		return ISER_HEADERS_LEN;
	return isert_rsp_fill_data(icmd, bhs);
}

/*
 * A SCSI Response is built where it is sent from. LIO's helper takes no lock and
 * sets all 48 bytes.
 */
static __always_inline u32 isert_rsp_fill_status(struct isert_conn *conn,
						 struct isert_cmd *icmd,
						 struct iser_send *send)
{
	struct iscsi_scsi_rsp *rsp = send->buf + ISER_HDR_LEN;
	u8 *bhs = (u8 *)rsp;

	iser_ctrl_encode(send->buf);
	iscsit_build_rsp_pdu(isert_cmd_lio(icmd), conn->lio, false, rsp);
	isert_rsp_stamp(conn, icmd, bhs, true);
	if (likely(!icmd->data_len))
		return ISER_HEADERS_LEN;
	hton24(rsp->dlength, icmd->data_len);
	return isert_rsp_fill_data(icmd, bhs);
}

/*
 * Post a SCSI Response of which the device has nothing mapped to read, but the
 * chunks of a READ: these come back with the slot, or with the command if that
 * has @send->done.
 */
static __always_inline int isert_rsp_post_status(struct isert_conn *conn,
						 struct isert_cmd *icmd,
						 struct iser_send *send,
						 bool signal)
{
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);
	u32 len = isert_rsp_fill_status(conn, icmd, send);
	const struct iser_put *put = NULL;

	if (icmd->puts) {
		icmd->put.chunks = icmd->chunk;
		icmd->put.len = cmd->se_cmd.data_length;
		put = &icmd->put;
	}
	/* The peer may use the tag again as soon as it has this. */
	isert_cmd_unlink(cmd);
	return iser_send_respond(send, len, icmd->inv_rkey, put, signal);
}

static int isert_rsp_no_slot(const struct isert_conn *conn)
{
	return iser_ep_state(conn->ep) == ISER_EP_ESTABLISHED ? -ENOBUFS :
								-ENOTCONN;
}

/* A SCSI Response whose command ends when the slot comes back. */
static int isert_rsp_post_late(struct isert_conn *conn, struct isert_cmd *icmd)
{
	bool stranded = isert_cmd_is_stranded(isert_cmd_lio(icmd));
	struct iser_ep *ep = conn->ep;
	struct iser_send *send;
	u32 len;

	send = iser_send_get(ep, 1 + icmd->rw_wrs + icmd->puts);
	if (!send)
		return isert_rsp_no_slot(conn);
	send->done = isert_cmd_sent;
	send->owner = icmd;
	if (!icmd->rw_wrs && !stranded)
		return isert_rsp_post_status(conn, icmd, send, true);

	len = isert_rsp_fill_status(conn, icmd, send);
	if (!stranded)
		isert_cmd_unlink(isert_cmd_lio(icmd));
	conn->put_chain.wrs = icmd->rw_wrs;
	conn->put_chain.link = isert_data_link;
	conn->put_chain.arg = icmd;
	return iser_send_post_chain(ep, send, len, NULL, 0, icmd->inv_rkey,
				    icmd->rw_wrs ? &conn->put_chain : NULL,
				    true);
}

/**
 * isert_rsp_post_locked - Send_Control: stamp and post a response
 * @conn: connection; tx_lock held
 * @icmd: command with a response
 *
 * Context: tx_lock held.
 * Return: 0 or -EIO: isert_cmd_sent() follows, after isert_unasked_ask() where
 *	a Reject was held; -ENOBUFS: no room yet; -ENOTCONN: the connection has
 *	ended.
 */
int isert_rsp_post_locked(struct isert_conn *conn, struct isert_cmd *icmd)
{
	const struct ib_sge *data = icmd->buf ? &icmd->buf->sge : NULL;
	struct iser_ep *ep = conn->ep;
	struct iser_send *send;
	u32 len;

	if (icmd->status)
		return isert_rsp_post_late(conn, icmd);
	if (unlikely(conn->unasked.max) &&
	    isert_unasked_hold_locked(conn, icmd))
		return 0;
	send = iser_send_get(ep, 1);
	if (!send)
		return isert_rsp_no_slot(conn);
	if (isert_cmd_lio(icmd)->iscsi_opcode == ISCSI_OP_LOGOUT)
		conn->logout_posted = true;
	len = isert_rsp_fill(conn, icmd, send);
	send->done = isert_cmd_sent;
	send->owner = icmd;
	return iser_send_post(ep, send, len, data, !!data, true);
}

/*
 * No room, or others wait, or the connection has ended. In the same hold of
 * tx_lock: @tx says that the response is there, so a task management response
 * must not find the queue without it.
 */
static noinline void isert_rsp_respond_later(struct isert_conn *conn,
					     struct isert_cmd *icmd)
{
	bool over = list_empty(&conn->tx_wait) &&
		    iser_ep_state(conn->ep) != ISER_EP_ESTABLISHED;

	if (!over)
		isert_cmd_wait_locked(conn, icmd);
	iser_tx_unlock(conn->ep);
	if (over)
		isert_cmd_over(icmd);
	isert_cmd_recheck_tmfs(conn);
}

/**
 * isert_rsp_respond - answer a SCSI command, now or when there is room
 * @icmd: command with nothing mapped; it may be gone afterwards, but for
 *	references of others
 *
 * Send_Control; with icmd->puts Put_Data of the chunks in front. The command ends
 * here if it can be posted at once: see cmd.c. Who calls keeps the connection, as
 * for isert_cmd_post().
 *
 * Context: process.
 */
void isert_rsp_respond(struct isert_cmd *icmd)
{
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);
	struct isert_conn *conn = icmd->conn;
	struct iser_ep *ep = conn->ep;
	struct iser_send *send = NULL;

	icmd->status = true;
	if (isert_cmd_is_stranded(cmd)) {
		isert_cmd_post(icmd, ISERT_TX_RSP);
		return;
	}
	WRITE_ONCE(icmd->tx, ISERT_TX_RSP);
	iser_tx_lock(ep);
	/* @tx before the look at tmf_list; pairs with isert_cmd_post_tmf(). */
	smp_mb__after_spinlock();
	if (likely(list_empty(&conn->tx_wait)))
		send = iser_send_get(ep, 1 + icmd->puts);
	if (unlikely(!send)) {
		isert_rsp_respond_later(conn, icmd);
		return;
	}
	send->done = NULL;
	if (icmd->puts)
		send->chunks = icmd->chunk;
	/* If the device refuses it, the slot comes back all the same. */
	isert_rsp_post_status(conn, icmd, send, false);
	iser_tx_unlock(ep);

	/* Chunks of a WRITE: only the back end had them. */
	if (!icmd->puts)
		isert_data_return(icmd);
	if (cmd->data_direction == DMA_TO_DEVICE)
		iscsit_stop_dataout_timer(cmd);
	transport_generic_free_cmd(&cmd->se_cmd, 0);
	if (unlikely(READ_ONCE(conn->starved)))
		isert_rx_room(conn);
	isert_cmd_recheck_tmfs(conn);
}

/* Data that fits a slot goes there; more gets mapped memory of its own. */
static int isert_rsp_set_data(struct isert_cmd *icmd, const void *data, u32 len)
{
	icmd->data = data;
	icmd->data_len = len;
	if (ALIGN(len, 4) <= ISER_SEND_DATA)
		return 0;
	icmd->buf = iser_buf_alloc(icmd->conn->ep, ALIGN(len, 4));
	if (!icmd->buf)
		return -ENOMEM;
	memcpy(icmd->buf->mem, data, len);
	iser_buf_sync(icmd->conn->ep, icmd->buf, len);
	return 0;
}

/* Sense with its length in front, as it is on the wire (RFC 7143 11.4.7). */
static void isert_rsp_add_sense(struct isert_cmd *icmd)
{
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u32 len = se_cmd->scsi_sense_length;

	if (!se_cmd->sense_buffer ||
	    !(se_cmd->se_cmd_flags & (SCF_TRANSPORT_TASK_SENSE |
				      SCF_EMULATED_TASK_SENSE)))
		return;
	len = min_t(u32, len, sizeof(cmd->sense_buffer) - sizeof(__be16));
	put_unaligned_be16(len, cmd->sense_buffer);
	icmd->data = cmd->sense_buffer;
	icmd->data_len = sizeof(__be16) + len;
}

/**
 * isert_rsp_status - LIO's queue_status: a SCSI Response without read data
 * @lio: connection
 * @cmd: command
 *
 * Context: process, several CPUs at once.
 * Return: 0.
 */
int isert_rsp_status(struct iscsit_conn *lio, struct iscsit_cmd *cmd)
{
	struct isert_cmd *icmd = iscsit_priv_cmd(cmd);

	isert_rsp_add_sense(icmd);
	isert_rsp_respond(icmd);
	return 0;
}

static int isert_rsp_nop_in(struct isert_cmd *icmd, bool answer)
{
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);

	iscsit_build_nopin_rsp(cmd, cmd->conn, (struct iscsi_nopin *)icmd->bhs,
			       answer);
	return isert_rsp_set_data(icmd, cmd->buf_ptr, cmd->buf_ptr_size);
}

/*
 * LIO's text, or as much of it as the initiator takes. LIO puts whole pairs into
 * a response, and one may be longer than that: then it goes in several, and is
 * built again for each, from the same place. What LIO has built for the response
 * before, it forgets.
 */
static int isert_rsp_build_text(struct isert_cmd *icmd, u32 *at, u32 *len)
{
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);
	struct iscsi_text_rsp *rsp = (void *)icmd->bhs;
	u32 from = cmd->read_data_done;
	int ret;

	kfree(cmd->buf_ptr);
	cmd->buf_ptr = NULL;
	ret = iscsit_build_text_rsp(cmd, cmd->conn, rsp, ISCSI_INFINIBAND);
	if (ret < 0)
		return ret;
	*len = ntoh24(rsp->dlength);
	*at = min(icmd->text_at, *len);
	*len -= *at;
	icmd->text_at = 0;
	if (*len <= icmd->conn->max_data)
		return 0;
	*len = icmd->conn->max_data;
	icmd->text_at = *at + *len;
	cmd->read_data_done = from;
	rsp->flags = ISCSI_FLAG_TEXT_CONTINUE;
	return 0;
}

static int isert_rsp_text(struct isert_cmd *icmd)
{
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);
	struct iscsi_text_rsp *rsp = (void *)icmd->bhs;
	struct isert_conn *conn = icmd->conn;
	u32 at, len;
	int err;

	err = isert_rsp_build_text(icmd, &at, &len);
	if (err)
		return err;
	hton24(rsp->dlength, len);
	if (rsp->flags & ISCSI_FLAG_CMD_FINAL) {
		/* RFC 7143 section 11.11.4; LIO leaves the last one there. */
		rsp->ttt = cpu_to_be32(ISER_TAG_NONE);
	} else {
		if (cmd->targ_xfer_tag == ISER_TAG_NONE)
			cmd->targ_xfer_tag =
				session_get_next_ttt(conn->lio->sess);
		rsp->ttt = cpu_to_be32(cmd->targ_xfer_tag);
		spin_lock_bh(&conn->lock);
		conn->text_leaving = cmd;
		spin_unlock_bh(&conn->lock);
	}
	return isert_rsp_set_data(icmd, cmd->buf_ptr + at, len);
}

static int isert_rsp_logout(struct isert_cmd *icmd)
{
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);
	int err;

	err = iscsit_build_logout_rsp(cmd, cmd->conn,
				      (struct iscsi_logout_rsp *)icmd->bhs);
	if (err)
		return err;
	/* For these two reasons LIO's post handler ends this connection. */
	icmd->conn->logout_closes =
		cmd->logout_reason == ISCSI_LOGOUT_REASON_CLOSE_SESSION ||
		(cmd->logout_reason == ISCSI_LOGOUT_REASON_CLOSE_CONNECTION &&
		 cmd->logout_cid == cmd->conn->cid);
	return 0;
}

static int isert_rsp_reject(struct isert_cmd *icmd)
{
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);
	struct iscsi_reject *rsp = (void *)icmd->bhs;

	iscsit_build_reject(cmd, cmd->conn, rsp);
	hton24(rsp->dlength, ISCSI_HDR_LEN);
	return isert_rsp_set_data(icmd, cmd->buf_ptr, ISCSI_HDR_LEN);
}

static int isert_rsp_build(struct isert_cmd *icmd, int state)
{
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);

	switch (state) {
	case ISTATE_SEND_NOPIN:
		return isert_rsp_nop_in(icmd, true);
	case ISTATE_SEND_NOPIN_WANT_RESPONSE:
	case ISTATE_SEND_NOPIN_NO_RESPONSE:
		return isert_rsp_nop_in(icmd, false);
	case ISTATE_SEND_TASKMGTRSP:
		iscsit_build_task_mgt_rsp(cmd, cmd->conn,
					  (struct iscsi_tm_rsp *)icmd->bhs);
		return 0;
	case ISTATE_SEND_TEXTRSP:
		return isert_rsp_text(icmd);
	case ISTATE_SEND_LOGOUTRSP:
		return isert_rsp_logout(icmd);
	case ISTATE_SEND_REJECT:
		return isert_rsp_reject(icmd);
	default:
		pr_warn_ratelimited("isert: LIO asked for a PDU of state %d\n",
				    state);
		return -EINVAL;
	}
}

static int isert_rsp_control(struct iscsit_conn *lio, struct iscsit_cmd *cmd,
			     int state)
{
	struct isert_cmd *icmd = iscsit_priv_cmd(cmd);
	int err;

	/* Rejects and Async Messages are commands LIO made by itself. */
	if (!icmd->conn)
		isert_cmd_init(icmd, lio->context);
	memset(icmd->bhs, 0, sizeof(icmd->bhs));
	icmd->data_len = 0;
	err = isert_rsp_build(icmd, state);
	if (err)
		return err;
	if (state == ISTATE_SEND_TASKMGTRSP)
		isert_cmd_post_tmf(icmd);
	else
		isert_cmd_post(icmd, ISERT_TX_RSP);
	if (state == ISTATE_SEND_REJECT)
		isert_unasked_ask(lio->context);
	return 0;
}

/**
 * isert_rsp_response_queue - LIO's response_queue: one PDU to send
 * @lio: connection
 * @cmd: command it answers
 * @state: which PDU
 *
 * Context: kthread iscsi_ttx, may sleep.
 * Return: 0; negative: LIO ends the connection.
 */
int isert_rsp_response_queue(struct iscsit_conn *lio, struct iscsit_cmd *cmd,
			     int state)
{
	if (state == ISTATE_SEND_STATUS)
		return isert_rsp_status(lio, cmd);
	return isert_rsp_control(lio, cmd, state);
}

/**
 * isert_rsp_immediate_queue - LIO's immediate_queue: a NOP-In, or a release
 * @lio: connection
 * @cmd: command
 * @state: what to do
 *
 * Context: kthread iscsi_ttx, may sleep.
 * Return: 0; negative: LIO ends the connection.
 */
int isert_rsp_immediate_queue(struct iscsit_conn *lio, struct iscsit_cmd *cmd,
			      int state)
{
	if (state != ISTATE_REMOVE)
		return isert_rsp_control(lio, cmd, state);
	isert_cmd_remove(cmd);
	return 0;
}

static void isert_rsp_announced(struct iser_ep *ep, struct iser_send *send,
				bool flushed)
{
	complete(send->owner);
}

static void isert_rsp_fill_end(struct isert_conn *conn, struct iser_send *send)
{
	const struct iscsi_sess_ops *ops = conn->lio->sess->sess_ops;
	u8 *bhs = send->buf + ISER_HDR_LEN;
	struct iscsi_async *async = (void *)bhs;

	iser_ctrl_encode(send->buf);
	memset(bhs, 0, ISER_BHS_LEN);
	async->opcode = ISCSI_OP_ASYNC_EVENT;
	async->flags = ISCSI_FLAG_CMD_FINAL;
	((struct iscsi_hdr *)bhs)->itt = RESERVED_ITT;
	isert_unasked_sent_locked(conn, conn->stat_sn);
	async->statsn = cpu_to_be32(conn->stat_sn++);
	isert_rsp_window(conn, bhs);
	async->async_event = ISCSI_ASYNC_MSG_DROPPING_CONNECTION;
	async->param1 = cpu_to_be16(conn->lio->cid);
	async->param2 = cpu_to_be16(ops->DefaultTime2Wait);
	async->param3 = cpu_to_be16(ops->DefaultTime2Retain);
}

/**
 * isert_rsp_announce_end - tell the peer that we are about to disconnect
 * @conn: connection in full feature phase, nobody has logged it out
 *
 * RFC 7143 section 11.9.1, event 2. Waits until it has arrived, or the
 * connection has ended by itself, or the peer was deaf for too long.
 *
 * Context: process, sleeps.
 */
void isert_rsp_announce_end(struct isert_conn *conn)
{
	DECLARE_COMPLETION_ONSTACK(announced);
	struct iser_send *send;
	int err = -ENOTCONN;

	iser_tx_lock(conn->ep);
	send = isert_unasked_fits_locked(conn) ? iser_send_get(conn->ep, 1) :
						 NULL;
	if (send) {
		isert_rsp_fill_end(conn, send);
		send->done = isert_rsp_announced;
		send->owner = &announced;
		err = iser_send_post(conn->ep, send, ISER_HEADERS_LEN, NULL, 0,
				     true);
	}
	iser_tx_unlock(conn->ep);
	if (err && err != -EIO)
		return;
	if (wait_for_completion_timeout(&announced, ISERT_SEND_PATIENCE))
		return;
	iser_ep_stop(conn->ep, ISER_STOP_TIMEOUT);
	wait_for_completion(&announced);
}
