/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small honest target with a disk in memory, which at one moment of its life
 * does one thing that a target must not do to a kernel initiator. What it does
 * is in case_target.c, how it lives in target.c.
 */
#ifndef ISER_PEER_TARGET_H
#define ISER_PEER_TARGET_H

#include "case.h"

#define DISK_BYTES	(8u << 20)
/* A READ that begins here is what AT_MARK waits for; nobody probes there. */
#define MARK_LBA	5000u

enum moment {
	AT_READ,		/* the third READ command */
	AT_WRITE,		/* the first WRITE command */
	AT_LOGIN,		/* the first Login Request */
	AT_OPERATIONAL,		/* the first Login Request of that stage */
	AT_MARK,		/* a READ of MARK_LBA */
};

enum expect {
	MUST_END,		/* the initiator drops the connection */
	MAY_GO_ON,		/* it may, or may go on */
	MUST_GO_ON,		/* it must not mind */
	HAS_JUDGED,		/* the act itself has found the answer */
	WE_LEAVE,		/* we drop the connection */
};

/* Beside 0 and -1 an act may return: */
enum {
	ACT_AGAIN	= 1,	/* go on with the next connection */
	ACT_HOLD	= 2,	/* likewise, and keep this one open */
};

struct server;
typedef int (*act_fn)(struct server *sv, const struct peer_msg *req);

/**
 * struct terms - what a target lets come unsolicited
 * @initial_r2t: InitialR2T
 * @immediate: ImmediateData
 * @first_burst: FirstBurstLength
 * @trdsl: TargetRecvDataSegmentLength
 */
struct terms {
	bool		initial_r2t;
	bool		immediate;
	uint32_t	first_burst;
	uint32_t	trdsl;
};

/**
 * struct plan - what is to happen when, and what has
 * @when: moment of @act
 * @act: the misbehaviour
 * @expect: what the initiator must make of it
 * @rep: first byte of the REP's private data, 0 for PEER_CM_NO_ZBVA
 * @no_rep: no private data in the REP
 * @rdma_extensions: answer to the key of that name, "" for none, NULL for Yes
 * @keys: further keys to answer the operational stage with, or NULL
 * @keys_len: their length, the last NUL included
 * @terms: what to answer about unsolicited data, or NULL for the defaults
 * @write: serves each WRITE that is not a moment, or NULL
 * @then: a second act, at the same moment of a later connection, or NULL
 * @one_by_one: one command at a time, so that the window can be shut behind it
 * @done: @act has run to its end
 * @rc: 0, or -1 with a reason: the case has failed
 * @step: connections in which @act was called
 * @rkey: STag that an earlier connection was given
 * @base: its Base Offset
 * @held: that connection, if it is still open
 */
struct plan {
	enum moment	when;
	act_fn		act;
	enum expect	expect;
	uint8_t		rep;
	bool		no_rep;
	const char	*rdma_extensions;
	const char	*keys;
	size_t		keys_len;
	const struct terms *terms;
	act_fn		write;
	act_fn		then;
	bool		one_by_one;
	bool		done;
	int		rc;
	unsigned int	step;
	uint32_t	rkey;
	uint64_t	base;
	struct peer	*held;
};

/**
 * struct server - one connection of the target
 * @w: who we are
 * @plan: what is going to happen
 * @p: the connection
 * @disk: the medium, and a page behind it for short answers
 * @statsn: next StatSN
 * @exp_cmdsn: next CmdSN
 * @window: further commands allowed
 * @irdsl: InitiatorRecvDataSegmentLength, the offer
 * @full: full feature phase
 * @discovery: a discovery session
 * @leaving: a Logout was answered
 * @reads: READ commands so far
 * @writes: WRITE commands so far
 */
struct server {
	const struct who	*w;
	struct plan		*plan;
	struct peer		*p;
	struct peer_region	*disk;
	uint32_t		statsn;
	uint32_t		exp_cmdsn;
	unsigned int		window;
	uint32_t		irdsl;
	bool			full;
	bool			discovery;
	bool			leaving;
	unsigned int		reads;
	unsigned int		writes;
};

/* A response; a NOP-In of our own takes no StatSN. */
void rsp_init(struct server *sv, struct pdu *m, uint8_t opcode, uint32_t itt);
void own_init(struct server *sv, struct pdu *m, uint8_t opcode);
void scsi_rsp(struct server *sv, struct pdu *m, const struct peer_msg *req,
	      uint8_t status);
/* With invalidation, if the REP promised it, of what the command advertised. */
int respond_inv(struct server *sv, const struct pdu *m, uint32_t rkey);

uint32_t read_stag(const struct peer_msg *req);
uint64_t read_base(const struct peer_msg *req);
uint32_t write_stag(const struct peer_msg *req);
uint64_t write_base(const struct peer_msg *req);
uint32_t own_stag(const struct peer_msg *req);

/* RDMA Write to the Read STag, no more than EDTL. */
int put_data(struct server *sv, const struct peer_msg *req, size_t off,
	     size_t len);
/* Immediate data, then RDMA Read from the Write STag. */
int get_data(struct server *sv, const struct peer_msg *req, size_t off,
	     size_t len);
int serve_one(struct server *sv, const struct peer_msg *req);

/* The access must be refused; then our QP is in error and both sides end. */
int must_be_refused(struct server *sv, enum ibv_wr_opcode op, size_t len,
		    uint32_t rkey, uint64_t base, const char *what);

/* The command has been carried out; ends its STag, too. */
int good(struct server *sv, const struct peer_msg *req);

/* Serve whoever connects, and carry out the plan. */
int target_play(const struct who *w, struct plan *plan);

#endif /* ISER_PEER_TARGET_H */
