// SPDX-License-Identifier: GPL-2.0-only
/* common/state.c: every pair of states. */
#include "unit.h"
#include "state.h"

/* Rows: from. Columns: to. The order is that of the enum. */
static const char * const legal[ISER_EP_NR_STATES] = {
	/*			 NRCESDX */
	[ISER_EP_NEW]		= ".xx.x..",
	[ISER_EP_RESOLVING]	= "..x.x..",
	[ISER_EP_CONNECTING]	= "...xx..",
	[ISER_EP_ESTABLISHED]	= "....x..",
	[ISER_EP_STOPPING]	= ".....x.",
	[ISER_EP_DRAINED]	= "......x",
	[ISER_EP_DEAD]		= ".......",
};

TEST("state/exactly-the-legal-moves-are-allowed")
{
	int from, to;

	for (from = 0; from < ISER_EP_NR_STATES; from++)
		for (to = 0; to < ISER_EP_NR_STATES; to++) {
			NOTE("%s to %s", iser_state_name(from),
			     iser_state_name(to));
			CHECK_EQ(iser_state_can_move(from, to),
				 legal[from][to] == 'x');
		}
}

TEST("state/moves-go-forward-only")
{
	int from, to;

	for (from = 0; from < ISER_EP_NR_STATES; from++)
		for (to = 0; to <= from; to++) {
			NOTE("%s to %s", iser_state_name(from),
			     iser_state_name(to));
			CHECK(!iser_state_can_move(from, to));
		}
}

TEST("state/death-goes-through-stop-and-drain")
{
	int from;

	for (from = 0; from < ISER_EP_NR_STATES; from++) {
		NOTE("%s", iser_state_name(from));
		CHECK_EQ(iser_state_can_move(from, ISER_EP_DEAD),
			 from == ISER_EP_DRAINED);
		CHECK_EQ(iser_state_can_move(from, ISER_EP_DRAINED),
			 from == ISER_EP_STOPPING);
		CHECK_EQ(iser_state_can_move(from, ISER_EP_STOPPING),
			 from < ISER_EP_STOPPING);
	}
}

TEST("state/numbers-that-are-no-state-cannot-move")
{
	static const int wrong[] = { -1, ISER_EP_NR_STATES, 31, 32, 1000 };
	u32 i;
	int state;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		for (state = 0; state < ISER_EP_NR_STATES; state++) {
			CHECK(!iser_state_can_move(wrong[i], state));
			CHECK(!iser_state_can_move(state, wrong[i]));
		}
}

TEST("state/each-state-has-a-name-of-its-own")
{
	int a, b;

	for (a = 0; a < ISER_EP_NR_STATES; a++) {
		CHECK(iser_state_name(a) && iser_state_name(a)[0]);
		CHECK(strcmp(iser_state_name(a), "unknown"));
		for (b = 0; b < a; b++)
			CHECK(strcmp(iser_state_name(a), iser_state_name(b)));
	}
	CHECK_STR(iser_state_name(ISER_EP_ESTABLISHED), "established");
	CHECK_STR(iser_state_name(ISER_EP_NR_STATES), "unknown");
	CHECK_STR(iser_state_name((enum iser_ep_state)-1), "unknown");
}
