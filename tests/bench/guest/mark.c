// SPDX-License-Identifier: GPL-2.0-only
/*
 * mark NUMBER: open that window of the instruction counter, 0 closes it. For
 * programs that are not ours and cannot do it themselves.
 */
#include "mark.h"

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: bench-mark NUMBER\n");
		return 2;
	}
	mark_make(strtoul(argv[1], NULL, 0))();
	return 0;
}
