/* SPDX-License-Identifier: GPL-2.0-only */
/* The oldest kernel we build for, and what it lacks. The only such place. */
#ifndef ISER_COMPAT_H
#define ISER_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "iSER needs Linux 6.1 or newer: use the in-tree ib_iser and ib_isert"
#endif

#endif /* ISER_COMPAT_H */
