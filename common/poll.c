// SPDX-License-Identifier: GPL-2.0-only
/*
 * A completion queue that is also looked at by who waits for a completion.
 *
 * The core's own completion queues are looked at in one place, a softirq or a
 * work, and by nobody else. A connection whose path asks for polling
 * (&struct iser_path poll_us) has one of its own instead, and two that look:
 *
 *	softirq		when the device says that there is something, as ever
 *	iser_poll()	for a while, without being told
 *
 * @lock lets one of them in at a time, so what is true of completions elsewhere
 * is true here: they are handled in order, one by one, with softirqs off. It is
 * the outermost lock of a completion: nobody takes it with another spinlock held.
 *
 * The softirq does not know of pollers: it looks at whatever the device tells it
 * of, finds nothing when a poller was faster, and asks for the next event. So a
 * poller may be stopped anywhere, and nothing waits for it.
 *
 * The end. The stop work has drained the queue pair and destroyed it; nothing
 * completes any more. @closed keeps out who comes late, and the softirq is waited
 * for. The memory is the endpoint's.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/irq_poll.h>	/* behind one that knows list_head */

#include "internal.h"

#define ISER_POLL_BATCH		16	/* completions handled in one hold of @lock */
#define ISER_POLL_ARM		(IB_CQ_NEXT_COMP | IB_CQ_REPORT_MISSED_EVENTS)

/**
 * struct iser_poll - a completion queue and who looks at it
 * @cq: completion queue
 * @lock: held by who takes completions off it
 * @closed: it is gone or about to go; @lock
 * @softirq: looks at it when the device says so
 */
struct iser_poll {
	struct ib_cq	*cq;
	spinlock_t	lock;	/* taking completions off @cq, @closed */
	bool		closed;
	struct irq_poll	softirq;
};

/* Be told of the next completion, and at once of those that are there. */
static void iser_poll_arm(struct iser_poll *poll)
{
	lockdep_assert_held(&poll->lock);
	if (ib_req_notify_cq(poll->cq, ISER_POLL_ARM) > 0)
		irq_poll_sched(&poll->softirq);
}

static int iser_poll_softirq(struct irq_poll *softirq, int budget)
{
	struct iser_poll *poll = container_of(softirq, struct iser_poll,
					      softirq);
	int done = 0;

	spin_lock(&poll->lock);
	if (!poll->closed)
		done = ib_process_cq_direct(poll->cq, budget);
	if (done < budget) {
		irq_poll_complete(softirq);
		if (!poll->closed)
			iser_poll_arm(poll);
	}
	spin_unlock(&poll->lock);
	return done;
}

static void iser_poll_event(struct ib_cq *cq, void *context)
{
	struct iser_poll *poll = context;

	irq_poll_sched(&poll->softirq);
}

/**
 * iser_poll_create - make the completion queue of an endpoint that polls
 * @ep: endpoint; its plan says how many entries
 * @ibdev: its device
 *
 * Context: CM handler, @setup held, sleeps.
 * Return: the queue, or an ERR_PTR.
 */
struct ib_cq *iser_poll_create(struct iser_ep *ep, struct ib_device *ibdev)
{
	static atomic_t vectors = ATOMIC_INIT(0);
	u32 nr_vectors = min_t(u32, ibdev->num_comp_vectors, num_online_cpus());
	struct ib_cq_init_attr attr = {
		.cqe		= ep->plan.cqe,
		.comp_vector	= (u32)atomic_inc_return(&vectors) % nr_vectors,
	};
	struct iser_poll *poll = ep->poll;
	struct ib_cq *cq;

	/* It is there when a queue for more commands was refused before. */
	if (!poll)
		poll = kzalloc(sizeof(*poll), GFP_KERNEL);
	if (!poll)
		return ERR_PTR(-ENOMEM);
	ep->poll = poll;
	spin_lock_init(&poll->lock);
	irq_poll_init(&poll->softirq, ISER_POLL_BATCH, iser_poll_softirq);
	poll->closed = true;
	cq = ib_create_cq(ibdev, iser_poll_event, NULL, poll, &attr);
	if (IS_ERR(cq))
		return cq;

	spin_lock_bh(&poll->lock);
	poll->cq = cq;
	poll->closed = false;
	iser_poll_arm(poll);
	spin_unlock_bh(&poll->lock);
	return cq;
}

/**
 * iser_poll_destroy - end of iser_poll_create()
 * @ep: endpoint whose queue pair is gone
 *
 * Context: CM handler or stop work, sleeps.
 */
void iser_poll_destroy(struct iser_ep *ep)
{
	struct iser_poll *poll = ep->poll;

	spin_lock_bh(&poll->lock);
	poll->closed = true;
	spin_unlock_bh(&poll->lock);
	irq_poll_disable(&poll->softirq);
	/* It says that it is done before it lets the lock go. */
	spin_lock_bh(&poll->lock);
	spin_unlock_bh(&poll->lock);
	ib_destroy_cq(poll->cq);
}

/**
 * iser_poll_free - free what iser_poll_create() has left with an endpoint
 * @ep: endpoint nobody knows of any more
 *
 * Context: process.
 */
void iser_poll_free(struct iser_ep *ep)
{
	kfree(ep->poll);
}

/* Handle what has completed. False: there is nothing to be expected any more. */
static bool iser_poll_look(struct iser_poll *poll)
{
	bool open;

	/* The other one looks: as good as looking oneself. */
	if (!spin_trylock_bh(&poll->lock))
		return true;
	open = !poll->closed;
	if (open)
		ib_process_cq_direct(poll->cq, ISER_POLL_BATCH);
	spin_unlock_bh(&poll->lock);
	return open;
}

/**
 * iser_poll - handle completions until something has happened, or time is up
 * @ep: endpoint; established, or one that was
 * @over: has it happened
 * @arg: for @over
 *
 * For as long as the path's poll_us says, or until the processor is wanted for
 * something else. What waits for the completions is not to sleep meanwhile; so
 * this is for who submits one command and would only wait for it. The upcalls of
 * the completions come from here, with softirqs off.
 *
 * The caller has found @ep in an RCU read-side critical section and stays in it.
 * So who takes @ep from where it was found lets a grace period pass before it
 * puts its reference.
 *
 * Context: process or kernel thread, softirqs on, may be atomic; no lock held
 *	that an upcall takes.
 * Return: true if it has happened.
 */
bool iser_poll(struct iser_ep *ep, bool (*over)(void *arg), void *arg)
{
	struct iser_poll *poll = ep->poll;
	bool happened = false;
	u64 end;

	if (!poll)
		return false;
	end = ktime_get_ns() + (u64)ep->path.poll_us * NSEC_PER_USEC;
	while (iser_poll_look(poll)) {
		happened = over(arg);
		if (happened || need_resched() || ktime_get_ns() >= end)
			break;
		cpu_relax();
	}
	return happened;
}
EXPORT_SYMBOL_GPL(iser_poll);
