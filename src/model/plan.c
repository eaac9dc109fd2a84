/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a verdict, and letting go of a plan. */
#include "model/plan.h"

static const char *const verdicts[] = {
	[VERDICT_GO] = "go",
	[VERDICT_HELD] = "held",
	[VERDICT_REFUSED] = "refused",
	[VERDICT_UNTRUSTED] = "untrusted",
};

const char *verdict_text(enum verdict verdict)
{
	return verdicts[verdict];
}

enum verdict verdict_find(str text)
{
	for (int verdict = 0; verdict <= VERDICT_UNTRUSTED; verdict++)
		if (str_equal(text, str_of(verdicts[verdict])))
			return (enum verdict)verdict;
	return VERDICT_REFUSED;
}

void plan_clear(struct plan *plan)
{
	list_clear(&plan->objects);
	list_clear(&plan->changes);
	list_clear(&plan->notices);
	list_clear(&plan->limit_checks);
	list_clear(&plan->reasons);
	list_clear(&plan->open_handoffs);
	list_clear(&plan->seen_invitations);
	arena_clear(&plan->arena);
}
