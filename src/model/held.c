/* SPDX-License-Identifier: Apache-2.0 */
/* The words for what a held plan is, and letting go of a list of them. */
#include "model/held.h"

static const char *const plan_states[] = {
	[PLAN_HELD] = "held", [PLAN_APPROVED] = "approved", [PLAN_REJECTED] = "rejected",
	[PLAN_USED] = "used", [PLAN_REPLACED] = "replaced", [PLAN_EXPIRED] = "expired",
};

const char *plan_state_text(enum plan_state state)
{
	return plan_states[state];
}

enum plan_state plan_state_find(str text)
{
	for (int state = 0; state <= PLAN_EXPIRED; state++)
		if (str_equal(text, str_of(plan_states[state])))
			return (enum plan_state)state;
	return PLAN_REPLACED;
}

void held_plans_clear(struct held_plans *plans)
{
	list_clear(&plans->items);
	arena_clear(&plans->arena);
}
