/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the shared layer offers to the two roles, ib_iser and ib_isert.
 *
 * An endpoint is one connection attempt: a cm id, a protection domain, a queue
 * pair, its completion queue, receive buffers, a send ring and (initiator) an
 * MR for each task. It is never reused. Its state moves forward only, and
 * whatever ends it - a local close, the peer, a device that goes away, bad
 * bytes, a failed work request - ends it the same way:
 *
 *	iser_ep_stop()  any context: nobody posts any more, first reason wins
 *	   work:        disconnect, drain the queue pair
 *	   ops->drained()     role gives back what is mapped for the device
 *	   work:        QP, CQ, MRs, buffers, PD and cm id are destroyed
 *	   ops->terminated()  Connection_Terminate_Notify (RFC 5047)
 *
 * The memory of the endpoint stays until its last reference is put.
 *
 * Words follow RFC 5047: a role calls Send_Control (iser_send_post()), is
 * called with Control_Notify (ops->recv()), and hears of the end through
 * Connection_Terminate_Notify (ops->terminated()).
 */
#ifndef ISER_H
#define ISER_H

#include <linux/in6.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/scatterlist.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <rdma/ib_verbs.h>

#include "hdr.h"
#include "keys.h"
#include "limits.h"
#include "state.h"

struct iser_ep;
struct iser_listener;
struct iser_recv_pool;
struct net;

/**
 * enum iser_reason - why an endpoint was stopped; the first one is kept
 * @ISER_STOP_NONE: it was not
 * @ISER_STOP_LOCAL: the role closed it
 * @ISER_STOP_PEER: the peer disconnected
 * @ISER_STOP_REJECTED: the peer refused the connection
 * @ISER_STOP_UNREACHABLE: address, route or peer did not answer
 * @ISER_STOP_CM: another event of the connection manager
 * @ISER_STOP_ADDR_CHANGE: the local address moved to another device
 * @ISER_STOP_DEVICE: the device is going away
 * @ISER_STOP_WC: a work request completed with an error
 * @ISER_STOP_POST: a work request could not be posted
 * @ISER_STOP_BAD_CM: the peer's CM private data is wrong
 * @ISER_STOP_BAD_PDU: the decoder refused a message
 * @ISER_STOP_PROTOCOL: a well-formed message that breaks the protocol
 * @ISER_STOP_BAD_INVALIDATE: the peer invalidated a key it should not have
 * @ISER_STOP_RESOURCES: memory or queues could not be had
 * @ISER_STOP_TIMEOUT: the peer was silent for too long
 * @ISER_STOP_PORT: the device's port was down for longer than the grace time
 * @ISER_NR_REASONS: how many there are
 */
enum iser_reason {
	ISER_STOP_NONE,
	ISER_STOP_LOCAL,
	ISER_STOP_PEER,
	ISER_STOP_REJECTED,
	ISER_STOP_UNREACHABLE,
	ISER_STOP_CM,
	ISER_STOP_ADDR_CHANGE,
	ISER_STOP_DEVICE,
	ISER_STOP_WC,
	ISER_STOP_POST,
	ISER_STOP_BAD_CM,
	ISER_STOP_BAD_PDU,
	ISER_STOP_PROTOCOL,
	ISER_STOP_BAD_INVALIDATE,
	ISER_STOP_RESOURCES,
	ISER_STOP_TIMEOUT,
	ISER_STOP_PORT,
	ISER_NR_REASONS,
};

/**
 * struct iser_recv - a receive buffer and what arrived in it
 * @node: for the role, between ops->recv() and iser_recv_release()
 * @queued: the same, for a list without a lock
 * @hdr: iSER header and BHS, 76 contiguous bytes
 * @data: what lies behind byte 76: contiguous for at least 1,020 bytes, or up
 *	to @len
 * @len: bytes that arrived
 * @pdu: the message, decoded; valid because the verdict was ISER_OK or one
 *	that is answered with a Reject
 * @verdict: of the decoder
 * @invalidated: the peer's Send invalidated @rkey
 * @rkey: remote key that the peer invalidated, if it did
 * @hold: send queue position the initiator waits for before it delivers this
 * @role: for the role
 */
struct iser_recv {
	/* private: common/recv.c; in front, as completions point to it */
	struct ib_cqe		cqe;
	struct iser_ep		*ep;
	struct iser_recv_pool	*pool;

	/* public: */
	union {
		struct list_head	node;
		struct llist_node	queued;
	};
	void			*hdr;
	void			*data;
	u32			len;
	struct iser_pdu		pdu;
	enum iser_verdict	verdict;
	bool			invalidated;
	u32			rkey;
	u32			hold;
	void			*role;

	/* private: common/recv.c */
	struct ib_recv_wr	wr;
	struct ib_sge		sge[2 + ISER_RECV_CHUNKS];
	void			*chunk[ISER_RECV_CHUNKS];
};

/**
 * struct iser_chunk - memory of a receive buffer that a role has for itself
 * @mem: ISER_RECV_CHUNK bytes on a page boundary
 * @next: where the data goes on, or NULL
 */
struct iser_chunk {
	void			*mem;
	struct iser_chunk	*next;

	/* private: common/chunk.c */
	u64			addr;
	u32			len;
	bool			taken;
};

/**
 * struct iser_send - one slot of the send ring: a header mapped once
 * @buf: ISER_SEND_SLOT bytes: iSER header, BHS, short data
 * @done: called when the send queue has passed this slot, or NULL; CQ context
 *	of the endpoint (softirq at the initiator, kworker at the target), or
 *	the stop work for what was still outstanding; no lock held
 * @owner: for @done
 * @chunks: borrowed chunks that come back with the slot, or NULL
 *
 * Slots are used and given back in posting order. A slot may be written from
 * iser_send_get() to iser_send_post(), then again after it came round.
 */
struct iser_send {
	void			*buf;
	void			(*done)(struct iser_ep *ep,
					struct iser_send *send, bool flushed);
	void			*owner;
	struct iser_chunk	*chunks;

	/* private: common/send.c */
	struct ib_cqe		cqe;
	struct iser_ep		*ep;
	u64			addr;
	u32			end;
};

/**
 * enum iser_send_flags - how to submit a Send
 * @ISER_SEND_SIGNAL: a completion of its own is needed
 * @ISER_SEND_MORE: another Send follows at once, or iser_send_commit() does: one
 *	doorbell is enough for all
 */
enum iser_send_flags {
	ISER_SEND_SIGNAL	= 1,
	ISER_SEND_MORE		= 2,
};

#define ISER_SEND_SLOT		256
#define ISER_SEND_DATA		(ISER_SEND_SLOT - ISER_HEADERS_LEN)
/* Elements of a Send: the header, and 16 KiB that begin anywhere in a page. */
#define ISER_SEND_SGE_MAX	6

/**
 * enum iser_mr_state - what the peer can do with an MR's key
 * @ISER_MR_FREE: nothing, the key is invalid
 * @ISER_MR_MAPPED: nothing yet: pages are listed, REG_MR is not posted
 * @ISER_MR_REGISTERED: use it, from REG_MR to invalidation
 * @ISER_MR_INVALIDATING: LOCAL_INV is posted, not yet complete
 */
enum iser_mr_state {
	ISER_MR_FREE,
	ISER_MR_MAPPED,
	ISER_MR_REGISTERED,
	ISER_MR_INVALIDATING,
};

/**
 * struct iser_mr - memory of one task as the peer sees it (an STag)
 * @rkey: key to advertise; changes with each mapping
 * @base: Base Offset to advertise: iova of the first byte
 * @len: bytes covered
 * @state: see enum iser_mr_state; written under the endpoint's transmit lock
 *	or, from REGISTERED to FREE, by the receive handler that saw the remote
 *	invalidation
 * @owner: for the role: the task; NULL when nothing is mapped or about to be
 */
struct iser_mr {
	u32			rkey;
	u64			base;
	u32			len;
	enum iser_mr_state	state;
	void			*owner;

	/* private: common/mr.c */
	struct iser_ep		*ep;
	struct ib_mr		*mr;
	struct scatterlist	*sg;
	int			nents;
	int			mapped;
	enum dma_data_direction	dir;
	struct ib_cqe		reg_cqe;
	struct ib_cqe		inv_cqe;
	u32			inv_end;
	u32			send_end;
	struct ib_reg_wr	reg_wr;
};

#define ISER_PATH_UNSET		(-1)

/**
 * struct iser_path - how a connection is to behave on its way to the peer
 * @source: address to connect from; AF_UNSPEC: routing decides
 * @ack_timeout: exponent n of the time an acknowledgment may take,
 *	4.096 us * 2^n; or ISER_PATH_UNSET
 * @min_rnr_timer: code of the pause we ask for when we have no receive posted
 *	(InfiniBand volume 1, table "RNR NAK timer"), or ISER_PATH_UNSET
 * @tos: type of service, or ISER_PATH_UNSET; the active side's counts
 * @retry_count: retransmissions, 0 to 7; the active side's counts
 * @rnr_retry_count: tries when the peer has no receive posted, 7 for ever; or
 *	ISER_PATH_UNSET
 * @grace_ms: milliseconds a port may be down before the connection is ended
 * @poll_us: microseconds that iser_poll() looks for completions, 0 not at all;
 *	initiator
 */
struct iser_path {
	struct sockaddr_storage	source;
	int			ack_timeout;
	int			min_rnr_timer;
	int			tos;
	int			retry_count;
	int			rnr_retry_count;
	int			grace_ms;
	int			poll_us;
};

/**
 * struct iser_ep_ops - upcalls into a role
 * @recv: Control_Notify: a message arrived and the decoder did not find it
 *	worth ending the connection. The role owns @recv until
 *	iser_recv_release(). CQ context: softirq at the initiator, the
 *	connection's kworker at the target; never concurrent with itself for
 *	one endpoint; must not sleep.
 * @sq_advanced: send queue entries came back after iser_sq_watch(). CQ context.
 * @drained: no completion runs any more and the peer has no access. Give back
 *	everything that is mapped for the device; LIO's or libiscsi's objects
 *	may stay. Process context, may sleep, must not wait for I/O or user
 *	space.
 * @terminated: Connection_Terminate_Notify: device resources are gone. Process
 *	context. Called exactly once for every endpoint; last upcall.
 */
struct iser_ep_ops {
	void (*recv)(struct iser_ep *ep, struct iser_recv *recv);
	void (*sq_advanced)(struct iser_ep *ep);
	void (*drained)(struct iser_ep *ep);
	void (*terminated)(struct iser_ep *ep, enum iser_reason reason);
};

/**
 * struct iser_ep_config - what a role wants of an endpoint
 * @side: ISER_INITIATOR or ISER_TARGET
 * @ops: upcalls
 * @role: role's object, readable with iser_ep_role()
 * @depth: commands to size the queues for
 * @send_sge: scatter/gather elements of a send; clamped to the device
 */
struct iser_ep_config {
	enum iser_role			side;
	const struct iser_ep_ops	*ops;
	void				*role;
	u32				depth;
	u32				send_sge;
};

/* ---- main.c ---- */

/**
 * enum iser_object - what is counted from creation to destruction
 * @ISER_OBJ_DEVICE: devices in the registry
 * @ISER_OBJ_LISTENER: listeners
 * @ISER_OBJ_EP: endpoints
 * @ISER_OBJ_RECV: receive buffers
 * @ISER_OBJ_CHUNK: data chunks of receive buffers, spares included
 * @ISER_OBJ_EXTENT: extents of long data
 * @ISER_OBJ_SEND: slots of send rings
 * @ISER_OBJ_MR: memory regions
 * @ISER_OBJ_BUF: mapped buffers
 * @ISER_OBJ_ROLE: objects of the roles
 * @ISER_NR_OBJECTS: how many kinds there are
 */
enum iser_object {
	ISER_OBJ_DEVICE,
	ISER_OBJ_LISTENER,
	ISER_OBJ_EP,
	ISER_OBJ_RECV,
	ISER_OBJ_CHUNK,
	ISER_OBJ_EXTENT,
	ISER_OBJ_SEND,
	ISER_OBJ_MR,
	ISER_OBJ_BUF,
	ISER_OBJ_ROLE,
	ISER_NR_OBJECTS,
};

void iser_object_created(enum iser_object kind, unsigned int count);
void iser_object_destroyed(enum iser_object kind, unsigned int count);
void iser_flush(void);
void *iser_array_alloc(size_t count, size_t size);

/* ---- addr.c ---- */
bool iser_addr_match(const struct sockaddr_storage *a,
		     const struct sockaddr_storage *b, unsigned int prefix6);

/* ---- dma.c ---- */

/**
 * enum iser_dma - what is mapped for the device
 * @ISER_DMA_SEND: a page of send slots
 * @ISER_DMA_RECV: a page of receive slots, or a chunk
 * @ISER_DMA_EXTENT: a piece of an extent
 * @ISER_DMA_BUF: an iser_buf
 * @ISER_DMA_MR: data of a command with an STag
 * @ISER_DMA_INLINE: data that a Send carries
 * @ISER_DMA_RW: data that the target moves, mapped by rdma_rw
 * @ISER_NR_DMA: how many kinds there are
 */
enum iser_dma {
	ISER_DMA_SEND,
	ISER_DMA_RECV,
	ISER_DMA_EXTENT,
	ISER_DMA_BUF,
	ISER_DMA_MR,
	ISER_DMA_INLINE,
	ISER_DMA_RW,
	ISER_NR_DMA,
};

#ifdef ISER_DEBUG
void iser_dma_mapped(const struct iser_ep *ep, enum iser_dma kind, u64 at,
		     u32 len, enum dma_data_direction dir);
void iser_dma_used(const struct iser_ep *ep, enum iser_dma kind, u64 at,
		   u32 len, enum dma_data_direction dir);
void iser_dma_unmapped(const struct iser_ep *ep, enum iser_dma kind, u64 at,
		       u32 len, enum dma_data_direction dir);
#else
static inline void iser_dma_mapped(const struct iser_ep *ep, enum iser_dma kind,
				   u64 at, u32 len,
				   enum dma_data_direction dir)
{
}

static inline void iser_dma_used(const struct iser_ep *ep, enum iser_dma kind,
				 u64 at, u32 len, enum dma_data_direction dir)
{
}

static inline void iser_dma_unmapped(const struct iser_ep *ep,
				     enum iser_dma kind, u64 at, u32 len,
				     enum dma_data_direction dir)
{
}
#endif

/* ---- ep.c ---- */
void iser_ep_get(struct iser_ep *ep);
void iser_ep_put(struct iser_ep *ep);
void iser_ep_stop(struct iser_ep *ep, enum iser_reason reason);
void iser_ep_wait_drained(struct iser_ep *ep);
void iser_ep_wait_dead(struct iser_ep *ep);
enum iser_ep_state iser_ep_state(const struct iser_ep *ep);
const char *iser_reason_name(enum iser_reason reason);

/**
 * iser_ep_role - object the role gave at connect or accept
 * @ep: endpoint
 *
 * Asked for with each upcall; so it comes first in an endpoint.
 *
 * Context: any.
 * Return: config.role.
 */
static inline void *iser_ep_role(const struct iser_ep *ep)
{
	return *(void * const *)ep;
}

void iser_ep_set_phase(struct iser_ep *ep, enum iser_phase phase);
enum iser_phase iser_ep_phase(const struct iser_ep *ep);
void iser_ep_note_keys(const struct iser_ep *ep, const struct iser_keys *peer,
		       u32 send, u32 recv);
const struct iser_plan *iser_ep_plan(const struct iser_ep *ep);
u32 iser_ep_rw_sge(const struct iser_ep *ep);
const struct iser_dev_limits *iser_ep_limits(const struct iser_ep *ep);
int iser_ep_hold_device(struct iser_ep *ep,
			int (*fn)(struct ib_device *ibdev, void *arg),
			void *arg);
struct ib_qp *iser_ep_qp(const struct iser_ep *ep);
u32 iser_ep_port(const struct iser_ep *ep);
bool iser_ep_remote_inv(const struct iser_ep *ep);
const struct sockaddr_storage *iser_ep_peer(const struct iser_ep *ep);
const struct sockaddr_storage *iser_ep_local(const struct iser_ep *ep);
const struct iser_path *iser_ep_path(const struct iser_ep *ep);

/* ---- connect.c ---- */
struct iser_ep *iser_connect(struct net *net, const struct sockaddr *dst,
			     const struct iser_ep_config *config);
int iser_connect_wait(struct iser_ep *ep, int timeout_ms);

/* ---- accept.c ---- */

/**
 * struct iser_listen_ops - upcalls of a listener
 * @connect_request: a peer wants to connect; fill @config, keep a reference to
 *	@ep with iser_ep_get() if it is accepted. Return 0, or a negative errno
 *	to refuse it (-EBUSY: too many half-open connections, the peer may come
 *	back; -ESHUTDOWN: nobody listens here any more). CM context, setup mutex
 *	of @ep held, may sleep, must not wait for other connections. @ep may be
 *	stopped as soon as the role knows of it; upcalls come after the return.
 */
struct iser_listen_ops {
	int (*connect_request)(void *role, struct iser_ep *ep,
			       struct iser_ep_config *config);
};

struct net *iser_listen_net(void);
struct iser_listener *iser_listen(struct net *net,
				  const struct sockaddr_storage *addr,
				  const struct iser_listen_ops *ops,
				  void *role);
void iser_unlisten(struct iser_listener *listener);

/* ---- recv.c ---- */
int iser_recv_alloc_full(struct iser_ep *ep, u32 count, u32 data_len);
int iser_recv_post_full(struct iser_ep *ep);
void iser_recv_release(struct iser_recv *recv);
u32 iser_recv_posted(const struct iser_ep *ep);
void iser_recv_copy(const struct iser_recv *recv, u32 offset, void *to,
		    u32 len);
void *iser_recv_data(const struct iser_recv *recv);
u32 iser_recv_room(const struct iser_recv *recv);

/* ---- poll.c ---- */
bool iser_poll(struct iser_ep *ep, bool (*over)(void *arg), void *arg);

/* ---- chunk.c ---- */
int iser_chunk_alloc(struct iser_ep *ep, u32 count, u32 max);
struct iser_chunk *iser_chunk_take(struct iser_recv *recv);
struct iser_chunk *iser_chunk_borrow(struct iser_ep *ep, u32 len);
void iser_chunk_return(struct iser_ep *ep, struct iser_chunk *chunk);
void iser_chunk_return_all(struct iser_ep *ep);

/* ---- extent.c ---- */
#define ISER_EXTENT_LEN		65536U

struct iser_extent;

u32 iser_extent_allow(struct iser_ep *ep, u32 max);
struct iser_extent *iser_extent_borrow(struct iser_ep *ep, u32 len);
struct scatterlist *iser_extent_list(struct iser_extent *extent, u32 len,
				     u32 *nents);
struct ib_send_wr *iser_extent_wrs(struct iser_ep *ep,
				   struct iser_extent *extent, u32 len,
				   enum dma_data_direction dir, u64 addr,
				   u32 rkey, struct ib_cqe *cqe,
				   struct ib_send_wr *next);
void iser_extent_fetched(struct iser_ep *ep, const struct iser_extent *extent,
			 u32 len);
void iser_extent_return(struct iser_ep *ep, struct iser_extent *extent);
void iser_extent_return_all(struct iser_ep *ep);

/**
 * iser_extent_nr_wrs - entries of the send queue for iser_extent_wrs()
 * @len: bytes
 *
 * Context: any.
 * Return: how many.
 */
static inline u32 iser_extent_nr_wrs(u32 len)
{
	return DIV_ROUND_UP(len, ISER_EXTENT_LEN);
}

/* ---- send.c ---- */

/**
 * struct iser_buf - memory mapped for the device, for data that a slot of the
 * send ring does not hold
 * @node: private to common/send.c: in the endpoint's list while mapped
 * @mem: the memory, physically contiguous, at most order 1
 * @size: bytes of it
 * @sge: element for the whole of it; copy and shorten
 */
struct iser_buf {
	struct list_head node;
	void		*mem;
	u32		size;
	struct ib_sge	sge;
};

struct iser_buf *iser_buf_alloc(struct iser_ep *ep, u32 size);
void iser_buf_free(struct iser_ep *ep, struct iser_buf *buf);
void iser_buf_sync(struct iser_ep *ep, struct iser_buf *buf, u32 len);

void iser_tx_lock(struct iser_ep *ep);
void iser_tx_unlock(struct iser_ep *ep);
int iser_send_prepare(struct iser_ep *ep, bool all);
u32 iser_send_room(const struct iser_ep *ep);
struct iser_send *iser_send_get(struct iser_ep *ep, u32 wrs);
int iser_send_post(struct iser_ep *ep, struct iser_send *send, u32 len,
		   const struct ib_sge *data, u32 nr_data, bool signal);
int iser_send_submit_mr(struct iser_send *send, u32 len, struct iser_mr *mr,
			unsigned int flags, bool *sent);
int iser_send_submit_sg(struct iser_send *send, u32 len,
			const struct sg_table *data, u32 data_len,
			unsigned int flags, bool *sent);
int iser_send_submit_data(struct iser_send *send, u32 len,
			  const struct ib_sge *data, u32 nr_data,
			  struct iser_mr *mr, unsigned int flags);
void iser_send_commit(struct iser_ep *ep);

/**
 * iser_send_submit - iser_send_submit_data() without data
 * @send: slot
 * @len: bytes of the slot to send
 * @mr: mapped MR or NULL
 * @flags: of enum iser_send_flags
 *
 * Context: as iser_send_submit_data().
 * Return: as iser_send_submit_data().
 */
static inline int iser_send_submit(struct iser_send *send, u32 len,
				   struct iser_mr *mr, unsigned int flags)
{
	return iser_send_submit_data(send, len, NULL, 0, mr, flags);
}

/**
 * struct iser_chain - work requests to post in front of a Send
 * @wrs: how many
 * @link: return the first of them, the last one linked to @send
 * @arg: for @link
 */
struct iser_chain {
	u32			wrs;
	struct ib_send_wr	*(*link)(void *arg, struct ib_send_wr *send);
	void			*arg;
};

int iser_send_post_chain(struct iser_ep *ep, struct iser_send *send, u32 len,
			 const struct ib_sge *data, u32 nr_data,
			 u32 inv_rkey, const struct iser_chain *chain,
			 bool signal);

/**
 * struct iser_put - Put_Data in front of a response: data in borrowed chunks
 * @chunks: of iser_chunk_borrow(), filled
 * @len: bytes, no more than were borrowed
 * @rkey: STag to write to
 * @addr: where, from its Base Offset on
 */
struct iser_put {
	const struct iser_chunk	*chunks;
	u32			len;
	u32			rkey;
	u64			addr;
};

int iser_send_respond(struct iser_send *send, u32 len, u32 inv_rkey,
		      const struct iser_put *put, bool signal);
int iser_sq_post(struct iser_ep *ep, struct ib_send_wr *first, u32 wrs,
		 u32 *end);
void iser_sq_completed(struct iser_ep *ep, const struct ib_wc *wc, u32 end);
u32 iser_sq_room(const struct iser_ep *ep);
void iser_sq_watch(struct iser_ep *ep, bool on);
u32 iser_sq_signalled(struct iser_ep *ep);
bool iser_sq_passed(const struct iser_ep *ep, u32 position);
int iser_map_data(struct iser_ep *ep, struct scatterlist *sg, int nents,
		  enum dma_data_direction dir);
void iser_unmap_data(struct iser_ep *ep, struct scatterlist *sg, int nents,
		     enum dma_data_direction dir);
u32 iser_local_key(const struct iser_ep *ep);

/* ---- mr.c ---- */
int iser_mr_alloc_all(struct iser_ep *ep, u32 count, u32 max_pages);
u32 iser_mr_count(const struct iser_ep *ep);
struct iser_mr *iser_mr_at(const struct iser_ep *ep, u32 index);
int iser_mr_map(struct iser_mr *mr, struct scatterlist *sg, int nents,
		u32 skip, u32 len, enum dma_data_direction dir, void *owner);
int iser_mr_mapped(const struct iser_mr *mr);
bool iser_mr_remote_invalidated(struct iser_mr *mr, u32 rkey);
int iser_mr_end(struct iser_mr *mr, u32 rkey);
int iser_mr_invalidate(struct iser_mr *mr);
void iser_mr_release(struct iser_mr *mr);

/**
 * iser_mr_take - say what an MR is to map
 * @mr: free MR; of the calling task until iser_mr_release(), or until it could
 *	not be mapped
 * @sg: scatterlist whose first entry begins at the first byte
 * @nents: its entries
 * @len: bytes that the key covers
 * @dir: DMA_FROM_DEVICE: the target may only write (SCSI READ);
 *	DMA_TO_DEVICE: it may only read
 * @owner: for the role
 *
 * Context: any; atomic. The caller owns the task.
 * Return: 0, or -EBUSY if the last key is not dead yet.
 */
static inline int iser_mr_take(struct iser_mr *mr, struct scatterlist *sg,
			       int nents, u32 len, enum dma_data_direction dir,
			       void *owner)
{
	if (unlikely(mr->state != ISER_MR_FREE || mr->owner))
		return -EBUSY;
	mr->sg = sg;
	mr->nents = nents;
	mr->len = len;
	mr->dir = dir;
	WRITE_ONCE(mr->owner, owner);
	return 0;
}

int iser_rw_prepare(struct iser_ep *ep, u32 count, u32 entries);

#endif /* ISER_H */
