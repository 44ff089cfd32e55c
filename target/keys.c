// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys at the target: the login text on its way between the wire and LIO
 * (common/keys.c), and what follows from it in full feature phase.
 *
 * The text is touched in the operational stage only, and never where one is
 * continued (C bit): it may break in the middle of a key. LIO takes each part
 * for a text of its own anyway, so nobody can use that to get what he should
 * not: an unfiltered TargetRecvDataSegmentLength harms who sends to it, the
 * initiator's length is not believed unless a filtered key has proven it, and
 * without RDMAExtensions=Yes, which is looked for in every part, there is no
 * session.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <scsi/iscsi_proto.h>

#include "isert.h"
#include "text.h"

static struct iser_keys_truth isert_keys_truth(const struct isert_conn *conn)
{
	return (struct iser_keys_truth) {
		.ini_recv	= ISERT_SEND_DATA,
		.tgt_recv	= iser_ep_plan(conn->ep)->recv_data,
		.discovery	= ISER_LOGIN_TEXT_MAX,
		.ahs		= ISER_KEYS_AHS,
		.unexpected	= ISER_TGT_UNEXPECTED,
	};
}

static bool isert_keys_of_discovery(const struct isert_conn *conn,
				    const struct iscsi_login *login, u32 len)
{
	if (!login->first_request)
		return isert_login_is_discovery(conn->lio);
	return iser_text_is(login->req_buf, len, "SessionType", "Discovery");
}

/**
 * isert_keys_request - the text of a Login Request, before LIO sees it
 * @conn: connection
 * @login: login in progress, request and its text copied into it
 * @len: bytes of text; shrinks
 *
 * Context: portal thread or login_work.
 * Return: 0; -EPROTO if the text is malformed, -EOPNOTSUPP if the initiator
 *	does not want iSER; the login is to be refused then.
 */
int isert_keys_request(struct isert_conn *conn, const struct iscsi_login *login,
		       u32 *len)
{
	const struct iscsi_login_req *req = (const void *)login->req;
	struct iser_keys_truth own = isert_keys_truth(conn);
	bool more = req->flags & ISCSI_FLAG_LOGIN_CONTINUE;
	bool whole = !more && !conn->text_goes_on;
	u8 stated = conn->keys.stated;

	conn->text_goes_on = more;
	conn->keys_new = 0;
	if (ISCSI_LOGIN_CURRENT_STAGE(req->flags) !=
	    ISCSI_OP_PARMS_NEGOTIATION_STAGE)
		return 0;
	if (whole) {
		if (iser_keys_take_offer(login->req_buf, len, &own,
					 &conn->keys))
			return -EPROTO;
		conn->keys_new = conn->keys.stated & ~stated;
	} else {
		iser_keys_note_rdma(login->req_buf, *len, &conn->keys);
		/* Whatever else is in it: buffers as long as there are. */
		conn->keys.tgt_recv = own.tgt_recv;
	}
	/* Not for discovery sessions, which do not negotiate it. */
	if (isert_keys_of_discovery(conn, login, *len)) {
		conn->keys_new = 0;
		return 0;
	}
	if (conn->keys.rdma == ISER_RDMA_NO ||
	    (conn->keys.rdma == ISER_RDMA_UNSAID && conn->rdma_asked && !more))
		return -EOPNOTSUPP;
	return 0;
}

/**
 * isert_keys_response - the text of a Login Response, before the wire sees it
 * @conn: connection
 * @rsp: header of the response
 * @text: LIO's text, in ISER_LOGIN_TEXT_MAX bytes of memory
 * @len: bytes of it, without pad
 *
 * Context: portal thread or login_work.
 * Return: bytes of text now.
 */
u32 isert_keys_response(struct isert_conn *conn,
			const struct iscsi_login_rsp *rsp, char *text, u32 len)
{
	struct iser_keys_truth own = isert_keys_truth(conn);

	/* The default is Yes, and No takes a No of both. */
	if (iser_text_is(text, len, "InitialR2T", "No"))
		conn->data_outs = true;
	if (rsp->status_class != ISCSI_STATUS_CLS_SUCCESS ||
	    ISCSI_LOGIN_CURRENT_STAGE(rsp->flags) !=
	    ISCSI_OP_PARMS_NEGOTIATION_STAGE ||
	    rsp->flags & ISCSI_FLAG_LOGIN_CONTINUE || conn->text_goes_on)
		return len;
	iser_keys_answer(text, &len, ISER_LOGIN_TEXT_MAX, &own,
			 conn->keys_new);
	conn->keys_new = 0;
	/* It is not an answer if nobody has asked. */
	if (iser_text_find(text, len, "RDMAExtensions", NULL))
		conn->rdma_asked = conn->keys.rdma == ISER_RDMA_UNSAID;
	return len;
}

/**
 * isert_keys_agreed - may the login end in full feature phase
 * @conn: connection whose login is about to succeed
 *
 * RFC 7145 section 6.3: without a Yes of both sides there is no iSER session,
 * and there is nothing else to have over RDMA.
 *
 * Context: process, login.
 * Return: true if so.
 */
bool isert_keys_agreed(const struct isert_conn *conn)
{
	return isert_login_is_discovery(conn->lio) ||
	       conn->keys.rdma == ISER_RDMA_YES;
}

/**
 * isert_keys_recv_data - data bytes of a PDU that receive buffers have to take
 * @conn: connection whose login is about to succeed, and no discovery
 *
 * Context: process, login.
 * Return: bytes.
 */
u32 isert_keys_recv_data(const struct isert_conn *conn)
{
	return iser_keys_tgt_recv(&conn->keys, iser_ep_plan(conn->ep)->recv_data);
}

/**
 * isert_keys_data_outs - what a burst without R2T is in PDUs
 * @conn: connection whose InitialR2T is known
 * @burst: bytes of the burst
 * @recv: bytes of data in a PDU
 *
 * Context: process, login.
 * Return: Data-Outs, 0 with InitialR2T=Yes.
 */
u32 isert_keys_data_outs(const struct isert_conn *conn, u32 burst, u32 recv)
{
	return conn->data_outs ? DIV_ROUND_UP(burst, recv) : 0;
}

static u32 isert_keys_discovery_data(const struct iscsi_conn_ops *ops)
{
	/* 0: the initiator has not said anything. */
	return min_t(u32, ops->MaxRecvDataSegmentLength ?: ISER_LOGIN_TEXT_MAX,
		     ISER_LOGIN_TEXT_MAX);
}

/**
 * isert_keys_apply - Notice_Key_Values: the login is over, its outcome holds
 * @conn: connection
 *
 * LIO cuts its own text to MaxRecvDataSegmentLength, between two pairs, and
 * checks Data-Outs against MaxXmitDataSegmentLength.
 *
 * Context: kthread iscsi_trx, before the final response is sent.
 */
void isert_keys_apply(struct isert_conn *conn)
{
	u32 burst = conn->lio->sess->sess_ops->FirstBurstLength;
	struct iscsi_conn_ops *ops = conn->lio->conn_ops;
	u32 recv = isert_keys_recv_data(conn);

	conn->remote_inv = iser_ep_remote_inv(conn->ep);
	if (isert_login_is_discovery(conn->lio)) {
		/* It lives on the two login buffers. */
		recv = ISER_LOGIN_TEXT_MAX;
		conn->reserve = 0;
		conn->cmd_pdus = 1;
		conn->max_data = isert_keys_discovery_data(ops);
		conn->hello = ISERT_HELLO_OVER;
	} else {
		conn->reserve = iser_plan_reserve(iser_ep_plan(conn->ep),
						  conn->data_outs);
		conn->cmd_pdus = 1 + isert_keys_data_outs(conn, burst, recv);
		conn->max_data = iser_keys_tgt_send(&conn->keys,
						    ISERT_SEND_DATA,
						    ISERT_SAFE_DATA);
		isert_unasked_apply(conn);
		if (conn->keys.stated & ISER_KEY_HELLO)
			conn->hello = conn->keys.hello ? ISERT_HELLO_MUST :
							 ISERT_HELLO_OVER;
	}
	ops->MaxRecvDataSegmentLength = max_t(u32, conn->max_data,
					      ISERT_TEXT_DATA);
	ops->MaxXmitDataSegmentLength =
		min_t(u32, ops->MaxXmitDataSegmentLength, recv);
	ops->TargetRecvDataSegmentLength =
		min_t(u32, ops->TargetRecvDataSegmentLength, recv);
	iser_ep_note_keys(conn->ep, &conn->keys, conn->max_data, recv);
}

/**
 * isert_keys_hello_fits - does a message come when it may
 * @conn: connection
 * @pdu: the message, decoded
 *
 * Context: rx_work.
 * Return: true if so; false: the connection is to be ended.
 */
bool isert_keys_hello_fits(const struct isert_conn *conn,
			   const struct iser_pdu *pdu)
{
	if (pdu->msg == ISER_MSG_HELLO)
		return conn->hello != ISERT_HELLO_OVER;
	return conn->hello != ISERT_HELLO_MUST;
}

/* The initiator knows by now why the connection ends. */
static void isert_keys_refused(struct iser_ep *ep, struct iser_send *send,
			       bool flushed)
{
	iser_ep_stop(ep, ISER_STOP_PROTOCOL);
}

/**
 * isert_keys_hello - answer a Hello (RFC 7145 sections 5.1.3 and 10.1.3.2)
 * @conn: connection
 * @pdu: the Hello, decoded
 *
 * An initiator without RDMA Reads is refused like one of another version: no
 * solicited write could be served. iSER-ORD is what both sides said; how many
 * Reads are on the wire is limited by what the connection manager agreed on.
 *
 * Context: rx_work.
 * Return: 0; -EAGAIN: no room to answer yet.
 */
int isert_keys_hello(struct isert_conn *conn, const struct iser_pdu *pdu)
{
	u16 ord = min_t(u16, iser_ep_plan(conn->ep)->ord, pdu->hello_depth);
	bool refuse = !ord || pdu->hello_min > ISER_VERSION ||
		      pdu->hello_max < ISER_VERSION;
	struct iser_send *send;

	iser_tx_lock(conn->ep);
	send = iser_send_get(conn->ep, 1);
	if (send) {
		iser_hello_reply_encode(send->buf, refuse ? 0 : ord, refuse);
		send->done = refuse ? isert_keys_refused : NULL;
		send->owner = NULL;
		/* An error has stopped the endpoint. */
		iser_send_post(conn->ep, send, ISER_HDR_LEN, NULL, 0, true);
	}
	iser_tx_unlock(conn->ep);
	if (!send)
		return -EAGAIN;
	if (refuse)
		pr_warn_ratelimited("%pISpc: Hello refused, versions %u to %u, read depth %u\n",
				    iser_ep_peer(conn->ep), pdu->hello_min,
				    pdu->hello_max, pdu->hello_depth);
	return 0;
}

/**
 * isert_keys_before_base - bytes of a write that its Base Offset leaves out
 * @icmd: command
 *
 * RFC 7145 section 6.9: all that came unsolicited, if the buffer is for
 * solicited data only, and none otherwise. Nobody declares it, and all who do
 * not behave as if they had said Yes.
 *
 * Context: any.
 * Return: bytes.
 */
u32 isert_keys_before_base(const struct isert_cmd *icmd)
{
	return icmd->conn->keys.solicited ? icmd->unsolicited : 0;
}
