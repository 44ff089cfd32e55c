// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks going out: a PDU in a slot of the send ring, and the data that goes
 * with it.
 *
 * Sending. libiscsi holds frwd_lock from alloc_pdu to the end of xmit_task, so
 * one task at a time gets a slot, fills it and posts it: that hold is what
 * iser_send_get() asks of its caller, and posting order is CmdSN order.
 * Everything that can fail comes before @sent is set: a slot, a mapping; where
 * the core maps and posts in one call, it sets @sent in between. From then on the
 * task belongs to the connection. It may be answered, completed and freed before
 * the post returns, so nothing looks at it afterwards, and xmit_task returns 0
 * whatever the post said: a connection that does not take the PDU is being
 * stopped, and libiscsi's recovery gets the task back. An error would make it
 * complete a task that may be gone, and take a CmdSN back.
 *
 * Batches. The block layer says which command is the last of a batch
 * (SCMD_LAST). The others are submitted with ISER_SEND_MORE and hang in the
 * core's chain until somebody posts it: the last one, or anything else that is
 * sent; commit_rqs, when libiscsi refused a command or the block layer stopped
 * in the middle. If nobody does, the core's timer: libiscsi may have completed
 * the last command itself, because the session is not ready, or a block queue
 * was quiesced between two of them. A task management request posts what hangs
 * in front of itself like any other Send, so it finds every command it is about
 * at the target.
 *
 * Data of a command travels in two ways; a WRITE may use both, for different
 * bytes (iser_write_split()):
 *
 *	MR		the target reads or writes it. Mapped before the post,
 *			unmapped when the response has invalidated the key, or
 *			in cleanup_task, which libiscsi calls under back_lock in
 *			front of scsi_done(). The key is dead by then, see rx.c.
 *	Sends		the first bytes of a WRITE: immediate data inside the
 *			command, unsolicited Data-Outs behind it. The last of
 *			these Sends is signalled; since a send queue completes
 *			in order it speaks for all of them, and it holds a
 *			reference to the task until then, so SCSI does not get
 *			the buffer back while the device may still read.
 *
 * The buffer is mapped once. With an STag the mapping is the MR's, and the
 * reference sees to it that cleanup_task is not called too early; without one
 * it is the Sends', and ends when the last has completed. The STag covers what
 * the Sends do not carry and nothing else, so its Base Offset stands for the
 * first byte that is left (the de-facto reading of RFC 7145 section 6.9).
 *
 * A header needs neither reference nor mapping, the ring owns it.
 *
 * Unsolicited Data-Outs. All of them leave in the xmit_task call of their
 * command, in one hold of frwd_lock: there is no work to requeue the task to, and
 * a command whose F bit is clear owes the target its whole burst. Room for it is
 * looked for before the header is final (iseri_task_init_command()), and whoever
 * does not find it leaves all data to the target to fetch. That is always
 * allowed and never waits. Nothing can be aborted half-way either: a task
 * management request comes behind the last Data-Out.
 *
 * Data-Outs have no CmdSN, so the target's window says nothing of buffers for
 * them. No more than ISER_INI_DATA_OUTS are under way, and one counts until its
 * command has ended: only then is it certain that the target has taken the data
 * out of its receive buffers.
 *
 * Teardown. The drained upcall takes frwd_lock: who got a slot before it has
 * posted, or failed to; who comes after it gets no slot. So it sees every
 * mapping (iseri_task_reclaim()), and what libiscsi frees later, with its
 * cleanup_task calls after the device is gone, has none. A burst that was posted
 * in part is given back there, too: the Send that answers for it was not.
 *
 * cleanup_task is called for every task that is freed, also when alloc_pdu
 * failed or never ran. It leaves nothing that it looks at itself, so that what it
 * sees is always of the present use of the task.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/scatterlist.h>
#include <scsi/scsi_cmnd.h>

#include "iseri.h"

static noinline int iseri_task_no_room(const struct iscsi_task *task)
{
	struct iseri_conn *iconn = task->conn->dd_data;

	/* Room comes back only for what the device knows of. */
	iser_send_commit(iconn->ep);
	return -ENOMEM;
}

/**
 * iseri_task_alloc_pdu - libiscsi needs memory for the header of a PDU
 * @task: task that is about to be sent
 * @opcode: its opcode
 *
 * Context: softirq or process, frwd_lock held.
 * Return: 0, or -ENOMEM: libiscsi gives a command back to SCSI, which tries
 *	again.
 */
int iseri_task_alloc_pdu(struct iscsi_task *task, u8 opcode)
{
	struct iseri_conn *iconn = task->conn->dd_data;
	struct iseri_task *itask;
	struct iser_send *send;

	if (unlikely(!iconn->ep))
		return -ENOMEM;
	send = iser_send_get(iconn->ep, task->sc ? ISER_INI_WR_PER_TASK : 1);
	if (unlikely(!send))
		return iseri_task_no_room(task);
	itask = task->dd_data;
	itask->send = send;
	task->hdr = send->buf + ISER_HDR_LEN;
	return 0;
}

/* Data-Outs that may go with the command whose slot was just given out. */
static u32 iseri_task_data_out_room(struct iseri_conn *iconn)
{
	u32 room = iser_send_room(iconn->ep);
	u32 busy = atomic_read(&iconn->data_outs);

	/* Its own entries come first; the second look of alloc_pdu's. */
	if (room <= ISER_INI_WR_PER_TASK || busy >= ISER_INI_DATA_OUTS)
		return 0;
	return min_t(u32, room - ISER_INI_WR_PER_TASK,
		     ISER_INI_DATA_OUTS - busy);
}

/* Does a Send have elements for so many bytes of the command's data? */
static bool iseri_task_fits_send(const struct iscsi_task *task, u32 len)
{
	const struct iseri_conn *iconn = task->conn->dd_data;

	return min_t(u32, scsi_sg_count(task->sc),
		     iser_write_sges(len, SZ_4K)) <= iconn->data_sge;
}

/*
 * libiscsi proposes to send the whole write inside the command. That is what
 * iser_write_split() comes to as well, if neither pad bytes nor an AHS nor too
 * many elements are in the way.
 */
static bool iseri_task_is_immediate(const struct iscsi_task *task)
{
	const struct iseri_conn *iconn = task->conn->dd_data;
	u32 len = scsi_bufflen(task->sc);

	return task->imm_count == len && len % ISCSI_PAD_LEN == 0 &&
	       !task->hdr->hlength &&
	       scsi_sg_count(task->sc) <= iconn->data_sge;
}

/*
 * Targets in the field look for immediate data where it is in a command without
 * an AHS, and would write the AHS in its place.
 */
static bool iseri_task_may_not_add_data(const struct iscsi_task *task)
{
	const struct iseri_conn *iconn = task->conn->dd_data;

	return unlikely(task->hdr->hlength) &&
	       !iser_keys_proven(&iconn->iep->keys.peer);
}

/* How the data of a WRITE travels: libiscsi's proposal, as far as it can be. */
static noinline void iseri_task_split(struct iscsi_task *task)
{
	const struct iscsi_session *session = task->conn->session;
	struct iseri_conn *iconn = task->conn->dd_data;
	u32 len = scsi_bufflen(task->sc), longest;
	struct iser_write_split split;
	struct iser_write_rules rules = {
		.immediate_data	= session->imm_data_en,
		.initial_r2t	= session->initial_r2t_en,
		.first_burst	= session->first_burst,
		.max_data	= task->conn->max_xmit_dlength,
	};

	if (!rules.initial_r2t)
		rules.max_data_outs = iseri_task_data_out_room(iconn);
	iser_write_split(&rules, len, &split);
	longest = max(split.immediate, min(split.data_out, rules.max_data));
	if (unlikely(!iseri_task_fits_send(task, longest) ||
		     iseri_task_may_not_add_data(task)))
		memset(&split, 0, sizeof(split));

	task->imm_count = split.immediate;
	hton24(task->hdr->dlength, split.immediate);
	task->unsol_r2t.data_offset = split.immediate;
	task->unsol_r2t.data_length = split.data_out;
	if (!split.data_out)
		task->hdr->flags |= ISCSI_FLAG_CMD_FINAL;
}

static noinline void iseri_task_init_write(struct iscsi_task *task)
{
	struct iseri_task *itask = task->dd_data;

	if (iseri_task_is_immediate(task)) {
		itask->way = ISERI_IMMEDIATE;
		return;
	}
	iseri_task_split(task);
	itask->way = task->imm_count || task->unsol_r2t.data_length ?
		     ISERI_UNSOLICITED : ISERI_SOLICITED;
}

static int iseri_task_init_command(struct iscsi_task *task)
{
	struct iseri_task *itask = task->dd_data;
	struct scsi_cmnd *sc = task->sc;

	/* A discovery session has no MRs; nobody should scan it, but root can. */
	if (unlikely(!itask->mr))
		return -ENOTCONN;
	itask->way = ISERI_SOLICITED;
	if (sc->sc_data_direction == DMA_TO_DEVICE &&
	    (task->imm_count || task->unsol_r2t.data_length))
		iseri_task_init_write(task);
	return 0;
}

/*
 * RFC 7145 section 8.1.1.3: no more requests outstanding that no CmdSN regulates
 * than the target has declared to take. Pings leave one place for what cannot
 * wait. libiscsi sends a ping later, and over anything else that is refused it
 * ends the connection.
 */
static int iseri_task_count_unexpected(struct iscsi_task *task)
{
	struct iseri_conn *iconn = task->conn->dd_data;
	u32 max = iconn->iep->keys.peer.unexpected;
	struct iseri_task *itask = task->dd_data;

	if (likely(!max) || !(task->hdr->opcode & ISCSI_OP_IMMEDIATE) ||
	    task->hdr->itt == RESERVED_ITT)
		return 0;
	if (itask->opcode == ISCSI_OP_NOOP_OUT)
		max--;
	if (atomic_read(&iconn->unexpected) >= max)
		return -EAGAIN;
	atomic_inc(&iconn->unexpected);
	itask->unexpected = true;
	itask->counted = true;
	return 0;
}

static noinline int iseri_task_init_mgmt(struct iscsi_task *task)
{
	const struct iscsi_tm *tm = (const struct iscsi_tm *)task->hdr;
	struct iseri_conn *iconn = task->conn->dd_data;
	struct iseri_task *itask = task->dd_data;

	itask->opcode = task->hdr->opcode & ISCSI_OPCODE_MASK;
	switch (itask->opcode) {
	case ISCSI_OP_SCSI_TMFUNC:
		itask->tmf.function = ISCSI_TM_FUNC_VALUE(tm);
		itask->tmf.rtt = tm->rtt;
		itask->tmf.lun = tm->lun;
		iconn->tmf = task;
		return iseri_task_count_unexpected(task);
	case ISCSI_OP_NOOP_OUT:
	case ISCSI_OP_TEXT:
	case ISCSI_OP_LOGOUT:
		return iseri_task_count_unexpected(task);
	case ISCSI_OP_LOGIN:
		return 0;
	default:
		/* User space has made it up; a SCSI command needs a sc. */
		return -EOPNOTSUPP;
	}
}

/**
 * iseri_task_init - libiscsi has built the header of a PDU
 * @task: task that is about to be sent
 *
 * Context: softirq or process, frwd_lock held.
 * Return: 0 or a negative errno; libiscsi fails the command.
 */
int iseri_task_init(struct iscsi_task *task)
{
	if (likely(task->sc))
		return iseri_task_init_command(task);
	return iseri_task_init_mgmt(task);
}

/*
 * A response may come from now on; pairs with iseri_rx_find(). The core does it
 * where it has to map the data first.
 */
static void iseri_task_set_sent(struct iseri_task *itask)
{
	/* After all that a response looks at. */
	smp_store_release(&itask->sent, true);
}

/* Another command follows at once, says the block layer. */
static unsigned int iseri_task_more(const struct iscsi_task *task)
{
	return task->sc->flags & SCMD_LAST ? 0 : ISER_SEND_MORE;
}

static noinline int iseri_task_xmit_bare(struct iscsi_task *task)
{
	unsigned int more = iseri_task_more(task);
	struct iseri_task *itask = task->dd_data;
	struct iser_send *send = itask->send;
	u32 len = ISER_HDR_LEN + task->hdr_len;

	iser_ctrl_encode(send->buf);
	send->done = NULL;
	iseri_task_set_sent(itask);
	iser_send_submit(send, len, NULL, more);
	return 0;
}

static __always_inline void
iseri_task_count_octets(struct iscsi_conn *conn, enum dma_data_direction dir,
			s64 octets)
{
	if (dir == DMA_TO_DEVICE)
		conn->txdata_octets += octets;
	else
		conn->rxdata_octets += octets;
}

static noinline int iseri_task_not_mapped(struct iscsi_task *task, int err)
{
	struct scsi_cmnd *sc = task->sc;

	/* SCSI broke the limits it was given, or we gave wrong ones. */
	WARN_ON_ONCE(err == -EINVAL);
	/* It has been counted, and will be again. */
	iseri_task_count_octets(task->conn, sc->sc_data_direction,
				-(s64)scsi_bufflen(sc));
	return err;
}

/* The target moves the data: give it an STag (RFC 7145 sections 7.3.1, 9.2). */
static __always_inline int iseri_task_xmit_mr(struct iscsi_task *task)
{
	struct iseri_task *itask = task->dd_data;
	struct iser_send *send = itask->send;
	struct iser_mr *mr = itask->mr;
	struct scsi_cmnd *sc = task->sc;
	enum dma_data_direction dir = sc->sc_data_direction;
	unsigned int more = iseri_task_more(task);
	u32 len = scsi_bufflen(sc);
	int err;

	err = iser_mr_take(mr, scsi_sglist(sc), scsi_sg_count(sc), len, dir,
			   task);
	if (unlikely(err))
		return err;
	iseri_task_count_octets(task->conn, dir, len);
	send->done = NULL;
	err = iser_send_submit_mr(send, ISER_HDR_LEN + task->hdr_len, mr, more,
				  &itask->sent);
	return likely(!err) ? 0 : iseri_task_not_mapped(task, err);
}

static void iseri_task_unmap_inline(struct iser_ep *ep, struct iscsi_task *task)
{
	struct iseri_task *itask = task->dd_data;

	if (itask->inline_mapped)
		iser_unmap_data(ep, scsi_sglist(task->sc),
				scsi_sg_count(task->sc), DMA_TO_DEVICE);
	itask->inline_mapped = false;
	itask->inline_data = false;
}

/* The last Send with data of the task has completed, or has been flushed. */
static void iseri_task_send_done(struct iser_ep *ep, struct iser_send *send,
				 bool flushed)
{
	struct iscsi_task *task = send->owner;

	iseri_task_unmap_inline(ep, task);
	iscsi_put_task(task);
}

/* How far the Sends of a task have got in its mapped data. */
struct iseri_cursor {
	struct scatterlist	*sg;
	u32			offset;
	u32			left;	/* mapped entries, @sg included */
};

/* Elements for the next @len bytes; 0 if they are too many for a Send. */
static u32 iseri_task_list_sges(struct iseri_conn *iconn,
				struct iseri_cursor *at, u32 len)
{
	struct ib_sge *sge = iconn->sge;
	u32 nr_sge = 0;

	while (len && at->left && nr_sge < iconn->data_sge) {
		u32 part = min(sg_dma_len(at->sg) - at->offset, len);

		sge[nr_sge].addr = sg_dma_address(at->sg) + at->offset;
		sge[nr_sge++].length = part;
		at->offset += part;
		len -= part;
		if (at->offset < sg_dma_len(at->sg))
			continue;
		at->sg = sg_next(at->sg);
		at->offset = 0;
		at->left--;
	}
	return len ? 0 : nr_sge;
}

/*
 * Map the data of a WRITE that is in several Sends: in the MR if it has bytes
 * for an STag, by itself otherwise. What is encoded is final.
 */
static int iseri_task_map_data(struct iscsi_task *task,
			       struct iseri_cursor *at)
{
	struct iseri_conn *iconn = task->conn->dd_data;
	u32 unsolicited = task->imm_count + task->unsol_r2t.data_length;
	struct iseri_task *itask = task->dd_data;
	struct iser_mr *mr = itask->mr;
	struct scsi_cmnd *sc = task->sc;
	int mapped, err;

	at->sg = scsi_sglist(sc);
	at->offset = 0;
	task->conn->txdata_octets += scsi_bufflen(sc);
	if (unsolicited < scsi_bufflen(sc)) {
		err = iser_mr_map(mr, at->sg, scsi_sg_count(sc), unsolicited,
				  scsi_bufflen(sc) - unsolicited,
				  DMA_TO_DEVICE, task);
		if (unlikely(err))
			return iseri_task_not_mapped(task, err);
		iser_ctrl_encode_write(itask->send->buf, mr->rkey, mr->base);
		at->left = iser_mr_mapped(mr);
		return 0;
	}
	mapped = iser_map_data(iconn->ep, at->sg, scsi_sg_count(sc),
			       DMA_TO_DEVICE);
	if (unlikely(mapped <= 0))
		return iseri_task_not_mapped(task, -ENOMEM);
	iser_ctrl_encode(itask->send->buf);
	itask->inline_mapped = true;
	at->left = mapped;
	return 0;
}

/* A Send with data of the task; the last one answers for all. */
static int iseri_task_post_data(struct iscsi_task *task, struct iser_send *send,
				struct iseri_cursor *at, u32 len,
				struct iser_mr *mr, bool last)
{
	struct iseri_conn *iconn = task->conn->dd_data;
	u32 hdr_len = ISER_HDR_LEN + task->hdr_len, nr_sge;
	unsigned int more;

	nr_sge = iseri_task_list_sges(iconn, at, len);
	/* iseri_task_fits_send() has counted. */
	if (WARN_ON_ONCE(len && !nr_sge))
		return -EINVAL;
	send->done = last ? iseri_task_send_done : NULL;
	send->owner = last ? task : NULL;
	if (!last)
		return iser_send_submit_data(send, hdr_len, iconn->sge, nr_sge,
					     mr, ISER_SEND_MORE);
	more = iseri_task_more(task);
	iser_send_submit_data(send, hdr_len, iconn->sge, nr_sge, mr,
			      ISER_SEND_SIGNAL | more);
	return 0;
}

/*
 * Room was looked for. A look without the lock may miss some of it, when an
 * invalidation is posted at the same time; with it, it is the connection that has
 * ended.
 */
static struct iser_send *iseri_task_data_out_slot(struct iser_ep *ep)
{
	struct iser_send *send = iser_send_get(ep, 1);

	if (likely(send))
		return send;
	iser_tx_lock(ep);
	send = iser_send_get(ep, 1);
	iser_tx_unlock(ep);
	return send;
}

static int iseri_task_post_data_outs(struct iscsi_task *task,
				     struct iseri_cursor *at)
{
	struct iseri_conn *iconn = task->conn->dd_data;
	struct iscsi_r2t_info *r2t = &task->unsol_r2t;
	u32 left = r2t->data_length;
	int err = 0;

	while (left && !err) {
		struct iser_send *send = iseri_task_data_out_slot(iconn->ep);

		if (unlikely(!send))
			return -ENOTCONN;
		iser_ctrl_encode(send->buf);
		iscsi_prep_data_out_pdu(task, r2t, send->buf + ISER_HDR_LEN);
		r2t->sent += r2t->data_count;
		left -= r2t->data_count;
		err = iseri_task_post_data(task, send, at, r2t->data_count,
					   NULL, !left);
	}
	return err;
}

static noinline int iseri_task_not_inline(struct iscsi_task *task, int err)
{
	struct iseri_task *itask = task->dd_data;

	itask->inline_mapped = false;
	itask->inline_data = false;
	/* Not the last reference: that is libiscsi's own. */
	iscsi_put_task(task);
	return iseri_task_not_mapped(task, err);
}

/* A WRITE that goes inside the command (iseri_task_is_immediate()). */
static noinline int iseri_task_xmit_immediate(struct iscsi_task *task)
{
	struct iseri_task *itask = task->dd_data;
	struct iser_send *send = itask->send;
	int err;

	task->conn->txdata_octets += task->imm_count;
	send->done = iseri_task_send_done;
	send->owner = task;
	itask->inline_mapped = true;
	itask->inline_data = true;
	iscsi_get_task(task);
	err = iser_send_submit_sg(send, ISER_HDR_LEN + task->hdr_len,
				  &task->sc->sdb.table, task->imm_count,
				  iseri_task_more(task), &itask->sent);
	return likely(!err) ? 0 : iseri_task_not_inline(task, err);
}

/*
 * A WRITE with data in Sends of its own: immediate, in Data-Outs, or both, and
 * perhaps an STag for what is left. The task must not be looked at once the last
 * of them is submitted; until then it is ours by the reference.
 */
static noinline int iseri_task_xmit_unsolicited(struct iscsi_task *task)
{
	struct iseri_conn *iconn = task->conn->dd_data;
	struct iseri_task *itask = task->dd_data;
	u32 outs = task->unsol_r2t.data_length;
	struct iser_ep *ep = iconn->ep;
	struct iser_mr *mr = NULL;
	struct iseri_cursor at;
	int err;

	err = iseri_task_map_data(task, &at);
	if (unlikely(err))
		return err;
	if (outs) {
		itask->data_outs = DIV_ROUND_UP(outs,
						task->conn->max_xmit_dlength);
		atomic_add(itask->data_outs, &iconn->data_outs);
		itask->counted = true;
	}
	if (!itask->inline_mapped)
		mr = itask->mr;
	itask->inline_data = true;
	iscsi_get_task(task);
	iseri_task_set_sent(itask);

	err = iseri_task_post_data(task, itask->send, &at, task->imm_count,
				   mr, !outs);
	if (outs && likely(!err))
		err = iseri_task_post_data_outs(task, &at);
	/* Not taken: it is on its end, or this sees to it that it is. */
	if (unlikely(err))
		iser_ep_stop(ep, ISER_STOP_POST);
	return 0;
}

/*
 * Login and Text Requests carry data. One buffer does: libiscsi has one such
 * request at a time, and when the next one is made the peer has answered the
 * last, so it has all of it. Returns elements for the Send, or a negative errno:
 * the login cannot be asked for like that.
 */
static int iseri_task_copy_text(struct iseri_conn *iconn,
				struct iscsi_task *task, struct ib_sge *sge)
{
	const struct iseri_task *itask = task->dd_data;
	struct iser_buf *text = iconn->iep->text;
	u32 len = task->data_count, padded;
	int err;

	if (!len)
		return 0;
	memcpy(text->mem, task->data, len);
	if (itask->opcode == ISCSI_OP_LOGIN) {
		err = iseri_text_out(iconn->iep, task->hdr, text->mem, &len);
		if (err)
			return err;
	}
	padded = iscsi_padded(len);
	memset(text->mem + len, 0, padded - len);
	iser_buf_sync(iconn->ep, text, padded);
	*sge = text->sge;
	sge->length = padded;
	return 1;
}

static noinline int iseri_task_xmit_mgmt(struct iscsi_task *task)
{
	struct iscsi_conn *conn = task->conn;
	struct iseri_conn *iconn = conn->dd_data;
	struct iseri_task *itask = task->dd_data;
	bool answered = task->hdr->itt != RESERVED_ITT;
	struct iser_send *send = itask->send;
	struct ib_sge sge;
	int nr_sge;

	nr_sge = iseri_task_copy_text(iconn, task, &sge);
	if (nr_sge < 0)
		return nr_sge;
	conn->txdata_octets += task->data_count;
	iser_ctrl_encode(send->buf);
	send->done = NULL;
	/* The reply to a NOP-In is not answered: no PDU may complete it. */
	if (answered)
		iseri_task_set_sent(itask);

	iser_send_submit_data(send, ISER_HEADERS_LEN, &sge, nr_sge, NULL,
			      nr_sge ? ISER_SEND_SIGNAL : 0);
	/* libiscsi leaves it to the transport to end such a task. */
	if (!answered)
		iscsi_put_task(task);
	return 0;
}

/**
 * iseri_task_xmit - Send_Control at the initiator
 * @task: initialised task
 *
 * Context: softirq or process, frwd_lock held.
 * Return: 0 if the task is on its way or the connection is on its end;
 *	-ENOMEM or -EBUSY if SCSI shall try again, nothing was posted then.
 */
int iseri_task_xmit(struct iscsi_task *task)
{
	const struct iseri_task *itask = task->dd_data;

	if (unlikely(!task->sc))
		return iseri_task_xmit_mgmt(task);
	switch (itask->way) {
	case ISERI_IMMEDIATE:
		return iseri_task_xmit_immediate(task);
	case ISERI_UNSOLICITED:
		return iseri_task_xmit_unsolicited(task);
	default:
		return scsi_bufflen(task->sc) ? iseri_task_xmit_mr(task) :
						iseri_task_xmit_bare(task);
	}
}

/*
 * The key must be dead before the memory goes back to SCSI, and here nobody can
 * wait. So every way libiscsi has to free a command is led past a point where
 * it was made sure:
 *
 *	response		rx.c, before the response is handed up
 *	abort, reset		rx.c, before the TMF response is handed up;
 *				libiscsi refuses new commands to the LUN from
 *				before the request until it has failed the old
 *	connection stopped	the endpoint is drained before stop_conn, and
 *				iseri_task_reclaim() has taken the MR away
 *	queuecommand failed	nothing was posted, the MR is FREE or MAPPED
 *
 * Anything else is a bug of ours. Then the connection is ended, so that the
 * peer's access does, and the mapping is lost: what it is of is SCSI's again. The
 * MR's next user is refused (-EBUSY).
 */
static void iseri_task_release_mr(struct iscsi_task *task, struct iser_mr *mr)
{
	struct iseri_conn *iconn = task->conn->dd_data;
	enum iser_mr_state state = READ_ONCE(mr->state);

	if (likely(state == ISER_MR_FREE || state == ISER_MR_MAPPED)) {
		iser_mr_release(mr);
		return;
	}
	WARN_ONCE(1, "iser: task %d ends with its key in state %d\n",
		  task->itt, state);
	WRITE_ONCE(mr->owner, NULL);
	if (iconn->ep)
		iser_ep_stop(iconn->ep, ISER_STOP_PROTOCOL);
}

/* What a task still has that has not ended with a response. */
static noinline void iseri_task_give_back(struct iscsi_task *task)
{
	struct iseri_conn *iconn = task->conn->dd_data;
	struct iseri_task *itask = task->dd_data;

	if (itask->unexpected)
		atomic_dec(&iconn->unexpected);
	if (itask->data_outs)
		atomic_sub(itask->data_outs, &iconn->data_outs);
	itask->unexpected = false;
	itask->data_outs = 0;
	itask->counted = false;
	if (itask->mr && itask->mr->owner)
		iseri_task_release_mr(task, itask->mr);
}

/**
 * iseri_task_cleanup - libiscsi frees a task
 * @task: task; may never have been sent
 *
 * Deallocate_Task_Resources (RFC 5047), and the end of a task that was
 * answered.
 *
 * Context: softirq or process, back_lock held.
 */
void iseri_task_cleanup(struct iscsi_task *task)
{
	struct iseri_task *itask = task->dd_data;
	const struct iser_mr *mr = itask->mr;

	itask->sent = false;
	if (unlikely(itask->counted || (mr && mr->owner)))
		iseri_task_give_back(task);
}

/**
 * iseri_task_set_mrs - a session's tasks get MRs, or lose them
 * @session: session
 * @ep: endpoint that has an MR for each task, or NULL
 *
 * Context: any but hard interrupts; no task has data mapped.
 */
void iseri_task_set_mrs(struct iscsi_session *session, struct iser_ep *ep)
{
	int i;

	spin_lock_bh(&session->frwd_lock);
	spin_lock(&session->back_lock);
	for (i = 0; i < session->cmds_max; i++) {
		struct iseri_task *itask = session->cmds[i]->dd_data;

		itask->mr = ep ? iser_mr_at(ep, i) : NULL;
	}
	spin_unlock(&session->back_lock);
	spin_unlock_bh(&session->frwd_lock);
}

/**
 * iseri_task_reclaim - unmap what tasks have mapped on a connection that ended
 * @conn: connection whose endpoint is drained
 * @ep: that endpoint
 *
 * The tasks stay; libiscsi fails them in stop_conn. Data in Sends is left only
 * where the endpoint was stopped between the mapping and the last post: all
 * other Sends have been given back (send->done) by the core. The MRs come first,
 * because a task may end with the reference that is put, and its memory with it.
 * All of them are looked at, also those whose task is gone, see
 * iseri_task_release_mr().
 *
 * Context: drained upcall, frwd_lock and back_lock held.
 */
void iseri_task_reclaim(struct iscsi_conn *conn, struct iser_ep *ep)
{
	struct iscsi_session *session = conn->session;
	int i;

	lockdep_assert_held(&session->frwd_lock);
	lockdep_assert_held(&session->back_lock);
	for (i = 0; i < iser_mr_count(ep); i++) {
		struct iser_mr *mr = iser_mr_at(ep, i);

		if (mr->owner)
			iser_mr_release(mr);
	}
	for (i = 0; i < session->cmds_max; i++) {
		struct iscsi_task *task = session->cmds[i];
		struct iseri_task *itask = task->dd_data;

		if (!itask->inline_data)
			continue;
		iseri_task_unmap_inline(ep, task);
		__iscsi_put_task(task);
	}
}
