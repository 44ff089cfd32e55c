// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory regions of the initiator: what the peer may touch, and for how long.
 *
 * One MR belongs to each libiscsi task, by index, so there is no pool and no
 * lock around it. Life of its key (decision: exactly the bytes, one direction,
 * from registration to the end of the command):
 *
 *	FREE --map--> MAPPED --REG_MR in front of the Send--> REGISTERED
 *	REGISTERED --response invalidated the key-----------> FREE
 *	REGISTERED --LOCAL_INV posted--> INVALIDATING --its completion--> FREE
 *
 * The key changes with every mapping, so a stale one never works again. A
 * command is not given back to SCSI while its MR is REGISTERED or INVALIDATING
 * on a connection that lives. When the connection dies, the queue pair in error
 * is the proof: the PD is not shared, no other queue pair can use the key.
 *
 * REG_MR is not signalled: if it fails, it completes with an error and the
 * queue pair is in error too. LOCAL_INV is always signalled; the send queue
 * keeps an entry free for the LOCAL_INV of each registered MR.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <rdma/mr_pool.h>

#include "mr.h"

/* What rdma_rw registers at once; its MRs must not be smaller. */
#define ISER_RW_MR_PAGES	256

static void iser_mr_reg_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct iser_mr *mr = container_of(wc->wr_cqe, struct iser_mr, reg_cqe);

	/* Unsignalled: only an error or a flush comes here. */
	if (wc->status != IB_WC_SUCCESS)
		iser_sq_completed(mr->ep, wc, 0);
}

static void iser_mr_inv_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct iser_mr *mr = container_of(wc->wr_cqe, struct iser_mr, inv_cqe);

	if (wc->status == IB_WC_SUCCESS)
		WRITE_ONCE(mr->state, ISER_MR_FREE);
	iser_sq_completed(mr->ep, wc, mr->inv_end);
}

/**
 * iser_mr_alloc_all - make the MRs of a session
 * @ep: established endpoint; once
 * @count: tasks
 * @max_pages: 4 KiB pages one MR can map
 *
 * Context: process, sleeps.
 * Return: 0, -EALREADY if they exist, -ENOTCONN, or a negative errno; what was
 *	made is freed with the endpoint.
 */
int iser_mr_alloc_all(struct iser_ep *ep, u32 count, u32 max_pages)
{
	int err = 0;
	u32 i;

	mutex_lock(&ep->setup);
	if (ep->mrs)
		err = -EALREADY;
	else if (READ_ONCE(ep->state) != ISER_EP_ESTABLISHED)
		err = -ENOTCONN;
	if (err)
		goto out_unlock;
	ep->mrs = iser_array_alloc(count, sizeof(*ep->mrs));
	if (!ep->mrs)
		err = -ENOMEM;
	for (i = 0; !err && i < count; i++) {
		struct iser_mr *mr = &ep->mrs[i];

		mr->ep = ep;
		mr->reg_cqe.done = iser_mr_reg_done;
		mr->inv_cqe.done = iser_mr_inv_done;
		mr->mr = ib_alloc_mr(ep->pd, IB_MR_TYPE_MEM_REG, max_pages);
		if (IS_ERR(mr->mr)) {
			err = PTR_ERR(mr->mr);
			mr->mr = NULL;
			break;
		}
		mr->reg_wr.wr.wr_cqe = &mr->reg_cqe;
		mr->reg_wr.wr.opcode = IB_WR_REG_MR;
		mr->reg_wr.mr = mr->mr;
		iser_object_created(ISER_OBJ_MR, 1);
		ep->nr_mrs++;
	}
out_unlock:
	mutex_unlock(&ep->setup);
	return err;
}
EXPORT_SYMBOL_GPL(iser_mr_alloc_all);

/**
 * iser_mr_count - MRs of the endpoint
 * @ep: endpoint
 *
 * Context: any.
 * Return: how many; 0 before iser_mr_alloc_all().
 */
u32 iser_mr_count(const struct iser_ep *ep)
{
	return ep->nr_mrs;
}
EXPORT_SYMBOL_GPL(iser_mr_count);

/**
 * iser_mr_at - MR of a task
 * @ep: endpoint
 * @index: less than iser_mr_count()
 *
 * Context: any.
 * Return: the MR; its memory stays as long as the endpoint.
 */
struct iser_mr *iser_mr_at(const struct iser_ep *ep, u32 index)
{
	return &ep->mrs[index];
}
EXPORT_SYMBOL_GPL(iser_mr_at);

/**
 * iser_mr_set_pages_behind - give an MR a mapped list less its first bytes
 * @mr: MR
 * @sg: the list
 * @mapped: its mapped entries
 * @skip: bytes to leave out
 *
 * A list of its own that begins at the byte stands in front of the rest of the
 * caller's: a device that is given the offset separately may get it wrong (siw
 * does), and the caller's table is not ours to edit.
 *
 * Context: any; atomic.
 * Return: 0, or -EINVAL if it does not fit.
 */
noinline int iser_mr_set_pages_behind(struct ib_mr *mr, struct scatterlist *sg,
				      int mapped, u32 skip)
{
	struct scatterlist first[2];

	while (skip && skip >= sg_dma_len(sg)) {
		skip -= sg_dma_len(sg);
		sg = sg_next(sg);
		if (!--mapped)
			return -EINVAL;
	}
	sg_init_table(first, ARRAY_SIZE(first));
	sg_dma_address(first) = sg_dma_address(sg) + skip;
	sg_dma_len(first) = sg_dma_len(sg) - skip;
	if (mapped > 1)
		sg_chain(first, ARRAY_SIZE(first), sg_next(sg));
	return ib_map_mr_sg(mr, first, mapped, NULL, SZ_4K) == mapped ?
	       0 : -EINVAL;
}

/**
 * iser_mr_not_mapped - give back an MR that could not be mapped
 * @mr: MR of iser_mr_take()
 * @mapped: entries of its list that are mapped, or none
 *
 * Context: any; atomic.
 * Return: -ENOMEM if none are, or -EINVAL.
 */
noinline int iser_mr_not_mapped(struct iser_mr *mr, int mapped)
{
	if (mapped > 0)
		iser_dma_unmap_sg(mr->ep, ISER_DMA_MR, mr->sg, mr->nents,
				  mr->dir);
	WRITE_ONCE(mr->owner, NULL);
	return mapped > 0 ? -EINVAL : -ENOMEM;
}

/**
 * iser_mr_map - map memory and choose a key for it
 * @mr: free MR
 * @sg: scatterlist whose first entry begins at the first byte
 * @nents: its entries
 * @skip: bytes at its beginning that the key does not cover; they are mapped
 *	with the rest, see iser_mr_mapped()
 * @len: bytes that the key covers
 * @dir: DMA_FROM_DEVICE: the target may only write (SCSI READ);
 *	DMA_TO_DEVICE: it may only read
 * @owner: for the role
 *
 * Context: any; atomic. The caller owns the task.
 * Return: 0; -EBUSY if the last key is not dead yet, -ENOMEM, -EINVAL if the
 *	list does not fit one MR. Nothing stays mapped on failure.
 */
int iser_mr_map(struct iser_mr *mr, struct scatterlist *sg, int nents,
		u32 skip, u32 len, enum dma_data_direction dir, void *owner)
{
	int mapped, err;

	err = iser_mr_take(mr, sg, nents, len, dir, owner);
	if (unlikely(err))
		return err;
	mapped = iser_mr_map_pages(mr->ep, mr, skip);
	if (unlikely(mapped < 0))
		return mapped;
	mr->reg_wr.access = dir == DMA_FROM_DEVICE ? ISER_MR_PEER_WRITES :
						     ISER_MR_PEER_READS;
	mr->mapped = mapped;
	return 0;
}
EXPORT_SYMBOL_GPL(iser_mr_map);

/**
 * iser_mr_mapped - entries of the scatterlist as it is mapped
 * @mr: MR of iser_mr_map()
 *
 * Sends may take data from the same mapping, if they have completed before
 * iser_mr_release().
 *
 * Context: any. The caller owns the task.
 * Return: how many.
 */
int iser_mr_mapped(const struct iser_mr *mr)
{
	return mr->mapped;
}
EXPORT_SYMBOL_GPL(iser_mr_mapped);

static __always_inline bool iser_mr_is_ended(struct iser_ep *ep,
					     struct iser_mr *mr, u32 rkey)
{
	/* Pairs with iser_mr_register(): @send_end is of this registration. */
	if (unlikely(smp_load_acquire(&mr->state) != ISER_MR_REGISTERED ||
		     mr->rkey != rkey || !ep->remote_inv ||
		     iser_sq_hangs(mr->send_end, READ_ONCE(ep->sq_rung))))
		return false;
	WRITE_ONCE(mr->state, ISER_MR_FREE);
	WRITE_ONCE(ep->sq_freed, ep->sq_freed + 1);
	if (trace_iser_mr_remote_invalidated_enabled())
		trace_iser_mr_remote_invalidated(ep->id, mr);
	return true;
}

static __always_inline void iser_mr_unmap(struct iser_ep *ep,
					  struct iser_mr *mr)
{
	if (trace_iser_mr_release_enabled())
		trace_iser_mr_release(ep->id, mr);
	iser_dma_unmap_sg(ep, ISER_DMA_MR, mr->sg, mr->nents, mr->dir);
	WRITE_ONCE(mr->owner, NULL);
}

/**
 * iser_mr_remote_invalidated - the peer says that its response ended a key
 * @mr: MR of the task that was answered
 * @rkey: key that the response invalidated
 *
 * Only a key that was advertised can be: a command that still hangs in the
 * chain has told nobody of its key, and REG_MR would make it live later.
 *
 * Context: ops->recv().
 * Return: true; false if it is not this MR's, not live, or nobody agreed to it:
 *	the peer is not to be trusted.
 */
bool iser_mr_remote_invalidated(struct iser_mr *mr, u32 rkey)
{
	return iser_mr_is_ended(mr->ep, mr, rkey);
}
EXPORT_SYMBOL_GPL(iser_mr_remote_invalidated);

/**
 * iser_mr_end - iser_mr_remote_invalidated(), then iser_mr_release()
 * @mr: MR of the task that was answered, whose mapping nobody else uses
 * @rkey: key that the response invalidated
 *
 * Context: ops->recv().
 * Return: 0; -EPROTO, with all as it was, where iser_mr_remote_invalidated() is
 *	false.
 */
int iser_mr_end(struct iser_mr *mr, u32 rkey)
{
	struct iser_ep *ep = mr->ep;

	if (unlikely(!iser_mr_is_ended(ep, mr, rkey)))
		return -EPROTO;
	iser_mr_unmap(ep, mr);
	return 0;
}
EXPORT_SYMBOL_GPL(iser_mr_end);

/**
 * iser_mr_invalidate - end a key ourselves
 * @mr: registered MR
 *
 * When completions have passed iser_sq_signalled() as it is after the call, the
 * key is dead. They never do if the call has failed.
 *
 * Context: ops->recv(); takes tx_lock.
 * Return: 0, or a negative errno: the endpoint is stopped or being stopped.
 */
int iser_mr_invalidate(struct iser_mr *mr)
{
	struct ib_send_wr wr = {
		.wr_cqe			= &mr->inv_cqe,
		.opcode			= IB_WR_LOCAL_INV,
		.send_flags		= IB_SEND_SIGNALED,
		.ex.invalidate_rkey	= mr->rkey,
	};
	struct iser_ep *ep = mr->ep;
	int err;

	iser_tx_lock(ep);
	WRITE_ONCE(mr->state, ISER_MR_INVALIDATING);
	err = iser_sq_put_kept(ep, &wr, &mr->inv_end);
	iser_tx_unlock(ep);
	trace_iser_mr_invalidate(ep->id, mr);
	return err;
}
EXPORT_SYMBOL_GPL(iser_mr_invalidate);

/**
 * iser_mr_release - the task needs its memory mapped no longer
 * @mr: MR with an owner, FREE or MAPPED; or in any state in ops->drained(),
 *	where it stays what it is: nobody uses it again
 *
 * Context: any; atomic. Not after ops->drained() has returned.
 */
void iser_mr_release(struct iser_mr *mr)
{
	iser_mr_unmap(mr->ep, mr);
	if (mr->state == ISER_MR_MAPPED)
		WRITE_ONCE(mr->state, ISER_MR_FREE);
}
EXPORT_SYMBOL_GPL(iser_mr_release);

/**
 * iser_mr_teardown - destroy all MRs
 * @ep: drained endpoint
 *
 * The array stays until the endpoint is freed.
 *
 * Context: stop work.
 */
void iser_mr_teardown(struct iser_ep *ep)
{
	u32 i;

	for (i = 0; i < ep->nr_mrs; i++) {
		ib_dereg_mr(ep->mrs[i].mr);
		iser_object_destroyed(ISER_OBJ_MR, 1);
	}
	ep->nr_mrs = 0;
}

/**
 * iser_rw_prepare - give rdma_rw MRs, where it wants any
 * @ep: endpoint of a target; may have them
 * @count: transfers that may be under way at once
 * @entries: entries of the longest scatterlist that one of them has; it gets
 *	all MRs it needs or none, and tries again
 *
 * The queue pair was made without, because a peer that has not logged in must
 * not cost them. They go with the queue pair.
 *
 * Context: process, sleeps.
 * Return: 0 if it has them; -ENOTCONN: the connection has ended; another negative
 *	errno: the device cannot give them.
 */
int iser_rw_prepare(struct iser_ep *ep, u32 count, u32 entries)
{
	u32 pages = min_t(u32, ep->limits.max_fr_pages, ISER_RW_MR_PAGES);
	int err = -ENOTCONN;

	if (!pages)
		return -EOPNOTSUPP;
	count = max(count, DIV_ROUND_UP(entries, pages));
	mutex_lock(&ep->setup);
	if (ep->rw_mrs)
		err = 0;
	else if (READ_ONCE(ep->state) == ISER_EP_ESTABLISHED)
		err = ib_mr_pool_init(ep->qp, &ep->qp->rdma_mrs, count,
				      IB_MR_TYPE_MEM_REG, pages, 0);
	ep->rw_mrs = !err;
	mutex_unlock(&ep->setup);
	return err;
}
EXPORT_SYMBOL_GPL(iser_rw_prepare);
