/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

/*
 * The instruction that opens and closes a window of the instruction counter
 * (../insn.c): a nop with a number in it, so outside of the counter it does
 * nothing. The number is known when the program runs only, so the instruction
 * is written then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef void (*mark_fn)(void);

/* A function that marks @window, which is below 65536; 0 closes. */
static inline mark_fn mark_make(unsigned int window)
{
	unsigned char code[] = { 0x66, 0x0f, 0x1f, 0x84, 0x00,
				 window, window >> 8, 0xe7, 0x15, 0xc3 };
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	memcpy(page, code, sizeof(code));
	return (mark_fn)page;
}

#endif
