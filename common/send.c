// SPDX-License-Identifier: GPL-2.0-only
/*
 * The send ring and the accounting of the send queue.
 *
 * Slots hold the iSER header, the BHS and short data of one Send each. They are
 * mapped once and used in ring order, which is posting order, so one completion
 * frees its own slot and every slot before it: most Sends need no completion of
 * their own (RFC 5047 leaves that to the Datamover).
 *
 * Accounting uses free-running counters. @sq_posted counts the entries that
 * were put on the send queue; every signalled work request knows the value of
 * the counter behind it (its end), and its completion sets @sq_completed to
 * that. The queue completes in order, so all entries up to there are free. What
 * is not known to be complete counts as used. RDMA Reads are an exception on
 * iWARP devices: siw completes them when their data is here, behind Sends that
 * were posted later, and has taken them off the queue by then. So a completion
 * never moves @sq_completed back.
 *
 * Why an unsignalled Send may be forgotten: its header stays mapped and is not
 * written again before the slot comes round, however long the device
 * retransmits. Data that goes with it has another owner, so a Send with data is
 * signalled, or a later one that answers for the same data is, and the data is
 * released by its @done.
 *
 * The chain. A Send that others follow at once is built, and left to hang in a
 * chain that one doorbell posts: its entries count as used, its slot is taken,
 * its MR counts as registered; only the device does not know of it yet. Posted
 * it is by whatever comes first: a Send that is not followed by another, any
 * other work request, the one that fills @tx, iser_send_commit(), or a timer,
 * because whoever promised another Send may not keep its word (a block queue
 * that is stopped in the middle of a batch forgets to say so). So nothing hangs
 * for longer than the timer, and the chain is never waited for: a position of
 * iser_sq_signalled() has been posted. The entries of a chain are completed, or
 * flushed by the drain, or, if the endpoint was stopped before the doorbell,
 * never posted; for whoever waits for a slot (@done) that is a flush.
 *
 * Who writes what: the head of the ring and @sq_posted belong to the poster,
 * under tx_lock; the tail and @sq_completed to the CQ context, which is one
 * context for an endpoint. Release on one side and acquire on the other order
 * the contents of a slot against its index.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "mr.h"

#define ISER_SLOTS_PER_PAGE	(PAGE_SIZE / ISER_SEND_SLOT)
#define ISER_CHAIN_JIFFIES	2	/* for which a Send is left unposted at most */

/**
 * iser_tx_lock - serialise posting on an endpoint
 * @ep: endpoint
 *
 * Context: any but hard interrupts. Innermost lock of ours.
 */
void iser_tx_lock(struct iser_ep *ep)
	__acquires(&ep->tx_lock)
{
	spin_lock_bh(&ep->tx_lock);
}
EXPORT_SYMBOL_GPL(iser_tx_lock);

/**
 * iser_tx_unlock - end of iser_tx_lock()
 * @ep: endpoint
 *
 * Context: as iser_tx_lock().
 */
void iser_tx_unlock(struct iser_ep *ep)
	__releases(&ep->tx_lock)
{
	spin_unlock_bh(&ep->tx_lock);
}
EXPORT_SYMBOL_GPL(iser_tx_unlock);

/*
 * Entries in use or kept back: for the LOCAL_INVs of MRs that are registered,
 * and for the drain.
 */
static __always_inline u32 iser_sq_used(const struct iser_ep *ep)
{
	u32 freed, kept;

	/* Pairs with iser_sq_completed(). */
	freed = smp_load_acquire(&ep->sq_freed);
	/* An entry no longer kept has been posted; pairs with iser_sq_put_kept(). */
	kept = smp_load_acquire(&ep->sq_kept);
	return READ_ONCE(ep->sq_posted) + kept - freed;
}

static __always_inline u32 iser_sq_room_now(const struct iser_ep *ep)
{
	return iser_sq_free(ep->plan.send_wr, iser_sq_used(ep), 0);
}

/**
 * iser_sq_room - send queue entries a role may use now
 * @ep: endpoint
 *
 * Context: any; exact with tx_lock held, a lower bound otherwise.
 * Return: how many.
 */
u32 iser_sq_room(const struct iser_ep *ep)
{
	return iser_sq_room_now(ep);
}
EXPORT_SYMBOL_GPL(iser_sq_room);

static noinline int iser_sq_refused(struct iser_ep *ep)
{
	/* Part of a chain may be on the queue: only the drain knows. */
	iser_ep_stop_locked(ep, ISER_STOP_POST);
	return -EIO;
}

static __always_inline int iser_sq_ring_for(struct iser_ep *ep,
					    struct ib_send_wr *first)
{
	int err;

	lockdep_assert_held(&ep->tx_lock);
	err = iser_post_send(ep, first);
	if (trace_iser_sq_ring_enabled())
		trace_iser_sq_ring(ep->id, ep->sq_posted, err);
	return likely(!err) ? 0 : iser_sq_refused(ep);
}

/*
 * Ring the doorbell: post what hangs in the chain, then @first and what follows
 * it, which may be NULL.
 */
static __always_inline int iser_sq_ring(struct iser_ep *ep,
					struct ib_send_wr *first)
{
	if (ep->chain) {
		ep->chain_last->next = first;
		first = ep->chain;
		ep->chain = NULL;
		ep->tx_next = ep->tx;
	}
	WRITE_ONCE(ep->sq_rung, ep->sq_posted);
	return iser_sq_ring_for(ep, first);
}

/* Leave work requests unposted for the moment; the last is that of @tx. */
static __always_inline void iser_sq_hang(struct iser_ep *ep,
					 struct ib_send_wr *first,
					 struct iser_tx *tx)
{
	if (ep->chain)
		ep->chain_last->next = first;
	else
		ep->chain = first;
	ep->chain_last = &tx->wr;
	ep->tx_next = tx + 1;
	/* Left to run out when the chain is posted: the next one finds it set. */
	if (unlikely(!timer_pending(&ep->chain_timer)))
		mod_timer(&ep->chain_timer, jiffies + ISER_CHAIN_JIFFIES);
}

static void iser_sq_ring_chain(struct iser_ep *ep)
{
	if (ep->chain && ep->state == ISER_EP_ESTABLISHED)
		iser_sq_ring(ep, NULL);
}

/**
 * iser_send_commit - post what was submitted with ISER_SEND_MORE
 * @ep: endpoint
 *
 * Context: any but hard interrupts; takes tx_lock.
 */
void iser_send_commit(struct iser_ep *ep)
{
	iser_tx_lock(ep);
	iser_sq_ring_chain(ep);
	iser_tx_unlock(ep);
}
EXPORT_SYMBOL_GPL(iser_send_commit);

static void iser_send_overdue(struct timer_list *timer)
{
	iser_send_commit(container_of(timer, struct iser_ep, chain_timer));
}

/**
 * iser_sq_signalled - position behind the last signalled work request
 * @ep: endpoint
 *
 * Once iser_sq_passed() is true for it, every Send that was posted signalled
 * until now has completed. Nobody waits for what is not posted: it is, by now.
 *
 * Context: any but hard interrupts; takes tx_lock.
 * Return: the position.
 */
u32 iser_sq_signalled(struct iser_ep *ep)
{
	u32 position;

	iser_tx_lock(ep);
	iser_sq_ring_chain(ep);
	position = ep->sq_signalled;
	iser_tx_unlock(ep);
	return position;
}
EXPORT_SYMBOL_GPL(iser_sq_signalled);

/**
 * iser_sq_passed - have completions passed a position of the send queue
 * @ep: endpoint
 * @position: of iser_sq_signalled() or of a work request
 *
 * Context: any.
 * Return: true if so.
 */
bool iser_sq_passed(const struct iser_ep *ep, u32 position)
{
	/* Pairs with iser_sq_completed(): what it did before is visible. */
	return iser_sq_done(position, smp_load_acquire(&ep->sq_completed));
}
EXPORT_SYMBOL_GPL(iser_sq_passed);

/**
 * iser_sq_watch - ask for ops->sq_advanced(), or no longer
 * @ep: endpoint
 * @on: call it from the next completion on
 *
 * Whoever switches it on looks once more at what it waits for: the completion
 * may have come before.
 *
 * Context: any.
 */
void iser_sq_watch(struct iser_ep *ep, bool on)
{
	WRITE_ONCE(ep->sq_watch, on);
	/* The flag before the caller's second look; pairs with iser_sq_reap(). */
	smp_mb();
}
EXPORT_SYMBOL_GPL(iser_sq_watch);

/**
 * iser_local_key - key for the scatter/gather elements of a Send
 * @ep: endpoint
 *
 * Context: as iser_ep_qp().
 * Return: the lkey.
 */
u32 iser_local_key(const struct iser_ep *ep)
{
	return ep->pd->local_dma_lkey;
}
EXPORT_SYMBOL_GPL(iser_local_key);

/**
 * iser_send_room - Sends that could be posted one after another now
 * @ep: endpoint
 *
 * Context: any; a lower bound where the caller keeps other posters away, as for
 *	iser_send_get().
 * Return: how many: each takes a slot and an entry of the send queue.
 */
u32 iser_send_room(const struct iser_ep *ep)
{
	/* Pairs with iser_slot_finish(), as in iser_send_get(). */
	u32 tail = smp_load_acquire(&ep->slot_tail);

	return min(ep->nr_slots - (ep->slot_head - tail),
		   iser_sq_room_now(ep));
}
EXPORT_SYMBOL_GPL(iser_send_room);

/**
 * iser_send_get - the slot the next Send will use
 * @ep: endpoint
 * @wrs: send queue entries the Send and what goes with it need
 *
 * Nothing is reserved: the caller keeps others from getting the same slot until
 * it has posted (tx_lock, or a lock of its own around get and post), or just
 * forgets the slot.
 *
 * Context: any; atomic.
 * Return: the slot, or NULL if there is no slot, no room or no connection.
 */
struct iser_send *iser_send_get(struct iser_ep *ep, u32 wrs)
{
	enum iser_ep_state state = READ_ONCE(ep->state);
	u32 tail;

	if (unlikely(state != ISER_EP_ESTABLISHED))
		return NULL;
	if (unlikely(iser_sq_used(ep) + wrs > ep->plan.send_wr))
		return NULL;
	/* Pairs with iser_slot_finish(): its last user is through with it. */
	tail = smp_load_acquire(&ep->slot_tail);
	if (unlikely(ep->slot_head - tail >= ep->nr_slots))
		return NULL;
	return ep->slot_next;
}
EXPORT_SYMBOL_GPL(iser_send_get);

static __always_inline struct iser_send *
iser_slot_after(const struct iser_ep *ep, struct iser_send *send)
{
	return send + 1 == ep->slot_end ? ep->slots : send + 1;
}

/* The slot is in use: it belongs to the send queue up to @end. */
static __always_inline void iser_slot_commit(struct iser_ep *ep,
					     struct iser_send *send, u32 end)
{
	send->end = end;
	ep->slot_next = iser_slot_after(ep, send);
	/* Its contents before its index; pairs with iser_slot_finish(). */
	smp_store_release(&ep->slot_head, ep->slot_head + 1);
}

static noinline void iser_send_trace(const struct iser_ep *ep,
				     const struct iser_send *send, u32 len,
				     u32 wrs, int send_flags)
{
	trace_iser_send(ep->id, send - ep->slots, send->buf, len, wrs,
			send->end, send_flags & IB_SEND_SIGNALED);
}

/*
 * Entries for a Send of the initiator, and one that is kept if it registers an
 * MR: for the LOCAL_INV this may need. Whether it asks for a completion is what
 * iser_send_wants_signal() says, with the limits worked out beforehand.
 */
static __always_inline u32 iser_sq_take(struct iser_ep *ep, struct iser_tx *tx,
					u32 wrs, bool keep, bool signal)
{
	u32 end = ep->sq_posted + wrs, kept = ep->sq_kept;

	if (keep)
		WRITE_ONCE(ep->sq_kept, ++kept);
	WRITE_ONCE(ep->sq_posted, end);
	tx->wr.send_flags = 0;
	if (signal ||
	    unlikely(end - ep->sq_signalled >= ep->sq_signal_every ||
		     end + kept - READ_ONCE(ep->sq_freed) > ep->sq_busy)) {
		tx->wr.send_flags = IB_SEND_SIGNALED;
		ep->sq_signalled = end;
	}
	return end;
}

/* Build the next Send; it and @chained requests in front of it are counted. */
static __always_inline struct ib_send_wr *
iser_send_build(struct iser_ep *ep, struct iser_send *send, u32 len,
		const struct ib_sge *data, u32 nr_data, u32 chained,
		bool signal)
{
	struct iser_tx *tx = ep->tx_next;
	u32 end, i;

	tx->sge[0].addr = send->addr;
	tx->sge[0].length = len;
	iser_dma_sync_for_device(ep, ISER_DMA_SEND, send->addr, len,
				 DMA_TO_DEVICE);
	for (i = 0; i < nr_data; i++)
		tx->sge[1 + i] = data[i];
	tx->wr.next = NULL;
	tx->wr.wr_cqe = &send->cqe;
	tx->wr.num_sge = 1 + nr_data;
	tx->wr.opcode = IB_WR_SEND;
	tx->wr.send_flags = 0;

	end = ep->sq_posted + 1 + chained;
	WRITE_ONCE(ep->sq_posted, end);
	if (iser_send_wants_signal(end - ep->sq_signalled, iser_sq_room_now(ep),
				   ep->plan.send_wr, signal)) {
		tx->wr.send_flags = IB_SEND_SIGNALED;
		ep->sq_signalled = end;
	}
	iser_slot_commit(ep, send, end);
	if (trace_iser_send_enabled())
		iser_send_trace(ep, send, len, 1 + chained, tx->wr.send_flags);
	return &tx->wr;
}

/**
 * iser_send_post_chain - Send_Control, with work requests in front of it
 * @ep: endpoint; tx_lock held
 * @send: slot of iser_send_get(), filled; the entries asked for there cover
 *	@chain, too
 * @len: bytes of the slot to send
 * @data: elements with more data, or NULL
 * @nr_data: how many, less than ISER_SEND_SGE_MAX and the plan's send_sge
 * @inv_rkey: STag to invalidate at the peer, 0 for none
 * @chain: work requests to post before the Send, or NULL
 * @signal: a completion of its own is needed
 *
 * One doorbell for all, what hung unposted included. The send queue keeps the
 * order, so data written by @chain is at the peer before the Send is.
 *
 * Context: any; tx_lock held.
 * Return: 0; -ENOTCONN: nothing was posted and send->done is not called; -EIO:
 *	the device refused, the endpoint is stopped and send->done is called by
 *	the stop work.
 */
int iser_send_post_chain(struct iser_ep *ep, struct iser_send *send, u32 len,
			 const struct ib_sge *data, u32 nr_data,
			 u32 inv_rkey, const struct iser_chain *chain,
			 bool signal)
{
	struct ib_send_wr *wr;

	lockdep_assert_held(&ep->tx_lock);
	if (unlikely(ep->state != ISER_EP_ESTABLISHED))
		return -ENOTCONN;
	wr = iser_send_build(ep, send, len, data, nr_data,
			     chain ? chain->wrs : 0, signal);
	if (inv_rkey) {
		wr->opcode = IB_WR_SEND_WITH_INV;
		wr->ex.invalidate_rkey = inv_rkey;
	}
	return iser_sq_ring(ep, chain ? chain->link(chain->arg, wr) : wr);
}
EXPORT_SYMBOL_GPL(iser_send_post_chain);

static noinline void iser_reply_sync(struct iser_ep *ep,
				     const struct iser_send *send, u32 len,
				     const struct iser_put *put)
{
	const struct iser_chunk *chunk = put ? put->chunks : NULL;
	u32 left = put ? put->len : 0;

	iser_dma_sync_for_device(ep, ISER_DMA_SEND, send->addr, len,
				 DMA_TO_DEVICE);
	for (; chunk && left; chunk = chunk->next) {
		u32 part = min_t(u32, left, ISER_RECV_CHUNK);

		iser_dma_sync_for_device(ep, ISER_DMA_RECV, chunk->addr, part,
					 DMA_TO_DEVICE);
		left -= part;
	}
}

/* Fill in the RDMA Write of a response. */
static __always_inline void iser_reply_put(struct iser_reply *reply,
					   const struct iser_put *put)
{
	const struct iser_chunk *chunk = put->chunks;
	struct ib_sge *sge = reply->data;
	u32 left = put->len, nr_sge = 1;

	while (unlikely(left > ISER_RECV_CHUNK)) {
		sge->addr = chunk->addr;
		sge->length = ISER_RECV_CHUNK;
		left -= ISER_RECV_CHUNK;
		chunk = chunk->next;
		nr_sge++;
		sge++;
	}
	sge->addr = chunk->addr;
	sge->length = left;
	reply->put.wr.num_sge = nr_sge;
	reply->put.remote_addr = put->addr;
	reply->put.rkey = put->rkey;
}

/**
 * iser_send_respond - Send_Control of a target: a response, Put_Data in front
 * @send: slot of iser_send_get(), for an entry more if there is @put; filled,
 *	tx_lock held since
 * @len: bytes of the slot to send
 * @inv_rkey: STag to invalidate at the peer, 0 for none
 * @put: data to write before, or NULL
 * @signal: a completion of its own is needed
 *
 * RFC 7145 sections 7.3.5 and 7.3.2. The chunks of @put are not to be written to
 * before the slot has come back; with send->chunks they come back with it.
 *
 * A target keeps no entries for LOCAL_INVs and leaves nothing unposted. So what
 * is not signalled is a quarter of the queue at most, and who waits for room does
 * not wait for a signal.
 *
 * Context: any; tx_lock held.
 * Return: 0; -EIO: the device refused, the endpoint is stopped, and the slot
 *	comes back with the stop work.
 */
int iser_send_respond(struct iser_send *send, u32 len, u32 inv_rkey,
		      const struct iser_put *put, bool signal)
{
	struct iser_ep *ep = send->ep;
	struct iser_reply *reply = ep->reply;
	struct ib_send_wr *first = &reply->send;
	u32 end = ep->sq_posted + 1;

	reply->head.addr = send->addr;
	reply->head.length = len;
	reply->send.wr_cqe = &send->cqe;
	reply->send.opcode = inv_rkey ? IB_WR_SEND_WITH_INV : IB_WR_SEND;
	reply->send.ex.invalidate_rkey = inv_rkey;
	reply->send.send_flags = 0;
	if (put) {
		iser_reply_put(reply, put);
		first = &reply->put.wr;
		end++;
	}
	if (iser_dma_has_syncs(ep))
		iser_reply_sync(ep, send, len, put);

	WRITE_ONCE(ep->sq_posted, end);
	if (signal || end - ep->sq_signalled >= ep->sq_signal_every) {
		reply->send.send_flags = IB_SEND_SIGNALED;
		ep->sq_signalled = end;
	}
	iser_slot_commit(ep, send, end);
	if (trace_iser_send_enabled())
		iser_send_trace(ep, send, len, put ? 2 : 1,
				reply->send.send_flags);
	return iser_sq_ring_for(ep, first);
}
EXPORT_SYMBOL_GPL(iser_send_respond);

/*
 * The initiator's Sends. What never changes of their work requests was written
 * by iser_tx_alloc().
 */

/* Post the Send in @tx, whose data is listed, or leave it to hang. */
static __always_inline int
iser_tx_submit(struct iser_ep *ep, struct iser_tx *tx, struct iser_send *send,
	       u32 len, u32 nr_sge, bool registers, struct iser_mr *mr,
	       unsigned int flags)
{
	struct ib_send_wr *first = &tx->wr;
	u32 wrs = registers ? 2 : 1, end;

	tx->sge[0].addr = send->addr;
	tx->sge[0].length = len;
	iser_dma_sync_for_device(ep, ISER_DMA_SEND, send->addr, len,
				 DMA_TO_DEVICE);
	tx->wr.wr_cqe = &send->cqe;
	tx->wr.num_sge = nr_sge;

	end = iser_sq_take(ep, tx, wrs, registers, flags & ISER_SEND_SIGNAL);
	iser_slot_commit(ep, send, end);
	if (trace_iser_send_enabled())
		iser_send_trace(ep, send, len, wrs, tx->wr.send_flags);
	if (registers)
		first = iser_mr_register(ep, mr, first, end);
	if (flags & ISER_SEND_MORE && tx != ep->tx_end) {
		iser_sq_hang(ep, first, tx);
		return 0;
	}
	tx->wr.next = NULL;
	return iser_sq_ring(ep, first);
}

/**
 * iser_send_submit_mr - Send_Control of the initiator with an STag
 * @send: slot of iser_send_get() for ISER_INI_WR_PER_TASK entries, filled but for
 *	the iSER header
 * @len: bytes of the slot to send
 * @mr: MR of iser_mr_take(): it is mapped, and registered in front of the Send
 * @flags: ISER_SEND_MORE or 0
 * @sent: set with release semantics when nothing can fail any more but the
 *	connection; the answer may be here before this returns
 *
 * Context: as iser_send_submit_data().
 * Return: 0: the Send is on its way, or the endpoint on its end and @mr MAPPED;
 *	-ENOMEM, or -EINVAL if the list does not fit one MR: nothing is mapped,
 *	and @mr is given back.
 */
int iser_send_submit_mr(struct iser_send *send, u32 len, struct iser_mr *mr,
			unsigned int flags, bool *sent)
{
	struct iser_ep *ep = send->ep;
	int mapped;

	mapped = iser_mr_map_pages(ep, mr, 0);
	if (unlikely(mapped < 0))
		return mapped;
	if (mr->dir == DMA_FROM_DEVICE) {
		mr->reg_wr.access = ISER_MR_PEER_WRITES;
		iser_ctrl_encode_read(send->buf, mr->rkey, mr->base);
	} else {
		mr->reg_wr.access = ISER_MR_PEER_READS;
		iser_ctrl_encode_write(send->buf, mr->rkey, mr->base);
	}
	/* After all that a response looks at. */
	smp_store_release(sent, true);

	spin_lock(&ep->tx_lock);
	if (likely(ep->state == ISER_EP_ESTABLISHED))
		iser_tx_submit(ep, ep->tx_next, send, len, 1, true, mr,
			       flags & ISER_SEND_MORE);
	spin_unlock(&ep->tx_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(iser_send_submit_mr);

/* Elements for the first @len bytes of a mapped list; returns how many. */
static __always_inline u32 iser_tx_list_sges(struct iser_tx *tx,
					     struct scatterlist *sg, u32 len)
{
	u32 nr_sge = 1;

	for (;;) {
		u32 part = min(sg_dma_len(sg), len);

		tx->sge[nr_sge].addr = sg_dma_address(sg);
		tx->sge[nr_sge++].length = part;
		len -= part;
		if (likely(!len))
			return nr_sge;
		sg = sg_next(sg);
	}
}

/**
 * iser_send_submit_sg - Send_Control of the initiator with a list behind the slot
 * @send: slot of iser_send_get(), filled but for the iSER header
 * @len: bytes of the slot to send
 * @data: list that is mapped, and sent from its first byte on; it has elements
 *	for one Send, see iser_send_post_chain(). The caller unmaps it with
 *	iser_unmap_data() when the Send is done.
 * @data_len: bytes of it
 * @flags: ISER_SEND_MORE or 0; a completion of its own is asked for
 * @sent: as for iser_send_submit_mr()
 *
 * Context: as iser_send_submit_data().
 * Return: 0: the Send is on its way, or the endpoint on its end and the list
 *	mapped; -ENOMEM: it is not.
 */
int iser_send_submit_sg(struct iser_send *send, u32 len,
			const struct sg_table *data, u32 data_len,
			unsigned int flags, bool *sent)
{
	struct iser_ep *ep = send->ep;

	if (unlikely(iser_dma_map_sg(ep, ISER_DMA_INLINE, data->sgl,
				     data->nents, DMA_TO_DEVICE) <= 0))
		return -ENOMEM;
	iser_ctrl_encode(send->buf);
	/* After all that a response looks at. */
	smp_store_release(sent, true);

	spin_lock(&ep->tx_lock);
	if (likely(ep->state == ISER_EP_ESTABLISHED))
		iser_tx_submit(ep, ep->tx_next, send, len,
			       iser_tx_list_sges(ep->tx_next, data->sgl,
						 data_len),
			       false, NULL, flags | ISER_SEND_SIGNAL);
	spin_unlock(&ep->tx_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(iser_send_submit_sg);

/**
 * iser_send_submit_data - Send_Control of the initiator: in a batch
 * @send: slot of iser_send_get(), filled; for ISER_INI_WR_PER_TASK entries if it
 *	carries @mr's key
 * @len: bytes of the slot to send
 * @data: elements with data that the slot does not hold, or NULL
 * @nr_data: how many, as for iser_send_post_chain()
 * @mr: mapped MR to register in front of the Send, or NULL
 * @flags: of enum iser_send_flags
 *
 * With ISER_SEND_MORE the Send may be left unposted, until iser_send_commit(),
 * the next Send without it, a LOCAL_INV, or as many as the endpoint has room
 * for; a timer sees to it that it is not for long. A stop of the endpoint drops
 * it, and gives the slot back like those of Sends that were flushed.
 *
 * Context: BH off; takes tx_lock.
 * Return: as iser_send_post_chain(); @mr stays MAPPED if nothing was built.
 */
int iser_send_submit_data(struct iser_send *send, u32 len,
			  const struct ib_sge *data, u32 nr_data,
			  struct iser_mr *mr, unsigned int flags)
{
	struct iser_ep *ep = send->ep;
	int err = -ENOTCONN;
	u32 i;

	/* siw has TCP send from our pages otherwise, see iser_reply_alloc(). */
	if (nr_data && unlikely(ep->limits.rw_needs_mr))
		flags |= ISER_SEND_SIGNAL;
	spin_lock(&ep->tx_lock);
	if (likely(ep->state == ISER_EP_ESTABLISHED)) {
		for (i = 0; i < nr_data; i++)
			ep->tx_next->sge[1 + i] = data[i];
		err = iser_tx_submit(ep, ep->tx_next, send, len, 1 + nr_data,
				     mr, mr, flags);
	}
	spin_unlock(&ep->tx_lock);
	return err;
}
EXPORT_SYMBOL_GPL(iser_send_submit_data);

/**
 * iser_send_post - Send_Control
 * @ep: endpoint; tx_lock held
 * @send: slot of iser_send_get(), filled
 * @len: bytes of the slot to send
 * @data: elements with more data, or NULL
 * @nr_data: how many
 * @signal: a completion of its own is needed
 *
 * Context: as iser_send_post_chain().
 * Return: as iser_send_post_chain().
 */
int iser_send_post(struct iser_ep *ep, struct iser_send *send, u32 len,
		   const struct ib_sge *data, u32 nr_data, bool signal)
{
	return iser_send_post_chain(ep, send, len, data, nr_data, 0, NULL,
				    signal);
}
EXPORT_SYMBOL_GPL(iser_send_post);

static int iser_sq_put(struct iser_ep *ep, struct ib_send_wr *first, u32 wrs,
		       u32 *end)
{
	WRITE_ONCE(ep->sq_posted, ep->sq_posted + wrs);
	ep->sq_signalled = ep->sq_posted;
	*end = ep->sq_posted;
	return iser_sq_ring(ep, first);
}

/**
 * iser_sq_post - post work requests that are no Send: RDMA Reads
 * @ep: endpoint; tx_lock held
 * @first: chain; the last one is signalled, its wr_cqe handler calls
 *	iser_sq_completed()
 * @wrs: how many
 * @end: position behind the last one, for iser_sq_completed(); written before
 *	the completion can run
 *
 * Context: any; tx_lock held.
 * Return: as iser_send_post_chain(), or -ENOBUFS: no room, nothing was posted;
 *	after -EIO a completion may or may not come before the endpoint is
 *	drained.
 */
int iser_sq_post(struct iser_ep *ep, struct ib_send_wr *first, u32 wrs,
		 u32 *end)
{
	lockdep_assert_held(&ep->tx_lock);
	if (unlikely(ep->state != ISER_EP_ESTABLISHED))
		return -ENOTCONN;
	if (unlikely(iser_sq_room_now(ep) < wrs))
		return -ENOBUFS;
	return iser_sq_put(ep, first, wrs, end);
}
EXPORT_SYMBOL_GPL(iser_sq_post);

/**
 * iser_sq_put_kept - post a LOCAL_INV into the entry kept for it
 * @ep: endpoint; tx_lock held
 * @wr: signalled work request
 * @end: position behind it
 *
 * Context: CQ context of the endpoint; tx_lock held.
 * Return: 0, -ENOTCONN or -EIO; with -ENOTCONN no completion ever passes
 *	iser_sq_signalled() any more, as if what was not posted were still to come.
 */
int iser_sq_put_kept(struct iser_ep *ep, struct ib_send_wr *wr, u32 *end)
{
	int err = -ENOTCONN;

	lockdep_assert_held(&ep->tx_lock);
	if (likely(ep->state == ISER_EP_ESTABLISHED))
		err = iser_sq_put(ep, wr, 1, end);
	else
		WRITE_ONCE(ep->sq_signalled, ep->sq_posted + 1);
	/* Posted first, then no longer kept; pairs with iser_sq_room(). */
	smp_store_release(&ep->sq_kept, ep->sq_kept - 1);
	return err;
}

/* Put the chunks of a slot in front of those of others. */
static __always_inline struct iser_chunk *
iser_slot_give_chunks(struct iser_send *send, struct iser_chunk *others)
{
	struct iser_chunk *first = send->chunks, *last = first;

	if (!first)
		return others;
	while (last->next)
		last = last->next;
	last->next = others;
	send->chunks = NULL;
	return first;
}

/*
 * Slots up to @completed, or all, go back to the ring, in order. They are free
 * when the last of them has been looked at: nobody is kept waiting by that, for
 * room is looked for again in ops->sq_advanced().
 */
static __always_inline void iser_slot_finish(struct iser_ep *ep, u32 completed,
					     bool flushed)
{
	struct iser_send *send = ep->slot_last;
	struct iser_chunk *chunks = NULL;
	u32 tail = ep->slot_tail, head;

	/* Pairs with iser_slot_commit(). */
	head = smp_load_acquire(&ep->slot_head);
	while (tail != head && (flushed || iser_sq_done(send->end, completed))) {
		chunks = iser_slot_give_chunks(send, chunks);
		if (send->done)
			send->done(ep, send, flushed);
		send = iser_slot_after(ep, send);
		tail++;
	}
	ep->slot_last = send;
	/* done() before the reuse; pairs with iser_send_get(). */
	smp_store_release(&ep->slot_tail, tail);
	if (chunks)
		iser_chunk_return(ep, chunks);
}

static __always_inline void iser_sq_reap(struct iser_ep *ep, u32 completed)
{
	iser_slot_finish(ep, completed, false);
	/* The new room before the flag; pairs with iser_sq_watch(). */
	smp_mb();
	if (unlikely(READ_ONCE(ep->sq_watch)))
		ep->ops->sq_advanced(ep);
}

static noinline void iser_sq_failed(struct iser_ep *ep, const struct ib_wc *wc,
				    u32 end)
{
	/* A flush says only that somebody else stopped the queue pair. */
	if (wc->status != IB_WC_WR_FLUSH_ERR)
		trace_iser_sq_completed(ep->id, end, wc->status,
					wc->vendor_err);
	iser_ep_stop(ep, ISER_STOP_WC);
}

/**
 * iser_sq_completed - a signalled work request has completed
 * @ep: endpoint
 * @wc: its completion
 * @end: position behind it
 *
 * Context: CQ context of the endpoint.
 */
void iser_sq_completed(struct iser_ep *ep, const struct ib_wc *wc, u32 end)
{
	if (unlikely(wc->status != IB_WC_SUCCESS)) {
		iser_sq_failed(ep, wc, end);
		return;
	}
	/* Sends are joined to their completion by the trace of both. */
	if (trace_iser_sq_completed_enabled())
		trace_iser_sq_completed(ep->id, end, IB_WC_SUCCESS, 0);
	if (likely(!iser_sq_done(end, ep->sq_completed))) {
		u32 freed = ep->sq_freed + end - ep->sq_completed;

		/* What it ended before both; pairs with iser_sq_passed(). */
		smp_store_release(&ep->sq_completed, end);
		/* Pairs with iser_sq_room(). */
		smp_store_release(&ep->sq_freed, freed);
	}
	iser_sq_reap(ep, ep->sq_completed);
}
EXPORT_SYMBOL_GPL(iser_sq_completed);

static void iser_send_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct iser_send *send = container_of(wc->wr_cqe, struct iser_send,
					      cqe);

	iser_sq_completed(send->ep, wc, send->end);
}

/**
 * iser_send_quiesce - nobody posts any more, nor will the timer
 * @ep: stopped endpoint with a queue pair
 *
 * Context: stop work, sleeps.
 */
void iser_send_quiesce(struct iser_ep *ep)
{
	timer_delete_sync(&ep->chain_timer);
}

/**
 * iser_send_flush - give back the slots that were in use when it ended
 * @ep: drained endpoint
 *
 * Context: stop work.
 */
void iser_send_flush(struct iser_ep *ep)
{
	iser_slot_finish(ep, 0, true);
}

static u32 iser_slot_pages(const struct iser_ep *ep)
{
	return DIV_ROUND_UP(ep->nr_slots, ISER_SLOTS_PER_PAGE);
}

/* Memory for the slots of one more page. */
static int iser_slot_map_page(struct iser_ep *ep)
{
	u32 index = ep->slots_ready / ISER_SLOTS_PER_PAGE, i;
	void *page = (void *)get_zeroed_page(GFP_KERNEL);

	lockdep_assert_held(&ep->setup);
	if (!page)
		return -ENOMEM;
	if (iser_dma_map(ep, ISER_DMA_SEND, page, PAGE_SIZE, DMA_TO_DEVICE,
			 &ep->slot_addr[index])) {
		free_page((unsigned long)page);
		return -ENOMEM;
	}
	ep->slot_pages[index] = page;
	for (i = 0; i < PAGE_SIZE && ep->slots_ready < ep->nr_slots;
	     i += ISER_SEND_SLOT) {
		struct iser_send *send = &ep->slots[ep->slots_ready++];

		send->buf = page + i;
		send->addr = ep->slot_addr[index] + i;
	}
	return 0;
}

static int iser_slot_map(struct iser_ep *ep, u32 count)
{
	int err = 0;

	while (!err && ep->slots_ready < count)
		err = iser_slot_map_page(ep);
	return err;
}

/**
 * iser_send_prepare - memory for the Sends to come
 * @ep: endpoint of a target, whose ring has none but for a few
 * @all: for all of them, from now on; else for the next one
 *
 * A peer that has not logged in costs a page of slots. Until all have memory,
 * who sends asks for it first, and nobody else does at the same time.
 *
 * Context: process, sleeps.
 * Return: 0, -ENOTCONN if the endpoint was stopped, -ENOMEM.
 */
int iser_send_prepare(struct iser_ep *ep, bool all)
{
	int err = -ENOTCONN;

	mutex_lock(&ep->setup);
	if (READ_ONCE(ep->state) < ISER_EP_STOPPING)
		err = iser_slot_map(ep, all ? ep->nr_slots :
					      ep->slot_next - ep->slots + 1);
	mutex_unlock(&ep->setup);
	return err;
}
EXPORT_SYMBOL_GPL(iser_send_prepare);

static void iser_reply_put_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct iser_reply *reply = container_of(wc->wr_cqe, struct iser_reply,
						put_cqe);

	/* The response behind it says when the memory is free. */
	if (unlikely(wc->status != IB_WC_SUCCESS))
		iser_sq_failed(reply->ep, wc, 0);
}

static int iser_reply_alloc(struct iser_ep *ep)
{
	u32 key = ep->pd->local_dma_lkey, i;
	struct iser_reply *reply = kzalloc(sizeof(*reply), GFP_KERNEL);

	if (!reply)
		return -ENOMEM;
	reply->ep = ep;
	reply->put_cqe.done = iser_reply_put_done;
	reply->put.wr.next = &reply->send;
	reply->put.wr.wr_cqe = &reply->put_cqe;
	reply->put.wr.opcode = IB_WR_RDMA_WRITE;
	reply->put.wr.sg_list = reply->data;
	/*
	 * On iWARP a completion says that TCP has the data, and TCP may read it
	 * again. siw gives TCP a copy of what is signalled, and the pages
	 * themselves of what is not, whatever completes behind it.
	 */
	if (ep->limits.rw_needs_mr)
		reply->put.wr.send_flags = IB_SEND_SIGNALED;
	for (i = 0; i < ARRAY_SIZE(reply->data); i++)
		reply->data[i].lkey = key;
	reply->send.sg_list = &reply->head;
	reply->send.num_sge = 1;
	reply->head.lkey = key;
	ep->reply = reply;
	return 0;
}

static int iser_tx_alloc(struct iser_ep *ep)
{
	/* Only the initiator leaves Sends unposted. */
	u32 i, j, count = ep->side == ISER_INITIATOR ? ISER_CHAIN_SENDS : 1;

	ep->tx = iser_array_alloc(count, sizeof(*ep->tx));
	if (!ep->tx)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		ep->tx[i].wr.sg_list = ep->tx[i].sge;
		ep->tx[i].wr.opcode = IB_WR_SEND;
		for (j = 0; j < ARRAY_SIZE(ep->tx[i].sge); j++)
			ep->tx[i].sge[j].lkey = ep->pd->local_dma_lkey;
	}
	ep->tx_next = ep->tx;
	ep->tx_end = &ep->tx[count - 1];
	return ep->side == ISER_TARGET ? iser_reply_alloc(ep) : 0;
}

/**
 * iser_send_setup - make the send ring
 * @ep: endpoint with a plan and a PD
 *
 * At a target the slots get their memory with iser_send_prepare().
 *
 * Context: CM handler, @setup held, sleeps.
 * Return: 0 or -ENOMEM; the stop work frees what was made.
 */
int iser_send_setup(struct iser_ep *ep)
{
	u32 i, nr_pages;

	timer_setup(&ep->chain_timer, iser_send_overdue, 0);
	ep->sq_kept = ISER_DRAIN_WR;
	ep->sq_busy = ep->plan.send_wr - ep->plan.send_wr / 4;
	ep->sq_signal_every = iser_signal_every(ep->plan.send_wr);
	ep->nr_slots = ep->plan.send_slots;
	nr_pages = iser_slot_pages(ep);
	ep->slots = iser_array_alloc(ep->nr_slots, sizeof(*ep->slots));
	ep->slot_pages = iser_array_alloc(nr_pages, sizeof(*ep->slot_pages));
	ep->slot_addr = iser_array_alloc(nr_pages, sizeof(*ep->slot_addr));
	if (ep->slots)
		iser_object_created(ISER_OBJ_SEND, ep->nr_slots);
	if (!ep->slots || !ep->slot_pages || !ep->slot_addr ||
	    iser_tx_alloc(ep))
		return -ENOMEM;
	for (i = 0; i < ep->nr_slots; i++) {
		ep->slots[i].ep = ep;
		ep->slots[i].cqe.done = iser_send_done;
	}
	ep->slot_next = ep->slots;
	ep->slot_last = ep->slots;
	ep->slot_end = ep->slots + ep->nr_slots;
	return ep->side == ISER_INITIATOR ? iser_slot_map(ep, ep->nr_slots) : 0;
}

/**
 * iser_send_teardown - free the send ring
 * @ep: drained and flushed endpoint
 *
 * Context: stop work.
 */
void iser_send_teardown(struct iser_ep *ep)
{
	u32 i;

	if (ep->slot_pages && ep->slot_addr)
		for (i = 0; i < iser_slot_pages(ep) && ep->slot_pages[i]; i++) {
			iser_dma_unmap(ep, ISER_DMA_SEND, ep->slot_addr[i],
				       PAGE_SIZE, DMA_TO_DEVICE);
			free_page((unsigned long)ep->slot_pages[i]);
		}
	if (ep->slots)
		iser_object_destroyed(ISER_OBJ_SEND, ep->nr_slots);
	kfree(ep->reply);
	kvfree(ep->tx);
	kvfree(ep->slot_addr);
	kvfree(ep->slot_pages);
	kvfree(ep->slots);
	ep->reply = NULL;
	ep->tx = NULL;
	ep->slot_addr = NULL;
	ep->slot_pages = NULL;
	ep->slots = NULL;
}

/**
 * iser_buf_alloc - mapped memory for data that a slot does not hold
 * @ep: endpoint, referenced by the caller
 * @size: bytes, at most two pages
 *
 * Context: process, sleeps.
 * Return: the zeroed buffer, or NULL: no memory, or the endpoint was stopped.
 */
struct iser_buf *iser_buf_alloc(struct iser_ep *ep, u32 size)
{
	struct iser_buf *buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	u32 order = get_order(size);

	if (!buf || WARN_ON_ONCE(order > 1))
		goto out_free_buf;
	buf->mem = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, order);
	if (!buf->mem)
		goto out_free_buf;
	buf->size = size;

	/* Against the stop work, which unmaps what is on the list. */
	mutex_lock(&ep->setup);
	if (!ep->pd || READ_ONCE(ep->state) >= ISER_EP_STOPPING)
		goto out_unlock;
	buf->sge.length = size;
	buf->sge.lkey = ep->pd->local_dma_lkey;
	if (iser_dma_map(ep, ISER_DMA_BUF, buf->mem, size, DMA_TO_DEVICE,
			 &buf->sge.addr))
		goto out_unlock;
	spin_lock_bh(&ep->buf_lock);
	list_add_tail(&buf->node, &ep->bufs);
	spin_unlock_bh(&ep->buf_lock);
	mutex_unlock(&ep->setup);
	iser_object_created(ISER_OBJ_BUF, 1);
	return buf;

out_unlock:
	mutex_unlock(&ep->setup);
	free_pages((unsigned long)buf->mem, order);
out_free_buf:
	kfree(buf);
	return NULL;
}
EXPORT_SYMBOL_GPL(iser_buf_alloc);

/**
 * iser_buf_sync - the CPU has written to a buffer that is about to be sent
 * @ep: endpoint
 * @buf: buffer; one that is no longer mapped is left alone
 * @len: bytes written, from the start
 *
 * Context: any but hard interrupts.
 */
void iser_buf_sync(struct iser_ep *ep, struct iser_buf *buf, u32 len)
{
	spin_lock_bh(&ep->buf_lock);
	if (!list_empty(&buf->node))
		iser_dma_sync_for_device(ep, ISER_DMA_BUF, buf->sge.addr, len,
					 DMA_TO_DEVICE);
	spin_unlock_bh(&ep->buf_lock);
}
EXPORT_SYMBOL_GPL(iser_buf_sync);

static void iser_buf_unmap_locked(struct iser_ep *ep, struct iser_buf *buf)
{
	lockdep_assert_held(&ep->buf_lock);
	iser_dma_unmap(ep, ISER_DMA_BUF, buf->sge.addr, buf->size,
		       DMA_TO_DEVICE);
	list_del_init(&buf->node);
}

/**
 * iser_buf_free - unmap and free a buffer
 * @ep: endpoint, referenced by the caller; may be dead
 * @buf: buffer no Send uses any more, or NULL
 *
 * Context: any but hard interrupts.
 */
void iser_buf_free(struct iser_ep *ep, struct iser_buf *buf)
{
	if (!buf)
		return;
	spin_lock_bh(&ep->buf_lock);
	if (!list_empty(&buf->node))
		iser_buf_unmap_locked(ep, buf);
	spin_unlock_bh(&ep->buf_lock);
	free_pages((unsigned long)buf->mem, get_order(buf->size));
	kfree(buf);
	iser_object_destroyed(ISER_OBJ_BUF, 1);
}
EXPORT_SYMBOL_GPL(iser_buf_free);

/**
 * iser_buf_teardown - unmap the buffers roles still have
 * @ep: drained endpoint
 *
 * Context: stop work.
 */
void iser_buf_teardown(struct iser_ep *ep)
{
	struct iser_buf *buf, *next;

	spin_lock_bh(&ep->buf_lock);
	list_for_each_entry_safe(buf, next, &ep->bufs, node)
		iser_buf_unmap_locked(ep, buf);
	spin_unlock_bh(&ep->buf_lock);
}

/**
 * iser_map_data - map a scatterlist for immediate data
 * @ep: endpoint that is not drained
 * @sg: list
 * @nents: entries
 * @dir: direction, as for the DMA API
 *
 * Context: any; atomic.
 * Return: mapped entries, 0 on failure.
 */
int iser_map_data(struct iser_ep *ep, struct scatterlist *sg, int nents,
		  enum dma_data_direction dir)
{
	return iser_dma_map_sg(ep, ISER_DMA_INLINE, sg, nents, dir);
}
EXPORT_SYMBOL_GPL(iser_map_data);

/**
 * iser_unmap_data - end of iser_map_data()
 * @ep: endpoint that is not drained, or in ops->drained()
 * @sg: list
 * @nents: entries given to iser_map_data()
 * @dir: direction
 *
 * Context: any; atomic.
 */
void iser_unmap_data(struct iser_ep *ep, struct scatterlist *sg, int nents,
		     enum dma_data_direction dir)
{
	iser_dma_unmap_sg(ep, ISER_DMA_INLINE, sg, nents, dir);
}
EXPORT_SYMBOL_GPL(iser_unmap_data);
