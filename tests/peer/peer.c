// SPDX-License-Identifier: GPL-2.0-only
/*
 * One RDMA connection: bytes out, bytes in, and how it ended.
 *
 * pump() is the only place that waits. It empties the completion queue first
 * and looks at CM events second, so a message that arrived before the goodbye
 * is queued before the goodbye is noted.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

#define WR_RECV		(1ull << 63)
#define POLL_BATCH	16

struct peer_arrival {
	unsigned int	slot;
	uint32_t	len;
	bool		invalidated;
	uint32_t	inv_rkey;
};

struct peer_listener {
	struct rdma_event_channel *ch;
	struct rdma_cm_id	*id;
	struct peer_params	par;
};

int peer_verbose;
static char why[512];

int peer_fail(const char *fmt, ...)
{
	char text[sizeof(why)];	/* the last reason may be among the arguments */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(why, text, sizeof(why));
	return -1;
}

const char *peer_why(void)
{
	return why;
}

void peer_note(const char *fmt, ...)
{
	va_list ap;

	if (!peer_verbose)
		return;
	printf("# [%ld] ", peer_now_ms());
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

long peer_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void peer_params_init(struct peer_params *par, const char *host, uint16_t port)
{
	memset(par, 0, sizeof(*par));
	par->host = host;
	par->port = port;
	/* User MRs cannot be invalidated by the other end, so say so. */
	par->priv[0] = PEER_CM_NO_ZBVA | PEER_CM_NO_INV;
	par->priv_len = 4;
	par->ird = 16;
	par->ord = 1;
	par->retry = 7;
	par->rnr_retry = 6;
	par->recvs = 64;
	par->recv_size = 16 * 1024;
	par->sends = 64;
	par->send_size = 20 * 1024;
	par->timeout_ms = 10000;
}

/* Completions */

static int post_recv(struct peer *p, unsigned int slot)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)p->rx_buf + slot * p->par.recv_size,
		.length = p->par.recv_size,
		.lkey = p->rx_mr->lkey,
	};
	struct ibv_recv_wr wr = {
		.wr_id = WR_RECV | slot,
		.sg_list = &sge,
		.num_sge = 1,
	}, *bad;

	return ibv_post_recv(p->id->qp, &wr, &bad);
}

static void recv_done(struct peer *p, const struct ibv_wc *wc)
{
	/*
	 * rxe hands the kernel's own bit for "with invalidate" to user space,
	 * where it means a checksum that an RC connection cannot have.
	 */
	const unsigned int inv = IBV_WC_WITH_INV | IBV_WC_IP_CSUM_OK;
	struct peer_arrival *a;

	a = &p->queue[(p->q_head + p->q_len) % p->par.recvs];
	a->slot = wc->wr_id & ~WR_RECV;
	a->len = wc->byte_len;
	a->invalidated = wc->wc_flags & inv;
	a->inv_rkey = a->invalidated ? wc->invalidated_rkey : 0;
	p->q_len++;
}

static void wc_done(struct peer *p, const struct ibv_wc *wc)
{
	bool is_recv = wc->wr_id & WR_RECV;

	if (!is_recv)
		p->tx_done++;
	if (wc->status == IBV_WC_SUCCESS) {
		if (is_recv)
			recv_done(p, wc);
		else
			p->acked++;
		return;
	}
	if (wc->status != IBV_WC_WR_FLUSH_ERR && p->failed == IBV_WC_SUCCESS) {
		p->failed = wc->status;
		p->failed_send = !is_recv;
		peer_note("%s failed: %s (vendor 0x%x)",
			  is_recv ? "receive" : "send",
			  ibv_wc_status_str(wc->status), wc->vendor_err);
	}
	p->flushed = true;
}

static bool drain_cq(struct peer *p)
{
	struct ibv_wc wc[POLL_BATCH];
	bool any = false;
	int i, n;

	while ((n = ibv_poll_cq(p->cq, POLL_BATCH, wc)) > 0) {
		for (i = 0; i < n; i++)
			wc_done(p, &wc[i]);
		any = true;
	}
	return any;
}

/* CM events */

static void keep_private_data(struct peer *p, const struct rdma_conn_param *cp)
{
	p->rep_len = cp->private_data_len;
	if (cp->private_data_len)
		memcpy(p->rep, cp->private_data, cp->private_data_len);
}

static bool handle_cm(struct peer *p)
{
	struct rdma_cm_event *ev;

	if (rdma_get_cm_event(p->ch, &ev))
		return false;
	peer_note("cm: %s, status %d", rdma_event_str(ev->event), ev->status);
	p->last_event = ev->event;
	p->last_status = ev->status;
	switch (ev->event) {
	case RDMA_CM_EVENT_ESTABLISHED:
		p->established = true;
		if (ev->param.conn.private_data_len)
			keep_private_data(p, &ev->param.conn);
		break;
	case RDMA_CM_EVENT_REJECTED:
		p->refused = true;
		p->cm_status = ev->status;
		break;
	case RDMA_CM_EVENT_DISCONNECTED:
		p->disconnected = true;
		break;
	default:
		break;
	}
	rdma_ack_cm_event(ev);
	if (p->last_event == RDMA_CM_EVENT_DISCONNECTED)
		rdma_disconnect(p->id);	/* answers the DREQ, flushes the QP */
	return true;
}

static bool take_cq_event(struct peer *p)
{
	struct ibv_cq *cq;
	void *ctx;

	if (ibv_get_cq_event(p->cc, &cq, &ctx))
		return false;
	p->cq_events++;
	return true;
}

/* Let something happen, or time pass. Returns false when nothing did. */
static bool pump(struct peer *p, int timeout_ms)
{
	struct pollfd fds[2] = {
		{ .fd = p->ch->fd, .events = POLLIN },
		{ .fd = p->cc ? p->cc->fd : -1, .events = POLLIN },
	};
	bool any = false;

	if (p->cq)
		any = drain_cq(p);
	if (any)
		return true;
	if (handle_cm(p))
		return true;
	if (p->cq) {
		ibv_req_notify_cq(p->cq, 0);
		if (drain_cq(p))
			return true;
	}
	if (poll(fds, 2, timeout_ms) <= 0)
		return false;
	if (p->cc)
		while (take_cq_event(p))
			;
	if (p->cq)
		drain_cq(p);
	handle_cm(p);
	return true;
}

static int ms_left(long deadline)
{
	long left = deadline - peer_now_ms();

	return left > 0 ? left : 0;
}

/* Connecting */

static int nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int wait_cm(struct peer *p, int want, const char *what)
{
	long deadline = peer_now_ms() + p->par.timeout_ms;

	while (p->last_event != want) {
		if (p->last_event >= 0)
			return peer_fail("%s: the CM says %s (status %d)", what,
					 rdma_event_str(p->last_event),
					 p->last_status);
		if (!pump(p, ms_left(deadline)) && !ms_left(deadline))
			return peer_fail("%s: no answer within %d ms", what,
					 p->par.timeout_ms);
	}
	p->last_event = -1;
	return 0;
}

static struct ibv_mr *make_buffers(struct peer *p, uint8_t **buf, size_t len)
{
	struct ibv_mr *mr;

	/* A peer without receives; siw registers nothing that is empty. */
	if (!len)
		len = 1;
	*buf = calloc(1, len);
	if (!*buf)
		return NULL;
	mr = ibv_reg_mr(p->pd, *buf, len, IBV_ACCESS_LOCAL_WRITE);
	if (!mr) {
		free(*buf);
		*buf = NULL;
	}
	return mr;
}

static int make_qp(struct peer *p)
{
	struct ibv_qp_init_attr attr = {
		.send_cq = p->cq,
		.recv_cq = p->cq,
		.cap = {
			.max_send_wr = p->par.sends + 1,
			.max_recv_wr = p->par.recvs + 1,
			.max_send_sge = 1,
			.max_recv_sge = 1,
		},
		.qp_type = IBV_QPT_RC,
		.sq_sig_all = 1,
	};

	if (rdma_create_qp(p->id, p->pd, &attr))
		return peer_fail("cannot create a QP: %s", strerror(errno));
	p->has_qp = true;
	return 0;
}

static int make_resources(struct peer *p)
{
	struct peer_params *par = &p->par;
	unsigned int i;

	p->pd = ibv_alloc_pd(p->id->verbs);
	p->cc = ibv_create_comp_channel(p->id->verbs);
	if (!p->pd || !p->cc || nonblocking(p->cc->fd))
		return peer_fail("cannot get a PD: %s", strerror(errno));
	p->cq = ibv_create_cq(p->id->verbs, par->recvs + par->sends + 16, NULL,
			      p->cc, 0);
	if (!p->cq)
		return peer_fail("cannot get a CQ: %s", strerror(errno));
	p->queue = calloc(par->recvs, sizeof(*p->queue));
	p->rx_mr = make_buffers(p, &p->rx_buf, par->recvs * par->recv_size);
	p->tx_mr = make_buffers(p, &p->tx_buf, par->sends * par->send_size);
	if (!p->queue || !p->rx_mr || !p->tx_mr)
		return peer_fail("cannot get buffers: %s", strerror(errno));
	if (make_qp(p))
		return -1;
	for (i = 0; i < par->recvs; i++)
		if (post_recv(p, i))
			return peer_fail("cannot post a receive");
	return 0;
}

static struct peer *peer_alloc(const struct peer_params *par)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (!p) {
		peer_fail("out of memory");
		return NULL;
	}
	p->par = *par;
	p->last_event = -1;
	p->ch = rdma_create_event_channel();
	if (!p->ch || nonblocking(p->ch->fd)) {
		peer_fail("cannot get an event channel: %s", strerror(errno));
		peer_drop(p);
		return NULL;
	}
	return p;
}

static struct addrinfo *parse_address(const char *host, uint16_t number)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	}, *ai = NULL;
	char port[8];

	snprintf(port, sizeof(port), "%u", number);
	if (getaddrinfo(host, port, &hints, &ai)) {
		peer_fail("%s: not an address", host);
		return NULL;
	}
	return ai;
}

static int resolve(struct peer *p)
{
	struct addrinfo *ai = parse_address(p->par.host, p->par.port);
	struct addrinfo *source = NULL;
	int rc;

	if (!ai)
		return -1;
	if (p->par.source) {
		source = parse_address(p->par.source, 0);
		if (!source) {
			freeaddrinfo(ai);
			return -1;
		}
	}
	rc = rdma_create_id(p->ch, &p->id, p, RDMA_PS_TCP);
	if (!rc)
		rc = rdma_resolve_addr(p->id, source ? source->ai_addr : NULL,
				       ai->ai_addr, p->par.timeout_ms);
	freeaddrinfo(ai);
	if (source)
		freeaddrinfo(source);
	if (rc)
		return peer_fail("cannot resolve %s: %s", p->par.host,
				 strerror(errno));
	if (wait_cm(p, RDMA_CM_EVENT_ADDR_RESOLVED, "resolving the address"))
		return -1;
	if (rdma_resolve_route(p->id, p->par.timeout_ms))
		return peer_fail("cannot resolve a route: %s", strerror(errno));
	return wait_cm(p, RDMA_CM_EVENT_ROUTE_RESOLVED, "resolving the route");
}

static void conn_param(struct peer *p, struct rdma_conn_param *cp)
{
	memset(cp, 0, sizeof(*cp));
	cp->private_data = p->par.priv_len ? p->par.priv : NULL;
	cp->private_data_len = p->par.priv_len;
	cp->responder_resources = p->par.ird;
	cp->initiator_depth = p->par.ord;
	cp->retry_count = p->par.retry;
	cp->rnr_retry_count = p->par.rnr_retry;
}

struct peer *peer_connect_start(const struct peer_params *par)
{
	struct rdma_conn_param cp;
	struct peer *p = peer_alloc(par);

	if (!p)
		return NULL;
	if (resolve(p) || make_resources(p))
		goto out_drop;
	conn_param(p, &cp);
	if (rdma_connect(p->id, &cp)) {
		peer_fail("cannot connect: %s", strerror(errno));
		goto out_drop;
	}
	return p;

out_drop:
	peer_drop(p);
	return NULL;
}

int peer_connect_finish(struct peer *p)
{
	return wait_cm(p, RDMA_CM_EVENT_ESTABLISHED, "connecting");
}

struct peer *peer_connect(const struct peer_params *par)
{
	struct peer *p = peer_connect_start(par);

	if (p && peer_connect_finish(p)) {
		peer_drop(p);
		p = NULL;
	}
	return p;
}

/* Listening */

struct peer_listener *peer_listen(const struct peer_params *par)
{
	struct peer_listener *l = calloc(1, sizeof(*l));
	struct addrinfo *ai = parse_address(par->host, par->port);
	int rc = -1;

	if (!l || !ai)
		goto out;
	l->par = *par;
	l->ch = rdma_create_event_channel();
	if (!l->ch || nonblocking(l->ch->fd))
		goto out;
	rc = rdma_create_id(l->ch, &l->id, l, RDMA_PS_TCP);
	if (!rc)
		rc = rdma_bind_addr(l->id, ai->ai_addr);
	if (!rc)
		rc = rdma_listen(l->id, 16);
out:
	if (ai)
		freeaddrinfo(ai);
	if (!rc)
		return l;
	peer_fail("cannot listen on %s: %s", par->host, strerror(errno));
	if (l)
		peer_listen_end(l);
	return NULL;
}

void peer_listen_end(struct peer_listener *l)
{
	if (l->id)
		rdma_destroy_id(l->id);
	if (l->ch)
		rdma_destroy_event_channel(l->ch);
	free(l);
}

static int adopt(struct peer *p, struct rdma_cm_id *id)
{
	struct rdma_conn_param cp;

	p->id = id;
	id->context = p;
	if (rdma_migrate_id(id, p->ch))
		return peer_fail("cannot migrate a connection");
	if (make_resources(p))
		return -1;
	conn_param(p, &cp);
	if (rdma_accept(id, &cp))
		return peer_fail("cannot accept: %s", strerror(errno));
	return wait_cm(p, RDMA_CM_EVENT_ESTABLISHED, "accepting");
}

/* The next connection request, whatever else the listener is told meanwhile. */
static struct rdma_cm_id *next_request(struct peer_listener *l, struct peer *p,
				       int timeout_ms)
{
	struct pollfd fd = { .fd = l->ch->fd, .events = POLLIN };
	long deadline = peer_now_ms() + timeout_ms;
	struct rdma_cm_id *id = NULL;
	struct rdma_cm_event *ev;

	while (!id) {
		if (poll(&fd, 1, ms_left(deadline)) <= 0) {
			peer_fail("nobody connected within %d ms", timeout_ms);
			return NULL;
		}
		if (rdma_get_cm_event(l->ch, &ev))
			continue;
		if (ev->event == RDMA_CM_EVENT_CONNECT_REQUEST) {
			id = ev->id;
			keep_private_data(p, &ev->param.conn);
		}
		rdma_ack_cm_event(ev);
	}
	return id;
}

struct peer *peer_accept(struct peer_listener *l, int timeout_ms)
{
	struct peer *p = peer_alloc(&l->par);
	struct rdma_cm_id *id;

	if (!p)
		return NULL;
	id = next_request(l, p, timeout_ms);
	if (!id || adopt(p, id)) {
		peer_drop(p);
		return NULL;
	}
	return p;
}

/* Ending */

void peer_close(struct peer *p)
{
	if (!p)
		return;
	if (p->established && !p->disconnected && !rdma_disconnect(p->id)) {
		long deadline = peer_now_ms() + 3000;

		while (!p->disconnected && ms_left(deadline))
			pump(p, ms_left(deadline));
	}
	peer_drop(p);
}

static void region_release(struct peer_region *r)
{
	if (r->mw)
		ibv_dealloc_mw(r->mw);
	if (r->mr)
		ibv_dereg_mr(r->mr);
	free(r->buf);
	free(r);
}

/* QP before its users' memory, memory before the PD, everything before the id. */
void peer_drop(struct peer *p)
{
	struct peer_region *r;

	if (!p)
		return;
	if (p->has_qp)
		rdma_destroy_qp(p->id);
	while ((r = p->regions)) {
		p->regions = r->next;
		region_release(r);
	}
	if (p->rx_mr)
		ibv_dereg_mr(p->rx_mr);
	if (p->tx_mr)
		ibv_dereg_mr(p->tx_mr);
	if (p->cq) {
		ibv_ack_cq_events(p->cq, p->cq_events);
		ibv_destroy_cq(p->cq);
	}
	if (p->cc)
		ibv_destroy_comp_channel(p->cc);
	if (p->pd)
		ibv_dealloc_pd(p->pd);
	if (p->id)
		rdma_destroy_id(p->id);
	if (p->ch)
		rdma_destroy_event_channel(p->ch);
	free(p->rx_buf);
	free(p->tx_buf);
	free(p->queue);
	free(p);
}

bool peer_ended(const struct peer *p)
{
	return p->disconnected || p->flushed;
}

bool peer_starved(const struct peer *p)
{
	return p->failed == IBV_WC_RNR_RETRY_EXC_ERR;
}

const char *peer_how_ended(const struct peer *p)
{
	if (p->failed != IBV_WC_SUCCESS)
		return ibv_wc_status_str(p->failed);
	if (p->disconnected)
		return "disconnected";
	return p->flushed ? "QP in error" : "alive";
}

enum peer_rc peer_wait_end(struct peer *p, int timeout_ms)
{
	long deadline = peer_now_ms() + timeout_ms;

	while (!peer_ended(p)) {
		if (!ms_left(deadline))
			return PEER_TIMEOUT;
		pump(p, ms_left(deadline));
	}
	return PEER_ENDED;
}

/* Sending */

static int wait_slots(struct peer *p, unsigned int n)
{
	long deadline = peer_now_ms() + p->par.timeout_ms;

	while (p->sent - p->tx_done + n > p->par.sends) {
		if (peer_ended(p))
			return peer_fail("the connection has ended (%s)",
					 peer_how_ended(p));
		if (!ms_left(deadline))
			return peer_fail("sends do not complete");
		pump(p, ms_left(deadline));
	}
	return 0;
}

static int post_wr(struct peer *p, struct ibv_send_wr *wr, unsigned int n)
{
	struct ibv_send_wr *bad;
	int err;

	if (ibv_post_send(p->id->qp, wr, &bad)) {
		err = errno;
		/* iWARP may know of the end of a connection before we do. */
		peer_wait_end(p, 1000);
		return peer_fail("cannot post a send: %s (%s)", strerror(err),
				 peer_how_ended(p));
	}
	p->sent += n;
	return 0;
}

/* Copy into the slot that the (sent + ahead)th send uses. */
static void fill_slot(struct peer *p, unsigned int ahead, const void *buf,
		      size_t len, struct ibv_sge *sge, struct ibv_send_wr *wr)
{
	uint8_t *slot = p->tx_buf +
			(p->sent + ahead) % p->par.sends * p->par.send_size;

	memcpy(slot, buf, len);
	sge->addr = (uintptr_t)slot;
	sge->length = len;
	sge->lkey = p->tx_mr->lkey;
	memset(wr, 0, sizeof(*wr));
	wr->opcode = IBV_WR_SEND;
	wr->sg_list = sge;
	wr->num_sge = len ? 1 : 0;
}

int peer_send_batch(struct peer *p, const struct peer_out *out, unsigned int n)
{
	struct ibv_send_wr wr[128];
	struct ibv_sge sge[128];
	unsigned int i;

	if (n > 128 || n > p->par.sends)
		return peer_fail("batch of %u is too long", n);
	if (wait_slots(p, n))
		return -1;
	for (i = 0; i < n; i++) {
		if (out[i].len > p->par.send_size)
			return peer_fail("message of %zu bytes is too long",
					 out[i].len);
		fill_slot(p, i, out[i].buf, out[i].len, &sge[i], &wr[i]);
		wr[i].next = i + 1 < n ? &wr[i + 1] : NULL;
	}
	return post_wr(p, wr, n);
}

int peer_send(struct peer *p, const void *buf, size_t len)
{
	struct peer_out out = { .buf = buf, .len = len };

	return peer_send_batch(p, &out, 1);
}

int peer_send_inv(struct peer *p, const void *buf, size_t len, uint32_t rkey)
{
	struct ibv_send_wr wr;
	struct ibv_sge sge;

	if (wait_slots(p, 1))
		return -1;
	fill_slot(p, 0, buf, len, &sge, &wr);
	wr.opcode = IBV_WR_SEND_WITH_INV;
	wr.invalidate_rkey = rkey;
	/* Where siw's provider takes it from. */
	wr.wr.rdma.rkey = rkey;
	return post_wr(p, &wr, 1);
}

int peer_send_region(struct peer *p, const struct peer_region *r, size_t len)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)r->buf,
		.length = len,
		.lkey = r->mr->lkey,
	};
	struct ibv_send_wr wr = {
		.opcode = IBV_WR_SEND,
		.sg_list = &sge,
		.num_sge = 1,
	};

	if (wait_slots(p, 1))
		return -1;
	return post_wr(p, &wr, 1);
}

enum peer_rc peer_flush(struct peer *p, int timeout_ms)
{
	long deadline = peer_now_ms() + timeout_ms;

	while (p->tx_done < p->sent) {
		if (!ms_left(deadline))
			return PEER_TIMEOUT;
		pump(p, ms_left(deadline));
	}
	return peer_ended(p) ? PEER_ENDED : PEER_OK;
}

int peer_reads_granted(struct peer *p)
{
	struct ibv_qp_init_attr init;
	struct ibv_qp_attr attr;

	if (ibv_query_qp(p->id->qp, &attr, IBV_QP_MAX_QP_RD_ATOMIC, &init))
		return -1;
	return attr.max_rd_atomic;
}

bool peer_is_iwarp(const struct peer *p)
{
	return p->id->verbs->device->transport_type == IBV_TRANSPORT_IWARP;
}

enum peer_rc peer_rdma(struct peer *p, enum ibv_wr_opcode op,
		       struct peer_region *local, size_t off, size_t len,
		       uint32_t rkey, uint64_t iova, int timeout_ms)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)local->buf + off,
		.length = len,
		.lkey = local->mr->lkey,
	};
	struct ibv_send_wr wr = {
		.opcode = op,
		.sg_list = &sge,
		.num_sge = 1,
		.wr.rdma = { .remote_addr = iova, .rkey = rkey },
	};

	if (wait_slots(p, 1) || post_wr(p, &wr, 1))
		return PEER_ERROR;
	return peer_flush(p, timeout_ms);
}

bool peer_rdma_let(const struct peer *p, enum ibv_wr_opcode op,
		   enum peer_rc rc)
{
	return rc == PEER_OK && (op == IBV_WR_RDMA_READ || !peer_is_iwarp(p));
}

/* Receiving */

static void take_arrival(struct peer *p, struct peer_msg *msg)
{
	struct peer_arrival *a = &p->queue[p->q_head];
	const uint8_t *src = p->rx_buf + a->slot * p->par.recv_size;

	msg->len = a->len < PEER_MSG_MAX ? a->len : PEER_MSG_MAX;
	msg->invalidated = a->invalidated;
	msg->inv_rkey = a->inv_rkey;
	memcpy(msg->data, src, msg->len);
	if (msg->len < 128)
		memset(msg->data + msg->len, 0, 128 - msg->len);
	p->q_head = (p->q_head + 1) % p->par.recvs;
	p->q_len--;
	if (!p->flushed && !p->deaf)
		post_recv(p, a->slot);
}

enum peer_rc peer_recv(struct peer *p, struct peer_msg *msg, int timeout_ms)
{
	long deadline = peer_now_ms() + timeout_ms;

	while (!p->q_len) {
		/* What came before the end may have been seen after it. */
		if (peer_ended(p) && !drain_cq(p))
			return PEER_ENDED;
		if (p->q_len)
			break;
		if (!ms_left(deadline))
			return PEER_TIMEOUT;
		pump(p, ms_left(deadline));
	}
	take_arrival(p, msg);
	return PEER_OK;
}

/* Regions */

struct peer_region *peer_region(struct peer *p, size_t len, int access)
{
	struct peer_region *r = calloc(1, sizeof(*r));

	if (!r)
		goto out_fail;
	/* A page boundary on both sides: a byte too far is a fault, not luck. */
	r->len = len;
	r->buf = aligned_alloc(4096, (len + 4095) & ~4095ul);
	if (!r->buf)
		goto out_fail;
	memset(r->buf, 0, len);
	r->mr = ibv_reg_mr(p->pd, r->buf, len, access | IBV_ACCESS_LOCAL_WRITE);
	if (!r->mr)
		goto out_fail;
	r->rkey = r->mr->rkey;
	r->iova = (uintptr_t)r->buf;
	r->next = p->regions;
	p->regions = r;
	return r;

out_fail:
	peer_fail("cannot register %zu bytes: %s", len, strerror(errno));
	if (r)
		region_release(r);
	return NULL;
}

static int bind_window(struct peer *p, struct peer_region *r, int access)
{
	struct ibv_send_wr wr = {
		.opcode = IBV_WR_BIND_MW,
		.bind_mw = {
			.mw = r->mw,
			.rkey = ibv_inc_rkey(r->mw->rkey),
			.bind_info = {
				.mr = r->mr,
				.addr = (uintptr_t)r->buf,
				.length = r->len,
				.mw_access_flags = access,
			},
		},
	};

	if (wait_slots(p, 1) || post_wr(p, &wr, 1) ||
	    peer_flush(p, p->par.timeout_ms) != PEER_OK)
		return peer_fail("cannot bind a memory window: %s",
				 peer_how_ended(p));
	r->rkey = wr.bind_mw.rkey;
	return 0;
}

struct peer_region *peer_region_window(struct peer *p, size_t len, int access)
{
	struct peer_region *r = peer_region(p, len,
					    access | IBV_ACCESS_MW_BIND);

	if (!r)
		return NULL;
	r->mw = ibv_alloc_mw(p->pd, IBV_MW_TYPE_2);
	if (!r->mw) {
		peer_fail("no memory windows here: %s", strerror(errno));
		return NULL;
	}
	return bind_window(p, r, access) ? NULL : r;
}

void peer_region_end(struct peer *p, struct peer_region *r)
{
	struct peer_region **at = &p->regions;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	region_release(r);
}
