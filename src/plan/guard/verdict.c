/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict as it grows graver: each reason is said, and the gravest names it. */
#include "plan/guard/internal.h"

static void verdict_raise(struct plan_context *w, enum verdict verdict, bool approvable, str reason)
{
	struct plan *plan = w->plan;

	if (plan->verdict == VERDICT_GO || !approvable)
		plan->approvable = approvable;
	if (verdict > plan->verdict)
		plan->verdict = verdict;
	list_push(&plan->reasons, reason);
}

void verdict_hold(struct plan_context *w, str reason)
{
	verdict_raise(w, VERDICT_HELD, true, reason);
}

void verdict_refuse(struct plan_context *w, str reason)
{
	verdict_raise(w, VERDICT_REFUSED, false, reason);
}

void verdict_distrust(struct plan_context *w, str reason, bool approvable)
{
	verdict_raise(w, VERDICT_UNTRUSTED, approvable, reason);
}
