/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events of the shared layer. Endpoints, slots and buffers carry small
 * numbers, so that a post and its completion can be joined.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM iser

#if !defined(ISER_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define ISER_TRACE_H

#include <linux/tracepoint.h>
#include <rdma/ib_verbs.h>
#include <rdma/rdma_cm.h>

#include "iser.h"

TRACE_DEFINE_ENUM(ISER_EP_NEW);
TRACE_DEFINE_ENUM(ISER_EP_RESOLVING);
TRACE_DEFINE_ENUM(ISER_EP_CONNECTING);
TRACE_DEFINE_ENUM(ISER_EP_ESTABLISHED);
TRACE_DEFINE_ENUM(ISER_EP_STOPPING);
TRACE_DEFINE_ENUM(ISER_EP_DRAINED);
TRACE_DEFINE_ENUM(ISER_EP_DEAD);

#define iser_show_state(state)						\
	__print_symbolic(state,						\
		{ ISER_EP_NEW,		"new" },			\
		{ ISER_EP_RESOLVING,	"resolving" },			\
		{ ISER_EP_CONNECTING,	"connecting" },			\
		{ ISER_EP_ESTABLISHED,	"established" },		\
		{ ISER_EP_STOPPING,	"stopping" },			\
		{ ISER_EP_DRAINED,	"drained" },			\
		{ ISER_EP_DEAD,		"dead" })

TRACE_DEFINE_ENUM(ISER_STOP_NONE);
TRACE_DEFINE_ENUM(ISER_STOP_LOCAL);
TRACE_DEFINE_ENUM(ISER_STOP_PEER);
TRACE_DEFINE_ENUM(ISER_STOP_REJECTED);
TRACE_DEFINE_ENUM(ISER_STOP_UNREACHABLE);
TRACE_DEFINE_ENUM(ISER_STOP_CM);
TRACE_DEFINE_ENUM(ISER_STOP_ADDR_CHANGE);
TRACE_DEFINE_ENUM(ISER_STOP_DEVICE);
TRACE_DEFINE_ENUM(ISER_STOP_WC);
TRACE_DEFINE_ENUM(ISER_STOP_POST);
TRACE_DEFINE_ENUM(ISER_STOP_BAD_CM);
TRACE_DEFINE_ENUM(ISER_STOP_BAD_PDU);
TRACE_DEFINE_ENUM(ISER_STOP_PROTOCOL);
TRACE_DEFINE_ENUM(ISER_STOP_BAD_INVALIDATE);
TRACE_DEFINE_ENUM(ISER_STOP_RESOURCES);
TRACE_DEFINE_ENUM(ISER_STOP_TIMEOUT);
TRACE_DEFINE_ENUM(ISER_STOP_PORT);

#define iser_show_reason(reason)					\
	__print_symbolic(reason,					\
		{ ISER_STOP_NONE,	"none" },			\
		{ ISER_STOP_LOCAL,	"local" },			\
		{ ISER_STOP_PEER,	"peer" },			\
		{ ISER_STOP_REJECTED,	"rejected" },			\
		{ ISER_STOP_UNREACHABLE, "unreachable" },		\
		{ ISER_STOP_CM,		"cm" },				\
		{ ISER_STOP_ADDR_CHANGE, "addr-change" },		\
		{ ISER_STOP_DEVICE,	"device" },			\
		{ ISER_STOP_WC,		"wc" },				\
		{ ISER_STOP_POST,	"post" },			\
		{ ISER_STOP_BAD_CM,	"bad-cm" },			\
		{ ISER_STOP_BAD_PDU,	"bad-pdu" },			\
		{ ISER_STOP_PROTOCOL,	"protocol" },			\
		{ ISER_STOP_BAD_INVALIDATE, "bad-invalidate" },		\
		{ ISER_STOP_RESOURCES,	"resources" },			\
		{ ISER_STOP_TIMEOUT,	"timeout" },			\
		{ ISER_STOP_PORT,	"port" })

TRACE_DEFINE_ENUM(ISER_OK);
TRACE_DEFINE_ENUM(ISER_BAD_SHORT);
TRACE_DEFINE_ENUM(ISER_BAD_ISER_OP);
TRACE_DEFINE_ENUM(ISER_BAD_HELLO_LEN);
TRACE_DEFINE_ENUM(ISER_BAD_HELLO_ROLE);
TRACE_DEFINE_ENUM(ISER_BAD_ROLE);
TRACE_DEFINE_ENUM(ISER_BAD_OPCODE);
TRACE_DEFINE_ENUM(ISER_BAD_PHASE);
TRACE_DEFINE_ENUM(ISER_BAD_TAGGED);
TRACE_DEFINE_ENUM(ISER_BAD_AHS);
TRACE_DEFINE_ENUM(ISER_BAD_LENGTH);
TRACE_DEFINE_ENUM(ISER_BAD_DATA);
TRACE_DEFINE_ENUM(ISER_BAD_STAG);
TRACE_DEFINE_ENUM(ISER_BAD_FLAGS);
TRACE_DEFINE_ENUM(ISER_BAD_HELLO_PHASE);

#define iser_show_verdict(verdict)					\
	__print_symbolic(verdict,					\
		{ ISER_OK,		"ok" },				\
		{ ISER_BAD_SHORT,	"short" },			\
		{ ISER_BAD_ISER_OP,	"iser-op" },		\
		{ ISER_BAD_HELLO_LEN,	"hello-len" },		\
		{ ISER_BAD_HELLO_ROLE,	"hello-role" },			\
		{ ISER_BAD_ROLE,	"role" },			\
		{ ISER_BAD_OPCODE,	"opcode" },			\
		{ ISER_BAD_PHASE,	"phase" },			\
		{ ISER_BAD_TAGGED,	"tagged" },			\
		{ ISER_BAD_AHS,		"ahs" },			\
		{ ISER_BAD_LENGTH,	"length" },			\
		{ ISER_BAD_DATA,	"data" },			\
		{ ISER_BAD_STAG,	"stag" },			\
		{ ISER_BAD_FLAGS,	"flags" },			\
		{ ISER_BAD_HELLO_PHASE,	"hello-phase" })

TRACE_EVENT(iser_ep_state,
	TP_PROTO(u32 ep, enum iser_ep_state from, enum iser_ep_state to),
	TP_ARGS(ep, from, to),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(unsigned int, from)
		__field(unsigned int, to)
	),
	TP_fast_assign(
		__entry->ep = ep;
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("ep=%u %s -> %s", __entry->ep,
		  iser_show_state(__entry->from), iser_show_state(__entry->to))
);

TRACE_EVENT(iser_ep_stop,
	TP_PROTO(u32 ep, enum iser_reason reason,
		 const struct sockaddr_storage *peer),
	TP_ARGS(ep, reason, peer),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(unsigned int, reason)
		__sockaddr(peer, sizeof(*peer))
	),
	TP_fast_assign(
		__entry->ep = ep;
		__entry->reason = reason;
		__assign_sockaddr(peer, peer, sizeof(*peer));
	),
	TP_printk("ep=%u reason=%s peer=%pISpc", __entry->ep,
		  iser_show_reason(__entry->reason),
		  __get_sockaddr(peer))
);

TRACE_EVENT(iser_port,
	TP_PROTO(u32 ep, bool up, u32 grace_ms),
	TP_ARGS(ep, up, grace_ms),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(u32, grace_ms)
		__field(bool, up)
	),
	TP_fast_assign(
		__entry->ep = ep;
		__entry->grace_ms = grace_ms;
		__entry->up = up;
	),
	TP_printk("ep=%u %s grace_ms=%u", __entry->ep,
		  __entry->up ? "up" : "down", __entry->grace_ms)
);

TRACE_EVENT(iser_cm_event,
	TP_PROTO(u32 ep, unsigned int event, int status),
	TP_ARGS(ep, event, status),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(unsigned int, event)
		__field(int, status)
	),
	TP_fast_assign(
		__entry->ep = ep;
		__entry->event = event;
		__entry->status = status;
	),
	TP_printk("ep=%u event=%u status=%d", __entry->ep, __entry->event,
		  __entry->status)
);

TRACE_EVENT(iser_ep_setup,
	TP_PROTO(u32 ep, u32 qpn, u32 send_wr, u32 recv_wr, u32 window,
		 int err),
	TP_ARGS(ep, qpn, send_wr, recv_wr, window, err),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(u32, qpn)
		__field(u32, send_wr)
		__field(u32, recv_wr)
		__field(u32, window)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->ep = ep;
		__entry->qpn = qpn;
		__entry->send_wr = send_wr;
		__entry->recv_wr = recv_wr;
		__entry->window = window;
		__entry->err = err;
	),
	TP_printk("ep=%u qpn=%u send_wr=%u recv_wr=%u window=%u err=%d",
		  __entry->ep, __entry->qpn, __entry->send_wr,
		  __entry->recv_wr, __entry->window, __entry->err)
);

TRACE_EVENT(iser_ep_keys,
	TP_PROTO(u32 ep, const struct iser_keys *peer, u32 send, u32 recv),
	TP_ARGS(ep, peer, send, recv),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(u8, stated)
		__field(u32, ini_recv)
		__field(u32, tgt_recv)
		__field(u32, send)
		__field(u32, recv)
	),
	TP_fast_assign(
		__entry->ep = ep;
		__entry->stated = peer->stated;
		__entry->ini_recv = peer->ini_recv;
		__entry->tgt_recv = peer->tgt_recv;
		__entry->send = send;
		__entry->recv = recv;
	),
	TP_printk("ep=%u stated=0x%x ini_recv=%u tgt_recv=%u send=%u recv=%u",
		  __entry->ep, __entry->stated, __entry->ini_recv,
		  __entry->tgt_recv, __entry->send, __entry->recv)
);

TRACE_EVENT(iser_cm_refused,
	TP_PROTO(u32 ep, enum iser_verdict verdict, u32 len),
	TP_ARGS(ep, verdict, len),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(unsigned int, verdict)
		__field(u32, len)
	),
	TP_fast_assign(
		__entry->ep = ep;
		__entry->verdict = verdict;
		__entry->len = len;
	),
	TP_printk("ep=%u verdict=%s len=%u", __entry->ep,
		  iser_show_verdict(__entry->verdict), __entry->len)
);

DECLARE_EVENT_CLASS(iser_pdu_class,
	TP_PROTO(u32 ep, const struct iser_recv *recv),
	TP_ARGS(ep, recv),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(unsigned int, verdict)
		__field(u32, len)
		__field(u32, itt)
		__field(u32, data)
		__field(u32, rkey)
		__field(u8, opcode)
	),
	TP_fast_assign(
		__entry->ep = ep;
		__entry->verdict = recv->verdict;
		__entry->len = recv->len;
		__entry->itt = recv->pdu.itt;
		__entry->data = recv->pdu.data_len;
		__entry->rkey = recv->invalidated ? recv->rkey : 0;
		__entry->opcode = recv->pdu.opcode;
	),
	TP_printk("ep=%u opcode=0x%02x itt=0x%08x len=%u data=%u inv=0x%08x verdict=%s",
		  __entry->ep, __entry->opcode, __entry->itt, __entry->len,
		  __entry->data, __entry->rkey,
		  iser_show_verdict(__entry->verdict))
);

DEFINE_EVENT(iser_pdu_class, iser_recv,
	TP_PROTO(u32 ep, const struct iser_recv *recv),
	TP_ARGS(ep, recv)
);

DEFINE_EVENT(iser_pdu_class, iser_pdu_refused,
	TP_PROTO(u32 ep, const struct iser_recv *recv),
	TP_ARGS(ep, recv)
);

TRACE_EVENT(iser_send,
	TP_PROTO(u32 ep, u32 slot, const void *buf, u32 len, u32 wrs, u32 end,
		 bool signalled),
	TP_ARGS(ep, slot, buf, len, wrs, end, signalled),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(u32, slot)
		__field(u32, len)
		__field(u32, wrs)
		__field(u32, end)
		__field(u32, itt)
		__field(u32, statsn)
		__field(u32, data)
		__field(u8, opcode)
		__field(bool, signalled)
	),
	TP_fast_assign(
		const struct iser_wire_bhs *bhs = buf + ISER_HDR_LEN;

		__entry->ep = ep;
		__entry->slot = slot;
		__entry->len = len;
		__entry->wrs = wrs;
		__entry->end = end;
		__entry->itt = be32_to_cpu(bhs->itt);
		__entry->statsn = get_unaligned_be32(bhs->specific + 4);
		__entry->data = get_unaligned_be24(bhs->dlength);
		__entry->opcode = bhs->opcode;
		__entry->signalled = signalled;
	),
	TP_printk("ep=%u slot=%u opcode=0x%02x itt=0x%08x statsn=0x%08x data=%u len=%u wrs=%u end=%u signalled=%d",
		  __entry->ep, __entry->slot, __entry->opcode, __entry->itt,
		  __entry->statsn, __entry->data, __entry->len, __entry->wrs,
		  __entry->end, __entry->signalled)
);

TRACE_EVENT(iser_sq_ring,
	TP_PROTO(u32 ep, u32 end, int err),
	TP_ARGS(ep, end, err),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(u32, end)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->ep = ep;
		__entry->end = end;
		__entry->err = err;
	),
	TP_printk("ep=%u end=%u err=%d", __entry->ep, __entry->end,
		  __entry->err)
);

TRACE_EVENT(iser_sq_completed,
	TP_PROTO(u32 ep, u32 end, unsigned int status, u32 vendor_err),
	TP_ARGS(ep, end, status, vendor_err),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(u32, end)
		__field(unsigned int, status)
		__field(u32, vendor_err)
	),
	TP_fast_assign(
		__entry->ep = ep;
		__entry->end = end;
		__entry->status = status;
		__entry->vendor_err = vendor_err;
	),
	TP_printk("ep=%u end=%u status=%u vendor_err=0x%x", __entry->ep,
		  __entry->end, __entry->status, __entry->vendor_err)
);

DECLARE_EVENT_CLASS(iser_mr_class,
	TP_PROTO(u32 ep, const struct iser_mr *mr),
	TP_ARGS(ep, mr),
	TP_STRUCT__entry(
		__field(u32, ep)
		__field(u32, rkey)
		__field(u32, len)
		__field(u64, base)
		__field(unsigned int, state)
	),
	TP_fast_assign(
		__entry->ep = ep;
		__entry->rkey = mr->rkey;
		__entry->len = mr->len;
		__entry->base = mr->base;
		__entry->state = mr->state;
	),
	TP_printk("ep=%u rkey=0x%08x base=0x%llx len=%u state=%u",
		  __entry->ep, __entry->rkey, __entry->base, __entry->len,
		  __entry->state)
);

#define DEFINE_ISER_MR_EVENT(name)					\
	DEFINE_EVENT(iser_mr_class, name,				\
		TP_PROTO(u32 ep, const struct iser_mr *mr),		\
		TP_ARGS(ep, mr))

DEFINE_ISER_MR_EVENT(iser_mr_map);
DEFINE_ISER_MR_EVENT(iser_mr_remote_invalidated);
DEFINE_ISER_MR_EVENT(iser_mr_invalidate);
DEFINE_ISER_MR_EVENT(iser_mr_release);

#endif /* ISER_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
