/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pure files may use: fixed-size types, byte order, memcpy, bool.
 * User-space tests are built with -DISER_USERSPACE and their own "pure_user.h"
 * in the include path, so the same sources run in the kernel, under
 * sanitizers and under the fuzzer.
 */
#ifndef ISER_PURE_H
#define ISER_PURE_H

#ifdef ISER_USERSPACE
#include "pure_user.h"
#else
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/unaligned.h>
#endif

#endif /* ISER_PURE_H */
