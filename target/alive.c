// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is an initiator that says nothing still there?
 *
 * One whose machine has died says nothing either, and a queue pair with nothing to
 * send does not notice: the session would be there for ever, with its memory and
 * its reservations. Over TCP, LIO asks with a NOP-In (nopin_timeout of the
 * initiator's ACL) and ends a connection on which the answer does not come
 * (nopin_response_timeout). Over iSER it leaves that to the transport, so it is
 * done here, by the same attributes.
 *
 * Who does it is LIO's RX kthread, which over iSER has nothing else to do than to
 * wait for the end. So nothing is to be started, cancelled or waited for: the
 * kthread has LIO's connection for as long as it runs. And a PDU does not cost a
 * look at the clock: an initiator is silent if StatSN is what it was at the last
 * look. Who is in the middle of a command that takes long may be asked, too.
 *
 * In a discovery session nothing but text may be sent. One that asks nothing for
 * long is ended; the next discovery makes its own.
 */
#include <linux/kthread.h>
#include <target/iscsi/iscsi_target_core.h>

#include "isert.h"

/* A silent discovery session is ended at the second look in a row. */
#define ISERT_ALIVE_DISCOVERY	(NA_NOPIN_TIMEOUT + NA_NOPIN_RESPONSE_TIMEOUT)

/**
 * struct isert_alive - who is watched, and what the last look has found
 * @attrib: of the initiator's ACL; NULL in a discovery session, which has none
 * @stat_sn: StatSN of the next response
 * @asked: the initiator was silent, and has been asked where that may be
 */
struct isert_alive {
	const struct iscsi_node_attrib	*attrib;
	u32				stat_sn;
	bool				asked;
};

/* Seconds until the next look. */
static u32 isert_alive_period(const struct isert_alive *last)
{
	if (!last->attrib)
		return ISERT_ALIVE_DISCOVERY;
	if (last->asked)
		return READ_ONCE(last->attrib->nopin_response_timeout);
	/* 0 is off, until an administrator says something else. */
	return READ_ONCE(last->attrib->nopin_timeout) ?: NA_NOPIN_TIMEOUT;
}

static bool isert_alive_ask_locked(struct isert_conn *conn,
				   const struct isert_alive *last)
{
	if (!last->attrib)
		return true;
	return READ_ONCE(last->attrib->nopin_timeout) &&
	       isert_unasked_ping_locked(conn);
}

/* Something has arrived, the answer perhaps, and waits for a back end. */
static bool isert_alive_unheard(const struct isert_conn *conn)
{
	return !llist_empty(&conn->rx_queue) || READ_ONCE(conn->rx_todo);
}

static void isert_alive_look(struct isert_conn *conn, struct isert_alive *last)
{
	bool lost = false;

	iser_tx_lock(conn->ep);
	if (conn->stat_sn != last->stat_sn)
		last->asked = false;
	else if (!last->asked)
		last->asked = isert_alive_ask_locked(conn, last);
	else if (!last->attrib || (conn->unasked.ping && !isert_alive_unheard(conn)))
		lost = true;
	else
		last->asked = false;
	last->stat_sn = conn->stat_sn;
	iser_tx_unlock(conn->ep);
	if (lost)
		iser_ep_stop(conn->ep, ISER_STOP_TIMEOUT);
}

/**
 * isert_alive_watch - wait for the end of a connection, and see to it that it comes
 * @conn: connection in full feature phase
 *
 * Context: LIO's RX kthread; sleeps interruptibly until it is told to end.
 */
void isert_alive_watch(struct isert_conn *conn)
{
	struct se_session *session = conn->lio->sess->se_sess;
	struct isert_alive last = {};

	if (!isert_login_is_discovery(conn->lio))
		last.attrib = &to_iscsi_nacl(session->se_node_acl)->node_attrib;
	while (!wait_event_interruptible_timeout(conn->wait, kthread_should_stop(),
						 HZ * isert_alive_period(&last)))
		isert_alive_look(conn, &last);
}
