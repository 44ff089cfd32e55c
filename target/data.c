// SPDX-License-Identifier: GPL-2.0-only
/*
 * Put_Data and Get_Data (RFC 5047 sections 4.3 and 4.4), with the kernel's
 * rdma_rw or from memory of our own that is mapped.
 *
 * A data phase is moved in slices that fit a part of the send queue. All but
 * the last slice of a Put_Data, and every slice of a Get_Data, complete by
 * themselves; the connection's work then maps the next one. The last slice of a
 * Put_Data has the response chained behind it: the send queue keeps the order,
 * so the data is placed before the response is delivered (RFC 7145 7.3.3).
 *
 * Never an offset into a list: some devices place data wrongly for one that is
 * not a multiple of a page. Where the data does not begin at an entry, or ends
 * inside one, a list of our own says so.
 *
 * A mapped slice makes its command a user of the connection.
 *
 * A READ that fits chunks (common/chunk.c) has its data in these, if there are
 * spares (isert_data_lend()): memory that is mapped for as long as the
 * connection is. One RDMA Write in front of the response sends it, with nothing
 * to map or unmap, and the chunks are all that is waited for afterwards: they
 * belong to the slot of the response then, see isert_rsp_respond().
 *
 * Longer data, of a READ or of a WRITE of which nothing comes unsolicited, is in
 * extents (common/extent.c), if there are spares and the device can do it: these
 * are mapped, too. Such a command has one slice.
 *
 * Immediate data that is all there is to a WRITE is used where it was received
 * (isert_data_take()): target core gets the pages of the receive buffer, and
 * the buffer gets others (common/chunk.c). It is back on the receive queue
 * before the command is executed, as when the data is copied. The pages come
 * back when no back end can have them any more: target core responds, or calls
 * aborted_task, only after the back end has completed; and free_conn comes after
 * the last command.
 */
#include <linux/slab.h>

#include "isert.h"

/**
 * isert_data_slice_max - entries of one slice
 * @conn: connection
 *
 * A quarter of the send queue leaves room for others; and what would need more
 * than all of it could never be posted.
 *
 * Context: any.
 * Return: how many.
 */
u32 isert_data_slice_max(const struct isert_conn *conn)
{
	const struct iser_plan *plan = iser_ep_plan(conn->ep);

	return max(plan->send_wr / 4 * iser_ep_rw_sge(conn->ep), 1U);
}

static u32 isert_data_len(struct isert_cmd *icmd)
{
	return isert_cmd_lio(icmd)->se_cmd.data_length;
}

static void isert_data_unmap(struct isert_cmd *icmd)
{
	struct isert_xfer *xfer = &icmd->xfer;
	struct isert_conn *conn = icmd->conn;

	if (icmd->extent) {
		if (xfer->dir == DMA_FROM_DEVICE)
			iser_extent_fetched(conn->ep, icmd->extent,
					    isert_data_len(icmd));
	} else {
		rdma_rw_ctx_destroy(&icmd->rw, iser_ep_qp(conn->ep),
				    iser_ep_port(conn->ep), xfer->sg,
				    xfer->slice, xfer->dir);
		iser_dma_unmapped(conn->ep, ISER_DMA_RW, (uintptr_t)&icmd->rw,
				  xfer->slice, xfer->dir);
	}
	xfer->slice = 0;
	icmd->rw_wrs = 0;
	isert_conn_unuse(conn);
}

/**
 * isert_data_end - the data phase is over, or given up
 * @icmd: command that is not on the send queue
 *
 * Context: process, also with softirqs off.
 */
void isert_data_end(struct isert_cmd *icmd)
{
	if (icmd->xfer.slice)
		isert_data_unmap(icmd);
	if (unlikely(icmd->xfer.own_sg)) {
		kvfree(icmd->xfer.own_sg);
		icmd->xfer.own_sg = NULL;
	}
	icmd->xfer.nents = 0;
}

/* One transfer of the length that was announced. */
static bool isert_data_is_plain(const struct se_cmd *se_cmd)
{
	const u32 odd = SCF_OVERFLOW_BIT | SCF_UNDERFLOW_BIT | SCF_BIDI |
			SCF_COMPARE_AND_WRITE;

	return !(se_cmd->se_cmd_flags & odd);
}

static bool isert_data_is_whole(const struct se_cmd *se_cmd,
				const struct iser_recv *recv)
{
	/* Behind an AHS data does not begin on a page boundary. */
	return recv->pdu.data_len == se_cmd->data_length &&
	       recv->pdu.data_len <= ISERT_IN_PLACE_DATA &&
	       !recv->pdu.ahs_len && isert_data_is_plain(se_cmd);
}

/*
 * The command's data is in its chunks: @len bytes, not 0. LIO has zeroed the list
 * together with the command.
 */
static __always_inline void isert_data_use_chunks(struct isert_cmd *icmd,
						  u32 len)
{
	struct se_cmd *se_cmd = &isert_cmd_lio(icmd)->se_cmd;
	const struct iser_chunk *chunk = icmd->chunk;
	struct scatterlist *sg = icmd->chunk_sg;
	struct page *page = virt_to_page(chunk->mem);
	u32 end = ISER_RECV_CHUNK;

	/* A page an entry: what back ends know from target core. */
	while (unlikely(len > ISERT_IN_PLACE_ENTRY)) {
		sg_set_page(sg++, page++, ISERT_IN_PLACE_ENTRY, 0);
		len -= ISERT_IN_PLACE_ENTRY;
		end -= ISERT_IN_PLACE_ENTRY;
		if (end)
			continue;
		chunk = chunk->next;
		page = virt_to_page(chunk->mem);
		end = ISER_RECV_CHUNK;
	}
	sg_set_page(sg, page, len, 0);
	sg_mark_end(sg);
	se_cmd->t_data_sg = icmd->chunk_sg;
	se_cmd->t_data_nents = sg + 1 - icmd->chunk_sg;
	se_cmd->se_cmd_flags |= SCF_PASSTHROUGH_SG_TO_MEM_NOALLOC;
}

/**
 * isert_data_take - use a WRITE's immediate data in place
 * @icmd: command that LIO has parsed and not allocated memory for
 * @recv: its PDU
 *
 * Context: the connection's work, a user of the connection.
 * Return: true: target core has the pages; false: copy the data, because there
 *	is more to come, it lies badly, or too many commands have theirs.
 */
bool isert_data_take(struct isert_cmd *icmd, struct iser_recv *recv)
{
	if (!isert_data_is_whole(&isert_cmd_lio(icmd)->se_cmd, recv))
		return false;
	icmd->chunk = iser_chunk_take(recv);
	if (!icmd->chunk)
		return false;
	isert_data_use_chunks(icmd, recv->pdu.data_len);
	return true;
}

/* Data of other commands - INQUIRY, say - target core wants zeroed. */
static bool isert_data_is_short_read(const struct isert_cmd *icmd,
				     const struct se_cmd *se_cmd)
{
	return icmd->rsv && se_cmd->se_cmd_flags & SCF_SCSI_DATA_CDB &&
	       se_cmd->data_direction == DMA_FROM_DEVICE &&
	       se_cmd->data_length - 1 < ISERT_IN_PLACE_DATA &&
	       isert_data_is_plain(se_cmd);
}

/* More than chunks hold, all to be fetched or put. */
static bool isert_data_is_long(const struct isert_cmd *icmd,
			       const struct iscsit_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;

	if (se_cmd->data_length <= ISERT_IN_PLACE_DATA ||
	    se_cmd->data_length > icmd->conn->max_extents_len ||
	    !(se_cmd->se_cmd_flags & SCF_SCSI_DATA_CDB) ||
	    !isert_data_is_plain(se_cmd))
		return false;
	if (se_cmd->data_direction == DMA_FROM_DEVICE)
		return icmd->rsv;
	return icmd->wsv && !cmd->unsolicited_data;
}

static void isert_data_lend_extents(struct isert_cmd *icmd)
{
	struct se_cmd *se_cmd = &isert_cmd_lio(icmd)->se_cmd;
	u32 len = se_cmd->data_length;

	icmd->extent = iser_extent_borrow(icmd->conn->ep, len);
	if (unlikely(!icmd->extent))
		return;
	se_cmd->t_data_sg = iser_extent_list(icmd->extent, len,
					     &se_cmd->t_data_nents);
	se_cmd->se_cmd_flags |= SCF_PASSTHROUGH_SG_TO_MEM_NOALLOC;
}

/**
 * isert_data_lend - have a command's data put where the device finds it
 * @icmd: command that LIO has parsed and not allocated memory for, and that has
 *	no immediate data
 *
 * Without a spare chunk or extent the command goes without, and rdma_rw moves
 * its data.
 *
 * Context: the connection's work, a user of the connection.
 */
void isert_data_lend(struct isert_cmd *icmd)
{
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);
	struct isert_conn *conn = icmd->conn;
	u32 len = cmd->se_cmd.data_length;

	if (isert_data_is_long(icmd, cmd)) {
		isert_data_lend_extents(icmd);
		return;
	}
	if (!isert_data_is_short_read(icmd, &cmd->se_cmd) || !conn->lends)
		return;
	icmd->chunk = iser_chunk_borrow(conn->ep, len);
	if (likely(icmd->chunk))
		isert_data_use_chunks(icmd, len);
}

/**
 * isert_data_return - neither a back end nor the device has a command's memory
 * @icmd: command: its chunks and extents are given back
 *
 * Context: any but hard interrupts.
 */
void isert_data_return(struct isert_cmd *icmd)
{
	if (icmd->chunk)
		iser_chunk_return(icmd->conn->ep, icmd->chunk);
	icmd->chunk = NULL;
	if (icmd->extent)
		iser_extent_return(icmd->conn->ep, icmd->extent);
	icmd->extent = NULL;
}

/* The slice has been moved: go on behind it. */
static void isert_data_advance(struct isert_cmd *icmd)
{
	struct isert_xfer *xfer = &icmd->xfer;
	u32 i, slice = xfer->slice;

	isert_data_unmap(icmd);
	xfer->nents -= slice;
	if (!xfer->nents) {
		isert_data_end(icmd);
		return;
	}
	for (i = 0; i < slice; i++) {
		xfer->addr += xfer->sg->length;
		xfer->sg = sg_next(xfer->sg);
	}
}

/* A list of our own for bytes @offset to @offset + @len of the command's. */
static int isert_data_own_list(struct isert_xfer *xfer,
			       struct scatterlist *sg, u32 nents,
			       u32 offset, u32 len)
{
	struct scatterlist *own = iser_array_alloc(nents, sizeof(*own));
	u32 used = 0;

	if (!own)
		return -ENOMEM;
	sg_init_table(own, nents);
	for (; len && nents; nents--, sg = sg_next(sg)) {
		u32 part;

		if (offset >= sg->length) {
			offset -= sg->length;
			continue;
		}
		part = min(sg->length - offset, len);
		sg_set_page(&own[used++], sg_page(sg), part,
			    sg->offset + offset);
		offset = 0;
		len -= part;
	}
	if (!used) {
		kvfree(own);
		return -EINVAL;
	}
	sg_mark_end(&own[used - 1]);
	xfer->own_sg = own;
	xfer->sg = own;
	xfer->nents = used;
	return 0;
}

/*
 * Begin @offset bytes behind. Return false if that is inside of an entry, where
 * siw would read from a wrong place.
 */
static bool isert_data_skip(struct isert_xfer *xfer, u32 offset)
{
	while (offset && xfer->nents && offset >= xfer->sg->length) {
		offset -= xfer->sg->length;
		xfer->sg = sg_next(xfer->sg);
		xfer->nents--;
	}
	return !offset;
}

/* What comes unsolicited is whole pages as a rule, so no list has to be made. */
static int isert_data_init(struct isert_cmd *icmd, u32 offset)
{
	struct se_cmd *se_cmd = &isert_cmd_lio(icmd)->se_cmd;
	struct isert_xfer *xfer = &icmd->xfer;

	if (icmd->extent) {
		xfer->nents = 1;
		return 0;
	}
	xfer->sg = se_cmd->t_data_sg;
	xfer->nents = se_cmd->t_data_nents;
	/* A shorter transfer than was allocated for shows as underflow. */
	if (likely(!(se_cmd->se_cmd_flags & SCF_UNDERFLOW_BIT) &&
		   isert_data_skip(xfer, offset)))
		return 0;
	return isert_data_own_list(xfer, se_cmd->t_data_sg,
				   se_cmd->t_data_nents, offset,
				   se_cmd->data_length - offset);
}

/* Returns the work requests it takes, or a negative errno. */
static int isert_data_map(struct isert_cmd *icmd, u32 slice)
{
	struct isert_xfer *xfer = &icmd->xfer;
	struct iser_ep *ep = icmd->conn->ep;
	int wrs;

	if (icmd->extent)
		return iser_extent_nr_wrs(isert_data_len(icmd));
	wrs = rdma_rw_ctx_init(&icmd->rw, iser_ep_qp(ep), iser_ep_port(ep),
			       xfer->sg, slice, 0, xfer->addr, xfer->rkey,
			       xfer->dir);
	if (likely(wrs >= 0))
		iser_dma_mapped(ep, ISER_DMA_RW, (uintptr_t)&icmd->rw, slice,
				xfer->dir);
	return wrs;
}

/* The slice's work requests; rdma_rw changes keys with each call. */
static struct ib_send_wr *isert_data_wrs(struct isert_cmd *icmd,
					 struct ib_cqe *cqe,
					 struct ib_send_wr *next)
{
	struct isert_xfer *xfer = &icmd->xfer;
	struct iser_ep *ep = icmd->conn->ep;

	if (icmd->extent)
		return iser_extent_wrs(ep, icmd->extent, isert_data_len(icmd),
				       xfer->dir, xfer->addr, xfer->rkey, cqe,
				       next);
	iser_dma_used(ep, ISER_DMA_RW, (uintptr_t)&icmd->rw, xfer->slice,
		      xfer->dir);
	return rdma_rw_ctx_wrs(&icmd->rw, iser_ep_qp(ep), iser_ep_port(ep), cqe,
			       next);
}

/**
 * isert_data_prepare_mrs - give rdma_rw MRs for the connection's commands
 * @conn: connection in full feature phase, or about to be; may have them
 *
 * Context: process, sleeps.
 * Return: as iser_rw_prepare().
 */
int isert_data_prepare_mrs(struct isert_conn *conn)
{
	u32 depth = conn->lio->sess->se_sess->se_node_acl->queue_depth;

	return iser_rw_prepare(conn->ep,
			       min(depth, iser_ep_plan(conn->ep)->window),
			       isert_data_slice_max(conn));
}

/*
 * Is it worth another try to map a slice? rdma_rw says -EAGAIN for want of an MR:
 * all are in use, or there are none yet. Where RDMA Reads need them they were made
 * with the login. But rdma_rw may want them elsewhere, too: because it was told to
 * (ib_core's parameter force_mr), or, unless this kernel's then does without, on a
 * device that would rather not read into many elements (max_sgl_rd).
 */
static noinline bool isert_data_may_retry(struct isert_conn *conn, int err)
{
	if (err == -EAGAIN)
		return !isert_data_prepare_mrs(conn);
	return err == -ENOMEM;
}

/**
 * isert_data_start - map the next slice and put it on the send queue
 * @icmd: command with entries left
 *
 * Want of memory is waited out here: LIO's own retry spins.
 *
 * Context: process, may sleep for memory.
 */
void isert_data_start(struct isert_cmd *icmd)
{
	struct isert_conn *conn = icmd->conn;
	struct isert_xfer *xfer = &icmd->xfer;
	u32 slice = min(xfer->nents, isert_data_slice_max(conn));
	enum isert_tx tx = ISERT_TX_GET;
	int wrs;

	if (!isert_conn_use(conn)) {
		/* One that target core has not answered LIO ends. */
		isert_cmd_over(icmd);
		return;
	}
	wrs = isert_data_map(icmd, slice);
	if (unlikely(wrs < 0)) {
		if (isert_data_may_retry(conn, wrs)) {
			isert_rx_retry(icmd);
		} else {
			iser_ep_stop(conn->ep, ISER_STOP_RESOURCES);
			isert_cmd_over(icmd);
		}
		/* Last: it is what keeps the connection until here. */
		isert_conn_unuse(conn);
		return;
	}
	xfer->slice = slice;
	icmd->rw_wrs = wrs;
	if (xfer->dir == DMA_TO_DEVICE)
		tx = slice < xfer->nents ? ISERT_TX_PUT : ISERT_TX_RSP;
	isert_cmd_post(icmd, tx);
}

static void isert_data_put_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct isert_conn *conn = container_of(wc->wr_cqe, struct isert_conn,
					       put_cqe);

	/* Whatever is posted behind it says when the memory is free. */
	if (unlikely(wc->status != IB_WC_SUCCESS))
		iser_ep_stop(conn->ep, ISER_STOP_WC);
}

/**
 * isert_data_prepare - learn what the connection's device can do
 * @conn: connection whose endpoint was set up, and may have ended
 *
 * On iWARP a completion says that TCP has the data, and TCP may read it again.
 * siw gives TCP a copy of what is signalled, and the pages themselves of what is
 * not, whatever completes behind it. So all RDMA Writes are signalled there.
 *
 * Context: process.
 */
void isert_data_prepare(struct isert_conn *conn)
{
	struct iser_ep *ep = conn->ep;

	conn->lends = iser_ep_plan(ep)->send_sge >= ISER_RECV_CHUNKS;
	conn->max_extents_len = iser_extent_allow(ep, ISERT_EXTENTS_MAX);
	conn->put_cqe.done = isert_data_put_done;
	conn->signal_puts = iser_ep_limits(ep)->rw_needs_mr;
}

/* All but the last of a chain: that is the response, or has a cqe of its own. */
static void isert_data_signal_puts(struct isert_conn *conn,
				   struct ib_send_wr *wr)
{
	for (; wr->next; wr = wr->next) {
		wr->wr_cqe = &conn->put_cqe;
		wr->send_flags |= IB_SEND_SIGNALED;
	}
}

/**
 * isert_data_link - RDMA Writes of the last slice in front of a response
 * @arg: command
 * @send: the response's work request
 *
 * Context: tx_lock held.
 * Return: first work request of the chain.
 */
struct ib_send_wr *isert_data_link(void *arg, struct ib_send_wr *send)
{
	struct isert_cmd *icmd = arg;
	struct isert_conn *conn = icmd->conn;
	struct ib_send_wr *first = isert_data_wrs(icmd, NULL, send);

	if (unlikely(conn->signal_puts))
		isert_data_signal_puts(conn, first);
	return first;
}

/**
 * isert_data_post_locked - post a slice that completes by itself
 * @conn: connection; tx_lock held
 * @icmd: command with a mapped slice
 *
 * Context: tx_lock held.
 * Return: as iser_sq_post().
 */
int isert_data_post_locked(struct isert_conn *conn, struct isert_cmd *icmd)
{
	struct iser_ep *ep = conn->ep;
	struct ib_send_wr *first;
	int err;

	/* Look first: isert_data_wrs() is called once. */
	if (iser_ep_state(ep) != ISER_EP_ESTABLISHED)
		return -ENOTCONN;
	if (iser_sq_room(ep) < icmd->rw_wrs)
		return -ENOBUFS;
	first = isert_data_wrs(icmd, &icmd->cqe, NULL);
	if (unlikely(conn->signal_puts) && icmd->xfer.dir == DMA_TO_DEVICE)
		isert_data_signal_puts(conn, first);
	/* The completion may come at once, and ends it. */
	atomic_set(&icmd->on_sq, 1);
	err = iser_sq_post(ep, first, icmd->rw_wrs, &icmd->end);
	/* After -EIO nobody knows whether it will complete: the drain tells. */
	if (unlikely(err && err != -EIO))
		atomic_set(&icmd->on_sq, 0);
	return err;
}

/**
 * isert_data_take_off - a slice is not on the send queue any more
 * @icmd: command
 *
 * Its completion says so, or the end of the connection, which waits for none
 * (isert_conn_drop_lost()): both may come, at the same time. Who is first unmaps.
 *
 * Context: any.
 * Return: true if it was there until now.
 */
bool isert_data_take_off(struct isert_cmd *icmd)
{
	return atomic_xchg(&icmd->on_sq, 0);
}

/**
 * isert_data_done - Data_Completion_Notify: a slice has been moved, or flushed
 * @cq: completion queue
 * @wc: completion of its last work request
 *
 * What follows may sleep, so it is left to the connection's work.
 *
 * Context: CQ kworker.
 */
void isert_data_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct isert_cmd *icmd = container_of(wc->wr_cqe, struct isert_cmd,
					      cqe);
	struct isert_conn *conn = icmd->conn;
	u32 end = icmd->end;

	if (unlikely(!isert_data_take_off(icmd))) {
		/* The connection has ended, and not waited for this. */
	} else if (likely(wc->status == IB_WC_SUCCESS)) {
		/* Unmapped here: what waits for a back end is no user. */
		isert_data_advance(icmd);
		isert_rx_fetched(icmd);
	} else {
		isert_cmd_drop(icmd);
	}
	iser_sq_completed(conn->ep, wc, end);
}

/**
 * isert_data_next - what follows a slice that was moved
 * @icmd: command
 *
 * Context: the connection's work; target core may sleep as long as a back end.
 */
void isert_data_next(struct isert_cmd *icmd)
{
	struct iscsit_cmd *cmd = isert_cmd_lio(icmd);
	bool early;

	if (icmd->xfer.nents) {
		isert_data_start(icmd);
		return;
	}
	WRITE_ONCE(icmd->tx, ISERT_TX_NONE);
	cmd->write_data_done = cmd->se_cmd.data_length;
	spin_lock_bh(&cmd->istate_lock);
	/* Unsolicited data may have come ahead of the command's CmdSN. */
	early = cmd->cmd_flags & ICF_OOO_CMDSN;
	cmd->cmd_flags |= ICF_GOT_LAST_DATAOUT;
	cmd->i_state = ISTATE_RECEIVED_LAST_DATAOUT;
	spin_unlock_bh(&cmd->istate_lock);
	/* LIO executes it when it is its turn. */
	if (early)
		return;
	/* Also for a command that an abort waits for: target core ends it. */
	target_execute_cmd(&cmd->se_cmd);
}

/**
 * isert_data_get - LIO's get_dataout: Get_Data, all that is still missing
 * @lio: connection
 * @cmd: WRITE
 * @recovery: error recovery level above 0, never
 *
 * De-facto convention: the Base Offset stands for the first byte that did not
 * come unsolicited. Failures end the connection or are retried here, because
 * most callers ignore the result.
 *
 * Context: process; cmdsn_mutex may be held.
 * Return: 0.
 */
int isert_data_get(struct iscsit_conn *lio, struct iscsit_cmd *cmd,
		   bool recovery)
{
	struct isert_cmd *icmd = iscsit_priv_cmd(cmd);
	u32 offset = cmd->write_data_done;
	struct isert_xfer *xfer = &icmd->xfer;

	/* The decoder cannot know how much would come unsolicited. */
	if (!icmd->wsv || offset < icmd->unsolicited) {
		iser_ep_stop(icmd->conn->ep, ISER_STOP_PROTOCOL);
		return 0;
	}
	/*
	 * It limits how long the peer takes to send. From here on nothing waits
	 * for the peer: an RDMA Read ends or the connection does, in the time
	 * that the device's retries take.
	 */
	iscsit_stop_dataout_timer(cmd);
	if (isert_data_init(icmd, offset)) {
		iser_ep_stop(icmd->conn->ep, ISER_STOP_RESOURCES);
		return 0;
	}
	xfer->addr = icmd->write_base + offset - isert_keys_before_base(icmd);
	xfer->rkey = icmd->write_stag;
	xfer->dir = DMA_FROM_DEVICE;
	isert_data_start(icmd);
	return 0;
}

/**
 * isert_data_put - LIO's queue_data_in: Put_Data and the GOOD response
 * @lio: connection
 * @cmd: READ whose data is there
 *
 * Context: process, several CPUs at once.
 * Return: 0; -ENOMEM: LIO comes back; -EINVAL: LIO fails the command.
 */
int isert_data_put(struct iscsit_conn *lio, struct iscsit_cmd *cmd)
{
	struct isert_cmd *icmd = iscsit_priv_cmd(cmd);
	struct isert_xfer *xfer = &icmd->xfer;
	int err;

	if (likely(icmd->chunk) || !cmd->se_cmd.data_length) {
		icmd->puts = cmd->se_cmd.data_length;
		isert_rsp_respond(icmd);
		return 0;
	}
	if (!icmd->rsv)
		return -EINVAL;
	err = isert_data_init(icmd, 0);
	if (err)
		return err;
	icmd->status = true;
	xfer->addr = icmd->put.addr;
	xfer->rkey = icmd->put.rkey;
	xfer->dir = DMA_TO_DEVICE;
	isert_data_start(icmd);
	return 0;
}
