/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Since 6.12 (commit 5f60d5f6bbc1) <linux/unaligned.h> is the public name;
 * older kernels have <asm/unaligned.h>. Found only where the kernel has no such
 * file: its own include path comes first. Goes when 6.1 goes.
 */
#include <asm/unaligned.h>
