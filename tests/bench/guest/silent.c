// SPDX-License-Identifier: GPL-2.0-only
/*
 * silent: peers that connect and never say a word.
 *
 * Says "connected N" when all that can be have been, then waits for the end of
 * its standard input and says "alive N": how many have not been disconnected by
 * the other end until then.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rdma/rdma_cma.h>

#define RESOLVE_MS	5000

static struct rdma_event_channel *channel;
static int alive;

/* The next event, acknowledged; -1 when its status is not 0. */
static int next_event(void)
{
	struct rdma_cm_event *event;
	int type;

	if (rdma_get_cm_event(channel, &event))
		return -1;
	type = event->status ? -1 : (int)event->event;
	if (type == RDMA_CM_EVENT_DISCONNECTED)
		alive--;
	rdma_ack_cm_event(event);
	return type;
}

/* Others may be disconnected while one connects. */
static int wait_for(int wanted)
{
	int type;

	do
		type = next_event();
	while (type == RDMA_CM_EVENT_DISCONNECTED);
	return type == wanted ? 0 : -1;
}

static int connect_one(struct sockaddr_in *to)
{
	struct ibv_qp_init_attr qp = {
		.qp_type = IBV_QPT_RC,
		.cap = { .max_send_wr = 1, .max_recv_wr = 1,
			 .max_send_sge = 1, .max_recv_sge = 1 },
	};
	/* RFC 7145, section 5.1.2: no zero-based addresses, no invalidation */
	static const unsigned char hello[4] = { 0xc0 };
	struct rdma_conn_param param = {
		.private_data = hello,
		.private_data_len = sizeof(hello),
		/* Who serves no RDMA Reads has no use for an iSER target. */
		.responder_resources = 8,
		.retry_count = 7,
		.rnr_retry_count = 7,
	};
	struct rdma_cm_id *id;

	if (rdma_create_id(channel, &id, NULL, RDMA_PS_TCP) ||
	    rdma_resolve_addr(id, NULL, (struct sockaddr *)to, RESOLVE_MS) ||
	    wait_for(RDMA_CM_EVENT_ADDR_RESOLVED) ||
	    rdma_resolve_route(id, RESOLVE_MS) ||
	    wait_for(RDMA_CM_EVENT_ROUTE_RESOLVED) ||
	    rdma_create_qp(id, NULL, &qp) ||
	    rdma_connect(id, &param) ||
	    wait_for(RDMA_CM_EVENT_ESTABLISHED))
		return -1;
	alive++;
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int i, peers;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
		fprintf(stderr, "usage: bench-silent ADDRESS PORT PEERS\n");
		return 2;
	}
	to.sin_port = htons(atoi(argv[2]));
	peers = atoi(argv[3]);
	channel = rdma_create_event_channel();
	if (!channel) {
		perror("rdma_create_event_channel");
		return 1;
	}
	for (i = 0; i < peers; i++)
		if (connect_one(&to)) {
			fprintf(stderr, "peer %d cannot connect\n", i);
			break;
		}
	printf("connected %d\n", i);
	fflush(stdout);
	fds[0].fd = STDIN_FILENO;
	fds[1].fd = channel->fd;
	while (poll(fds, 2, -1) > 0 && !fds[0].revents)
		next_event();
	printf("alive %d\n", alive);
	return 0;
}
