/* SPDX-License-Identifier: GPL-2.0-only */
/* The oldest kernel we build for, and what it lacks. The only such place. */
#ifndef ISER_COMPAT_H
#define ISER_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "iSER needs Linux 6.1 or newer: use the in-tree ib_iser and ib_isert"
#endif

/* rxe, and what else is a software device, works in init_net only before. */
#define ISER_HAS_NETNS (LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0))

#endif /* ISER_COMPAT_H */
