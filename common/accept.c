// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listeners and passive open.
 *
 * A listener owns its cm id and a work. The id can be lost: a device that goes
 * away takes the listening id bound to one of its addresses with it. The work
 * then destroys the id and listens again, once a second until it succeeds, so a
 * portal comes back by itself. A portal whose device is not there yet starts
 * the same way. An address that appears, on whatever device, makes the portals
 * of that address listen anew: rdma_cm ties a listening id to the device that
 * had the address when it was bound.
 *
 * A new id that arrives with a CONNECT_REQUEST becomes an endpoint's at once;
 * refusing the peer is then just the first reason to stop the endpoint.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <rdma/ib_cm.h>

#include "internal.h"
#include "trace.h"

#define ISER_LISTEN_BACKLOG	128
#define ISER_LISTEN_RETRY	HZ
#define ISER_ACCEPT_RNR_RETRY	7	/* without limit */

/*
 * A device learns of an address in the background of the command that set it;
 * if this is too soon, the listener tries again.
 */
#define ISER_LISTEN_SETTLE	(HZ / 5)

/* All listeners, for the notifiers, of which one cannot sleep. */
static LIST_HEAD(iser_listeners);
static DEFINE_SPINLOCK(iser_listeners_lock);

struct iser_listener {
	struct list_head	node;
	struct mutex		lock;	/* guards @id and @closed */
	struct rdma_cm_id	*id;
	bool			closed;
	struct delayed_work	work;
	struct net		*net;
	struct sockaddr_storage	addr;
	const struct iser_listen_ops *ops;
	void			*role;
};

static int iser_accept_send_rep(struct iser_ep *ep)
{
	struct iser_wire_cm cm;
	struct rdma_conn_param param = {
		.private_data		= &cm,
		.private_data_len	= sizeof(cm),
		.responder_resources	= 0,
		.initiator_depth	= ep->plan.ord,
		.rnr_retry_count	=
			iser_path_rnr_retry(ep, ISER_ACCEPT_RNR_RETRY),
	};

	iser_cm_encode(&cm, ep->remote_inv);
	return rdma_accept(ep->cm_id, &param);
}

static int iser_accept_setup(struct iser_ep *ep, u8 peer_ird)
{
	int err;

	/* The role's timer may have stopped it: then nobody frees what is built. */
	if (READ_ONCE(ep->state) != ISER_EP_NEW)
		return -ENOTCONN;
	err = iser_ep_setup(ep);
	if (err)
		return err;
	ep->plan.ord = iser_rd_atom_clamp(ep->plan.ord, peer_ird);
	/* Without RDMA Reads no WRITE could ever be served. */
	if (!ep->plan.ord)
		return -EPROTO;
	if (!iser_ep_move(ep, ISER_EP_CONNECTING))
		return -ENOTCONN;
	return iser_accept_send_rep(ep);
}

static enum iser_reason iser_accept_locked(struct iser_listener *listener,
					   struct iser_ep *ep, u8 peer_ird,
					   u8 *reject)
{
	struct iser_ep_config config = {};
	int err;

	lockdep_assert_held(&ep->setup);
	err = listener->ops->connect_request(listener->role, ep, &config);
	if (err) {
		/* Soon the connection manager itself will say so. */
		*reject = err == -ESHUTDOWN ? IB_CM_REJ_INVALID_SERVICE_ID :
					      IB_CM_REJ_NO_RESOURCES;
		return ISER_STOP_RESOURCES;
	}
	iser_ep_configure(ep, &config);
	err = iser_accept_setup(ep, peer_ird);
	if (err == -EPROTO)
		return ISER_STOP_BAD_CM;
	return err ? ISER_STOP_RESOURCES : ISER_STOP_NONE;
}

/*
 * @reject: reason for the peer, where it is not the usual one; a device without
 *	such reasons ignores it
 */
static enum iser_reason iser_accept_request(struct iser_listener *listener,
					    struct iser_ep *ep,
					    struct rdma_cm_event *event,
					    u8 *reject)
{
	const struct rdma_conn_param *param = &event->param.conn;
	enum iser_verdict verdict;
	enum iser_reason reason;
	struct iser_cm_caps caps;

	verdict = iser_cm_req_decode(param->private_data,
				     param->private_data_len, &caps);
	if (verdict != ISER_OK) {
		trace_iser_cm_refused(ep->id, verdict, param->private_data_len);
		return ISER_STOP_BAD_CM;
	}
	ep->remote_inv = caps.remote_inv;
	/*
	 * The role may stop it as soon as it knows of it. The stop work waits
	 * here, and finds the role's upcalls.
	 */
	mutex_lock(&ep->setup);
	reason = iser_accept_locked(listener, ep, param->initiator_depth,
				    reject);
	mutex_unlock(&ep->setup);
	return reason;
}

static int iser_accept_new_id(struct iser_listener *listener,
			      struct rdma_cm_id *id,
			      struct rdma_cm_event *event)
{
	struct iser_ep *ep = iser_ep_create();
	u8 reject = IB_CM_REJ_CONSUMER_DEFINED;
	enum iser_reason reason;

	if (!ep)
		return -ENOMEM;	/* rdma_cm rejects and destroys the id */
	ep->side = ISER_TARGET;
	ep->cm_id = id;
	id->context = ep;
	id->event_handler = iser_cm_handler;
	memcpy(&ep->peer, &id->route.addr.dst_addr, sizeof(ep->peer));
	memcpy(&ep->local, &id->route.addr.src_addr, sizeof(ep->local));
	iser_ep_apply_path(ep);
	trace_iser_cm_event(ep->id, event->event, event->status);

	reason = iser_accept_request(listener, ep, event, &reject);
	if (reason == ISER_STOP_NONE)
		return 0;
	rdma_reject(id, NULL, 0, reject);
	iser_ep_stop(ep, reason);
	return 0;
}

static int iser_listen_handler(struct rdma_cm_id *id,
			       struct rdma_cm_event *event)
{
	struct iser_listener *listener = id->context;

	switch (event->event) {
	case RDMA_CM_EVENT_CONNECT_REQUEST:
		return iser_accept_new_id(listener, id, event);
	case RDMA_CM_EVENT_DEVICE_REMOVAL:
	case RDMA_CM_EVENT_ADDR_CHANGE:
		mod_delayed_work(iser_wq, &listener->work, 0);
		return 0;
	default:
		return 0;
	}
}

static struct rdma_cm_id *iser_listen_start(struct iser_listener *listener)
{
	struct rdma_cm_id *id;
	int err;

	id = rdma_create_id(listener->net, iser_listen_handler, listener,
			    RDMA_PS_TCP, IB_QPT_RC);
	if (IS_ERR(id))
		return id;
	/* So that [::] and 0.0.0.0 can be two portals. */
	err = rdma_set_afonly(id, 1);
	if (!err)
		err = rdma_bind_addr(id, (struct sockaddr *)&listener->addr);
	if (!err)
		err = rdma_listen(id, ISER_LISTEN_BACKLOG);
	if (!err)
		return id;
	rdma_destroy_id(id);
	return ERR_PTR(err);
}

/* Lose the id that is no good any more; listen again until it works. */
static void iser_listen_work(struct work_struct *work)
{
	struct iser_listener *listener =
		container_of(to_delayed_work(work), struct iser_listener, work);
	struct rdma_cm_id *id;

	mutex_lock(&listener->lock);
	id = listener->id;
	listener->id = NULL;
	mutex_unlock(&listener->lock);
	if (id)
		rdma_destroy_id(id);

	mutex_lock(&listener->lock);
	if (listener->closed)
		goto out_unlock;
	id = iser_listen_start(listener);
	if (IS_ERR(id)) {
		queue_delayed_work(iser_wq, &listener->work, ISER_LISTEN_RETRY);
		goto out_unlock;
	}
	listener->id = id;
	pr_info("portal %pISpc: listening\n", &listener->addr);
out_unlock:
	mutex_unlock(&listener->lock);
}

/**
 * iser_listen_net - network namespace that a caller's portals belong to
 *
 * Context: process of an administrator.
 * Return: the namespace, valid as long as the caller is in it, or an ERR_PTR:
 *	this kernel's RDMA stack does not serve it.
 */
struct net *iser_listen_net(void)
{
	struct net *net = current->nsproxy->net_ns;

	if (!ISER_HAS_NETNS && !net_eq(net, &init_net))
		return ERR_PTR(-EOPNOTSUPP);
	return net;
}
EXPORT_SYMBOL_GPL(iser_listen_net);

/* An address without an RDMA device may get one later. */
static bool iser_listen_may_come(int err)
{
	return err == -ENODEV || err == -EADDRNOTAVAIL;
}

/**
 * iser_listen - listen on a portal
 * @net: network namespace of the address; kept alive, as by every cm id that
 *	rdma_cm makes in it
 * @addr: address and port, or a wildcard address
 * @ops: upcalls
 * @role: for @ops
 *
 * If no RDMA device has the address yet, the listener is made all the same and
 * starts by itself when one does.
 *
 * Context: process, sleeps.
 * Return: the listener or an ERR_PTR.
 */
struct iser_listener *iser_listen(struct net *net,
				  const struct sockaddr_storage *addr,
				  const struct iser_listen_ops *ops,
				  void *role)
{
	struct iser_listener *listener;
	struct rdma_cm_id *id;

	listener = kzalloc(sizeof(*listener), GFP_KERNEL);
	if (!listener)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&listener->node);
	mutex_init(&listener->lock);
	INIT_DELAYED_WORK(&listener->work, iser_listen_work);
	listener->net = get_net(net);
	memcpy(&listener->addr, addr, sizeof(*addr));
	listener->ops = ops;
	listener->role = role;

	/*
	 * The lock keeps the work, which an event of an id that fails may have
	 * queued, out until it is decided whether there is to be a listener.
	 */
	mutex_lock(&listener->lock);
	id = iser_listen_start(listener);
	if (!IS_ERR(id))
		listener->id = id;
	else
		listener->closed = !iser_listen_may_come(PTR_ERR(id));
	mutex_unlock(&listener->lock);
	if (listener->closed) {
		cancel_delayed_work_sync(&listener->work);
		put_net(net);
		kfree(listener);
		return ERR_CAST(id);
	}
	spin_lock_bh(&iser_listeners_lock);
	list_add_tail(&listener->node, &iser_listeners);
	spin_unlock_bh(&iser_listeners_lock);
	iser_object_created(ISER_OBJ_LISTENER, 1);
	if (IS_ERR(id)) {
		pr_warn("portal %pISpc: no RDMA device has this address (%ld), waiting for one\n",
			addr, PTR_ERR(id));
		queue_delayed_work(iser_wq, &listener->work,
				   ISER_LISTEN_RETRY);
	}
	return listener;
}
EXPORT_SYMBOL_GPL(iser_listen);

/**
 * iser_unlisten - stop listening
 * @listener: listener
 *
 * No connect_request upcall runs after it returns. Endpoints that came from it
 * are not touched.
 *
 * Context: process, sleeps; not from a CM handler.
 */
void iser_unlisten(struct iser_listener *listener)
{
	struct rdma_cm_id *id;

	spin_lock_bh(&iser_listeners_lock);
	list_del(&listener->node);
	spin_unlock_bh(&iser_listeners_lock);
	mutex_lock(&listener->lock);
	listener->closed = true;
	id = listener->id;
	listener->id = NULL;
	mutex_unlock(&listener->lock);
	/*
	 * The handler can queue the work until the id is gone, so the id goes
	 * first; the work finds @closed and starts nothing.
	 */
	if (id)
		rdma_destroy_id(id);
	cancel_delayed_work_sync(&listener->work);
	put_net(listener->net);
	kfree(listener);
	iser_object_destroyed(ISER_OBJ_LISTENER, 1);
}
EXPORT_SYMBOL_GPL(iser_unlisten);

/* An address is there, again perhaps, or on another device than before. */
static void iser_listen_addr_up(const struct net *net,
				const struct sockaddr_storage *addr)
{
	struct iser_listener *listener;

	spin_lock_bh(&iser_listeners_lock);
	list_for_each_entry(listener, &iser_listeners, node) {
		/* Unlisted before its work is cancelled for good. */
		if (net_eq(listener->net, net) &&
		    iser_addr_match(&listener->addr, addr, 128))
			mod_delayed_work(iser_wq, &listener->work,
					 ISER_LISTEN_SETTLE);
	}
	spin_unlock_bh(&iser_listeners_lock);
}

static int iser_listen_inetaddr(struct notifier_block *nb, unsigned long event,
				void *data)
{
	const struct in_ifaddr *ifa = data;
	struct sockaddr_storage addr = { .ss_family = AF_INET };

	if (event != NETDEV_UP)
		return NOTIFY_DONE;
	((struct sockaddr_in *)&addr)->sin_addr.s_addr = ifa->ifa_local;
	iser_listen_addr_up(dev_net(ifa->ifa_dev->dev), &addr);
	return NOTIFY_DONE;
}

static int iser_listen_inet6addr(struct notifier_block *nb,
				 unsigned long event, void *data)
{
	const struct inet6_ifaddr *ifa = data;
	struct sockaddr_storage addr = { .ss_family = AF_INET6 };

	if (event != NETDEV_UP)
		return NOTIFY_DONE;
	((struct sockaddr_in6 *)&addr)->sin6_addr = ifa->addr;
	iser_listen_addr_up(dev_net(ifa->idev->dev), &addr);
	return NOTIFY_DONE;
}

static struct notifier_block iser_inetaddr_nb = {
	.notifier_call	= iser_listen_inetaddr,
};

static struct notifier_block iser_inet6addr_nb = {
	.notifier_call	= iser_listen_inet6addr,
};

/**
 * iser_listen_init - hear of addresses that come
 *
 * Context: module init.
 * Return: 0 or a negative errno.
 */
int iser_listen_init(void)
{
	int err = register_inetaddr_notifier(&iser_inetaddr_nb);

	if (err)
		return err;
	err = register_inet6addr_notifier(&iser_inet6addr_nb);
	if (err)
		unregister_inetaddr_notifier(&iser_inetaddr_nb);
	return err;
}

/**
 * iser_listen_exit - hear no more of addresses; no listener is left
 *
 * Context: module exit.
 */
void iser_listen_exit(void)
{
	unregister_inet6addr_notifier(&iser_inet6addr_nb);
	unregister_inetaddr_notifier(&iser_inetaddr_nb);
}
