/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's two rules, for whoever plans, remembers or serves: what a change counts for, and how
 * a limit is made. */
#ifndef MODEL_GUARD_H
#define MODEL_GUARD_H

#include "model/memory.h"
#include "model/plan.h"

/*
 * What one change counts for, in a plan and later in the window. It is known from the change alone
 * and never altered by another one: a revocation says itself whether a person loses anything.
 */
enum weight {
	WEIGHT_NONE,
	WEIGHT_USER_REMOVED, /* disabled, deleted, uninvited, or a person is asked to remove him */
	WEIGHT_MEMBER_REMOVED, /* of change.team */
	WEIGHT_INVITATION, /* one more is sent */
	WEIGHT_REWRITE, /* of a user who stays */
	WEIGHT_COUNT,
};
enum weight change_weight(const struct change *c);
const char *weight_text(enum weight weight); /* "user removed", as it is kept */
enum weight weight_find(str text); /* WEIGHT_NONE when nobody knows the word */

/* A hand-off that asks a person to remove someone: the guard takes it for the removal. */
bool handoff_removes(const struct change *c);

/* What a window holds already, with `count` changes of one weight more. Those of one team come one
 * after the other; `team` is its id at the target, and lives as long as the window. */
void guard_window_add(struct window *window, enum weight weight, str team, uint64_t count);

/* How many may be removed of `base`: a share of it, or `count` where that is more. */
uint64_t guard_limit(uint64_t percent, uint64_t count, uint64_t base);
str guard_limit_text(struct arena *arena, uint64_t percent, uint64_t count);
/* Earlier changes alone hold nothing up: without `planned` ones nothing is over. */
bool guard_is_over(uint64_t planned, uint64_t in_window, uint64_t limit);

#endif
