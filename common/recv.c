// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receive buffers: mapped once, decoded once, given back always.
 *
 * Layout. A buffer has a slot in a page that is mapped for the whole life of
 * the pool. At the initiator the slot takes the whole message. At the target,
 * and for logins on both sides, the slot takes the 76 bytes of headers, chunks of
 * order 1 take what follows, so that a data segment without AHS begins on a page
 * boundary and can be used in place, and the rest of the slot takes what an AHS
 * pushed out of the chunks:
 *
 *	slot   | iSER header, BHS: 76 | .. | tail from byte 128 |
 *	chunk  | data (or AHS, then data): 8 KiB | once or twice
 *
 * Ownership. posted: the receive queue; from completion to
 * iser_recv_release(): the role, if the decoder let the message through;
 * otherwise, and after a flush, the pool. Nothing that becomes of a command
 * decides whether its buffer comes back (decision 11): a role releases each
 * buffer exactly once.
 *
 * Two pools: one for login and discovery, posted before the connection is made,
 * so that a peer that talks first finds a buffer; one for full feature phase.
 * When the second is posted, the first retires: its buffers are used up and not
 * posted again, and freed with the last of them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "dma.h"
#include "internal.h"
#include "trace.h"

#define ISER_RECV_SLOT_SPLIT	512	/* slot of a buffer with chunks */
#define ISER_RECV_ALIGN		64	/* of a slot that holds all: a cache line */

/* Where a message is, piece by piece; @at is the offset in the message. */
static void *iser_recv_piece(const struct iser_recv *recv, u32 at, u32 *len)
{
	const struct iser_recv_pool *pool = recv->pool;
	u32 chunk;

	if (at < pool->head_len) {
		*len = pool->head_len - at;
		return recv->hdr + at;
	}
	at -= pool->head_len;
	for (chunk = 0; chunk < pool->nr_chunks; chunk++) {
		if (at < pool->chunk_len) {
			*len = pool->chunk_len - at;
			return recv->chunk[chunk] + at;
		}
		at -= pool->chunk_len;
	}
	*len = at < pool->tail_len ? pool->tail_len - at : 0;
	return recv->hdr + ISER_RECV_TAIL + at;
}

/**
 * iser_recv_copy - copy bytes of a received message, wherever they lie
 * @recv: buffer owned by the caller
 * @offset: from the start of the message, iSER header included
 * @to: destination
 * @len: bytes; @offset + @len is within the message
 *
 * Context: any.
 */
void iser_recv_copy(const struct iser_recv *recv, u32 offset, void *to, u32 len)
{
	while (len) {
		u32 have;
		void *from = iser_recv_piece(recv, offset, &have);

		if (WARN_ON_ONCE(!have))
			return;
		have = min(have, len);
		memcpy(to, from, have);
		to += have;
		offset += have;
		len -= have;
	}
}
EXPORT_SYMBOL_GPL(iser_recv_copy);

/**
 * iser_recv_data - the data segment of a PDU, if it lies in one piece
 * @recv: buffer owned by the caller
 *
 * Context: any.
 * Return: first byte of the data segment, or NULL: then use iser_recv_copy().
 */
void *iser_recv_data(const struct iser_recv *recv)
{
	u32 have;
	void *data = iser_recv_piece(recv, recv->pdu.data_off, &have);

	return have >= recv->pdu.data_len ? data : NULL;
}
EXPORT_SYMBOL_GPL(iser_recv_data);

/**
 * iser_recv_room - bytes a data segment that lies in one piece could have
 * @recv: buffer owned by the caller, for which iser_recv_data() is not NULL
 *
 * Context: any.
 * Return: bytes of memory from its first byte on.
 */
u32 iser_recv_room(const struct iser_recv *recv)
{
	u32 room;

	iser_recv_piece(recv, recv->pdu.data_off, &room);
	return room;
}
EXPORT_SYMBOL_GPL(iser_recv_room);

/**
 * iser_recv_posted - receives the peer can still use
 * @ep: endpoint
 *
 * Context: any; a moment later it may be less, by PDUs whose CmdSN is not in
 *	ExpCmdSN yet either, or more.
 * Return: how many; those that wait for the rest of their batch included, for
 *	which the plan's reserve has room.
 */
u32 iser_recv_posted(const struct iser_ep *ep)
{
	return READ_ONCE(ep->rx_posted) + READ_ONCE(ep->rx_batched) -
	       READ_ONCE(ep->rx_consumed);
}
EXPORT_SYMBOL_GPL(iser_recv_posted);

static noinline void iser_recv_sync_cpu(struct iser_recv *recv)
{
	u32 left = recv->len;
	int i;

	for (i = 0; i < recv->wr.num_sge && left; i++) {
		const struct ib_sge *sge = &recv->sge[i];
		u32 len = min(left, sge->length);

		iser_dma_sync_for_cpu(recv->ep, ISER_DMA_RECV, sge->addr, len);
		left -= len;
	}
}

static noinline void iser_recv_sync_device(struct iser_recv *recv)
{
	u32 left = recv->len;
	int i;

	for (i = 0; i < recv->wr.num_sge && left; i++) {
		const struct ib_sge *sge = &recv->sge[i];
		u32 len = min(left, sge->length);

		iser_dma_sync_for_device(recv->ep, ISER_DMA_RECV, sge->addr,
					 len, DMA_FROM_DEVICE);
		left -= len;
	}
}

/* Bad bytes that end the connection, rather than being rejected or handed up. */
static noinline bool iser_recv_is_fatal(const struct iser_ep *ep,
					enum iser_verdict verdict)
{
	if (ep->side == ISER_INITIATOR || ep->phase == ISER_PHASE_LOGIN)
		return true;
	return iser_verdict_fate(verdict) == ISER_FATE_TERMINATE;
}

static noinline void iser_recv_refuse(struct iser_ep *ep, struct iser_recv *recv)
{
	trace_iser_pdu_refused(ep->id, recv);
	pr_warn_ratelimited("%pISpc: malformed PDU (%s, %u bytes), connection ended\n",
			    &ep->peer, iser_verdict_name(recv->verdict),
			    recv->len);
	iser_ep_stop(ep, ISER_STOP_BAD_PDU);
}

/*
 * While we connect, it is rdma_cm that puts the queue pair into error, before it
 * tells that the peer has refused, or what else it was.
 */
static bool iser_recv_cm_tells(const struct iser_ep *ep)
{
	return ep->side == ISER_INITIATOR &&
	       READ_ONCE(ep->state) == ISER_EP_CONNECTING;
}

static noinline void iser_recv_flushed(struct iser_ep *ep, const struct ib_wc *wc)
{
	/* A flush says only that somebody else stopped the queue pair. */
	if (wc->status != IB_WC_WR_FLUSH_ERR)
		trace_iser_sq_completed(ep->id, 0, wc->status, wc->vendor_err);
	else if (iser_recv_cm_tells(ep))
		return;
	iser_ep_stop(ep, ISER_STOP_WC);
}

static __always_inline void iser_recv_handle(const struct ib_wc *wc, bool login)
{
	struct iser_recv *recv = container_of(wc->wr_cqe, struct iser_recv,
					      cqe);
	struct iser_ep *ep = recv->ep;

	if (unlikely(wc->status != IB_WC_SUCCESS)) {
		iser_recv_flushed(ep, wc);
		return;
	}
	WRITE_ONCE(ep->rx_consumed, ep->rx_consumed + 1);
	/* The bytes of an RDMA Write with Immediate Data are not in the buffer. */
	recv->len = likely(wc->opcode == IB_WC_RECV) ? wc->byte_len : 0;
	if (wc->wc_flags & IB_WC_WITH_INVALIDATE) {
		recv->invalidated = true;
		recv->rkey = wc->ex.invalidate_rkey;
	} else {
		recv->invalidated = false;
	}
	if (iser_dma_has_syncs(ep))
		iser_recv_sync_cpu(recv);

	recv->verdict = iser_pdu_decode(recv->hdr, recv->data, recv->len,
					&recv->pdu, READ_ONCE(ep->wanted));
	if (trace_iser_recv_enabled())
		trace_iser_recv(ep->id, recv);
	if (unlikely(recv->verdict != ISER_OK) &&
	    iser_recv_is_fatal(ep, recv->verdict)) {
		iser_recv_refuse(ep, recv);
		return;
	}
	/* Data may overtake the RTU, but not the REP. */
	if (login && unlikely(READ_ONCE(ep->state) == ISER_EP_CONNECTING) &&
	    ep->side == ISER_TARGET)
		iser_ep_move(ep, ISER_EP_ESTABLISHED);
	ep->ops->recv(ep, recv);
}

static void iser_recv_done(struct ib_cq *cq, struct ib_wc *wc)
{
	iser_recv_handle(wc, false);
}

/* Those of the login are used first, whatever comes first. */
static void iser_recv_login_done(struct ib_cq *cq, struct ib_wc *wc)
{
	iser_recv_handle(wc, true);
}

/* Post the batch; rx_lock held. */
static int iser_recv_post_batch(struct iser_ep *ep)
{
	struct ib_recv_wr *first = ep->rx_batch;
	u32 count = ep->rx_batched;

	lockdep_assert_held(&ep->rx_lock);
	ep->rx_batch = NULL;
	ep->rx_batched = 0;
	WRITE_ONCE(ep->rx_posted, ep->rx_posted + count);
	return first ? iser_post_recv(ep, first) : 0;
}

static void iser_recv_pool_unmap(struct iser_recv_pool *pool)
{
	struct iser_ep *ep = pool->ep;
	u32 i, c;

	for (i = 0; i < pool->count; i++) {
		struct iser_recv *recv = &pool->recvs[i];

		for (c = 0; c < pool->nr_chunks && recv->chunk[c]; c++) {
			iser_dma_unmap(ep, ISER_DMA_RECV, recv->sge[1 + c].addr,
				       pool->chunk_len, ISER_CHUNK_DIR);
			free_pages((unsigned long)recv->chunk[c],
				   get_order(pool->chunk_len));
		}
	}
	for (i = 0; i < pool->nr_pages && pool->pages[i]; i++) {
		iser_dma_unmap(ep, ISER_DMA_RECV, pool->page_addr[i],
			       PAGE_SIZE, DMA_FROM_DEVICE);
		free_page((unsigned long)pool->pages[i]);
	}
}

static void iser_recv_pool_free(struct iser_recv_pool *pool)
{
	if (!pool)
		return;
	if (pool->recvs && pool->pages && pool->page_addr)
		iser_recv_pool_unmap(pool);
	if (pool->recvs)
		iser_object_destroyed(ISER_OBJ_RECV, pool->count);
	kvfree(pool->page_addr);
	kvfree(pool->pages);
	kvfree(pool->recvs);
	kfree(pool);
}

/*
 * A buffer of the login has come back for the last time. With the other one gone
 * their memory is of no use any more; rx_lock held, the device is there.
 */
static noinline void iser_recv_retire(struct iser_ep *ep,
				      struct iser_recv_pool *pool)
{
	lockdep_assert_held(&ep->rx_lock);
	if (--pool->left)
		return;
	ep->login = NULL;
	iser_recv_pool_free(pool);
}

/* Once stopped, nobody posts: the batch stays what it is. */
static noinline void iser_recv_repost_unlock(struct iser_ep *ep)
	__releases(&ep->rx_lock)
{
	int err = 0;

	if (likely(READ_ONCE(ep->state) < ISER_EP_STOPPING))
		err = iser_recv_post_batch(ep);
	spin_unlock_bh(&ep->rx_lock);
	if (unlikely(err))
		iser_ep_stop(ep, ISER_STOP_POST);
}

static __always_inline void iser_recv_add_unlock(struct iser_ep *ep,
						 struct iser_recv *recv)
	__releases(&ep->rx_lock)
{
	recv->wr.next = ep->rx_batch;
	ep->rx_batch = &recv->wr;
	if (++ep->rx_batched >= recv->pool->batch)
		iser_recv_repost_unlock(ep);
	else
		spin_unlock_bh(&ep->rx_lock);
}

static noinline void iser_recv_special_unlock(struct iser_ep *ep,
					      struct iser_recv *recv)
	__releases(&ep->rx_lock)
{
	/* The device may be gone already; then so is the mapping. */
	if (READ_ONCE(ep->state) >= ISER_EP_STOPPING) {
		spin_unlock_bh(&ep->rx_lock);
	} else if (recv->pool->retired) {
		iser_recv_retire(ep, recv->pool);
		spin_unlock_bh(&ep->rx_lock);
	} else {
		iser_recv_sync_device(recv);
		iser_recv_add_unlock(ep, recv);
	}
}

/**
 * iser_recv_release - the role needs a buffer no more
 * @recv: buffer that ops->recv() was given; not to be touched afterwards
 *
 * Context: any. Takes rx_lock.
 */
void iser_recv_release(struct iser_recv *recv)
{
	/* Not kept over the call: that takes longer than to load it again. */
	spin_lock_bh(&recv->ep->rx_lock);
	if (unlikely(recv->pool->special))
		iser_recv_special_unlock(recv->ep, recv);
	else
		iser_recv_add_unlock(recv->ep, recv);
}
EXPORT_SYMBOL_GPL(iser_recv_release);

static int iser_recv_post_pool(struct iser_ep *ep, struct iser_recv_pool *pool)
{
	int err = -ENOTCONN;
	u32 i;

	spin_lock_bh(&ep->rx_lock);
	if (READ_ONCE(ep->state) < ISER_EP_STOPPING) {
		for (i = 0; i < pool->count; i++) {
			pool->recvs[i].wr.next = ep->rx_batch;
			ep->rx_batch = &pool->recvs[i].wr;
			ep->rx_batched++;
		}
		err = iser_recv_post_batch(ep);
		/* Under the lock, for the stop work frees both behind it. */
		if (pool == ep->full) {
			ep->login->retired = true;
			ep->login->special = true;
		}
	}
	spin_unlock_bh(&ep->rx_lock);
	return err;
}

/**
 * iser_recv_map - a contiguous piece of memory for the device to write to
 * @ep: endpoint with a device
 * @len: bytes
 * @dir: direction; the device writes to all of them
 * @gfp: modifiers for GFP_KERNEL
 * @addr: its DMA address
 *
 * Compound, because a data chunk may go to a back end, which may take
 * references to single pages of it. Zeroed, because it may be lent to a READ, and
 * a back end need not fill it.
 *
 * Context: process, sleeps.
 * Return: the memory or NULL.
 */
void *iser_recv_map(struct iser_ep *ep, u32 len, enum dma_data_direction dir,
		    gfp_t gfp, u64 *addr)
{
	void *mem = (void *)__get_free_pages(GFP_KERNEL | __GFP_COMP |
					     __GFP_ZERO | gfp, get_order(len));

	if (!mem)
		return NULL;
	if (!iser_dma_map(ep, ISER_DMA_RECV, mem, len, dir, addr))
		return mem;
	free_pages((unsigned long)mem, get_order(len));
	return NULL;
}

static int iser_recv_pool_fill(struct iser_recv_pool *pool)
{
	struct iser_ep *ep = pool->ep;
	u32 i, c;

	for (i = 0; i < pool->nr_pages; i++) {
		pool->pages[i] = iser_recv_map(ep, PAGE_SIZE, DMA_FROM_DEVICE, 0,
					       &pool->page_addr[i]);
		if (!pool->pages[i])
			return -ENOMEM;
	}
	for (i = 0; i < pool->count; i++) {
		struct iser_recv *recv = &pool->recvs[i];

		for (c = 0; c < pool->nr_chunks; c++) {
			recv->chunk[c] = iser_recv_map(ep, pool->chunk_len,
						       ISER_CHUNK_DIR, 0,
						       &recv->sge[1 + c].addr);
			if (!recv->chunk[c])
				return -ENOMEM;
		}
	}
	return 0;
}

static void iser_recv_init(struct iser_recv_pool *pool, u32 index)
{
	struct iser_recv *recv = &pool->recvs[index];
	u32 lkey = pool->ep->pd->local_dma_lkey;
	u32 per_page = PAGE_SIZE / pool->slot_len;
	u32 offset = index % per_page * pool->slot_len;
	u64 addr = pool->page_addr[index / per_page] + offset;
	u32 c, n = 0;

	INIT_LIST_HEAD(&recv->node);
	recv->ep = pool->ep;
	recv->pool = pool;
	recv->cqe.done = iser_recv_done;
	recv->hdr = pool->pages[index / per_page] + offset;
	recv->data = pool->nr_chunks ? recv->chunk[0] :
				       recv->hdr + ISER_HEADERS_LEN;

	recv->sge[n].addr = addr;
	recv->sge[n].length = pool->head_len;
	recv->sge[n++].lkey = lkey;
	for (c = 0; c < pool->nr_chunks; c++) {
		recv->sge[n].length = pool->chunk_len;
		recv->sge[n++].lkey = lkey;
	}
	if (pool->tail_len) {
		recv->sge[n].addr = addr + ISER_RECV_TAIL;
		recv->sge[n].length = pool->tail_len;
		recv->sge[n++].lkey = lkey;
	}
	recv->wr.wr_cqe = &recv->cqe;
	recv->wr.sg_list = recv->sge;
	recv->wr.num_sge = n;
}

/*
 * Split buffers where the data may be used in place, single slots where a message
 * is short. A slot is within a page.
 */
static void iser_recv_pool_shape(struct iser_recv_pool *pool, u32 data_len)
{
	u32 slot = ALIGN(ISER_HEADERS_LEN + data_len, ISER_RECV_ALIGN);

	if (data_len < ISER_RECV_CHUNK && slot <= PAGE_SIZE) {
		pool->slot_len = slot;
		pool->head_len = slot;
		return;
	}
	pool->slot_len = ISER_RECV_SLOT_SPLIT;
	pool->head_len = ISER_HEADERS_LEN;
	pool->chunk_len = ISER_RECV_CHUNK;
	pool->nr_chunks = DIV_ROUND_UP(data_len, ISER_RECV_CHUNK);
	pool->tail_len = ISER_RECV_SLOT_SPLIT - ISER_RECV_TAIL;
}

static struct iser_recv_pool *iser_recv_pool_alloc(struct iser_ep *ep,
						   u32 count, u32 data_len)
{
	struct iser_recv_pool *pool;
	u32 i;

	if (data_len > ISER_RECV_CHUNKS * ISER_RECV_CHUNK)
		return ERR_PTR(-EMSGSIZE);
	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return ERR_PTR(-ENOMEM);
	pool->ep = ep;
	pool->count = count;
	pool->left = count;
	pool->batch = ISER_RECV_BATCH;
	pool->special = iser_dma_has_syncs(ep);
	iser_recv_pool_shape(pool, data_len);
	pool->nr_pages = DIV_ROUND_UP(count, PAGE_SIZE / pool->slot_len);
	pool->recvs = iser_array_alloc(count, sizeof(*pool->recvs));
	pool->pages = iser_array_alloc(pool->nr_pages, sizeof(*pool->pages));
	pool->page_addr = iser_array_alloc(pool->nr_pages,
					   sizeof(*pool->page_addr));
	if (pool->recvs)
		iser_object_created(ISER_OBJ_RECV, count);
	if (!pool->recvs || !pool->pages || !pool->page_addr ||
	    iser_recv_pool_fill(pool)) {
		iser_recv_pool_free(pool);
		return ERR_PTR(-ENOMEM);
	}
	for (i = 0; i < count; i++)
		iser_recv_init(pool, i);
	return pool;
}

/**
 * iser_recv_setup - login buffers, made and posted
 * @ep: endpoint with a queue pair that is not connected yet
 *
 * Context: CM handler, @setup held, sleeps.
 * Return: 0 or a negative errno.
 */
int iser_recv_setup(struct iser_ep *ep)
{
	/* What is left of them behind the login takes the first PDUs of data. */
	u32 len = max_t(u32, ISER_LOGIN_TEXT_MAX, ep->plan.recv_data);
	struct iser_recv_pool *pool;
	u32 i;

	pool = iser_recv_pool_alloc(ep, ISER_LOGIN_RECVS, len);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	for (i = 0; i < pool->count; i++)
		pool->recvs[i].cqe.done = iser_recv_login_done;
	/* The peer waits for each of them. */
	pool->batch = 1;
	ep->login = pool;
	return iser_recv_post_pool(ep, pool);
}

/**
 * iser_recv_alloc_full - make the buffers of full feature phase
 * @ep: endpoint; once
 * @count: how many; at most the plan's recvs
 * @data_len: bytes of data segment each takes, at most two chunks; AHS and pad
 *	come on top
 *
 * Context: process, sleeps.
 * Return: 0, -EALREADY if they exist, -ENOTCONN if the endpoint was stopped,
 *	-ENOMEM, -EMSGSIZE.
 */
int iser_recv_alloc_full(struct iser_ep *ep, u32 count, u32 data_len)
{
	struct iser_recv_pool *pool;
	int err = 0;

	mutex_lock(&ep->setup);
	if (ep->full) {
		err = -EALREADY;
	} else if (READ_ONCE(ep->state) >= ISER_EP_STOPPING) {
		err = -ENOTCONN;
	} else {
		pool = iser_recv_pool_alloc(ep, min(count, ep->plan.recvs),
					    data_len);
		if (IS_ERR(pool))
			err = PTR_ERR(pool);
		else
			ep->full = pool;
	}
	mutex_unlock(&ep->setup);
	return err;
}
EXPORT_SYMBOL_GPL(iser_recv_alloc_full);

/**
 * iser_recv_post_full - post them, and let the login buffers go out of use
 * @ep: endpoint after iser_recv_alloc_full(); once
 *
 * RFC 7145 section 5.1.1: they are posted before the peer may send into them.
 *
 * Context: any.
 * Return: 0 or a negative errno; after one other than -ENOTCONN the endpoint
 *	has been stopped.
 */
int iser_recv_post_full(struct iser_ep *ep)
{
	int err = iser_recv_post_pool(ep, ep->full);

	if (err && err != -ENOTCONN)
		iser_ep_stop(ep, ISER_STOP_POST);
	return err;
}
EXPORT_SYMBOL_GPL(iser_recv_post_full);

/**
 * iser_recv_teardown - free all buffers that there are
 * @ep: drained endpoint
 *
 * Context: stop work.
 */
void iser_recv_teardown(struct iser_ep *ep)
{
	iser_recv_pool_free(ep->full);
	iser_recv_pool_free(ep->login);
	ep->full = NULL;
	ep->login = NULL;
}
