// SPDX-License-Identifier: GPL-2.0-only
/*
 * libiscsi connections: made once, bound to an endpoint for each login.
 *
 * A login in three steps. bind_conn ties the connection to an endpoint that is
 * up. The Login Requests go out, into and from the two login buffers every
 * endpoint is made with. The request that asks for full feature phase is what
 * RFC 5047 calls Allocate_Connection_Resources: receive buffers and MRs are
 * made and posted before it leaves (RFC 7145 section 5.1.1), because the target
 * may answer it and then send at once. If they cannot be had, the request is
 * not sent and the login fails with a message, not some command later.
 *
 * All of it may be on the way to the memory that is to be freed: allocations do
 * not enter I/O reclaim (decision: storage may be the way to memory).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <scsi/scsi_host.h>

#include "iseri.h"

/**
 * iseri_conn_create - make a connection
 * @cls_session: its session
 * @cid: connection id
 *
 * Context: process, rx_queue_mutex of the class held, sleeps.
 * Return: the connection or NULL.
 */
struct iscsi_cls_conn *iseri_conn_create(struct iscsi_cls_session *cls_session,
					 u32 cid)
{
	struct iscsi_cls_conn *cls_conn;

	cls_conn = iscsi_conn_setup(cls_session, sizeof(struct iseri_conn),
				    cid);
	if (cls_conn)
		iser_object_created(ISER_OBJ_ROLE, 1);
	return cls_conn;
}

/* Does the endpoint's device keep what SCSI was promised? */
static int iseri_conn_check_limits(struct iscsi_session *session,
				   struct iser_ep *ep)
{
	const struct iseri_host *host = iscsi_host_priv(session->host);
	const struct iser_dev_limits *lim = iser_ep_limits(ep);
	const struct iser_plan *plan = iser_ep_plan(ep);

	if (lim->max_fr_pages < host->max_pages) {
		pr_err_ratelimited("%pISpc: the device maps %u pages, the session was promised %u: log out and in again\n",
				   iser_ep_peer(ep), lim->max_fr_pages,
				   host->max_pages);
		return -EOPNOTSUPP;
	}
	if (plan->window < session->scsi_cmds_max) {
		/* Another session asked for less since; try once more. */
		iseri_session_want_depth(session->scsi_cmds_max);
		pr_warn_ratelimited("%pISpc: connection for %u commands, the session has %d: will connect again\n",
				    iser_ep_peer(ep), plan->window,
				    session->scsi_cmds_max);
		return -EAGAIN;
	}
	return 0;
}

struct iseri_link {
	struct iscsi_cls_session	*cls_session;
	struct iscsi_cls_conn		*cls_conn;
	struct iseri_endpoint		*iep;
	struct iser_ep			*ep;
	struct iser_buf			*text;
	int				is_leading;
};

/* The stop work waits outside, so either we are linked or it came first. */
static int iseri_conn_link(struct ib_device *ibdev, void *arg)
{
	struct iseri_link *link = arg;
	struct iscsi_conn *conn = link->cls_conn->dd_data;
	struct iscsi_session *session = conn->session;
	struct iseri_conn *iconn = conn->dd_data;
	struct iseri_endpoint *iep = link->iep;
	int i, err;

	if (iconn->iep || iep->conn)
		return -EISCONN;
	/* The tasks of a session have the MRs of one connection. */
	if (!link->is_leading ||
	    (session->leadconn && session->leadconn != conn)) {
		pr_err("%pISpc: a session over iSER has one connection\n",
		       iser_ep_peer(link->ep));
		return -EOPNOTSUPP;
	}
	err = iseri_conn_check_limits(session, link->ep);
	if (err)
		return err;
	err = iscsi_conn_bind(link->cls_session, link->cls_conn,
			      link->is_leading);
	if (err)
		return err;

	iep->text = link->text;
	iseri_text_init(&iep->keys);
	spin_lock_bh(&session->frwd_lock);
	spin_lock(&session->back_lock);
	iconn->iep = iep;
	iconn->ep = link->ep;
	iconn->data_sge = min_t(u32, iser_ep_plan(link->ep)->send_sge,
				ISERI_SEND_SGE) - 1;
	for (i = 0; i < ARRAY_SIZE(iconn->sge); i++)
		iconn->sge[i].lkey = iser_local_key(link->ep);
	spin_unlock(&session->back_lock);
	spin_unlock_bh(&session->frwd_lock);
	iseri_sysfs_bound(session->host, link->ep, ibdev);
	/* Pairs with iseri_rx_recv(). */
	smp_store_release(&iep->conn, conn);
	return 0;
}

static int iseri_conn_bind_ep(struct iscsi_cls_session *cls_session,
			      struct iscsi_cls_conn *cls_conn,
			      struct iseri_endpoint *iep, int is_leading)
{
	struct iseri_link link = {
		.cls_session	= cls_session,
		.cls_conn	= cls_conn,
		.iep		= iep,
		.is_leading	= is_leading,
	};
	int err = -ENOMEM;

	link.ep = iseri_endpoint_hold(iep);
	if (!link.ep)
		return -ENOTCONN;
	link.text = iser_buf_alloc(link.ep, ISER_LOGIN_TEXT_MAX);
	if (link.text)
		err = iser_ep_hold_device(link.ep, iseri_conn_link, &link);
	if (err && link.text)
		iser_buf_free(link.ep, link.text);
	iser_ep_put(link.ep);
	return err;
}

/**
 * iseri_conn_bind - tie a connection to an endpoint
 * @cls_session: session
 * @cls_conn: its connection, bound for the first time or after an error
 * @handle: endpoint
 * @is_leading: it is the session's leading connection
 *
 * Context: process, ep_mutex held, sleeps.
 * Return: 0 or a negative errno.
 */
int iseri_conn_bind(struct iscsi_cls_session *cls_session,
		    struct iscsi_cls_conn *cls_conn, u64 handle,
		    int is_leading)
{
	struct iscsi_endpoint *cls_ep = iscsi_lookup_endpoint(handle);
	unsigned int noio;
	int err;

	if (!cls_ep)
		return -EINVAL;
	noio = memalloc_noio_save();
	err = iseri_conn_bind_ep(cls_session, cls_conn, cls_ep->dd_data,
				 is_leading);
	memalloc_noio_restore(noio);
	iscsi_put_endpoint(cls_ep);
	return err;
}

/**
 * iseri_conn_unlink - undo iseri_conn_bind()
 * @iep: dead endpoint; need not be bound
 *
 * Context: process. No upcall of the endpoint runs any more.
 */
void iseri_conn_unlink(struct iseri_endpoint *iep)
{
	struct iscsi_conn *conn = iep->conn;
	struct iscsi_session *session;
	struct iseri_conn *iconn;

	if (!conn)
		return;
	session = conn->session;
	iconn = conn->dd_data;
	spin_lock_bh(&session->frwd_lock);
	spin_lock(&session->back_lock);
	iconn->iep = NULL;
	iconn->ep = NULL;
	spin_unlock(&session->back_lock);
	spin_unlock_bh(&session->frwd_lock);
	/* The endpoint's memory may go now. */
	iseri_task_set_mrs(session, NULL);
	iep->conn = NULL;
}

/**
 * iseri_conn_get_ep - endpoint a connection is bound to
 * @conn: connection
 *
 * Context: any but hard interrupts; frwd_lock held.
 * Return: the endpoint, with a reference for the caller, or NULL.
 */
struct iser_ep *iseri_conn_get_ep(struct iscsi_conn *conn)
{
	struct iseri_conn *iconn = conn->dd_data;

	lockdep_assert_held(&conn->session->frwd_lock);
	if (iconn->ep)
		iser_ep_get(iconn->ep);
	return iconn->ep;
}

static struct iser_ep *iseri_conn_hold_ep(struct iscsi_conn *conn)
{
	struct iser_ep *ep;

	spin_lock_bh(&conn->session->frwd_lock);
	ep = iseri_conn_get_ep(conn);
	spin_unlock_bh(&conn->session->frwd_lock);
	return ep;
}

/* A Login Request that would open full feature phase, from either stage. */
static bool iseri_conn_asks_full(const struct iscsi_hdr *hdr)
{
	return (hdr->opcode & ISCSI_OPCODE_MASK) == ISCSI_OP_LOGIN &&
	       hdr->flags & ISCSI_FLAG_LOGIN_TRANSIT &&
	       ISCSI_LOGIN_NEXT_STAGE(hdr->flags) == ISCSI_FULL_FEATURE_PHASE;
}

static int iseri_conn_make_full(struct iscsi_session *session,
				struct iser_ep *ep)
{
	const struct iseri_host *host = iscsi_host_priv(session->host);
	int err;

	err = iser_recv_alloc_full(ep, iser_ep_plan(ep)->recvs,
				   ISERI_RECV_DATA);
	if (err)
		return err;
	/* One for each tag a task can have. */
	err = iser_mr_alloc_all(ep, session->cmds_max, host->max_pages);
	if (err)
		return err;
	return iser_recv_post_full(ep);
}

/* Allocate_Connection_Resources, once for an endpoint however often asked. */
static int iseri_conn_prepare_full(struct iscsi_conn *conn)
{
	struct iscsi_session *session = conn->session;
	const struct iseri_host *host = iscsi_host_priv(session->host);
	struct iseri_conn *iconn = conn->dd_data;
	struct iseri_endpoint *iep = iconn->iep;
	int err;

	if (!iep)
		return -ENOTCONN;
	/* Discovery: answers are long, one at a time: keep the login buffers. */
	if (session->discovery_sess || iep->mrs)
		return 0;
	iseri_session_want_depth(host->wanted);
	err = iseri_conn_make_full(session, iconn->ep);
	if (err) {
		pr_err_ratelimited("%pISpc: cannot log in: no memory regions or receive buffers for %d commands: %d\n",
				   iser_ep_peer(iconn->ep),
				   session->scsi_cmds_max, err);
		iser_ep_stop(iconn->ep, ISER_STOP_RESOURCES);
		return err;
	}
	iseri_task_set_mrs(session, iconn->ep);
	WRITE_ONCE(iep->mrs, iser_mr_at(iconn->ep, 0));
	return 0;
}

/**
 * iseri_conn_send_pdu - send a PDU made by user space
 * @cls_conn: connection
 * @hdr: its header
 * @data: data segment
 * @len: bytes of it
 *
 * Context: process, ep_mutex held (so the endpoint stays bound), sleeps.
 * Return: 0 or a negative errno.
 */
int iseri_conn_send_pdu(struct iscsi_cls_conn *cls_conn, struct iscsi_hdr *hdr,
			char *data, u32 len)
{
	unsigned int noio;
	int err = 0;

	if (iseri_conn_asks_full(hdr)) {
		noio = memalloc_noio_save();
		err = iseri_conn_prepare_full(cls_conn->dd_data);
		memalloc_noio_restore(noio);
	}
	return err ? err : iscsi_conn_send_pdu(cls_conn, hdr, data, len);
}

/**
 * iseri_conn_start - the login has succeeded, commands may flow
 * @cls_conn: connection
 *
 * Enable_Datamover (RFC 5047). The receive side has switched with the final
 * Login Response already.
 *
 * Context: process, ep_mutex held, sleeps.
 * Return: 0 or a negative errno.
 */
int iseri_conn_start(struct iscsi_cls_conn *cls_conn)
{
	struct iscsi_conn *conn = cls_conn->dd_data;
	struct iseri_conn *iconn = conn->dd_data;

	if (!iconn->iep || iser_ep_phase(iconn->ep) == ISER_PHASE_LOGIN)
		return -ENOTCONN;
	return iscsi_conn_start(cls_conn);
}

/**
 * iseri_conn_stop - fail what is outstanding
 * @cls_conn: connection
 * @flag: STOP_CONN_RECOVER or STOP_CONN_TERM
 *
 * libiscsi frees tasks here, so the peer must have lost its access. The class
 * has called ep_disconnect before; if it did not, the drain is made up for.
 *
 * Context: process, sleeps; a workqueue that reclaim may wait for.
 */
void iseri_conn_stop(struct iscsi_cls_conn *cls_conn, int flag)
{
	struct iser_ep *ep = iseri_conn_hold_ep(cls_conn->dd_data);
	unsigned int noio = memalloc_noio_save();

	if (ep) {
		iscsi_suspend_queue(cls_conn->dd_data);
		iser_ep_stop(ep, ISER_STOP_LOCAL);
		iser_ep_wait_drained(ep);
		iser_ep_put(ep);
	}
	iscsi_conn_stop(cls_conn, flag);
	memalloc_noio_restore(noio);
}

/*
 * The class does not expect a bound endpoint to outlive its connection, and
 * would follow its pointer to it at ep_disconnect.
 */
static void iseri_conn_forget_ep(struct iscsi_cls_conn *cls_conn)
{
	mutex_lock(&cls_conn->ep_mutex);
	if (cls_conn->ep) {
		cls_conn->ep->conn = NULL;
		cls_conn->ep = NULL;
	}
	mutex_unlock(&cls_conn->ep_mutex);
}

/**
 * iseri_conn_destroy - end of iseri_conn_create()
 * @cls_conn: connection; if it is still bound, the endpoint is ended and stays
 *	for user space to disconnect
 *
 * Context: process, sleeps.
 */
void iseri_conn_destroy(struct iscsi_cls_conn *cls_conn)
{
	struct iser_ep *ep = iseri_conn_hold_ep(cls_conn->dd_data);
	unsigned int noio = memalloc_noio_save();

	if (ep) {
		iseri_conn_forget_ep(cls_conn);
		iseri_conn_stop(cls_conn, STOP_CONN_TERM);
		iser_ep_wait_dead(ep);
		iseri_conn_unlink(iser_ep_role(ep));
		iser_ep_put(ep);
	}
	/* An error of the endpoint may have started the class's work. */
	flush_work(&cls_conn->cleanup_work);
	iscsi_conn_teardown(cls_conn);
	memalloc_noio_restore(noio);
	iser_object_destroyed(ISER_OBJ_ROLE, 1);
}

/*
 * User space knows what was offered and answered, not what the peer can be
 * believed, nor what fits our own buffers.
 */
static int iseri_conn_set_length(struct iscsi_cls_conn *cls_conn,
				 enum iscsi_param param, const char *buf)
{
	u32 max = iseri_text_max_length(cls_conn->dd_data, param);
	char limited[12];
	u32 value;
	int err = kstrtou32(buf, 0, &value);

	if (err)
		return err;
	/* Nobody has told user space: the offer was ours, see common/keys.c. */
	if (param == ISCSI_PARAM_MAX_XMIT_DLENGTH &&
	    value == ISER_KEYS_RECV_DATA)
		value = max;
	snprintf(limited, sizeof(limited), "%u", min(value, max));
	return iscsi_set_param(cls_conn, param, limited, strlen(limited));
}

/* RFC 7145 section 6.1; decision: error recovery level 0. */
static int iseri_conn_refuse(struct iscsi_conn *conn, const char *what,
			     const char *buf)
{
	static DEFINE_RATELIMIT_STATE(lines, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	int value, err = kstrtoint(buf, 0, &value);

	if (err || !value)
		return err;
	if (__ratelimit(&lines))
		iscsi_conn_printk(KERN_ERR, conn,
				  "iSER has no %s, but the login has agreed on it\n",
				  what);
	return -EPROTO;
}

/**
 * iseri_conn_set_param - Notice_Key_Values, and settings of user space
 * @cls_conn: connection
 * @param: which
 * @buf: value, as text
 * @buflen: bytes of it
 *
 * Context: process, rx_queue_mutex of the class held.
 * Return: 0 or a negative errno.
 */
int iseri_conn_set_param(struct iscsi_cls_conn *cls_conn,
			 enum iscsi_param param, char *buf, int buflen)
{
	struct iscsi_conn *conn = cls_conn->dd_data;
	int err = 0;

	switch (param) {
	case ISCSI_PARAM_MAX_RECV_DLENGTH:
	case ISCSI_PARAM_MAX_XMIT_DLENGTH:
		return iseri_conn_set_length(cls_conn, param, buf);
	case ISCSI_PARAM_HDRDGST_EN:
		err = iseri_conn_refuse(conn, "HeaderDigest", buf);
		break;
	case ISCSI_PARAM_DATADGST_EN:
		err = iseri_conn_refuse(conn, "DataDigest", buf);
		break;
	case ISCSI_PARAM_IFMARKER_EN:
		return iseri_conn_refuse(conn, "IFMarker", buf);
	case ISCSI_PARAM_OFMARKER_EN:
		return iseri_conn_refuse(conn, "OFMarker", buf);
	case ISCSI_PARAM_ERL:
		err = iseri_conn_refuse(conn, "ErrorRecoveryLevel above 0",
					buf);
		break;
	default:
		break;
	}
	return err ? err : iscsi_set_param(cls_conn, param, buf, buflen);
}

/**
 * iseri_conn_show_local - own address or port of a connection, for sysfs
 * @ep: endpoint, or NULL; its reference is put
 * @param: ISCSI_PARAM_CONN_ADDRESS or ISCSI_PARAM_LOCAL_PORT
 * @buf: where to print it
 *
 * Context: process.
 * Return: bytes printed or a negative errno.
 */
int iseri_conn_show_local(struct iser_ep *ep, enum iscsi_param param,
			  char *buf)
{
	struct sockaddr_storage local;

	if (!ep)
		return -ENOTCONN;
	local = *iser_ep_local(ep);
	iser_ep_put(ep);
	return iscsi_conn_get_addr_param(&local, param, buf);
}

/**
 * iseri_conn_get_param - what sysfs shows of a connection
 * @cls_conn: connection
 * @param: which
 * @buf: where to print it
 *
 * Context: process.
 * Return: bytes printed or a negative errno.
 */
int iseri_conn_get_param(struct iscsi_cls_conn *cls_conn,
			 enum iscsi_param param, char *buf)
{
	if (param == ISCSI_PARAM_LOCAL_PORT)
		return iseri_conn_show_local(iseri_conn_hold_ep(cls_conn->dd_data),
					     param, buf);
	return iscsi_conn_get_param(cls_conn, param, buf);
}

/**
 * iseri_conn_get_stats - counters for iscsiadm
 * @cls_conn: connection
 * @stats: filled in; zeroed by the class
 *
 * Read octets are those that were asked for.
 *
 * Context: process, rx_queue_mutex of the class held.
 */
void iseri_conn_get_stats(struct iscsi_cls_conn *cls_conn,
			  struct iscsi_stats *stats)
{
	const struct iscsi_conn *conn = cls_conn->dd_data;

	stats->txdata_octets = conn->txdata_octets;
	stats->rxdata_octets = conn->rxdata_octets;
	stats->scsicmd_pdus = conn->scsicmd_pdus_cnt;
	stats->dataout_pdus = conn->dataout_pdus_cnt;
	stats->scsirsp_pdus = conn->scsirsp_pdus_cnt;
	stats->tmfcmd_pdus = conn->tmfcmd_pdus_cnt;
	stats->tmfrsp_pdus = conn->tmfrsp_pdus_cnt;
	stats->custom_length = 1;
	strscpy(stats->custom[0].desc, "eh_abort_cnt",
		sizeof(stats->custom[0].desc));
	stats->custom[0].value = conn->eh_abort_cnt;
}
