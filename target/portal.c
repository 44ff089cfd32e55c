// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network portals: LIO's np on a listener of the shared layer.
 *
 * LIO serves one login of a portal at a time and waits for the peer while it
 * does, so a connection is kept here until its first Login PDU has arrived and
 * decoded. A peer that is silent, or in the queue, costs a queue pair and two
 * buffers until its timer runs out; how many may be is bounded.
 *
 * A connection leaves the lists in one of two ways: accept_np takes it, or its
 * endpoint terminates.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "isert.h"

/*
 * Logins that are with LIO, of all portals: a portal may go while LIO's work
 * still has one. Guarded by isert_logins_lock.
 */
static LIST_HEAD(isert_logins);
static DEFINE_SPINLOCK(isert_logins_lock);

/*
 * LIO takes the portal from one of the portal groups that share it, and waits
 * until no login to that group is under way; for the time being, or for good if
 * it was the last, nobody may connect.
 */
static bool isert_portal_is_going(const struct isert_portal *portal)
{
	return !READ_ONCE(portal->np->enabled);
}

static bool isert_portal_is_from(const struct isert_conn *conn,
				 const struct sockaddr_storage *peer)
{
	/* An IPv6 host has a /64 to choose from. */
	return iser_addr_match(iser_ep_peer(conn->ep), peer, 64);
}

/*
 * Is there a place for one more connection, of @peer? If all are taken, by
 * anybody or by @peer's address, its oldest silent holder goes; it drains in the
 * background, and only so many may do that at a time.
 */
static bool isert_portal_make_room_locked(struct isert_portal *portal,
					  const struct sockaddr_storage *peer)
{
	struct isert_conn *conn, *oldest = NULL, *oldest_own = NULL;
	u32 of_source = 0, draining = 0;

	lockdep_assert_held(&portal->lock);
	/* In order of arrival. */
	list_for_each_entry(conn, &portal->silent, node) {
		bool own = isert_portal_is_from(conn, peer);

		if (conn->evicted) {
			draining++;
			continue;
		}
		of_source += own;
		/* Before that state it may not have its upcalls yet. */
		if (iser_ep_state(conn->ep) < ISER_EP_CONNECTING ||
		    time_before(jiffies,
				conn->arrived + ISERT_HALF_OPEN_SILENCE))
			continue;
		if (!oldest)
			oldest = conn;
		if (own && !oldest_own)
			oldest_own = conn;
	}
	list_for_each_entry(conn, &portal->ready, node)
		of_source += isert_portal_is_from(conn, peer);

	if (of_source >= ISERT_HALF_OPEN_SOURCE)
		oldest = oldest_own;
	else if (portal->nr_waiting < ISERT_HALF_OPEN_MAX)
		return true;
	if (!oldest || draining >= ISERT_HALF_OPEN_SOURCE)
		return false;
	oldest->evicted = true;
	portal->nr_waiting--;
	iser_ep_stop(oldest->ep, ISER_STOP_TIMEOUT);
	return true;
}

static int isert_portal_connect_request(void *role, struct iser_ep *ep,
					struct iser_ep_config *config)
{
	struct isert_portal *portal = role;
	struct isert_conn *conn;

	if (isert_portal_is_going(portal))
		return -ESHUTDOWN;
	conn = isert_conn_alloc(portal, ep);
	if (!conn)
		return -ENOMEM;

	spin_lock_bh(&portal->lock);
	if (!isert_portal_make_room_locked(portal, iser_ep_peer(ep))) {
		spin_unlock_bh(&portal->lock);
		pr_warn_ratelimited("portal %pISpc: too many connections wait for a login, %pISpc refused\n",
				    &portal->np->np_sockaddr, iser_ep_peer(ep));
		isert_conn_put(conn);
		return -EBUSY;
	}
	portal->nr_waiting++;
	list_add_tail(&conn->node, &portal->silent);
	spin_unlock_bh(&portal->lock);
	queue_delayed_work(isert_wq, &conn->wait_timer,
			   ISERT_HALF_OPEN_TIMEOUT);

	config->side = ISER_TARGET;
	config->ops = &isert_ep_ops;
	config->role = conn;
	config->depth = READ_ONCE(portal->depth);
	config->send_sge = ISERT_SEND_SGE;
	return 0;
}

static const struct iser_listen_ops isert_listen_ops = {
	.connect_request = isert_portal_connect_request,
};

/*
 * The peer has the word, or our answer to take, and takes too long; or, if it is
 * @urgent, did so too often.
 */
static bool isert_portal_login_is_stalled(struct isert_conn *conn, bool urgent)
{
	bool stalled = false;
	unsigned long silent;

	spin_lock(&conn->lock);
	silent = jiffies - conn->login_answered;
	if (conn->login_sending) {
		stalled = urgent && silent > ISERT_SEND_PATIENCE;
	} else if (conn->stage == ISERT_LOGIN_WORK && !conn->login_recv &&
		   !conn->login_busy) {
		if (urgent)
			stalled = silent > ISERT_LOGIN_PATIENCE ||
				  conn->login_silent + silent >
				  ISERT_LOGIN_BUDGET;
		else
			stalled = silent > ISERT_LOGIN_PATIENCE_OWN;
	}
	spin_unlock(&conn->lock);
	return stalled;
}

/* LIO's thread has it, and waits with it for another login. */
static bool isert_portal_np_waits_locked(const struct isert_portal *portal)
{
	lockdep_assert_held(&portal->lock);
	return portal->in_login &&
	       READ_ONCE(portal->in_login->stage) == ISERT_LOGIN_NP;
}

/* Does anybody but the source of @conn wait? */
static bool isert_portal_others_wait_locked(const struct isert_portal *portal,
					    const struct isert_conn *conn)
{
	const struct sockaddr_storage *peer = iser_ep_peer(conn->ep);
	const struct isert_conn *other;

	if (isert_portal_np_waits_locked(portal) &&
	    !isert_portal_is_from(portal->in_login, peer))
		return true;
	list_for_each_entry(other, &portal->ready, node)
		if (!isert_portal_is_from(other, peer))
			return true;
	return false;
}

/*
 * The portal group, or discovery, at whose only place for a login the portal's
 * thread waits; or NULL. LIO sets it before it waits and takes it back when it
 * fails; it is for comparison only.
 */
static const struct iscsi_portal_group *
isert_portal_wanted_locked(const struct isert_portal *portal)
{
	const struct isert_conn *conn;

	lockdep_assert_held(&isert_logins_lock);
	list_for_each_entry(conn, &isert_logins, login_node)
		if (conn->login_np == portal->np &&
		    READ_ONCE(conn->stage) == ISERT_LOGIN_NP)
			return READ_ONCE(conn->lio->tpg);
	return NULL;
}

/*
 * Logins that are in the way: of the portal group that is waited for, whatever
 * portal they came by; or all of a portal that is going. Listed, so LIO has not
 * freed its connection.
 */
static void isert_portal_end_stalled(struct isert_portal *portal)
{
	const struct iscsi_portal_group *wanted;
	struct isert_conn *conn;

	spin_lock_bh(&portal->lock);
	spin_lock(&isert_logins_lock);
	wanted = isert_portal_wanted_locked(portal);
	list_for_each_entry(conn, &isert_logins, login_node) {
		bool urgent;

		if (isert_portal_is_going(portal)) {
			if (conn->login_np != portal->np)
				continue;
			urgent = true;
		} else {
			if (!wanted || READ_ONCE(conn->lio->tpg) != wanted)
				continue;
			urgent = isert_portal_others_wait_locked(portal, conn);
		}
		if (isert_portal_login_is_stalled(conn, urgent))
			iser_ep_stop(conn->ep, ISER_STOP_TIMEOUT);
	}
	spin_unlock(&isert_logins_lock);
	spin_unlock_bh(&portal->lock);
}

/* Somebody waits for the portal thread, or with it for another login. */
static bool isert_portal_has_waiter(struct isert_portal *portal)
{
	bool waits;

	spin_lock_bh(&portal->lock);
	waits = !list_empty(&portal->ready) ||
		isert_portal_np_waits_locked(portal);
	spin_unlock_bh(&portal->lock);
	return waits;
}

static void isert_portal_yield_work(struct work_struct *work)
{
	struct isert_portal *portal =
		container_of(to_delayed_work(work), struct isert_portal,
			     yield_work);

	if (!isert_portal_has_waiter(portal) && !isert_portal_is_going(portal))
		return;
	isert_portal_end_stalled(portal);
	queue_delayed_work(isert_wq, &portal->yield_work,
			   ISERT_LOGIN_PATIENCE / 4);
}

static void isert_portal_unlisten(struct isert_portal *portal)
{
	if (portal->listener)
		iser_unlisten(portal->listener);
	if (portal->iwarp_listener)
		iser_unlisten(portal->iwarp_listener);
}

static int isert_portal_listen_iwarp(struct isert_portal *portal,
				     struct net *net,
				     const struct sockaddr_storage *addr)
{
	struct sockaddr_storage shifted;
	struct sockaddr_in *in = (struct sockaddr_in *)&shifted;
	struct iser_listener *listener;

	if (!isert_iwarp_port_offset)
		return 0;
	memcpy(&shifted, addr, sizeof(shifted));
	/* The port is at the same place for both families. */
	in->sin_port = htons(ntohs(in->sin_port) + isert_iwarp_port_offset);
	listener = iser_listen(net, &shifted, &isert_listen_ops, portal);
	if (IS_ERR(listener))
		return PTR_ERR(listener);
	portal->iwarp_listener = listener;
	return 0;
}

static int isert_portal_listen(struct isert_portal *portal,
			       const struct sockaddr_storage *addr)
{
	struct iser_listener *listener;
	struct net *net;
	int err;

	net = iser_listen_net();
	if (IS_ERR(net)) {
		pr_err("portal %pISpc: RDMA devices of this kernel do not listen in a network namespace of its own\n",
		       addr);
		return PTR_ERR(net);
	}
	listener = iser_listen(net, addr, &isert_listen_ops, portal);
	if (!IS_ERR(listener)) {
		portal->listener = listener;
	} else if (PTR_ERR(listener) != -EADDRINUSE ||
		   !isert_iwarp_port_offset) {
		return PTR_ERR(listener);
	}
	err = isert_portal_listen_iwarp(portal, net, addr);
	if (err)
		isert_portal_unlisten(portal);
	return err;
}

/**
 * isert_portal_setup - LIO's setup_np: start to listen
 * @np: portal
 * @addr: its address
 *
 * Context: process, configfs write, np_lock held; sleeps.
 * Return: 0 or a negative errno for the writer.
 */
int isert_portal_setup(struct iscsi_np *np, struct sockaddr_storage *addr)
{
	struct isert_portal *portal = kzalloc(sizeof(*portal), GFP_KERNEL);
	int err;

	if (!portal)
		return -ENOMEM;
	spin_lock_init(&portal->lock);
	INIT_LIST_HEAD(&portal->silent);
	INIT_LIST_HEAD(&portal->ready);
	init_waitqueue_head(&portal->wait);
	INIT_DELAYED_WORK(&portal->yield_work, isert_portal_yield_work);
	portal->np = np;
	portal->depth = ISERT_DEPTH_DEFAULT;
	memcpy(&np->np_sockaddr, addr, sizeof(*addr));

	/*
	 * A peer may connect before iser_listen() returns. It is refused: LIO
	 * enables the portal when all of this has succeeded.
	 */
	np->np_context = portal;
	err = isert_portal_listen(portal, addr);
	if (err) {
		pr_err("portal %pISpc: cannot listen: %d\n", addr, err);
		np->np_context = NULL;
		kfree(portal);
		return err;
	}
	iser_object_created(ISER_OBJ_ROLE, 1);
	return 0;
}

static bool isert_portal_is_empty(struct isert_portal *portal)
{
	bool empty;

	spin_lock_bh(&portal->lock);
	empty = list_empty(&portal->silent) && list_empty(&portal->ready);
	spin_unlock_bh(&portal->lock);
	return empty;
}

/* Stop every connection LIO has not got; each leaves its list when terminated. */
static void isert_portal_stop_all(struct isert_portal *portal)
{
	struct isert_conn *conn;

	spin_lock_bh(&portal->lock);
	list_for_each_entry(conn, &portal->silent, node)
		iser_ep_stop(conn->ep, ISER_STOP_LOCAL);
	list_for_each_entry(conn, &portal->ready, node)
		iser_ep_stop(conn->ep, ISER_STOP_LOCAL);
	spin_unlock_bh(&portal->lock);
	wait_event(portal->wait, isert_portal_is_empty(portal));
}

/*
 * LIO's thread is back: whatever it did with the last connection has returned,
 * so further Login PDUs of that one may go to its login_work.
 */
static void isert_portal_np_is_back(struct isert_portal *portal)
{
	struct isert_conn *conn;

	spin_lock_bh(&portal->lock);
	conn = portal->in_login;
	portal->in_login = NULL;
	spin_unlock_bh(&portal->lock);
	if (!conn)
		return;
	isert_login_np_done(conn);
	isert_conn_put(conn);
}

/**
 * isert_portal_free - LIO's free_np: stop listening, drop who waits
 * @np: portal whose thread has stopped
 *
 * Context: process, sleeps for the drain of the connections that wait.
 */
void isert_portal_free(struct iscsi_np *np)
{
	struct isert_portal *portal = np->np_context;

	isert_portal_unlisten(portal);
	isert_portal_stop_all(portal);
	cancel_delayed_work_sync(&portal->yield_work);
	/* It may have left without a last look at accept_np. */
	isert_portal_np_is_back(portal);
	np->np_context = NULL;
	kfree_rcu(portal, rcu);
	iser_object_destroyed(ISER_OBJ_ROLE, 1);
}

/**
 * isert_portal_first_pdu - a connection has sent its first Login PDU
 * @conn: connection in stage SILENT; conn->lock not held
 *
 * Context: CQ kworker.
 */
void isert_portal_first_pdu(struct isert_conn *conn)
{
	struct isert_portal *portal = conn->portal;

	spin_lock_bh(&portal->lock);
	/* Before it is listed: accept_np ends the timer. */
	mod_delayed_work(isert_wq, &conn->wait_timer, ISERT_READY_TIMEOUT);
	/* Listed: connect_request has run, and only terminated() unlists. */
	if (!conn->evicted) {
		list_move_tail(&conn->node, &portal->ready);
		queue_delayed_work(isert_wq, &portal->yield_work,
				   ISERT_LOGIN_PATIENCE);
	}
	/* Under the lock: LIO may take the connection, then free the portal. */
	wake_up_all(&portal->wait);
	spin_unlock_bh(&portal->lock);
}

static void isert_portal_unlist_locked(struct isert_portal *portal,
				       struct isert_conn *conn)
{
	lockdep_assert_held(&portal->lock);
	if (!conn->portal)
		return;
	list_del_init(&conn->node);
	if (!conn->evicted)
		portal->nr_waiting--;
	WRITE_ONCE(conn->portal, NULL);
	wake_up_all(&portal->wait);
}

/**
 * isert_portal_forget - the endpoint of a waiting connection has terminated
 * @conn: connection
 *
 * Does nothing if LIO has the connection.
 *
 * Context: process.
 */
void isert_portal_forget(struct isert_conn *conn)
{
	struct isert_portal *portal;

	/*
	 * accept_np may take the connection, and free_np free the portal,
	 * between the first look and the lock: hence RCU.
	 */
	rcu_read_lock();
	portal = READ_ONCE(conn->portal);
	if (portal) {
		spin_lock_bh(&portal->lock);
		isert_portal_unlist_locked(portal, conn);
		spin_unlock_bh(&portal->lock);
	}
	rcu_read_unlock();
}

static bool isert_portal_is_leaving(struct iscsi_np *np)
{
	bool leaving;

	spin_lock_bh(&np->np_thread_lock);
	leaving = np->np_thread_state >= ISCSI_NP_THREAD_RESET;
	spin_unlock_bh(&np->np_thread_lock);
	return leaving;
}

/* Others of the same source go behind those of all others. */
static void isert_portal_pass_turn_locked(struct isert_portal *portal,
					  const struct isert_conn *conn)
{
	const struct sockaddr_storage *peer = iser_ep_peer(conn->ep);
	struct isert_conn *other, *next;
	LIST_HEAD(behind);

	list_for_each_entry_safe(other, next, &portal->ready, node)
		if (isert_portal_is_from(other, peer))
			list_move_tail(&other->node, &behind);
	list_splice_tail(&behind, &portal->ready);
}

static struct isert_conn *isert_portal_take(struct isert_portal *portal)
{
	struct isert_conn *conn;

	spin_lock_bh(&portal->lock);
	conn = list_first_entry_or_null(&portal->ready, struct isert_conn,
					node);
	if (conn) {
		list_del_init(&conn->node);
		portal->nr_waiting--;
		kref_get(&conn->ref);		/* LIO's */
		kref_get(&conn->ref);		/* in_login's */
		portal->in_login = conn;
		isert_portal_pass_turn_locked(portal, conn);
		WRITE_ONCE(conn->portal, NULL);
	}
	spin_unlock_bh(&portal->lock);
	return conn;
}

/**
 * isert_portal_accept - LIO's accept_np: give it a connection that talks
 * @np: portal
 * @lio: LIO's new connection
 *
 * Context: kthread iscsi_np, sleeps interruptibly.
 * Return: 0; -ERESTARTSYS on a signal; -ENODEV when the thread is to leave.
 */
int isert_portal_accept(struct iscsi_np *np, struct iscsit_conn *lio)
{
	struct isert_portal *portal = np->np_context;
	struct isert_conn *conn = NULL;
	int err;

	isert_portal_np_is_back(portal);
	/* LIO sends the thread round here when it has said so. */
	if (isert_portal_is_going(portal))
		queue_delayed_work(isert_wq, &portal->yield_work, 0);
	err = wait_event_interruptible(portal->wait,
				       isert_portal_is_leaving(np) ||
				       (conn = isert_portal_take(portal)));
	if (err)
		return err;
	if (!conn)
		return -ENODEV;
	cancel_delayed_work(&conn->wait_timer);

	spin_lock_bh(&isert_logins_lock);
	spin_lock(&conn->lock);
	conn->lio = lio;
	conn->stage = ISERT_LOGIN_NP;
	conn->login_np = np;
	list_add_tail(&conn->login_node, &isert_logins);
	spin_unlock(&conn->lock);
	spin_unlock_bh(&isert_logins_lock);
	lio->context = conn;
	memcpy(&lio->login_sockaddr, iser_ep_peer(conn->ep),
	       sizeof(lio->login_sockaddr));
	memcpy(&lio->local_sockaddr, iser_ep_local(conn->ep),
	       sizeof(lio->local_sockaddr));
	lio->login_family = np->np_sockaddr.ss_family;
	return 0;
}

/**
 * isert_portal_login_over - the login of a connection has succeeded or failed
 * @conn: connection; may have been told before
 *
 * Context: process.
 */
void isert_portal_login_over(struct isert_conn *conn)
{
	spin_lock_bh(&isert_logins_lock);
	list_del_init(&conn->login_node);
	spin_unlock_bh(&isert_logins_lock);
}

/**
 * isert_portal_learn_depth - a session wants more commands than we planned for
 * @np: portal it logged in to
 * @depth: its queue depth
 *
 * The next connections of the portal get queues of that size; this one keeps a
 * smaller window.
 *
 * Context: any.
 */
void isert_portal_learn_depth(struct iscsi_np *np, u32 depth)
{
	struct isert_portal *portal = np->np_context;

	if (portal && depth > READ_ONCE(portal->depth))
		WRITE_ONCE(portal->depth, min_t(u32, depth, ISER_WINDOW_MAX));
}
