/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A user-space iSER peer that may say anything.
 *
 * iser-peer plays the initiator against a kernel iSER target (or, with
 * --listen, a target against a kernel initiator) over librdmacm and libibverbs,
 * and sends whatever bytes a case asks for, in any order. It has its own
 * encoder, written from the RFCs and not from common/, so that a mistake in the
 * modules is not mirrored by their judge.
 *
 *	make -C tests/peer				# build/iser-peer
 *	iser-peer --list
 *	iser-peer --target 192.0.2.1 --iqn iqn.2026-01.org.example:disk
 *	iser-peer --target 192.0.2.1 --iqn IQN --case login/ --case cm/rep-bits-follow-req
 *	iser-peer --listen 192.0.2.2 --iqn IQN --case target/unknown-itt
 *
 * A --case that ends in a slash stands for its whole group.
 *
 * Output is KTAP with a plan, one line a case, the reason of a failure in a
 * diagnostic line above it. Exit status: 0 all well, 1 a case failed, 2 usage.
 * Each case runs in a process of its own, so one that hangs or leaks cannot
 * spoil the next; afterwards an honest login, TEST UNIT READY and READ of one
 * block prove that the target still serves others.
 *
 * What the target must offer: a LUN 0 of at least 2 MiB that may be written,
 * demo mode or an ACL for --initiator, no CHAP; for portals/, the same portal
 * group at the next port, too.
 *
 * Layers, bottom up, each calling only downwards:
 *
 *	peer.c		one RDMA connection: connect or accept, send and receive
 *			bytes, regions to advertise, how it ended
 *	pdu.c		bytes of an iSER message, from and to numbers
 *	session.c	iSCSI login and the exchanges of an honest initiator
 *	case_*.c	the cases, a table each
 *	target*.c	the target role and its misbehaviours
 *	main.c		options, one process a case, KTAP
 *
 * A case returns 0, or -1 after peer_fail() has noted why. Nothing is
 * multi-threaded: waiting means poll() on the completion channel and on the CM
 * event channel of one connection. What arrives is kept in order until asked
 * for; an end of the connection is a fact that is remembered, not an event
 * that can be missed.
 */
#ifndef ISER_PEER_H
#define ISER_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <infiniband/verbs.h>
#include <rdma/rdma_cma.h>

/* Private data a kernel initiator sends, and what it means (a bit says no). */
#define PEER_CM_NO_ZBVA		0x80
#define PEER_CM_NO_INV		0x40

#define PEER_MSG_MAX		(64 * 1024)

/**
 * struct peer_params - how to connect or accept
 * @host: numeric address of the target, or to listen on
 * @port: TCP-space port number
 * @source: numeric address of ours to connect from, or NULL
 * @priv: private data of the REQ or REP
 * @priv_len: its length, 0..56 (REQ), 0..196 (REP)
 * @ird: RDMA Reads we serve
 * @ord: RDMA Reads we would issue
 * @retry: transport retries
 * @rnr_retry: retries when the receiver has no buffer; 7 is for ever
 * @recvs: receives kept posted
 * @recv_size: bytes of each
 * @sends: send slots
 * @send_size: bytes of each
 * @timeout_ms: patience with each step of connecting
 */
struct peer_params {
	const char	*host;
	uint16_t	port;
	const char	*source;
	uint8_t		priv[256];
	uint8_t		priv_len;
	uint8_t		ird;
	uint8_t		ord;
	uint8_t		retry;
	uint8_t		rnr_retry;
	unsigned int	recvs;
	size_t		recv_size;
	unsigned int	sends;
	size_t		send_size;
	int		timeout_ms;
};

/**
 * struct peer_msg - a received Send
 * @len: bytes that arrived
 * @invalidated: it was a Send-with-Invalidate
 * @inv_rkey: the key it named
 * @data: the bytes, zero-filled behind @len up to the headers' length
 */
struct peer_msg {
	uint32_t	len;
	bool		invalidated;
	uint32_t	inv_rkey;
	uint8_t		data[PEER_MSG_MAX];
};

/**
 * struct peer_region - memory the other end may reach
 * @buf: the bytes
 * @len: how many
 * @rkey: STag to advertise
 * @iova: Base Offset of the first byte
 * @mr: registration of @buf
 * @mw: memory window that lends @rkey, if remote invalidation must work
 * @next: the connection's other regions; all end with it
 */
struct peer_region {
	uint8_t		*buf;
	size_t		len;
	uint32_t	rkey;
	uint64_t	iova;
	struct ibv_mr	*mr;
	struct ibv_mw	*mw;
	struct peer_region *next;
};

enum peer_rc {
	PEER_OK		= 0,
	PEER_TIMEOUT	= 1,	/* nothing within the time */
	PEER_ENDED	= 2,	/* the connection is over and all is read */
	PEER_ERROR	= 3,	/* a call failed: our own trouble */
};

/**
 * struct peer - one connection
 *
 * The fields a case may look at; the rest belongs to peer.c.
 *
 * @established: the CM said so
 * @refused: the CM refused (@cm_status is its reason)
 * @disconnected: a DREQ, or the answer to ours, has come
 * @flushed: work requests come back unused: the QP is in its error state
 * @failed: a work completion failed first with this status
 * @failed_send: it was a send
 * @rep: private data of the REP or REQ as seen
 * @rep_len: its length
 * @sent: sends posted so far
 * @acked: sends completed without error
 * @deaf: set by a case: a receive that is used up is not posted again
 */
struct peer {
	bool			established;
	bool			refused;
	bool			disconnected;
	bool			flushed;
	enum ibv_wc_status	failed;
	bool			failed_send;
	int			cm_status;
	uint8_t			rep[256];
	uint8_t			rep_len;
	unsigned long		sent;
	unsigned long		acked;
	bool			deaf;

	struct peer_params	par;
	struct rdma_event_channel *ch;
	struct rdma_cm_id	*id;
	struct ibv_pd		*pd;
	struct ibv_cq		*cq;
	struct ibv_comp_channel	*cc;
	unsigned int		cq_events;
	struct ibv_mr		*rx_mr;
	uint8_t			*rx_buf;
	struct ibv_mr		*tx_mr;
	uint8_t			*tx_buf;
	unsigned long		tx_done;	/* sends completed, however */
	struct peer_arrival	*queue;		/* received, not yet asked for */
	unsigned int		q_head;
	unsigned int		q_len;
	int			last_event;	/* of the CM, while connecting */
	int			last_status;
	struct peer_region	*regions;
	bool			has_qp;
};

/* Why the last call or case failed; one line, kept until overwritten. */
int peer_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *peer_why(void);
void peer_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
extern int peer_verbose;
long peer_now_ms(void);

void peer_params_init(struct peer_params *par, const char *host, uint16_t port);

/* NULL: see peer_why(). peer_connect_start() only sends the REQ. */
struct peer *peer_connect(const struct peer_params *par);
struct peer *peer_connect_start(const struct peer_params *par);
int peer_connect_finish(struct peer *p);

/* The passive side: one listener, connections one after another. */
struct peer_listener;
struct peer_listener *peer_listen(const struct peer_params *par);
struct peer *peer_accept(struct peer_listener *l, int timeout_ms);
void peer_listen_end(struct peer_listener *l);

/* Say goodbye and wait for the answer; or vanish in the middle. */
void peer_close(struct peer *p);
void peer_drop(struct peer *p);

/* Send bytes as they are. The buffer is copied; waits only for a free slot. */
int peer_send(struct peer *p, const void *buf, size_t len);
int peer_send_inv(struct peer *p, const void *buf, size_t len, uint32_t rkey);
/* Several messages with one doorbell. */
struct peer_out {
	const void	*buf;
	size_t		len;
};

int peer_send_batch(struct peer *p, const struct peer_out *out, unsigned int n);
/* Send straight from a registered region, for what no slot can hold. */
int peer_send_region(struct peer *p, const struct peer_region *r, size_t len);
/* Wait until every send so far has completed. */
enum peer_rc peer_flush(struct peer *p, int timeout_ms);

enum peer_rc peer_recv(struct peer *p, struct peer_msg *msg, int timeout_ms);
/* Wait for the end; what arrives meanwhile stays queued. */
enum peer_rc peer_wait_end(struct peer *p, int timeout_ms);
bool peer_ended(const struct peer *p);
/* The other end had no receive posted for us, for longer than it may take. */
bool peer_starved(const struct peer *p);
const char *peer_how_ended(const struct peer *p);

/* RDMA Reads that the other end serves at a time; -1 if nobody can tell. */
int peer_reads_granted(struct peer *p);
/*
 * Is it iWARP? There an RDMA Write completes when it has left, a refused RDMA is
 * reported by a Terminate Message of the other end, and CM private data is as
 * long as it was given.
 */
bool peer_is_iwarp(const struct peer *p);
/* RDMA the other end's memory (target role). */
enum peer_rc peer_rdma(struct peer *p, enum ibv_wr_opcode op,
		       struct peer_region *local, size_t off, size_t len,
		       uint32_t rkey, uint64_t iova, int timeout_ms);
/*
 * Has peer_rdma(), which returned @rc, been let? A Write that has left over iWARP
 * says nothing: there the end of the connection tells.
 */
bool peer_rdma_let(const struct peer *p, enum ibv_wr_opcode op,
		   enum peer_rc rc);

/* access: IBV_ACCESS_*; a window is needed to receive Send-with-Invalidate. */
struct peer_region *peer_region(struct peer *p, size_t len, int access);
struct peer_region *peer_region_window(struct peer *p, size_t len, int access);
/* Withdraw it now; else it ends with the connection. */
void peer_region_end(struct peer *p, struct peer_region *r);

#endif /* ISER_PEER_H */
