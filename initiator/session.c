// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCSI host and iSCSI session: one of each, made together.
 *
 * What SCSI is promised. A command has to fit one MR and one STag, so the
 * limits of the host come from the device of the first connection: pages of a
 * fast registration, 4 KiB each whatever PAGE_SIZE is, one more than the data
 * for a buffer that begins in the middle of a page. Every segment but the first
 * begins, and every one but the last ends, on such a boundary; the MRs of the
 * core have no gaps. A later connection of the session must not offer less
 * (iseri_conn_bind()).
 *
 * How deep. The queues of a connection are made before anybody says how deep
 * the session will be. They are sized for the depth that was asked for last; a
 * deeper session gets what the queues hold, and the next connection is right.
 * Discovery sessions do not count: iscsiadm asks for a fixed number.
 *
 * Polling. Where the path asks for it (poll_us), who submits a command and would
 * only wait for it looks for the response itself for a while: a read at queue
 * depth 1 then costs no wake-up. With more commands under way there is something
 * better to do, and where a kernel thread or a softirq submits nobody waits.
 * Whether a session may do so is decided when it is made, by the template of its
 * host, so that all others pay nothing.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/sched/mm.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_host.h>

#include "iseri.h"

#define ISERI_SECTORS_PER_PAGE	(SZ_4K >> SECTOR_SHIFT)

/* SCSI commands to size the next connection for. */
static u32 iseri_depth = ISCSI_DEF_XMIT_CMDS_MAX - ISCSI_MGMT_CMDS_MAX;

/* The leading connection's endpoint, or NULL; frwd_lock. */
static struct iser_ep *
iseri_session_ep_locked(const struct iscsi_session *session)
{
	const struct iseri_conn *iconn;

	iconn = session->leadconn ? session->leadconn->dd_data : NULL;
	return iconn ? iconn->ep : NULL;
}

/* The block layer stops in the middle of a batch: post what hangs. */
static void iseri_session_commit_rqs(struct Scsi_Host *shost, u16 hwq)
{
	const struct iseri_host *host = iscsi_host_priv(shost);
	struct iscsi_session *session = READ_ONCE(host->session);
	struct iser_ep *ep;

	spin_lock_bh(&session->frwd_lock);
	ep = iseri_session_ep_locked(session);
	if (ep)
		iser_send_commit(ep);
	spin_unlock_bh(&session->frwd_lock);
}

/**
 * struct iseri_poll - what a submitter waits for
 * @session: session
 * @cmdsn: its next CmdSN when the command had been submitted
 */
struct iseri_poll {
	const struct iscsi_session *session;
	u32			cmdsn;
};

/*
 * Tasks that are not in the pool; one is the login's, for ever. The target
 * acknowledges a command when it has it, so sequence numbers do not tell.
 */
static u32 iseri_session_tasks(const struct iscsi_session *session)
{
	const struct iscsi_pool *pool = &session->cmdpool;

	return pool->max - kfifo_len(&pool->queue) / sizeof(void *);
}

/* The command was alone: it is answered, or not alone any more. */
static bool iseri_session_poll_is_over(void *arg)
{
	const struct iseri_poll *poll = arg;

	return iseri_session_tasks(poll->session) <= 1 ||
	       READ_ONCE(poll->session->cmdsn) != poll->cmdsn;
}

/*
 * The connection to poll, if the command that was submitted is the only one under
 * way. RCU read-side critical section, see iseri_endpoint_disconnect().
 */
static struct iser_ep *iseri_session_poll_ep(struct iscsi_session *session,
					     struct iseri_poll *poll)
{
	struct iser_ep *ep = NULL;

	spin_lock_bh(&session->frwd_lock);
	poll->session = session;
	poll->cmdsn = session->cmdsn;
	if (iseri_session_tasks(session) == 2)
		ep = iseri_session_ep_locked(session);
	spin_unlock_bh(&session->frwd_lock);
	return ep;
}

static void iseri_session_poll(struct Scsi_Host *shost)
{
	struct iseri_host *host = iscsi_host_priv(shost);
	struct iseri_poll poll;
	struct iser_ep *ep;

	if (in_softirq() || irqs_disabled() || current->flags & PF_KTHREAD)
		return;
	rcu_read_lock();
	ep = iseri_session_poll_ep(READ_ONCE(host->session), &poll);
	if (ep && iser_ep_path(ep)->poll_us) {
		iser_poll(ep, iseri_session_poll_is_over, &poll);
		if (iseri_session_tasks(poll.session) <= 1)
			atomic_long_inc(&host->polls_answered);
		else
			atomic_long_inc(&host->polls_expired);
	}
	rcu_read_unlock();
}

/* What it returns is an int in older kernels, an enumeration in newer ones. */
static typeof(iscsi_queuecommand(NULL, NULL))
iseri_session_queue_and_poll(struct Scsi_Host *shost, struct scsi_cmnd *sc)
{
	/* Not to be looked at afterwards. */
	bool last = sc->flags & SCMD_LAST;
	__auto_type ret = iscsi_queuecommand(shost, sc);

	if (!ret && last)
		iseri_session_poll(shost);
	return ret;
}

/*
 * libiscsi turns a command down that finds the command window closed. SCSI would
 * offer none before another one has completed, while a NOP-In may open the window
 * long before that; so it shall ask again, which the block layer does in 3 ms.
 */
static int iseri_session_target_alloc(struct scsi_target *starget)
{
	starget->max_target_blocked = 0;
	return iscsi_target_alloc(starget);
}

/* Not const: iscsi_host_alloc() of older kernels does not take it so. */
static struct scsi_host_template iseri_host_template = {
	.module			 = THIS_MODULE,
	.name			 = "iSCSI Initiator over iSER",
	.proc_name		 = "iscsi_iser",
	.queuecommand		 = iscsi_queuecommand,
	.commit_rqs		 = iseri_session_commit_rqs,
	.change_queue_depth	 = scsi_change_queue_depth,
	.target_alloc		 = iseri_session_target_alloc,
	.eh_timed_out		 = iscsi_eh_cmd_timed_out,
	.eh_abort_handler	 = iscsi_eh_abort,
	.eh_device_reset_handler = iscsi_eh_device_reset,
	.eh_target_reset_handler = iscsi_eh_recover_target,
	.cmd_per_lun		 = ISCSI_DEF_CMD_PER_LUN,
	.this_id		 = -1,
	.track_queue_depth	 = 1,
	.cmd_size		 = sizeof(struct iscsi_cmd),
	.shost_groups		 = iseri_sysfs_groups,
};

/* The same for sessions that poll; see iseri_session_init(). */
static struct scsi_host_template iseri_polling_template;

/**
 * iseri_session_init - what is made once
 *
 * Context: module init, before a session can be made.
 */
void __init iseri_session_init(void)
{
	iseri_polling_template = iseri_host_template;
	iseri_polling_template.queuecommand = iseri_session_queue_and_poll;
}

/**
 * iseri_session_depth - SCSI commands to size the next connection for
 *
 * Context: any.
 * Return: how many.
 */
u32 iseri_session_depth(void)
{
	return READ_ONCE(iseri_depth);
}

/**
 * iseri_session_want_depth - the next connection should be this deep
 * @depth: SCSI commands
 *
 * Context: any.
 */
void iseri_session_want_depth(u32 depth)
{
	WRITE_ONCE(iseri_depth, depth);
}

/* libiscsi's number: commands and its management tasks, a power of two. */
static int iseri_session_cmds(struct Scsi_Host *shost, u16 wanted, u32 window)
{
	int cmds = iscsi_host_get_max_scsi_cmds(shost, wanted);
	struct iseri_host *host = iscsi_host_priv(shost);
	u32 total;

	if (cmds < 0)
		return cmds;
	host->wanted = cmds;
	total = cmds + ISCSI_MGMT_CMDS_MAX;
	while (total > ISCSI_TOTAL_CMDS_MIN &&
	       total - ISCSI_MGMT_CMDS_MAX > window)
		total /= 2;
	if (total - ISCSI_MGMT_CMDS_MAX < cmds)
		pr_info("host%u: %u commands instead of %d: the connection was made for %u; log in again for more\n",
			shost->host_no, total - ISCSI_MGMT_CMDS_MAX, cmds,
			window);
	return total;
}

struct iseri_host_setup {
	struct Scsi_Host	*shost;
	struct iser_ep		*ep;
};

static int iseri_host_add(struct ib_device *ibdev, void *arg)
{
	struct iseri_host_setup *setup = arg;
	const struct iser_dev_limits *lim = iser_ep_limits(setup->ep);
	struct Scsi_Host *shost = setup->shost;
	struct iseri_host *host = iscsi_host_priv(shost);
	u32 sectors = READ_ONCE(iseri_max_sectors);
	u32 pages;

	pages = min(iser_mr_pages(sectors << SECTOR_SHIFT, SZ_4K),
		    lim->max_fr_pages);
	if (pages < 2) {
		pr_err("%s: cannot register memory of more than one page\n",
		       dev_name(&ibdev->dev));
		return -EOPNOTSUPP;
	}
	host->max_pages = pages;
	shost->max_sectors = min(sectors,
				 (pages - 1) * ISERI_SECTORS_PER_PAGE);
	shost->sg_tablesize = pages;
	shost->virt_boundary_mask = SZ_4K - 1;
	shost->max_segment_size = UINT_MAX;
	/* Software devices have no parent; SCSI takes NULL for that. */
	return iscsi_host_add(shost, ibdev->dev.parent);
}

/* What alloc_pdu would say of each PDU again. */
static void iseri_session_init_tasks(struct iscsi_session *session)
{
	int i;

	for (i = 0; i < session->cmds_max; i++)
		session->cmds[i]->hdr_max = sizeof(struct iscsi_hdr) +
					    ISERI_AHS_MAX;
}

static struct iscsi_cls_session *
iseri_session_setup(struct iser_ep *ep, u16 cmds_max, u16 qdepth,
		    u32 initial_cmdsn)
{
	struct scsi_host_template *template = iser_ep_path(ep)->poll_us ?
		&iseri_polling_template : &iseri_host_template;
	struct iseri_host_setup setup = { .ep = ep };
	struct iscsi_cls_session *cls_session;
	struct iseri_host *host;
	struct Scsi_Host *shost;
	int total, err;

	shost = iscsi_host_alloc(template, sizeof(struct iseri_host), false);
	if (!shost)
		return NULL;
	host = iscsi_host_priv(shost);
	spin_lock_init(&host->lock);
	shost->transportt = iseri_scsi_transport;
	shost->max_lun = iseri_max_lun;
	shost->max_id = 0;
	shost->max_channel = 0;
	shost->max_cmd_len = ISERI_CDB_MAX;

	total = iseri_session_cmds(shost, cmds_max, iser_ep_plan(ep)->window);
	if (total < 0)
		goto out_free_host;
	shost->can_queue = total - ISCSI_MGMT_CMDS_MAX;
	shost->cmd_per_lun = min_t(u32, qdepth, shost->can_queue);

	setup.shost = shost;
	err = iser_ep_hold_device(ep, iseri_host_add, &setup);
	if (err) {
		pr_err("%pISpc: cannot add a SCSI host: %d\n",
		       iser_ep_peer(ep), err);
		goto out_free_host;
	}
	cls_session = iscsi_session_setup(&iseri_transport, shost, total, 0,
					  sizeof(struct iseri_task),
					  initial_cmdsn, 0);
	if (cls_session) {
		host = iscsi_host_priv(shost);
		iseri_session_init_tasks(cls_session->dd_data);
		WRITE_ONCE(host->session, cls_session->dd_data);
		return cls_session;
	}

	iscsi_host_remove(shost, false);
out_free_host:
	iscsi_host_free(shost);
	return NULL;
}

/**
 * iseri_session_create - make a SCSI host and an iSCSI session
 * @cls_ep: connected endpoint; NULL is what iscsid sent before 2008
 * @cmds_max: commands and management tasks wanted, 0 for the default
 * @qdepth: commands for each LUN
 * @initial_cmdsn: first CmdSN
 *
 * The endpoint is only looked at: without a device there is nothing to promise
 * SCSI, so a missing one is refused.
 *
 * Context: process, rx_queue_mutex of the class held, sleeps.
 * Return: the session or NULL.
 */
struct iscsi_cls_session *iseri_session_create(struct iscsi_endpoint *cls_ep,
					       u16 cmds_max, u16 qdepth,
					       u32 initial_cmdsn)
{
	struct iscsi_cls_session *cls_session;
	unsigned int noio;
	struct iser_ep *ep;

	ep = cls_ep ? iseri_endpoint_hold(cls_ep->dd_data) : NULL;
	if (!ep) {
		pr_err("cannot make a session before a connection: is open-iscsi older than 2.0-870?\n");
		return NULL;
	}
	noio = memalloc_noio_save();
	cls_session = iseri_session_setup(ep, cmds_max, qdepth, initial_cmdsn);
	memalloc_noio_restore(noio);
	iser_ep_put(ep);
	if (cls_session)
		iser_object_created(ISER_OBJ_ROLE, 1);
	return cls_session;
}

/**
 * iseri_session_destroy - end of iseri_session_create()
 * @cls_session: session without connections
 *
 * The session goes last: it holds the module, and the host, which is not gone
 * before it.
 *
 * Context: process, sleeps.
 */
void iseri_session_destroy(struct iscsi_cls_session *cls_session)
{
	struct Scsi_Host *shost = iscsi_session_to_shost(cls_session);

	iscsi_session_remove(cls_session);
	iscsi_host_remove(shost, false);
	/*
	 * Who has submitted the last command may poll for it still, and look at
	 * the session. The block layer submits in RCU read-side critical sections.
	 */
	if (shost->hostt == &iseri_polling_template)
		synchronize_rcu();
	iser_object_destroyed(ISER_OBJ_ROLE, 1);
	iscsi_host_free(shost);
	iscsi_session_free(cls_session);
}

/*
 * The host has the address that its connection has; it has none while there is
 * no connection.
 */
static int iseri_session_get_address(struct Scsi_Host *shost, char *buf)
{
	const struct iseri_host *host = iscsi_host_priv(shost);
	struct iscsi_session *session = READ_ONCE(host->session);
	struct iser_ep *ep = NULL;

	if (!session)
		return -ENOTCONN;
	spin_lock_bh(&session->frwd_lock);
	if (session->leadconn)
		ep = iseri_conn_get_ep(session->leadconn);
	spin_unlock_bh(&session->frwd_lock);
	return iseri_conn_show_local(ep, ISCSI_PARAM_CONN_ADDRESS, buf);
}

/**
 * iseri_session_get_host_param - what sysfs shows of the SCSI host
 * @shost: host
 * @param: which
 * @buf: where to print it
 *
 * Context: process.
 * Return: bytes printed or a negative errno.
 */
int iseri_session_get_host_param(struct Scsi_Host *shost,
				 enum iscsi_host_param param, char *buf)
{
	if (param == ISCSI_HOST_PARAM_IPADDRESS)
		return iseri_session_get_address(shost, buf);
	return iscsi_host_get_param(shost, param, buf);
}
