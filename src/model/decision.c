/* SPDX-License-Identifier: Apache-2.0 */
/* Who may decide about what is held, and for how long that counts. */
#include "model/decision.h"

#include <stdio.h>

#include "base/clock.h"

int decision_check(const struct held_thing *thing, str digits, bool approve, struct err *err)
{
	if (digits.n == 0 && !approve)
		return 0;
	if (digits.n < CHECKSUM_DIGITS_MIN)
		return err_set(err, REACH_RUN, CODE_USAGE,
			       "at least the first %d digits of the checksum are needed, as %s "
			       "shows them",
			       CHECKSUM_DIGITS_MIN, thing->shown_by);
	if (str_equal_nocase(str_slice(thing->checksum, 0, digits.n), digits))
		return 0;
	return err_set(err, REACH_RUN, CODE_STALE,
		       "%s has the checksum %.*s..., not %.*s: %s before you decide", thing->name,
		       STR_ARG(str_slice(thing->checksum, 0, 12)), STR_ARG(digits), thing->look);
}

static int plan_check_state(const struct held_plan *plan, bool approve, struct err *err)
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso(plan->expires, iso);
	switch (plan->state) {
	case PLAN_USED:
		return err_set(err, REACH_RUN, CODE_STALE, "plan %lld was carried out already",
			       (long long)plan->number);
	case PLAN_REPLACED:
		return err_set(err, REACH_RUN, CODE_STALE,
			       "plan %lld no longer stands: %.*s made another plan since; "
			       "`muster status` shows what is held now",
			       (long long)plan->number, STR_ARG(plan->sync));
	case PLAN_EXPIRED:
		return err_set(err, REACH_RUN, CODE_STALE,
			       "plan %lld expired at %s; run `muster sync %.*s` to hold it anew",
			       (long long)plan->number, iso, STR_ARG(plan->sync));
	default:
		break;
	}
	if (approve && !plan->approvable)
		return err_set(err, REACH_RUN, CODE_HELD,
			       "plan %lld cannot be approved by anyone: %.*s",
			       (long long)plan->number, STR_ARG(plan->reasons));
	return 0;
}

int decision_check_plan(const struct held_plan *plan, str digits, bool approve, struct err *err)
{
	char name[40];
	const struct held_thing thing = {plan->checksum, name, name, "look at it again"};

	snprintf(name, sizeof name, "plan %lld", (long long)plan->number);
	if (decision_check(&thing, digits, approve, err) < 0)
		return -1;
	return plan_check_state(plan, approve, err);
}

enum plan_state decision_state(enum plan_state kept, int64_t expires, int64_t now)
{
	bool ends = kept == PLAN_HELD || kept == PLAN_APPROVED;

	return ends && expires <= now ? PLAN_EXPIRED : kept;
}

bool decision_lets_pass(const struct held_plan *plan)
{
	return plan->state == PLAN_APPROVED && plan->approvable;
}

void decision_hold_again(struct held_plan *plan, int64_t now)
{
	plan->state = decision_state(plan->state, plan->expires, now);
	plan->held = now;
	if (plan->state == PLAN_APPROVED)
		return;
	if (plan->state != PLAN_REJECTED)
		plan->state = PLAN_HELD;
	plan->expires = now + DECISION_LIFE;
}
