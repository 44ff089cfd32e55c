// SPDX-License-Identifier: GPL-2.0-only
/*
 * Login keys of iSER, filtered on their way between the wire and the two cores.
 *
 * open-iscsi and LIO own the negotiation, but they know nothing of buffers, and
 * not all of the keys. LIO adopts any TargetRecvDataSegmentLength and answers
 * four of RFC 7145's keys with NotUnderstood; open-iscsi fails a login in which
 * it is told one of these. So the text is changed in passing:
 *
 *	initiator, request	lengths lowered to what is true, and the default
 *				raised; what iSER does not have (digests,
 *				recovery, more connections) not asked for;
 *				MaxAHSLength added as a probe
 *	target, request		the four keys taken out and remembered; lengths
 *				lowered before LIO adopts them
 *	target, response	lengths lowered; an answer of our own to a
 *				declaration that both sides may make, and to no
 *				other: an initiator that did not bring a key up
 *				may not know it
 *	initiator, response	the four keys taken out and remembered
 *
 * The four are declarations: the peer needs no answer, and its value stands.
 * The probe declares what is the default anyway. A peer that declares a value
 * in return was written for RFC 7145 and is believed what it says of lengths.
 * NotUnderstood, or nothing, is what the in-tree pair says: its target posts
 * 8,192 bytes and its initiator 128 whatever they agree on, so that is all it
 * gets (iser_keys_ini_send(), iser_keys_tgt_send()).
 *
 * The text is from a peer, or from user space: a value that is not legal is
 * refused where the answer is ours to give (target), and proves nothing where
 * it is an answer (initiator).
 */
#include "keys.h"
#include "text.h"

static const char rdma_extensions[] = "RDMAExtensions";
static const char ini_recv[] = "InitiatorRecvDataSegmentLength";
static const char tgt_recv[] = "TargetRecvDataSegmentLength";
static const char max_recv[] = "MaxRecvDataSegmentLength";
static const char max_ahs[] = "MaxAHSLength";
static const char max_unexpected[] = "MaxOutstandingUnexpectedPDUs";
static const char solicited_only[] = "TaggedBufferForSolicitedDataOnly";
static const char hello_required[] = "iSERHelloRequired";

/**
 * iser_keys_init - a peer that has said nothing
 * @peer: gets the defaults of RFC 7145 section 6
 *
 * TaggedBufferForSolicitedDataOnly is the exception: No is its default, but
 * Yes is what every known peer that does not declare it does.
 *
 * Context: any.
 */
void iser_keys_init(struct iser_keys *peer)
{
	memset(peer, 0, sizeof(*peer));
	peer->ini_recv = ISER_KEYS_RECV_DATA;
	peer->tgt_recv = ISER_KEYS_RECV_DATA;
	peer->ahs = ISER_KEYS_AHS;
	peer->solicited = true;
}
EXPORT_SYMBOL_GPL(iser_keys_init);

/**
 * iser_keys_proven - may the peer's lengths be believed
 * @peer: what it has said
 *
 * Context: any.
 * Return: true if it has declared a key of RFC 7145 that the in-tree pair does
 * not know.
 */
bool iser_keys_proven(const struct iser_keys *peer)
{
	return peer->stated;
}
EXPORT_SYMBOL_GPL(iser_keys_proven);

/* RFC 7145 sections 6.7 and 6.8: 0, which is no limit, or 2 to 2^32 - 1. */
static int read_limit(const char *text, u32 len, const char *key, u32 *value)
{
	u32 number = 0;
	int err = iser_text_get_u32(text, len, key, &number);

	if (err)
		return err;
	if (number == 1)
		return -EINVAL;
	*value = number;
	return 0;
}

static int read_bool(const char *text, u32 len, const char *key, bool *value)
{
	if (!iser_text_find(text, len, key, NULL))
		return -ENOENT;
	if (iser_text_is(text, len, key, "Yes"))
		*value = true;
	else if (iser_text_is(text, len, key, "No"))
		*value = false;
	else
		return -EINVAL;
	return 0;
}

static int read_key(const char *text, u32 len, u8 key, struct iser_keys *peer)
{
	switch (key) {
	case ISER_KEY_UNEXPECTED:
		return read_limit(text, len, max_unexpected, &peer->unexpected);
	case ISER_KEY_AHS:
		return read_limit(text, len, max_ahs, &peer->ahs);
	case ISER_KEY_SOLICITED:
		return read_bool(text, len, solicited_only, &peer->solicited);
	default:
		return read_bool(text, len, hello_required, &peer->hello);
	}
}

static const struct {
	u8		bit;
	const char	*name;
} unknown_keys[] = {
	{ ISER_KEY_UNEXPECTED,	max_unexpected },
	{ ISER_KEY_AHS,		max_ahs },
	{ ISER_KEY_SOLICITED,	solicited_only },
	{ ISER_KEY_HELLO,	hello_required },
};

/**
 * iser_keys_note_rdma - remember what a peer says of RDMAExtensions
 * @text: pairs; need not end with a NUL
 * @len: bytes of @text
 * @peer: what it has said; changed if the key is there
 *
 * Reading is safe in any text, also in a part of one that goes on.
 *
 * Context: any.
 */
void iser_keys_note_rdma(const char *text, u32 len, struct iser_keys *peer)
{
	if (iser_text_is(text, len, rdma_extensions, "Yes"))
		peer->rdma = ISER_RDMA_YES;
	else if (iser_text_find(text, len, rdma_extensions, NULL))
		peer->rdma = ISER_RDMA_NO;
}
EXPORT_SYMBOL_GPL(iser_keys_note_rdma);

static int clamp_length(char *text, u32 *len, const char *key, u32 max,
			u32 *value)
{
	int err = iser_text_clamp(text, len, key, max);

	if (err < 0)
		return err;
	if (value)
		iser_text_get_u32(text, *len, key, value);
	return 0;
}

/*
 * RFC 7145 sections 5.1 and 6.1: an iSER session has no digests. The rest is
 * what libiscsi does not do. Asking for less is always allowed.
 */
static int offer_what_is_there(char *text, u32 *len, u32 size)
{
	int err;

	err = iser_text_set(text, len, size, "HeaderDigest", "None");
	if (err < 0)
		return err;
	err = iser_text_set(text, len, size, "DataDigest", "None");
	if (err < 0)
		return err;
	err = clamp_length(text, len, "ErrorRecoveryLevel", 0, NULL);
	if (err)
		return err;
	return clamp_length(text, len, "MaxConnections", 1, NULL);
}

static void format_u32(char *to, u32 number)
{
	u32 digits = 1, rest;

	for (rest = number / 10; rest; rest /= 10)
		digits++;
	to[digits] = '\0';
	for (; digits; number /= 10)
		to[--digits] = '0' + number % 10;
}

/*
 * User space offers the default when nobody has told it another length. It does
 * no harm to offer more: the target's word decides, if it can be believed.
 */
static void offer_our_length(char *text, u32 *len, u32 size,
			     const struct iser_keys_truth *own)
{
	u32 offered = 0;
	char digits[11];

	iser_text_get_u32(text, *len, tgt_recv, &offered);
	if (offered != ISER_KEYS_RECV_DATA || own->tgt_recv <= offered)
		return;
	format_u32(digits, own->tgt_recv);
	/* Without room for one more digit it stays what it is. */
	iser_text_set(text, len, size, tgt_recv, digits);
}

static int append_u32(char *text, u32 *len, u32 size, const char *key,
		      u32 value)
{
	char digits[11];

	format_u32(digits, value);
	return iser_text_append(text, len, size, key, digits);
}

/**
 * iser_keys_offer - initiator: make an offer of user space true
 * @text: keys of a Login Request in the operational stage, all of its text
 * @len: bytes of @text in use; changes
 * @size: bytes @text has room for
 * @own: what this side can do
 * @probe: declare MaxAHSLength if the text offers RDMAExtensions=Yes; without
 *	room for it the text goes without, and the peer stays unproven
 *
 * Context: any.
 * Return: 1 if MaxAHSLength was declared, 0 if not; -EINVAL if a number is
 * none, -ENOSPC if there is no room, the text is half changed then.
 */
int iser_keys_offer(char *text, u32 *len, u32 size,
		    const struct iser_keys_truth *own, bool probe)
{
	int err;

	err = offer_what_is_there(text, len, size);
	if (!err)
		err = clamp_length(text, len, ini_recv, own->ini_recv, NULL);
	if (!err)
		err = clamp_length(text, len, tgt_recv, own->tgt_recv, NULL);
	if (!err)
		err = clamp_length(text, len, max_recv, own->discovery, NULL);
	if (err)
		return err;
	offer_our_length(text, len, size, own);
	if (!probe || !iser_text_is(text, *len, rdma_extensions, "Yes") ||
	    iser_text_find(text, *len, max_ahs, NULL))
		return 0;
	return !append_u32(text, len, size, max_ahs, own->ahs);
}
EXPORT_SYMBOL_GPL(iser_keys_offer);

/**
 * iser_keys_take_answer - initiator: read and shorten a target's answer
 * @text: keys of a Login Response in the operational stage, all of its text
 * @len: bytes of @text; shrinks by what user space does not know
 * @peer: what the target has said so far; updated
 *
 * Two keys are the initiator's alone; what a target says of them means nothing.
 *
 * Context: any.
 */
void iser_keys_take_answer(char *text, u32 *len, struct iser_keys *peer)
{
	unsigned int i;
	u8 bit;

	for (i = 0; i < ARRAY_SIZE(unknown_keys); i++) {
		bit = unknown_keys[i].bit;
		if (bit & (ISER_KEY_UNEXPECTED | ISER_KEY_AHS) &&
		    !read_key(text, *len, bit, peer))
			peer->stated |= bit;
		while (iser_text_remove(text, len, unknown_keys[i].name))
			;
	}
	iser_keys_note_rdma(text, *len, peer);
	iser_text_get_u32(text, *len, ini_recv, &peer->ini_recv);
	iser_text_get_u32(text, *len, tgt_recv, &peer->tgt_recv);
}
EXPORT_SYMBOL_GPL(iser_keys_take_answer);

/**
 * iser_keys_ini_send - data bytes an initiator may put into a PDU
 * @peer: what the target has said
 * @offered: TargetRecvDataSegmentLength that was offered, or the default
 * @safe: what can be sent to a target that does not keep its word
 *
 * RFC 7145 section 6.4: the smaller number is the result.
 *
 * Context: any.
 * Return: bytes.
 */
u32 iser_keys_ini_send(const struct iser_keys *peer, u32 offered, u32 safe)
{
	u32 agreed = min(peer->tgt_recv, offered);

	return iser_keys_proven(peer) ? agreed : min(agreed, safe);
}
EXPORT_SYMBOL_GPL(iser_keys_ini_send);

/**
 * iser_keys_take_offer - target: read an initiator's offer and make it true
 * @text: keys of a Login Request in the operational stage, all of its text
 * @len: bytes of @text; shrinks by what LIO does not know
 * @own: what this side can do
 * @peer: what the initiator has said so far; updated
 *
 * Context: any.
 * Return: 0; -EINVAL if a value is not legal, -EEXIST if a key is declared
 * twice (RFC 7143 section 6.3); the text is half changed then.
 */
int iser_keys_take_offer(char *text, u32 *len,
			 const struct iser_keys_truth *own,
			 struct iser_keys *peer)
{
	unsigned int i;
	int err;
	u8 bit;

	for (i = 0; i < ARRAY_SIZE(unknown_keys); i++) {
		bit = unknown_keys[i].bit;
		err = read_key(text, *len, bit, peer);
		if (err == -ENOENT)
			continue;
		if (err)
			return -EINVAL;
		iser_text_remove(text, len, unknown_keys[i].name);
		if (peer->stated & bit ||
		    iser_text_find(text, *len, unknown_keys[i].name, NULL))
			return -EEXIST;
		peer->stated |= bit;
	}
	iser_keys_note_rdma(text, *len, peer);
	err = clamp_length(text, len, ini_recv, own->ini_recv, &peer->ini_recv);
	if (!err)
		err = clamp_length(text, len, tgt_recv, own->tgt_recv,
				   &peer->tgt_recv);
	if (!err)
		err = clamp_length(text, len, max_recv, own->discovery, NULL);
	return err;
}
EXPORT_SYMBOL_GPL(iser_keys_take_offer);

/**
 * iser_keys_answer - target: make an answer of LIO true, and complete it
 * @text: keys of a Login Response in the operational stage
 * @len: bytes of @text in use; changes
 * @size: bytes @text has room for
 * @own: what this side can do
 * @keys: ISER_KEY_* bits that the request declared
 *
 * LIO answers lengths with what it was offered, but declares
 * MaxRecvDataSegmentLength as it is configured. A word in place of a number
 * stays as it is.
 *
 * Context: any.
 * Return: 0; -ENOSPC if the declarations do not all fit. They are left out
 * then, which is no error: the initiator has the defaults.
 */
int iser_keys_answer(char *text, u32 *len, u32 size,
		     const struct iser_keys_truth *own, u8 keys)
{
	int err = 0;

	iser_text_clamp(text, len, ini_recv, own->ini_recv);
	iser_text_clamp(text, len, tgt_recv, own->tgt_recv);
	iser_text_clamp(text, len, max_recv, own->discovery);
	if (keys & ISER_KEY_UNEXPECTED)
		err = append_u32(text, len, size, max_unexpected,
				 own->unexpected);
	if (!err && keys & ISER_KEY_AHS)
		err = append_u32(text, len, size, max_ahs, own->ahs);
	return err;
}
EXPORT_SYMBOL_GPL(iser_keys_answer);

/**
 * iser_keys_tgt_send - data bytes a target may put into a PDU
 * @peer: what the initiator has said
 * @own: longest data segment this side makes
 * @safe: what can be sent to an initiator that does not keep its word
 *
 * Context: any.
 * Return: bytes.
 */
u32 iser_keys_tgt_send(const struct iser_keys *peer, u32 own, u32 safe)
{
	return min(peer->ini_recv, iser_keys_proven(peer) ? own : safe);
}
EXPORT_SYMBOL_GPL(iser_keys_tgt_send);

/**
 * iser_keys_tgt_recv - data bytes a target has to take in a PDU
 * @peer: what the initiator has said
 * @own: what this side can take
 *
 * LIO agrees to any TargetRecvDataSegmentLength it is offered. The default is
 * taken even where less was agreed on: it is in the first buffer anyway.
 *
 * Context: any.
 * Return: bytes.
 */
u32 iser_keys_tgt_recv(const struct iser_keys *peer, u32 own)
{
	return min_t(u32, max_t(u32, peer->tgt_recv, ISER_KEYS_RECV_DATA), own);
}
EXPORT_SYMBOL_GPL(iser_keys_tgt_recv);
