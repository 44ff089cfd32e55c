// SPDX-License-Identifier: GPL-2.0-only
/*
 * ib_isert: registration of the iSER target transport with LIO.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "isert.h"

struct workqueue_struct *isert_wq;

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

static int __init isert_init(void)
{
	isert_wq = alloc_workqueue("isert", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!isert_wq)
		return -ENOMEM;
	iscsit_register_transport(&isert_transport);
	pr_info("iSER target, version %s\n", ISER_VERSION_STRING);
	return 0;
}

static void __exit isert_exit(void)
{
	iscsit_unregister_transport(&isert_transport);
	/* Upcalls of endpoints nobody waited for, then our own works. */
	iser_flush();
	destroy_workqueue(isert_wq);
}

module_init(isert_init);
module_exit(isert_exit);

MODULE_DESCRIPTION("iSER target transport for LIO (RFC 7145)");
MODULE_AUTHOR("iSER for Linux");
MODULE_LICENSE("GPL");
MODULE_VERSION(ISER_VERSION_STRING);
