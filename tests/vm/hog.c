// SPDX-License-Identifier: GPL-2.0-only
/*
 * hog LOCK MEGABYTES: swap-and-writeback-across-a-reconnect starts it
 *
 * Locks LOCK megabytes, so that little memory is left, and goes round MEGABYTES
 * of other memory until /tmp/hog.stop exists. Each page has the turn and its own
 * number in it, which are looked at before the next turn is written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096UL

static unsigned long *map(unsigned long mb)
{
	void *mem = mmap(NULL, mb << 20, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		exit(2);
	return mem;
}

int main(int argc, char **argv)
{
	unsigned long lock = atol(argv[1]), mb = atol(argv[2]);
	unsigned long pages = (mb << 20) / PAGE, turn, i;
	unsigned long *mem, *p;

	if (lock && mlock(map(lock), lock << 20))
		return 3;
	mem = map(mb);
	for (turn = 1; access("/tmp/hog.stop", F_OK); turn++) {
		for (i = 0; i < pages; i++) {
			p = mem + i * PAGE / sizeof(*p);
			if (turn > 1 && (p[0] != turn - 1 || p[511] != i)) {
				printf("page %lu is wrong in turn %lu: %lu %lu\n",
				       i, turn, p[0], p[511]);
				return 1;
			}
			p[0] = turn;
			p[511] = i;
		}
		printf("turn %lu\n", turn);
		fflush(stdout);
	}
	return 0;
}
