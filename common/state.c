// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of an endpoint as a table. There is no way back and no way around
 * the drain: whoever sees DRAINED knows that STOPPING came first, and an
 * endpoint that failed before it had queues takes the same road with nothing
 * to drain. A state never moves to itself, so exactly one caller wins each
 * move, and the winner of STOPPING is the one that starts the teardown.
 */
#include "state.h"

#define TO(state)	(1u << ISER_EP_##state)

static const u8 moves[ISER_EP_NR_STATES] = {
	/* active side resolves first; the passive side gets its device at once */
	[ISER_EP_NEW]		= TO(RESOLVING) | TO(CONNECTING) | TO(STOPPING),
	[ISER_EP_RESOLVING]	= TO(CONNECTING) | TO(STOPPING),
	[ISER_EP_CONNECTING]	= TO(ESTABLISHED) | TO(STOPPING),
	[ISER_EP_ESTABLISHED]	= TO(STOPPING),
	[ISER_EP_STOPPING]	= TO(DRAINED),
	[ISER_EP_DRAINED]	= TO(DEAD),
	[ISER_EP_DEAD]		= 0,
};

/**
 * iser_state_can_move - may an endpoint go from one state to another
 * @from: state it is in
 * @to: state it would be in
 *
 * Context: any; the caller holds whatever guards the state.
 * Return: true if the move is legal. Numbers that are no states never are.
 */
bool iser_state_can_move(enum iser_ep_state from, enum iser_ep_state to)
{
	if ((unsigned int)from >= ISER_EP_NR_STATES ||
	    (unsigned int)to >= ISER_EP_NR_STATES)
		return false;
	return moves[from] & (1u << to);
}

/**
 * iser_state_name - short stable name of a state, for logs and tests
 * @state: endpoint state
 *
 * Context: any.
 * Return: a constant string, never NULL.
 */
const char *iser_state_name(enum iser_ep_state state)
{
	static const char * const names[ISER_EP_NR_STATES] = {
		[ISER_EP_NEW]		= "new",
		[ISER_EP_RESOLVING]	= "resolving",
		[ISER_EP_CONNECTING]	= "connecting",
		[ISER_EP_ESTABLISHED]	= "established",
		[ISER_EP_STOPPING]	= "stopping",
		[ISER_EP_DRAINED]	= "drained",
		[ISER_EP_DEAD]		= "dead",
	};

	if ((unsigned int)state >= ISER_EP_NR_STATES)
		return "unknown";
	return names[state];
}
EXPORT_SYMBOL_GPL(iser_state_name);
