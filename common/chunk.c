// SPDX-License-Identifier: GPL-2.0-only
/*
 * Received data used in place.
 *
 * A role may keep the data chunk of a receive buffer for as long as a command
 * takes, but not the buffer: the peer counts on buffers, and whether one comes
 * back must not depend on what becomes of a command (decision of common/recv.c).
 * So the chunk is swapped for a spare one. The buffer goes back to the receive
 * queue at once, with other memory; the chunk that was taken becomes a spare
 * when the role returns it. Spares are few: when all are out, the role has to
 * copy, and nothing else changes. Some are made with the receive buffers; who
 * finds too few goes without, and has a work make more of them, up to what the
 * role has allowed. So a session that is idle does not have the spares of a busy
 * one, and no command waits for memory.
 *
 * A struct iser_chunk is a place for a chunk, not the chunk: taking exchanges
 * what the place and the buffer have. So nothing is allocated, and the number
 * of chunks stays what it was.
 *
 * A role may also borrow spares to put data of its own into them and have the
 * device send it (iser_chunk_borrow()): they are mapped already. That is why
 * chunks are mapped both ways. What is in a spare is nothing but data of this
 * connection, which its peer has seen or sent.
 *
 * Data of more than one chunk's length has a list of them (@next), all or none.
 *
 * The mapping of a chunk for the device ends with the endpoint's device
 * resources, its memory with the last user: a back end may have it for much
 * longer. The array of places ends with the endpoint's memory.
 */
#include <linux/export.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "dma.h"
#include "internal.h"

#define ISER_CHUNK_STEP		8	/* spares made at once when they are short */

/* One more spare; setup held, not stopped. */
static int iser_chunk_add(struct iser_ep *ep, gfp_t gfp)
{
	struct iser_chunk *chunk = &ep->chunks[ep->nr_chunks];

	lockdep_assert_held(&ep->setup);
	chunk->mem = iser_recv_map(ep, ISER_RECV_CHUNK, ISER_CHUNK_DIR, gfp,
				   &chunk->addr);
	if (!chunk->mem)
		return -ENOMEM;
	spin_lock_bh(&ep->rx_lock);
	chunk->next = ep->spares;
	ep->spares = chunk;
	ep->nr_spares++;
	ep->nr_chunks++;
	spin_unlock_bh(&ep->rx_lock);
	iser_object_created(ISER_OBJ_CHUNK, 1);
	return 0;
}

/**
 * iser_chunk_grow_work - make some more spares
 * @work: of the endpoint
 *
 * If there is no memory, what there is has to do from then on.
 *
 * Context: workqueue, sleeps; may be on the way to memory that is to be freed.
 */
void iser_chunk_grow_work(struct work_struct *work)
{
	struct iser_ep *ep = container_of(work, struct iser_ep, chunk_work);
	unsigned int noio = memalloc_noio_save();
	u32 left = ISER_CHUNK_STEP;

	mutex_lock(&ep->setup);
	while (READ_ONCE(ep->state) < ISER_EP_STOPPING && left-- &&
	       ep->nr_chunks < ep->max_chunks)
		if (iser_chunk_add(ep, __GFP_NORETRY | __GFP_NOWARN))
			WRITE_ONCE(ep->max_chunks, ep->nr_chunks);
	mutex_unlock(&ep->setup);
	memalloc_noio_restore(noio);
}

/**
 * iser_chunk_alloc - make the spares
 * @ep: endpoint after iser_recv_alloc_full(), with buffers that have a chunk;
 *	once
 * @count: how many, not 0
 * @max: how many there may be when these do not do
 *
 * Context: process, sleeps.
 * Return: 0, -ENOTCONN if the endpoint was stopped, -ENOMEM.
 */
int iser_chunk_alloc(struct iser_ep *ep, u32 count, u32 max)
{
	int err = -ENOTCONN;

	mutex_lock(&ep->setup);
	if (READ_ONCE(ep->state) >= ISER_EP_STOPPING)
		goto out_unlock;
	err = -ENOMEM;
	ep->chunks = iser_array_alloc(max, sizeof(*ep->chunks));
	if (!ep->chunks)
		goto out_unlock;
	ep->max_chunks = max;
	/* After a failure, what there is ends in iser_chunk_teardown(). */
	do {
		err = iser_chunk_add(ep, 0);
	} while (!err && ep->nr_chunks < count);
out_unlock:
	mutex_unlock(&ep->setup);
	return err;
}
EXPORT_SYMBOL_GPL(iser_chunk_alloc);

static noinline void iser_chunk_run_short(struct iser_ep *ep)
{
	lockdep_assert_held(&ep->rx_lock);
	/* The stop work takes the lock before it ends the work. */
	if (ep->nr_chunks < READ_ONCE(ep->max_chunks) &&
	    READ_ONCE(ep->state) < ISER_EP_STOPPING)
		queue_work(iser_wq, &ep->chunk_work);
}

/* So many spares in a list, at least one, or none at all. */
static __always_inline struct iser_chunk *
iser_chunk_get_spares(struct iser_ep *ep, u32 count)
{
	struct iser_chunk *first = NULL, *last;

	spin_lock_bh(&ep->rx_lock);
	if (unlikely(ep->nr_spares < count)) {
		iser_chunk_run_short(ep);
		goto out_unlock;
	}
	ep->nr_spares -= count;
	first = ep->spares;
	last = first;
	last->taken = true;
	while (unlikely(--count)) {
		last = last->next;
		last->taken = true;
	}
	ep->spares = last->next;
	last->next = NULL;
out_unlock:
	spin_unlock_bh(&ep->rx_lock);
	return first;
}

/**
 * iser_chunk_take - take the data of a received message out of its buffer
 * @recv: buffer owned by the caller, of a pool with chunks, that the decoder has
 *	passed; its data begins with the first chunk and ends in the last
 *
 * The buffer has no data afterwards and is released as ever. What a peer has
 * sent behind the data stays where it is: that may be more than chunks hold.
 *
 * Context: any but hard interrupts; before ops->drained() has returned.
 * Return: the chunks in their order, for iser_chunk_return(); NULL: there are
 *	too few to spare, or the data is in more than chunks.
 */
struct iser_chunk *iser_chunk_take(struct iser_recv *recv)
{
	u32 left = recv->pdu.data_len, i;
	struct iser_ep *ep = recv->ep;
	struct iser_chunk *chunk, *first;

	if (unlikely(!left || left > recv->pool->nr_chunks * ISER_RECV_CHUNK))
		return NULL;
	first = iser_chunk_get_spares(ep, DIV_ROUND_UP(left, ISER_RECV_CHUNK));
	for (chunk = first, i = 0; chunk; chunk = chunk->next, i++) {
		/* What its last user did is not in the device's way. */
		if (iser_dma_has_syncs(ep) && chunk->len)
			iser_dma_sync_for_device(ep, ISER_DMA_RECV, chunk->addr,
						 chunk->len, DMA_FROM_DEVICE);
		chunk->len = min_t(u32, left, ISER_RECV_CHUNK);
		left -= chunk->len;
		swap(chunk->mem, recv->chunk[i]);
		swap(chunk->addr, recv->sge[1 + i].addr);
	}
	recv->data = recv->chunk[0];
	return first;
}
EXPORT_SYMBOL_GPL(iser_chunk_take);

/**
 * iser_chunk_borrow - memory for data that the device will send
 * @ep: endpoint
 * @len: bytes, not 0
 *
 * Context: any but hard interrupts; before ops->drained() has returned.
 * Return: chunks for @len bytes, for iser_chunk_return(); NULL: there are too
 *	few to spare.
 */
struct iser_chunk *iser_chunk_borrow(struct iser_ep *ep, u32 len)
{
	struct iser_chunk *first, *chunk;

	first = iser_chunk_get_spares(ep, DIV_ROUND_UP(len, ISER_RECV_CHUNK));
	for (chunk = first; chunk; chunk = chunk->next) {
		chunk->len = min_t(u32, len, ISER_RECV_CHUNK);
		len -= chunk->len;
	}
	return first;
}
EXPORT_SYMBOL_GPL(iser_chunk_borrow);

/* Memory of places that nobody uses any more, all of a list. */
static noinline void iser_chunk_free_list(struct iser_chunk *chunk)
{
	while (chunk) {
		struct iser_chunk *next = chunk->next;

		free_pages((unsigned long)chunk->mem,
			   get_order(ISER_RECV_CHUNK));
		chunk->mem = NULL;
		chunk->next = NULL;
		iser_object_destroyed(ISER_OBJ_CHUNK, 1);
		chunk = next;
	}
}

/**
 * iser_chunk_return - nobody uses the memory of these chunks any more
 * @ep: endpoint; the caller has a reference, the device may be gone
 * @chunk: from iser_chunk_take() or iser_chunk_borrow()
 *
 * A second word about the same chunk is not heard: what is no longer taken ends
 * the list.
 *
 * Context: any but hard interrupts.
 */
void iser_chunk_return(struct iser_ep *ep, struct iser_chunk *chunk)
{
	struct iser_chunk *gone = NULL;

	spin_lock_bh(&ep->rx_lock);
	while (chunk && chunk->taken) {
		struct iser_chunk *next = chunk->next;

		chunk->taken = false;
		if (unlikely(ep->spares_gone)) {
			chunk->next = gone;
			gone = chunk;
		} else {
			/* The latest first: it may still be in a cache. */
			chunk->next = ep->spares;
			ep->spares = chunk;
			ep->nr_spares++;
		}
		chunk = next;
	}
	spin_unlock_bh(&ep->rx_lock);
	if (unlikely(gone))
		iser_chunk_free_list(gone);
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
	struct iser_chunk *spares;
	u32 i;

	cancel_work_sync(&ep->chunk_work);
	for (i = 0; i < ep->nr_chunks; i++)
		iser_dma_unmap(ep, ISER_DMA_RECV, ep->chunks[i].addr,
			       ISER_RECV_CHUNK, ISER_CHUNK_DIR);
	spin_lock_bh(&ep->rx_lock);
	ep->spares_gone = true;
	ep->nr_spares = 0;
	spares = ep->spares;
	ep->spares = NULL;
	spin_unlock_bh(&ep->rx_lock);
	iser_chunk_free_list(spares);
}
