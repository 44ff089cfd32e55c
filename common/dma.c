// SPDX-License-Identifier: GPL-2.0-only
/*
 * Books of DMA mappings, in debug builds only (ISER_DEBUG, see Kbuild).
 *
 * Each mapping has an entry from map to unmap: whose it is, what for, where, how
 * long, which way. An unmap must find its entry and agree with it, a sync or a
 * work request must lie within one, and an endpoint that lets its device go must
 * have none left. What is wrong is told with a WARN that says all of it.
 *
 * Entries are found by the 8 KiB, or the page, they lie in: no mapping of ours is
 * longer, and none crosses a multiple of that. A scatterlist is entered under the
 * address of the list, an rdma_rw context under its own.
 *
 * Memory for entries comes from the atomic reserves. When there is none the
 * books are closed, with a message, for as long as the module is loaded: from
 * then on they would accuse the innocent.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "internal.h"

#define ISER_DMA_UNIT_BITS	max(PAGE_SHIFT, 13)

struct iser_dma_entry {
	struct hlist_node	node;
	const struct iser_ep	*ep;
	enum iser_dma		kind;
	enum dma_data_direction	dir;
	u64			at;
	u32			len;
};

static const char * const iser_dma_names[ISER_NR_DMA] = {
	[ISER_DMA_SEND]		= "send",
	[ISER_DMA_RECV]		= "recv",
	[ISER_DMA_EXTENT]	= "extent",
	[ISER_DMA_BUF]		= "buf",
	[ISER_DMA_MR]		= "mr",
	[ISER_DMA_INLINE]	= "inline",
	[ISER_DMA_RW]		= "rw",
};

static struct {
	unsigned long	maps;
	unsigned long	uses;
	unsigned long	unmaps;
} iser_dma_counts[ISER_NR_DMA];

/* Guards the books and their counters; innermost, any context. */
static DEFINE_SPINLOCK(iser_dma_lock);
static DEFINE_HASHTABLE(iser_dma_books, 10);
static bool iser_dma_closed;

static struct iser_dma_entry *iser_dma_find(const struct iser_ep *ep,
					    enum iser_dma kind, u64 at)
{
	/* Lists and contexts are entered under one address, memory has many. */
	bool memory = kind <= ISER_DMA_BUF;
	struct iser_dma_entry *entry;

	hash_for_each_possible(iser_dma_books, entry, node,
			       at >> ISER_DMA_UNIT_BITS) {
		u32 span = memory ? entry->len : 1;

		if (entry->ep == ep && entry->kind == kind &&
		    at >= entry->at && at - entry->at < span)
			return entry;
	}
	return NULL;
}

static void iser_dma_close(void)
{
	struct iser_dma_entry *entry;
	struct hlist_node *next;
	int bucket;

	iser_dma_closed = true;
	hash_for_each_safe(iser_dma_books, bucket, next, entry, node) {
		hash_del(&entry->node);
		kfree(entry);
	}
	pr_warn("no memory for books of DMA mappings, they are closed\n");
}

static const char *iser_dma_enter(const struct iser_ep *ep, enum iser_dma kind,
				  u64 at, u32 len, enum dma_data_direction dir)
{
	struct iser_dma_entry *entry = iser_dma_find(ep, kind, at);

	if (entry)
		return "mapped twice";
	entry = kmalloc(sizeof(*entry), GFP_ATOMIC | __GFP_NOWARN);
	if (!entry) {
		iser_dma_close();
		return NULL;
	}
	entry->ep = ep;
	entry->kind = kind;
	entry->dir = dir;
	entry->at = at;
	entry->len = len;
	hash_add(iser_dma_books, &entry->node, at >> ISER_DMA_UNIT_BITS);
	iser_dma_counts[kind].maps++;
	return NULL;
}

static const char *iser_dma_compare(const struct iser_dma_entry *entry, u64 at,
				    u32 len, enum dma_data_direction dir)
{
	if (!entry)
		return "not mapped";
	if (at - entry->at + len > entry->len)
		return "longer than its mapping";
	if (entry->dir != dir)
		return "mapped the other way";
	return NULL;
}

/* What is mapped both ways may be used either way. */
static const char *iser_dma_use(const struct iser_ep *ep, enum iser_dma kind,
				u64 at, u32 len, enum dma_data_direction dir)
{
	const struct iser_dma_entry *entry = iser_dma_find(ep, kind, at);

	iser_dma_counts[kind].uses++;
	if (entry && entry->dir == DMA_BIDIRECTIONAL)
		dir = DMA_BIDIRECTIONAL;
	return iser_dma_compare(entry, at, len, dir);
}

static const char *iser_dma_strike(const struct iser_ep *ep,
				   enum iser_dma kind, u64 at, u32 len,
				   enum dma_data_direction dir)
{
	struct iser_dma_entry *entry = iser_dma_find(ep, kind, at);
	const char *fault = iser_dma_compare(entry, at, len, dir);

	if (!entry)
		return fault;
	if (!fault && (entry->at != at || entry->len != len))
		fault = "another size than its mapping";
	hash_del(&entry->node);
	kfree(entry);
	iser_dma_counts[kind].unmaps++;
	return fault;
}

typedef const char *(*iser_dma_fn)(const struct iser_ep *ep,
				   enum iser_dma kind, u64 at, u32 len,
				   enum dma_data_direction dir);

/* What is wrong, or NULL. */
static const char *iser_dma_note(iser_dma_fn fn, const struct iser_ep *ep,
				 enum iser_dma kind, u64 at, u32 len,
				 enum dma_data_direction dir)
{
	const char *fault = NULL;
	unsigned long flags;

	spin_lock_irqsave(&iser_dma_lock, flags);
	if (!iser_dma_closed)
		fault = fn(ep, kind, at, len, dir);
	spin_unlock_irqrestore(&iser_dma_lock, flags);
	return fault;
}

static void iser_dma_tell(const char *what, const char *fault,
			  const struct iser_ep *ep, enum iser_dma kind, u64 at,
			  u32 len)
{
	WARN(fault, "iser: DMA %s of %s at %llx, %u long, endpoint %u: %s\n",
	     what, iser_dma_names[kind], at, len, ep->id, fault);
}

/**
 * iser_dma_mapped - enter a mapping
 * @ep: endpoint
 * @kind: what for
 * @at: address, or what stands for it
 * @len: bytes or entries
 * @dir: direction
 *
 * Context: any.
 */
void iser_dma_mapped(const struct iser_ep *ep, enum iser_dma kind, u64 at,
		     u32 len, enum dma_data_direction dir)
{
	iser_dma_tell("map", iser_dma_note(iser_dma_enter, ep, kind, at, len,
					   dir), ep, kind, at, len);
}
EXPORT_SYMBOL_GPL(iser_dma_mapped);

/**
 * iser_dma_used - a sync, or a work request that is about to be posted
 * @ep: endpoint
 * @kind: what for
 * @at: address within a mapping, or what stands for it
 * @len: bytes or entries
 * @dir: direction
 *
 * Context: any.
 */
void iser_dma_used(const struct iser_ep *ep, enum iser_dma kind, u64 at,
		   u32 len, enum dma_data_direction dir)
{
	iser_dma_tell("use", iser_dma_note(iser_dma_use, ep, kind, at, len,
					   dir), ep, kind, at, len);
}
EXPORT_SYMBOL_GPL(iser_dma_used);

/**
 * iser_dma_unmapped - strike a mapping out
 * @ep: endpoint
 * @kind: what for
 * @at: as it was entered, like what follows
 * @len: bytes or entries
 * @dir: direction
 *
 * Context: any.
 */
void iser_dma_unmapped(const struct iser_ep *ep, enum iser_dma kind, u64 at,
		       u32 len, enum dma_data_direction dir)
{
	iser_dma_tell("unmap", iser_dma_note(iser_dma_strike, ep, kind, at, len,
					     dir), ep, kind, at, len);
}
EXPORT_SYMBOL_GPL(iser_dma_unmapped);

/* Strike out what an endpoint has left of one kind; returns how many. */
static unsigned int iser_dma_strike_left(const struct iser_ep *ep,
					 enum iser_dma kind)
{
	struct iser_dma_entry *entry;
	struct hlist_node *next;
	unsigned int left = 0;
	unsigned long flags;
	int bucket;

	spin_lock_irqsave(&iser_dma_lock, flags);
	hash_for_each_safe(iser_dma_books, bucket, next, entry, node)
		if (entry->ep == ep && entry->kind == kind) {
			hash_del(&entry->node);
			kfree(entry);
			left++;
		}
	spin_unlock_irqrestore(&iser_dma_lock, flags);
	return left;
}

/**
 * iser_dma_ep_done - the endpoint lets its device go: nothing may be mapped
 * @ep: endpoint
 *
 * Context: stop work.
 */
void iser_dma_ep_done(const struct iser_ep *ep)
{
	unsigned int left;
	int kind;

	for (kind = 0; kind < ISER_NR_DMA; kind++) {
		left = iser_dma_strike_left(ep, kind);
		WARN(left, "iser: %u DMA mappings of %s left, endpoint %u\n",
		     left, iser_dma_names[kind], ep->id);
	}
}

/**
 * iser_dma_exit - the module goes: nothing may be mapped at all
 *
 * Context: module exit.
 */
void iser_dma_exit(void)
{
	int kind;

	if (iser_dma_closed)
		return;
	for (kind = 0; kind < ISER_NR_DMA; kind++)
		WARN(iser_dma_counts[kind].maps != iser_dma_counts[kind].unmaps,
		     "iser: %lu DMA mappings of %s, %lu unmapped\n",
		     iser_dma_counts[kind].maps, iser_dma_names[kind],
		     iser_dma_counts[kind].unmaps);
}

/**
 * iser_dma_show - kind, maps, uses and unmaps, a line each
 * @seq: debugfs file
 * @unused: of seq_file
 *
 * Context: process.
 * Return: 0.
 */
int iser_dma_show(struct seq_file *seq, void *unused)
{
	int kind;

	if (iser_dma_closed)
		seq_puts(seq, "closed\n");
	for (kind = 0; kind < ISER_NR_DMA; kind++)
		seq_printf(seq, "%s %lu %lu %lu\n", iser_dma_names[kind],
			   iser_dma_counts[kind].maps,
			   iser_dma_counts[kind].uses,
			   iser_dma_counts[kind].unmaps);
	return 0;
}
