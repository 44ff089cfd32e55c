// SPDX-License-Identifier: GPL-2.0-only
/*
 * Posts that fail, in debug builds (ISER_DEBUG, see Kbuild) for a kernel with
 * CONFIG_FAULT_INJECTION: fail_send and fail_recv in the debugfs directory of
 * iser_core, with what Documentation/fault-injection of the kernel says in them.
 * The device does not hear of such a post.
 */
#include <linux/fault-inject.h>

#include "internal.h"

static DECLARE_FAULT_ATTR(iser_fail_send);
static DECLARE_FAULT_ATTR(iser_fail_recv);

/**
 * iser_send_fault - is this post of Sends to fail?
 *
 * Context: any; tx_lock held.
 * Return: 0, or -EIO to be returned instead of posting.
 */
int iser_send_fault(void)
{
	return should_fail(&iser_fail_send, 1) ? -EIO : 0;
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
 * iser_fault_init - make the attributes to be written to
 * @dir: debugfs directory of iser_core, which goes with all that is in it
 *
 * Context: process.
 */
void iser_fault_init(struct dentry *dir)
{
	fault_create_debugfs_attr("fail_send", dir, &iser_fail_send);
	fault_create_debugfs_attr("fail_recv", dir, &iser_fail_recv);
}
