// SPDX-License-Identifier: GPL-2.0-only
/*
 * Login at the target.
 *
 * LIO asks for a Login PDU only when one is here: the first is what makes
 * accept_np return, and each later one queues LIO's login_work. That work is not
 * ordered by LIO against the portal thread that handles the first PDU, so a
 * second PDU that comes early is kept until the thread is back in accept_np.
 *
 * The final response is parked. LIO calls put_login_tx for it before it has
 * registered the session, so whatever the initiator sent next would find none.
 * get_rx_pdu, the first thing the RX kthread does afterwards, posts the receive
 * buffers of full feature phase, switches the decoder over and sends it
 * (Enable_Datamover with a Final_Login_Response_PDU, RFC 5047 section 5.4).
 * What the initiator must be denied, put_login_tx still can deny: everything
 * that may fail is allocated there.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/sched/signal.h>
#include <linux/unaligned.h>
#include <scsi/iscsi_proto.h>

#include "isert.h"

/**
 * isert_login_is_discovery - is it a discovery session
 * @lio: connection with a session
 *
 * Context: any, from the end of the first Login PDU on.
 * Return: true if so.
 */
bool isert_login_is_discovery(const struct iscsit_conn *lio)
{
	return lio->sess->sess_ops->SessionType;
}

/**
 * isert_login_recv - a Login PDU has arrived
 * @conn: connection
 * @recv: its buffer
 *
 * Context: CQ kworker.
 */
void isert_login_recv(struct isert_conn *conn, struct iser_recv *recv)
{
	bool first = false, early = false;

	spin_lock_bh(&conn->lock);
	if (conn->login_recv || conn->stage > ISERT_LOGIN_WORK) {
		/* One request, one response (RFC 7143 section 6.3). */
		early = true;
	} else {
		conn->login_recv = recv;
		if (conn->stage == ISERT_LOGIN_WORK)
			conn->login_silent += jiffies - conn->login_answered;
		if (conn->stage == ISERT_SILENT) {
			conn->stage = ISERT_READY;
			first = true;
		} else if (conn->stage == ISERT_LOGIN_WORK) {
			schedule_delayed_work(&conn->lio->login_work, 0);
		}
	}
	spin_unlock_bh(&conn->lock);

	if (early)
		iser_ep_stop(conn->ep, ISER_STOP_PROTOCOL);
	else if (first)
		isert_portal_first_pdu(conn);
}

/**
 * isert_login_np_done - LIO's portal thread has left this connection alone
 * @conn: connection it had
 *
 * Context: portal thread.
 */
void isert_login_np_done(struct isert_conn *conn)
{
	spin_lock_bh(&conn->lock);
	if (conn->stage == ISERT_LOGIN_NP) {
		conn->stage = ISERT_LOGIN_WORK;
		if (conn->login_recv || conn->gone)
			schedule_delayed_work(&conn->lio->login_work, 0);
	}
	spin_unlock_bh(&conn->lock);
}

static struct iser_recv *isert_login_take(struct isert_conn *conn)
{
	struct iser_recv *recv;

	spin_lock_bh(&conn->lock);
	recv = conn->login_recv;
	conn->login_recv = NULL;
	conn->login_busy = true;
	spin_unlock_bh(&conn->lock);
	return recv;
}

static int isert_login_copy(struct isert_conn *conn, struct iscsi_login *login,
			    struct iser_recv *recv)
{
	struct iscsi_login_req *req = (void *)login->req;
	u32 len = recv->pdu.data_len;
	int err;

	memcpy(req, recv->hdr + ISER_HDR_LEN, ISER_BHS_LEN);
	memset(login->req_buf, 0, ISER_LOGIN_TEXT_MAX);
	iser_recv_copy(recv, recv->pdu.data_off, login->req_buf, len);
	/* Some kernels have no room for a terminator behind 8,192 bytes. */
	if (len == ISER_LOGIN_TEXT_MAX && login->req_buf[len - 1])
		return -EPROTO;
	err = isert_keys_request(conn, login, &len);
	if (err)
		return err;
	hton24(req->dlength, len);
	return 0;
}

/* What LIO wants to know of the leading request. */
static void isert_login_first(struct iscsi_login *login)
{
	const struct iscsi_login_req *req = (void *)login->req;

	login->leading_connection = !req->tsih;
	login->current_stage = ISCSI_LOGIN_CURRENT_STAGE(req->flags);
	login->version_min = req->min_version;
	login->version_max = req->max_version;
	memcpy(login->isid, req->isid, sizeof(login->isid));
	login->cmd_sn = be32_to_cpu(req->cmdsn);
	login->init_task_tag = req->itt;
	login->initial_exp_statsn = be32_to_cpu(req->exp_statsn);
	login->cid = be16_to_cpu(req->cid);
	login->tsih = be16_to_cpu(req->tsih);
}

static void isert_login_sent(struct iser_ep *ep, struct iser_send *send,
			     bool flushed)
{
	struct completion *sent = send->owner;

	if (sent)
		complete(sent);
}

/* From now on the peer is to take the Login Response. */
static void isert_login_sending(struct isert_conn *conn, bool sending)
{
	spin_lock_bh(&conn->lock);
	conn->login_sending = sending;
	conn->login_answered = jiffies;
	spin_unlock_bh(&conn->lock);
}

/*
 * Send a Login Response and wait until the peer has it, so that @data may be
 * freed and a disconnect may follow.
 */
static int isert_login_send(struct isert_conn *conn, const u8 *bhs,
			    const struct iser_buf *data, u32 len)
{
	DECLARE_COMPLETION_ONSTACK(sent);
	struct iser_send *send;
	struct ib_sge sge;
	int err;

	err = iser_send_prepare(conn->ep, false);
	if (err)
		return err;
	err = -ENOTCONN;
	if (data) {
		sge = data->sge;
		sge.length = len;
	}
	iser_tx_lock(conn->ep);
	send = iser_send_get(conn->ep, 1);
	if (send) {
		iser_ctrl_encode(send->buf);
		memcpy(send->buf + ISER_HDR_LEN, bhs, ISER_BHS_LEN);
		send->done = isert_login_sent;
		send->owner = &sent;
		err = iser_send_post(conn->ep, send, ISER_HEADERS_LEN,
				     data ? &sge : NULL, data ? 1 : 0, true);
	}
	iser_tx_unlock(conn->ep);
	if (err && err != -EIO)
		return err;
	/*
	 * A peer that posts no receive would have us wait for ever, and LIO, by a
	 * signal, not that long. After the stop, and after -EIO, the stop work
	 * gives the slot back.
	 */
	isert_login_sending(conn, true);
	if (wait_for_completion_interruptible_timeout(&sent,
						      ISERT_LOGIN_SEND_TIMEOUT) <= 0) {
		iser_ep_stop(conn->ep, ISER_STOP_TIMEOUT);
		wait_for_completion(&sent);
		err = -ETIMEDOUT;
	}
	isert_login_sending(conn, false);
	return err;
}

/*
 * Say why, before LIO ends the connection (RFC 7143 section 11.13.5: initiator
 * error). LIO has nothing to say about a text it has not seen.
 */
static void isert_login_refuse(struct isert_conn *conn,
			       const struct iscsi_login *login, u8 detail,
			       const char *why)
{
	const struct iscsi_login_req *req = (const void *)login->req;
	struct iscsi_login_rsp rsp = {
		.opcode		= ISCSI_OP_LOGIN_RSP,
		.itt		= req->itt,
		.status_class	= ISCSI_STATUS_CLS_INITIATOR_ERR,
		.status_detail	= detail,
	};

	pr_warn_ratelimited("%pISpc: login refused, %s\n",
			    iser_ep_peer(conn->ep), why);
	isert_login_send(conn, (const u8 *)&rsp, NULL, 0);
}

static const char isert_login_no_iser[] = "RDMAExtensions=Yes is not offered";

/* Status of a login that does not want iSER: a key is wrong, or missing. */
static u8 isert_login_no_rdma(const struct isert_conn *conn)
{
	return conn->keys.rdma == ISER_RDMA_NO ? ISCSI_LOGIN_STATUS_INIT_ERR :
						 ISCSI_LOGIN_STATUS_MISSING_FIELDS;
}

/**
 * isert_login_get_rx - LIO's get_login_rx: copy the Login PDU that is here
 * @lio: connection
 * @login: login in progress
 *
 * Context: portal thread for the first PDU, LIO's login_work for others.
 * Return: 0; negative if there is none: the peer is gone, or LIO's timer ran.
 */
int isert_login_get_rx(struct iscsit_conn *lio, struct iscsi_login *login)
{
	struct isert_conn *conn = lio->context;
	struct iser_recv *recv;
	int err = -ECONNRESET;

	if (!isert_conn_use(conn))
		return err;
	recv = isert_login_take(conn);
	if (recv) {
		err = isert_login_copy(conn, login, recv);
		iser_recv_release(recv);
	}
	isert_conn_unuse(conn);
	if (err == -EPROTO)
		isert_login_refuse(conn, login, ISCSI_LOGIN_STATUS_INIT_ERR,
				   "malformed text");
	else if (err == -EOPNOTSUPP)
		isert_login_refuse(conn, login, isert_login_no_rdma(conn),
				   isert_login_no_iser);
	if (err)
		return err;
	if (login->first_request)
		isert_login_first(login);
	/* LIO calls it for TCP, but not for us. */
	return iscsi_target_check_login_request(lio, login);
}

/**
 * isert_login_validate - LIO's validate_params: what iSER needs of the keys
 * @lio: connection, its parameter list is set up, nothing is negotiated
 *
 * RFC 7145 section 6.3 and 6.1: digests end as None; error recovery level 0 is
 * what both cores can do here, and so is one connection. A request with a TSIH
 * asks for another, or, at level 0, for nothing that a new session would not do
 * as well; LIO's list has no keys of the session for it that could be set.
 *
 * Context: portal thread.
 * Return: 0 or a negative errno.
 */
int isert_login_validate(struct iscsit_conn *lio)
{
	if (!lio->login->zero_tsih) {
		/* Too many connections, RFC 7143 section 11.13.5. */
		isert_login_refuse(lio->context, lio->login,
				   ISCSI_LOGIN_STATUS_ISID_ERROR,
				   "a session over iSER has one connection");
		return -EINVAL;
	}
	if (iscsi_change_param_sprintf(lio, "HeaderDigest=None") < 0 ||
	    iscsi_change_param_sprintf(lio, "DataDigest=None") < 0 ||
	    iscsi_change_param_sprintf(lio, "ErrorRecoveryLevel=0") < 0 ||
	    iscsi_change_param_sprintf(lio, "MaxConnections=1") < 0)
		return -EINVAL;
	return 0;
}

/* LIO's text, filtered; @len is in and out, with pad. */
static int isert_login_copy_text(struct isert_conn *conn,
				 struct iscsi_login *login, u32 *len,
				 struct iser_buf **data)
{
	struct iscsi_login_rsp *rsp = (void *)login->rsp;
	u32 used = min_t(u32, ntoh24(rsp->dlength), *len);
	u32 padded;
	char *text;

	*data = NULL;
	if (!used && !conn->keys_new)
		return 0;
	*data = iser_buf_alloc(conn->ep, ISER_LOGIN_TEXT_MAX);
	if (!*data)
		return -ENOMEM;
	text = (*data)->mem;
	memcpy(text, login->rsp_buf, used);
	used = isert_keys_response(conn, rsp, text, used);
	padded = ALIGN(used, 4);
	memset(text + used, 0, padded - used);
	iser_buf_sync(conn->ep, *data, padded);
	hton24(rsp->dlength, used);
	*len = padded;
	if (!padded) {
		iser_buf_free(conn->ep, *data);
		*data = NULL;
	}
	return 0;
}

/* In place of the final response, which LIO has made already. */
static void isert_login_fail(struct isert_conn *conn, struct iscsi_login *login,
			     u8 class, u8 detail)
{
	struct iscsi_login_rsp *rsp = (void *)login->rsp;

	rsp->flags = 0;
	rsp->status_class = class;
	rsp->status_detail = detail;
	hton24(rsp->dlength, 0);
	isert_login_send(conn, login->rsp, NULL, 0);
}

static int isert_login_prepare(struct isert_conn *conn,
			       struct iscsi_login *login)
{
	int err;

	if (!isert_keys_agreed(conn)) {
		pr_warn_ratelimited("%pISpc: login refused, %s\n",
				    iser_ep_peer(conn->ep),
				    isert_login_no_iser);
		isert_login_fail(conn, login, ISCSI_STATUS_CLS_INITIATOR_ERR,
				 isert_login_no_rdma(conn));
		return -EOPNOTSUPP;
	}
	err = isert_conn_prepare_full(conn);
	if (err) {
		pr_err_ratelimited("%pISpc: login refused, out of resources: %d\n",
				   iser_ep_peer(conn->ep), err);
		isert_login_fail(conn, login, ISCSI_STATUS_CLS_TARGET_ERR,
				 ISCSI_LOGIN_STATUS_NO_RESOURCES);
	}
	return err;
}

static int isert_login_park(struct isert_conn *conn, struct iscsi_login *login,
			    struct iser_buf *data, u32 len)
{
	struct se_node_acl *acl = conn->lio->sess->se_sess->se_node_acl;
	int err = isert_login_prepare(conn, login);

	if (err) {
		iser_buf_free(conn->ep, data);
		return err;
	}
	if (!isert_login_is_discovery(conn->lio))
		isert_portal_learn_depth(login->np, acl->queue_depth);
	memcpy(conn->final, login->rsp, ISER_BHS_LEN);
	conn->final_data = data;
	conn->final_len = len;
	conn->final_parked = true;

	spin_lock_bh(&conn->lock);
	conn->stage = ISERT_COMPLETE;
	spin_unlock_bh(&conn->lock);
	isert_portal_login_over(conn);
	return 0;
}

/* It is the peer's turn. */
static void isert_login_answered(struct isert_conn *conn)
{
	spin_lock_bh(&conn->lock);
	conn->login_busy = false;
	conn->login_answered = jiffies;
	spin_unlock_bh(&conn->lock);
}

/**
 * isert_login_put_tx - LIO's put_login_tx: send a Login Response, or park it
 * @lio: connection
 * @login: login in progress, response in it
 * @len: data with pad, bytes
 *
 * Context: portal thread or login_work; sleeps until the response has arrived.
 * Return: 0, or a negative errno, upon which LIO ends the connection.
 */
int isert_login_put_tx(struct iscsit_conn *lio, struct iscsi_login *login,
		       u32 len)
{
	struct isert_conn *conn = lio->context;
	struct iser_buf *data;
	int err;

	if (len > ISER_LOGIN_TEXT_MAX)
		return -EMSGSIZE;
	err = isert_login_copy_text(conn, login, &len, &data);
	if (err)
		return err;
	/* LIO may have failed after it said so. */
	if (login->login_complete &&
	    ((struct iscsi_login_rsp *)login->rsp)->status_class ==
	    ISCSI_STATUS_CLS_SUCCESS)
		return isert_login_park(conn, login, data, len);
	err = isert_login_send(conn, login->rsp, data, len);
	iser_buf_free(conn->ep, data);
	isert_login_answered(conn);
	return err;
}

/* From here on PDUs go to LIO. The order is the point, see above. */
static int isert_login_enable(struct isert_conn *conn)
{
	struct iser_ep *ep = conn->ep;
	bool discovery = isert_login_is_discovery(conn->lio);
	int err = 0;

	if (!discovery)
		err = iser_recv_post_full(ep);
	if (err)
		return err;
	conn->stat_sn = conn->lio->stat_sn;
	conn->max_cmdsn = get_unaligned_be32(conn->final +
			offsetof(struct iscsi_login_rsp, max_cmdsn));
	isert_keys_apply(conn);
	iser_tx_lock(ep);
	isert_rsp_window(conn, conn->final);
	iser_tx_unlock(ep);
	iser_ep_set_phase(ep, discovery ? ISER_PHASE_DISCOVERY :
					  ISER_PHASE_FULL);
	return isert_login_send(conn, conn->final, conn->final_data,
				conn->final_len);
}

static bool isert_login_become_full(struct isert_conn *conn)
{
	bool alive;

	spin_lock_bh(&conn->lock);
	alive = conn->stage == ISERT_COMPLETE && !conn->gone;
	if (alive)
		conn->stage = ISERT_FULL;
	spin_unlock_bh(&conn->lock);
	return alive;
}

/**
 * isert_login_get_rx_pdu - LIO's get_rx_pdu: Enable_Datamover
 * @lio: connection; its session is registered
 *
 * Returns when the RX kthread is to close the connection.
 *
 * Context: kthread iscsi_trx; sleeps interruptibly.
 */
void isert_login_get_rx_pdu(struct iscsit_conn *lio)
{
	struct isert_conn *conn = lio->context;

	if (!conn->final_parked)
		return;
	conn->final_parked = false;
	if (isert_login_enable(conn) || !isert_login_become_full(conn))
		return;
	isert_alive_watch(conn);
}
