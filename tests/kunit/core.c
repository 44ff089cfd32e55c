// SPDX-License-Identifier: GPL-2.0-only
/*
 * The book-keeping of common/: send ring, receive buffers, MRs, books of DMA
 * mappings, and the events of the connection manager. The endpoint is real, its
 * device is not: it notes what is posted, and a test says what completes.
 */
#include "no_export.h"
#include <rdma/rdma_cm.h>

/* Of rdma_cm, which is not needed for anything else here. */
static const char *fake_reject_msg(struct rdma_cm_id *id, int reason)
{
	return "a reason";
}

#define rdma_reject_msg	fake_reject_msg
#undef pr_fmt
#include "../../common/cm.c"
#include "../../common/dma.c"
#ifdef CONFIG_FAULT_INJECTION
#include "../../common/fault.c"
#endif
#include "../../common/send.c"
#include "../../common/mr.c"
#include "../../common/chunk.c"
#include "../../common/extent.c"
#include "../../common/recv.c"
#include "../../common/addr.c"
#include "../../common/poll.c"
#include "../unit/unit.h"
#include "../vectors/wire.h"

/* ---- the device ---- */

#define FAKE_QUEUE	2048
#define FAKE_MR_PAGES	16

struct fake_wr {
	enum ib_wr_opcode	opcode;
	struct ib_cqe		*cqe;
	bool			signaled;
	u32			rkey;
	int			access;
	u64			remote;
	u32			num_sge;
	struct ib_sge		sge[3];
};

struct fake_mr {
	struct ib_mr	mr;
	u32		max_pages;
	u32		pages;
};

struct fake_cq {
	struct ib_cq	cq;
};

struct fake_device {
	struct ib_device	ibdev;
	struct fake_wr		sq[FAKE_QUEUE];
	u32			sq_head;	/* posted, ever */
	u32			sq_tail;	/* completed */
	struct ib_cqe		*rq[FAKE_QUEUE];
	u32			rq_head;
	u32			rq_tail;
	u32			rings;		/* calls of post_send */
	u32			doorbells;	/* calls of post_recv */
	u32			twice;		/* receives posted that were posted */
	u32			next_rkey;
	int			post_err;
	struct ib_cq		*cq;		/* with a completion each: */
	struct ib_cqe		*cqes[FAKE_QUEUE];
	u32			cq_head;
	u32			cq_tail;
	u32			arms;		/* calls of req_notify_cq */
	int			cq_err;
};

static struct fake_device *fake;
static struct iser_device fake_iser_device;
static struct ib_pd fake_pd;
static struct ib_qp fake_qp;
static struct iser_ep *ep;

static int fake_post_send(struct ib_qp *qp, const struct ib_send_wr *wr,
			  const struct ib_send_wr **bad)
{
	fake->rings++;
	for (; wr; wr = wr->next) {
		struct fake_wr *to = &fake->sq[fake->sq_head % FAKE_QUEUE];

		if (fake->post_err)
			return fake->post_err;
		fake->sq_head++;
		memset(to, 0, sizeof(*to));
		to->opcode = wr->opcode;
		to->cqe = wr->wr_cqe;
		to->signaled = wr->send_flags & IB_SEND_SIGNALED;
		to->num_sge = min_t(u32, wr->num_sge, ARRAY_SIZE(to->sge));
		memcpy(to->sge, wr->sg_list, to->num_sge * sizeof(*to->sge));
		if (wr->opcode == IB_WR_RDMA_WRITE) {
			to->rkey = rdma_wr(wr)->rkey;
			to->remote = rdma_wr(wr)->remote_addr;
		} else if (wr->opcode == IB_WR_REG_MR) {
			to->rkey = reg_wr(wr)->key;
			to->access = reg_wr(wr)->access;
		} else {
			to->rkey = wr->ex.invalidate_rkey;
		}
	}
	return 0;
}

static int fake_post_recv(struct ib_qp *qp, const struct ib_recv_wr *wr,
			  const struct ib_recv_wr **bad)
{
	u32 i;

	if (fake->post_err)
		return fake->post_err;
	fake->doorbells++;
	for (; wr; wr = wr->next) {
		for (i = fake->rq_tail; i != fake->rq_head; i++)
			if (fake->rq[i % FAKE_QUEUE] == wr->wr_cqe)
				fake->twice++;
		fake->rq[fake->rq_head++ % FAKE_QUEUE] = wr->wr_cqe;
	}
	return 0;
}

static struct ib_mr *fake_alloc_mr(struct ib_pd *pd, enum ib_mr_type type,
				   u32 max_pages)
{
	struct fake_mr *fmr = kzalloc(sizeof(*fmr), GFP_KERNEL);

	if (!fmr)
		return ERR_PTR(-ENOMEM);
	fmr->max_pages = max_pages;
	fake->next_rkey += 0x100;
	fmr->mr.rkey = fake->next_rkey;
	fmr->mr.lkey = fake->next_rkey;
	return &fmr->mr;
}

static int fake_dereg_mr(struct ib_mr *mr, struct ib_udata *udata)
{
	kfree(container_of(mr, struct fake_mr, mr));
	return 0;
}

static int fake_set_page(struct ib_mr *mr, u64 addr)
{
	struct fake_mr *fmr = container_of(mr, struct fake_mr, mr);

	if (fmr->pages == fmr->max_pages)
		return -ENOMEM;
	fmr->pages++;
	return 0;
}

static int fake_map_mr_sg(struct ib_mr *mr, struct scatterlist *sg, int nents,
			  unsigned int *offset)
{
	container_of(mr, struct fake_mr, mr)->pages = 0;
	return ib_sg_to_pages(mr, sg, nents, offset, fake_set_page);
}

static int fake_create_cq(struct ib_cq *cq, const struct ib_cq_init_attr *attr,
			  struct uverbs_attr_bundle *attrs)
{
	if (!fake->cq_err)
		fake->cq = cq;
	return fake->cq_err;
}

static int fake_destroy_cq(struct ib_cq *cq, struct ib_udata *udata)
{
	fake->cq = NULL;
	return 0;
}

static int fake_poll_cq(struct ib_cq *cq, int count, struct ib_wc *wc)
{
	int n;

	for (n = 0; n < count && fake->cq_tail != fake->cq_head; n++) {
		memset(&wc[n], 0, sizeof(wc[n]));
		wc[n].wr_cqe = fake->cqes[fake->cq_tail++ % FAKE_QUEUE];
	}
	return n;
}

static int fake_req_notify_cq(struct ib_cq *cq, enum ib_cq_notify_flags flags)
{
	fake->arms++;
	return fake->cq_tail != fake->cq_head;
}

static const struct ib_device_ops fake_ops = {
	.owner		= THIS_MODULE,
	.create_cq	= fake_create_cq,
	.destroy_cq	= fake_destroy_cq,
	.poll_cq	= fake_poll_cq,
	.req_notify_cq	= fake_req_notify_cq,
	INIT_RDMA_OBJ_SIZE(ib_cq, fake_cq, cq),
	.post_send	= fake_post_send,
	.post_recv	= fake_post_recv,
	.alloc_mr	= fake_alloc_mr,
	.dereg_mr	= fake_dereg_mr,
	.map_mr_sg	= fake_map_mr_sg,
};

/* ---- what the tested files call in the rest of common/ ---- */

static long objects[ISER_NR_OBJECTS];

void iser_object_created(enum iser_object kind, unsigned int count)
{
	objects[kind] += count;
}

void iser_object_destroyed(enum iser_object kind, unsigned int count)
{
	objects[kind] -= count;
}

void *iser_array_alloc(size_t count, size_t size)
{
	return kvcalloc(count, size, GFP_KERNEL);
}

bool iser_ep_move(struct iser_ep *moved, enum iser_ep_state to)
{
	if (!iser_state_can_move(moved->state, to))
		return false;
	moved->state = to;
	return true;
}

void iser_ep_stop_locked(struct iser_ep *stopped, enum iser_reason reason)
{
	if (stopped->state >= ISER_EP_STOPPING)
		return;
	stopped->state = ISER_EP_STOPPING;
	stopped->reason = reason;
}

void iser_ep_stop(struct iser_ep *stopped, enum iser_reason reason)
{
	iser_ep_stop_locked(stopped, reason);
}

static u32 addr_resolved, route_resolved, rep_read;

void iser_connect_addr_resolved(struct iser_ep *of)
{
	addr_resolved++;
}

void iser_connect_route_resolved(struct iser_ep *of)
{
	route_resolved++;
}

void iser_connect_established(struct iser_ep *of, struct rdma_cm_event *event)
{
	rep_read++;
}

/* ---- the role ---- */

static struct iser_recv *handed_up[FAKE_QUEUE];
static u32 nr_handed_up;

static void role_recv(struct iser_ep *from, struct iser_recv *recv)
{
	handed_up[nr_handed_up++] = recv;
}

static const struct iser_ep_ops role_ops = { .recv = role_recv };

/* What ended of the sends that somebody waits for, in order. */
struct workqueue_struct *iser_wq;
static struct iser_send *done[FAKE_QUEUE];
static u32 nr_done;
static u32 nr_flushed;

static void role_done(struct iser_ep *from, struct iser_send *send,
		      bool flushed)
{
	done[nr_done++] = send;
	nr_flushed += flushed;
}

/* ---- a connection ---- */

static const struct iser_dev_limits fake_limits = {
	.max_qp_wr	= 1024,
	.max_cqe	= 4096,
	.max_send_sge	= 8,
	.max_recv_sge	= 8,
	.max_fr_pages	= FAKE_MR_PAGES,
	.max_ird	= 16,
	.max_ord	= 16,
};

static bool silent(enum iser_role side, u32 depth)
{
	fake = ib_alloc_device(fake_device, ibdev);
	ep = kzalloc(sizeof(*ep), GFP_KERNEL);
	iser_wq = alloc_workqueue("iser_kunit", WQ_UNBOUND, 0);
	if (!fake || !ep || !iser_wq)
		return false;
	ib_set_device_ops(&fake->ibdev, &fake_ops);
	fake->ibdev.num_comp_vectors = 2;
	fake_iser_device.ibdev = &fake->ibdev;
	memset(&fake_pd, 0, sizeof(fake_pd));
	fake_pd.device = &fake->ibdev;
	memset(&fake_qp, 0, sizeof(fake_qp));
	fake_qp.device = &fake->ibdev;
	memset(objects, 0, sizeof(objects));
	nr_handed_up = 0;
	nr_done = 0;
	nr_flushed = 0;

	spin_lock_init(&ep->tx_lock);
	spin_lock_init(&ep->rx_lock);
	spin_lock_init(&ep->buf_lock);
	mutex_init(&ep->setup);
	INIT_LIST_HEAD(&ep->bufs);
	INIT_WORK(&ep->chunk_work, iser_chunk_grow_work);
	iser_extent_init(ep);
	ep->side = side;
	ep->ops = &role_ops;
	ep->state = ISER_EP_ESTABLISHED;
	ep->phase = ISER_PHASE_FULL;
	ep->wanted = iser_pdu_wanted(side, ISER_PHASE_FULL);
	ep->dev = &fake_iser_device;
	ep->limits = fake_limits;
	ep->pd = &fake_pd;
	ep->qp = &fake_qp;
	/* Counters that go round during the test show what does not. */
	ep->sq_posted = -20;
	ep->sq_rung = -20;
	ep->sq_completed = -20;
	ep->sq_signalled = -20;
	ep->slot_head = -10;
	ep->slot_tail = -10;
	ep->sq_freed = -20;
	ep->rx_posted = -3;
	ep->rx_consumed = -3;
	ep->remote_inv = true;
	if (side == ISER_INITIATOR)
		CHECK_EQ(iser_plan_initiator(&fake_limits, depth, 4, &ep->plan),
			 0);
	else
		CHECK_EQ(iser_plan_target(&fake_limits, depth, 4, &ep->plan),
			 0);
	mutex_lock(&ep->setup);
	CHECK_EQ(iser_send_setup(ep), 0);
	CHECK_EQ(iser_recv_setup(ep), 0);
	mutex_unlock(&ep->setup);
	return unit_failures == 0;
}

static bool connected(enum iser_role side, u32 depth)
{
	if (!silent(side, depth))
		return false;
	CHECK_EQ(iser_send_prepare(ep, true), 0);
	/* A chain that is there keeps the timer; an emulator may stall for long. */
	mod_timer(&ep->chain_timer, jiffies + 600 * HZ);
	return unit_failures == 0;
}

static unsigned int mappings_left(void)
{
	unsigned int left = 0;
	int kind;

	for (kind = 0; kind < ISER_NR_DMA; kind++)
		left += iser_dma_strike_left(ep, kind);
	return left;
}

static void disconnected(void)
{
	int kind;

	if (fake && ep) {
		iser_send_quiesce(ep);
		iser_send_flush(ep);
		iser_mr_teardown(ep);
		iser_buf_teardown(ep);
		iser_send_teardown(ep);
		iser_recv_teardown(ep);
		iser_chunk_teardown(ep);
		iser_chunk_return_all(ep);
		iser_extent_teardown(ep);
		iser_extent_return_all(ep);
		CHECK_EQ(mappings_left(), 0);
		for (kind = 0; kind < ISER_NR_OBJECTS; kind++)
			CHECK_EQ(objects[kind], 0);
		CHECK_EQ(fake->twice, 0);
		iser_extent_exit(ep);
		kvfree(ep->chunks);
		kvfree(ep->mrs);
	}
	kfree(ep);
	ep = NULL;
	if (iser_wq)
		destroy_workqueue(iser_wq);
	iser_wq = NULL;
	if (fake)
		ib_dealloc_device(&fake->ibdev);
	fake = NULL;
}

static struct fake_wr *posted(u32 at)
{
	return &fake->sq[at % FAKE_QUEUE];
}

static void complete_wr(struct fake_wr *wr, enum ib_wc_status status)
{
	struct ib_wc wc = { .wr_cqe = wr->cqe, .status = status };

	wr->cqe->done(NULL, &wc);
}

/* The device does what was posted up to here; only what is signalled shows. */
static void complete_sends(u32 until)
{
	while (fake->sq_tail != until) {
		struct fake_wr *wr = posted(fake->sq_tail++);

		if (wr->signaled)
			complete_wr(wr, IB_WC_SUCCESS);
	}
}

static int send_one(bool wait, bool signal)
{
	struct iser_send *send;
	int err;

	iser_tx_lock(ep);
	send = iser_send_get(ep, 1);
	if (!send) {
		iser_tx_unlock(ep);
		return -ENOBUFS;
	}
	send->done = wait ? role_done : NULL;
	err = iser_send_post(ep, send, ISER_HEADERS_LEN, NULL, 0, signal);
	iser_tx_unlock(ep);
	return err;
}

/* As the initiator does it: softirqs are off. */
static int submit(struct iser_send *send, struct iser_mr *mr, bool wait,
		  unsigned int flags)
{
	int err;

	send->done = wait ? role_done : NULL;
	local_bh_disable();
	err = iser_send_submit(send, ISER_HEADERS_LEN, mr, flags);
	local_bh_enable();
	return err;
}

static int submit_one(bool wait, unsigned int flags)
{
	struct iser_send *send = iser_send_get(ep, 1);

	return send ? submit(send, NULL, wait, flags) : -ENOBUFS;
}

/* ---- sends ---- */

TEST("send/slots-of-a-target-have-memory-when-they-are-used")
{
	u32 i, page = PAGE_SIZE / ISER_SEND_SLOT;

	if (!silent(ISER_TARGET, 64))
		goto out;
	CHECK_EQ(ep->slots_ready, 0);
	/* Round the ring. */
	for (i = 0; i < 2 * ep->nr_slots; i++) {
		NOTE("send %u", i);
		CHECK_EQ(iser_send_prepare(ep, false), 0);
		CHECK_EQ(ep->slots_ready,
			 min(roundup(i + 1, page), ep->nr_slots));
		CHECK(ep->slot_next->buf && ep->slot_next->addr);
		CHECK_EQ(send_one(false, true), 0);
		complete_sends(fake->sq_head);
	}
	disconnected();

	if (!silent(ISER_TARGET, 64))
		goto out;
	CHECK_EQ(iser_send_prepare(ep, true), 0);
	CHECK_EQ(ep->slots_ready, ep->nr_slots);
	for (i = 1; i < ep->nr_slots; i++)
		CHECK(ep->slots[i].buf != ep->slots[i - 1].buf);
	ep->state = ISER_EP_STOPPING;
	CHECK_EQ(iser_send_prepare(ep, false), -ENOTCONN);
	disconnected();

	if (silent(ISER_INITIATOR, 64))
		CHECK_EQ(ep->slots_ready, ep->nr_slots);
out:
	disconnected();
}

TEST("send/one-completion-in-many-is-enough")
{
	u32 i, since = 0, most = 0, signaled = 0;

	if (!connected(ISER_INITIATOR, 64))
		goto out;
	for (i = 0; i < 1000; i++) {
		CHECK_EQ(send_one(false, false), 0);
		since++;
		if (posted(fake->sq_head - 1)->signaled) {
			signaled++;
			most = max(most, since);
			since = 0;
			complete_sends(fake->sq_head);
		}
	}
	CHECK_EQ(most, ISER_SIGNAL_EVERY);
	CHECK_EQ(signaled, 1000 / ISER_SIGNAL_EVERY);
	CHECK_EQ(nr_done, 0);
out:
	disconnected();
}

TEST("send/what-is-not-known-complete-counts-as-used")
{
	u32 room, i;

	if (!connected(ISER_INITIATOR, 64))
		goto out;
	room = iser_sq_room(ep);
	for (i = 0; i < 10; i++)
		CHECK_EQ(send_one(false, false), 0);
	CHECK_EQ(iser_sq_room(ep), room - 10);
	/* The device is through with them, but did not say so. */
	complete_sends(fake->sq_head);
	CHECK_EQ(iser_sq_room(ep), room - 10);
	CHECK_EQ(send_one(false, true), 0);
	CHECK_EQ(iser_sq_room(ep), room - 11);
	complete_sends(fake->sq_head);
	CHECK_EQ(iser_sq_room(ep), room);
out:
	disconnected();
}

TEST("send/slots-end-once-and-in-posting-order")
{
	struct iser_send *order[38];
	u32 i;

	if (!connected(ISER_INITIATOR, 64))
		goto out;
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		order[i] = ep->slot_next;
		CHECK_EQ(send_one(true, i == 7), 0);
	}
	complete_sends(fake->sq_head - ARRAY_SIZE(order) + 7);
	CHECK_EQ(nr_done, 0);
	complete_sends(fake->sq_head - ARRAY_SIZE(order) + 8);
	CHECK_EQ(nr_done, 8);
	complete_sends(fake->sq_head);
	CHECK(nr_done > 8 && nr_done < ARRAY_SIZE(order));
	CHECK_EQ(nr_flushed, 0);
	/* The rest is the drain's. */
	i = nr_done;
	iser_send_flush(ep);
	CHECK_EQ(nr_done, ARRAY_SIZE(order));
	CHECK_EQ(nr_flushed, ARRAY_SIZE(order) - i);
	for (i = 0; i < nr_done; i++) {
		NOTE("send %u", i);
		CHECK(done[i] == order[i]);
	}
out:
	disconnected();
}

TEST("send/a-full-queue-has-a-completion-coming")
{
	u32 i, sent = 0, round;

	if (!connected(ISER_INITIATOR, 8))
		goto out;
	for (round = 0; round < 20; round++) {
		NOTE("round %u", round);
		for (i = 0; !send_one(false, false); i++)
			sent++;
		CHECK(i > 0);
		CHECK(ep->sq_posted - ep->sq_completed < ep->plan.send_wr);
		complete_sends(fake->sq_head);
	}
	CHECK(sent >= 20 * ep->plan.send_slots / 2);
out:
	disconnected();
}

TEST("send/a-refused-post-stops-and-the-flush-ends-it")
{
	if (!connected(ISER_INITIATOR, 8))
		goto out;
	fake->post_err = -ENOMEM;
	CHECK_EQ(send_one(true, true), -EIO);
	CHECK_EQ(ep->state, ISER_EP_STOPPING);
	CHECK_EQ(ep->reason, ISER_STOP_POST);
	CHECK_EQ(nr_done, 0);
	fake->post_err = 0;
	CHECK_EQ(send_one(true, true), -ENOBUFS);
	CHECK_EQ(fake->sq_head, 0);
	iser_send_flush(ep);
	CHECK_EQ(nr_done, 1);
	CHECK_EQ(nr_flushed, 1);
out:
	disconnected();
}

TEST("send/nothing-is-posted-after-the-stop")
{
	struct iser_send *send;

	if (!connected(ISER_INITIATOR, 8))
		goto out;
	send = iser_send_get(ep, 1);
	send->done = role_done;
	iser_ep_stop(ep, ISER_STOP_LOCAL);
	iser_tx_lock(ep);
	CHECK_EQ(iser_send_post(ep, send, ISER_HEADERS_LEN, NULL, 0, true),
		 -ENOTCONN);
	iser_tx_unlock(ep);
	CHECK(!iser_send_get(ep, 1));
	CHECK_EQ(fake->sq_head, 0);
	iser_send_flush(ep);
	CHECK_EQ(nr_done, 0);
out:
	disconnected();
}

TEST("send/an-error-stops-and-frees-nothing")
{
	if (!connected(ISER_INITIATOR, 8))
		goto out;
	CHECK_EQ(send_one(true, true), 0);
	complete_wr(posted(0), IB_WC_RETRY_EXC_ERR);
	CHECK_EQ(ep->state, ISER_EP_STOPPING);
	CHECK_EQ(ep->reason, ISER_STOP_WC);
	/* Others may still be under way: the drain tells. */
	CHECK_EQ(nr_done, 0);
out:
	disconnected();
	CHECK_EQ(nr_flushed, 1);
}

/* ---- Sends that hang in a chain ---- */

TEST("chain/a-batch-has-one-doorbell")
{
	u32 i;

	if (!connected(ISER_INITIATOR, 64))
		goto out;
	for (i = 0; i < 6; i++)
		CHECK_EQ(submit_one(true, ISER_SEND_MORE | ISER_SEND_SIGNAL), 0);
	CHECK_EQ(fake->rings, 0);
	CHECK_EQ(fake->sq_head, 0);
	CHECK_EQ(submit_one(true, ISER_SEND_SIGNAL), 0);
	CHECK_EQ(fake->rings, 1);
	CHECK_EQ(fake->sq_head, 7);
	/* In the order they were built in. */
	for (i = 0; i < 7; i++) {
		NOTE("send %u", i);
		CHECK(posted(i)->cqe == &ep->slots[i].cqe);
	}
	complete_sends(fake->sq_head);
	CHECK_EQ(nr_done, 7);
	CHECK_EQ(nr_flushed, 0);
out:
	disconnected();
}

TEST("chain/what-hangs-takes-room-and-slots")
{
	u32 room, slots;

	if (!connected(ISER_INITIATOR, 64))
		goto out;
	room = iser_sq_room(ep);
	slots = iser_send_room(ep);
	CHECK_EQ(submit_one(false, ISER_SEND_MORE), 0);
	CHECK_EQ(submit_one(false, ISER_SEND_MORE), 0);
	CHECK_EQ(iser_sq_room(ep), room - 2);
	CHECK_EQ(iser_send_room(ep), slots - 2);
	iser_send_commit(ep);
	CHECK_EQ(fake->rings, 1);
	CHECK_EQ(fake->sq_head, 2);
	CHECK_EQ(iser_sq_room(ep), room - 2);
	/* Nothing hangs, nothing to ring for. */
	iser_send_commit(ep);
	CHECK_EQ(fake->rings, 1);
out:
	disconnected();
}

TEST("chain/it-is-not-longer-than-there-is-room-for")
{
	u32 i, head = 0;

	if (!connected(ISER_INITIATOR, 64))
		goto out;
	for (i = 1; i <= 3 * ISER_CHAIN_SENDS; i++) {
		NOTE("send %u", i);
		CHECK_EQ(submit_one(false, ISER_SEND_MORE), 0);
		if (!(i % ISER_CHAIN_SENDS))
			head = i;
		CHECK_EQ(fake->sq_head, head);
	}
	CHECK_EQ(fake->rings, 3);
out:
	disconnected();
}

TEST("chain/whatever-is-posted-posts-what-hangs-first")
{
	struct iser_send *first;

	if (!connected(ISER_INITIATOR, 8))
		goto out;
	first = ep->slot_next;
	CHECK_EQ(submit_one(false, ISER_SEND_MORE), 0);
	CHECK_EQ(send_one(false, true), 0);
	CHECK_EQ(fake->rings, 1);
	CHECK_EQ(fake->sq_head, 2);
	CHECK(posted(0)->cqe == &first->cqe);
	CHECK(posted(1)->cqe == &(first + 1)->cqe);
out:
	disconnected();
}

TEST("chain/nobody-waits-for-what-is-not-posted")
{
	u32 position;

	if (!connected(ISER_INITIATOR, 8))
		goto out;
	CHECK_EQ(submit_one(false, ISER_SEND_MORE | ISER_SEND_SIGNAL), 0);
	CHECK_EQ(fake->sq_head, 0);
	position = iser_sq_signalled(ep);
	CHECK_EQ(fake->sq_head, 1);
	CHECK(!iser_sq_passed(ep, position));
	complete_sends(fake->sq_head);
	CHECK(iser_sq_passed(ep, position));
out:
	disconnected();
}

TEST("chain/a-forgotten-one-is-posted-by-the-timer")
{
	u32 i, round;

	if (!connected(ISER_INITIATOR, 8))
		goto out;
	timer_delete_sync(&ep->chain_timer);
	/* It is set again for the next. */
	for (round = 1; round <= 2; round++) {
		NOTE("round %u", round);
		CHECK_EQ(submit_one(false, ISER_SEND_MORE), 0);
		for (i = 0; READ_ONCE(fake->rings) < round && i < 500; i++)
			msleep(20);
		CHECK_EQ(fake->rings, round);
		CHECK_EQ(fake->sq_head, round);
	}
out:
	disconnected();
}

TEST("chain/a-stop-drops-it-and-gives-the-slots-back")
{
	if (!connected(ISER_INITIATOR, 8))
		goto out;
	CHECK_EQ(submit_one(true, ISER_SEND_MORE | ISER_SEND_SIGNAL), 0);
	CHECK_EQ(submit_one(true, ISER_SEND_MORE | ISER_SEND_SIGNAL), 0);
	iser_ep_stop(ep, ISER_STOP_LOCAL);
	/* None of those who post what hangs does. */
	iser_send_commit(ep);
	iser_sq_signalled(ep);
	CHECK_EQ(submit_one(true, 0), -ENOBUFS);
	msleep(50);
	CHECK_EQ(fake->rings, 0);
	CHECK_EQ(nr_done, 0);
	iser_send_quiesce(ep);
	iser_send_flush(ep);
	CHECK_EQ(nr_done, 2);
	CHECK_EQ(nr_flushed, 2);
out:
	disconnected();
}

TEST("chain/a-refused-doorbell-stops-and-the-flush-ends-all")
{
	if (!connected(ISER_INITIATOR, 8))
		goto out;
	CHECK_EQ(submit_one(true, ISER_SEND_MORE), 0);
	CHECK_EQ(submit_one(true, ISER_SEND_MORE), 0);
	fake->post_err = -ENOMEM;
	iser_send_commit(ep);
	CHECK_EQ(ep->state, ISER_EP_STOPPING);
	CHECK_EQ(ep->reason, ISER_STOP_POST);
	iser_send_flush(ep);
	CHECK_EQ(nr_flushed, 2);
out:
	disconnected();
}

/* ---- addresses ---- */

static struct sockaddr_storage addr4(u32 addr, u16 port)
{
	struct sockaddr_storage at = { .ss_family = AF_INET };
	struct sockaddr_in *in = (struct sockaddr_in *)&at;

	in->sin_addr.s_addr = htonl(addr);
	in->sin_port = htons(port);
	return at;
}

static struct sockaddr_storage addr6(u32 high, u32 low, u32 scope)
{
	struct sockaddr_storage at = { .ss_family = AF_INET6 };
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&at;

	in6->sin6_addr.s6_addr32[1] = htonl(high);
	in6->sin6_addr.s6_addr32[3] = htonl(low);
	in6->sin6_scope_id = scope;
	return at;
}

TEST("addr/what-counts-is-the-address")
{
	struct sockaddr_storage none = {}, a, b;

	a = addr4(0xc0000201, 3260);
	b = addr4(0xc0000201, 860);
	CHECK(iser_addr_match(&a, &b, 64));
	b = addr4(0xc0000202, 3260);
	CHECK(!iser_addr_match(&a, &b, 64));
	CHECK(!iser_addr_match(&none, &none, 128));

	a = addr6(1, 1, 2);
	CHECK(!iser_addr_match(&a, &b, 0));
	b = addr6(1, 1, 3);
	CHECK(iser_addr_match(&a, &b, 128));
	b = addr6(1, 0, 2);
	CHECK(!iser_addr_match(&a, &b, 128));
	CHECK(iser_addr_match(&a, &b, 127));
	CHECK(iser_addr_match(&a, &b, 64));
	b = addr6(0, 1, 2);
	CHECK(!iser_addr_match(&a, &b, 64));
	CHECK(iser_addr_match(&a, &b, 63));
}

/* ---- MRs ---- */

static struct page *data_page;
static struct scatterlist data_sg[FAKE_MR_PAGES + 1];

static bool with_data(u32 depth)
{
	data_page = alloc_page(GFP_KERNEL);
	if (!data_page || !connected(ISER_INITIATOR, depth))
		return false;
	sg_init_one(data_sg, page_address(data_page), PAGE_SIZE);
	CHECK_EQ(iser_mr_alloc_all(ep, depth, FAKE_MR_PAGES), 0);
	return !unit_failures;
}

static void without_data(void)
{
	disconnected();
	if (data_page)
		__free_page(data_page);
	data_page = NULL;
}

/* A command that has an STag: each has a list of its own. */
static int send_mr_flags(u32 index, struct scatterlist *sg,
			 enum dma_data_direction dir, unsigned int flags)
{
	struct iser_send *send = iser_send_get(ep, ISER_INI_WR_PER_TASK);
	struct iser_mr *mr = iser_mr_at(ep, index);
	bool sent = false;
	int err;

	if (!send)
		return -ENOBUFS;
	err = iser_mr_take(mr, sg, 1, PAGE_SIZE, dir, sg);
	if (err)
		return err;
	send->done = NULL;
	local_bh_disable();
	err = iser_send_submit_mr(send, ISER_HEADERS_LEN, mr, flags, &sent);
	local_bh_enable();
	CHECK_EQ(sent, !err);
	return err;
}

static int send_mr(u32 index, struct scatterlist *sg,
		   enum dma_data_direction dir)
{
	return send_mr_flags(index, sg, dir, 0);
}

TEST("mr/a-key-lives-from-the-send-to-the-answer")
{
	struct iser_mr *mr;
	u32 rkey;

	if (!with_data(8))
		goto out;
	mr = iser_mr_at(ep, 3);
	CHECK_EQ(mr->state, ISER_MR_FREE);
	CHECK_EQ(send_mr(3, data_sg, DMA_FROM_DEVICE), 0);
	CHECK_EQ(mr->state, ISER_MR_REGISTERED);
	rkey = mr->rkey;
	CHECK_EQ(fake->sq_head, 2);
	CHECK_EQ(posted(0)->opcode, IB_WR_REG_MR);
	CHECK_EQ(posted(0)->rkey, rkey);
	CHECK_EQ(posted(0)->access,
		 IB_ACCESS_LOCAL_WRITE | IB_ACCESS_REMOTE_WRITE);
	CHECK_EQ(posted(1)->opcode, IB_WR_SEND);
	CHECK(!posted(0)->signaled && !posted(1)->signaled);

	CHECK(iser_mr_remote_invalidated(mr, mr->rkey));
	CHECK_EQ(mr->state, ISER_MR_FREE);
	CHECK_EQ(iser_mr_map(mr, data_sg, 1, 0, PAGE_SIZE, DMA_TO_DEVICE, mr),
		 -EBUSY);
	iser_mr_release(mr);

	CHECK_EQ(send_mr(3, data_sg, DMA_TO_DEVICE), 0);
	CHECK(mr->rkey != rkey);
	CHECK_EQ(posted(2)->access, IB_ACCESS_REMOTE_READ);
	CHECK_EQ(iser_mr_end(mr, mr->rkey + 1), -EPROTO);
	CHECK_EQ(mr->state, ISER_MR_REGISTERED);
	CHECK_EQ(iser_mr_end(mr, mr->rkey), 0);
	CHECK_EQ(mr->state, ISER_MR_FREE);
	CHECK(!mr->owner);
	CHECK_EQ(iser_dma_strike_left(ep, ISER_DMA_MR), 0);
out:
	without_data();
}

TEST("mr/a-key-we-end-is-alive-until-the-completion")
{
	struct iser_mr *mr;
	u32 room;

	if (!with_data(8))
		goto out;
	mr = iser_mr_at(ep, 0);
	room = iser_sq_room(ep);
	CHECK_EQ(send_mr(0, data_sg, DMA_FROM_DEVICE), 0);
	/* REG_MR, the Send, and the LOCAL_INV that is still to come. */
	CHECK_EQ(iser_sq_room(ep), room - 3);
	CHECK_EQ(iser_mr_invalidate(mr), 0);
	CHECK_EQ(mr->state, ISER_MR_INVALIDATING);
	CHECK_EQ(iser_sq_room(ep), room - 3);
	CHECK_EQ(posted(2)->opcode, IB_WR_LOCAL_INV);
	CHECK_EQ(posted(2)->rkey, mr->rkey);
	CHECK(posted(2)->signaled);
	CHECK(!iser_sq_passed(ep, mr->inv_end));

	complete_sends(fake->sq_head);
	CHECK_EQ(mr->state, ISER_MR_FREE);
	CHECK(iser_sq_passed(ep, mr->inv_end));
	CHECK_EQ(iser_sq_room(ep), room);
	iser_mr_release(mr);
out:
	without_data();
}

TEST("mr/a-key-that-hangs-unposted-is-nobodys-to-invalidate")
{
	struct iser_mr *mr;

	if (!with_data(8))
		goto out;
	mr = iser_mr_at(ep, 1);
	CHECK_EQ(send_mr_flags(1, data_sg, DMA_FROM_DEVICE, ISER_SEND_MORE), 0);
	CHECK_EQ(fake->sq_head, 0);
	/* The peer has guessed it; REG_MR would make it live later. */
	CHECK(!iser_mr_remote_invalidated(mr, mr->rkey));
	CHECK_EQ(mr->state, ISER_MR_REGISTERED);
	/* Ended by us, it is registered first. */
	CHECK_EQ(iser_mr_invalidate(mr), 0);
	CHECK_EQ(fake->rings, 1);
	CHECK_EQ(posted(0)->opcode, IB_WR_REG_MR);
	CHECK_EQ(posted(1)->opcode, IB_WR_SEND);
	CHECK_EQ(posted(2)->opcode, IB_WR_LOCAL_INV);
	complete_sends(fake->sq_head);
	CHECK_EQ(mr->state, ISER_MR_FREE);
	iser_mr_release(mr);

	CHECK_EQ(send_mr_flags(1, data_sg, DMA_FROM_DEVICE, ISER_SEND_MORE), 0);
	iser_send_commit(ep);
	CHECK(!iser_mr_remote_invalidated(mr, mr->rkey + 1));
	ep->remote_inv = false;
	CHECK(!iser_mr_remote_invalidated(mr, mr->rkey));
	ep->remote_inv = true;
	CHECK(iser_mr_remote_invalidated(mr, mr->rkey));
	CHECK(!iser_mr_remote_invalidated(mr, mr->rkey));
	iser_mr_release(mr);
out:
	without_data();
}

TEST("mr/a-key-of-a-command-that-took-hours-is-ended-by-its-response")
{
	const u32 hours = 0x90000000u;
	struct iser_mr *mr;

	if (!with_data(8))
		goto out;
	mr = iser_mr_at(ep, 0);
	CHECK_EQ(send_mr(0, data_sg, DMA_FROM_DEVICE), 0);
	complete_sends(fake->sq_head);
	/* Others have come and gone meanwhile. */
	ep->sq_posted += hours;
	ep->sq_rung += hours;
	ep->sq_freed += hours;
	CHECK(iser_mr_remote_invalidated(mr, mr->rkey));
	ep->sq_posted -= hours;
	ep->sq_rung -= hours;
	ep->sq_freed -= hours;
	iser_mr_release(mr);
out:
	without_data();
}

TEST("mr/a-key-that-cannot-be-ended-is-never-taken-for-dead")
{
	struct iser_mr *mr;

	if (!with_data(8))
		goto out;
	mr = iser_mr_at(ep, 0);
	CHECK_EQ(send_mr(0, data_sg, DMA_FROM_DEVICE), 0);
	CHECK_EQ(send_one(false, true), 0);
	/* Somebody ends the connection; the queue pair still works. */
	iser_ep_stop(ep, ISER_STOP_LOCAL);
	CHECK_EQ(iser_mr_invalidate(mr), -ENOTCONN);
	CHECK_EQ(fake->sq_head, 3);
	CHECK(!iser_sq_passed(ep, iser_sq_signalled(ep)));
	complete_sends(fake->sq_head);
	CHECK(!iser_sq_passed(ep, iser_sq_signalled(ep)));
	iser_mr_release(mr);
out:
	without_data();
}

TEST("mr/there-is-room-to-end-every-key")
{
	struct scatterlist *lists = NULL;
	u32 depth = 32, i, sent;

	if (!with_data(depth))
		goto out;
	lists = kcalloc(depth, sizeof(*lists), GFP_KERNEL);
	for (i = 0; i < depth; i++)
		sg_init_one(&lists[i], page_address(data_page), PAGE_SIZE);
	for (sent = 0; sent < depth; sent++) {
		NOTE("command %u", sent);
		CHECK_EQ(send_mr(sent, &lists[sent], DMA_FROM_DEVICE), 0);
	}
	/* Whatever else wants to be sent. */
	while (!send_one(false, false))
		;
	for (i = 0; i < sent; i++) {
		NOTE("key %u", i);
		CHECK_EQ(iser_mr_invalidate(iser_mr_at(ep, i)), 0);
	}
	CHECK(fake->sq_head <= ep->plan.send_wr - ISER_DRAIN_WR);
	complete_sends(fake->sq_head);
	for (i = 0; i < sent; i++) {
		CHECK_EQ(iser_mr_at(ep, i)->state, ISER_MR_FREE);
		iser_mr_release(iser_mr_at(ep, i));
	}
out:
	without_data();
	kfree(lists);
}

TEST("mr/what-does-not-fit-stays-unmapped")
{
	unsigned long before;
	u32 i;

	if (!with_data(8))
		goto out;
	before = iser_dma_counts[ISER_DMA_MR].maps;
	sg_init_table(data_sg, ARRAY_SIZE(data_sg));
	for (i = 0; i < ARRAY_SIZE(data_sg); i++)
		sg_set_page(&data_sg[i], data_page, PAGE_SIZE, 0);
	CHECK_EQ(iser_mr_map(iser_mr_at(ep, 0), data_sg, ARRAY_SIZE(data_sg), 0,
			     ARRAY_SIZE(data_sg) * PAGE_SIZE, DMA_TO_DEVICE,
			     data_sg), -EINVAL);
	CHECK_EQ(iser_mr_at(ep, 0)->state, ISER_MR_FREE);
	/* Nor does a list that is shorter than the command. */
	sg_init_one(data_sg, page_address(data_page), 512);
	CHECK_EQ(iser_mr_map(iser_mr_at(ep, 0), data_sg, 1, 0, PAGE_SIZE,
			     DMA_TO_DEVICE, data_sg), -EINVAL);
	CHECK_EQ(iser_dma_counts[ISER_DMA_MR].maps - before, 2);
	CHECK_EQ(iser_dma_strike_left(ep, ISER_DMA_MR), 0);
out:
	without_data();
}

TEST("mr/what-was-sent-is-not-covered")
{
	struct iser_mr *mr;

	if (!with_data(8))
		goto out;
	mr = iser_mr_at(ep, 0);
	CHECK_EQ(iser_mr_map(mr, data_sg, 1, 512, PAGE_SIZE - 512,
			     DMA_TO_DEVICE, mr), 0);
	CHECK_EQ(mr->len, PAGE_SIZE - 512);
	CHECK_EQ(mr->mr->length, PAGE_SIZE - 512);
	CHECK_EQ(mr->base, sg_dma_address(data_sg) + 512);
	iser_mr_release(mr);
	CHECK_EQ(mr->state, ISER_MR_FREE);
out:
	without_data();
}

/* ---- receives ---- */

/* The peer sends this into the oldest receive. */
static void arrives(const void *message, u32 len)
{
	struct ib_cqe *cqe = fake->rq[fake->rq_tail++ % FAKE_QUEUE];
	struct iser_recv *recv = container_of(cqe, struct iser_recv, cqe);
	struct ib_wc wc = {
		.wr_cqe		= cqe,
		.opcode		= IB_WC_RECV,
		.byte_len	= len,
	};
	u32 at = min_t(u32, len, ISER_HEADERS_LEN);

	memcpy(recv->hdr, message, at);
	while (at < len) {
		u32 have;
		void *to = iser_recv_piece(recv, at, &have);

		have = min(have, len - at);
		memcpy(to, message + at, have);
		at += have;
	}
	cqe->done(NULL, &wc);
}

static void nop_arrives(void)
{
	arrives(iser_vec_nop_out, sizeof(iser_vec_nop_out));
}

static bool full_feature(u32 depth)
{
	if (!connected(ISER_TARGET, depth))
		return false;
	CHECK_EQ(iser_recv_alloc_full(ep, ep->plan.recvs, 8192), 0);
	CHECK_EQ(iser_recv_post_full(ep), 0);
	return !unit_failures;
}

TEST("recv/a-credit-for-each-buffer-and-no-more")
{
	u32 i, all;

	if (!connected(ISER_TARGET, 32))
		goto out;
	CHECK_EQ(iser_recv_posted(ep), ISER_LOGIN_RECVS);
	CHECK_EQ(fake->rq_head, ISER_LOGIN_RECVS);
	CHECK_EQ(iser_recv_alloc_full(ep, ep->plan.recvs, 8192), 0);
	CHECK_EQ(iser_recv_alloc_full(ep, ep->plan.recvs, 8192), -EALREADY);
	CHECK_EQ(iser_recv_posted(ep), ISER_LOGIN_RECVS);
	CHECK_EQ(iser_recv_post_full(ep), 0);
	all = ISER_LOGIN_RECVS + ep->plan.recvs;
	CHECK_EQ(iser_recv_posted(ep), all);
	CHECK(all <= ep->plan.recv_wr - ISER_DRAIN_WR);

	for (i = 0; i < all; i++)
		nop_arrives();
	CHECK_EQ(nr_handed_up, all);
	CHECK_EQ(iser_recv_posted(ep), 0);
	/* Those of the login are not posted again, but freed. */
	CHECK_EQ(objects[ISER_OBJ_RECV], all);
	iser_recv_release(handed_up[0]);
	CHECK(ep->login);
	for (i = 1; i < all; i++)
		iser_recv_release(handed_up[i]);
	CHECK_EQ(iser_recv_posted(ep), ep->plan.recvs);
	CHECK(!ep->login);
	CHECK_EQ(objects[ISER_OBJ_RECV], ep->plan.recvs);
out:
	disconnected();
}

TEST("recv/eight-buffers-go-back-with-one-doorbell")
{
	u32 i, before;

	if (!full_feature(32))
		goto out;
	/* The login's go out of use first. */
	for (i = 0; i < ISER_LOGIN_RECVS; i++) {
		nop_arrives();
		iser_recv_release(handed_up[i]);
	}
	before = fake->doorbells;
	for (i = 0; i < 64; i++) {
		nop_arrives();
		iser_recv_release(handed_up[nr_handed_up - 1]);
		CHECK_EQ(iser_recv_posted(ep), ep->plan.recvs);
		CHECK_EQ(fake->doorbells - before, (i + 1) / ISER_RECV_BATCH);
		CHECK_EQ(fake->rq_head - fake->rq_tail,
			 ep->plan.recvs - (i + 1) % ISER_RECV_BATCH);
	}
out:
	disconnected();
}

TEST("recv/buffers-held-for-long-come-back-in-any-order")
{
	u32 held, at, i;

	if (!full_feature(16))
		goto out;
	for (i = 0; i < ISER_LOGIN_RECVS; i++) {
		nop_arrives();
		iser_recv_release(handed_up[i]);
	}
	nr_handed_up = 0;
	for (i = 0; i < 2000; i++) {
		held = nr_handed_up;
		CHECK_EQ(iser_recv_posted(ep), ep->plan.recvs - held);
		if (fake->rq_head != fake->rq_tail &&
		    (!held || unit_random() % 2)) {
			nop_arrives();
			continue;
		}
		at = unit_random() % held;
		iser_recv_release(handed_up[at]);
		handed_up[at] = handed_up[--nr_handed_up];
	}
	CHECK_EQ(fake->twice, 0);
out:
	disconnected();
}

TEST("recv/a-malformed-pdu-ends-it-and-goes-no-further")
{
	u8 bad[ISER_HEADERS_LEN];

	if (!full_feature(8))
		goto out;
	memcpy(bad, iser_vec_nop_out, sizeof(bad));
	bad[0] = 0xf0;
	arrives(bad, sizeof(bad));
	CHECK_EQ(nr_handed_up, 0);
	CHECK_EQ(ep->state, ISER_EP_STOPPING);
	CHECK_EQ(ep->reason, ISER_STOP_BAD_PDU);
out:
	disconnected();
}

TEST("recv/what-is-no-send-ends-it")
{
	struct ib_wc wc = {
		.opcode		= IB_WC_RECV_RDMA_WITH_IMM,
		.wc_flags	= IB_WC_WITH_IMM,
		.byte_len	= SZ_1M,
	};
	struct iser_recv *recv;

	if (!full_feature(8))
		goto out;
	wc.wr_cqe = fake->rq[fake->rq_tail++];
	recv = container_of(wc.wr_cqe, struct iser_recv, cqe);
	/* What an earlier message has left there. */
	memcpy(recv->hdr, iser_vec_nop_out, sizeof(iser_vec_nop_out));
	wc.wr_cqe->done(NULL, &wc);
	CHECK_EQ(nr_handed_up, 0);
	CHECK_EQ(ep->reason, ISER_STOP_BAD_PDU);
out:
	disconnected();
}

TEST("recv/a-flush-is-not-handed-up")
{
	struct ib_wc wc = { .status = IB_WC_WR_FLUSH_ERR };
	u32 had;

	if (!full_feature(8))
		goto out;
	had = iser_recv_posted(ep);
	wc.wr_cqe = fake->rq[fake->rq_tail];
	wc.wr_cqe->done(NULL, &wc);
	CHECK_EQ(nr_handed_up, 0);
	CHECK_EQ(ep->reason, ISER_STOP_WC);
	CHECK_EQ(iser_recv_posted(ep), had);
out:
	disconnected();
}

TEST("recv/a-flush-while-we-connect-says-nothing")
{
	struct ib_wc wc = { .status = IB_WC_WR_FLUSH_ERR };

	if (!connected(ISER_INITIATOR, 8))
		goto out;
	ep->state = ISER_EP_CONNECTING;
	wc.wr_cqe = fake->rq[fake->rq_tail];
	wc.wr_cqe->done(NULL, &wc);
	CHECK_EQ(ep->state, ISER_EP_CONNECTING);
	/* What is no flush does, and so does a flush at the target. */
	wc.status = IB_WC_LOC_LEN_ERR;
	wc.wr_cqe->done(NULL, &wc);
	CHECK_EQ(ep->reason, ISER_STOP_WC);
	ep->state = ISER_EP_CONNECTING;
	ep->reason = ISER_STOP_NONE;
	ep->side = ISER_TARGET;
	wc.status = IB_WC_WR_FLUSH_ERR;
	wc.wr_cqe->done(NULL, &wc);
	CHECK_EQ(ep->reason, ISER_STOP_WC);
	ep->side = ISER_INITIATOR;
out:
	disconnected();
}

static void comes_back_after_the_stop(bool syncs)
{
	u32 i, before;

	if (!full_feature(8))
		goto out;
	for (i = 0; i < ISER_LOGIN_RECVS + ISER_RECV_BATCH; i++)
		nop_arrives();
	before = fake->rq_head;
	iser_ep_stop(ep, ISER_STOP_LOCAL);
	ep->full->special = syncs;
	for (i = 0; i < ISER_LOGIN_RECVS + ISER_RECV_BATCH; i++)
		iser_recv_release(handed_up[i]);
	CHECK_EQ(fake->rq_head, before);
out:
	disconnected();
}

TEST("recv/what-comes-back-after-the-stop-is-not-posted")
{
	comes_back_after_the_stop(true);
	comes_back_after_the_stop(false);
}

TEST("recv/data-is-where-it-was-sent")
{
	static u8 message[ISER_HEADERS_LEN + 4096];
	struct iser_recv *recv;
	u8 copy[64];
	u8 *data;
	u32 i;

	if (!full_feature(8))
		goto out;
	memcpy(message, iser_vec_nop_out, ISER_HEADERS_LEN);
	for (i = ISER_HEADERS_LEN; i < sizeof(message); i++)
		message[i] = i;
	put_unaligned_be24(4096, &message[ISER_HDR_LEN + 5]);
	arrives(message, sizeof(message));
	CHECK_EQ(nr_handed_up, 1);
	recv = handed_up[0];
	CHECK_EQ(recv->pdu.data_len, 4096);
	data = iser_recv_data(recv);
	CHECK(data && PAGE_ALIGNED(data));
	CHECK_BYTES(data, message + ISER_HEADERS_LEN, 4096);
	iser_recv_copy(recv, ISER_HEADERS_LEN - 4, copy, sizeof(copy));
	CHECK_BYTES(copy, message + ISER_HEADERS_LEN - 4, sizeof(copy));
	iser_recv_release(recv);
out:
	disconnected();
}

/* A NOP-Out with so many bytes of data, a multiple of 4, and of nothing. */
static void excess_arrives(u32 len, u32 excess)
{
	u8 *message = kzalloc(ISER_HEADERS_LEN + len + excess, GFP_KERNEL);
	u32 i;

	CHECK(message);
	if (!message)
		return;
	memcpy(message, iser_vec_nop_out, ISER_HEADERS_LEN);
	put_unaligned_be24(len, &message[ISER_HDR_LEN + 5]);
	for (i = 0; i < len; i++)
		message[ISER_HEADERS_LEN + i] = i + i / 251;
	arrives(message, ISER_HEADERS_LEN + len + excess);
	kfree(message);
}

static void data_arrives(u32 len)
{
	excess_arrives(len, 0);
}

/* Immediate data that a command keeps, in the buffer that is handed up. */
static struct iser_chunk *take_chunk(void)
{
	struct iser_chunk *chunk;
	struct iser_recv *recv;
	void *data;

	data_arrives(4);
	recv = handed_up[--nr_handed_up];
	data = recv->chunk[0];
	chunk = iser_chunk_take(recv);
	if (chunk)
		CHECK(chunk->mem == data && recv->chunk[0] != data);
	iser_recv_release(recv);
	return chunk;
}

/* Where the text of a Login Response can be appended to. */
TEST("recv/room-ends-where-the-buffer-does")
{
	struct iser_recv *recv;
	u32 i;

	if (!connected(ISER_TARGET, 8))
		goto out;
	nop_arrives();
	CHECK_EQ(iser_recv_room(handed_up[0]), ISER_RECV_CHUNK);
	/* As an initiator has them. */
	CHECK_EQ(iser_recv_alloc_full(ep, 8, SZ_1K - ISER_HEADERS_LEN), 0);
	CHECK_EQ(iser_recv_post_full(ep), 0);
	for (i = 0; i < ISER_LOGIN_RECVS; i++)
		nop_arrives();
	recv = handed_up[nr_handed_up - 1];
	CHECK_EQ(recv->pool->nr_chunks, 0);
	CHECK_EQ(iser_recv_room(recv), SZ_1K - ISER_HEADERS_LEN);
out:
	disconnected();
}

TEST("chunk/what-is-kept-costs-no-credit-and-spares-are-few")
{
	struct iser_chunk *taken[4];
	u32 i, round;

	if (!full_feature(16))
		goto out;
	CHECK_EQ(iser_chunk_alloc(ep, ARRAY_SIZE(taken),
				  ARRAY_SIZE(taken)), 0);
	for (i = 0; i < ISER_LOGIN_RECVS; i++) {
		nop_arrives();
		iser_recv_release(handed_up[i]);
	}
	for (round = 0; round < 50; round++) {
		NOTE("round %u", round);
		for (i = 0; i < ARRAY_SIZE(taken); i++) {
			taken[i] = take_chunk();
			CHECK(taken[i]);
			CHECK_EQ(iser_recv_posted(ep), ep->plan.recvs);
		}
		CHECK(!take_chunk());
		CHECK_EQ(iser_recv_posted(ep), ep->plan.recvs);
		for (i = 0; i < ARRAY_SIZE(taken); i++)
			iser_chunk_return(ep, taken[i]);
	}
out:
	disconnected();
}

TEST("chunk/more-are-made-when-they-are-short-and-not-too-many")
{
	struct iser_chunk *taken[12];
	u32 i;

	if (!full_feature(16))
		goto out;
	CHECK_EQ(iser_chunk_alloc(ep, 2, ARRAY_SIZE(taken)), 0);
	CHECK_EQ(ep->nr_spares, 2);
	for (i = 0; i < ARRAY_SIZE(taken); i++) {
		NOTE("chunk %u", i);
		taken[i] = iser_chunk_borrow(ep, 512);
		if (!taken[i]) {
			CHECK(i == 2 || i == 10);
			flush_work(&ep->chunk_work);
			taken[i] = iser_chunk_borrow(ep, 512);
		}
		CHECK(taken[i]);
		CHECK_EQ(objects[ISER_OBJ_CHUNK], i < 2 ? 2 : i < 10 ? 10 : 12);
	}
	CHECK(!iser_chunk_borrow(ep, 512));
	CHECK(!work_busy(&ep->chunk_work));
	for (i = 0; i < ARRAY_SIZE(taken); i++)
		iser_chunk_return(ep, taken[i]);
	CHECK_EQ(ep->nr_spares, ARRAY_SIZE(taken));

out:
	disconnected();
}

TEST("chunk/none-are-made-for-a-connection-that-ends")
{
	if (!full_feature(16))
		goto out;
	CHECK_EQ(iser_chunk_alloc(ep, 1, 4), 0);
	CHECK(iser_chunk_borrow(ep, 512));
	ep->state = ISER_EP_STOPPING;
	CHECK(!iser_chunk_borrow(ep, 512));
	CHECK(!work_busy(&ep->chunk_work));
	/* One that was queued before. */
	queue_work(iser_wq, &ep->chunk_work);
	flush_work(&ep->chunk_work);
	CHECK_EQ(ep->nr_chunks, 1);
out:
	disconnected();
}

TEST("chunk/memory-stays-until-its-user-is-through")
{
	struct iser_chunk *kept, *given;

	if (!full_feature(16))
		goto out;
	CHECK_EQ(iser_chunk_alloc(ep, 3, 3), 0);
	kept = take_chunk();
	given = take_chunk();
	if (!kept || !given)
		goto out;
	iser_chunk_return(ep, given);
	/* A second word about the same is not heard. */
	iser_chunk_return(ep, given);
	iser_recv_teardown(ep);
	iser_chunk_teardown(ep);
	CHECK_EQ(iser_dma_strike_left(ep, ISER_DMA_RECV), 0);
	CHECK_EQ(objects[ISER_OBJ_CHUNK], 1);
	/* The back end still writes: KASAN would tell. */
	memset(kept->mem, 0xa5, ISER_RECV_CHUNK);
	iser_chunk_return(ep, kept);
	CHECK_EQ(objects[ISER_OBJ_CHUNK], 0);
	ep->nr_chunks = 0;
out:
	disconnected();
}

/* A target whose device takes so many elements in an RDMA operation. */
static bool with_extents(u32 elements, u32 max)
{
	if (!full_feature(32))
		return false;
	ep->rw_sge = elements;
	max = min(max, ep->plan.send_wr / 4);
	CHECK_EQ(iser_extent_allow(ep, max),
		 elements < ISER_EXTENT_PIECES ? 0 : max * ISER_EXTENT_LEN);
	return !unit_failures;
}

/* The first time there are too few, and a work makes more. */
static struct iser_extent *borrow(u32 len)
{
	struct iser_extent *extent = iser_extent_borrow(ep, len);

	if (extent)
		return extent;
	/* It may have run already. */
	flush_work(&ep->extent_work);
	return iser_extent_borrow(ep, len);
}

TEST("extent/made-when-they-are-needed-and-not-too-many")
{
	struct iser_extent *taken[6];
	u32 i;

	if (!with_extents(8, ARRAY_SIZE(taken)))
		goto out;
	CHECK_EQ(objects[ISER_OBJ_EXTENT], 0);
	for (i = 0; i < ARRAY_SIZE(taken); i++) {
		NOTE("extent %u", i);
		taken[i] = borrow(512);
		CHECK(taken[i]);
		CHECK_EQ(objects[ISER_OBJ_EXTENT],
			 i < ISER_EXTENT_STEP ? ISER_EXTENT_STEP : 6);
	}
	CHECK(!iser_extent_borrow(ep, 512));
	CHECK(!work_busy(&ep->extent_work));
	for (i = 0; i < ARRAY_SIZE(taken); i++)
		iser_extent_return(ep, taken[i]);
	CHECK_EQ(ep->nr_spare_extents, ARRAY_SIZE(taken));
	/* All of them or none. */
	CHECK(!iser_extent_borrow(ep, 6 * ISER_EXTENT_LEN + 1));
	CHECK_EQ(ep->nr_spare_extents, ARRAY_SIZE(taken));
out:
	disconnected();
}

TEST("extent/not-where-the-device-cannot")
{
	if (!with_extents(7, 4))
		goto out;
	ep->rw_sge = 8;
	ep->limits.rw_needs_mr = true;
	CHECK_EQ(iser_extent_allow(ep, 4), 0);
	CHECK(!iser_extent_borrow(ep, 512));
	CHECK(!work_busy(&ep->extent_work));
out:
	disconnected();
}

TEST("extent/none-are-made-for-a-connection-that-ends")
{
	if (!with_extents(8, 4))
		goto out;
	ep->state = ISER_EP_STOPPING;
	CHECK(!iser_extent_borrow(ep, 512));
	CHECK(!work_busy(&ep->extent_work));
	/* One that was queued before. */
	queue_work(iser_wq, &ep->extent_work);
	flush_work(&ep->extent_work);
	CHECK_EQ(objects[ISER_OBJ_EXTENT], 0);
out:
	disconnected();
}

/* The list of target core and the work requests of the device are the same. */
static void check_extents(u32 len, u32 sent, enum dma_data_direction dir)
{
	struct ib_send_wr behind = { .opcode = IB_WR_SEND }, *wr;
	struct ib_cqe cqe = { };
	struct iser_extent *extent = borrow(len);
	struct scatterlist *list, *sg;
	u32 i, nents, listed = 0, moved = 0, wrs = 0, in_sg = 0;
	u64 addr = 0x12345678;
	u8 *mem;

	CHECK(extent);
	if (!extent)
		return;
	list = iser_extent_list(extent, len, &nents);
	for_each_sg(list, sg, nents, i) {
		CHECK(sg);
		listed += sg->length;
		CHECK_EQ(sg_is_last(sg), i == nents - 1);
	}
	CHECK_EQ(listed, len);

	spin_lock_bh(&ep->tx_lock);
	wr = iser_extent_wrs(ep, extent, sent, dir, addr, 0x77,
			     dir == DMA_TO_DEVICE ? NULL : &cqe,
			     dir == DMA_TO_DEVICE ? &behind : NULL);
	sg = list;
	for (; wr && wr != &behind; wr = wr->next, wrs++) {
		bool last = !wr->next || wr->next == &behind;

		CHECK_EQ(wr->opcode, dir == DMA_TO_DEVICE ? IB_WR_RDMA_WRITE :
							    IB_WR_RDMA_READ);
		CHECK_EQ(rdma_wr(wr)->remote_addr, addr + moved);
		CHECK_EQ(rdma_wr(wr)->rkey, 0x77);
		CHECK_EQ(wr->send_flags, last && dir == DMA_FROM_DEVICE ?
					 IB_SEND_SIGNALED : 0);
		CHECK(wr->wr_cqe == (last && dir == DMA_FROM_DEVICE ? &cqe : NULL));
		for (i = 0; i < wr->num_sge; i++) {
			CHECK_EQ(wr->sg_list[i].lkey, fake_pd.local_dma_lkey);
			mem = sg_virt(sg) + in_sg;
			CHECK_EQ(wr->sg_list[i].addr, (uintptr_t)mem);
			moved += wr->sg_list[i].length;
			in_sg += wr->sg_list[i].length;
			while (sg && in_sg >= sg->length) {
				in_sg -= sg->length;
				sg = sg_next(sg);
			}
		}
	}
	spin_unlock_bh(&ep->tx_lock);
	CHECK(wr == (dir == DMA_TO_DEVICE ? &behind : NULL));
	CHECK_EQ(wrs, iser_extent_nr_wrs(sent));
	CHECK_EQ(moved, sent);
	if (dir == DMA_FROM_DEVICE)
		iser_extent_fetched(ep, extent, sent);
	iser_extent_return(ep, extent);
}

TEST("extent/list-and-work-requests-are-of-the-same-memory")
{
	static const u32 lens[] = {
		SZ_256K, 1, SZ_256K, SZ_4K, SZ_64K - 512, SZ_64K, SZ_64K + 1,
		SZ_64K + SZ_8K, SZ_128K - 4, 100000, SZ_256K, 512, SZ_256K - 512,
	};
	u32 i;

	if (!with_extents(8, 5))
		goto out;
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		NOTE("%u bytes", lens[i]);
		check_extents(lens[i], lens[i], DMA_TO_DEVICE);
		check_extents(lens[i], lens[i], DMA_FROM_DEVICE);
		/* A back end that has found less. */
		check_extents(lens[i], DIV_ROUND_UP(lens[i], 3), DMA_TO_DEVICE);
	}
	CHECK_EQ(ep->nr_spare_extents, ep->nr_extents);
out:
	disconnected();
}

TEST("extent/what-nobody-needs-is-freed")
{
	struct iser_extent *kept;

	if (!with_extents(8, 4))
		goto out;
	kept = borrow(SZ_256K);
	CHECK(kept);
	iser_extent_return(ep, kept);
	CHECK_EQ(objects[ISER_OBJ_EXTENT], 4);
	/* The first look finds that all were needed since the one before. */
	flush_delayed_work(&ep->extent_idle_work);
	CHECK_EQ(objects[ISER_OBJ_EXTENT], 4);
	kept = iser_extent_borrow(ep, SZ_64K + 1);
	CHECK(kept);
	flush_delayed_work(&ep->extent_idle_work);
	CHECK_EQ(objects[ISER_OBJ_EXTENT], 2);
	iser_extent_return(ep, kept);
	flush_delayed_work(&ep->extent_idle_work);
	CHECK_EQ(objects[ISER_OBJ_EXTENT], 2);
	flush_delayed_work(&ep->extent_idle_work);
	CHECK_EQ(objects[ISER_OBJ_EXTENT], 0);
	/* With nothing left there is nothing to look for. */
	CHECK(!delayed_work_pending(&ep->extent_idle_work));
	CHECK(borrow(SZ_256K));
out:
	disconnected();
}

TEST("extent/memory-stays-until-its-user-is-through")
{
	struct iser_extent *kept, *given;
	struct scatterlist *sg;
	u32 i, nents;

	if (!with_extents(8, 4))
		goto out;
	kept = borrow(SZ_128K);
	given = borrow(SZ_64K);
	CHECK(kept && given);
	if (!kept || !given)
		goto out;
	iser_extent_return(ep, given);
	/* A second word about the same is not heard. */
	iser_extent_return(ep, given);
	CHECK_EQ(ep->nr_spare_extents, 2);
	iser_extent_teardown(ep);
	CHECK_EQ(iser_dma_strike_left(ep, ISER_DMA_EXTENT), 0);
	CHECK_EQ(objects[ISER_OBJ_EXTENT], 2);
	/* The back end still writes: KASAN would tell. */
	for_each_sg(iser_extent_list(kept, SZ_128K, &nents), sg,
		    SZ_128K / ISER_EXTENT_ENTRY, i)
		memset(sg_virt(sg), 0xa5, sg->length);
	iser_extent_return(ep, kept);
	CHECK_EQ(objects[ISER_OBJ_EXTENT], 0);
	iser_extent_return_all(ep);
	CHECK_EQ(objects[ISER_OBJ_EXTENT], 0);
	iser_extent_exit(ep);
	INIT_LIST_HEAD(&ep->extents);
out:
	disconnected();
}

TEST("chunk/data-in-two-chunks-is-taken-whole-or-not-at-all")
{
	struct iser_chunk *two, *one;
	struct iser_recv *recv;
	void *mem[2];
	u32 i;

	if (!connected(ISER_TARGET, 8))
		goto out;
	CHECK_EQ(iser_recv_alloc_full(ep, 8, 2 * ISER_RECV_CHUNK), 0);
	CHECK_EQ(iser_recv_post_full(ep), 0);
	CHECK_EQ(iser_chunk_alloc(ep, 3, 3), 0);
	if (unit_failures)
		goto out;
	for (i = 0; i < ISER_LOGIN_RECVS; i++)
		nop_arrives();
	data_arrives(2 * ISER_RECV_CHUNK);
	CHECK_EQ(nr_handed_up, 3);
	recv = handed_up[--nr_handed_up];
	CHECK_EQ(recv->pdu.data_len, 2 * ISER_RECV_CHUNK);
	mem[0] = recv->chunk[0];
	mem[1] = recv->chunk[1];
	two = iser_chunk_take(recv);
	if (!two || !two->next)
		goto out;
	CHECK(two->mem == mem[0] && two->next->mem == mem[1]);
	CHECK(!two->next->next);
	CHECK(recv->chunk[0] != mem[0] && recv->chunk[1] != mem[1]);
	CHECK_EQ(((u8 *)two->mem)[7], 7);
	i = ISER_RECV_CHUNK;
	CHECK_EQ(((u8 *)two->next->mem)[0], (u8)(i + i / 251));
	iser_recv_release(recv);

	/* One is left: not enough. */
	data_arrives(2 * ISER_RECV_CHUNK);
	recv = handed_up[--nr_handed_up];
	CHECK(!iser_chunk_take(recv));
	iser_recv_release(recv);
	one = take_chunk();
	CHECK(one && !one->next);
	CHECK(!take_chunk());
	iser_chunk_return(ep, two);
	iser_chunk_return(ep, one);
	CHECK_EQ(ep->nr_spares, 3);

	/* As many bytes as a buffer holds, of which four are data. */
	excess_arrives(4, 2 * ISER_RECV_CHUNK + 300);
	recv = handed_up[--nr_handed_up];
	CHECK_EQ(recv->pdu.data_len, 4);
	one = iser_chunk_take(recv);
	CHECK(one && !one->next);
	CHECK_EQ(ep->nr_spares, 2);
	iser_recv_release(recv);
	iser_chunk_return(ep, one);
out:
	disconnected();
}

/* A READ's response, as a target sends it: data in front, chunks to the slot. */
static void respond(struct iser_chunk *chunk, u32 len, bool signal)
{
	struct iser_put put = {
		.chunks	= chunk,
		.len	= len,
		.rkey	= 0x77,
		.addr	= 0x123456789000,
	};
	struct iser_send *send;

	iser_tx_lock(ep);
	send = iser_send_get(ep, chunk ? 2 : 1);
	CHECK(send);
	if (send) {
		send->done = NULL;
		send->chunks = chunk;
		CHECK_EQ(iser_send_respond(send, ISER_HEADERS_LEN, 0x77,
					   chunk ? &put : NULL, signal), 0);
	}
	iser_tx_unlock(ep);
}

TEST("chunk/what-is-borrowed-comes-back-with-a-later-completion")
{
	u32 i, spares = 32, first = 0;
	struct iser_chunk *chunk;
	struct fake_wr *wr;

	if (!full_feature(32))
		goto out;
	CHECK_EQ(iser_chunk_alloc(ep, spares, spares), 0);
	chunk = iser_chunk_borrow(ep, ISER_RECV_CHUNK + 512);
	if (!chunk)
		goto out;
	first = fake->sq_head;
	respond(chunk, ISER_RECV_CHUNK + 512, false);
	CHECK_EQ(fake->sq_head, first + 2);
	wr = posted(first);
	CHECK_EQ(wr->opcode, IB_WR_RDMA_WRITE);
	CHECK(!wr->signaled);
	CHECK_EQ(wr->rkey, 0x77);
	CHECK_EQ(wr->remote, 0x123456789000);
	CHECK_EQ(wr->num_sge, 2);
	CHECK(wr->sge[0].addr == chunk->addr &&
	      wr->sge[1].addr == chunk->next->addr);
	CHECK_EQ(wr->sge[0].length, ISER_RECV_CHUNK);
	CHECK_EQ(wr->sge[1].length, 512);
	wr = posted(first + 1);
	CHECK_EQ(wr->opcode, IB_WR_SEND_WITH_INV);
	CHECK_EQ(wr->rkey, 0x77);
	CHECK_EQ(wr->num_sge, 1);
	CHECK_EQ(wr->sge[0].length, ISER_HEADERS_LEN);
	CHECK_EQ(ep->nr_spares, spares - 2);

	for (i = 0; i < 100; i++) {
		chunk = iser_chunk_borrow(ep, 4096);
		CHECK(chunk);
		if (!chunk)
			break;
		respond(chunk, 4096, false);
		wr = posted(fake->sq_head - 2);
		CHECK_EQ(wr->num_sge, 1);
		CHECK_EQ(wr->sge[0].length, 4096);
		complete_sends(fake->sq_head);
	}
	/* Those that no completion has spoken for yet. */
	CHECK(ep->nr_spares < spares);
	CHECK(spares - ep->nr_spares < ISER_SIGNAL_EVERY);
	/* One that is asked for speaks for all. */
	respond(NULL, 0, true);
	CHECK_EQ(posted(fake->sq_head - 1)->opcode, IB_WR_SEND_WITH_INV);
	complete_sends(fake->sq_head);
	CHECK_EQ(ep->nr_spares, spares);

	/* Those of a connection that ends come back with the slots, once. */
	respond(iser_chunk_borrow(ep, 4096), 4096, false);
	respond(iser_chunk_borrow(ep, 2 * ISER_RECV_CHUNK),
		2 * ISER_RECV_CHUNK, false);
	CHECK_EQ(ep->nr_spares, spares - 3);
	iser_send_flush(ep);
	CHECK_EQ(ep->nr_spares, spares);
out:
	disconnected();
}

TEST("chunk/over-iwarp-each-rdma-write-has-a-completion")
{
	struct iser_chunk *chunk;
	struct fake_wr *wr;

	if (!full_feature(32))
		goto out;
	CHECK_EQ(iser_chunk_alloc(ep, 2, 2), 0);
	ep->reply->put.wr.send_flags = IB_SEND_SIGNALED;
	chunk = iser_chunk_borrow(ep, 4096);
	if (!chunk)
		goto out;
	respond(chunk, 4096, false);
	wr = posted(fake->sq_head - 2);
	CHECK(wr->signaled);
	/* It says that it was sent, and nothing of the memory. */
	complete_wr(wr, IB_WC_SUCCESS);
	CHECK_EQ(ep->nr_spares, 1);
	CHECK_EQ(ep->state, ISER_EP_ESTABLISHED);
	/* Or that it was not. */
	complete_wr(wr, IB_WC_REM_ACCESS_ERR);
	CHECK_EQ(ep->reason, ISER_STOP_WC);
out:
	disconnected();
}

/* ---- books ---- */

#define PAGE_AT		0x10000
#define BOOK(fn, at, len, dir) \
	iser_dma_note(iser_dma_##fn, ep, ISER_DMA_RECV, at, len, dir)
#define FROM		DMA_FROM_DEVICE

TEST("dma/a-forgotten-unmap-is-found")
{
	struct scatterlist sg;
	void *mem = NULL;

	if (!connected(ISER_INITIATOR, 8))
		goto out;
	mem = kmalloc(512, GFP_KERNEL);
	sg_init_one(&sg, mem, 512);
	CHECK_EQ(iser_map_data(ep, &sg, 1, DMA_TO_DEVICE), 1);
	CHECK_EQ(iser_dma_strike_left(ep, ISER_DMA_INLINE), 1);
	CHECK_EQ(iser_dma_strike_left(ep, ISER_DMA_INLINE), 0);
	CHECK_EQ(iser_map_data(ep, &sg, 1, DMA_TO_DEVICE), 1);
	iser_unmap_data(ep, &sg, 1, DMA_TO_DEVICE);
	CHECK_EQ(iser_dma_strike_left(ep, ISER_DMA_INLINE), 0);
out:
	disconnected();
	kfree(mem);
}

TEST("dma/what-does-not-agree-with-its-mapping-is-told")
{
	if (!connected(ISER_INITIATOR, 8))
		goto out;
	CHECK_STR(BOOK(use, PAGE_AT, 8, FROM), "not mapped");
	CHECK_STR(BOOK(strike, PAGE_AT, 4096, FROM), "not mapped");
	CHECK(!BOOK(enter, PAGE_AT, 4096, FROM));
	CHECK_STR(BOOK(enter, PAGE_AT, 4096, FROM), "mapped twice");
	CHECK_STR(BOOK(enter, PAGE_AT + 512, 16, FROM), "mapped twice");
	CHECK(!BOOK(use, PAGE_AT, 4096, FROM));
	CHECK(!BOOK(use, PAGE_AT + 4095, 1, FROM));
	CHECK_STR(BOOK(use, PAGE_AT + 4095, 2, FROM),
		  "longer than its mapping");
	CHECK_STR(BOOK(use, PAGE_AT + 4096, 1, FROM), "not mapped");
	CHECK_STR(BOOK(use, PAGE_AT, 8, DMA_TO_DEVICE),
		  "mapped the other way");
	CHECK_STR(BOOK(strike, PAGE_AT, 512, FROM),
		  "another size than its mapping");
	CHECK_STR(BOOK(strike, PAGE_AT, 4096, FROM), "not mapped");
	CHECK(!BOOK(enter, PAGE_AT, 4096, FROM));
	CHECK(!BOOK(strike, PAGE_AT, 4096, FROM));
	CHECK_STR(BOOK(use, PAGE_AT, 8, FROM), "not mapped");
	/* Both ways may be used either way, and is unmapped both ways. */
	CHECK(!BOOK(enter, PAGE_AT, 4096, DMA_BIDIRECTIONAL));
	CHECK(!BOOK(use, PAGE_AT, 8, FROM));
	CHECK(!BOOK(use, PAGE_AT, 8, DMA_TO_DEVICE));
	CHECK_STR(BOOK(strike, PAGE_AT, 4096, FROM), "mapped the other way");
out:
	disconnected();
}

/* ---- events of the connection manager ---- */

static enum iser_reason reason_of(enum rdma_cm_event_type event)
{
	switch (event) {
	case RDMA_CM_EVENT_DISCONNECTED:
	case RDMA_CM_EVENT_TIMEWAIT_EXIT:
		return ISER_STOP_PEER;
	case RDMA_CM_EVENT_REJECTED:
		return ISER_STOP_REJECTED;
	case RDMA_CM_EVENT_ADDR_ERROR:
	case RDMA_CM_EVENT_ROUTE_ERROR:
	case RDMA_CM_EVENT_UNREACHABLE:
		return ISER_STOP_UNREACHABLE;
	case RDMA_CM_EVENT_ADDR_CHANGE:
		return ISER_STOP_ADDR_CHANGE;
	case RDMA_CM_EVENT_DEVICE_REMOVAL:
		return ISER_STOP_DEVICE;
	default:
		return ISER_STOP_CM;
	}
}

/* Where an event leads; what the files beside cm.c do with it is left out. */
static enum iser_ep_state state_after(enum iser_ep_state state,
				      enum rdma_cm_event_type event)
{
	switch (event) {
	case RDMA_CM_EVENT_ADDR_RESOLVED:
	case RDMA_CM_EVENT_ROUTE_RESOLVED:
		return state;
	case RDMA_CM_EVENT_ESTABLISHED:
		if (ep->side == ISER_TARGET && state == ISER_EP_CONNECTING)
			return ISER_EP_ESTABLISHED;
		return state;
	default:
		return max(state, ISER_EP_STOPPING);
	}
}

static void one_event(enum iser_ep_state state, enum rdma_cm_event_type type)
{
	struct rdma_cm_event event = { .event = type, .status = -1 };
	struct rdma_cm_id id = { .context = ep };

	ep->state = state;
	ep->reason = ISER_STOP_NONE;
	/* Anything else and rdma_cm would destroy an id that is ours. */
	CHECK_EQ(iser_cm_handler(&id, &event), 0);
	CHECK_EQ(ep->state, state_after(state, type));
	if (ep->state != state && ep->state == ISER_EP_STOPPING)
		CHECK_EQ(ep->reason, reason_of(type));
	else
		CHECK_EQ(ep->reason, ISER_STOP_NONE);
}

static void all_events(void)
{
	int state, type;

	for (state = ISER_EP_NEW; state <= ISER_EP_DEAD; state++)
		for (type = 0; type <= RDMA_CM_EVENT_TIMEWAIT_EXIT; type++)
			one_event(state, type);
}

TEST("cm/any-event-in-any-state-goes-on-or-ends-it")
{
	u32 states = ISER_EP_DEAD - ISER_EP_NEW + 1;

	ep = kzalloc(sizeof(*ep), GFP_KERNEL);
	CHECK(ep);
	if (!ep)
		return;
	addr_resolved = 0;
	route_resolved = 0;
	rep_read = 0;
	ep->side = ISER_INITIATOR;
	all_events();
	CHECK_EQ(addr_resolved, states);
	CHECK_EQ(route_resolved, states);
	CHECK_EQ(rep_read, states);
	ep->side = ISER_TARGET;
	all_events();
	/* The passive side has read the REQ, and there is no REP to read. */
	CHECK_EQ(rep_read, states);
	kfree(ep);
	ep = NULL;
}

/* ---- polling ---- */

/* Completions that a test waits for; each counts itself. */
static struct ib_cqe poll_cqes[3 * ISER_POLL_BATCH];
static u32 polled[ARRAY_SIZE(poll_cqes)];
static u32 nr_polled;
static u32 looks;

static void poll_done(struct ib_cq *cq, struct ib_wc *wc)
{
	polled[nr_polled++] = wc->wr_cqe - poll_cqes;
	/* As the core's queues have it, and as upcalls expect it. */
	CHECK(in_softirq());
}

static void poll_add(u32 count)
{
	while (count--) {
		u32 n = fake->cq_head % ARRAY_SIZE(poll_cqes);

		poll_cqes[n].done = poll_done;
		fake->cqes[fake->cq_head++ % FAKE_QUEUE] = &poll_cqes[n];
	}
}

static void poll_tell(void)
{
	fake->cq->comp_handler(fake->cq, fake->cq->cq_context);
}

static bool polling(int poll_us)
{
	if (!silent(ISER_INITIATOR, 4))
		return false;
	nr_polled = 0;
	looks = 0;
	ep->path.poll_us = poll_us;
	ep->cq = iser_poll_create(ep, &fake->ibdev);
	CHECK(!IS_ERR(ep->cq));
	/* A peer may send before anybody looks. */
	CHECK_EQ(fake->arms, 1);
	return unit_failures == 0;
}

static void polling_ended(void)
{
	if (ep && !IS_ERR_OR_NULL(ep->cq)) {
		iser_poll_destroy(ep);
		CHECK(!fake->cq);
		iser_poll_free(ep);
	}
	disconnected();
}

static void in_order(void)
{
	u32 n;

	for (n = 0; n < nr_polled; n++)
		CHECK_EQ(polled[n], n);
}

static bool never(void *arg)
{
	looks++;
	return false;
}

static bool all_are_done(void *arg)
{
	looks++;
	return nr_polled == *(u32 *)arg;
}

/* The softirq may have been left to its own thread. */
static void wait_for_polled(u32 count)
{
	int n;

	for (n = 0; n < 10000 && READ_ONCE(nr_polled) != count; n++)
		usleep_range(1000, 2000);
	CHECK_EQ(nr_polled, count);
}

TEST("poll/until-it-has-happened")
{
	u32 count = 2 * ISER_POLL_BATCH + 3;

	if (polling(1000 * 1000)) {
		poll_add(count);
		/* It may be that this processor is wanted for something else. */
		while (!iser_poll(ep, all_are_done, &count))
			cond_resched();
		CHECK_EQ(nr_polled, count);
		CHECK_EQ(looks, 3);
		in_order();
		/* Nobody was told of them, so the device is as it was. */
		CHECK_EQ(fake->arms, 1);
	}
	polling_ended();
}

TEST("poll/until-time-is-up")
{
	u64 begin;

	if (polling(300)) {
		begin = ktime_get_ns();
		while (ktime_get_ns() - begin < 300 * NSEC_PER_USEC) {
			looks = 0;
			CHECK(!iser_poll(ep, never, NULL));
			CHECK(looks);
		}
		CHECK(ktime_get_ns() - begin < 10 * NSEC_PER_SEC);
	}
	polling_ended();
}

TEST("poll/a-device-that-tells-is-listened-to")
{
	if (polling(1)) {
		poll_add(2 * ISER_POLL_BATCH);
		poll_tell();
		wait_for_polled(2 * ISER_POLL_BATCH);
		in_order();
		/* And is to tell of the next one. */
		CHECK(fake->arms >= 2);
	}
	polling_ended();
}

/* While somebody polls, more comes, and the device says so. */
static bool more_comes(void *arg)
{
	if (++looks > 20)
		return nr_polled == 20;
	poll_add(1);
	poll_tell();
	return false;
}

TEST("poll/softirq-and-poller-take-turns")
{
	if (polling(1000 * 1000)) {
		while (!iser_poll(ep, more_comes, NULL))
			cond_resched();
		wait_for_polled(20);
		CHECK_EQ(fake->cq_tail, fake->cq_head);
		in_order();
	}
	polling_ended();
}

TEST("poll/a-queue-that-is-gone-is-not-looked-at")
{
	if (polling(1000 * 1000)) {
		poll_add(1);
		iser_poll_destroy(ep);
		ep->cq = NULL;
		CHECK(!iser_poll(ep, never, NULL));
		CHECK_EQ(nr_polled, 0);
		CHECK_EQ(looks, 0);
		CHECK_EQ(fake->arms, 1);
		iser_poll_free(ep);
	}
	polling_ended();
}

TEST("poll/a-queue-that-was-refused-can-be-smaller")
{
	if (silent(ISER_INITIATOR, 4)) {
		fake->cq_err = -ENOMEM;
		CHECK(IS_ERR(iser_poll_create(ep, &fake->ibdev)));
		CHECK(!iser_poll(ep, never, NULL));
		fake->cq_err = 0;
		ep->cq = iser_poll_create(ep, &fake->ibdev);
		CHECK(!IS_ERR(ep->cq));
		CHECK_EQ(fake->arms, 1);
	}
	polling_ended();
}

static struct kunit_case unit_cases[] = {
#include "core.list"
	{}
};

UNIT_SUITE("iser_core");

MODULE_DESCRIPTION("KUnit tests of iSER for Linux");
MODULE_AUTHOR("iSER for Linux");
MODULE_LICENSE("GPL");
