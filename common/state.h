/* SPDX-License-Identifier: GPL-2.0-only */
/* Endpoint states and their only legal moves. Pure. */
#ifndef ISER_STATE_H
#define ISER_STATE_H

#include "pure.h"

/**
 * enum iser_ep_state - life of an endpoint, forward only
 * @ISER_EP_NEW: allocated, no device yet
 * @ISER_EP_RESOLVING: address and route are being resolved (active side)
 * @ISER_EP_CONNECTING: queues exist, REQ or REP is out
 * @ISER_EP_ESTABLISHED: PDUs flow
 * @ISER_EP_STOPPING: nobody may post any more; the queues are being drained
 * @ISER_EP_DRAINED: no completion can run, no remote access is possible
 * @ISER_EP_DEAD: device resources are gone; only memory is left
 * @ISER_EP_NR_STATES: how many there are
 */
enum iser_ep_state {
	ISER_EP_NEW,
	ISER_EP_RESOLVING,
	ISER_EP_CONNECTING,
	ISER_EP_ESTABLISHED,
	ISER_EP_STOPPING,
	ISER_EP_DRAINED,
	ISER_EP_DEAD,
	ISER_EP_NR_STATES,
};

bool iser_state_can_move(enum iser_ep_state from, enum iser_ep_state to);
const char *iser_state_name(enum iser_ep_state state);

#endif /* ISER_STATE_H */
