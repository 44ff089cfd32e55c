// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of RFC 7145 section 6, and the Hello: what a target understands,
 * what it says of its own accord, and whether it keeps to what was said.
 */
#include <stdio.h>
#include <string.h>

#include "case.h"

#define BOTH		"MaxOutstandingUnexpectedPDUs=4\0MaxAHSLength=256\0"
#define HELLO_YES	"iSERHelloRequired=Yes\0"
#define HELLO_NO	"iSERHelloRequired=No\0"
#define STRICT_BASE	"TaggedBufferForSolicitedDataOnly=No\0"

static const char *const rfc7145_keys[] = {
	"MaxOutstandingUnexpectedPDUs", "MaxAHSLength",
	"TaggedBufferForSolicitedDataOnly", "iSERHelloRequired",
};

/* A text without the terminator that C adds to a literal. */
#define EXTRA(literal)	literal, sizeof(literal) - 1

static void extra(struct login_opts *o, const char *keys, size_t len)
{
	o->extra = keys;
	o->extra_len = len;
}

static struct session *open_with(const struct who *w, struct login_opts *o)
{
	struct peer_params par;

	peer_params_init(&par, w->host, w->port);
	par.timeout_ms = w->patience;
	return session_open_with(w, &par, o);
}

static struct session *connected(const struct who *w)
{
	struct peer_params par;

	peer_params_init(&par, w->host, w->port);
	par.timeout_ms = w->patience;
	return session_new(w, peer_connect(&par));
}

static const char *said(const struct session *s, const char *key)
{
	return text_get(s->last_text, s->last_text_len, key);
}

static int understood(const struct who *w)
{
	struct login_opts o;
	struct session *s;
	unsigned int i;
	int rc = 0;

	login_opts_init(&o);
	extra(&o, EXTRA(BOTH STRICT_BASE HELLO_NO));
	s = open_with(w, &o);
	if (!s)
		return -1;
	for (i = 0; !rc && i < ARRAY_SIZE(rfc7145_keys); i++) {
		const char *value = said(s, rfc7145_keys[i]);

		if (value && !strcmp(value, "NotUnderstood"))
			rc = peer_fail("%s is NotUnderstood", rfc7145_keys[i]);
		else if (value && i >= 2)
			rc = peer_fail("%s=%s from a target", rfc7145_keys[i],
				       value);
		else if (value && strspn(value, "0123456789") != strlen(value))
			rc = peer_fail("%s=%s", rfc7145_keys[i], value);
	}
	if (!rc && !said(s, "MaxAHSLength"))
		rc = peer_fail("MaxAHSLength is not declared in return");
	if (!rc)
		rc = ping(s);
	session_close(s);
	return rc;
}

static int not_volunteered(const struct who *w)
{
	struct session *s = session_open(w);
	unsigned int i;
	int rc = 0;

	if (!s)
		return -1;
	for (i = 0; !rc && i < ARRAY_SIZE(rfc7145_keys); i++)
		if (said(s, rfc7145_keys[i]))
			rc = peer_fail("%s=%s, which nobody has brought up",
				       rfc7145_keys[i],
				       said(s, rfc7145_keys[i]));
	session_close(s);
	return rc;
}

/* In a discovery session the keys mean nothing, and hurt nobody. */
static int in_discovery(const struct who *w)
{
	static struct text answer;
	struct login_opts o;
	struct session *s;
	int rc;

	login_opts_init(&o);
	o.discovery = true;
	extra(&o, EXTRA(BOTH HELLO_YES));
	s = open_with(w, &o);
	if (!s)
		return -1;
	rc = send_targets(s, &answer);
	session_close(s);
	return rc;
}

/* The login fails, with a status that says whose fault it is. */
static int must_refuse(const struct who *w, struct login_opts *o,
		       const char *what)
{
	struct session *s = connected(w);
	int rc;

	if (!s)
		return -1;
	if (!session_login(s, o))
		rc = peer_fail("%s: accepted", what);
	else if (s->login_class != 2)
		rc = peer_fail("%s: status %02x/%02x (%s)", what,
			       s->login_class, s->login_detail, peer_why());
	else
		rc = must_end(w, s->p, what);
	session_drop(s);
	return rc;
}

#define BAD(literal)	{ literal, sizeof(literal) }

static int illegal_values(const struct who *w)
{
	static const struct {
		const char *text;
		size_t len;
	} bad[] = {
		BAD("MaxAHSLength=1"), BAD("MaxAHSLength=-1"),
		BAD("MaxAHSLength="), BAD("MaxAHSLength=4294967296"),
		BAD("MaxAHSLength=NotUnderstood"),
		BAD("MaxOutstandingUnexpectedPDUs=1"),
		BAD("MaxOutstandingUnexpectedPDUs=many"),
		BAD("TaggedBufferForSolicitedDataOnly=yes"),
		BAD("TaggedBufferForSolicitedDataOnly=Yes,No"),
		BAD("iSERHelloRequired=1"), BAD("iSERHelloRequired="),
		BAD("MaxAHSLength=4\0MaxAHSLength=4"),
		BAD("MaxRecvDataSegmentLength=x"),
	};
	struct login_opts o;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		login_opts_init(&o);
		o.extra = bad[i].text;
		o.extra_len = bad[i].len;
		if (must_refuse(w, &o, bad[i].text))
			return -1;
	}
	return 0;
}

static int no_rdma_no_session(const struct who *w)
{
	struct login_opts o;

	login_opts_init(&o);
	o.rdma = "No";
	if (must_refuse(w, &o, "RDMAExtensions=No"))
		return -1;
	o.rdma = "";
	return must_refuse(w, &o, "no RDMAExtensions");
}

/* RFC 7145 section 6.1, whatever is offered. */
static int forced_values(const struct who *w)
{
	static const struct {
		const char *key, *value;
	} want[] = {
		{ "HeaderDigest", "None" }, { "DataDigest", "None" },
		{ "ErrorRecoveryLevel", "0" }, { "MaxConnections", "1" },
	};
	struct login_opts o;
	struct session *s;
	unsigned int i;
	int rc = 0;

	login_opts_init(&o);
	o.digests = true;
	o.recovery = 2;
	o.connections = 8;
	s = open_with(w, &o);
	if (!s)
		return -1;
	for (i = 0; !rc && i < ARRAY_SIZE(want); i++) {
		const char *value = said(s, want[i].key);

		if (!value || strcmp(value, want[i].value))
			rc = peer_fail("%s=%s", want[i].key,
				       value ? value : "(not answered)");
	}
	if (!rc && (s->irdsl > 8192 || s->trdsl > 16384))
		rc = peer_fail("lengths %u and %u were agreed on", s->irdsl,
			       s->trdsl);
	session_close(s);
	return rc;
}

/* How much of the data of a long ping comes back. */
static int echoed(const struct who *w, struct login_opts *o, uint32_t *len)
{
	static struct peer_msg msg;
	static uint8_t data[600];
	static struct pdu m;
	struct session *s = open_with(w, o);
	uint32_t itt;
	int rc = -1;

	if (!s)
		return -1;
	fill_pattern(data, sizeof(data), 3);
	itt = nop_build(s, &m, data, sizeof(data));
	if (!peer_send(s->p, m.b, m.len) &&
	    !session_answer(s, itt, OP_NOP_IN, &msg)) {
		*len = msg_dlen(&msg);
		rc = check_pattern(msg_payload(&msg), *len, 3);
	}
	session_close(s);
	return rc;
}

/* The in-tree initiator's way: a large promise, and 128 bytes posted. */
static int liar_gets_128(const struct who *w)
{
	struct login_opts o;
	uint32_t len;

	login_opts_init(&o);
	o.irdsl = 262144;
	if (echoed(w, &o, &len))
		return -1;
	if (len > 128)
		return peer_fail("%u bytes for an initiator that has proven nothing",
				 len);
	/* One that has proven itself gets what was agreed on, and no more. */
	extra(&o, EXTRA(BOTH));
	o.irdsl = 512;
	if (echoed(w, &o, &len))
		return -1;
	return len == 512 ? 0 : peer_fail("%u bytes come back, 512 fit", len);
}

/* A text broken in the middle of a key: answered or refused, never silence. */
static int broken_text(const struct who *w)
{
	struct session *s = connected(w);
	static struct peer_msg msg;
	static struct text t, part;
	static struct pdu m;
	struct login_opts o;
	size_t cut;
	int rc = 0;

	if (!s)
		return -1;
	login_opts_init(&o);
	extra(&o, EXTRA(BOTH));
	if (login_security(s, &o)) {
		session_drop(s);
		return -1;
	}
	login_operational_text(&o, &t);
	cut = t.len - 4;
	part = t;
	part.len = cut;
	login_pdu(s, &m, 1, 0, false, &part);
	pdu_set8(&m, B_FLAGS, 0x44);
	if (!login_exchange(s, &m, &msg)) {
		part.len = t.len - cut;
		memcpy(part.b, t.b + cut, part.len);
		login_pdu(s, &m, 1, 3, true, &part);
		login_exchange(s, &m, &msg);
	}
	if (!s->full && !s->login_class && !peer_ended(s->p))
		rc = peer_fail("neither a session nor a refusal: %s",
			       peer_why());
	session_drop(s);
	return rc;
}

/* Hello */

static int reply_is(struct session *s, bool refused, uint16_t depth)
{
	static struct peer_msg msg;

	if (peer_recv(s->p, &msg, s->who->patience) != PEER_OK)
		return peer_fail("no HelloReply (%s)", peer_how_ended(s->p));
	if (msg.len != ISER_LEN || (msg.data[0] & 0xf0) != 0x30)
		return peer_fail("a Hello is answered by %u bytes, %02x first",
				 msg.len, msg.data[0]);
	if ((msg.data[0] & 1) != refused)
		return peer_fail("REJ is %u", msg.data[0] & 1);
	if (msg.data[1] != 0xaa)
		return peer_fail("versions %02x", msg.data[1]);
	if (!refused && (!get16(msg.data + 2) || get16(msg.data + 2) > depth))
		return peer_fail("iSER-ORD %u where iSER-IRD is %u",
				 get16(msg.data + 2), depth);
	return 0;
}

static int say_hello(struct session *s, uint8_t max, uint8_t min, uint16_t ird)
{
	static struct pdu m;

	pdu_hello(&m, max, min, ird);
	return peer_send(s->p, m.b, m.len);
}

static struct session *open_hello(const struct who *w, const char *key,
				  size_t len)
{
	struct login_opts o;

	login_opts_init(&o);
	o.extra = key;
	o.extra_len = len;
	return open_with(w, &o);
}

/* An exchange as agreed, or unannounced (RFC 5046); then all is as ever. */
static int hello_answered(const struct who *w, const char *key, size_t len)
{
	struct session *s = open_hello(w, key, len);
	int rc = -1;

	if (!s)
		return -1;
	if (!say_hello(s, 10, 10, 3) && !reply_is(s, false, 3) && !ping(s) &&
	    !test_unit_ready(s))
		rc = no_faults(s);
	session_close(s);
	return rc;
}

static int hello_agreed(const struct who *w)
{
	return hello_answered(w, HELLO_YES, sizeof(HELLO_YES) - 1);
}

static int hello_unannounced(const struct who *w)
{
	return hello_answered(w, NULL, 0);
}

static int hello_due(const struct who *w)
{
	struct session *s = open_hello(w, HELLO_YES, sizeof(HELLO_YES) - 1);
	static struct pdu m;
	int rc = -1;

	if (!s)
		return -1;
	nop_build(s, &m, NULL, 0);
	if (!peer_send(s->p, m.b, m.len))
		rc = must_end(w, s->p, "a ping where a Hello was due");
	session_drop(s);
	return rc;
}

static int hello_declined(const struct who *w)
{
	struct session *s = open_hello(w, HELLO_NO, sizeof(HELLO_NO) - 1);
	int rc = -1;

	if (!s)
		return -1;
	if (!say_hello(s, 10, 10, 16))
		rc = must_end(w, s->p, "a Hello after iSERHelloRequired=No");
	session_drop(s);
	return rc;
}

static int hello_late(const struct who *w)
{
	struct session *s = session_open(w);
	int rc = -1;

	if (!s)
		return -1;
	if (!ping(s) && !say_hello(s, 10, 10, 16))
		rc = must_end(w, s->p, "a Hello behind a ping");
	session_drop(s);
	if (rc)
		return rc;
	s = session_open(w);
	if (!s)
		return -1;
	rc = -1;
	if (!say_hello(s, 10, 10, 16) && !reply_is(s, false, 16) &&
	    !say_hello(s, 10, 10, 16))
		rc = must_end(w, s->p, "a second Hello");
	session_drop(s);
	return rc;
}

static int hello_refused(const struct who *w)
{
	static const struct {
		uint8_t max, min;
		uint16_t ird;
		const char *what;
	} bad[] = {
		{ 9, 9, 16, "a Hello of version 9" },
		{ 1, 1, 16, "a Hello of version 1" },
		{ 15, 11, 16, "a Hello of versions 11 to 15" },
		{ 10, 10, 0, "a Hello without RDMA Reads" },
	};
	struct session *s;
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < ARRAY_SIZE(bad); i++) {
		s = open_hello(w, HELLO_YES, sizeof(HELLO_YES) - 1);
		if (!s)
			return -1;
		if (say_hello(s, bad[i].max, bad[i].min, bad[i].ird) ||
		    reply_is(s, true, 0))
			rc = peer_fail("%s: %s", bad[i].what, peer_why());
		else
			rc = must_end(w, s->p, bad[i].what);
		session_drop(s);
	}
	return rc;
}

/* TaggedBufferForSolicitedDataOnly=No: the base stands for the first byte. */
static int strict_base(const struct who *w)
{
	struct peer_region *out, *in;
	struct scsi_result r;
	struct login_opts o;
	struct scsi_cmd c;
	struct session *s;
	uint32_t block;
	int rc = -1;

	login_opts_init(&o);
	extra(&o, EXTRA(STRICT_BASE));
	s = open_with(w, &o);
	if (!s)
		return -1;
	if (test_unit_ready(s))
		goto out;
	block = read_capacity(s);
	if (!block)
		goto out;
	out = peer_region(s->p, 16384, IBV_ACCESS_REMOTE_READ);
	in = peer_region(s->p, 16384, IBV_ACCESS_REMOTE_WRITE);
	if (!out || !in)
		goto out;
	fill_pattern(out->buf, 16384, 77);
	cdb_rw(&c, true, 0, 16384 / block, block);
	c.region = out;
	c.imm = out->buf;
	c.imm_len = 512;
	/* scsi_build() adds what is immediate; here it is not left out. */
	c.region_off = -(size_t)512;
	if (scsi_good(s, &c, &r))
		goto out;
	memset(in->buf, 0xee, 16384);
	if (!read_blocks(s, in, 0, 16384 / block, block))
		rc = check_pattern(in->buf, 16384, 77);
out:
	session_close(s);
	return rc;
}

const struct peer_case keys_cases[] = {
	{ "keys/rfc7145-keys-are-understood", understood,
	  "no NotUnderstood, MaxAHSLength declared in return", NULL },
	{ "keys/none-is-volunteered", not_volunteered,
	  "an initiator that brings no key up is told of none", NULL },
	{ "keys/harmless-in-discovery", in_discovery,
	  "keys that mean nothing there", NULL },
	{ "keys/illegal-values-are-refused", illegal_values,
	  "a status of class 2, then the end", NULL },
	{ "keys/no-rdma-extensions-no-session", no_rdma_no_session,
	  "No, or nothing: a status of class 2, then the end", NULL },
	{ "keys/digests-recovery-connections-are-fixed", forced_values,
	  "None, None, 0 and 1, whatever is offered", NULL },
	{ "keys/unproven-initiator-gets-128-bytes", liar_gets_128,
	  "and one that has proven itself what it agreed on", NULL },
	{ "keys/text-broken-in-a-key", broken_text,
	  "C bit; a session or a refusal", NULL },
	{ "keys/agreed-hello-is-answered", hello_agreed,
	  "HelloReply with the smaller read depth; the session works", NULL },
	{ "keys/unannounced-hello-is-answered", hello_unannounced,
	  "as first message, as initiators of RFC 5046 send it", NULL },
	{ "keys/agreed-hello-comes-first", hello_due,
	  "anything else ends the connection", NULL },
	{ "keys/declined-hello-ends-connection", hello_declined,
	  "iSERHelloRequired=No, and then one", NULL },
	{ "keys/late-hello-ends-connection", hello_late,
	  "behind another message, or another Hello", NULL },
	{ "keys/hello-that-cannot-work-is-refused", hello_refused,
	  "REJ, then the end", NULL },
	{ "keys/base-offset-as-declared", strict_base,
	  "TaggedBufferForSolicitedDataOnly=No with immediate data", NULL },
	{ }
};
