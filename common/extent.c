// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for long data of a target's commands, mapped beforehand.
 *
 * To map the pages of a 256 KiB command for the device, to list them in work
 * requests and to unmap them costs more than all else that the target does for
 * it. So a connection keeps memory that is mapped already: extents of 64 KiB, in
 * pieces of two pages, because longer ones need not be had. Target core gets the
 * pages as the memory of the command, and the work requests for them are written
 * once, but for the peer's address and key.
 *
 * An extent belongs to its connection: what is in it is data that its peer has
 * seen or sent, no other's. It is with a command from iser_extent_borrow() to
 * iser_extent_return(); the back end has it, or the device, or both in turn.
 *
 * A connection has none to begin with. Who finds too few goes without, and has a
 * work make more, up to what the role allows; so no command waits for memory.
 * What nobody has needed for a while is freed by another work: a command's memory
 * would be the page allocator's between two commands, and an idle session's is.
 *
 * The mapping ends with the endpoint's device resources, memory with its last
 * user: a back end may have it for much longer. The structures that are left then
 * end with the endpoint's memory.
 *
 * Not where an RDMA Read needs a memory region, or where the device takes fewer
 * elements in a work request than an extent has pieces: there rdma_rw does it.
 */
#include <linux/export.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "dma.h"
#include "internal.h"

#define ISER_EXTENT_PIECE	8192U	/* order 1 */
#define ISER_EXTENT_PIECES	(ISER_EXTENT_LEN / ISER_EXTENT_PIECE)
/* A page an entry: what back ends know from target core. */
#define ISER_EXTENT_ENTRY	(PAGE_SIZE < ISER_EXTENT_PIECE ? \
				 (u32)PAGE_SIZE : ISER_EXTENT_PIECE)
#define ISER_EXTENT_ENTRIES	(ISER_EXTENT_LEN / ISER_EXTENT_ENTRY)
#define ISER_EXTENT_STEP	4	/* made at once when they are short */
#define ISER_EXTENT_GFP		(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)
#define ISER_EXTENT_IDLE	(10 * HZ)
#define ISER_EXTENT_PATIENCE	(10 * HZ)	/* after want of memory */

/**
 * struct iser_extent - 64 KiB of mapped memory
 * @next: where the data goes on, or NULL; or the next spare
 * @node: in the endpoint's list of all
 * @taken: with a command; rx_lock
 * @len: bytes of the data, as @sg and @sge have them
 * @mem: the pieces
 * @rdma: RDMA Write from here, or RDMA Read to here
 * @sge: its elements, one for each piece
 * @sg: entries for target core, and one to link the next extent's
 */
struct iser_extent {
	struct iser_extent	*next;
	struct list_head	node;
	bool			taken;
	u32			len;
	void			*mem[ISER_EXTENT_PIECES];
	struct ib_rdma_wr	rdma;
	struct ib_sge		sge[ISER_EXTENT_PIECES];
	struct scatterlist	sg[ISER_EXTENT_ENTRIES + 1];
};

/* Unmapped, and with nobody. */
static void iser_extent_free_pieces(struct iser_extent *extent)
{
	u32 i;

	for (i = 0; i < ISER_EXTENT_PIECES; i++) {
		if (!extent->mem[i])
			continue;
		free_pages((unsigned long)extent->mem[i],
			   get_order(ISER_EXTENT_PIECE));
		extent->mem[i] = NULL;
	}
	iser_object_destroyed(ISER_OBJ_EXTENT, 1);
}

/* The first @pieces. */
static void iser_extent_unmap(struct iser_ep *ep, struct iser_extent *extent,
			      u32 pieces)
{
	while (pieces--)
		iser_dma_unmap(ep, ISER_DMA_EXTENT, extent->sge[pieces].addr,
			       ISER_EXTENT_PIECE, DMA_BIDIRECTIONAL);
}

/* One that nobody has, and that is in no list. */
static void iser_extent_free(struct iser_ep *ep, struct iser_extent *extent)
{
	iser_extent_unmap(ep, extent, ISER_EXTENT_PIECES);
	iser_extent_free_pieces(extent);
	kfree(extent);
}

static int iser_extent_map(struct iser_ep *ep, struct iser_extent *extent,
			   int node)
{
	/* Zeroed: who lends it to a READ may not fill it. */
	const gfp_t gfp = ISER_EXTENT_GFP | __GFP_COMP | __GFP_ZERO;
	u32 i;

	for (i = 0; i < ISER_EXTENT_PIECES; i++) {
		/* Compound: back ends may take references to single pages. */
		struct page *page = alloc_pages_node(node, gfp,
						     get_order(ISER_EXTENT_PIECE));

		if (!page)
			break;
		extent->mem[i] = page_address(page);
		if (iser_dma_map(ep, ISER_DMA_EXTENT, extent->mem[i],
				 ISER_EXTENT_PIECE, DMA_BIDIRECTIONAL,
				 &extent->sge[i].addr))
			break;
		extent->sge[i].length = ISER_EXTENT_PIECE;
		extent->sge[i].lkey = ep->pd->local_dma_lkey;
	}
	if (i == ISER_EXTENT_PIECES)
		return 0;
	iser_extent_unmap(ep, extent, i);
	return -ENOMEM;
}

/* What does not change but with the length of the data. */
static void iser_extent_prepare(struct iser_extent *extent)
{
	u32 entry;

	sg_init_table(extent->sg, ISER_EXTENT_ENTRIES + 1);
	for (entry = 0; entry < ISER_EXTENT_ENTRIES; entry++) {
		u32 at = entry * ISER_EXTENT_ENTRY;

		sg_set_buf(&extent->sg[entry],
			   extent->mem[at / ISER_EXTENT_PIECE] +
			   at % ISER_EXTENT_PIECE, ISER_EXTENT_ENTRY);
	}
	extent->len = ISER_EXTENT_LEN;
	extent->rdma.wr.sg_list = extent->sge;
	extent->rdma.wr.num_sge = ISER_EXTENT_PIECES;
}

/* One more spare; setup held, not stopped. */
static int iser_extent_add(struct iser_ep *ep)
{
	int node = ibdev_to_node(ep->dev->ibdev);
	struct iser_extent *extent;

	lockdep_assert_held(&ep->setup);
	extent = kzalloc_node(sizeof(*extent), ISER_EXTENT_GFP, node);
	if (!extent)
		return -ENOMEM;
	iser_object_created(ISER_OBJ_EXTENT, 1);
	if (iser_extent_map(ep, extent, node)) {
		iser_extent_free_pieces(extent);
		kfree(extent);
		return -ENOMEM;
	}
	iser_extent_prepare(extent);
	spin_lock_bh(&ep->rx_lock);
	list_add_tail(&extent->node, &ep->extents);
	extent->next = ep->spare_extents;
	ep->spare_extents = extent;
	ep->nr_spare_extents++;
	ep->nr_extents++;
	spin_unlock_bh(&ep->rx_lock);
	return 0;
}

/* If there is no memory, what there is has to do for a while. */
static void iser_extent_grow_work(struct work_struct *work)
{
	struct iser_ep *ep = container_of(work, struct iser_ep, extent_work);
	unsigned int noio = memalloc_noio_save();
	u32 left = ISER_EXTENT_STEP;

	mutex_lock(&ep->setup);
	while (READ_ONCE(ep->state) < ISER_EP_STOPPING && left-- &&
	       ep->nr_extents < ep->max_extents) {
		if (!iser_extent_add(ep))
			continue;
		WRITE_ONCE(ep->extents_again, jiffies + ISER_EXTENT_PATIENCE);
		break;
	}
	mutex_unlock(&ep->setup);
	memalloc_noio_restore(noio);
	queue_delayed_work(iser_wq, &ep->extent_idle_work, ISER_EXTENT_IDLE);
}

/* A spare that is one spare too many since the last look, or NULL. */
static struct iser_extent *iser_extent_take_idle(struct iser_ep *ep)
{
	struct iser_extent *extent = NULL;

	spin_lock_bh(&ep->rx_lock);
	if (ep->idle_extents) {
		extent = ep->spare_extents;
		ep->spare_extents = extent->next;
		ep->nr_spare_extents--;
		ep->idle_extents--;
		ep->nr_extents--;
		list_del(&extent->node);
	}
	spin_unlock_bh(&ep->rx_lock);
	return extent;
}

static void iser_extent_idle_work(struct work_struct *work)
{
	struct iser_ep *ep = container_of(to_delayed_work(work), struct iser_ep,
					  extent_idle_work);
	struct iser_extent *extent;
	bool more;

	/* The device stays while @setup is held and nobody has stopped. */
	mutex_lock(&ep->setup);
	while (READ_ONCE(ep->state) < ISER_EP_STOPPING) {
		extent = iser_extent_take_idle(ep);
		if (!extent)
			break;
		iser_extent_free(ep, extent);
	}
	spin_lock_bh(&ep->rx_lock);
	ep->idle_extents = ep->nr_spare_extents;
	more = ep->nr_extents;
	spin_unlock_bh(&ep->rx_lock);
	mutex_unlock(&ep->setup);
	if (more)
		queue_delayed_work(iser_wq, &ep->extent_idle_work,
				   ISER_EXTENT_IDLE);
}

/**
 * iser_extent_init - a new endpoint has no extents
 * @ep: endpoint
 *
 * Context: any, before anybody else knows of it.
 */
void iser_extent_init(struct iser_ep *ep)
{
	INIT_LIST_HEAD(&ep->extents);
	INIT_WORK(&ep->extent_work, iser_extent_grow_work);
	INIT_DELAYED_WORK(&ep->extent_idle_work, iser_extent_idle_work);
	ep->extents_again = jiffies;
}

/**
 * iser_extent_allow - how many extents an endpoint may have
 * @ep: endpoint of a target that was set up
 * @max: how many; none are made yet
 *
 * Context: process; before the first iser_extent_borrow().
 * Return: bytes that one command's may have: 0 where the device cannot do it. So
 *	many work requests are a quarter of the send queue at most.
 */
u32 iser_extent_allow(struct iser_ep *ep, u32 max)
{
	if (ep->limits.rw_needs_mr || ep->rw_sge < ISER_EXTENT_PIECES)
		return 0;
	ep->max_extents = max;
	return min(max, ep->plan.send_wr / 4) * ISER_EXTENT_LEN;
}
EXPORT_SYMBOL_GPL(iser_extent_allow);

static noinline void iser_extent_run_short(struct iser_ep *ep)
{
	lockdep_assert_held(&ep->rx_lock);
	ep->idle_extents = 0;
	/* The stop work takes the lock before it ends the works. */
	if (ep->nr_extents < ep->max_extents &&
	    READ_ONCE(ep->state) < ISER_EP_STOPPING &&
	    time_after_eq(jiffies, READ_ONCE(ep->extents_again)))
		queue_work(iser_wq, &ep->extent_work);
}

/* Other data than last time, shorter or longer. */
static noinline void iser_extent_set_len(struct iser_extent *extent, u32 len)
{
	u32 entry = (extent->len - 1) / ISER_EXTENT_ENTRY;
	u32 piece = (extent->len - 1) / ISER_EXTENT_PIECE;

	extent->sg[entry].length = ISER_EXTENT_ENTRY;
	sg_unmark_end(&extent->sg[entry]);
	extent->sge[piece].length = ISER_EXTENT_PIECE;

	entry = (len - 1) / ISER_EXTENT_ENTRY;
	piece = (len - 1) / ISER_EXTENT_PIECE;
	extent->sg[entry].length = len - entry * ISER_EXTENT_ENTRY;
	extent->sge[piece].length = len - piece * ISER_EXTENT_PIECE;
	extent->rdma.wr.num_sge = piece + 1;
	extent->len = len;
}

/* @len bytes of data: of as many as are needed one list. */
static void iser_extent_shape(struct iser_extent *extent, u32 len)
{
	for (; len > ISER_EXTENT_LEN; extent = extent->next) {
		if (unlikely(extent->len != ISER_EXTENT_LEN))
			iser_extent_set_len(extent, ISER_EXTENT_LEN);
		sg_unmark_end(&extent->sg[ISER_EXTENT_ENTRIES - 1]);
		sg_chain(extent->sg, ISER_EXTENT_ENTRIES + 1, extent->next->sg);
		len -= ISER_EXTENT_LEN;
	}
	if (extent->len != len)
		iser_extent_set_len(extent, len);
	sg_mark_end(&extent->sg[(len - 1) / ISER_EXTENT_ENTRY]);
}

/**
 * iser_extent_borrow - memory for a command's data
 * @ep: endpoint
 * @len: bytes, not 0, at most what iser_extent_allow() has said
 *
 * Context: any but hard interrupts; before ops->drained() has returned.
 * Return: extents for @len bytes, for iser_extent_return(); NULL: there are too
 *	few to spare.
 */
struct iser_extent *iser_extent_borrow(struct iser_ep *ep, u32 len)
{
	u32 count = DIV_ROUND_UP(len, ISER_EXTENT_LEN);
	struct iser_extent *first, *last;

	spin_lock_bh(&ep->rx_lock);
	if (unlikely(ep->nr_spare_extents < count)) {
		iser_extent_run_short(ep);
		spin_unlock_bh(&ep->rx_lock);
		return NULL;
	}
	ep->nr_spare_extents -= count;
	if (ep->idle_extents > ep->nr_spare_extents)
		ep->idle_extents = ep->nr_spare_extents;
	first = ep->spare_extents;
	last = first;
	last->taken = true;
	while (--count) {
		last = last->next;
		last->taken = true;
	}
	ep->spare_extents = last->next;
	last->next = NULL;
	spin_unlock_bh(&ep->rx_lock);
	iser_extent_shape(first, len);
	return first;
}
EXPORT_SYMBOL_GPL(iser_extent_borrow);

/**
 * iser_extent_list - the memory, for target core
 * @extent: from iser_extent_borrow()
 * @len: as there
 * @nents: entries of the list, which may be chained
 *
 * Context: any.
 * Return: the list's first entry.
 */
struct scatterlist *iser_extent_list(struct iser_extent *extent, u32 len,
				     u32 *nents)
{
	*nents = DIV_ROUND_UP(len, ISER_EXTENT_ENTRY);
	return extent->sg;
}
EXPORT_SYMBOL_GPL(iser_extent_list);

static noinline void iser_extent_sync(struct iser_ep *ep,
				      const struct iser_extent *extent, u32 len,
				      bool for_cpu, enum dma_data_direction dir)
{
	u32 i;

	for (i = 0; len; i++) {
		u32 part = min_t(u32, len, ISER_EXTENT_PIECE);

		if (i == ISER_EXTENT_PIECES) {
			extent = extent->next;
			i = 0;
		}
		if (for_cpu)
			iser_dma_sync_for_cpu(ep, ISER_DMA_EXTENT,
					      extent->sge[i].addr, part);
		else
			iser_dma_sync_for_device(ep, ISER_DMA_EXTENT,
						 extent->sge[i].addr, part, dir);
		len -= part;
	}
}

/**
 * iser_extent_wrs - work requests that move a command's data
 * @ep: endpoint; tx_lock held
 * @extent: from iser_extent_borrow()
 * @len: bytes, not 0, at most as many as there
 * @dir: DMA_TO_DEVICE: Put_Data, DMA_FROM_DEVICE: Get_Data
 * @addr: the peer's address
 * @rkey: and key for it
 * @cqe: completion of the last one, or NULL
 * @next: work request behind it, or NULL
 *
 * iser_extent_nr_wrs() says how many they are. They are used until they are
 * posted.
 *
 * Context: tx_lock held.
 * Return: the first one.
 */
struct ib_send_wr *iser_extent_wrs(struct iser_ep *ep,
				   struct iser_extent *extent, u32 len,
				   enum dma_data_direction dir, u64 addr,
				   u32 rkey, struct ib_cqe *cqe,
				   struct ib_send_wr *next)
{
	struct ib_send_wr *first = &extent->rdma.wr;
	enum ib_wr_opcode opcode = dir == DMA_TO_DEVICE ? IB_WR_RDMA_WRITE :
							  IB_WR_RDMA_READ;

	if (iser_dma_has_syncs(ep))
		iser_extent_sync(ep, extent, len, false, dir);
	for (;;) {
		struct ib_rdma_wr *rdma = &extent->rdma;

		rdma->wr.opcode = opcode;
		rdma->wr.wr_cqe = NULL;
		rdma->wr.send_flags = 0;
		rdma->remote_addr = addr;
		rdma->rkey = rkey;
		if (len <= extent->len)
			break;
		len -= extent->len;
		addr += extent->len;
		extent = extent->next;
		rdma->wr.next = &extent->rdma.wr;
	}
	/* A back end may have found less. */
	if (unlikely(extent->len != len))
		iser_extent_set_len(extent, len);
	extent->rdma.wr.next = next;
	extent->rdma.wr.wr_cqe = cqe;
	if (cqe)
		extent->rdma.wr.send_flags = IB_SEND_SIGNALED;
	return first;
}
EXPORT_SYMBOL_GPL(iser_extent_wrs);

/**
 * iser_extent_fetched - RDMA Reads have ended: the data is the CPU's
 * @ep: endpoint
 * @extent: from iser_extent_borrow()
 * @len: bytes that were asked for
 *
 * Context: any; before ops->drained() has returned.
 */
void iser_extent_fetched(struct iser_ep *ep, const struct iser_extent *extent,
			 u32 len)
{
	if (iser_dma_has_syncs(ep))
		iser_extent_sync(ep, extent, len, true, DMA_FROM_DEVICE);
}
EXPORT_SYMBOL_GPL(iser_extent_fetched);

/**
 * iser_extent_return - neither a back end nor the device has these any more
 * @ep: endpoint; the caller has a reference, the device may be gone
 * @extent: from iser_extent_borrow()
 *
 * Context: any but hard interrupts.
 */
void iser_extent_return(struct iser_ep *ep, struct iser_extent *extent)
{
	bool gone;

	spin_lock_bh(&ep->rx_lock);
	gone = ep->extents_gone;
	while (extent && extent->taken) {
		struct iser_extent *next = extent->next;

		extent->taken = false;
		if (unlikely(gone)) {
			iser_extent_free_pieces(extent);
		} else {
			/* The latest first: it may still be in a cache. */
			extent->next = ep->spare_extents;
			ep->spare_extents = extent;
			ep->nr_spare_extents++;
		}
		extent = next;
	}
	spin_unlock_bh(&ep->rx_lock);
}
EXPORT_SYMBOL_GPL(iser_extent_return);

/**
 * iser_extent_return_all - nobody has any extent any more
 * @ep: endpoint whose device is gone, or that is drained
 *
 * For those of commands that ended where the role was not told.
 *
 * Context: process.
 */
void iser_extent_return_all(struct iser_ep *ep)
{
	struct iser_extent *extent;

	/* Drained, so none are added; the idle work has ended, or has no use. */
	mutex_lock(&ep->setup);
	list_for_each_entry(extent, &ep->extents, node)
		iser_extent_return(ep, extent);
	mutex_unlock(&ep->setup);
}
EXPORT_SYMBOL_GPL(iser_extent_return_all);

/**
 * iser_extent_teardown - unmap all, free the memory of those nobody has
 * @ep: drained endpoint
 *
 * Context: stop work.
 */
void iser_extent_teardown(struct iser_ep *ep)
{
	struct iser_extent *extent;

	cancel_work_sync(&ep->extent_work);
	cancel_delayed_work_sync(&ep->extent_idle_work);
	list_for_each_entry(extent, &ep->extents, node)
		iser_extent_unmap(ep, extent, ISER_EXTENT_PIECES);
	spin_lock_bh(&ep->rx_lock);
	ep->extents_gone = true;
	ep->spare_extents = NULL;
	ep->nr_spare_extents = 0;
	list_for_each_entry(extent, &ep->extents, node)
		if (!extent->taken)
			iser_extent_free_pieces(extent);
	spin_unlock_bh(&ep->rx_lock);
}

/**
 * iser_extent_exit - free the structures
 * @ep: endpoint after iser_extent_teardown(), to which nobody has a reference
 *
 * Context: any.
 */
void iser_extent_exit(struct iser_ep *ep)
{
	struct iser_extent *extent, *next;

	list_for_each_entry_safe(extent, next, &ep->extents, node)
		kfree(extent);
}
