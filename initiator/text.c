// SPDX-License-Identifier: GPL-2.0-only
/*
 * Login text on its way between user space and the wire.
 *
 * iscsid negotiates from its configuration, which knows nothing of the buffers
 * here, nor of what peers can take; and it fails a login in which it is told a
 * key that it does not know. common/keys.c says what is changed in passing.
 *
 * The text of the operational stage is changed and no other, and never where it
 * is continued (C bit): it may break in the middle of a key. Its copy in the
 * endpoint's buffer, or the receive buffer, is what is changed, within 8,192
 * bytes, or less where the buffer has less.
 *
 * One request, one response: who sends, under frwd_lock, and the CQ context
 * that receives take turns.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "iseri.h"
#include "text.h"

static const struct iser_keys_truth iseri_text_truth = {
	.ini_recv	= ISERI_RECV_DATA,
	.tgt_recv	= ISERI_SEND_DATA,
	/* Discovery lives on the login buffers. */
	.discovery	= ISER_LOGIN_TEXT_MAX,
	/* No PDU of a target has an AHS: the default, to say anything at all. */
	.ahs		= ISER_KEYS_AHS,
};

/**
 * iseri_text_init - before the first Login Request
 * @text: of an endpoint
 *
 * Context: any.
 */
void iseri_text_init(struct iseri_text *text)
{
	memset(text, 0, sizeof(*text));
	iser_keys_init(&text->peer);
	text->offered = ISER_KEYS_RECV_DATA;
}

static bool iseri_text_is_operational(u8 flags)
{
	return ISCSI_LOGIN_CURRENT_STAGE(flags) ==
	       ISCSI_OP_PARMS_NEGOTIATION_STAGE;
}

/**
 * iseri_text_out - the text of a Login Request, before the wire sees it
 * @iep: endpoint
 * @hdr: header of the request; its DataSegmentLength is set
 * @text: user space's text, in ISER_LOGIN_TEXT_MAX bytes of memory
 * @len: bytes of it, perhaps with the pad that user space has added; changes to
 *	bytes of text
 *
 * Context: softirq or process, frwd_lock held.
 * Return: 0; a negative errno if user space has made up something that no
 *	target can be asked.
 */
int iseri_text_out(struct iseri_endpoint *iep, struct iscsi_hdr *hdr,
		   char *text, u32 *len)
{
	bool more = hdr->flags & ISCSI_FLAG_LOGIN_CONTINUE;
	struct iseri_text *keys = &iep->keys;
	bool whole = !more && !keys->out_goes_on;
	int ret;

	keys->out_goes_on = more;
	if (!whole || !iseri_text_is_operational(hdr->flags))
		return 0;
	/* An empty pair is none to a target. */
	*len = min_t(u32, *len, ntoh24(hdr->dlength));
	ret = iser_keys_offer(text, len, ISER_LOGIN_TEXT_MAX,
			      &iseri_text_truth, !keys->probed);
	if (ret < 0)
		return ret;
	if (ret)
		keys->probed = true;
	iser_text_get_u32(text, *len, "TargetRecvDataSegmentLength",
			  &keys->offered);
	hton24(hdr->dlength, *len);
	return 0;
}

static u32 iseri_text_send_max(const struct iseri_text *keys)
{
	return iser_keys_ini_send(&keys->peer, keys->offered, ISERI_SAFE_DATA);
}

/*
 * A target that does not answer RDMAExtensions has said No, its default (RFC
 * 7145 section 6.3). User space does not notice what is not there, so it is
 * told; then it ends the login, and says why.
 */
static void iseri_text_say_no(struct iser_ep *ep, char *text, u32 *len,
			      u32 size)
{
	pr_warn_ratelimited("%pISpc: the target does not agree to RDMAExtensions: no iSER session\n",
			    iser_ep_peer(ep));
	if (iser_text_find(text, *len, "RDMAExtensions", NULL))
		return;
	if (iser_text_append(text, len, size, "RDMAExtensions", "No"))
		iser_ep_stop(ep, ISER_STOP_PROTOCOL);
}

static bool iseri_text_is_final(const struct iscsi_login_rsp *rsp)
{
	return rsp->flags & ISCSI_FLAG_LOGIN_TRANSIT &&
	       ISCSI_LOGIN_NEXT_STAGE(rsp->flags) == ISCSI_FULL_FEATURE_PHASE;
}

/**
 * iseri_text_in - the text of a Login Response, before user space sees it
 * @ep: endpoint
 * @conn: connection
 * @recv: response; text and lengths are changed
 *
 * Context: CQ softirq, back_lock held.
 * Return: false if this is the end of a login that has not agreed on iSER.
 */
bool iseri_text_in(struct iser_ep *ep, struct iscsi_conn *conn,
		   struct iser_recv *recv)
{
	struct iscsi_login_rsp *rsp = recv->hdr + ISER_HDR_LEN;
	bool more = rsp->flags & ISCSI_FLAG_LOGIN_CONTINUE;
	struct iseri_endpoint *iep = iser_ep_role(ep);
	struct iseri_text *keys = &iep->keys;
	bool whole = !more && !keys->in_goes_on, iser = true;
	char *text = iser_recv_data(recv);
	u32 len = recv->pdu.data_len;

	keys->in_goes_on = more;
	if (rsp->status_class != ISCSI_STATUS_CLS_SUCCESS ||
	    !iseri_text_is_operational(rsp->flags) || !text)
		return true;
	if (whole)
		iser_keys_take_answer(text, &len, &keys->peer);
	else
		iser_keys_note_rdma(text, len, &keys->peer);
	if (iseri_text_is_final(rsp) && !conn->session->discovery_sess) {
		iser = keys->peer.rdma == ISER_RDMA_YES;
		if (iser)
			iser_ep_note_keys(ep, &keys->peer,
					  iseri_text_send_max(keys),
					  ISERI_RECV_DATA);
		else
			iseri_text_say_no(ep, text, &len,
					  min_t(u32, iser_recv_room(recv),
						ISER_LOGIN_TEXT_MAX));
	}
	recv->pdu.data_len = len;
	hton24(rsp->dlength, len);
	return iser;
}

/**
 * iseri_text_max_length - longest data segment, whatever was negotiated
 * @conn: connection
 * @param: ISCSI_PARAM_MAX_RECV_DLENGTH, or ISCSI_PARAM_MAX_XMIT_DLENGTH
 *
 * Context: process.
 * Return: bytes.
 */
u32 iseri_text_max_length(struct iscsi_conn *conn, enum iscsi_param param)
{
	struct iseri_conn *iconn = conn->dd_data;
	u32 max = ISERI_SAFE_DATA;

	if (conn->session->discovery_sess)
		return ISER_LOGIN_TEXT_MAX;
	if (param == ISCSI_PARAM_MAX_RECV_DLENGTH)
		return ISERI_RECV_DATA;
	spin_lock_bh(&conn->session->frwd_lock);
	if (iconn->iep)
		max = iseri_text_send_max(&iconn->iep->keys);
	spin_unlock_bh(&conn->session->frwd_lock);
	return max;
}
