// SPDX-License-Identifier: GPL-2.0-only
/* common/keys.c: what the login text becomes on its way, and what is learned. */
#include "unit.h"
#include "keys.h"
#include "text.h"
#include "../vectors/wire.h"

/* A text without the terminator that C adds to a literal. */
#define TEXT(literal)	literal, (u32)(sizeof(literal) - 1)

static const struct iser_keys_truth own = {
	.ini_recv	= 948,
	.tgt_recv	= 16384,
	.discovery	= 8192,
	.ahs		= 256,
	.unexpected	= 32,
};

/* What became of the text, in memory that ends where it may grow to. */
static char got[512];
static u32 got_len;
static struct iser_keys peer;

static void keep(char *buf, u32 len)
{
	memset(got, 0xee, sizeof(got));
	memcpy(got, buf, len);
	got_len = len;
	free(buf);
}

static char *room(const char *text, u32 len, u32 size)
{
	char *buf = malloc(size + !size);

	if (!buf)
		abort();
	memset(buf, 0xdd, size);
	memcpy(buf, text, len);
	return buf;
}

static int offer_within(const char *text, u32 len, u32 size, bool probe)
{
	char *buf = room(text, len, size);
	int ret = iser_keys_offer(buf, &len, size, &own, probe);

	keep(buf, len);
	return ret;
}

static int offer(const char *text, u32 len)
{
	return offer_within(text, len, 512, true);
}

static void take_answer(const char *text, u32 len)
{
	char *exact = unit_exact(text, len);

	iser_keys_take_answer(exact, &len, &peer);
	keep(exact, len);
}

static int take_offer(const char *text, u32 len)
{
	char *exact = unit_exact(text, len);
	int ret = iser_keys_take_offer(exact, &len, &own, &peer);

	keep(exact, len);
	return ret;
}

static int answer_within(const char *text, u32 len, u32 size, u8 keys)
{
	char *buf = room(text, len, size);
	int ret = iser_keys_answer(buf, &len, size, &own, keys);

	keep(buf, len);
	return ret;
}

#define CHECK_TEXT(literal) \
	do { \
		CHECK_EQ(got_len, sizeof(literal) - 1); \
		CHECK_BYTES(got, literal, sizeof(literal) - 1); \
	} while (0)

TEST("keys/silent-peer-has-the-defaults")
{
	iser_keys_init(&peer);
	CHECK_EQ(peer.ini_recv, 8192);
	CHECK_EQ(peer.tgt_recv, 8192);
	CHECK_EQ(peer.ahs, 256);
	CHECK_EQ(peer.unexpected, 0);
	CHECK_EQ(peer.rdma, ISER_RDMA_UNSAID);
	CHECK(!peer.hello);
	CHECK(!iser_keys_proven(&peer));
}

/* ---- initiator: the offer ---- */

TEST("keys/offer-is-lowered-to-what-is-true")
{
	CHECK_EQ(offer(TEXT("MaxRecvDataSegmentLength=262144\0"
			    "InitiatorRecvDataSegmentLength=262144\0"
			    "TargetRecvDataSegmentLength=262144\0")), 0);
	CHECK_TEXT("MaxRecvDataSegmentLength=8192\0"
		   "InitiatorRecvDataSegmentLength=948\0"
		   "TargetRecvDataSegmentLength=16384\0");
	CHECK_EQ(offer(TEXT("InitiatorRecvDataSegmentLength=512\0"
			    "TargetRecvDataSegmentLength=4096\0")), 0);
	CHECK_TEXT("InitiatorRecvDataSegmentLength=512\0"
		   "TargetRecvDataSegmentLength=4096\0");
}

TEST("keys/offer-that-nobody-has-chosen-is-ours")
{
	CHECK_EQ(offer(TEXT("TargetRecvDataSegmentLength=8192\0X=1\0")), 0);
	CHECK_TEXT("TargetRecvDataSegmentLength=16384\0X=1\0");
	CHECK_EQ(offer(TEXT("TargetRecvDataSegmentLength=8188\0")), 0);
	CHECK_TEXT("TargetRecvDataSegmentLength=8188\0");
	CHECK_EQ(offer(TEXT("TargetRecvDataSegmentLength=12288\0")), 0);
	CHECK_TEXT("TargetRecvDataSegmentLength=12288\0");
	/* A byte longer, and there is none. */
	CHECK_EQ(offer_within(TEXT("TargetRecvDataSegmentLength=8192\0"), 33,
			      false), 0);
	CHECK_TEXT("TargetRecvDataSegmentLength=8192\0");
}

TEST("keys/offer-asks-for-nothing-that-is-not-there")
{
	CHECK_EQ(offer(TEXT("HeaderDigest=CRC32C,None\0DataDigest=CRC32C\0"
			    "ErrorRecoveryLevel=2\0MaxConnections=8\0X=1\0")),
		 0);
	CHECK_TEXT("HeaderDigest=None\0DataDigest=None\0"
		   "ErrorRecoveryLevel=0\0MaxConnections=1\0X=1\0");
	CHECK_EQ(offer(TEXT("HeaderDigest=\0DataDigest=X")), 0);
	CHECK_TEXT("HeaderDigest=None\0DataDigest=None");
}

TEST("keys/offer-of-iser-carries-the-probe")
{
	CHECK_EQ(offer((const char *)iser_vec_login_keys,
		       sizeof(iser_vec_login_keys)), 1);
	CHECK_EQ(got_len, sizeof(iser_vec_login_offer));
	CHECK_BYTES(got, iser_vec_login_offer, sizeof(iser_vec_login_offer));
}

TEST("keys/no-probe-where-it-means-nothing")
{
	CHECK_EQ(offer(TEXT("RDMAExtensions=No\0")), 0);
	CHECK_TEXT("RDMAExtensions=No\0");
	CHECK_EQ(offer(TEXT("SessionType=Discovery\0")), 0);
	CHECK_TEXT("SessionType=Discovery\0");
	CHECK_EQ(offer(TEXT("RDMAExtensions=Yes\0MaxAHSLength=4\0")), 0);
	CHECK_TEXT("RDMAExtensions=Yes\0MaxAHSLength=4\0");
	CHECK_EQ(offer_within(TEXT("RDMAExtensions=Yes\0"), 512, false), 0);
	CHECK_TEXT("RDMAExtensions=Yes\0");
}

TEST("keys/no-probe-without-room")
{
	u32 size;

	for (size = 19; size < 19 + 17; size++) {
		NOTE("%u bytes", size);
		CHECK_EQ(offer_within(TEXT("RDMAExtensions=Yes\0"), size,
				      true), 0);
		CHECK_TEXT("RDMAExtensions=Yes\0");
	}
	CHECK_EQ(offer_within(TEXT("RDMAExtensions=Yes\0"), size, true), 1);
	CHECK_TEXT("RDMAExtensions=Yes\0MaxAHSLength=256\0");
	CHECK_EQ(offer_within(TEXT("DataDigest=X"), 14, true), -ENOSPC);
}

TEST("keys/offer-of-nonsense-is-refused")
{
	CHECK_EQ(offer(TEXT("TargetRecvDataSegmentLength=much\0")), -EINVAL);
	CHECK_EQ(offer(TEXT("InitiatorRecvDataSegmentLength=\0")), -EINVAL);
	CHECK_EQ(offer(TEXT("MaxRecvDataSegmentLength=08192\0")), -EINVAL);
	CHECK_EQ(offer(TEXT("MaxConnections=-1\0")), -EINVAL);
}

/* ---- initiator: the answer ---- */

TEST("keys/declared-in-return-proves-the-target")
{
	iser_keys_init(&peer);
	take_answer(TEXT("RDMAExtensions=Yes\0MaxAHSLength=512\0"
			 "TargetRecvDataSegmentLength=16384\0"
			 "MaxOutstandingUnexpectedPDUs=7"));
	CHECK_TEXT("RDMAExtensions=Yes\0TargetRecvDataSegmentLength=16384\0");
	CHECK_EQ(peer.stated, ISER_KEY_AHS | ISER_KEY_UNEXPECTED);
	CHECK_EQ(peer.ahs, 512);
	CHECK_EQ(peer.unexpected, 7);
	CHECK_EQ(peer.rdma, ISER_RDMA_YES);
	CHECK_EQ(iser_keys_ini_send(&peer, 16384, 8192), 16384);
	CHECK_EQ(iser_keys_ini_send(&peer, 4096, 8192), 4096);
}

TEST("keys/no-other-answer-proves-anything")
{
	static const char * const odd[] = {
		"NotUnderstood", "Irrelevant", "Reject", "1", "-2", "", "None",
		"4294967296", "0256", "256,512",
	};
	char text[96];
	u32 i, len;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		NOTE("%s", odd[i]);
		len = (u32)snprintf(text, sizeof(text), "MaxAHSLength=%s",
				    odd[i]) + 1;
		iser_keys_init(&peer);
		take_answer(text, len);
		CHECK_EQ(got_len, 0);
		CHECK(!iser_keys_proven(&peer));
		CHECK_EQ(peer.ahs, 256);
		peer.tgt_recv = 262144;
		CHECK_EQ(iser_keys_ini_send(&peer, 16384, 8192), 8192);
		CHECK_EQ(iser_keys_ini_send(&peer, 4096, 8192), 4096);
	}
}

TEST("keys/initiator-keys-of-a-target-go-no-further-and-prove-nothing")
{
	iser_keys_init(&peer);
	take_answer(TEXT("iSERHelloRequired=Yes\0A=1\0"
			 "TaggedBufferForSolicitedDataOnly=No\0"
			 "iSERHelloRequired=No\0"));
	CHECK_TEXT("A=1\0");
	CHECK(!iser_keys_proven(&peer));
	CHECK(!peer.hello);
	CHECK(peer.solicited);
}

TEST("keys/answer-that-is-missing-or-no-is-no")
{
	iser_keys_init(&peer);
	take_answer(TEXT("MaxAHSLength=256\0"));
	CHECK_EQ(peer.rdma, ISER_RDMA_UNSAID);
	take_answer(TEXT("RDMAExtensions=NotUnderstood\0"));
	CHECK_EQ(peer.rdma, ISER_RDMA_NO);
	take_answer(TEXT("RDMAExtensions=Yes\0"));
	CHECK_EQ(peer.rdma, ISER_RDMA_YES);
	take_answer(TEXT("RDMAExtensions=No"));
	CHECK_EQ(peer.rdma, ISER_RDMA_NO);
}

/* ---- target: the offer ---- */

TEST("keys/lio-does-not-see-what-it-does-not-know")
{
	iser_keys_init(&peer);
	CHECK_EQ(take_offer(TEXT("MaxAHSLength=0\0RDMAExtensions=Yes\0"
				 "iSERHelloRequired=Yes\0A=1\0"
				 "TaggedBufferForSolicitedDataOnly=No\0"
				 "MaxOutstandingUnexpectedPDUs=2")), 0);
	CHECK_TEXT("RDMAExtensions=Yes\0A=1\0");
	CHECK_EQ(peer.stated, ISER_KEY_AHS | ISER_KEY_HELLO |
		 ISER_KEY_SOLICITED | ISER_KEY_UNEXPECTED);
	CHECK_EQ(peer.ahs, 0);
	CHECK_EQ(peer.unexpected, 2);
	CHECK(peer.hello);
	CHECK(!peer.solicited);
	CHECK_EQ(peer.rdma, ISER_RDMA_YES);
}

TEST("keys/lio-adopts-only-what-is-true")
{
	iser_keys_init(&peer);
	CHECK_EQ(take_offer(TEXT("InitiatorRecvDataSegmentLength=262144\0"
				 "TargetRecvDataSegmentLength=0x40000\0"
				 "MaxRecvDataSegmentLength=262144\0")), 0);
	CHECK_TEXT("InitiatorRecvDataSegmentLength=948\0"
		   "TargetRecvDataSegmentLength=16384\0"
		   "MaxRecvDataSegmentLength=8192\0");
	CHECK_EQ(peer.ini_recv, 948);
	CHECK_EQ(peer.tgt_recv, 16384);
}

TEST("keys/each-value-is-legal-or-refused")
{
	static const struct {
		const char	*text;
		int		err;
	} rows[] = {
		{ "MaxAHSLength=0", 0 },
		{ "MaxAHSLength=1", -EINVAL },
		{ "MaxAHSLength=2", 0 },
		{ "MaxAHSLength=0x100", 0 },
		{ "MaxAHSLength=4294967295", 0 },
		{ "MaxAHSLength=4294967296", -EINVAL },
		{ "MaxAHSLength=NotUnderstood", -EINVAL },
		{ "MaxAHSLength=", -EINVAL },
		{ "MaxOutstandingUnexpectedPDUs=0", 0 },
		{ "MaxOutstandingUnexpectedPDUs=1", -EINVAL },
		{ "MaxOutstandingUnexpectedPDUs=2", 0 },
		{ "MaxOutstandingUnexpectedPDUs=-2", -EINVAL },
		{ "MaxOutstandingUnexpectedPDUs=4294967295", 0 },
		{ "MaxOutstandingUnexpectedPDUs=99999999999", -EINVAL },
		{ "TaggedBufferForSolicitedDataOnly=Yes", 0 },
		{ "TaggedBufferForSolicitedDataOnly=No", 0 },
		{ "TaggedBufferForSolicitedDataOnly=yes", -EINVAL },
		{ "TaggedBufferForSolicitedDataOnly=1", -EINVAL },
		{ "iSERHelloRequired=Yes", 0 },
		{ "iSERHelloRequired=No", 0 },
		{ "iSERHelloRequired=Yess", -EINVAL },
		{ "iSERHelloRequired=", -EINVAL },
		{ "InitiatorRecvDataSegmentLength=x", -EINVAL },
		{ "TargetRecvDataSegmentLength=x", -EINVAL },
		{ "MaxRecvDataSegmentLength=x", -EINVAL },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		NOTE("%s", rows[i].text);
		iser_keys_init(&peer);
		CHECK_EQ(take_offer(rows[i].text, strlen(rows[i].text)),
			 rows[i].err);
	}
}

TEST("keys/nothing-is-declared-twice")
{
	iser_keys_init(&peer);
	CHECK_EQ(take_offer(TEXT("MaxAHSLength=4\0MaxAHSLength=4\0")), -EEXIST);
	iser_keys_init(&peer);
	CHECK_EQ(take_offer(TEXT("iSERHelloRequired=No\0")), 0);
	CHECK_EQ(take_offer(TEXT("MaxAHSLength=4\0")), 0);
	CHECK_EQ(take_offer(TEXT("iSERHelloRequired=No\0")), -EEXIST);
}

TEST("keys/in-tree-initiator-gets-no-more-than-it-posts")
{
	iser_keys_init(&peer);
	CHECK_EQ(take_offer(TEXT("InitiatorRecvDataSegmentLength=262144\0")),
		 0);
	CHECK_EQ(iser_keys_tgt_send(&peer, 8192, 128), 128);
	CHECK_EQ(take_offer(TEXT("MaxAHSLength=256\0")), 0);
	CHECK_EQ(iser_keys_tgt_send(&peer, 8192, 128), 948);
	peer.ini_recv = 262144;
	CHECK_EQ(iser_keys_tgt_send(&peer, 8192, 128), 8192);
}

TEST("keys/target-takes-what-was-agreed-on-and-never-less-than-the-default")
{
	iser_keys_init(&peer);
	CHECK_EQ(iser_keys_tgt_recv(&peer, 16384), 8192);
	CHECK_EQ(take_offer(TEXT("TargetRecvDataSegmentLength=4096\0")), 0);
	CHECK_EQ(iser_keys_tgt_recv(&peer, 16384), 8192);
	CHECK_EQ(take_offer(TEXT("TargetRecvDataSegmentLength=12288\0")), 0);
	CHECK_EQ(iser_keys_tgt_recv(&peer, 16384), 12288);
	CHECK_EQ(take_offer(TEXT("TargetRecvDataSegmentLength=262144\0")), 0);
	CHECK_EQ(iser_keys_tgt_recv(&peer, 16384), 16384);
	/* A device whose receives have no element for more. */
	CHECK_EQ(iser_keys_tgt_recv(&peer, 8192), 8192);
}

/* ---- target: the answer ---- */

TEST("keys/answer-says-what-is-true")
{
	CHECK_EQ(answer_within(TEXT("MaxRecvDataSegmentLength=262144\0"
				    "TargetRecvDataSegmentLength=99999\0"
				    "InitiatorRecvDataSegmentLength=Reject\0"),
			       512, 0), 0);
	CHECK_TEXT("MaxRecvDataSegmentLength=8192\0"
		   "TargetRecvDataSegmentLength=16384\0"
		   "InitiatorRecvDataSegmentLength=Reject\0");
}

TEST("keys/only-what-was-declared-is-declared-in-return")
{
	CHECK_EQ(answer_within(TEXT("A=1\0"), 512, 0), 0);
	CHECK_TEXT("A=1\0");
	CHECK_EQ(answer_within(TEXT("A=1\0"), 512,
			       ISER_KEY_HELLO | ISER_KEY_SOLICITED), 0);
	CHECK_TEXT("A=1\0");
	CHECK_EQ(answer_within(TEXT("A=1\0"), 512, ISER_KEY_AHS), 0);
	CHECK_TEXT("A=1\0MaxAHSLength=256\0");
	CHECK_EQ(answer_within(TEXT(""), 512,
			       ISER_KEY_AHS | ISER_KEY_UNEXPECTED), 0);
	CHECK_EQ(got_len, sizeof(iser_vec_login_declared));
	CHECK_BYTES(got, iser_vec_login_declared,
		    sizeof(iser_vec_login_declared));
	CHECK_EQ(answer_within(TEXT("A=1\0"), 20, ISER_KEY_AHS), -ENOSPC);
	CHECK_TEXT("A=1\0");
}

/* What our initiator offers, our target understands, and the other way round. */
TEST("keys/both-sides-of-ours-prove-each-other")
{
	struct iser_keys initiator, target;
	char text[256];
	u32 len = sizeof(iser_vec_login_keys);

	memcpy(text, iser_vec_login_keys, len);
	iser_keys_init(&initiator);
	iser_keys_init(&target);
	CHECK_EQ(iser_keys_offer(text, &len, sizeof(text), &own, true), 1);
	CHECK_EQ(iser_keys_take_offer(text, &len, &own, &initiator), 0);
	CHECK_EQ(iser_keys_answer(text, &len, sizeof(text), &own,
				  initiator.stated), 0);
	iser_keys_take_answer(text, &len, &target);
	CHECK(iser_keys_proven(&initiator));
	CHECK(iser_keys_proven(&target));
	CHECK_EQ(target.rdma, ISER_RDMA_YES);
	CHECK(!iser_text_find(text, len, "MaxAHSLength", NULL));
	CHECK_EQ(iser_keys_tgt_send(&initiator, 8192, 128), 948);
	CHECK_EQ(iser_keys_ini_send(&target, 8192, 8192), 8192);
}
