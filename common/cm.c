// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one rdma_cm event handler of endpoints. Handlers of one id are
 * serialised by rdma_cm. An endpoint owns its id, so the handler always
 * returns 0; the stop work destroys the id.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/sched/mm.h>

#include "internal.h"
#include "trace.h"

static void iser_cm_established(struct iser_ep *ep, struct rdma_cm_event *event)
{
	/* The passive side has read the private data of the REQ already. */
	if (ep->side == ISER_INITIATOR)
		iser_connect_established(ep, event);
	else
		iser_ep_move(ep, ISER_EP_ESTABLISHED);
}

static enum iser_reason iser_cm_reason(enum rdma_cm_event_type event)
{
	switch (event) {
	case RDMA_CM_EVENT_DISCONNECTED:
	case RDMA_CM_EVENT_TIMEWAIT_EXIT:
		return ISER_STOP_PEER;
	case RDMA_CM_EVENT_REJECTED:
		return ISER_STOP_REJECTED;
	case RDMA_CM_EVENT_ADDR_ERROR:
	case RDMA_CM_EVENT_ROUTE_ERROR:
	case RDMA_CM_EVENT_UNREACHABLE:
		return ISER_STOP_UNREACHABLE;
	case RDMA_CM_EVENT_ADDR_CHANGE:
		return ISER_STOP_ADDR_CHANGE;
	case RDMA_CM_EVENT_DEVICE_REMOVAL:
		return ISER_STOP_DEVICE;
	default:
		return ISER_STOP_CM;
	}
}

/**
 * iser_cm_handler - connection manager events of an endpoint
 * @id: id, whose context is the endpoint
 * @event: event
 *
 * DEVICE_REMOVAL only starts the stop: the core waits for the id to go, not
 * for this function.
 *
 * Context: CM worker, the id's handler mutex held.
 * Return: 0, the id stays ours.
 */
int iser_cm_handler(struct rdma_cm_id *id, struct rdma_cm_event *event)
{
	struct iser_ep *ep = id->context;
	enum rdma_cm_event_type what = iser_cm_fault(event->event);
	/* The connection may be the way to the swap device. */
	unsigned int noio = memalloc_noio_save();

	trace_iser_cm_event(ep->id, what, event->status);
	switch (what) {
	case RDMA_CM_EVENT_ADDR_RESOLVED:
		iser_connect_addr_resolved(ep);
		break;
	case RDMA_CM_EVENT_ROUTE_RESOLVED:
		iser_connect_route_resolved(ep);
		break;
	case RDMA_CM_EVENT_ESTABLISHED:
		iser_cm_established(ep, event);
		break;
	case RDMA_CM_EVENT_REJECTED:
		pr_warn_ratelimited("connection to %pISpc refused: %s\n",
				    &ep->peer,
				    rdma_reject_msg(id, event->status));
		fallthrough;
	default:
		iser_ep_stop(ep, iser_cm_reason(what));
		break;
	}
	memalloc_noio_restore(noio);
	return 0;
}
