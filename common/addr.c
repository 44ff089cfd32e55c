// SPDX-License-Identifier: GPL-2.0-only
/* Addresses of peers and portals. */
#include <linux/export.h>
#include <linux/in.h>
#include <net/ipv6.h>

#include "iser.h"

/**
 * iser_addr_match - is it the same address, or the same network
 * @a: an address; its port and its scope do not matter
 * @b: another
 * @prefix6: bits of an IPv6 address that count, 128 for all; all of an IPv4
 *	address do
 *
 * Context: any.
 * Return: true if so; false for addresses of two families, or of another one.
 */
bool iser_addr_match(const struct sockaddr_storage *a,
		     const struct sockaddr_storage *b, unsigned int prefix6)
{
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;

	if (a->ss_family != b->ss_family)
		return false;
	switch (a->ss_family) {
	case AF_INET:
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	case AF_INET6:
		return ipv6_prefix_equal(&a6->sin6_addr, &b6->sin6_addr,
					 prefix6);
	default:
		return false;
	}
}
EXPORT_SYMBOL_GPL(iser_addr_match);
