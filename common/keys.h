/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What iSER peers tell each other in the operational stage of a login (RFC 7145
 * section 6): the keys that open-iscsi and LIO negotiate but do not keep, and
 * the four that neither knows. Pure: text in, text and what the peer said out.
 */
#ifndef ISER_KEYS_H
#define ISER_KEYS_H

#include "pure.h"

/* A bit for each key a peer can declare and our cores do not know. */
#define ISER_KEY_UNEXPECTED	0x01	/* MaxOutstandingUnexpectedPDUs */
#define ISER_KEY_AHS		0x02	/* MaxAHSLength */
#define ISER_KEY_SOLICITED	0x04	/* TaggedBufferForSolicitedDataOnly */
#define ISER_KEY_HELLO		0x08	/* iSERHelloRequired */

/* RFC 7145 sections 6.4, 6.5 and 6.8: what goes without saying. */
#define ISER_KEYS_RECV_DATA	8192
#define ISER_KEYS_AHS		256

/**
 * enum iser_rdma_ext - what a peer has said of RDMAExtensions
 * @ISER_RDMA_UNSAID: nothing yet, which counts as No
 * @ISER_RDMA_NO: No, or something that is not Yes
 * @ISER_RDMA_YES: Yes
 */
enum iser_rdma_ext {
	ISER_RDMA_UNSAID,
	ISER_RDMA_NO,
	ISER_RDMA_YES,
};

/**
 * struct iser_keys - what a peer has said, defaults where it said nothing
 * @stated: ISER_KEY_* bits of the keys it declared with a legal value. A peer
 *	that knows one of them was written for RFC 7145 and is taken at its word
 *	about lengths; the in-tree pair knows none and is not.
 * @rdma: RDMAExtensions
 * @ini_recv: InitiatorRecvDataSegmentLength
 * @tgt_recv: TargetRecvDataSegmentLength
 * @unexpected: MaxOutstandingUnexpectedPDUs, 0 for no limit
 * @ahs: MaxAHSLength, 0 for no limit
 * @solicited: TaggedBufferForSolicitedDataOnly
 * @hello: iSERHelloRequired
 */
struct iser_keys {
	u8			stated;
	enum iser_rdma_ext	rdma;
	u32			ini_recv;
	u32			tgt_recv;
	u32			unexpected;
	u32			ahs;
	bool			solicited;
	bool			hello;
};

/**
 * struct iser_keys_truth - what one side can really do
 * @ini_recv: data bytes of a PDU from target to initiator
 * @tgt_recv: data bytes of a PDU from initiator to target
 * @discovery: data bytes of a PDU in a discovery session, either way
 * @ahs: MaxAHSLength to declare
 * @unexpected: MaxOutstandingUnexpectedPDUs to declare
 */
struct iser_keys_truth {
	u32	ini_recv;
	u32	tgt_recv;
	u32	discovery;
	u32	ahs;
	u32	unexpected;
};

void iser_keys_init(struct iser_keys *peer);
bool iser_keys_proven(const struct iser_keys *peer);

/* Initiator: the text of a request on its way out, of a response coming in. */
int iser_keys_offer(char *text, u32 *len, u32 size,
		    const struct iser_keys_truth *own, bool probe);
void iser_keys_take_answer(char *text, u32 *len, struct iser_keys *peer);
u32 iser_keys_ini_send(const struct iser_keys *peer, u32 offered, u32 safe);

/* Target: the text of a request coming in, of a response on its way out. */
int iser_keys_take_offer(char *text, u32 *len,
			 const struct iser_keys_truth *own,
			 struct iser_keys *peer);
int iser_keys_answer(char *text, u32 *len, u32 size,
		     const struct iser_keys_truth *own, u8 keys);
u32 iser_keys_tgt_send(const struct iser_keys *peer, u32 own, u32 safe);
u32 iser_keys_tgt_recv(const struct iser_keys *peer, u32 own);

void iser_keys_note_rdma(const char *text, u32 len, struct iser_keys *peer);

#endif /* ISER_KEYS_H */
