/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA mappings of common/, all of them made and ended here, so that a debug
 * build can keep books of them (dma.c). rxe and siw map nothing: with them
 * the kernel's own DMA debugging never sees a mistake of ours.
 */
#ifndef ISER_DMA_H
#define ISER_DMA_H

#include "internal.h"

/*
 * Where a mapping is in the books: the memory of a scatterlist may be mapped
 * for several commands at once, the list itself belongs to one.
 */
static inline u64 iser_dma_key(const struct scatterlist *sg)
{
	return (u64)(uintptr_t)sg;
}

/**
 * iser_dma_map - map memory that lies in one piece
 * @ep: endpoint with a device
 * @kind: what for
 * @mem: the memory, within 8 KiB that begin at a multiple of it
 * @len: bytes
 * @dir: direction
 * @addr: where the device finds it
 *
 * Context: any; atomic.
 * Return: 0 or -ENOMEM.
 */
static inline int iser_dma_map(struct iser_ep *ep, enum iser_dma kind,
			       void *mem, u32 len, enum dma_data_direction dir,
			       u64 *addr)
{
	struct ib_device *ibdev = ep->dev->ibdev;

	*addr = ib_dma_map_single(ibdev, mem, len, dir);
	if (ib_dma_mapping_error(ibdev, *addr))
		return -ENOMEM;
	iser_dma_mapped(ep, kind, *addr, len, dir);
	return 0;
}

/**
 * iser_dma_unmap - end of iser_dma_map()
 * @ep: endpoint
 * @kind: as it was mapped, like what follows
 * @addr: address
 * @len: bytes
 * @dir: direction
 *
 * Context: any; atomic.
 */
static inline void iser_dma_unmap(struct iser_ep *ep, enum iser_dma kind,
				  u64 addr, u32 len,
				  enum dma_data_direction dir)
{
	iser_dma_unmapped(ep, kind, addr, len, dir);
	ib_dma_unmap_single(ep->dev->ibdev, addr, len, dir);
}

/**
 * iser_dma_has_syncs - does a sync do anything
 * @ep: endpoint
 *
 * Not where the device takes virtual addresses, unless there are books of it.
 *
 * Context: any.
 * Return: true if so.
 */
static inline bool iser_dma_has_syncs(const struct iser_ep *ep)
{
	return __is_defined(ISER_DEBUG) || ep->dma_syncs;
}

/**
 * iser_dma_sync_for_cpu - the device has written, the CPU will read
 * @ep: endpoint
 * @kind: as it was mapped
 * @addr: address within a mapping
 * @len: bytes
 *
 * Context: any; atomic.
 */
static inline void iser_dma_sync_for_cpu(struct iser_ep *ep,
					 enum iser_dma kind, u64 addr, u32 len)
{
	iser_dma_used(ep, kind, addr, len, DMA_FROM_DEVICE);
	if (ep->dma_syncs)
		ib_dma_sync_single_for_cpu(ep->dev->ibdev, addr, len,
					   DMA_FROM_DEVICE);
}

/**
 * iser_dma_sync_for_device - the CPU is through, it is the device's turn
 * @ep: endpoint
 * @kind: as it was mapped
 * @addr: address within a mapping
 * @len: bytes
 * @dir: direction of the mapping
 *
 * Context: any; atomic.
 */
static inline void iser_dma_sync_for_device(struct iser_ep *ep,
					    enum iser_dma kind, u64 addr,
					    u32 len,
					    enum dma_data_direction dir)
{
	iser_dma_used(ep, kind, addr, len, dir);
	if (ep->dma_syncs)
		ib_dma_sync_single_for_device(ep->dev->ibdev, addr, len, dir);
}

/**
 * iser_dma_map_sg - map a scatterlist
 * @ep: endpoint with a device
 * @kind: what for
 * @sg: list
 * @nents: entries
 * @dir: direction
 *
 * Context: any; atomic.
 * Return: mapped entries, 0 on failure.
 */
static inline int iser_dma_map_sg(struct iser_ep *ep, enum iser_dma kind,
				  struct scatterlist *sg, int nents,
				  enum dma_data_direction dir)
{
	int mapped = ib_dma_map_sg(ep->dev->ibdev, sg, nents, dir);

	if (mapped > 0)
		iser_dma_mapped(ep, kind, iser_dma_key(sg), nents, dir);
	return mapped;
}

/**
 * iser_dma_unmap_sg - end of iser_dma_map_sg()
 * @ep: endpoint
 * @kind: as it was mapped, like what follows
 * @sg: list
 * @nents: entries
 * @dir: direction
 *
 * Context: any; atomic.
 */
static inline void iser_dma_unmap_sg(struct iser_ep *ep, enum iser_dma kind,
				     struct scatterlist *sg, int nents,
				     enum dma_data_direction dir)
{
	iser_dma_unmapped(ep, kind, iser_dma_key(sg), nents, dir);
	ib_dma_unmap_sg(ep->dev->ibdev, sg, nents, dir);
}

#endif /* ISER_DMA_H */
