// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "case.h"

int not_ready(const struct who *w, const char *needs)
{
	if (w->count)
		return 0;
	peer_fail("needs --count and %s", needs);
	return CASE_SKIP;
}

int must_end(const struct who *w, struct peer *p, const char *what)
{
	if (peer_wait_end(p, w->patience) != PEER_ENDED)
		return peer_fail("%s: still connected after %d ms", what,
				 w->patience);
	if (peer_starved(p))
		return peer_fail("%s: ended only because the target has no receive posted",
				 what);
	return 0;
}

static int judge_end(const struct session *s, unsigned int ok,
		     const char *what)
{
	if (peer_starved(s->p) && !(ok & CAN_STARVE))
		return peer_fail("%s: the target is deaf, no receive is posted",
				 what);
	if (!(ok & (CAN_END | CAN_STARVE)))
		return peer_fail("%s: the connection ended (%s)", what,
				 peer_how_ended(s->p));
	peer_note("%s: ended (%s)", what, peer_how_ended(s->p));
	return 0;
}

int ping_or_end(struct session *s, unsigned int ok, const char *what)
{
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt;

	if (peer_ended(s->p))
		return judge_end(s, ok, what);
	itt = nop_build(s, &m, NULL, 0);
	if (peer_send(s->p, m.b, m.len)) {
		if (peer_ended(s->p))
			return judge_end(s, ok, what);
		return peer_fail("%s: stuck, sends do not complete", what);
	}
	switch (session_wait(s, itt, &msg, s->who->patience)) {
	case PEER_OK:
		return 0;
	case PEER_ENDED:
		return judge_end(s, ok, what);
	case PEER_TIMEOUT:
		return peer_fail("%s: stuck, alive but a ping is not answered",
				 what);
	default:
		return -1;
	}
}

/* What has become of a PDU with this answer. */
static unsigned int answer_kind(const struct peer_msg *msg)
{
	if (msg_opcode(msg) == OP_REJECT)
		return CAN_REJECT;
	if (msg_opcode(msg) == OP_SCSI_RSP &&
	    (msg8(msg, B_RESPONSE) || msg8(msg, B_STATUS)))
		return CAN_ANSWER | CAN_FAIL;
	return CAN_ANSWER;
}

int judge(struct session *s, uint32_t itt, unsigned int ok, const char *what)
{
	static struct peer_msg msg;
	unsigned int got;

	switch (session_wait(s, itt, &msg, s->who->patience / 2)) {
	case PEER_ENDED:
		return judge_end(s, ok, what);
	case PEER_ERROR:
		return -1;
	case PEER_TIMEOUT:
		if (peer_flush(s->p, 0) == PEER_TIMEOUT)
			return peer_fail("%s: stuck, the send does not complete",
					 what);
		got = CAN_IGNORE;
		break;
	default:
		got = answer_kind(&msg);
		break;
	}
	if ((ok & (CAN_FAIL | CAN_ANSWER)) == CAN_FAIL && got == CAN_ANSWER)
		return peer_fail("%s: %s that tells of no failure", what,
				 opcode_name(msg_opcode(&msg)));
	if (!(ok & got))
		return peer_fail("%s: %s", what, got == CAN_IGNORE ?
				 "ignored, neither answered nor ended" :
				 opcode_name(msg_opcode(&msg)));
	peer_note("%s: %s", what, got == CAN_IGNORE ? "ignored" :
		  opcode_name(msg_opcode(&msg)));
	return ping_or_end(s, ok, what);
}

int spoil(const struct who *w, spoil_fn fn, unsigned long arg, unsigned int ok,
	  const char *what)
{
	struct session *s = session_open(w);
	static struct pdu m;
	uint32_t itt;
	int rc = -1;

	if (!s)
		return -1;
	/* A unit attention would hide what becomes of a command. */
	if ((ok & CAN_FAIL) && test_unit_ready(s))
		goto out;
	itt = fn(s, &m, arg);
	if (!peer_send(s->p, m.b, m.len))
		rc = judge(s, itt, ok, what);
out:
	session_drop(s);
	return rc;
}

int collect(struct session *s, unsigned int n, uint8_t opcode)
{
	static struct peer_msg msg;
	unsigned int i;

	for (i = 0; i < n; i++) {
		switch (session_recv(s, &msg, s->who->patience)) {
		case PEER_OK:
			break;
		case PEER_ERROR:
			return -1;
		case PEER_TIMEOUT:
			return peer_fail("%u of %u answers came", i, n);
		case PEER_ENDED:
			return peer_fail("ended (%s) after %u of %u answers",
					 peer_how_ended(s->p), i, n);
		}
		if (opcode != OP_REJECT && msg_opcode(&msg) == OP_REJECT)
			return peer_fail("Reject, reason %02x",
					 msg8(&msg, B_RESPONSE));
	}
	return 0;
}

int no_faults(const struct session *s)
{
	if (s->statsn_faults || s->window_faults)
		return peer_fail("%s (%u StatSN faults, %u window faults)",
				 s->fault, s->statsn_faults, s->window_faults);
	return 0;
}

int tmf_code(struct session *s, uint8_t function, uint32_t ref, uint8_t *code)
{
	static struct peer_msg msg;
	static struct pdu m;
	uint32_t itt = tmf_build(s, &m, function, ref);

	if (peer_send(s->p, m.b, m.len) ||
	    session_answer(s, itt, OP_TMF_RSP, &msg))
		return -1;
	*code = msg8(&msg, B_RESPONSE);
	return 0;
}

int lun_reset(struct session *s)
{
	uint8_t code;

	if (tmf_code(s, 5, TAG_NONE, &code))
		return peer_fail("LOGICAL UNIT RESET: %s", peer_why());
	return code ? peer_fail("LOGICAL UNIT RESET: response %u", code) : 0;
}

int others_are_served(const struct who *w)
{
	struct session *s = session_open(w);
	int rc = -1;

	if (s && !test_unit_ready(s) && !lun_reset(s) && !test_unit_ready(s))
		rc = 0;
	session_close(s);
	if (!rc)
		rc = honest_check(w);
	return rc ? peer_fail("another session: %s", peer_why()) : 0;
}

int go_deaf(struct session *s)
{
	unsigned int i;

	s->p->deaf = true;
	for (i = 0; i < s->p->par.recvs; i++)
		if (ping(s))
			return -1;
	return 0;
}

struct session *burst_session(const struct who *w, bool initial_r2t)
{
	struct peer_params par;
	struct login_opts o;
	struct session *s;

	peer_params_init(&par, w->host, w->port);
	login_opts_init(&o);
	o.initial_r2t = initial_r2t;
	s = session_open_with(w, &par, &o);
	if (!s)
		return NULL;
	if (!test_unit_ready(s))
		return s;
	session_drop(s);
	return NULL;
}

/* Every 4 bytes name their place, so that shifted data is seen as such. */
void fill_pattern(uint8_t *buf, size_t len, uint32_t seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = (seed + (uint32_t)(i / 4) * 2654435761u) >>
			 (8 * (i % 4));
}

int check_pattern(const uint8_t *buf, size_t len, uint32_t seed)
{
	uint8_t want[4];
	size_t i;

	for (i = 0; i < len; i++) {
		if (i % 4 == 0)
			put32(want, __builtin_bswap32(seed + (uint32_t)(i / 4) *
						      2654435761u));
		if (buf[i] != want[i % 4])
			return peer_fail("byte %zu of %zu is %02x, not %02x", i,
					 len, buf[i], want[i % 4]);
	}
	return 0;
}
