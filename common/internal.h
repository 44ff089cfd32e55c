/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to common/: the structures behind iser.h and who may touch what.
 */
#ifndef ISER_INTERNAL_H
#define ISER_INTERNAL_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <rdma/rdma_cm.h>

#include "iser_compat.h"
#include "iser.h"

/**
 * struct iser_device - one ib_device, from the client's add to its remove
 * @node: in the registry, under the registry's mutex
 * @ibdev: the device; identity is this pointer, GUIDs are not unique
 * @limits: what it can do
 * @refs: one for the registry, one for each attached endpoint
 * @idle: completed when @refs reaches zero; removal waits for it
 * @lock: guards @removing and @eps
 * @removing: no endpoint may attach any more
 * @eps: attached endpoints
 * @events: port events of the device
 * @port_work: ends endpoints whose port was down for too long
 */
struct iser_device {
	struct list_head	node;
	struct ib_device	*ibdev;
	struct iser_dev_limits	limits;
	refcount_t		refs;
	struct completion	idle;
	spinlock_t		lock;		/* @removing, @eps */
	bool			removing;
	struct list_head	eps;
	struct ib_event_handler	events;
	struct delayed_work	port_work;
};

/**
 * struct iser_recv_pool - receive buffers of one geometry
 * @ep: endpoint
 * @count: buffers
 * @head_len: bytes of the first scatter element; 76, or a whole slot
 * @slot_len: bytes of a slot in @pages; header and tail live there
 * @chunk_len: bytes of a data chunk, 0 if the slot holds the data
 * @nr_chunks: data chunks of a buffer
 * @tail_len: bytes behind the last chunk, at offset ISER_RECV_TAIL of the slot
 * @batch: buffers that are reposted together
 * @special: with a buffer that comes back there is more to do than to post it:
 *	it needs a sync, or the pool is retired; rx_lock
 * @retired: buffers that come back are not posted again; rx_lock
 * @left: buffers that have not come back since; rx_lock
 * @recvs: the buffers
 * @pages: slots, mapped once
 * @page_addr: DMA addresses of @pages
 * @nr_pages: how many
 */
struct iser_recv_pool {
	struct iser_ep		*ep;
	u32			count;
	u32			head_len;
	u32			slot_len;
	u32			chunk_len;
	u32			nr_chunks;
	u32			tail_len;
	u32			batch;
	bool			special;
	bool			retired;
	u32			left;
	struct iser_recv	*recvs;
	void			**pages;
	u64			*page_addr;
	u32			nr_pages;
};

#define ISER_RECV_TAIL		128	/* offset of the tail in a slot */
#define ISER_TX_SGE_MAX		33	/* of a Send or an RDMA operation */
#define ISER_CHAIN_SENDS	15	/* with their elements 2 KiB */

/**
 * struct iser_tx - a Send from when it is built to the doorbell
 * @wr: its work request
 * @sge: its elements, the header first; what never changes is written once
 */
struct iser_tx {
	struct ib_send_wr	wr;
	struct ib_sge		sge[ISER_SEND_SGE_MAX];
};

/**
 * struct iser_reply - work requests of a target's response
 * @put: RDMA Write of data in chunks, in front of @send
 * @data: its elements
 * @send: the Send
 * @head: its element: headers and short data
 * @put_cqe: completion of @put, where it has one
 * @ep: endpoint, for @put_cqe
 *
 * What never changes is written once, the rest for each response under tx_lock.
 */
struct iser_reply {
	struct ib_rdma_wr	put;
	struct ib_sge		data[ISER_RECV_CHUNKS];
	struct ib_send_wr	send;
	struct ib_sge		head;
	struct ib_cqe		put_cqe;
	struct iser_ep		*ep;
};

/**
 * struct iser_ep - endpoint
 * @role: role's object; the first, see iser_ep_role()
 * @ref: one for the core until the stop work has finished, one for the role
 * @id: number for traces
 * @side: role
 * @ops: upcalls
 * @depth: commands asked for
 * @send_sge: scatter/gather elements asked for
 * @tx_lock: guards @state, @reason, the head of the ring, @sq_posted and the
 *	chain; taken with BH off from process and softirq context; innermost lock of ours
 * @state: see enum iser_ep_state
 * @reason: why it was stopped
 * @phase: what the decoder lets through
 * @wanted: the same, as iser_pdu_decode() takes it
 * @wait: woken when @state moves
 * @setup: held while a CM handler builds resources, so that the stop work
 *	sees all of them or none
 * @stop_work: the one teardown path
 * @drained: completed when ops->drained() has returned
 * @dead: completed when ops->terminated() has returned
 * @cm_id: connection manager id; the endpoint's until the stop work
 * @dev: device; a reference from attach to the end of the stop work
 * @dev_node: in @dev->eps
 * @dma_syncs: its memory is not where the CPU sees it, see iser_dma_has_syncs()
 * @port: its port number there
 * @port_down: jiffies since when its port is down, 0 if it is up; @dev->lock
 * @path: settings for the way to the peer; written before the connection is
 * @peer: address of the peer
 * @local: own address
 * @limits: of the device, a copy that outlives it
 * @plan: queue sizes
 * @pd: protection domain, not shared with any other connection
 * @cq: completion queue: of the device's pool (initiator), own (target), or that
 *	of @poll
 * @poll: a completion queue that is polled, or NULL; stays until the endpoint is
 *	freed
 * @qp: queue pair
 * @rw_sge: scatter/gather elements that its RDMA Reads and Writes take
 * @rw_mrs: it has MRs for rdma_rw; guarded by @setup
 * @remote_inv: Send-with-Invalidate was agreed at connect
 * @slots: send ring
 * @slot_pages: headers of the ring, mapped once
 * @slot_addr: DMA addresses of @slot_pages
 * @nr_slots: slots
 * @slots_ready: of these, how many have memory; @setup
 * @slot_head: free-running, next slot to post; @tx_lock
 * @slot_next: the slot itself
 * @slot_tail: free-running, oldest posted slot; CQ context
 * @slot_last: the slot itself
 * @slot_end: behind the last of @slots
 * @sq_posted: send queue entries posted, or taken by what hangs in @chain,
 *	free-running; @tx_lock
 * @sq_rung: of those, posted; @tx_lock
 * @sq_completed: entries known to be complete, free-running; CQ context
 * @sq_signalled: @sq_posted at the last signalled entry; @tx_lock
 * @sq_watch: role wants ops->sq_advanced()
 * @sq_kept: entries kept back, free-running: for the drain, and for the
 *	LOCAL_INV of each MR that was registered, until it is posted; @tx_lock
 * @sq_freed: entries that came back, free-running: completed, or kept for a
 *	LOCAL_INV that a remote invalidation has made needless; CQ context
 * @sq_busy: entries in use or kept beyond which every Send asks for a completion
 * @sq_signal_every: entries posted until a Send does so in any case
 * @chain: first work request that is built and not posted, or NULL; @tx_lock
 * @chain_last: last one, a Send; @tx_lock
 * @chain_timer: posts a chain that nobody posts
 * @tx: room for Sends that are not posted
 * @tx_next: the one the next Send uses; @tx_lock
 * @tx_end: the last one: its Send is not left unposted
 * @reply: a target's response, see there; NULL at an initiator
 * @bad_wr: where the device says what it refused; nobody looks
 * @buf_lock: guards @bufs
 * @bufs: iser_bufs that are mapped
 * @login: buffers for the login phase and discovery; NULL when they are used up
 * @full: buffers for full feature phase
 * @rx_lock: guards @rx_batch, @rx_batched, @rx_posted, and what is spare of
 *	chunks and extents
 * @bad_rx_wr: as @bad_wr
 * @rx_batch: buffers to repost, linked by wr.next
 * @rx_batched: how many
 * @rx_posted: receives posted, free-running
 * @rx_consumed: receives completed, free-running; CQ context
 * @chunks: places for spare data chunks, or NULL; memory like @mrs
 * @nr_chunks: how many have one; added to under @setup and @rx_lock
 * @max_chunks: how many may have one; @setup
 * @chunk_work: makes more spares
 * @spares: those of @chunks that nobody has taken, linked by next; @rx_lock
 * @nr_spares: how many; @rx_lock
 * @spares_gone: the device is gone, a chunk that comes back is freed; @rx_lock
 * @extents: all of them, for long data; @setup and @rx_lock
 * @nr_extents: how many; added to and taken from under @setup and @rx_lock
 * @max_extents: how many there may be
 * @extents_again: jiffies when to ask for memory once more; @setup
 * @extent_work: makes more
 * @extent_idle_work: frees those that were not needed
 * @spare_extents: those that no command has, linked by next; @rx_lock
 * @nr_spare_extents: how many; @rx_lock
 * @idle_extents: the fewest there were since the idle work looked; @rx_lock
 * @extents_gone: as @spares_gone
 * @mrs: one for each task of the initiator
 * @nr_mrs: how many
 */
struct iser_ep {
	void			*role;
	struct kref		ref;
	u32			id;
	enum iser_role		side;
	const struct iser_ep_ops *ops;
	u32			depth;
	u32			send_sge;

	spinlock_t		tx_lock;	/* state, posting of sends */
	enum iser_ep_state	state;
	enum iser_reason	reason;
	enum iser_phase		phase;
	u8			wanted;
	wait_queue_head_t	wait;

	struct mutex		setup;		/* building of resources */
	struct work_struct	stop_work;
	struct completion	drained;
	struct completion	dead;

	struct rdma_cm_id	*cm_id;
	struct iser_device	*dev;
	struct list_head	dev_node;
	bool			dma_syncs;
	u32			port;
	unsigned long		port_down;
	struct iser_path	path;
	struct sockaddr_storage	peer;
	struct sockaddr_storage	local;

	struct iser_dev_limits	limits;
	struct iser_plan	plan;
	struct ib_pd		*pd;
	struct ib_cq		*cq;
	struct iser_poll	*poll;
	struct ib_qp		*qp;
	u32			rw_sge;
	bool			rw_mrs;
	bool			remote_inv;

	struct iser_send	*slots;
	void			**slot_pages;
	u64			*slot_addr;
	u32			nr_slots;
	u32			slots_ready;
	u32			slot_head;
	u32			slot_tail;
	struct iser_send	*slot_next;
	struct iser_send	*slot_last;
	struct iser_send	*slot_end;
	u32			sq_posted;
	u32			sq_rung;
	u32			sq_completed;
	u32			sq_signalled;
	bool			sq_watch;
	u32			sq_kept;
	u32			sq_freed;
	u32			sq_busy;
	u32			sq_signal_every;
	struct ib_send_wr	*chain;
	struct ib_send_wr	*chain_last;
	struct timer_list	chain_timer;
	struct iser_tx		*tx;
	struct iser_tx		*tx_next;
	struct iser_tx		*tx_end;
	struct iser_reply	*reply;
	const struct ib_send_wr	*bad_wr;

	spinlock_t		buf_lock;	/* @bufs */
	struct list_head	bufs;

	struct iser_recv_pool	*login;
	struct iser_recv_pool	*full;
	spinlock_t		rx_lock;	/* posting of receives */
	const struct ib_recv_wr	*bad_rx_wr;
	struct ib_recv_wr	*rx_batch;
	u32			rx_batched;
	u32			rx_posted;
	u32			rx_consumed;

	struct iser_chunk	*chunks;
	u32			nr_chunks;
	u32			max_chunks;
	struct work_struct	chunk_work;
	struct iser_chunk	*spares;
	u32			nr_spares;
	bool			spares_gone;

	struct list_head	extents;
	u32			nr_extents;
	u32			max_extents;
	unsigned long		extents_again;
	struct work_struct	extent_work;
	struct delayed_work	extent_idle_work;
	struct iser_extent	*spare_extents;
	u32			nr_spare_extents;
	u32			idle_extents;
	bool			extents_gone;

	struct iser_mr		*mrs;
	u32			nr_mrs;
};

static_assert(!offsetof(struct iser_ep, role));

extern struct workqueue_struct *iser_wq;

/* fault.c */
#if defined(ISER_DEBUG) && defined(CONFIG_FAULT_INJECTION)
int iser_send_fault(struct iser_ep *ep, struct ib_send_wr *wr);
int iser_recv_fault(void);
enum rdma_cm_event_type iser_cm_fault(enum rdma_cm_event_type event);
void iser_fault_init(struct dentry *dir);
#else
static inline int iser_send_fault(struct iser_ep *ep, struct ib_send_wr *wr)
{
	return 0;
}

static inline int iser_recv_fault(void)
{
	return 0;
}

static inline enum rdma_cm_event_type
iser_cm_fault(enum rdma_cm_event_type event)
{
	return event;
}

static inline void iser_fault_init(struct dentry *dir)
{
}
#endif

/*
 * ib_post_send() and ib_post_recv() without the place on the stack that these
 * keep for an answer nobody looks at, and the stack protector's toll for it.
 */
static inline int iser_post_send(struct iser_ep *ep, struct ib_send_wr *wr)
{
	int err = iser_send_fault(ep, wr);

	if (err)
		return err;
	return ep->qp->device->ops.post_send(ep->qp, wr, &ep->bad_wr);
}

static inline int iser_post_recv(struct iser_ep *ep,
				 const struct ib_recv_wr *wr)
{
	int err = iser_recv_fault();

	if (err)
		return err;
	return ep->qp->device->ops.post_recv(ep->qp, wr, &ep->bad_rx_wr);
}

/**
 * iser_path_rnr_retry - how often to try when the peer has no receive posted
 * @ep: endpoint
 * @unset: what to say if the administrator has not
 *
 * Context: any.
 * Return: the count, for rdma_cm.
 */
static inline u8 iser_path_rnr_retry(const struct iser_ep *ep, u8 unset)
{
	return ep->path.rnr_retry_count == ISER_PATH_UNSET ?
	       unset : ep->path.rnr_retry_count;
}

/* dma.c */
#ifdef ISER_DEBUG
void iser_dma_ep_done(const struct iser_ep *ep);
void iser_dma_exit(void);
int iser_dma_show(struct seq_file *seq, void *unused);
#else
static inline void iser_dma_ep_done(const struct iser_ep *ep)
{
}

static inline void iser_dma_exit(void)
{
}
#endif

/* device.c */
int iser_device_init(void);
void iser_device_exit(void);
int iser_device_attach(struct iser_ep *ep, struct ib_device *ibdev);
void iser_device_detach(struct iser_ep *ep);

/* ep.c */
struct iser_ep *iser_ep_create(void);
void iser_ep_configure(struct iser_ep *ep, const struct iser_ep_config *config);
int iser_ep_setup(struct iser_ep *ep);
bool iser_ep_move(struct iser_ep *ep, enum iser_ep_state to);
void iser_ep_stop_locked(struct iser_ep *ep, enum iser_reason reason);
void iser_ep_apply_path(struct iser_ep *ep);

/* path.c */
int iser_path_init(void);
void iser_path_exit(void);
void iser_path_get(const struct sockaddr_storage *peer, struct iser_path *path);

/* accept.c */
int iser_listen_init(void);
void iser_listen_exit(void);

/* cm.c */
int iser_cm_handler(struct rdma_cm_id *id, struct rdma_cm_event *event);

/* connect.c */
void iser_connect_addr_resolved(struct iser_ep *ep);
void iser_connect_route_resolved(struct iser_ep *ep);
void iser_connect_established(struct iser_ep *ep, struct rdma_cm_event *event);

/* recv.c */
int iser_recv_setup(struct iser_ep *ep);
void iser_recv_teardown(struct iser_ep *ep);
void *iser_recv_map(struct iser_ep *ep, u32 len, enum dma_data_direction dir,
		    gfp_t gfp, u64 *addr);

/* poll.c */
struct ib_cq *iser_poll_create(struct iser_ep *ep, struct ib_device *ibdev);
void iser_poll_destroy(struct iser_ep *ep);
void iser_poll_free(struct iser_ep *ep);

/* chunk.c: the device writes to a chunk, or reads one that is borrowed. */
#define ISER_CHUNK_DIR		DMA_BIDIRECTIONAL
void iser_chunk_grow_work(struct work_struct *work);
void iser_chunk_teardown(struct iser_ep *ep);

/* extent.c */
void iser_extent_init(struct iser_ep *ep);
void iser_extent_teardown(struct iser_ep *ep);
void iser_extent_exit(struct iser_ep *ep);

/* send.c */
int iser_send_setup(struct iser_ep *ep);
void iser_send_quiesce(struct iser_ep *ep);
int iser_sq_put_kept(struct iser_ep *ep, struct ib_send_wr *wr, u32 *end);
void iser_send_flush(struct iser_ep *ep);
void iser_send_teardown(struct iser_ep *ep);
void iser_buf_teardown(struct iser_ep *ep);

/* mr.c */
void iser_mr_teardown(struct iser_ep *ep);

#endif /* ISER_INTERNAL_H */
