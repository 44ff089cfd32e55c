// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control_Notify at the target: PDUs go to LIO from the connection's own work.
 *
 * LIO allocates, takes the session's mutex and may submit to a back end while
 * it handles a PDU, all of which can sleep. So the completion handler only puts
 * the buffer on a list; one work for each connection, never concurrent with
 * itself, takes them in order of arrival. No connection can stall another, and
 * the send completions that free command tags are never behind a wait for a
 * tag: when LIO has none left, the work steps back and is woken by the next
 * release.
 *
 * A buffer is held only while bytes are copied out of it, or its data chunk is
 * taken for a command and replaced. It is released before LIO may execute the
 * command, whatever becomes of the PDU.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/slab.h>
#include <linux/unaligned.h>
#include <scsi/iscsi_proto.h>

#include "isert.h"

/* How long to wait for memory or for a tag that LIO frees without telling. */
#define ISERT_RX_RETRY		max(HZ / 100, 1)

#define ISERT_LONG_BHS		(ISER_BHS_LEN + ISER_AHS_MAX)

/**
 * isert_rx_wake - there is something to do for the connection's work
 * @conn: connection
 *
 * Context: any.
 */
void isert_rx_wake(struct isert_conn *conn)
{
	queue_work(isert_rx_wq, &conn->rx_work);
}

static void isert_rx_wake_later(struct isert_conn *conn)
{
	queue_delayed_work(isert_wq, &conn->retry_work, ISERT_RX_RETRY);
}

/**
 * isert_rx_retry_work - what could not be done a moment ago may be done now
 * @work: of the connection
 *
 * Context: workqueue.
 */
void isert_rx_retry_work(struct work_struct *work)
{
	struct isert_conn *conn = container_of(to_delayed_work(work),
					       struct isert_conn, retry_work);

	isert_rx_wake(conn);
}

/**
 * isert_rx_recv - Control_Notify: a message has arrived
 * @ep: endpoint
 * @recv: its buffer
 *
 * Context: CQ kworker.
 */
void isert_rx_recv(struct iser_ep *ep, struct iser_recv *recv)
{
	struct isert_conn *conn = iser_ep_role(ep);

	if (unlikely(iser_ep_phase(ep) == ISER_PHASE_LOGIN)) {
		isert_login_recv(conn, recv);
		return;
	}
	if (unlikely(conn->unasked.max))
		isert_unasked_arrived(conn, recv);
	/* What is there already has woken the work, or has it woken later. */
	if (llist_add(&recv->queued, &conn->rx_queue))
		isert_rx_wake(conn);
}

/**
 * isert_rx_fetched - a slice of a command's data has been moved
 * @icmd: command
 *
 * Context: CQ kworker.
 */
void isert_rx_fetched(struct isert_cmd *icmd)
{
	struct isert_conn *conn = icmd->conn;

	spin_lock_bh(&conn->lock);
	list_add_tail(&icmd->node, &conn->exec_list);
	spin_unlock_bh(&conn->lock);
	isert_rx_wake(conn);
}

/**
 * isert_rx_retry - a command's data could not be mapped: try again soon
 * @icmd: command
 *
 * Context: process.
 */
void isert_rx_retry(struct isert_cmd *icmd)
{
	struct isert_conn *conn = icmd->conn;

	spin_lock_bh(&conn->lock);
	list_add_tail(&icmd->node, &conn->retry_list);
	spin_unlock_bh(&conn->lock);
	isert_rx_wake_later(conn);
}

/**
 * isert_rx_room - a command tag is free again, or a text command
 * @conn: connection whose work had found none
 *
 * Target core may be answering a command while the connection ends, and keeps the
 * connection, but not what isert_conn_wait() has put an end to: nobody queues the
 * work when the last user has gone.
 *
 * Context: any.
 */
void isert_rx_room(struct isert_conn *conn)
{
	if (!isert_conn_use(conn))
		return;
	WRITE_ONCE(conn->starved, false);
	isert_rx_wake(conn);
	isert_conn_unuse(conn);
}

/* The buffer has been read: the peer may use it again. */
static void isert_rx_done(struct isert_conn *conn, struct iser_recv *recv)
{
	iser_recv_release(recv);
	isert_conn_unuse(conn);
}

/* BHS, and AHS where there is one, in one piece and our own. */
static __always_inline u8 *isert_rx_bhs(struct isert_conn *conn,
					const struct iser_recv *recv)
{
	u32 len = ISER_BHS_LEN + recv->pdu.ahs_len;

	if (likely(!recv->pdu.ahs_len)) {
		memcpy(conn->bhs, recv->hdr + ISER_HDR_LEN, ISER_BHS_LEN);
		return conn->bhs;
	}
	if (!conn->ahs_buf)
		conn->ahs_buf = kmalloc(ISERT_LONG_BHS, GFP_KERNEL);
	if (conn->ahs_buf)
		iser_recv_copy(recv, ISER_HDR_LEN, conn->ahs_buf, len);
	return conn->ahs_buf;
}

static struct iscsit_cmd *isert_rx_alloc(struct isert_conn *conn)
{
	struct iscsit_cmd *cmd = iscsit_allocate_cmd(conn->lio, TASK_RUNNING);

	if (cmd)
		isert_cmd_init(iscsit_priv_cmd(cmd), conn);
	return cmd;
}

/*
 * Refuse a PDU whose framing is sound. LIO's own iscsit_add_reject() would
 * sleep for a tag. Not on LIO's list: without memory for the header LIO releases
 * the command, wherever it is.
 */
static int isert_rx_reject(struct isert_conn *conn, u8 reason, u8 *bhs)
{
	struct iscsit_cmd *cmd = isert_rx_alloc(conn);

	if (!cmd)
		return -EAGAIN;
	iscsit_reject_cmd(cmd, reason, bhs);
	return 0;
}

/* The same, and that is all that becomes of it; -EAGAIN: it comes again. */
static noinline int isert_rx_refuse(struct isert_conn *conn,
				    struct iser_recv *recv, u8 reason, u8 *bhs)
{
	int err = isert_rx_reject(conn, reason, bhs);

	if (!err)
		isert_rx_done(conn, recv);
	return err;
}

static u8 isert_rx_reject_reason(enum iser_verdict verdict)
{
	switch (verdict) {
	case ISER_BAD_OPCODE:
		return ISCSI_REASON_CMD_NOT_SUPPORTED;
	case ISER_BAD_DATA:
	case ISER_BAD_STAG:
	case ISER_BAD_FLAGS:
		return ISCSI_REASON_BOOKMARK_INVALID;
	default:
		return ISCSI_REASON_PROTOCOL_ERROR;
	}
}

/* Copy immediate or unsolicited data to where target core wants it. */
static void isert_rx_copy_data(struct se_cmd *se_cmd,
			       const struct iser_recv *recv, u32 to)
{
	u32 len = recv->pdu.data_len, at = recv->pdu.data_off;
	void *data = iser_recv_data(recv);
	struct sg_mapping_iter iter;

	if (data) {
		sg_pcopy_from_buffer(se_cmd->t_data_sg, se_cmd->t_data_nents,
				     data, len, to);
		return;
	}
	sg_miter_start(&iter, se_cmd->t_data_sg, se_cmd->t_data_nents,
		       SG_MITER_TO_SG);
	sg_miter_skip(&iter, to);
	while (len && sg_miter_next(&iter)) {
		u32 part = min_t(u32, iter.length, len);

		iser_recv_copy(recv, at, iter.addr, part);
		iter.consumed = part;
		at += part;
		len -= part;
	}
	sg_miter_stop(&iter);
}

/* The immediate data is in target core's pages. */
static void isert_rx_immediate_done(struct iscsit_cmd *cmd, u32 len)
{
	cmd->write_data_done += len;
	if (cmd->write_data_done < cmd->se_cmd.data_length)
		return;
	spin_lock_bh(&cmd->istate_lock);
	cmd->cmd_flags |= ICF_GOT_LAST_DATAOUT;
	cmd->i_state = ISTATE_RECEIVED_LAST_DATAOUT;
	spin_unlock_bh(&cmd->istate_lock);
}

static __always_inline void isert_rx_note_stags(struct isert_cmd *icmd,
						const struct iser_pdu *pdu)
{
	icmd->wsv = pdu->wsv;
	icmd->rsv = pdu->rsv;
	icmd->write_stag = pdu->write_stag;
	icmd->write_base = pdu->write_base;
	icmd->put.rkey = pdu->read_stag;
	icmd->put.addr = pdu->read_base;
	icmd->unsolicited = pdu->data_len;
	/*
	 * RFC 7145 section 7.3.4: the response may invalidate one of the STags.
	 * Only one is advertised: LIO refuses bidirectional commands.
	 */
	if (likely(icmd->conn->remote_inv))
		icmd->inv_rkey = pdu->rsv ? pdu->read_stag : pdu->write_stag;
}

/*
 * Immediate data is used in place, or copied once LIO has room for it; then the
 * command is run.
 */
static int isert_rx_with_data(struct isert_conn *conn, struct iscsit_cmd *cmd,
			      struct iser_recv *recv, u8 *bhs)
{
	struct iscsi_scsi_req *req = (void *)bhs;
	bool unsolicited = cmd->unsolicited_data, failed, in_place;
	int ret;

	/*
	 * More data than the CDB has a use for. LIO would run a command without
	 * any use at once, and again when it is sequenced.
	 */
	if (!cmd->sense_reason &&
	    recv->pdu.data_len > cmd->se_cmd.data_length) {
		isert_rx_done(conn, recv);
		return -EPROTO;
	}
	in_place = !cmd->sense_reason && !unsolicited &&
		   isert_data_take(iscsit_priv_cmd(cmd), recv);
	ret = iscsit_process_scsi_cmd(conn->lio, cmd, req);
	failed = ret > 0;
	if (!ret && !in_place)
		isert_rx_copy_data(&cmd->se_cmd, recv, 0);
	if (!ret)
		isert_rx_immediate_done(cmd, recv->pdu.data_len);
	isert_rx_done(conn, recv);
	if (ret < 0)
		return ret;

	ret = iscsit_sequence_cmd(conn->lio, cmd, bhs, req->cmdsn);
	if (ret == CMDSN_ERROR_CANNOT_RECOVER)
		return -EPROTO;
	/* Not executed, or with an error already: one reference is ours. */
	if (failed || ret == CMDSN_LOWER_THAN_EXP)
		target_put_sess_cmd(&cmd->se_cmd);
	else if (unsolicited)
		iscsit_set_unsolicited_dataout(cmd);
	return 0;
}

static int isert_rx_scsi_cmd(struct isert_conn *conn, struct iser_recv *recv,
			     u8 *bhs)
{
	struct iscsit_cmd *cmd = isert_rx_alloc(conn);
	struct iscsi_scsi_req *req = (void *)bhs;

	if (!cmd)
		return -EAGAIN;
	isert_rx_note_stags(iscsit_priv_cmd(cmd), &recv->pdu);
	if (iscsit_setup_scsi_cmd(conn->lio, cmd, bhs) < 0) {
		/* LIO has queued a Reject. */
		isert_rx_done(conn, recv);
		return 0;
	}
	if (cmd->immediate_data)
		return isert_rx_with_data(conn, cmd, recv, bhs);
	if (!cmd->sense_reason)
		isert_data_lend(iscsit_priv_cmd(cmd));
	isert_rx_done(conn, recv);
	return iscsit_process_scsi_cmd(conn->lio, cmd, req);
}

/* LIO's own look prints a line for each task that is gone. */
static struct iscsit_cmd *isert_rx_find_task(struct iscsit_conn *lio, itt_t itt)
{
	struct iscsit_cmd *cmd, *found = NULL;

	spin_lock_bh(&lio->cmd_lock);
	list_for_each_entry(cmd, &lio->conn_cmd_list, i_conn_node) {
		if (cmd->init_task_tag != itt)
			continue;
		found = cmd;
		break;
	}
	spin_unlock_bh(&lio->cmd_lock);
	return found;
}

/*
 * Has LIO answered the WRITE, or is it none? The rest of a burst may be on its
 * way when the CDB turns out to be wrong; that data goes nowhere. LIO must not
 * see it: it would run the command, or answer once more.
 */
static bool isert_rx_data_is_late(const struct iscsit_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;

	if (se_cmd->se_cmd_flags & SCF_SENT_CHECK_CONDITION)
		return true;
	return se_cmd->t_state != TRANSPORT_WRITE_PENDING &&
	       !(cmd->cmd_flags & ICF_OOO_CMDSN);
}

/*
 * Has target core not begun with the WRITE yet? A device's submit_type may have it
 * do that in a work of its own. LIO has nowhere to put data until then.
 */
static bool isert_rx_data_is_early(const struct iscsit_cmd *cmd)
{
	return cmd->se_cmd.t_state < TRANSPORT_WRITE_PENDING &&
	       cmd->unsolicited_data && !cmd->sense_reason &&
	       !(cmd->se_cmd.se_cmd_flags & SCF_SENT_CHECK_CONDITION) &&
	       !(cmd->cmd_flags & ICF_OOO_CMDSN);
}

/*
 * Is it part of a burst that LIO waits for? All Data-Outs are unsolicited here;
 * LIO would take any other for the answer to an R2T, and run the command while
 * an RDMA Read fetches its data. Each one beyond the end of the WRITE would
 * make it put a reference that is there once.
 *
 * A command that came ahead of its CmdSN has no memory for its data yet.
 * Commands arrive in order on one connection, so no honest peer does that.
 */
static bool isert_rx_data_is_due(const struct iscsit_cmd *cmd, u32 to, u32 len)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;

	return se_cmd->t_state == TRANSPORT_WRITE_PENDING &&
	       cmd->unsolicited_data && to <= se_cmd->data_length &&
	       len <= se_cmd->data_length - to;
}

static int isert_rx_data_out(struct isert_conn *conn, struct iser_recv *recv,
			     u8 *bhs)
{
	struct iscsi_data *hdr = (void *)bhs;
	u32 to = be32_to_cpu(hdr->offset), len = recv->pdu.data_len;
	struct iscsit_cmd *cmd;
	struct isert_cmd *icmd;
	bool wanted = false;
	int err;

	/* LIO would sleep for the tag of a Reject. */
	if (!len || len > conn->lio->conn_ops->MaxXmitDataSegmentLength)
		return isert_rx_refuse(conn, recv, ISCSI_REASON_PROTOCOL_ERROR,
				       bhs);
	cmd = isert_rx_find_task(conn->lio, hdr->itt);
	if (cmd && isert_rx_data_is_early(cmd))
		return -EAGAIN;
	if (!cmd || isert_rx_data_is_late(cmd)) {
		/* An abort may have ended the task: its data goes nowhere. */
		isert_rx_done(conn, recv);
		return 0;
	}
	if (!isert_rx_data_is_due(cmd, to, len)) {
		isert_rx_done(conn, recv);
		return -EPROTO;
	}
	/*
	 * Not iscsit_check_dataout_hdr(): that looks for the task by itself, and a
	 * peer that uses a tag twice would have it find another than we did.
	 */
	err = __iscsit_check_dataout_hdr(conn->lio, bhs, cmd, len, &wanted);
	if (wanted) {
		isert_rx_copy_data(&cmd->se_cmd, recv, to);
		/* The Base Offset does not stand for these. */
		icmd = iscsit_priv_cmd(cmd);
		icmd->unsolicited += len;
	}
	isert_rx_done(conn, recv);
	/* Negative: LIO has answered, or waits until it gives up. */
	if (err < 0 || !wanted)
		return 0;
	return iscsit_check_dataout_payload(cmd, hdr, false);
}

/* What LIO would answer with a Reject for which it sleeps. */
static bool isert_rx_nop_is_sane(const struct isert_conn *conn,
				 const struct iscsi_nopout *hdr, u32 len)
{
	if (!(hdr->flags & ISCSI_FLAG_CMD_FINAL) ||
	    len > conn->lio->conn_ops->MaxXmitDataSegmentLength)
		return false;
	if (hdr->itt == RESERVED_ITT)
		return hdr->opcode & ISCSI_OP_IMMEDIATE;
	return hdr->ttt == cpu_to_be32(ISER_TAG_NONE);
}

/*
 * A NOP-Out answers a NOP-In of ours. LIO ends the command that has the tag,
 * whatever it is, at once and as often as it is told to; so it is told of no
 * other than a NOP-In, once, and not before its Send is known to be complete:
 * the answer may overtake that.
 */
static int isert_rx_take_ping(struct isert_conn *conn, u32 ttt)
{
	struct iscsit_conn *lio = conn->lio;
	struct isert_cmd *icmd;
	struct iscsit_cmd *cmd;
	int err = -EPROTO;

	spin_lock_bh(&lio->cmd_lock);
	list_for_each_entry(cmd, &lio->conn_cmd_list, i_conn_node) {
		if (cmd->targ_xfer_tag != ttt)
			continue;
		if (cmd->iscsi_opcode != ISCSI_OP_NOOP_IN)
			break;
		icmd = iscsit_priv_cmd(cmd);
		err = -EAGAIN;
		/* Pairs with isert_cmd_goes_on(). */
		if (smp_load_acquire(&icmd->tx) == ISERT_TX_ANSWER) {
			icmd->tx = ISERT_TX_NONE;
			err = 0;
		}
		break;
	}
	spin_unlock_bh(&lio->cmd_lock);
	return err;
}

static int isert_rx_answer(struct isert_conn *conn, struct iser_recv *recv,
			   struct iscsi_nopout *hdr)
{
	int err = isert_rx_take_ping(conn, be32_to_cpu(hdr->ttt));

	if (err == -EAGAIN)
		return err;
	isert_rx_done(conn, recv);
	if (err)
		return err;
	return iscsit_process_nop_out(conn->lio, NULL, hdr);
}

static int isert_rx_ping_data(struct isert_conn *conn, struct iscsit_cmd *cmd,
			      const struct iser_recv *recv)
{
	u32 len = min(recv->pdu.data_len, conn->max_data);

	if (!len)
		return 0;
	cmd->buf_ptr = kmalloc(len, GFP_KERNEL);
	if (!cmd->buf_ptr)
		return -ENOMEM;
	iser_recv_copy(recv, recv->pdu.data_off, cmd->buf_ptr, len);
	cmd->buf_ptr_size = len;
	return 0;
}

static int isert_rx_nop_out(struct isert_conn *conn, struct iser_recv *recv,
			    u8 *bhs)
{
	struct iscsi_nopout *hdr = (void *)bhs;
	struct iscsit_cmd *cmd;

	if (!isert_rx_nop_is_sane(conn, hdr, recv->pdu.data_len))
		return isert_rx_refuse(conn, recv, ISCSI_REASON_PROTOCOL_ERROR,
				       bhs);
	if (isert_unasked_takes(conn, hdr)) {
		isert_rx_done(conn, recv);
		return 0;
	}
	if (hdr->ttt != cpu_to_be32(ISER_TAG_NONE))
		return isert_rx_answer(conn, recv, hdr);
	cmd = isert_rx_alloc(conn);
	if (!cmd)
		return -EAGAIN;
	if (isert_rx_ping_data(conn, cmd, recv)) {
		iscsit_release_cmd(cmd);
		return -EAGAIN;
	}
	isert_rx_done(conn, recv);
	/* Negative: LIO has queued a Reject. */
	if (iscsit_setup_nop_out(conn->lio, cmd, hdr) < 0)
		return 0;
	return iscsit_process_nop_out(conn->lio, cmd, hdr);
}

static int isert_rx_task_mgt(struct isert_conn *conn, struct iser_recv *recv,
			     u8 *bhs)
{
	struct iscsit_cmd *cmd = isert_rx_alloc(conn);

	if (!cmd)
		return -EAGAIN;
	isert_rx_done(conn, recv);
	/* Negative also for a Reject that LIO has queued. */
	iscsit_handle_task_mgt_cmd(conn->lio, cmd, bhs);
	return 0;
}

static int isert_rx_logout(struct isert_conn *conn, struct iser_recv *recv,
			   u8 *bhs)
{
	struct iscsit_cmd *cmd;

	/* A connection is logged out of once, for whatever reason. */
	if (conn->logout_seen) {
		isert_rx_done(conn, recv);
		return -EPROTO;
	}
	cmd = isert_rx_alloc(conn);
	if (!cmd)
		return -EAGAIN;
	conn->logout_seen = true;
	isert_rx_done(conn, recv);
	/* Positive: LIO's TCP would sleep until the response is out. */
	return min(iscsit_handle_logout_cmd(conn->lio, cmd, bhs), 0);
}

/*
 * The next request may be here before the completion of the response that it
 * goes on from: then the command is still the send queue's.
 */
static bool isert_rx_text_is_leaving(struct isert_conn *conn)
{
	bool leaving;

	spin_lock_bh(&conn->lock);
	leaving = conn->text_leaving;
	spin_unlock_bh(&conn->lock);
	return leaving;
}

static struct iscsit_cmd *isert_rx_take_text(struct isert_conn *conn)
{
	struct iscsit_cmd *cmd;

	spin_lock_bh(&conn->lock);
	cmd = conn->text;
	conn->text = NULL;
	spin_unlock_bh(&conn->lock);
	return cmd;
}

/*
 * A continued exchange goes on with the command of its first request, which
 * waits for it and which nobody else has; without data, for there is nothing to
 * add to SendTargets. A new exchange resets one that was left half-way
 * (RFC 7143 section 11.10.4). NULL if neither makes sense, -EAGAIN if it is too
 * early to say.
 */
static struct iscsit_cmd *isert_rx_text_cmd(struct isert_conn *conn,
					    const struct iscsi_text *hdr,
					    u32 len)
{
	struct iscsit_cmd *old, *cmd;

	if (isert_rx_text_is_leaving(conn))
		return ERR_PTR(-EAGAIN);
	if (hdr->ttt == cpu_to_be32(ISER_TAG_NONE)) {
		cmd = isert_rx_alloc(conn);
		if (!cmd)
			return ERR_PTR(-EAGAIN);
		old = isert_rx_take_text(conn);
		if (old)
			isert_cmd_release(old);
		return cmd;
	}
	old = isert_rx_take_text(conn);
	if (!old || len || old->init_task_tag != hdr->itt ||
	    be32_to_cpu(hdr->ttt) != old->targ_xfer_tag)
		return NULL;
	/* What the last response brought; a Reject would put its own there. */
	kfree(old->buf_ptr);
	old->buf_ptr = NULL;
	return old;
}

/*
 * The key block of a request, with a NUL behind it whatever the peer sent. A
 * request that goes on has none, and is about that of the first: LIO looks at it
 * for each response, though it would forget it.
 */
static int isert_rx_text_data(struct iscsit_cmd *cmd,
			      const struct iser_recv *recv, char **text)
{
	u32 len = recv->pdu.data_len;

	if (!len) {
		*text = cmd->text_in_ptr;
		cmd->text_in_ptr = NULL;
		return 0;
	}
	*text = kzalloc(len + 1, GFP_KERNEL);
	if (!*text)
		return -ENOMEM;
	iser_recv_copy(recv, recv->pdu.data_off, *text, len);
	return 0;
}

static int isert_rx_text(struct isert_conn *conn, struct iser_recv *recv,
			 u8 *bhs)
{
	struct iscsi_text *hdr = (void *)bhs;
	char *text = NULL;
	struct iscsit_cmd *cmd;

	cmd = isert_rx_text_cmd(conn, hdr, recv->pdu.data_len);
	if (IS_ERR(cmd))
		return PTR_ERR(cmd);
	if (cmd && isert_rx_text_data(cmd, recv, &text)) {
		/* The PDU comes again, and the command is made again. */
		iscsit_release_cmd(cmd);
		return -EAGAIN;
	}
	isert_rx_done(conn, recv);
	if (!cmd)
		return -EPROTO;
	/* LIO puts it on its list, also one that goes on, or rejects it. */
	isert_cmd_unlink(cmd);
	if (iscsit_setup_text_cmd(conn->lio, cmd, hdr) < 0) {
		kfree(text);
		return 0;
	}
	cmd->text_in_ptr = text;
	/* Negative also for a Reject that LIO has queued. */
	iscsit_process_text_cmd(conn->lio, cmd, hdr);
	return 0;
}

static noinline int isert_rx_other(struct isert_conn *conn,
				   struct iser_recv *recv, u8 *bhs)
{
	switch (recv->pdu.opcode) {
	case ISCSI_OP_SCSI_DATA_OUT:
		return isert_rx_data_out(conn, recv, bhs);
	case ISCSI_OP_NOOP_OUT:
		return isert_rx_nop_out(conn, recv, bhs);
	case ISCSI_OP_SCSI_TMFUNC:
		return isert_rx_task_mgt(conn, recv, bhs);
	case ISCSI_OP_TEXT:
		return isert_rx_text(conn, recv, bhs);
	case ISCSI_OP_LOGOUT:
		return isert_rx_logout(conn, recv, bhs);
	default:
		isert_rx_done(conn, recv);
		return -EPROTO;
	}
}

/*
 * One PDU. Every path calls isert_rx_done() exactly once, but for -EAGAIN: then
 * the PDU is handled again later.
 */
static int isert_rx_pdu(struct isert_conn *conn, struct iser_recv *recv)
{
	u8 *bhs = isert_rx_bhs(conn, recv);

	if (unlikely(!bhs))
		return -EAGAIN;
	if (unlikely(recv->verdict != ISER_OK))
		return isert_rx_refuse(conn, recv,
				       isert_rx_reject_reason(recv->verdict),
				       bhs);
	if (likely(recv->pdu.opcode == ISCSI_OP_SCSI_CMD))
		return isert_rx_scsi_cmd(conn, recv, bhs);
	return isert_rx_other(conn, recv, bhs);
}

/* A Hello is a message of its own; all others carry a PDU. */
static int isert_rx_message(struct isert_conn *conn, struct iser_recv *recv)
{
	bool hello = recv->pdu.msg != ISER_MSG_CTRL;
	int err;

	/* Nothing is to be said of hellos after the first message. */
	if (unlikely(hello || conn->hello != ISERT_HELLO_OVER) &&
	    !isert_keys_hello_fits(conn, &recv->pdu)) {
		isert_rx_done(conn, recv);
		return -EPROTO;
	}
	if (likely(!hello))
		return isert_rx_pdu(conn, recv);
	err = isert_keys_hello(conn, &recv->pdu);
	if (!err)
		isert_rx_done(conn, recv);
	return err;
}

/* The next PDU in order of arrival, or NULL. */
static struct iser_recv *isert_rx_next_pdu(struct isert_conn *conn)
{
	struct llist_node *next = conn->rx_todo;

	if (!next)
		next = llist_reverse_order(llist_del_all(&conn->rx_queue));
	if (!next)
		return NULL;
	conn->rx_todo = next->next;
	return llist_entry(next, struct iser_recv, queued);
}

static void isert_rx_put_back(struct isert_conn *conn, struct iser_recv *recv)
{
	WRITE_ONCE(conn->starved, true);
	recv->queued.next = conn->rx_todo;
	conn->rx_todo = &recv->queued;
	isert_rx_wake_later(conn);
	isert_conn_unuse(conn);
}

/* Return false when there is nothing to do, or nothing can be done now. */
static bool isert_rx_one_pdu(struct isert_conn *conn)
{
	struct iser_recv *recv;
	int err;

	/* The buffers are there for as long as we are a user. */
	if (!isert_conn_use(conn))
		return false;
	recv = isert_rx_next_pdu(conn);
	if (!recv) {
		isert_conn_unuse(conn);
		return false;
	}
	err = isert_rx_message(conn, recv);
	if (unlikely(err == -EAGAIN)) {
		isert_rx_put_back(conn, recv);
		return false;
	}
	conn->hello = ISERT_HELLO_OVER;
	if (unlikely(err < 0))
		iser_ep_stop(conn->ep, ISER_STOP_PROTOCOL);
	return true;
}

static struct isert_cmd *isert_rx_next_cmd(struct isert_conn *conn,
					   struct list_head *list)
{
	struct isert_cmd *icmd;

	/* Who adds one wakes the work. */
	if (list_empty(list))
		return NULL;
	spin_lock_bh(&conn->lock);
	icmd = list_first_entry_or_null(list, struct isert_cmd, node);
	if (icmd)
		list_del_init(&icmd->node);
	spin_unlock_bh(&conn->lock);
	return icmd;
}

static noinline void isert_rx_retry_all(struct isert_conn *conn)
{
	struct isert_cmd *icmd, *next;
	LIST_HEAD(list);

	spin_lock_bh(&conn->lock);
	list_splice_init(&conn->retry_list, &list);
	spin_unlock_bh(&conn->lock);
	list_for_each_entry_safe(icmd, next, &list, node) {
		list_del_init(&icmd->node);
		isert_data_start(icmd);
	}
}

/**
 * isert_rx_work - hand what has arrived to LIO
 * @work: of the connection
 *
 * Commands whose data is here come first: they hold memory.
 *
 * Context: workqueue; never concurrent with itself for one connection.
 */
void isert_rx_work(struct work_struct *work)
{
	struct isert_conn *conn = container_of(work, struct isert_conn,
					       rx_work);
	struct isert_cmd *icmd;

	if (unlikely(!list_empty(&conn->retry_list)))
		isert_rx_retry_all(conn);
	do {
		while ((icmd = isert_rx_next_cmd(conn, &conn->exec_list)))
			isert_data_next(icmd);
		/* A peer can keep it busy with what never sleeps. */
		cond_resched();
	} while (isert_rx_one_pdu(conn));
	isert_rsp_watch_window(conn);
}
