/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a case is, and the few judgements that most of them share. A case is
 * named for what must hold.
 */
#ifndef ISER_PEER_CASE_H
#define ISER_PEER_CASE_H

#include "session.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define CASE_SKIP	1	/* returned by a case that cannot be run here */

/**
 * struct peer_case - one thing that must hold
 * @name: area/what-holds
 * @run: 0 it holds, -1 it does not, CASE_SKIP; reason in peer_why()
 * @what: one line for --list
 * @later: why it is not expected to pass yet, or NULL
 */
struct peer_case {
	const char	*name;
	int		(*run)(const struct who *w);
	const char	*what;
	const char	*later;
};

/* Each ends with an entry without a name. */
extern const struct peer_case login_cases[];
extern const struct peer_case keys_cases[];
extern const struct peer_case cm_cases[];
extern const struct peer_case ffp_cases[];
extern const struct peer_case data_cases[];
extern const struct peer_case unsol_cases[];
extern const struct peer_case ahead_cases[];
extern const struct peer_case order_cases[];
extern const struct peer_case unasked_cases[];
extern const struct peer_case alive_cases[];
extern const struct peer_case rkey_cases[];
extern const struct peer_case load_cases[];
extern const struct peer_case target_cases[];
extern const struct peer_case ladder_cases[];
extern const struct peer_case write_cases[];

/* What may become of a PDU that breaks a rule; an "ok" set is an OR of these. */
enum {
	CAN_END		= 1,	/* the connection ends */
	CAN_REJECT	= 2,	/* a Reject PDU quotes it */
	CAN_ANSWER	= 4,	/* an ordinary response to it */
	CAN_IGNORE	= 8,	/* nothing happens */
	CAN_STARVE	= 16,	/* it ends for want of a receive buffer */
	CAN_FAIL	= 32,	/* a SCSI Response, but not GOOD */
	REJECT_OR_END	= CAN_REJECT | CAN_END,
	LIVES_OR_ENDS	= CAN_REJECT | CAN_END | CAN_ANSWER | CAN_IGNORE,
};

/* Cases that somebody has to make ready say so by --count: CASE_SKIP without. */
int not_ready(const struct who *w, const char *needs);
/* The other end must break it off, and not by letting us starve. */
int must_end(const struct who *w, struct peer *p, const char *what);
/*
 * What has been sent as @itt may become one of @ok. If the connection lives,
 * it must answer a ping: never a stuck connection.
 */
int judge(struct session *s, uint32_t itt, unsigned int ok, const char *what);
/* A ping is answered, or the connection has ended. */
int ping_or_end(struct session *s, unsigned int ok, const char *what);

/* Builds a PDU that breaks a rule; returns its ITT. */
typedef uint32_t (*spoil_fn)(struct session *s, struct pdu *m,
			     unsigned long arg);
/* A fresh session, one spoiled PDU, one judgement. */
int spoil(const struct who *w, spoil_fn fn, unsigned long arg, unsigned int ok,
	  const char *what);

/* Collect @n answers in whatever order; -1 with a reason if some do not come. */
int collect(struct session *s, unsigned int n, uint8_t opcode);
/* A session that noted StatSN or window faults fails the case. */
int no_faults(const struct session *s);

/* A task management function and the response code of its answer. */
int tmf_code(struct session *s, uint8_t function, uint32_t ref, uint8_t *code);
/* LOGICAL UNIT RESET; anything but "function complete" is a failure. */
int lun_reset(struct session *s);
/*
 * Whatever another session has left behind: one that begins now is served, a
 * reset by it, which waits for what is left of others, is answered, and so is
 * honest_check().
 */
int others_are_served(const struct who *w);

/*
 * Use up the receives there are and post no more: what the target sends from now
 * on does not arrive, and over iWARP ends the connection.
 */
int go_deaf(struct session *s);

/* A session that offers the longest bursts, with unit attentions taken away. */
struct session *burst_session(const struct who *w, bool initial_r2t);

/* A session with room for the deepest window, and the window it has now. */
struct session *deep_session(const struct who *w, uint8_t rnr_retry);
unsigned int window_of(const struct session *s);

void fill_pattern(uint8_t *buf, size_t len, uint32_t seed);
int check_pattern(const uint8_t *buf, size_t len, uint32_t seed);

#endif /* ISER_PEER_CASE_H */
