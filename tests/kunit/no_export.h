/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Include before the first file of common/: what it exports stays inside the
 * test module.
 */
#include <linux/export.h>

#undef EXPORT_SYMBOL_GPL
#define EXPORT_SYMBOL_GPL(symbol)	static_assert(1, #symbol)
