/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to ib_isert: portal, connection and command of the iSER target
 * transport, between LIO (iscsi_target_mod) above and iser_core below.
 */
#ifndef ISERT_H
#define ISERT_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/percpu-refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <rdma/rw.h>
#include <target/target_core_base.h>
#include <target/target_core_fabric.h>
#include <target/iscsi/iscsi_transport.h>

#include "iser.h"

/*
 * Connections of one portal that LIO has not got: before their first Login PDU,
 * or waiting for the portal thread. Each costs a queue pair and two login
 * buffers, so a portal has so many, and so many of them from one address. Where
 * there is no room for another one, the oldest that has been silent for longer
 * than a login takes to begin makes room; else the peer is refused. Those that
 * have begun wait for LIO in turns, one of each address. So a flood takes places
 * and turns from itself, and an honest peer finds one; unless the flood has many
 * addresses (two fill a portal), which on InfiniBand and RoCE are what the peer
 * says. Nobody waits for longer than the time limit.
 */
#define ISERT_HALF_OPEN_MAX	512
#define ISERT_HALF_OPEN_SOURCE	256
#define ISERT_HALF_OPEN_SILENCE	HZ
#define ISERT_HALF_OPEN_TIMEOUT	(15 * HZ)

/* The same for those that have said something, and have not been LIO's turn yet. */
#define ISERT_READY_TIMEOUT	(30 * HZ)

/*
 * A Login Response that has not arrived by then never will. A peer on a machine that
 * is busy may take seconds, which harms nobody, unless another one waits for the end
 * of the login.
 */
#define ISERT_LOGIN_SEND_TIMEOUT (15 * HZ)
/* That is how long then, and how long for the notice that the connection ends. */
#define ISERT_SEND_PATIENCE	(2 * HZ)

/*
 * LIO lets one login of a target portal group proceed at a time. A peer that
 * stops in the middle gives way after this long when another one waits, or when
 * the portal is to go; when nobody waits, LIO's own timer ends it.
 */
#define ISERT_LOGIN_PATIENCE	HZ
/* The same for all that a login waits for its peer, one pause after the other. */
#define ISERT_LOGIN_BUDGET	(4 * HZ)
/*
 * When only others of the same source wait: an initiator with many sessions to log
 * in, which is slow, would go on ending one for another.
 */
#define ISERT_LOGIN_PATIENCE_OWN (5 * HZ)

/*
 * A command window that is closed although there is room is opened by a NOP-In
 * when no response has done it after this long.
 */
#define ISERT_WINDOW_PATIENCE	max(HZ / 100, 1)

/* Commands a portal's queue pairs are sized for until a session says more. */
#define ISERT_DEPTH_DEFAULT	64

/*
 * Spare chunks of a connection: for commands whose data, of a WRITE that was
 * received with it, or of a READ, is in one. The next one's is copied, or moved
 * by rdma_rw. READs that are answered keep theirs until the send queue's next
 * completion, which is the share that does not depend on the depth. A session
 * begins with what one that does little needs.
 */
#define ISERT_SPARES_MAX	40
#define ISERT_SPARES_SENT	(ISER_SIGNAL_EVERY / 2)
#define ISERT_SPARES_IDLE	(ISERT_SPARES_SENT + 4)

/* Data that fits chunks, and entries of the list that target core gets of it. */
#define ISERT_IN_PLACE_DATA	(ISER_RECV_CHUNKS * ISER_RECV_CHUNK)
#define ISERT_IN_PLACE_ENTRY	(PAGE_SIZE < ISER_RECV_CHUNK ? \
				 (u32)PAGE_SIZE : ISER_RECV_CHUNK)
#define ISERT_IN_PLACE_ENTRIES	(ISERT_IN_PLACE_DATA / ISERT_IN_PLACE_ENTRY)

/*
 * Extents of a connection, for longer data: of 8 commands of 256 KiB, or of 2 of
 * a megabyte. What finds none is moved by rdma_rw.
 */
#define ISERT_EXTENTS_MAX	32

/* Scatter/gather elements of a Send or RDMA Write; clamped to the device. */
#define ISERT_SEND_SGE		16

/*
 * Data bytes in a PDU to an initiator of which nothing better is known: the
 * in-tree initiator posts no more, whatever it negotiates.
 */
#define ISERT_SAFE_DATA		128

/*
 * The longest pair of LIO's text, a TargetName, fits; what is longer than an
 * initiator takes is cut here (isert_rsp_text()).
 */
#define ISERT_TEXT_DATA		512

/**
 * struct isert_portal - a network portal (np->np_context)
 * @np: LIO's portal
 * @listener: listener of the shared layer, NULL if the port is taken
 * @iwarp_listener: the one at the port offset for iWARP, or NULL
 * @lock: guards the lists, @nr_waiting and @in_login
 * @silent: connections whose first PDU has not arrived
 * @ready: connections for accept_np
 * @nr_waiting: length of @silent and @ready, without those that make room
 * @wait: for accept_np and for free_np
 * @in_login: connection accept_np gave to LIO last; a reference
 * @yield_work: ends stalled logins while others wait, or LIO does
 * @depth: commands to size the next queue pair for
 * @rcu: a terminating connection may still look at @lock
 */
struct isert_portal {
	struct iscsi_np		*np;
	struct iser_listener	*listener;
	struct iser_listener	*iwarp_listener;
	spinlock_t		lock;		/* lists, @in_login */
	struct list_head	silent;
	struct list_head	ready;
	u32			nr_waiting;
	wait_queue_head_t	wait;
	struct isert_conn	*in_login;
	struct delayed_work	yield_work;
	u32			depth;
	struct rcu_head		rcu;
};

/**
 * enum isert_stage - how far LIO has come with a connection; forward only
 * @ISERT_SILENT: no PDU yet, in the portal's silent list
 * @ISERT_READY: first Login PDU is here, in the portal's ready list
 * @ISERT_LOGIN_NP: LIO's portal thread has it; login_work may not be queued
 * @ISERT_LOGIN_WORK: the portal thread has left it; login_work may be queued
 * @ISERT_COMPLETE: the final response is parked
 * @ISERT_FULL: the RX kthread sleeps in get_rx_pdu
 * @ISERT_CLOSING: LIO has called wait_conn
 */
enum isert_stage {
	ISERT_SILENT,
	ISERT_READY,
	ISERT_LOGIN_NP,
	ISERT_LOGIN_WORK,
	ISERT_COMPLETE,
	ISERT_FULL,
	ISERT_CLOSING,
};

/*
 * Longest data segment the target makes for an initiator that keeps its word:
 * an order-1 buffer (iser_buf_alloc()).
 */
#define ISERT_SEND_DATA		8192

/**
 * enum isert_hello - may the next message be a Hello (RFC 7145 section 5.1.3)
 * @ISERT_HELLO_MAY: the first message may; initiators built to RFC 5046 send
 *	one without a word about it
 * @ISERT_HELLO_MUST: the first message must: iSERHelloRequired=Yes
 * @ISERT_HELLO_OVER: no: the first message was here, or the initiator said No
 */
enum isert_hello {
	ISERT_HELLO_MAY,
	ISERT_HELLO_MUST,
	ISERT_HELLO_OVER,
};

/* Rejects and Asynchronous Messages that are counted, at most. */
#define ISERT_UNASKED_MAX	16

/**
 * struct isert_unasked - PDUs that nobody asked for, see unasked.c; tx_lock
 * @max: how many may be outstanding beside a ping; 0: they are not counted
 * @statsn: those that are, @tail to @head
 * @head: free-running
 * @tail: free-running
 * @ping: a NOP-In that asks for an answer is outstanding, one at a time
 * @held: commands whose Reject waits for ExpStatSN to move
 * @nr_held: length of @held
 */
struct isert_unasked {
	u32			max;
	u32			statsn[ISERT_UNASKED_MAX];
	u32			head;
	u32			tail;
	bool			ping;
	struct list_head	held;
	u32			nr_held;
};

/**
 * struct isert_conn - a connection (conn->context)
 * @ref: one for the endpoint until ops->terminated(), one for LIO from
 *	accept_np to free_conn, one for the portal's @in_login
 * @ep: endpoint; a reference
 * @portal: valid in stages SILENT and READY
 * @node: in the portal's lists
 * @arrived: jiffies of the connection request
 * @evicted: was ended to make room, is not counted any more; portal->lock
 * @wait_timer: ends a connection that LIO does not get in time
 * @lio: LIO's connection, from accept_np to free_conn
 * @lock: guards @stage, @gone, @login_recv, @login_busy, @login_sending,
 *	@login_answered, @login_silent, @exec_list, @retry_list
 * @stage: see enum isert_stage
 * @gone: ops->terminated() was called
 * @login_recv: a Login PDU LIO has not taken yet
 * @login_node: in the list of logins that are with LIO, under its lock
 * @login_np: portal of the login, for comparison only
 * @login_busy: LIO has a Login PDU and has not answered it
 * @login_sending: an answer is on its way
 * @login_answered: jiffies of the last answer, or of one that is on its way
 * @login_silent: jiffies between answers and the PDUs that followed them, in all
 * @wait: for wait_conn and get_rx_pdu
 * @final: parked final response
 * @final_len: its data, bytes
 * @final_data: mapped data of it, or NULL
 * @final_parked: it waits for get_rx_pdu
 * @rx_work: hands PDUs and fetched data to LIO, one at a time
 * @retry_work: queues @rx_work a little later
 * @rx_queue: PDUs that have arrived, the latest first
 * @rx_todo: PDUs that @rx_work has taken from there, in order of arrival; its own
 * @bhs: BHS of the PDU that it handles; its own
 * @exec_list: commands of which a slice of data has been moved
 * @retry_list: commands whose data could not be mapped for want of memory
 * @starved: @rx_work waits for a command tag
 * @ahs_buf: BHS and AHS in one piece, for LIO; made when first needed
 * @max_data: data bytes that may be put into a PDU to the peer. This and the
 *	next three are constant from full feature phase on.
 * @reserve: receives that the command window leaves alone
 * @cmd_pdus: receives that a command may take, with its unsolicited Data-Outs
 * @remote_inv: responses invalidate STags
 * @keys: what the initiator has said in its login. This and the next four are
 *	of the login's thread or work until full feature phase, constant then.
 * @keys_new: keys that its last request declared, to be answered
 * @data_outs: LIO has said InitialR2T=No, so unsolicited Data-Outs may come
 * @rdma_asked: LIO has brought up RDMAExtensions, the answer is due
 * @text_goes_on: the last request's text was to be continued
 * @hello: may the next message be a Hello; @rx_work
 * @users: counts who uses mapped memory or a receive buffer; killed when the
 *	endpoint is drained, which waits for zero
 * @unused: @users has reached zero
 * @text: command of a text exchange the initiator may go on with, or NULL
 * @text_leaving: command whose Text Response, on its way, will make it @text
 * @tmf_list: task management commands whose response waits, see
 *	isert_cmd_tmf_ready()
 * @logout_seen: a Logout Request has arrived; there is only one
 * @stat_sn: StatSN of the next response; tx_lock
 * @max_cmdsn: MaxCmdSN advertised last; tx_lock
 * @window_work: opens a window that no response opens
 * @tx_wait: commands that wait for room in the send queue, in order; tx_lock
 * @unasked: PDUs that nobody asked for; tx_lock
 * @put_chain: data of the response being posted, mapped by rdma_rw; tx_lock
 * @put_cqe: completion of RDMA Writes that only say that they were sent
 * @signal_puts: every RDMA Write has a completion
 * @lends: an RDMA Write has elements for the data of a short READ, in chunks
 * @max_extents_len: bytes of a command's data that extents may have, 0 if the
 *	device cannot
 * @logout_work: runs LIO's post handler after the Logout Response
 * @logout_cmd: command for it
 * @logout_posted: the Logout Response was posted, @logout_work will run
 * @logout_closes: the post handler completes conn_logout_comp
 */
struct isert_conn {
	struct kref		ref;
	struct iser_ep		*ep;
	struct isert_portal	*portal;
	struct list_head	node;
	unsigned long		arrived;
	bool			evicted;
	struct delayed_work	wait_timer;
	struct iscsit_conn	*lio;

	spinlock_t		lock;		/* stage, lists of @rx_work */
	enum isert_stage	stage;
	bool			gone;
	struct iser_recv	*login_recv;
	struct list_head	login_node;
	struct iscsi_np		*login_np;
	bool			login_busy;
	bool			login_sending;
	unsigned long		login_answered;
	unsigned long		login_silent;
	wait_queue_head_t	wait;

	u8			final[ISER_BHS_LEN];
	u32			final_len;
	struct iser_buf		*final_data;
	bool			final_parked;

	struct work_struct	rx_work;
	struct delayed_work	retry_work;
	struct llist_head	rx_queue;
	struct llist_node	*rx_todo;
	u8			bhs[ISER_BHS_LEN] __aligned(8);
	struct list_head	exec_list;
	struct list_head	retry_list;
	bool			starved;
	struct iscsit_cmd	*text;
	struct iscsit_cmd	*text_leaving;
	struct list_head	tmf_list;
	bool			logout_seen;
	u8			*ahs_buf;
	u32			max_data;
	u32			reserve;
	u32			cmd_pdus;
	bool			remote_inv;
	struct iser_keys	keys;
	u8			keys_new;
	bool			data_outs;
	bool			rdma_asked;
	bool			text_goes_on;
	enum isert_hello	hello;

	struct percpu_ref	users;
	struct completion	unused;

	u32			stat_sn;
	u32			max_cmdsn;
	struct delayed_work	window_work;
	struct list_head	tx_wait;
	struct isert_unasked	unasked;
	struct iser_chain	put_chain;
	struct ib_cqe		put_cqe;
	bool			signal_puts;
	bool			lends;
	u32			max_extents_len;

	struct work_struct	logout_work;
	struct iscsit_cmd	*logout_cmd;
	bool			logout_posted;
	bool			logout_closes;
};

/**
 * enum isert_tx - what a command has on, or wants from, the send queue
 * @ISERT_TX_NONE: nothing
 * @ISERT_TX_GET: RDMA Reads
 * @ISERT_TX_PUT: RDMA Writes that are not the last of the command
 * @ISERT_TX_RSP: a response, with the last RDMA Writes in front
 * @ISERT_TX_ANSWER: nothing; it was a NOP-In, which the peer has and may answer
 */
enum isert_tx {
	ISERT_TX_NONE,
	ISERT_TX_GET,
	ISERT_TX_PUT,
	ISERT_TX_RSP,
	ISERT_TX_ANSWER,
};

/**
 * struct isert_xfer - the data phase of a command, moved slice by slice
 * @sg: first entry not moved yet
 * @nents: entries from there on
 * @slice: entries of the slice that is mapped, 0 if none is
 * @addr: remote address that belongs to @sg
 * @rkey: STag
 * @dir: DMA_FROM_DEVICE: Get_Data, DMA_TO_DEVICE: Put_Data
 * @own_sg: list of our own that @sg points into, or NULL
 */
struct isert_xfer {
	struct scatterlist	*sg;
	u32			nents;
	u32			slice;
	u64			addr;
	u32			rkey;
	enum dma_data_direction	dir;
	struct scatterlist	*own_sg;
};

/**
 * struct isert_cmd - private part of a LIO command
 * @conn: connection; NULL until we have used a command that LIO allocated
 * @write_stag: STag to read from, valid if @wsv
 * @write_base: Base Offset of @write_stag
 * @put: STag to write to and its Base Offset, valid if @rsv; and the data, where it
 *	is in @chunk
 * @unsolicited: data bytes that came with the command or will come unasked
 * @wsv: from the iSER header
 * @rsv: from the iSER header
 * @tx: what is on the send queue or waits for it
 * @node: in tx_wait, held, exec_list or retry_list
 * @xfer: data phase
 * @rw: mapped slice of @xfer, where the data is not in @extent
 * @rw_wrs: work requests of the slice
 * @puts: the response brings the data that is in @chunk
 * @status: the response is a SCSI Response; its BHS is built when it is posted
 * @cqe: completion of RDMA Reads, and of Writes without a response
 * @inv_rkey: STag that a SCSI Response invalidates, 0 for none
 * @end: send queue position behind them
 * @on_sq: they are on the send queue, or some are, and @cqe has not completed;
 *	see isert_data_take_off()
 * @bhs: any other response
 * @data: short data of the response, or NULL
 * @data_len: bytes of the response's data, without pad
 * @buf: mapped data of the response, or NULL
 * @text_at: bytes of LIO's text that earlier responses have brought
 * @chunk: where the data is, of a WRITE that was received with it or of a READ,
 *	unless target core has made memory for it; or NULL
 * @chunk_sg: its pages, for target core
 * @extent: where longer data is, unless target core has made memory for it; or
 *	NULL
 */
struct isert_cmd {
	struct isert_conn	*conn;
	u32			write_stag;
	u64			write_base;
	struct iser_put		put;
	u32			unsolicited;
	bool			wsv;
	bool			rsv;
	enum isert_tx		tx;
	struct list_head	node;
	struct isert_xfer	xfer;
	struct rdma_rw_ctx	rw;
	u32			rw_wrs;
	bool			puts;
	bool			status;
	u32			inv_rkey;
	struct ib_cqe		cqe;
	u32			end;
	atomic_t		on_sq;
	u8			bhs[ISER_BHS_LEN];
	const void		*data;
	u32			data_len;
	struct iser_buf		*buf;
	u32			text_at;
	struct iser_chunk	*chunk;
	struct scatterlist	chunk_sg[ISERT_IN_PLACE_ENTRIES];
	struct iser_extent	*extent;
};

extern struct workqueue_struct *isert_wq;
extern struct workqueue_struct *isert_logout_wq;
extern struct workqueue_struct *isert_rx_wq;
extern unsigned int isert_iwarp_port_offset;

/**
 * isert_cmd_lio - LIO's part of a command
 * @icmd: our part, which LIO allocates behind it
 *
 * Context: any.
 * Return: the command; iscsit_priv_cmd() is the way back.
 */
static inline struct iscsit_cmd *isert_cmd_lio(struct isert_cmd *icmd)
{
	return (struct iscsit_cmd *)icmd - 1;
}

/**
 * isert_conn_use - may I touch buffers and mappings of the connection
 * @conn: connection
 *
 * Context: any.
 * Return: true: yes, until isert_conn_unuse(); false: it is drained.
 */
static inline bool isert_conn_use(struct isert_conn *conn)
{
	return percpu_ref_tryget_live(&conn->users);
}

/**
 * isert_conn_unuse - end of isert_conn_use()
 * @conn: connection
 *
 * Context: any.
 */
static inline void isert_conn_unuse(struct isert_conn *conn)
{
	percpu_ref_put(&conn->users);
}

/**
 * isert_cmd_is_stranded - is it answered while its data is still waited for
 * @cmd: command
 *
 * LIO may answer a WRITE whose data it is still waiting for, when unsolicited
 * data breaks its rules. Target core keeps its reference then, and only the end
 * of the connection gives it back, for a command that is on the list. An abort
 * does not: it waits for the data as well. A command that target core answers because
 * of an abort looks alike, but its status says so, and core drops its reference.
 *
 * Context: any.
 * Return: true if so.
 */
static inline bool isert_cmd_is_stranded(const struct iscsit_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;

	return unlikely(se_cmd->t_state == TRANSPORT_WRITE_PENDING) &&
	       cmd->iscsi_opcode == ISCSI_OP_SCSI_CMD &&
	       cmd->data_direction == DMA_TO_DEVICE &&
	       se_cmd->scsi_status != SAM_STAT_TASK_ABORTED;
}

/**
 * isert_cmd_unlink - take a command off LIO's list, if it is there
 * @cmd: command
 *
 * Context: any but hard interrupts.
 */
static inline void isert_cmd_unlink(struct iscsit_cmd *cmd)
{
	struct iscsit_conn *lio = cmd->conn;

	/* Only LIO and we take it off; whoever did was here before. */
	if (list_empty(&cmd->i_conn_node))
		return;
	spin_lock_bh(&lio->cmd_lock);
	list_del_init(&cmd->i_conn_node);
	spin_unlock_bh(&lio->cmd_lock);
}

void isert_data_done(struct ib_cq *cq, struct ib_wc *wc);

/**
 * isert_cmd_init - prepare the private part of a LIO command
 * @icmd: zeroed private part
 * @conn: connection
 *
 * Context: any.
 */
static inline void isert_cmd_init(struct isert_cmd *icmd,
				  struct isert_conn *conn)
{
	icmd->conn = conn;
	icmd->cqe.done = isert_data_done;
	INIT_LIST_HEAD(&icmd->node);
}

void isert_cmd_post_tmfs(struct isert_conn *conn);

/**
 * isert_cmd_recheck_tmfs - task management responses may have waited for this
 * @conn: connection on which a response was posted, or waits for room
 *
 * Context: process.
 */
static inline void isert_cmd_recheck_tmfs(struct isert_conn *conn)
{
	if (unlikely(!list_empty_careful(&conn->tmf_list)))
		isert_cmd_post_tmfs(conn);
}

/* portal.c */
int isert_portal_setup(struct iscsi_np *np, struct sockaddr_storage *addr);
void isert_portal_free(struct iscsi_np *np);
int isert_portal_accept(struct iscsi_np *np, struct iscsit_conn *lio);
void isert_portal_first_pdu(struct isert_conn *conn);
void isert_portal_forget(struct isert_conn *conn);
void isert_portal_login_over(struct isert_conn *conn);
void isert_portal_learn_depth(struct iscsi_np *np, u32 depth);

/* conn.c */
struct isert_conn *isert_conn_alloc(struct isert_portal *portal,
				    struct iser_ep *ep);
void isert_conn_put(struct isert_conn *conn);
int isert_conn_prepare_full(struct isert_conn *conn);
void isert_conn_wait(struct iscsit_conn *lio);
void isert_conn_free(struct iscsit_conn *lio);
extern const struct iser_ep_ops isert_ep_ops;

/* login.c */
void isert_login_recv(struct isert_conn *conn, struct iser_recv *recv);
void isert_login_np_done(struct isert_conn *conn);
int isert_login_get_rx(struct iscsit_conn *lio, struct iscsi_login *login);
int isert_login_put_tx(struct iscsit_conn *lio, struct iscsi_login *login,
		       u32 len);
void isert_login_get_rx_pdu(struct iscsit_conn *lio);
int isert_login_validate(struct iscsit_conn *lio);

bool isert_login_is_discovery(const struct iscsit_conn *lio);

/* keys.c */
int isert_keys_request(struct isert_conn *conn, const struct iscsi_login *login,
		       u32 *len);
u32 isert_keys_response(struct isert_conn *conn,
			const struct iscsi_login_rsp *rsp, char *text, u32 len);
bool isert_keys_agreed(const struct isert_conn *conn);
u32 isert_keys_recv_data(const struct isert_conn *conn);
u32 isert_keys_data_outs(const struct isert_conn *conn, u32 burst, u32 recv);
void isert_keys_apply(struct isert_conn *conn);
bool isert_keys_hello_fits(const struct isert_conn *conn,
			   const struct iser_pdu *pdu);
int isert_keys_hello(struct isert_conn *conn, const struct iser_pdu *pdu);
u32 isert_keys_before_base(const struct isert_cmd *icmd);

/* rx.c */
void isert_rx_recv(struct iser_ep *ep, struct iser_recv *recv);
void isert_rx_fetched(struct isert_cmd *icmd);
void isert_rx_retry(struct isert_cmd *icmd);
void isert_rx_wake(struct isert_conn *conn);
void isert_rx_room(struct isert_conn *conn);
void isert_rx_work(struct work_struct *work);
void isert_rx_retry_work(struct work_struct *work);

/* cmd.c */
void isert_cmd_post(struct isert_cmd *icmd, enum isert_tx tx);
void isert_cmd_wait_locked(struct isert_conn *conn, struct isert_cmd *icmd);
void isert_cmd_retry_locked(struct isert_conn *conn, struct list_head *list);
void isert_cmd_sq_advanced(struct isert_conn *conn);
void isert_cmd_drop(struct isert_cmd *icmd);
void isert_cmd_over(struct isert_cmd *icmd);
void isert_cmd_end_all(struct iscsit_conn *lio);
void isert_cmd_release(struct iscsit_cmd *cmd);
void isert_cmd_remove(struct iscsit_cmd *cmd);
void isert_cmd_post_tmf(struct isert_cmd *icmd);
void isert_cmd_sent(struct iser_ep *ep, struct iser_send *send, bool flushed);
void isert_cmd_aborted(struct iscsit_conn *lio, struct iscsit_cmd *cmd);

/* data.c */
int isert_data_get(struct iscsit_conn *lio, struct iscsit_cmd *cmd,
		   bool recovery);
int isert_data_put(struct iscsit_conn *lio, struct iscsit_cmd *cmd);
u32 isert_data_slice_max(const struct isert_conn *conn);
int isert_data_prepare_mrs(struct isert_conn *conn);
void isert_data_start(struct isert_cmd *icmd);
void isert_data_end(struct isert_cmd *icmd);
bool isert_data_take_off(struct isert_cmd *icmd);
bool isert_data_take(struct isert_cmd *icmd, struct iser_recv *recv);
void isert_data_lend(struct isert_cmd *icmd);
void isert_data_return(struct isert_cmd *icmd);
void isert_data_next(struct isert_cmd *icmd);
void isert_data_prepare(struct isert_conn *conn);
struct ib_send_wr *isert_data_link(void *arg, struct ib_send_wr *send);
int isert_data_post_locked(struct isert_conn *conn, struct isert_cmd *icmd);

/* alive.c */
void isert_alive_watch(struct isert_conn *conn);

/* unasked.c */
void isert_unasked_init(struct isert_conn *conn);
void isert_unasked_apply(struct isert_conn *conn);
bool isert_unasked_fits_locked(const struct isert_conn *conn);
void isert_unasked_sent_locked(struct isert_conn *conn, u32 statsn);
bool isert_unasked_hold_locked(struct isert_conn *conn,
			       struct isert_cmd *icmd);
bool isert_unasked_ping_locked(struct isert_conn *conn);
void isert_unasked_ask(struct isert_conn *conn);
void isert_unasked_arrived(struct isert_conn *conn,
			   const struct iser_recv *recv);
bool isert_unasked_takes(struct isert_conn *conn,
			 const struct iscsi_nopout *hdr);

/* rsp.c */
void isert_rsp_window(struct isert_conn *conn, u8 *bhs);
bool isert_rsp_post_nop_locked(struct isert_conn *conn, u32 ttt);
void isert_rsp_announce_end(struct isert_conn *conn);
void isert_rsp_watch_window(struct isert_conn *conn);
void isert_rsp_window_work(struct work_struct *work);
int isert_rsp_post_locked(struct isert_conn *conn, struct isert_cmd *icmd);
void isert_rsp_respond(struct isert_cmd *icmd);
int isert_rsp_status(struct iscsit_conn *lio, struct iscsit_cmd *cmd);
int isert_rsp_response_queue(struct iscsit_conn *lio, struct iscsit_cmd *cmd,
			     int state);
int isert_rsp_immediate_queue(struct iscsit_conn *lio, struct iscsit_cmd *cmd,
			      int state);

#endif /* ISERT_H */
