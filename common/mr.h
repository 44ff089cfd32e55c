/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MRs as mr.c and send.c both handle them: a command whose data the target moves
 * is mapped, encoded, registered and sent in one go.
 */
#ifndef ISER_MR_H
#define ISER_MR_H

#include "dma.h"
#include "internal.h"
#include "trace.h"

/* One direction for each. */
#define ISER_MR_PEER_READS	IB_ACCESS_REMOTE_READ
#define ISER_MR_PEER_WRITES	(IB_ACCESS_LOCAL_WRITE | IB_ACCESS_REMOTE_WRITE)

int iser_mr_set_pages_behind(struct ib_mr *mr, struct scatterlist *sg,
			     int mapped, u32 skip);
int iser_mr_not_mapped(struct iser_mr *mr, int mapped);

/**
 * iser_mr_map_pages - map what an MR has taken, and choose a key for it
 * @ep: its endpoint
 * @mr: MR of iser_mr_take()
 * @skip: bytes at the beginning of the list that the key does not cover
 *
 * The key is written to the work request that will make it live.
 *
 * Context: any; atomic. The caller owns the task.
 * Return: mapped entries of the list; -ENOMEM, or -EINVAL if the list does not
 *	fit one MR: the MR is given back then.
 */
static __always_inline int iser_mr_map_pages(struct iser_ep *ep,
					     struct iser_mr *mr, u32 skip)
{
	struct scatterlist *sg = mr->sg;
	struct ib_mr *ib_mr = mr->mr;
	int mapped, err = 0;

	mapped = iser_dma_map_sg(ep, ISER_DMA_MR, sg, mr->nents, mr->dir);
	if (unlikely(mapped <= 0))
		return iser_mr_not_mapped(mr, mapped);
	if (unlikely(skip))
		err = iser_mr_set_pages_behind(ib_mr, sg, mapped, skip);
	else if (ib_map_mr_sg(ib_mr, sg, mapped, NULL, SZ_4K) != mapped)
		err = -EINVAL;
	if (unlikely(err || ib_mr->length < mr->len))
		return iser_mr_not_mapped(mr, mapped);
	ib_update_fast_reg_key(ib_mr, ib_inc_rkey(ib_mr->rkey));
	mr->rkey = ib_mr->rkey;
	mr->reg_wr.key = mr->rkey;
	mr->base = ib_mr->iova;
	WRITE_ONCE(mr->state, ISER_MR_MAPPED);
	if (trace_iser_mr_map_enabled())
		trace_iser_mr_map(ep->id, mr);
	return mapped;
}

/**
 * iser_mr_register - REG_MR for a Send that carries the key
 * @ep: its endpoint
 * @mr: mapped MR
 * @send: work request of the Send, chained behind it
 * @end: position behind the Send
 *
 * It goes in front of the Send, so the key works when the peer learns it. All
 * that @end and the chain do not decide was written before.
 *
 * Context: any; tx_lock held, both are counted in sq_posted.
 * Return: the first work request of the two.
 */
static __always_inline struct ib_send_wr *
iser_mr_register(struct iser_ep *ep, struct iser_mr *mr,
		 struct ib_send_wr *send, u32 end)
{
	iser_dma_used(ep, ISER_DMA_MR, iser_dma_key(mr->sg), mr->nents,
		      mr->dir);
	mr->reg_wr.wr.next = send;
	mr->send_end = end;
	/* @send_end first; pairs with iser_mr_is_ended(). */
	smp_store_release(&mr->state, ISER_MR_REGISTERED);
	return &mr->reg_wr.wr;
}

#endif /* ISER_MR_H */
