// SPDX-License-Identifier: GPL-2.0-only
/*
 * Endpoint: create, set up on a device, stop, drain, free.
 *
 * Who keeps it alive: the core holds one reference until the stop work has
 * finished, the role one for as long as it has a pointer. An endpoint that was
 * created is always stopped exactly once: by its role, by the CM handler, by a
 * completion, or by the removal of its device. Memory is all that is left
 * afterwards.
 *
 * Teardown, and why nobody is left at each step:
 *
 * 1. iser_ep_stop_locked() sets STOPPING under tx_lock. Sends are posted under
 *    that lock after a look at the state, so none follows. Receives are posted
 *    under rx_lock after a look at the state; the stop work takes and drops
 *    rx_lock, so none follows either. The drain needs that: it tolerates no
 *    concurrent poster.
 * 2. The stop work takes and drops @setup: a CM handler that was building
 *    queues has finished, and later ones see STOPPING and build nothing. The
 *    timer for Sends that hang unposted is ended; they never are posted.
 * 3. rdma_disconnect() tells the peer; ib_drain_qp() moves the queue pair to
 *    the error state and waits for the last completion. From here on no handler
 *    of ours runs and no key of ours works: they belong to this PD only, and
 *    the queue pair that could use them is in error.
 * 4. Slots of the ring that were still posted are given back in order, then the
 *    role gives back what it has mapped (ops->drained()).
 * 5. Queue pair, MRs, buffers, completion queue, PD, then the cm id.
 *    rdma_destroy_id() waits for a CM handler that is running; there is none
 *    after it.
 * 6. The device is let go, so that its removal can go on.
 * 7. ops->terminated(). The role hears last, when nothing of the connection can
 *    touch memory any more.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "internal.h"
#include "trace.h"

static atomic_t iser_ep_ids = ATOMIC_INIT(0);

static const char * const iser_reason_names[ISER_NR_REASONS] = {
	[ISER_STOP_NONE]	= "none",
	[ISER_STOP_LOCAL]	= "closed locally",
	[ISER_STOP_PEER]	= "closed by the peer",
	[ISER_STOP_REJECTED]	= "refused by the peer",
	[ISER_STOP_UNREACHABLE]	= "peer unreachable",
	[ISER_STOP_CM]		= "connection manager error",
	[ISER_STOP_ADDR_CHANGE]	= "local address moved",
	[ISER_STOP_DEVICE]	= "device removed",
	[ISER_STOP_WC]		= "transport error",
	[ISER_STOP_POST]	= "work request refused by the device",
	[ISER_STOP_BAD_CM]	= "wrong CM private data",
	[ISER_STOP_BAD_PDU]	= "malformed PDU",
	[ISER_STOP_PROTOCOL]	= "protocol error",
	[ISER_STOP_BAD_INVALIDATE] = "peer invalidated a foreign key",
	[ISER_STOP_RESOURCES]	= "out of resources",
	[ISER_STOP_TIMEOUT]	= "timed out",
	[ISER_STOP_PORT]	= "port down",
};

/**
 * iser_reason_name - why an endpoint was stopped, for a log line
 * @reason: reason
 *
 * Context: any.
 * Return: a constant string.
 */
const char *iser_reason_name(enum iser_reason reason)
{
	return reason < ISER_NR_REASONS ? iser_reason_names[reason] : "unknown";
}
EXPORT_SYMBOL_GPL(iser_reason_name);

static void iser_ep_free(struct kref *ref)
{
	struct iser_ep *ep = container_of(ref, struct iser_ep, ref);

	iser_extent_exit(ep);
	iser_poll_free(ep);
	kvfree(ep->chunks);
	kvfree(ep->mrs);
	kfree(ep);
	iser_object_destroyed(ISER_OBJ_EP, 1);
}

/**
 * iser_ep_get - take a reference
 * @ep: endpoint to which the caller already has one
 *
 * Context: any.
 */
void iser_ep_get(struct iser_ep *ep)
{
	kref_get(&ep->ref);
}
EXPORT_SYMBOL_GPL(iser_ep_get);

/**
 * iser_ep_put - give a reference back
 * @ep: endpoint
 *
 * Context: process.
 */
void iser_ep_put(struct iser_ep *ep)
{
	kref_put(&ep->ref, iser_ep_free);
}
EXPORT_SYMBOL_GPL(iser_ep_put);

static bool iser_ep_move_locked(struct iser_ep *ep, enum iser_ep_state to)
{
	enum iser_ep_state from = ep->state;

	lockdep_assert_held(&ep->tx_lock);
	if (!iser_state_can_move(from, to))
		return false;
	WRITE_ONCE(ep->state, to);
	trace_iser_ep_state(ep->id, from, to);
	wake_up_all(&ep->wait);
	return true;
}

/**
 * iser_ep_move - the only way an endpoint's state changes
 * @ep: endpoint
 * @to: new state
 *
 * Context: any; takes tx_lock.
 * Return: true if the move was legal and done.
 */
bool iser_ep_move(struct iser_ep *ep, enum iser_ep_state to)
{
	bool moved;

	spin_lock_bh(&ep->tx_lock);
	moved = iser_ep_move_locked(ep, to);
	spin_unlock_bh(&ep->tx_lock);
	return moved;
}

/**
 * iser_ep_stop_locked - start the teardown, tx_lock held
 * @ep: endpoint
 * @reason: kept if it is the first
 *
 * Context: any; tx_lock held.
 */
void iser_ep_stop_locked(struct iser_ep *ep, enum iser_reason reason)
{
	if (!iser_ep_move_locked(ep, ISER_EP_STOPPING))
		return;
	ep->reason = reason;
	trace_iser_ep_stop(ep->id, reason, &ep->peer);
	/* The core's own reference goes to the work. */
	queue_work(iser_wq, &ep->stop_work);
}

/**
 * iser_ep_stop - start the teardown; nothing is posted after it returns
 * @ep: endpoint to which the caller has a reference, or an upcall's
 * @reason: kept if it is the first
 *
 * Does not wait. ops->drained() and ops->terminated() follow from the stop
 * work, each once, whoever stopped the endpoint.
 *
 * Context: any.
 */
void iser_ep_stop(struct iser_ep *ep, enum iser_reason reason)
{
	spin_lock_bh(&ep->tx_lock);
	iser_ep_stop_locked(ep, reason);
	spin_unlock_bh(&ep->tx_lock);
}
EXPORT_SYMBOL_GPL(iser_ep_stop);

/**
 * iser_ep_wait_drained - wait until ops->drained() has returned
 * @ep: endpoint that was stopped
 *
 * Context: process, sleeps; not from an upcall.
 */
void iser_ep_wait_drained(struct iser_ep *ep)
{
	wait_for_completion(&ep->drained);
}
EXPORT_SYMBOL_GPL(iser_ep_wait_drained);

/**
 * iser_ep_wait_dead - wait until ops->terminated() has returned
 * @ep: endpoint that was stopped
 *
 * Context: process, sleeps; not from an upcall.
 */
void iser_ep_wait_dead(struct iser_ep *ep)
{
	wait_for_completion(&ep->dead);
}
EXPORT_SYMBOL_GPL(iser_ep_wait_dead);

static void iser_ep_quiesce(struct iser_ep *ep)
{
	/* Posters of receives and builders of queues have seen STOPPING. */
	spin_lock_bh(&ep->rx_lock);
	spin_unlock_bh(&ep->rx_lock);
	mutex_lock(&ep->setup);
	mutex_unlock(&ep->setup);

	if (!ep->qp)
		return;
	iser_send_quiesce(ep);
	rdma_disconnect(ep->cm_id);
	ib_drain_qp(ep->qp);
	iser_send_flush(ep);
}

/* A target serves many, and nobody waits for one of its completions. */
static bool iser_ep_polls(const struct iser_ep *ep)
{
	return ep->side == ISER_INITIATOR && ep->path.poll_us;
}

static void iser_ep_put_cq(struct iser_ep *ep)
{
	if (!ep->cq)
		return;
	if (iser_ep_polls(ep))
		iser_poll_destroy(ep);
	else if (ep->side == ISER_INITIATOR)
		ib_cq_pool_put(ep->cq, ep->plan.cqe);
	else
		ib_free_cq(ep->cq);
	ep->cq = NULL;
}

static void iser_ep_release_device(struct iser_ep *ep)
{
	if (ep->qp)
		rdma_destroy_qp(ep->cm_id);
	ep->qp = NULL;
	iser_mr_teardown(ep);
	iser_buf_teardown(ep);
	iser_send_teardown(ep);
	iser_recv_teardown(ep);
	iser_chunk_teardown(ep);
	iser_extent_teardown(ep);
	iser_dma_ep_done(ep);
	iser_ep_put_cq(ep);
	if (ep->pd)
		ib_dealloc_pd(ep->pd);
	ep->pd = NULL;
	if (ep->cm_id)
		rdma_destroy_id(ep->cm_id);
	ep->cm_id = NULL;
	iser_device_detach(ep);
}

static void iser_ep_stop_work(struct work_struct *work)
{
	struct iser_ep *ep = container_of(work, struct iser_ep, stop_work);
	unsigned int noio = memalloc_noio_save();

	iser_ep_quiesce(ep);
	iser_ep_move(ep, ISER_EP_DRAINED);
	if (ep->ops)
		ep->ops->drained(ep);
	complete_all(&ep->drained);

	iser_ep_release_device(ep);
	iser_ep_move(ep, ISER_EP_DEAD);
	if (ep->ops)
		ep->ops->terminated(ep, ep->reason);
	complete_all(&ep->dead);
	memalloc_noio_restore(noio);
	iser_ep_put(ep);
}

/**
 * iser_ep_create - allocate an endpoint in state NEW
 *
 * The reference it comes with is the core's; the stop work puts it.
 *
 * Context: process, sleeps.
 * Return: the endpoint or NULL.
 */
struct iser_ep *iser_ep_create(void)
{
	struct iser_ep *ep = kzalloc(sizeof(*ep), GFP_KERNEL);

	if (!ep)
		return NULL;
	kref_init(&ep->ref);
	ep->id = atomic_inc_return(&iser_ep_ids);
	spin_lock_init(&ep->tx_lock);
	spin_lock_init(&ep->rx_lock);
	spin_lock_init(&ep->buf_lock);
	INIT_LIST_HEAD(&ep->bufs);
	mutex_init(&ep->setup);
	init_waitqueue_head(&ep->wait);
	INIT_WORK(&ep->stop_work, iser_ep_stop_work);
	INIT_WORK(&ep->chunk_work, iser_chunk_grow_work);
	iser_extent_init(ep);
	init_completion(&ep->drained);
	init_completion(&ep->dead);
	INIT_LIST_HEAD(&ep->dev_node);
	iser_object_created(ISER_OBJ_EP, 1);
	return ep;
}

/**
 * iser_ep_configure - tell an endpoint what its role wants
 * @ep: endpoint in state NEW
 * @config: wishes
 *
 * Context: process, before any upcall is possible.
 */
void iser_ep_configure(struct iser_ep *ep, const struct iser_ep_config *config)
{
	ep->side = config->side;
	ep->ops = config->ops;
	ep->role = config->role;
	ep->depth = config->depth;
	ep->send_sge = min_t(u32, config->send_sge, ISER_TX_SGE_MAX);
	iser_ep_set_phase(ep, ISER_PHASE_LOGIN);
}

static void iser_ep_qp_event(struct ib_event *event, void *context)
{
	struct iser_ep *ep = context;

	/* The RTU was lost, but data came: the connection is up. */
	if (event->event == IB_EVENT_COMM_EST)
		rdma_notify(ep->cm_id, IB_EVENT_COMM_EST);
}

static int iser_ep_plan_queues(struct iser_ep *ep, u32 depth)
{
	if (ep->side == ISER_INITIATOR)
		return iser_plan_initiator(&ep->dev->limits, depth,
					   ep->send_sge, &ep->plan);
	return iser_plan_target(&ep->dev->limits, depth, ep->send_sge,
				&ep->plan);
}

static int iser_ep_get_cq(struct iser_ep *ep)
{
	struct ib_device *ibdev = ep->dev->ibdev;
	struct ib_cq *cq;

	/*
	 * The plan never asks for more than the device's maximum:
	 * ib_cq_pool_get() would not return.
	 */
	if (iser_ep_polls(ep))
		cq = iser_poll_create(ep, ibdev);
	else if (ep->side == ISER_INITIATOR)
		cq = ib_cq_pool_get(ibdev, ep->plan.cqe, -1, IB_POLL_SOFTIRQ);
	else
		cq = ib_alloc_cq_any(ibdev, ep, ep->plan.cqe,
				     IB_POLL_WORKQUEUE);
	if (IS_ERR(cq))
		return PTR_ERR(cq);
	ep->cq = cq;
	return 0;
}

static int iser_ep_create_qp(struct iser_ep *ep)
{
	struct ib_qp_init_attr attr = {
		.event_handler	= iser_ep_qp_event,
		.qp_context	= ep,
		.send_cq	= ep->cq,
		.recv_cq	= ep->cq,
		.cap = {
			.max_send_wr	= ep->plan.send_wr,
			.max_recv_wr	= ep->plan.recv_wr,
			.max_send_sge	= ep->plan.send_sge,
			.max_recv_sge	= ep->plan.recv_sge,
		},
		.sq_sig_type	= IB_SIGNAL_REQ_WR,
		.qp_type	= IB_QPT_RC,
	};
	int err = rdma_create_qp(ep->cm_id, ep->pd, &attr);

	if (err)
		return err;
	ep->qp = ep->cm_id->qp;
	ep->rw_sge = min(ep->qp->max_write_sge, ep->qp->max_read_sge);
	return 0;
}

static int iser_ep_create_queues(struct iser_ep *ep, u32 depth)
{
	int err = iser_ep_plan_queues(ep, depth);

	if (err)
		return err;
	err = iser_ep_get_cq(ep);
	if (err)
		return err;
	err = iser_ep_create_qp(ep);
	if (err)
		iser_ep_put_cq(ep);
	return err;
}

/**
 * iser_ep_setup - build PD, queues and login buffers on the cm id's device
 * @ep: endpoint whose cm id is bound to a device; @setup held
 *
 * A device that cannot give queues of the wanted depth gets half of it, and
 * half again; the session then has a smaller window. What was built before a
 * failure is freed by the stop work.
 *
 * Context: CM handler, sleeps.
 * Return: 0 or a negative errno; the caller then stops the endpoint.
 */
int iser_ep_setup(struct iser_ep *ep)
{
	u32 depth;
	int err;

	lockdep_assert_held(&ep->setup);
	err = iser_device_attach(ep, ep->cm_id->device);
	if (err)
		return err;
	ep->pd = ib_alloc_pd(ep->dev->ibdev, 0);
	if (IS_ERR(ep->pd)) {
		err = PTR_ERR(ep->pd);
		ep->pd = NULL;
		return err;
	}
	for (depth = ep->depth; depth; depth /= 2) {
		err = iser_ep_create_queues(ep, depth);
		if (err != -ENOMEM && err != -EINVAL)
			break;
	}
	trace_iser_ep_setup(ep->id, ep->qp ? ep->qp->qp_num : 0,
			    ep->plan.send_wr, ep->plan.recv_wr,
			    ep->plan.window, err);
	if (err)
		return err;
	if (ep->plan.window < ep->depth)
		pr_info_ratelimited("%s: %pISpc: queues for %u commands instead of %u\n",
				    ep->dev->ibdev->name, &ep->peer,
				    ep->plan.window, ep->depth);
	err = iser_send_setup(ep);
	if (err)
		return err;
	return iser_recv_setup(ep);
}

/**
 * iser_ep_state - state of an endpoint, which may move on at once
 * @ep: endpoint
 *
 * Context: any.
 * Return: the state.
 */
enum iser_ep_state iser_ep_state(const struct iser_ep *ep)
{
	return READ_ONCE(ep->state);
}
EXPORT_SYMBOL_GPL(iser_ep_state);

/**
 * iser_ep_set_phase - tell the decoder what may arrive from now on
 * @ep: endpoint
 * @phase: new phase
 *
 * Context: any; the role orders it against the PDUs it is about.
 */
void iser_ep_set_phase(struct iser_ep *ep, enum iser_phase phase)
{
	WRITE_ONCE(ep->phase, phase);
	WRITE_ONCE(ep->wanted, iser_pdu_wanted(ep->side, phase));
}
EXPORT_SYMBOL_GPL(iser_ep_set_phase);

/**
 * iser_ep_phase - what the decoder lets through
 * @ep: endpoint
 *
 * Context: any.
 * Return: the phase.
 */
enum iser_phase iser_ep_phase(const struct iser_ep *ep)
{
	return READ_ONCE(ep->phase);
}
EXPORT_SYMBOL_GPL(iser_ep_phase);

/**
 * iser_ep_note_keys - a login has agreed on its keys: trace the outcome
 * @ep: endpoint
 * @peer: what the peer has said
 * @send: data bytes that will be put into a PDU at most
 * @recv: data bytes that the receive buffers take
 *
 * Context: any.
 */
void iser_ep_note_keys(const struct iser_ep *ep, const struct iser_keys *peer,
		       u32 send, u32 recv)
{
	trace_iser_ep_keys(ep->id, peer, send, recv);
}
EXPORT_SYMBOL_GPL(iser_ep_note_keys);

/**
 * iser_ep_plan - queue sizes of the endpoint
 * @ep: endpoint that was set up; constant from then on
 *
 * Context: any.
 * Return: the plan.
 */
const struct iser_plan *iser_ep_plan(const struct iser_ep *ep)
{
	return &ep->plan;
}
EXPORT_SYMBOL_GPL(iser_ep_plan);

/**
 * iser_ep_rw_sge - entries that one work request of rdma_rw moves at least
 * @ep: endpoint that was set up; constant from then on
 *
 * RDMA Reads may take fewer elements than a Send. Where they go by memory regions,
 * one has more entries than that.
 *
 * Context: any.
 * Return: how many, not 0.
 */
u32 iser_ep_rw_sge(const struct iser_ep *ep)
{
	if (ep->limits.rw_needs_mr)
		return ep->plan.send_sge;
	return clamp(ep->rw_sge, 1U, ep->plan.send_sge);
}
EXPORT_SYMBOL_GPL(iser_ep_rw_sge);

/**
 * iser_ep_limits - what the endpoint's device can do
 * @ep: endpoint that was set up; constant from then on
 *
 * Context: any, also when the device is gone.
 * Return: the limits.
 */
const struct iser_dev_limits *iser_ep_limits(const struct iser_ep *ep)
{
	return &ep->limits;
}
EXPORT_SYMBOL_GPL(iser_ep_limits);

/**
 * iser_ep_hold_device - what a role may do while the device cannot go
 * @ep: endpoint, referenced by the caller
 * @fn: called with the device
 * @arg: for @fn
 *
 * Holds the endpoint's setup mutex, which the stop work takes before it
 * releases anything.
 *
 * Context: process, sleeps.
 * Return: @fn's value, or -ENOTCONN if the endpoint is not connected.
 */
int iser_ep_hold_device(struct iser_ep *ep,
			int (*fn)(struct ib_device *ibdev, void *arg),
			void *arg)
{
	int ret = -ENOTCONN;

	mutex_lock(&ep->setup);
	if (READ_ONCE(ep->state) == ISER_EP_ESTABLISHED)
		ret = fn(ep->dev->ibdev, arg);
	mutex_unlock(&ep->setup);
	return ret;
}
EXPORT_SYMBOL_GPL(iser_ep_hold_device);

/**
 * iser_ep_qp - queue pair, for rdma_rw
 * @ep: endpoint
 *
 * Context: upcalls up to and including drained, or with tx_lock held and the
 *	endpoint established.
 * Return: the queue pair.
 */
struct ib_qp *iser_ep_qp(const struct iser_ep *ep)
{
	return ep->qp;
}
EXPORT_SYMBOL_GPL(iser_ep_qp);

/**
 * iser_ep_port - port number of the device, for rdma_rw
 * @ep: endpoint
 *
 * Context: as iser_ep_qp().
 * Return: the port.
 */
u32 iser_ep_port(const struct iser_ep *ep)
{
	return ep->cm_id->port_num;
}
EXPORT_SYMBOL_GPL(iser_ep_port);

/**
 * iser_ep_remote_inv - was Send-with-Invalidate agreed at connect
 * @ep: endpoint
 *
 * Context: any.
 * Return: true if responses invalidate the STag they end.
 */
bool iser_ep_remote_inv(const struct iser_ep *ep)
{
	return ep->remote_inv;
}
EXPORT_SYMBOL_GPL(iser_ep_remote_inv);

/**
 * iser_ep_peer - address of the peer, for log lines and LIO
 * @ep: endpoint
 *
 * Context: any.
 * Return: the address; stays valid as long as the endpoint.
 */
const struct sockaddr_storage *iser_ep_peer(const struct iser_ep *ep)
{
	return &ep->peer;
}
EXPORT_SYMBOL_GPL(iser_ep_peer);

/**
 * iser_ep_local - own address of the connection
 * @ep: endpoint
 *
 * Context: any.
 * Return: the address; stays valid as long as the endpoint.
 */
const struct sockaddr_storage *iser_ep_local(const struct iser_ep *ep)
{
	return &ep->local;
}
EXPORT_SYMBOL_GPL(iser_ep_local);

/**
 * iser_ep_path - path settings the connection was made with
 * @ep: endpoint
 *
 * Context: any.
 * Return: the settings; constant, valid as long as the endpoint.
 */
const struct iser_path *iser_ep_path(const struct iser_ep *ep)
{
	return &ep->path;
}
EXPORT_SYMBOL_GPL(iser_ep_path);

/**
 * iser_ep_apply_path - give the cm id the settings that are its affair
 * @ep: endpoint whose cm id is not connected yet and whose peer is known
 *
 * What is left to the callers: the source address and the retry counts.
 *
 * Context: process or CM handler, sleeps.
 */
void iser_ep_apply_path(struct iser_ep *ep)
{
	iser_path_get(&ep->peer, &ep->path);
	/* These fail for queue pairs that are no RC ones, so not here. */
	if (ep->path.ack_timeout != ISER_PATH_UNSET)
		rdma_set_ack_timeout(ep->cm_id, ep->path.ack_timeout);
	if (ep->path.min_rnr_timer != ISER_PATH_UNSET)
		rdma_set_min_rnr_timer(ep->cm_id, ep->path.min_rnr_timer);
	if (ep->path.tos != ISER_PATH_UNSET)
		rdma_set_service_type(ep->cm_id, ep->path.tos);
}
