// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer for common/hdr.c. First byte of the input: bit 0 role, bits 1 and 2
 * phase. The rest is a received message, and once more CM private data.
 */
#include "message.h"

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

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
	decode_cm(input + 1, (u32)size - 1);
	return 0;
}
