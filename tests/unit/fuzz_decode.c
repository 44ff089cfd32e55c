// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer for common/hdr.c. First byte of the input: bit 0 role, bits 1 and 2
 * phase. The rest is a received message, and once more CM private data.
 */
#include "message.h"

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

static void decode_own_cm(bool remote_inv)
{
	struct iser_wire_cm cm;
	struct iser_cm_caps caps;

	iser_cm_encode(&cm, remote_inv);
	if (iser_cm_rep_decode(&cm, sizeof(cm), &caps) || !caps.present ||
	    caps.remote_inv != remote_inv)
		abort();
}

static void decode_cm(const u8 *bytes, u32 len)
{
	struct iser_cm_caps caps;
	u8 *data = message_part(bytes, len);

	if (iser_cm_req_decode(data, len, &caps) && (!len || len >= 4))
		abort();
	if (caps.remote_inv && !caps.present)
		abort();
	if (iser_cm_rep_decode(data, len, &caps) && (!len || len >= 4))
		abort();
	free(data);
	decode_own_cm(caps.remote_inv);
}

/* False for a header with both STags, which nobody can encode. */
static bool encode(u8 *head, const struct iser_pdu *pdu)
{
	if (pdu->msg == ISER_MSG_HELLO)
		iser_hello_encode(head, pdu->hello_depth);
	else if (pdu->msg == ISER_MSG_HELLO_REPLY)
		iser_hello_reply_encode(head, pdu->hello_depth, pdu->hello_rej);
	else if (pdu->wsv && pdu->rsv)
		return false;
	else if (pdu->wsv)
		iser_ctrl_encode_write(head, pdu->write_stag, pdu->write_base);
	else if (pdu->rsv)
		iser_ctrl_encode_read(head, pdu->read_stag, pdu->read_base);
	else
		iser_ctrl_encode(head);
	return true;
}

/* What was accepted means the same when we say it ourselves. */
static void say_again(const u8 *bytes, u32 len, enum iser_role role,
		      enum iser_phase phase, const struct iser_pdu *pdu)
{
	u8 *own = message_part(bytes, len);
	struct iser_pdu again;

	if (encode(own, pdu)) {
		if (message_decode(own, len, role, phase, &again))
			abort();
		/* Versions are ours now. */
		again.hello_max = pdu->hello_max;
		again.hello_min = pdu->hello_min;
		if (memcmp(&again, pdu, sizeof(again)))
			abort();
	}
	free(own);
}

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	enum iser_role role;
	enum iser_phase phase;
	enum iser_verdict verdict;
	struct iser_pdu pdu;

	if (!size)
		return 0;
	role = input[0] & 1 ? ISER_TARGET : ISER_INITIATOR;
	phase = (enum iser_phase)((input[0] >> 1 & 3) % 3);

	verdict = message_decode(input + 1, (u32)size - 1, role, phase, &pdu);
	if (message_broken_rule((u32)size - 1, role, verdict, &pdu))
		abort();
	if (!strcmp(iser_verdict_name(verdict), "unknown"))
		abort();
	if (!verdict)
		say_again(input + 1, (u32)size - 1, role, phase, &pdu);
	decode_cm(input + 1, (u32)size - 1);
	return 0;
}
