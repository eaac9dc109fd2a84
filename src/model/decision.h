/* SPDX-License-Identifier: Apache-2.0 */
/* A person's decision about what is held: what must be said to decide, and what a decision is worth
 * later. */
#ifndef MODEL_DECISION_H
#define MODEL_DECISION_H

#include "base/err.h"
#include "model/held.h"

enum { CHECKSUM_DIGITS_MIN = 6 };
#define DECISION_LIFE ((int64_t)24 * 3600) /* what is held, and an approval, expire after it */

/* Something that waits for a decision, and the words for it. */
struct held_thing {
	str checksum; /* over all that would happen */
	const char *name; /* "plan 7" */
	const char *shown_by; /* "plan 7", "`muster status`": where the digits stand */
	const char *look; /* "look at it again": what to do when it is another one */
};
/*
 * May a person who gave these digits decide? They are the beginning of the checksum, whatever the
 * case: to approve at least 6 of them, so that nobody lets pass what he has not seen; to reject
 * none are needed. CODE_USAGE: too few. CODE_STALE: of something else.
 */
int decision_check(const struct held_thing *thing, str digits, bool approve, struct err *err);
/* The same for a plan that also must be one that can be decided: CODE_STALE when it was used,
 * replaced or has expired, CODE_HELD when nobody may approve it. */
int decision_check_plan(const struct held_plan *plan, str digits, bool approve, struct err *err);

/* What a plan's state is at a time, when this is what was kept: holds and approvals expire. */
enum plan_state decision_state(enum plan_state kept, int64_t expires, int64_t now);
/* Does the decision let a run carry the plan out? `state` is the one as of now. */
bool decision_lets_pass(const struct held_plan *plan);
/* The same plan is held once more: an approval that still counts keeps its own end, a rejection
 * stays, and anything else waits anew. Changes state, held and expires. */
void decision_hold_again(struct held_plan *plan, int64_t now);

#endif
