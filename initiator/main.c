// SPDX-License-Identifier: GPL-2.0-only
/*
 * ib_iser: iSCSI initiator over RDMA (RFC 7145), an iSCSI transport of the name
 * "iser" that iscsid selects by that name. Parameters, the table of operations,
 * init and exit.
 *
 * Parameters are those of the in-tree module, so that modprobe.d files work, and
 * what it lets be written at run time can be. A value that it refuses is refused;
 * one that it takes and that is not honoured, or has no effect, says so.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/stat.h>

#include "iseri.h"

#define ISERI_MAX_SECTORS_LOW	8U	/* a page */
#define ISERI_MAX_SECTORS_HIGH	65535U

unsigned long long iseri_max_lun = 512;
module_param_named(max_lun, iseri_max_lun, ullong, 0444);
MODULE_PARM_DESC(max_lun, "LUNs of a target, at least 1 (default 512)");

static int iseri_max_sectors_set(const char *val, const struct kernel_param *kp)
{
	unsigned int sectors, taken;
	int err = kstrtouint(val, 0, &sectors);

	if (err || !sectors) {
		pr_err("max_sectors: must be a number of at least 1\n");
		return err ?: -EINVAL;
	}
	taken = clamp(sectors, ISERI_MAX_SECTORS_LOW, ISERI_MAX_SECTORS_HIGH);
	if (taken != sectors)
		pr_warn("max_sectors=%u is not honoured: %u to %u, so it is %u\n",
			sectors, ISERI_MAX_SECTORS_LOW, ISERI_MAX_SECTORS_HIGH,
			taken);
	WRITE_ONCE(*(unsigned int *)kp->arg, taken);
	return 0;
}

static const struct kernel_param_ops iseri_max_sectors_ops = {
	.set = iseri_max_sectors_set,
	.get = param_get_uint,
};

unsigned int iseri_max_sectors = 1024;
module_param_cb(max_sectors, &iseri_max_sectors_ops, &iseri_max_sectors, 0644);
MODULE_PARM_DESC(max_sectors, "512-byte sectors of one command of the sessions to come, 8 to 65535; less if the device maps less (default 1024)");

static bool iseri_always_register = true;
module_param_named(always_register, iseri_always_register, bool, 0444);
MODULE_PARM_DESC(always_register, "Register memory for each command. N is not honoured: it would give the target a key to all memory");

static bool iseri_pi_enable;
module_param_named(pi_enable, iseri_pi_enable, bool, 0444);
MODULE_PARM_DESC(pi_enable, "T10-PI; not supported yet, Y is not honoured");

static int iseri_pi_guard;
module_param_named(pi_guard, iseri_pi_guard, int, 0444);
MODULE_PARM_DESC(pi_guard, "T10-PI guard type; no effect");

static int iseri_debug_level_set(const char *val, const struct kernel_param *kp)
{
	int err = param_set_int(val, kp);

	if (!err)
		pr_notice_once("debug_level has no effect: use the trace events of iser\n");
	return err;
}

static const struct kernel_param_ops iseri_debug_level_ops = {
	.set = iseri_debug_level_set,
	.get = param_get_int,
};

static int iseri_debug_level;
module_param_cb(debug_level, &iseri_debug_level_ops, &iseri_debug_level, 0644);
MODULE_PARM_DESC(debug_level, "No effect: use the trace events of iser");

struct scsi_transport_template *iseri_scsi_transport;
struct workqueue_struct *iseri_wq;

static umode_t iseri_host_attr(int param)
{
	switch (param) {
	case ISCSI_HOST_PARAM_NETDEV_NAME:
	case ISCSI_HOST_PARAM_HWADDRESS:
	case ISCSI_HOST_PARAM_IPADDRESS:
	case ISCSI_HOST_PARAM_INITIATOR_NAME:
		return 0444;
	default:
		return 0;
	}
}

static umode_t iseri_param_attr(int param)
{
	switch (param) {
	case ISCSI_PARAM_MAX_RECV_DLENGTH:
	case ISCSI_PARAM_MAX_XMIT_DLENGTH:
	case ISCSI_PARAM_HDRDGST_EN:
	case ISCSI_PARAM_DATADGST_EN:
	case ISCSI_PARAM_CONN_ADDRESS:
	case ISCSI_PARAM_CONN_PORT:
	case ISCSI_PARAM_LOCAL_PORT:
	case ISCSI_PARAM_EXP_STATSN:
	case ISCSI_PARAM_PERSISTENT_ADDRESS:
	case ISCSI_PARAM_PERSISTENT_PORT:
	case ISCSI_PARAM_PING_TMO:
	case ISCSI_PARAM_RECV_TMO:
	case ISCSI_PARAM_INITIAL_R2T_EN:
	case ISCSI_PARAM_MAX_R2T:
	case ISCSI_PARAM_IMM_DATA_EN:
	case ISCSI_PARAM_FIRST_BURST:
	case ISCSI_PARAM_MAX_BURST:
	case ISCSI_PARAM_PDU_INORDER_EN:
	case ISCSI_PARAM_DATASEQ_INORDER_EN:
	case ISCSI_PARAM_ERL:
	case ISCSI_PARAM_TARGET_NAME:
	case ISCSI_PARAM_TPGT:
	case ISCSI_PARAM_USERNAME:
	case ISCSI_PARAM_PASSWORD:
	case ISCSI_PARAM_USERNAME_IN:
	case ISCSI_PARAM_PASSWORD_IN:
	case ISCSI_PARAM_FAST_ABORT:
	case ISCSI_PARAM_ABORT_TMO:
	case ISCSI_PARAM_LU_RESET_TMO:
	case ISCSI_PARAM_TGT_RESET_TMO:
	case ISCSI_PARAM_IFACE_NAME:
	case ISCSI_PARAM_INITIATOR_NAME:
	case ISCSI_PARAM_DISCOVERY_SESS:
		return 0444;
	default:
		return 0;
	}
}

static umode_t iseri_attr_is_visible(int type, int param)
{
	if (type == ISCSI_HOST_PARAM)
		return iseri_host_attr(param);
	if (type == ISCSI_PARAM)
		return iseri_param_attr(param);
	return 0;
}

struct iscsi_transport iseri_transport = {
	.owner			= THIS_MODULE,
	.name			= "iser",
	.caps			= CAP_RECOVERY_L0 | CAP_MULTI_R2T |
				  CAP_TEXT_NEGO,
	.create_session		= iseri_session_create,
	.destroy_session	= iseri_session_destroy,
	.session_recovery_timedout = iscsi_session_recovery_timedout,
	.create_conn		= iseri_conn_create,
	.bind_conn		= iseri_conn_bind,
	.unbind_conn		= iscsi_conn_unbind,
	.start_conn		= iseri_conn_start,
	.stop_conn		= iseri_conn_stop,
	.destroy_conn		= iseri_conn_destroy,
	.attr_is_visible	= iseri_attr_is_visible,
	.set_param		= iseri_conn_set_param,
	.get_conn_param		= iseri_conn_get_param,
	.get_ep_param		= iseri_endpoint_get_param,
	.get_session_param	= iscsi_session_get_param,
	.get_host_param		= iseri_session_get_host_param,
	.set_host_param		= iscsi_host_set_param,
	.send_pdu		= iseri_conn_send_pdu,
	.get_stats		= iseri_conn_get_stats,
	.alloc_pdu		= iseri_task_alloc_pdu,
	.init_task		= iseri_task_init,
	.xmit_task		= iseri_task_xmit,
	.cleanup_task		= iseri_task_cleanup,
	.ep_connect		= iseri_endpoint_connect,
	.ep_poll		= iseri_endpoint_poll,
	.ep_disconnect		= iseri_endpoint_disconnect,
};

static int __init iseri_check_params(void)
{
	if (!iseri_max_lun) {
		pr_err("max_lun=0: must be at least 1\n");
		return -EINVAL;
	}
	if (!iseri_always_register)
		pr_warn("always_register=N is not honoured: no target gets a key to all memory\n");
	if (iseri_pi_enable)
		pr_warn("pi_enable=Y is not honoured: T10-PI is not supported yet\n");
	if (iseri_pi_guard)
		pr_notice("pi_guard has no effect: T10-PI is not supported yet\n");
	return 0;
}

static int __init iseri_init(void)
{
	int err = iseri_check_params();

	if (err)
		return err;
	/* A stop work, which reclaim may wait for, cancels what is on it. */
	iseri_wq = alloc_workqueue("iseri", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!iseri_wq)
		return -ENOMEM;
	iseri_session_init();
	iseri_scsi_transport = iscsi_register_transport(&iseri_transport);
	if (!iseri_scsi_transport) {
		destroy_workqueue(iseri_wq);
		pr_err("cannot register the iSCSI transport \"iser\": is there another one?\n");
		return -ENODEV;
	}
	pr_info("iSER initiator, version %s\n", ISER_VERSION_STRING);
	return 0;
}

static void __exit iseri_exit(void)
{
	iscsi_unregister_transport(&iseri_transport);
	iseri_endpoint_disconnect_all();
	/* The last upcall of an endpoint may have returned, but not its work. */
	iser_flush();
	destroy_workqueue(iseri_wq);
}

module_init(iseri_init);
module_exit(iseri_exit);

MODULE_DESCRIPTION("iSCSI initiator over RDMA (iSER, RFC 7145)");
MODULE_AUTHOR("iSER for Linux");
MODULE_LICENSE("GPL");
MODULE_VERSION(ISER_VERSION_STRING);
