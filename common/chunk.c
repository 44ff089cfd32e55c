// SPDX-License-Identifier: GPL-2.0-only
/*
 * Received data used in place.
 *
 * A role may keep the data chunk of a receive buffer for as long as a command
 * takes, but not the buffer: the peer counts on buffers, and whether one comes
 * back must not depend on what becomes of a command (decision of common/recv.c).
 * So the chunk is swapped for a spare one. The buffer goes back to the receive
 * queue at once, with other memory; the chunk that was taken becomes a spare
 * when the role returns it. Spares are few and made once: when all are out, the
 * role has to copy, and nothing else changes.
 *
 * A struct iser_chunk is a place for a chunk, not the chunk: taking exchanges
 * what the place and the buffer have. So nothing is allocated, and the number
 * of chunks stays what it was.
 *
 * The mapping of a chunk for the device ends with the endpoint's device
 * resources, its memory with the last user: a back end may have it for much
 * longer. The array of places ends with the endpoint's memory.
 */
#include <linux/export.h>
#include <linux/slab.h>

#include "dma.h"
#include "internal.h"

/**
 * iser_chunk_alloc - make the spares
 * @ep: endpoint after iser_recv_alloc_full(), with buffers that have a chunk;
 *	once
 * @count: how many, not 0
 *
 * Context: process, sleeps.
 * Return: 0, -ENOTCONN if the endpoint was stopped, -ENOMEM.
 */
int iser_chunk_alloc(struct iser_ep *ep, u32 count)
{
	struct iser_chunk *chunk;
	int err = -ENOTCONN;

	mutex_lock(&ep->setup);
	if (READ_ONCE(ep->state) >= ISER_EP_STOPPING)
		goto out_unlock;
	err = -ENOMEM;
	ep->chunks = iser_array_alloc(count, sizeof(*ep->chunks));
	if (!ep->chunks)
		goto out_unlock;
	for (; ep->nr_chunks < count; ep->nr_chunks++) {
		chunk = &ep->chunks[ep->nr_chunks];
		chunk->mem = iser_recv_map(ep, ISER_RECV_CHUNK, &chunk->addr);
		/* What there is ends in iser_chunk_teardown(). */
		if (!chunk->mem)
			goto out_unlock;
		list_add(&chunk->node, &ep->spares);
		iser_object_created(ISER_OBJ_CHUNK, 1);
	}
	err = 0;
out_unlock:
	mutex_unlock(&ep->setup);
	return err;
}
EXPORT_SYMBOL_GPL(iser_chunk_alloc);

static struct iser_chunk *iser_chunk_get_spare(struct iser_ep *ep)
{
	struct iser_chunk *chunk;

	spin_lock_bh(&ep->rx_lock);
	chunk = list_first_entry_or_null(&ep->spares, struct iser_chunk, node);
	if (chunk) {
		list_del_init(&chunk->node);
		chunk->taken = true;
	}
	spin_unlock_bh(&ep->rx_lock);
	return chunk;
}

/**
 * iser_chunk_take - take the data of a received message out of its buffer
 * @recv: buffer owned by the caller, of a pool with chunks; its data lies in
 *	one piece and begins with the chunk
 *
 * The buffer has no data afterwards and is released as ever.
 *
 * Context: any but hard interrupts; before ops->drained() has returned.
 * Return: the chunk, for iser_chunk_return(); NULL: none is to spare.
 */
struct iser_chunk *iser_chunk_take(struct iser_recv *recv)
{
	struct iser_ep *ep = recv->ep;
	struct iser_chunk *chunk = iser_chunk_get_spare(ep);

	if (!chunk)
		return NULL;
	/* What its last user has written or read is not in the device's way. */
	if (chunk->len)
		iser_dma_sync_for_device(ep, ISER_DMA_RECV, chunk->addr,
					 chunk->len, DMA_FROM_DEVICE);
	chunk->len = min_t(u32, recv->len, ISER_RECV_CHUNK);
	swap(chunk->mem, recv->chunk[0]);
	swap(chunk->addr, recv->sge[1].addr);
	recv->data = recv->chunk[0];
	return chunk;
}
EXPORT_SYMBOL_GPL(iser_chunk_take);

/**
 * iser_chunk_return - nobody uses the memory of a chunk any more
 * @ep: endpoint; the caller has a reference, the device may be gone
 * @chunk: from iser_chunk_take()
 *
 * Context: any but hard interrupts.
 */
void iser_chunk_return(struct iser_ep *ep, struct iser_chunk *chunk)
{
	void *mem = NULL;

	spin_lock_bh(&ep->rx_lock);
	if (chunk->taken) {
		chunk->taken = false;
		/* The latest first: it may still be in a cache. */
		if (ep->spares_gone)
			swap(mem, chunk->mem);
		else
			list_add(&chunk->node, &ep->spares);
	}
	spin_unlock_bh(&ep->rx_lock);
	if (!mem)
		return;
	free_pages((unsigned long)mem, get_order(ISER_RECV_CHUNK));
	iser_object_destroyed(ISER_OBJ_CHUNK, 1);
}
EXPORT_SYMBOL_GPL(iser_chunk_return);

/**
 * iser_chunk_return_all - nobody uses the memory of any chunk any more
 * @ep: endpoint; the caller has a reference
 *
 * For chunks of commands that ended where the role was not told.
 *
 * Context: process.
 */
void iser_chunk_return_all(struct iser_ep *ep)
{
	u32 i;

	for (i = 0; i < ep->nr_chunks; i++)
		iser_chunk_return(ep, &ep->chunks[i]);
}
EXPORT_SYMBOL_GPL(iser_chunk_return_all);

/**
 * iser_chunk_teardown - unmap all, free those that nobody has taken
 * @ep: drained endpoint
 *
 * Context: stop work.
 */
void iser_chunk_teardown(struct iser_ep *ep)
{
	struct iser_chunk *chunk, *next;
	LIST_HEAD(spares);
	u32 i;

	for (i = 0; i < ep->nr_chunks; i++)
		iser_dma_unmap(ep, ISER_DMA_RECV, ep->chunks[i].addr,
			       ISER_RECV_CHUNK, DMA_FROM_DEVICE);
	spin_lock_bh(&ep->rx_lock);
	ep->spares_gone = true;
	list_splice_init(&ep->spares, &spares);
	spin_unlock_bh(&ep->rx_lock);

	list_for_each_entry_safe(chunk, next, &spares, node) {
		list_del_init(&chunk->node);
		free_pages((unsigned long)chunk->mem,
			   get_order(ISER_RECV_CHUNK));
		chunk->mem = NULL;
		iser_object_destroyed(ISER_OBJ_CHUNK, 1);
	}
}
