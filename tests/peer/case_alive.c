// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases of an initiator that says nothing: the target asks whether it is there,
 * and ends what does not answer. Somebody has set both timeouts of our ACL to
 * --count seconds.
 */
#include <stdio.h>
#include <unistd.h>

#include "case.h"

static const char acl[] = "an ACL with such timeouts";

static int times_ms(const struct who *w, unsigned int n)
{
	return n * w->count * 1000;
}

/* A session whose target asks soon; NULL, and rc says what a case returns. */
static struct session *quiet_session(const struct who *w, int *rc)
{
	struct session *s;

	*rc = not_ready(w, acl) ? CASE_SKIP : -1;
	if (*rc == CASE_SKIP)
		return NULL;
	s = session_open(w);
	if (s && test_unit_ready(s)) {
		session_drop(s);
		s = NULL;
	}
	return s;
}

static int answers_and_lives(const struct who *w)
{
	static struct peer_msg msg;
	struct session *s;
	int rc;

	s = quiet_session(w, &rc);
	if (!s)
		return rc;
	/* A first look, a second one, the time to answer, another one: four each. */
	switch (session_recv(s, &msg, times_ms(w, 10))) {
	case PEER_TIMEOUT:
		break;
	case PEER_OK:
		peer_fail("%s unasked", opcode_name(msg_opcode(&msg)));
		goto out;
	default:
		peer_fail("ended (%s) after %u answers to pings",
			  peer_how_ended(s->p), s->pings);
		goto out;
	}
	peer_note("%u pings in %u s", s->pings, 10 * w->count);
	if (s->pings < 2)
		peer_fail("%u pings in %u s", s->pings, 10 * w->count);
	else if (s->pings > 10)
		peer_fail("%u pings in %u s are too many", s->pings, 10 * w->count);
	else if (!ping(s))
		rc = no_faults(s);
out:
	session_drop(s);
	return rc;
}

static int silence_ends(const struct who *w)
{
	static struct peer_msg msg;
	struct session *s;
	long asked;
	int rc;

	s = quiet_session(w, &rc);
	if (!s)
		return rc;
	if (peer_recv(s->p, &msg, times_ms(w, 3) + w->patience) != PEER_OK) {
		peer_fail("not asked within %d ms", times_ms(w, 3) + w->patience);
		goto out;
	}
	asked = peer_now_ms();
	if (msg_opcode(&msg) != OP_NOP_IN || msg32(&msg, B_ITT) != TAG_NONE ||
	    msg32(&msg, B_TTT) == TAG_NONE) {
		peer_fail("%s with ITT %x and TTT %x", opcode_name(msg_opcode(&msg)),
			  msg32(&msg, B_ITT), msg32(&msg, B_TTT));
		goto out;
	}
	if (peer_wait_end(s->p, times_ms(w, 1) + w->patience) != PEER_ENDED)
		peer_fail("still connected %ld ms after a ping", peer_now_ms() - asked);
	else if (peer_now_ms() - asked < times_ms(w, 1) / 2)
		peer_fail("ended %ld ms after a ping", peer_now_ms() - asked);
	else
		rc = 0;
out:
	session_drop(s);
	return rc;
}

static int who_speaks(const struct who *w)
{
	struct session *s;
	long end;
	int rc;

	s = quiet_session(w, &rc);
	if (!s)
		return rc;
	end = peer_now_ms() + times_ms(w, 6);
	while (peer_now_ms() < end) {
		if (ping(s))
			goto out;
		peer_flush(s->p, 0);
		usleep(times_ms(w, 1) * 1000 / 8);
	}
	if (s->pings)
		peer_fail("%u pings to who speaks all the time", s->pings);
	else
		rc = no_faults(s);
out:
	session_drop(s);
	return rc;
}

/* The times are the target's own here. */
static int discovery_ends(const struct who *w)
{
	static struct peer_msg msg;
	struct session *s;
	long begun;
	int rc = -1;

	if (not_ready(w, acl))
		return CASE_SKIP;
	s = session_open_discovery(w, RDSL_USUAL);
	if (!s)
		return -1;
	begun = peer_now_ms();
	switch (session_recv(s, &msg, 140000 + w->patience)) {
	case PEER_ENDED:
		if (peer_now_ms() - begun < 40000)
			peer_fail("ended after %ld ms", peer_now_ms() - begun);
		else
			rc = 0;
		break;
	case PEER_TIMEOUT:
		peer_fail("a silent discovery is still there after %ld ms",
			  peer_now_ms() - begun);
		break;
	default:
		peer_fail("a PDU in a silent discovery");
		break;
	}
	session_drop(s);
	return rc;
}

const struct peer_case alive_cases[] = {
	{ "idle/asked-who-answers-lives", answers_and_lives,
	  "silence, but for the answers to the target's NOP-In", NULL },
	{ "idle/asked-who-does-not-answer-ends", silence_ends,
	  "silence", NULL },
	{ "idle/who-speaks-is-not-asked", who_speaks,
	  "a NOP-Out again and again", NULL },
	{ "idle/silent-discovery-ends", discovery_ends,
	  "a discovery session that asks for nothing", NULL },
	{ }
};
