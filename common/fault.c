// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device and the connection manager may do, in debug builds (ISER_DEBUG,
 * see Kbuild) for a kernel with CONFIG_FAULT_INJECTION: directories in the debugfs
 * directory of iser_core, with what Documentation/fault-injection of the kernel
 * says in them.
 *
 * fail_send, fail_recv	a post fails, and the device does not hear of it
 * fail_send_rest	of a chain of Sends the device takes the first one only
 * fail_cm		an event of the connection manager is another one: the
 *			number in cm_event, of one that ends a connection
 */
#include <linux/debugfs.h>
#include <linux/fault-inject.h>

#include "internal.h"

static DECLARE_FAULT_ATTR(iser_fail_send);
static DECLARE_FAULT_ATTR(iser_fail_send_rest);
static DECLARE_FAULT_ATTR(iser_fail_recv);
static DECLARE_FAULT_ATTR(iser_fail_cm);
static u32 iser_fault_cm_event = RDMA_CM_EVENT_UNREACHABLE;

/**
 * iser_send_fault - is this post of Sends to fail?
 * @ep: endpoint
 * @wr: the chain
 *
 * Context: any; tx_lock held.
 * Return: 0, or -EIO to be returned instead of posting: nothing of the chain is
 *	posted, or the first one is.
 */
int iser_send_fault(struct iser_ep *ep, struct ib_send_wr *wr)
{
	struct ib_send_wr *rest = wr->next;

	if (should_fail(&iser_fail_send, 1))
		return -EIO;
	if (!rest || !should_fail(&iser_fail_send_rest, 1))
		return 0;
	wr->next = NULL;
	ep->qp->device->ops.post_send(ep->qp, wr, &ep->bad_wr);
	wr->next = rest;
	return -EIO;
}

/**
 * iser_recv_fault - is this post of receives to fail?
 *
 * Context: any; rx_lock held.
 * Return: 0, or -EIO to be returned instead of posting.
 */
int iser_recv_fault(void)
{
	return should_fail(&iser_fail_recv, 1) ? -EIO : 0;
}

/**
 * iser_cm_fault - is this event to be another one?
 * @event: what the connection manager says
 *
 * Context: CM worker.
 * Return: @event, or what is to be understood instead.
 */
enum rdma_cm_event_type iser_cm_fault(enum rdma_cm_event_type event)
{
	return should_fail(&iser_fail_cm, 1) ? iser_fault_cm_event : event;
}

/**
 * iser_fault_init - make the attributes to be written to
 * @dir: debugfs directory of iser_core, which goes with all that is in it
 *
 * Context: process.
 */
void iser_fault_init(struct dentry *dir)
{
	fault_create_debugfs_attr("fail_send", dir, &iser_fail_send);
	fault_create_debugfs_attr("fail_send_rest", dir, &iser_fail_send_rest);
	fault_create_debugfs_attr("fail_recv", dir, &iser_fail_recv);
	fault_create_debugfs_attr("fail_cm", dir, &iser_fail_cm);
	debugfs_create_u32("cm_event", 0600, dir, &iser_fault_cm_event);
}
