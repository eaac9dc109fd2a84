/* SPDX-License-Identifier: Apache-2.0 */
/* One question of `explain` on its way. Private to this folder. */
#ifndef PLAN_EXPLAIN_INTERNAL_H
#define PLAN_EXPLAIN_INTERNAL_H

#include "model/explanation.h"
#include "plan/context.h"

/* The road of the plan once more, for one person. */
struct inquiry {
	struct plan_context w; /* shaped and joined anew, for itself */
	struct plan scratch; /* what the steps write into; its arena becomes the answer's */
	const struct plan *plan; /* the plan that is explained */
	uint32_t source, target; /* rows of the person, or ROW_NONE */
	struct person person; /* at the source */
	bool is_said; /* it can be said at the target: person.desired and .address are filled */
	struct user_groups groups; /* of the source, nested ones included */
	struct explanation answer;
};

/* Who is meant: fills `source` and `target`; -1 with CODE_DATA for nobody and for several. */
int find_person(struct inquiry *q, str who, struct err *err);
/* Fills answer.teams; name "" for all that have anything to do with the person. */
void explain_teams(struct inquiry *q, str name);
/* Is this what the team is called, at either side? */
bool team_is_meant(struct plan_context *w, const struct team *team, str name);

#endif
