// SPDX-License-Identifier: GPL-2.0-only
/*
 * The initiator's error handling, rung by rung, against a target that does not
 * answer a READ: ABORT TASK, LOGICAL UNIT RESET, TARGET WARM RESET, and the end
 * of the session. Such a target refuses what is below the rung of the case.
 * Then it either ends the task, and its STag must be dead once the initiator
 * may have given the memory back; or it stays silent, the initiator must end
 * the connection, and the STag must be of no use on the next one.
 *
 * As long as the task lives the target may use the STag: a refused request ends
 * no task, which each case tries, too.
 */
#include <stdio.h>
#include <unistd.h>

#include "target.h"

#define LADDER_MS	60000	/* for all time limits of the initiator below */
#define SETTLE_MS	500	/* for the initiator to do what it should not */

enum {
	TMF_ABORT_TASK		= 1,
	TMF_LUN_RESET		= 5,
	TMF_TARGET_RESET	= 6,
	TMF_COMPLETE		= 0,
	TMF_REJECTED		= 255,
};

/* What the READ has lent: asked for again on the next connection. */
static struct {
	uint32_t	stag;
	uint64_t	base;
} lent;

static int tmf_answer(struct server *sv, const struct peer_msg *tmf,
		      uint8_t response)
{
	static struct pdu m;

	rsp_init(sv, &m, OP_TMF_RSP, msg32(tmf, B_ITT));
	pdu_set8(&m, B_RESPONSE, response);
	/*
	 * Shut the window behind the end of a task: its registration must not
	 * be taken over by another command, which would hide that it lives.
	 */
	if (response == TMF_COMPLETE)
		pdu_set32(&m, B_MAX_CMDSN, sv->exp_cmdsn - 1);
	return peer_send(sv->p, m.b, m.len);
}

/* Serve everything else until a request of task management comes. */
static int next_tmf(struct server *sv, struct peer_msg *msg)
{
	long deadline = peer_now_ms() + LADDER_MS, left;

	while ((left = deadline - peer_now_ms()) > 0) {
		if (peer_recv(sv->p, msg, left) != PEER_OK)
			return peer_fail("no task management request (%s)",
					 peer_how_ended(sv->p));
		if (msg_opcode(msg) == OP_TMF)
			return 0;
		if (serve_one(sv, msg))
			return -1;
	}
	return peer_fail("no task management request in %d ms", LADDER_MS);
}

/* Up to the request @rung, with the lower ones refused. */
static int climb(struct server *sv, const struct peer_msg *read, uint8_t rung,
		 struct peer_msg *tmf)
{
	uint8_t function;

	lent.stag = read_stag(read);
	lent.base = get64(read->data + 20);
	for (;;) {
		if (next_tmf(sv, tmf))
			return -1;
		function = msg8(tmf, B_FLAGS) & 0x7f;
		peer_note("task management function %u", function);
		if (function == rung)
			return 0;
		if (function > rung)
			return peer_fail("function %u comes before %u",
					 function, rung);
		if (tmf_answer(sv, tmf, TMF_REJECTED))
			return -1;
		if (put_data(sv, read, 0, 512))
			return -1;
	}
}

/* The task has ended: its STag, too, before the memory has another use. */
static int ended_by(struct server *sv, const struct peer_msg *read,
		    uint8_t rung)
{
	static struct peer_msg tmf;

	if (climb(sv, read, rung, &tmf) ||
	    tmf_answer(sv, &tmf, TMF_COMPLETE) ||
	    peer_flush(sv->p, sv->w->patience) != PEER_OK)
		return -1;
	usleep(scaled_ms(sv->w, 500) * 1000);
	return must_be_refused(sv, IBV_WR_RDMA_WRITE, 512, lent.stag, lent.base,
			       "RDMA Write to the STag of a task that was ended");
}

/* The request stays without answer; only pings are answered from here on. */
static int silent_from(struct server *sv, const struct peer_msg *read,
		       uint8_t rung)
{
	long deadline = peer_now_ms() + LADDER_MS, left;
	static struct peer_msg msg;

	if (climb(sv, read, rung, &msg))
		return -1;
	while ((left = deadline - peer_now_ms()) > 0) {
		switch (peer_recv(sv->p, &msg, left)) {
		case PEER_OK:
			if (msg_opcode(&msg) == OP_NOP_OUT)
				serve_one(sv, &msg);
			break;
		case PEER_ENDED:
			return 0;
		default:
			break;
		}
	}
	return peer_fail("function %u was not answered for %d ms, and the connection is up",
			 rung, LADDER_MS);
}

/* On the connection after that: there the old STag is nobody's. */
static int old_stag(struct server *sv, const struct peer_msg *read)
{
	(void)read;
	return must_be_refused(sv, IBV_WR_RDMA_WRITE, 512, lent.stag, lent.base,
			       "RDMA Write to an STag of the connection before");
}

/* Whoever drives the initiator waits for these words. */
static void tell(const char *words)
{
	printf("# %s\n", words);
	fflush(stdout);
}

static int tmf_comes(struct server *sv, struct peer_msg *tmf, uint8_t function)
{
	uint8_t got;

	if (next_tmf(sv, tmf))
		return -1;
	got = msg8(tmf, B_FLAGS) & 0x7f;
	peer_note("task management function %u", got);
	return got == function ? 0 :
	       peer_fail("function %u comes instead of %u", got, function);
}

/*
 * A LUN reset that the initiator gives up, at a signal, and the target reset that
 * SCSI makes of it. The first is answered then. libiscsi would take that for the
 * answer to the second, which may end other tasks: an initiator that can tell
 * them apart has nothing left but to end the connection.
 */
static int do_given_up(struct server *sv, const struct peer_msg *read)
{
	static struct peer_msg first, second;

	(void)read;
	tell("a READ is held");
	if (tmf_comes(sv, &first, TMF_LUN_RESET))
		return -1;
	tell("a LUN reset is held");
	if (tmf_comes(sv, &second, TMF_TARGET_RESET))
		return -1;
	if (msg32(&first, B_ITT) == msg32(&second, B_ITT))
		return peer_fail("two requests have the ITT %x",
				 msg32(&first, B_ITT));
	/* The second alone is nothing to end a connection for. */
	if (peer_wait_end(sv->p, SETTLE_MS) == PEER_ENDED)
		return peer_fail("the connection has ended before the answer (%s)",
				 peer_how_ended(sv->p));
	if (tmf_answer(sv, &first, TMF_COMPLETE))
		return -1;
	return must_end(sv->w, sv->p, "the answer to a reset that was given up");
}

static int given_up(const struct who *w)
{
	struct plan plan = {
		.when	= AT_MARK,
		.act	= do_given_up,
		.expect	= HAS_JUDGED,
	};

	return target_play(w, &plan);
}

#define RUNG(name, function)						\
static int do_ended_by_##name(struct server *sv, const struct peer_msg *read) \
{									\
	return ended_by(sv, read, function);				\
}									\
									\
static int do_silent_from_##name(struct server *sv,			\
				 const struct peer_msg *read)		\
{									\
	return silent_from(sv, read, function);				\
}									\
									\
static int ended_by_##name(const struct who *w)				\
{									\
	struct plan plan = {						\
		.when	= AT_MARK,					\
		.act	= do_ended_by_##name,				\
		.expect	= HAS_JUDGED,					\
	};								\
									\
	return target_play(w, &plan);					\
}									\
									\
static int silent_from_##name(const struct who *w)			\
{									\
	struct plan plan = {						\
		.when	= AT_MARK,					\
		.act	= do_silent_from_##name,			\
		.then	= old_stag,					\
		.expect	= HAS_JUDGED,					\
	};								\
									\
	return target_play(w, &plan);					\
}

RUNG(abort, TMF_ABORT_TASK)
RUNG(lun_reset, TMF_LUN_RESET)
RUNG(target_reset, TMF_TARGET_RESET)

const struct peer_case ladder_cases[] = {
	{ "ladder/abort-ends-stag", ended_by_abort,
	  "a READ is not answered, its abort is", NULL },
	{ "ladder/lun-reset-ends-stag", ended_by_lun_reset,
	  "nor its abort, the LUN reset is", NULL },
	{ "ladder/target-reset-ends-stag", ended_by_target_reset,
	  "nor the LUN reset, the target reset is", NULL },
	{ "ladder/silent-from-abort", silent_from_abort,
	  "the abort is not answered either", NULL },
	{ "ladder/silent-from-lun-reset", silent_from_lun_reset,
	  "abort refused, LUN reset not answered", NULL },
	{ "ladder/silent-from-target-reset", silent_from_target_reset,
	  "abort and LUN reset refused, target reset not answered", NULL },
	{ "ladder/answer-to-a-reset-given-up", given_up,
	  "a target reset has followed the LUN reset that is answered", NULL },
	{ }
};
