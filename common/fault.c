// SPDX-License-Identifier: GPL-2.0-only
/*
 * Posts that fail, in debug builds only (ISER_DEBUG, see Kbuild).
 *
 * These functions say what became of a post before it is made. A kernel with
 * CONFIG_FAIL_FUNCTION can have them say that it failed, see
 * Documentation/fault-injection of the kernel; the device does not hear of it.
 */
#include <linux/error-injection.h>

#include "internal.h"

/**
 * iser_send_fault - is the next post of Sends to fail?
 *
 * Context: any; tx_lock held.
 * Return: 0, or the error to be returned for the device's.
 */
noinline int iser_send_fault(void)
{
	return 0;
}
ALLOW_ERROR_INJECTION(iser_send_fault, ERRNO);

/**
 * iser_recv_fault - is the next post of receives to fail?
 *
 * Context: any; rx_lock held.
 * Return: 0, or the error to be returned for the device's.
 */
noinline int iser_recv_fault(void)
{
	return 0;
}
ALLOW_ERROR_INJECTION(iser_recv_fault, ERRNO);
