// SPDX-License-Identifier: GPL-2.0-only
/*
 * ib_isert: registration of the iSER target transport with LIO.
 *
 * Parameters are those of the in-tree module, so that modprobe.d files work, and
 * what it lets be written at run time can be. One that is out of range is
 * refused, one that has no effect says so.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "isert.h"

/* Timers; and two kinds of works that may sleep as long as a back end. */
struct workqueue_struct *isert_wq;
struct workqueue_struct *isert_logout_wq;
struct workqueue_struct *isert_rx_wq;

/* Connections that may sleep in their back ends before one waits for another. */
#define ISERT_MAX_ACTIVE	512

/* The in-tree module's range: a value outside of it is a mistake everywhere. */
#define ISERT_SG_TABLESIZE_MIN	128
#define ISERT_SG_TABLESIZE_MAX	4096

static int isert_sg_tablesize_set(const char *val,
				  const struct kernel_param *kp)
{
	unsigned int entries;

	if (kstrtouint(val, 0, &entries) ||
	    entries < ISERT_SG_TABLESIZE_MIN ||
	    entries > ISERT_SG_TABLESIZE_MAX) {
		pr_err("sg_tablesize=%s: must be %u to %u\n", val,
		       ISERT_SG_TABLESIZE_MIN, ISERT_SG_TABLESIZE_MAX);
		return -EINVAL;
	}
	pr_notice_once("sg_tablesize has no effect: data is moved in as many pieces as it takes\n");
	return param_set_uint(val, kp);
}

static const struct kernel_param_ops isert_sg_tablesize_ops = {
	.set = isert_sg_tablesize_set,
	.get = param_get_uint,
};

static unsigned int isert_sg_tablesize = ISERT_SG_TABLESIZE_MIN;
module_param_cb(sg_tablesize, &isert_sg_tablesize_ops, &isert_sg_tablesize,
		0644);
MODULE_PARM_DESC(sg_tablesize, "No effect: data is moved in as many pieces as it takes");

unsigned int isert_iwarp_port_offset;
module_param_named(iwarp_port_offset, isert_iwarp_port_offset, uint, 0444);
MODULE_PARM_DESC(iwarp_port_offset, "Listen at each portal's port plus this, too: an iWARP device in software cannot share a port with LIO's TCP portal (default 0: do not)");

static int isert_debug_level_set(const char *val, const struct kernel_param *kp)
{
	int err = param_set_int(val, kp);

	if (!err)
		pr_notice_once("debug_level has no effect: use the trace events of iser\n");
	return err;
}

static const struct kernel_param_ops isert_debug_level_ops = {
	.set = isert_debug_level_set,
	.get = param_get_int,
};

static int isert_debug_level;
module_param_cb(debug_level, &isert_debug_level_ops, &isert_debug_level, 0644);
MODULE_PARM_DESC(debug_level, "No effect: use the trace events of iser");

/*
 * T10-PI needs a device that checks it, and code here that asks for it; target
 * core inserts and strips for such back ends in software.
 */
static enum target_prot_op isert_sup_prot_ops(struct iscsit_conn *lio)
{
	return TARGET_PROT_NORMAL;
}

static struct iscsit_transport isert_transport = {
	.name			= "IB/iSER",
	/* The type stands for iSER on every fabric, not for InfiniBand only. */
	.transport_type		= ISCSI_INFINIBAND,
	.rdma_shutdown		= true,
	.priv_size		= sizeof(struct isert_cmd),
	.owner			= THIS_MODULE,
	.iscsit_setup_np	= isert_portal_setup,
	.iscsit_accept_np	= isert_portal_accept,
	.iscsit_free_np		= isert_portal_free,
	.iscsit_get_login_rx	= isert_login_get_rx,
	.iscsit_put_login_tx	= isert_login_put_tx,
	.iscsit_validate_params	= isert_login_validate,
	.iscsit_get_sup_prot_ops = isert_sup_prot_ops,
	.iscsit_get_rx_pdu	= isert_login_get_rx_pdu,
	.iscsit_immediate_queue	= isert_rsp_immediate_queue,
	.iscsit_response_queue	= isert_rsp_response_queue,
	.iscsit_queue_data_in	= isert_data_put,
	.iscsit_queue_status	= isert_rsp_status,
	.iscsit_get_dataout	= isert_data_get,
	.iscsit_aborted_task	= isert_cmd_aborted,
	.iscsit_wait_conn	= isert_conn_wait,
	.iscsit_free_conn	= isert_conn_free,
};

static void isert_destroy_workqueues(void)
{
	if (isert_rx_wq)
		destroy_workqueue(isert_rx_wq);
	if (isert_logout_wq)
		destroy_workqueue(isert_logout_wq);
	if (isert_wq)
		destroy_workqueue(isert_wq);
}

static int __init isert_alloc_workqueues(void)
{
	const unsigned int flags = WQ_UNBOUND | WQ_MEM_RECLAIM;

	isert_wq = alloc_workqueue("isert", flags, 0);
	isert_logout_wq = alloc_workqueue("isert_logout", flags,
					  ISERT_MAX_ACTIVE);
	isert_rx_wq = alloc_workqueue("isert_rx", flags, ISERT_MAX_ACTIVE);
	if (isert_wq && isert_logout_wq && isert_rx_wq)
		return 0;
	isert_destroy_workqueues();
	return -ENOMEM;
}

static int __init isert_init(void)
{
	int err;

	if (isert_iwarp_port_offset > U16_MAX) {
		pr_err("iwarp_port_offset=%u: must be 0 to %u\n",
		       isert_iwarp_port_offset, U16_MAX);
		return -EINVAL;
	}
	err = isert_alloc_workqueues();
	if (err)
		return err;
	iscsit_register_transport(&isert_transport);
	pr_info("iSER target, version %s\n", ISER_VERSION_STRING);
	return 0;
}

static void __exit isert_exit(void)
{
	iscsit_unregister_transport(&isert_transport);
	/* Upcalls of endpoints nobody waited for, then our own works. */
	iser_flush();
	isert_destroy_workqueues();
}

module_init(isert_init);
module_exit(isert_exit);

MODULE_DESCRIPTION("iSER target transport for LIO (RFC 7145)");
MODULE_AUTHOR("iSER for Linux");
MODULE_LICENSE("GPL");
MODULE_VERSION(ISER_VERSION_STRING);
