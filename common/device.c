// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registry of RDMA devices.
 *
 * The ib_client's add makes an iser_device, its remove ends it. An endpoint
 * attaches to its device before it makes the first resource there and detaches
 * when the last one is gone. Removal stops every attached endpoint and waits
 * until all have detached; it depends on drains only, never on a backend, on
 * LIO, on libiscsi or on user space. Clients are removed last-in first-out, so
 * ours runs before rdma_cm's: the cm ids go here, in the stop works.
 *
 * A port that goes down (cable, carrier, netdev) does not end a connection: RC
 * retransmits, and most flaps are over before it gives up. When it stays down
 * for the grace time of a connection's path, that connection is ended, so that
 * multipath need not wait for the NOP timer of iSCSI.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/slab.h>

#include "internal.h"
#include "trace.h"

/* Guards iser_devices; nests outside iser_device.lock. */
static DEFINE_MUTEX(iser_devices_lock);
static LIST_HEAD(iser_devices);

static void iser_device_put(struct iser_device *dev)
{
	if (refcount_dec_and_test(&dev->refs))
		complete(&dev->idle);
}

static void iser_device_limits(struct ib_device *ibdev,
			       struct iser_dev_limits *lim)
{
	const struct ib_device_attr *attrs = &ibdev->attrs;

	lim->max_qp_wr = attrs->max_qp_wr;
	lim->max_cqe = attrs->max_cqe;
	lim->max_send_sge = attrs->max_send_sge;
	lim->max_recv_sge = attrs->max_recv_sge;
	lim->max_fr_pages = attrs->max_fast_reg_page_list_len;
	lim->max_ird = attrs->max_qp_rd_atom;
	lim->max_ord = attrs->max_qp_init_rd_atom;
	lim->rw_needs_mr = rdma_protocol_iwarp(ibdev,
					       rdma_start_port(ibdev));
}

/* End who has waited for the port long enough; come back for the others. */
static void iser_device_port_work(struct work_struct *work)
{
	struct iser_device *dev = container_of(to_delayed_work(work),
					       struct iser_device, port_work);
	unsigned long now = jiffies, next = 0;
	bool waiting = false;
	struct iser_ep *ep;

	spin_lock_bh(&dev->lock);
	list_for_each_entry(ep, &dev->eps, dev_node) {
		unsigned long end;

		if (!ep->port_down)
			continue;
		end = ep->port_down + msecs_to_jiffies(ep->path.grace_ms);
		if (time_after_eq(now, end)) {
			ep->port_down = 0;
			iser_ep_stop(ep, ISER_STOP_PORT);
		} else if (!waiting || time_before(end, next)) {
			waiting = true;
			next = end;
		}
	}
	if (waiting && !dev->removing)
		queue_delayed_work(iser_wq, &dev->port_work, next - now);
	spin_unlock_bh(&dev->lock);
}

static void iser_device_port(struct iser_device *dev, u32 port, bool up)
{
	/* 0 stands for "up". */
	unsigned long now = jiffies ?: 1;
	struct iser_ep *ep;

	spin_lock_bh(&dev->lock);
	list_for_each_entry(ep, &dev->eps, dev_node) {
		bool was_up = !ep->port_down;

		if (ep->port != port || was_up == up)
			continue;
		ep->port_down = up ? 0 : now;
		trace_iser_port(ep->id, up, ep->path.grace_ms);
	}
	if (!up && !dev->removing)
		mod_delayed_work(iser_wq, &dev->port_work, 0);
	spin_unlock_bh(&dev->lock);
}

static void iser_device_event(struct ib_event_handler *handler,
			      struct ib_event *event)
{
	struct iser_device *dev = container_of(handler, struct iser_device,
					       events);

	switch (event->event) {
	case IB_EVENT_PORT_ERR:
		iser_device_port(dev, event->element.port_num, false);
		break;
	case IB_EVENT_PORT_ACTIVE:
		iser_device_port(dev, event->element.port_num, true);
		break;
	default:
		break;
	}
}

static struct ib_client iser_ib_client;

static int iser_device_add(struct ib_device *ibdev)
{
	struct iser_device *dev;

	/* FRWR is the only way we hand out keys (decision: no global rkey). */
	if (!(ibdev->attrs.device_cap_flags & IB_DEVICE_MEM_MGT_EXTENSIONS))
		return -EOPNOTSUPP;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	dev->ibdev = ibdev;
	refcount_set(&dev->refs, 1);
	init_completion(&dev->idle);
	spin_lock_init(&dev->lock);
	INIT_LIST_HEAD(&dev->eps);
	INIT_DELAYED_WORK(&dev->port_work, iser_device_port_work);
	iser_device_limits(ibdev, &dev->limits);
	iser_object_created(ISER_OBJ_DEVICE, 1);
	ib_set_client_data(ibdev, &iser_ib_client, dev);

	INIT_IB_EVENT_HANDLER(&dev->events, ibdev, iser_device_event);
	ib_register_event_handler(&dev->events);

	mutex_lock(&iser_devices_lock);
	list_add_tail(&dev->node, &iser_devices);
	mutex_unlock(&iser_devices_lock);
	return 0;
}

static void iser_device_remove(struct ib_device *ibdev, void *client_data)
{
	struct iser_device *dev = client_data;
	struct iser_ep *ep;

	mutex_lock(&iser_devices_lock);
	list_del(&dev->node);
	mutex_unlock(&iser_devices_lock);

	spin_lock_bh(&dev->lock);
	dev->removing = true;
	/* Detaching takes the lock, so each ep of the list is alive here. */
	list_for_each_entry(ep, &dev->eps, dev_node)
		iser_ep_stop(ep, ISER_STOP_DEVICE);
	spin_unlock_bh(&dev->lock);
	/* Who queues the work looks at @removing, so none follows. */
	ib_unregister_event_handler(&dev->events);
	cancel_delayed_work_sync(&dev->port_work);

	iser_device_put(dev);
	wait_for_completion(&dev->idle);
	kfree(dev);
	iser_object_destroyed(ISER_OBJ_DEVICE, 1);
}

/**
 * iser_device_attach - tie an endpoint to the device its cm id was bound to
 * @ep: endpoint without a device
 * @ibdev: device of the cm id
 *
 * Context: CM handler (the device cannot go before it returns), sleeps.
 * Return: 0; -ENODEV if the device cannot do iSER or is being removed.
 */
int iser_device_attach(struct iser_ep *ep, struct ib_device *ibdev)
{
	struct iser_device *dev;
	int err = -ENODEV;

	mutex_lock(&iser_devices_lock);
	list_for_each_entry(dev, &iser_devices, node) {
		if (dev->ibdev != ibdev)
			continue;
		spin_lock_bh(&dev->lock);
		if (!dev->removing) {
			refcount_inc(&dev->refs);
			ep->dev = dev;
			ep->limits = dev->limits;
			ep->dma_syncs = !ib_uses_virt_dma(ibdev);
			ep->port = ep->cm_id->port_num;
			list_add_tail(&ep->dev_node, &dev->eps);
			err = 0;
		}
		spin_unlock_bh(&dev->lock);
		break;
	}
	mutex_unlock(&iser_devices_lock);
	return err;
}

/**
 * iser_device_detach - the endpoint has nothing on its device any more
 * @ep: endpoint; may have no device
 *
 * Context: stop work.
 */
void iser_device_detach(struct iser_ep *ep)
{
	struct iser_device *dev = ep->dev;

	if (!dev)
		return;
	spin_lock_bh(&dev->lock);
	list_del_init(&ep->dev_node);
	spin_unlock_bh(&dev->lock);
	ep->dev = NULL;
	iser_device_put(dev);
}

static struct ib_client iser_ib_client = {
	.name	= "iser",
	.add	= iser_device_add,
	.remove	= iser_device_remove,
};

/**
 * iser_device_init - start to learn of devices
 *
 * Context: module init.
 * Return: 0 or a negative errno.
 */
int iser_device_init(void)
{
	return ib_register_client(&iser_ib_client);
}

/**
 * iser_device_exit - forget all devices; no endpoint may be left
 *
 * Context: module exit.
 */
void iser_device_exit(void)
{
	ib_unregister_client(&iser_ib_client);
}
