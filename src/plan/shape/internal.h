/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of shape, in the order in which step_shape needs them. Private to this folder. */
#ifndef PLAN_SHAPE_INTERNAL_H
#define PLAN_SHAPE_INTERNAL_H

#include "plan/context.h"

/* What both sides and the mapping speak of, and what of it the target takes. */
void attributes_init(struct plan_context *w);
/* The roles of the policy, of both reads and of the target; -1 with CODE_DATA for too many. */
int roles_init(struct plan_context *w, struct err *err);

/* person_build in two: the fields as read; then what is desired, and the address. */
void person_read(struct plan_context *w, uint32_t row, struct person *p);
int person_desire(struct plan_context *w, struct person *p, struct err *err);
int person_address(const struct plan_context *w, struct person *p, struct err *err);
bool person_matches(const struct person *p, const struct filter *filter); /* NULL: everyone does */
/* By which the target knows people: userName or address. */
str desired_name(const struct plan_context *w, const struct person *p);
uint64_t values_digest(const value_list *values); /* in whatever order */

/* Once the users are shaped: teams, and the roles that memberships name. */
void shape_teams(struct plan_context *w);
void roles_from_memberships(struct plan_context *w);
void roles_count_wanted(struct plan_context *w);
/* Of the target's attributes those are managed of which the users speak. */
void attributes_match_target(struct plan_context *w);
void roles_count_held(struct plan_context *w);

#endif
