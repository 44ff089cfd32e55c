// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin for QEMU's translator: how often did each block of kernel code run
 * between two marks?
 *
 * The program in the guest whose work is measured says when to count, with an
 * instruction that does nothing: the nine-byte nop with MARK in the upper half
 * of its displacement and the number of a window in the lower (guest/mark.h). A
 * number other than 0 opens that window, 0 closes it. At the close a line for
 * each block that ran is written:
 *
 *   window NUMBER
 *   ADDRESS INSTRUCTIONS-IN-IT TIMES-IT-RAN        (hexadecimal, decimal, decimal)
 *
 * and what the blocks belong to is found out later from the guest's symbols
 * (report). A jump ends a block and so a function's first block begins at the
 * function's address: the times it ran are the calls.
 *
 * Counting costs one addition for each block, made by the translated code
 * itself, and never enters this file. It is not atomic, so the counts are exact
 * with "-accel tcg,thread=single" only.
 *
 * A translation may be thrown away and made again, and a module may be loaded
 * where another was. So a block is known by its address and its length, and its
 * counter is never freed: code that was generated may still point to it.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#define EXPORTED	__attribute__((visibility("default")))

EXPORTED int qemu_plugin_version = 1;

#define MARK		0x15e7u
#define MARK_SIZE	9
#define SLOTS		1048576u	/* the hash below has 20 bits */

struct block {
	uint64_t	address;
	uint64_t	insns;
	uint64_t	runs;		/* written by translated code */
	uint64_t	runs_before;	/* when the window was opened */
};

/* Open addressing; a kernel under this load has some ten thousand blocks. */
static struct block *table[SLOTS];
static unsigned int blocks;
static unsigned int window;
static FILE *out;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct block *block_of(uint64_t address, uint64_t insns)
{
	uint64_t hash = (address ^ insns << 56) * 0x9e3779b97f4a7c15u;
	unsigned int i = hash >> 44;
	struct block *block;

	for (; (block = table[i]); i = (i + 1) % SLOTS)
		if (block->address == address && block->insns == insns)
			return block;
	if (blocks == SLOTS / 2)
		return NULL;
	block = calloc(1, sizeof(*block));
	if (!block)
		return NULL;
	block->address = address;
	block->insns = insns;
	table[i] = block;
	blocks++;
	return block;
}

static void window_open(unsigned int number)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		if (table[i])
			table[i]->runs_before = table[i]->runs;
	window = number;
}

static void window_close(void)
{
	unsigned int i;

	if (!window)
		return;
	fprintf(out, "window %u\n", window);
	for (i = 0; i < SLOTS; i++)
		if (table[i] && table[i]->runs != table[i]->runs_before)
			fprintf(out, "%llx %llu %llu\n",
				(unsigned long long)table[i]->address,
				(unsigned long long)table[i]->insns,
				(unsigned long long)(table[i]->runs -
						     table[i]->runs_before));
	fflush(out);
	window = 0;
}

static void on_mark(unsigned int cpu, void *data)
{
	unsigned int number = (uintptr_t)data;

	(void)cpu;
	pthread_mutex_lock(&lock);
	if (number)
		window_open(number);
	else
		window_close();
	pthread_mutex_unlock(&lock);
}

static bool is_mark(const struct qemu_plugin_insn *insn, unsigned int *number)
{
	static const unsigned char nop[] = { 0x66, 0x0f, 0x1f, 0x84, 0x00 };
	const unsigned char *code = qemu_plugin_insn_data(insn);
	uint32_t displacement;

	if (qemu_plugin_insn_size(insn) != MARK_SIZE || memcmp(code, nop, sizeof(nop)))
		return false;
	memcpy(&displacement, code + sizeof(nop), sizeof(displacement));
	*number = displacement & 0xffff;
	return displacement >> 16 == MARK;
}

/* Only the upper half of the addresses, the kernel's, is counted. */
static void on_translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t i, insns = qemu_plugin_tb_n_insns(tb);
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	struct block *block;
	unsigned int number;

	(void)id;
	if (address >> 63) {
		pthread_mutex_lock(&lock);
		block = block_of(address, insns);
		pthread_mutex_unlock(&lock);
		if (block)
			qemu_plugin_register_vcpu_tb_exec_inline(tb, ADD_U64, &block->runs, 1);
		else
			fprintf(stderr, "insn: no room for block %llx: counts are too low\n",
				(unsigned long long)address);
		return;
	}
	for (i = 0; i < insns; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (is_mark(insn, &number))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, NO_REGISTERS,
							       (void *)(uintptr_t)number);
	}
}

static void on_exit_of_qemu(uint64_t id, void *data)
{
	(void)id;
	(void)data;
	fclose(out);
}

EXPORTED int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (strncmp(argv[i], "out=", 4)) {
			fprintf(stderr, "insn: unknown argument %s (only out=FILE)\n", argv[i]);
			return -1;
		}
		out = fopen(argv[i] + 4, "w");
	}
	if (!out) {
		fprintf(stderr, "insn: out=FILE is missing or cannot be written\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
