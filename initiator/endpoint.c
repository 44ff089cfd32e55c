// SPDX-License-Identifier: GPL-2.0-only
/*
 * Endpoints: what user space connects, polls and disconnects, over iser_ep.
 *
 * An endpoint is one connection attempt. It ends in one way: the core drains
 * it, gives back the device's resources, and calls terminated(); whether it was
 * user space, the peer, the device or a bad PDU that began it. ep_disconnect
 * waits for that, so the class may free tasks and connections afterwards, and
 * no upcall finds a connection that is gone.
 *
 * What libiscsi is told: nothing, if we closed the connection ourselves or if
 * the peer closed it after our Logout Request, as iSCSI over TCP does; else
 * ISCSI_ERR_CONN_FAILED, once, and only when the peer has lost its access.
 *
 * Network namespace: init_net, the only one that NETLINK_ISCSI exists in.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/inet.h>
#include <linux/sched/mm.h>
#include <net/net_namespace.h>

#include "iseri.h"

/* User space waits under a mutex that all sessions of the machine need. */
#define ISERI_CONNECT_WAIT_MS	5000
#define ISERI_POLL_WAIT_MS	1000

/**
 * iseri_endpoint_hold - the endpoint's connection, with a reference
 * @iep: endpoint
 *
 * Context: process.
 * Return: the connection, to be put by the caller, or NULL after ep_disconnect.
 */
struct iser_ep *iseri_endpoint_hold(struct iseri_endpoint *iep)
{
	struct iser_ep *ep;

	spin_lock(&iep->lock);
	ep = iep->ep;
	if (ep)
		iser_ep_get(ep);
	spin_unlock(&iep->lock);
	return ep;
}

/*
 * Data_Completion is over: unmap what tasks have mapped, let go of their
 * references. libiscsi fails the tasks themselves later, in stop_conn.
 */
static void iseri_endpoint_drained(struct iser_ep *ep)
{
	struct iseri_endpoint *iep = iser_ep_role(ep);
	struct iscsi_conn *conn = iep->conn;
	struct iscsi_session *session;

	cancel_delayed_work_sync(&iep->answer_work);
	if (!conn)
		return;
	/* The buffer goes with the endpoint. It may say why the login failed. */
	iseri_rx_hand_up_answer(iep);
	session = conn->session;
	spin_lock_bh(&session->frwd_lock);
	spin_lock(&session->back_lock);
	iseri_task_reclaim(conn, ep);
	iseri_rx_drop_held(iep);
	spin_unlock(&session->back_lock);
	spin_unlock_bh(&session->frwd_lock);

	/* Whoever fills it has a slot, and nobody gets one any more. */
	iser_buf_free(ep, iep->text);
	iep->text = NULL;
}

/*
 * Did the peer close the connection after our Logout Request? Some devices
 * flush the receive queue before the CM tells of it.
 */
static bool iseri_endpoint_logged_out(struct iscsi_conn *conn,
				      enum iser_reason reason)
{
	struct iscsi_session *session;
	bool logging_out;

	if (!conn || (reason != ISER_STOP_PEER && reason != ISER_STOP_WC))
		return false;
	session = conn->session;
	spin_lock_bh(&session->frwd_lock);
	logging_out = session->state == ISCSI_STATE_LOGGING_OUT;
	spin_unlock_bh(&session->frwd_lock);
	return logging_out;
}

/* Connection_Terminate_Notify (RFC 5047). */
static void iseri_endpoint_terminated(struct iser_ep *ep,
				      enum iser_reason reason)
{
	struct iseri_endpoint *iep = iser_ep_role(ep);
	struct iscsi_conn *conn = iep->conn;

	if (reason == ISER_STOP_LOCAL ||
	    iseri_endpoint_logged_out(conn, reason))
		return;
	pr_warn_ratelimited("connection to %pISpc ended: %s\n",
			    iser_ep_peer(ep), iser_reason_name(reason));
	if (conn)
		iscsi_conn_failure(conn, ISCSI_ERR_CONN_FAILED);
}

static const struct iser_ep_ops iseri_endpoint_ops = {
	.recv		= iseri_rx_recv,
	.sq_advanced	= iseri_rx_sq_advanced,
	.drained	= iseri_endpoint_drained,
	.terminated	= iseri_endpoint_terminated,
};

/* Endpoints user space has and has not given back. */
static LIST_HEAD(iseri_endpoints);
static DEFINE_MUTEX(iseri_endpoints_lock);

static struct iscsi_endpoint *iseri_endpoint_create(const struct sockaddr *dst)
{
	struct iser_ep_config config = {
		.side		= ISER_INITIATOR,
		.ops		= &iseri_endpoint_ops,
		.depth		= iseri_session_depth(),
		.send_sge	= ISERI_SEND_SGE,
	};
	struct iscsi_endpoint *cls_ep;
	struct iseri_endpoint *iep;
	struct iser_ep *ep;

	cls_ep = iscsi_create_endpoint(sizeof(*iep));
	if (!cls_ep)
		return ERR_PTR(-ENOMEM);
	iep = cls_ep->dd_data;
	spin_lock_init(&iep->lock);
	INIT_LIST_HEAD(&iep->held);
	INIT_DELAYED_WORK(&iep->answer_work, iseri_rx_answer_work);
	iep->cls_ep = cls_ep;
	config.role = iep;

	ep = iser_connect(&init_net, dst, &config);
	if (IS_ERR(ep)) {
		iscsi_destroy_endpoint(cls_ep);
		return ERR_CAST(ep);
	}
	spin_lock(&iep->lock);
	iep->ep = ep;
	spin_unlock(&iep->lock);
	mutex_lock(&iseri_endpoints_lock);
	list_add_tail(&iep->node, &iseri_endpoints);
	mutex_unlock(&iseri_endpoints_lock);
	iser_object_created(ISER_OBJ_ROLE, 1);
	return cls_ep;
}

/**
 * iseri_endpoint_connect - start to connect to a portal
 * @shost: host to connect through, not used: routing decides
 * @dst: address and port of the portal
 * @non_blocking: do not wait for the connection. A caller that wants to wait
 *	waits for a few seconds at most, because all sessions wait with it.
 *
 * Context: process, rx_queue_mutex of the class held, sleeps.
 * Return: the endpoint or an ERR_PTR.
 */
struct iscsi_endpoint *iseri_endpoint_connect(struct Scsi_Host *shost,
					      struct sockaddr *dst,
					      int non_blocking)
{
	struct iscsi_endpoint *cls_ep;
	struct iseri_endpoint *iep;
	unsigned int noio;
	int up;

	if (dst->sa_family != AF_INET && dst->sa_family != AF_INET6)
		return ERR_PTR(-EAFNOSUPPORT);
	noio = memalloc_noio_save();
	cls_ep = iseri_endpoint_create(dst);
	memalloc_noio_restore(noio);
	if (IS_ERR(cls_ep) || non_blocking)
		return cls_ep;

	/* Nobody else knows of it yet, so it stays. */
	iep = cls_ep->dd_data;
	up = iser_connect_wait(iep->ep, ISERI_CONNECT_WAIT_MS);
	if (up > 0)
		return cls_ep;
	iseri_endpoint_disconnect(cls_ep);
	return ERR_PTR(up ? up : -ETIMEDOUT);
}

/**
 * iseri_endpoint_poll - is the connection up?
 * @cls_ep: endpoint
 * @timeout_ms: how long to wait for it, negative: without end; cut short, since
 *	all sessions wait too
 *
 * Context: process, rx_queue_mutex of the class held, sleeps.
 * Return: 1 up, 0 not yet, negative errno: it failed.
 */
int iseri_endpoint_poll(struct iscsi_endpoint *cls_ep, int timeout_ms)
{
	struct iser_ep *ep = iseri_endpoint_hold(cls_ep->dd_data);
	int up;

	if (!ep)
		return -ENOTCONN;
	/* Negative: for as long as it takes, as poll() has it. */
	if (timeout_ms < 0 || timeout_ms > ISERI_POLL_WAIT_MS)
		timeout_ms = ISERI_POLL_WAIT_MS;
	up = iser_connect_wait(ep, timeout_ms);
	iser_ep_put(ep);
	return up;
}

/**
 * iseri_endpoint_disconnect - Connection_Terminate
 * @cls_ep: endpoint, bound or not; gone afterwards
 *
 * On return no upcall runs, no task is mapped for a device, and the device has
 * been let go.
 *
 * Context: process, sleeps; a workqueue that reclaim may wait for.
 */
void iseri_endpoint_disconnect(struct iscsi_endpoint *cls_ep)
{
	struct iseri_endpoint *iep = cls_ep->dd_data;
	struct iser_ep *ep;
	unsigned int noio;

	spin_lock(&iep->lock);
	ep = iep->ep;
	iep->ep = NULL;
	spin_unlock(&iep->lock);
	if (!ep)
		return;

	noio = memalloc_noio_save();
	iser_ep_stop(ep, ISER_STOP_LOCAL);
	iser_ep_wait_dead(ep);
	iseri_conn_unlink(iep);
	/* Who polls it has found it before that. */
	if (iser_ep_path(ep)->poll_us)
		synchronize_rcu();
	mutex_lock(&iseri_endpoints_lock);
	list_del(&iep->node);
	mutex_unlock(&iseri_endpoints_lock);
	iser_ep_put(ep);
	iscsi_destroy_endpoint(cls_ep);
	iser_object_destroyed(ISER_OBJ_ROLE, 1);
	memalloc_noio_restore(noio);
}

/**
 * iseri_endpoint_disconnect_all - end what user space left behind
 *
 * An endpoint without a session does not keep the module: user space may have
 * died between the two.
 *
 * Context: module exit, the transport is unregistered.
 */
void iseri_endpoint_disconnect_all(void)
{
	struct iseri_endpoint *iep, *next;

	/* Nobody else is left, so the lock need not be held across. */
	list_for_each_entry_safe(iep, next, &iseri_endpoints, node)
		iseri_endpoint_disconnect(iep->cls_ep);
}

/**
 * iseri_endpoint_get_param - address of the peer, for sysfs
 * @cls_ep: endpoint
 * @param: ISCSI_PARAM_CONN_ADDRESS or ISCSI_PARAM_CONN_PORT
 * @buf: where to print it
 *
 * Context: process, ep_mutex held.
 * Return: bytes printed or a negative errno.
 */
int iseri_endpoint_get_param(struct iscsi_endpoint *cls_ep,
			     enum iscsi_param param, char *buf)
{
	struct iser_ep *ep = iseri_endpoint_hold(cls_ep->dd_data);
	struct sockaddr_storage peer;

	if (!ep)
		return -ENOTCONN;
	peer = *iser_ep_peer(ep);
	iser_ep_put(ep);
	return iscsi_conn_get_addr_param(&peer, param, buf);
}
