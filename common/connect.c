// SPDX-License-Identifier: GPL-2.0-only
/*
 * Active open. Address, route and connection are resolved one after the other
 * in CM handlers; a failure anywhere stops the endpoint, and the role hears of
 * it like of any other end.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "internal.h"
#include "trace.h"

#define ISER_RESOLVE_MS		5000
#define ISER_RNR_RETRY		6

/**
 * iser_connect - start to connect to a target
 * @net: network namespace in which @dst is resolved
 * @dst: address and port of the target
 * @config: what the role wants; copied
 *
 * Does not wait. If it returns an endpoint, ops->terminated() follows some day;
 * if it returns an error, no upcall follows.
 *
 * Context: process, sleeps.
 * Return: endpoint with a reference for the caller, or an ERR_PTR.
 */
struct iser_ep *iser_connect(struct net *net, const struct sockaddr *dst,
			     const struct iser_ep_config *config)
{
	struct sockaddr_storage addr = {};
	struct sockaddr *source = NULL;
	struct rdma_cm_id *id;
	struct iser_ep *ep;
	int err;

	if (dst->sa_family == AF_INET)
		memcpy(&addr, dst, sizeof(struct sockaddr_in));
	else if (dst->sa_family == AF_INET6)
		memcpy(&addr, dst, sizeof(struct sockaddr_in6));
	else
		return ERR_PTR(-EAFNOSUPPORT);

	ep = iser_ep_create();
	if (!ep)
		return ERR_PTR(-ENOMEM);
	iser_ep_configure(ep, config);
	memcpy(&ep->peer, &addr, sizeof(addr));

	id = rdma_create_id(net, iser_cm_handler, ep, RDMA_PS_TCP, IB_QPT_RC);
	if (IS_ERR(id)) {
		iser_ep_put(ep);
		return ERR_CAST(id);
	}
	ep->cm_id = id;
	iser_ep_apply_path(ep);
	if (ep->path.source.ss_family == addr.ss_family)
		source = (struct sockaddr *)&ep->path.source;
	iser_ep_move(ep, ISER_EP_RESOLVING);
	iser_ep_get(ep);
	/*
	 * Once the id is bound to a device, by its source address, the loss of
	 * that stops the endpoint: the stop work waits here.
	 */
	mutex_lock(&ep->setup);
	err = rdma_resolve_addr(id, source, (struct sockaddr *)&addr,
				ISER_RESOLVE_MS);
	mutex_unlock(&ep->setup);
	if (err) {
		pr_warn_ratelimited("connection to %pISpc: no way there%s: %d\n",
				    &ep->peer,
				    source ? " from the source of its path" : "",
				    err);
		iser_ep_stop(ep, ISER_STOP_UNREACHABLE);
	}
	return ep;
}
EXPORT_SYMBOL_GPL(iser_connect);

static bool iser_connect_decided(struct iser_ep *ep)
{
	return READ_ONCE(ep->state) >= ISER_EP_ESTABLISHED;
}

/**
 * iser_connect_wait - wait until the connection is up or has failed
 * @ep: endpoint of iser_connect()
 * @timeout_ms: how long, 0 to look only, negative for no limit
 *
 * Context: process, sleeps interruptibly.
 * Return: 1 up, 0 not yet, negative errno: failed or interrupted.
 */
int iser_connect_wait(struct iser_ep *ep, int timeout_ms)
{
	long left = timeout_ms < 0 ? MAX_SCHEDULE_TIMEOUT :
				     msecs_to_jiffies(timeout_ms);

	if (left)
		left = wait_event_interruptible_timeout(ep->wait,
							iser_connect_decided(ep),
							left);
	if (READ_ONCE(ep->state) == ISER_EP_ESTABLISHED)
		return 1;
	if (READ_ONCE(ep->state) > ISER_EP_ESTABLISHED)
		return -ECONNREFUSED;
	return left < 0 ? left : 0;
}
EXPORT_SYMBOL_GPL(iser_connect_wait);

/**
 * iser_connect_addr_resolved - the device is known: build the queues
 * @ep: endpoint
 *
 * Context: CM handler.
 */
void iser_connect_addr_resolved(struct iser_ep *ep)
{
	int err = 0;

	mutex_lock(&ep->setup);
	if (READ_ONCE(ep->state) == ISER_EP_RESOLVING) {
		memcpy(&ep->local, &ep->cm_id->route.addr.src_addr,
		       sizeof(ep->local));
		err = iser_ep_setup(ep);
		if (!err)
			err = rdma_resolve_route(ep->cm_id, ISER_RESOLVE_MS);
	}
	mutex_unlock(&ep->setup);
	if (!err)
		return;
	pr_warn_ratelimited("connection to %pISpc: cannot set up queues: %d\n",
			    &ep->peer, err);
	iser_ep_stop(ep, ISER_STOP_RESOURCES);
}

/**
 * iser_connect_route_resolved - send the REQ
 * @ep: endpoint
 *
 * Context: CM handler.
 */
void iser_connect_route_resolved(struct iser_ep *ep)
{
	struct iser_wire_cm cm;
	struct rdma_conn_param param = {
		.private_data		= &cm,
		.private_data_len	= sizeof(cm),
		.responder_resources	= ep->plan.ird,
		.initiator_depth	= 1,
		.retry_count		= ep->path.retry_count,
		.rnr_retry_count	= iser_path_rnr_retry(ep, ISER_RNR_RETRY),
	};

	iser_cm_encode(&cm, true);
	mutex_lock(&ep->setup);
	if (iser_ep_move(ep, ISER_EP_CONNECTING) &&
	    rdma_connect_locked(ep->cm_id, &param))
		iser_ep_stop(ep, ISER_STOP_UNREACHABLE);
	mutex_unlock(&ep->setup);
}

/**
 * iser_connect_established - the REP is here: read its private data
 * @ep: endpoint
 * @event: ESTABLISHED event
 *
 * Context: CM handler.
 */
void iser_connect_established(struct iser_ep *ep, struct rdma_cm_event *event)
{
	const struct rdma_conn_param *param = &event->param.conn;
	enum iser_verdict verdict;
	struct iser_cm_caps caps;

	verdict = iser_cm_rep_decode(param->private_data,
				     param->private_data_len, &caps);
	if (verdict != ISER_OK) {
		trace_iser_cm_refused(ep->id, verdict, param->private_data_len);
		iser_ep_stop(ep, ISER_STOP_BAD_CM);
		return;
	}
	/* Before the state moves: whoever sees ESTABLISHED may read it. */
	ep->remote_inv = caps.remote_inv;
	iser_ep_move(ep, ISER_EP_ESTABLISHED);
}
