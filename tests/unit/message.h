/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Received messages as the transport sees them: the first 76 bytes in one
 * piece of memory, what follows in another, and no byte more than the decoder
 * was promised. A test or a fuzzer hands in a flat message.
 */
#ifndef ISER_UNIT_MESSAGE_H
#define ISER_UNIT_MESSAGE_H

#ifndef __KERNEL__
#include <stdlib.h>
#endif

#include "hdr.h"

static inline void *message_part(const u8 *from, u32 len)
{
	/* An empty part has an address of its own, so that reading it shows. */
	u8 *part = malloc(len);

	if (!part && len)
		abort();
	if (len)
		memcpy(part, from, len);
	return part;
}

static inline enum iser_verdict message_decode(const void *bytes, u32 len,
					       enum iser_role role,
					       enum iser_phase phase,
					       struct iser_pdu *pdu)
{
	u32 head_len = min_t(u32, len, ISER_HEADERS_LEN);
	u32 rest_len = min_t(u32, len - head_len, ISER_AHS_MAX);
	u8 *head = message_part(bytes, head_len);
	u8 *rest = len > head_len ?
		message_part((const u8 *)bytes + head_len, rest_len) : NULL;
	u32 wanted = iser_pdu_wanted(role, phase);
	struct iser_pdu again;
	enum iser_verdict verdict;

	/* Different rubbish before, the same result behind: all was written. */
	memset(pdu, 0xa5, sizeof(*pdu));
	memset(&again, 0x5a, sizeof(again));
	verdict = iser_pdu_decode(head, rest, len, pdu, wanted);
	if (iser_pdu_decode(head, rest, len, &again, wanted) != verdict ||
	    memcmp(pdu, &again, sizeof(again)))
		abort();

	free(head);
	free(rest);
	return verdict;
}

/* What holds for each message there is; NULL, or what does not. */
static inline const char *message_broken_rule(u32 len, enum iser_role role,
					      enum iser_verdict verdict,
					      const struct iser_pdu *pdu)
{
	enum iser_fate fate = iser_verdict_fate(verdict);
	u32 data_off = ISER_HEADERS_LEN + pdu->ahs_len;

	if (verdict < ISER_OK || verdict >= ISER_NR_VERDICTS)
		return "the verdict is one of the enum";
	if (!verdict != !fate)
		return "only ISER_OK is accepted";
	if (fate == ISER_FATE_REJECT && len < ISER_HEADERS_LEN)
		return "a Reject has a header to carry";
	if (fate == ISER_FATE_REJECT && pdu->msg != ISER_MSG_CTRL)
		return "a Reject answers a control-type PDU";
	if (pdu->data_off && (u64)pdu->data_off + pdu->data_len > len)
		return "the data segment is inside the message";
	if (pdu->data_off && pdu->data_off != data_off)
		return "the data segment follows the AHS";
	if (!pdu->data_off && (pdu->data_len || pdu->ahs_len))
		return "no lengths are given that were not checked";
	if (pdu->ext_cdb_off + pdu->ext_cdb_len > pdu->ahs_len)
		return "the extended CDB is inside the AHS";
	if (!pdu->ext_cdb_len != !pdu->ext_cdb_off)
		return "an extended CDB has both length and offset";
	if (pdu->ext_cdb_len > 244)
		return "no CDB is longer than 260 bytes";
	if (!pdu->wsv && (pdu->write_stag || pdu->write_base))
		return "no Write STag without WSV";
	if (!pdu->rsv && (pdu->read_stag || pdu->read_base))
		return "no Read STag without RSV";
	if (verdict != ISER_OK)
		return NULL;

	if (pdu->msg != ISER_MSG_CTRL)
		return len == ISER_HDR_LEN ? NULL : "a Hello has 28 bytes";
	if (pdu->data_off < ISER_HEADERS_LEN)
		return "an accepted PDU says where its data is";
	if (pdu->opcode & 0x20 ? role == ISER_TARGET : role == ISER_INITIATOR)
		return "an accepted PDU comes from the other side";
	return NULL;
}

#endif /* ISER_UNIT_MESSAGE_H */
