/* SPDX-License-Identifier: Apache-2.0 */
/* The door of shape: source entries, mapping and role rules become desired users and teams. The
 * only place where names change. */
#ifndef PLAN_SHAPE_H
#define PLAN_SHAPE_H

#include "plan/context.h"

enum { PATH_SPACE = 256 };

/*
 * Fills wants, haves (their digests), teams and roles. Entries that cannot be said at the target
 * become notices; -1 with CODE_DATA when there are more roles than can be numbered.
 */
int step_shape(struct plan_context *w, struct err *err);

/* -- fields: an entry as filters and templates see it -- */

/* Every value but the empty ones, and `active`. Texts point into the read. */
void fields_read(const struct snapshot *s, const struct entry *e, field_list *into);
str fields_value(const field_list *fields, str path); /* the first one; p == NULL when absent */
/* `emails[type eq "work"].value` -> `emails.value` */
str path_bare(str path, char space[PATH_SPACE]);

/* -- people -- */

/*
 * A zeroed person is an empty one. person_build fills it from the read: `fields`, `groups`,
 * `desired` and, where people are invited, `address`. On an error of the entry, which says why it
 * cannot be said at the target, `fields` and `groups` are filled all the same.
 */
int person_build(struct plan_context *w, uint32_t row, struct person *p, struct err *err);
void person_clear(struct person *p);
/* The first value of an attribute; p == NULL when absent. */
str desired_value(const struct person *p, str path);
/* Index in plan.objects, with all fields that are to be there. target: row, or ROW_NONE. */
uint32_t person_object(struct plan_context *w, const struct person *p, uint32_t target);
/* "cn=staff": why the person is in scope, for reading. */
str person_origin(struct plan_context *w, const struct person *p);

/* -- attributes and values -- */

/* What the target has of a user, managed attributes only. Texts point into the read. */
void values_read_target(const struct plan_context *w, uint32_t row, value_list *ret);
uint64_t value_digest(const struct plan_value *value);
bool values_are_equal(const struct plan_value *a, const struct plan_value *b);

/* -- roles -- */

uint8_t role_put(struct plan_context *w, str role);
str role_text(const struct plan_context *w, uint8_t role);
int32_t role_rank(const struct plan_context *w, str role); /* 0 for one that is not known */
const struct role_kind *role_kind_find(const struct plan_context *w, str role);
/* Of a source user: by a rule, else what a membership said, else the default. */
uint8_t role_of(struct plan_context *w, uint32_t row, uint8_t said);
/* Does the policy give and take it? */
bool role_is_ours(const struct plan_context *w, uint8_t role);
str role_reason(struct plan_context *w, uint32_t row); /* "rule roles.rules[1]" */
/* Of a target user, where the target keeps one role a user. */
uint8_t target_role(const struct plan_context *w, uint32_t target);

struct role_wish {
	uint8_t wanted, current;
	bool inviting; /* it goes with an invitation or a creation */
	uint32_t *held; /* by role: how many have it where it counts */
};
/*
 * The role that a source user gets, `current` when it stays as it is. What the target does not let
 * anybody give or take is told by a notice or a task; `held` follows what is given.
 */
uint8_t role_settle(struct plan_context *w, uint32_t row, const struct role_wish *wish);

/* -- groups -- */

void group_edges_init(struct group_edges *g, const struct snapshot *s);
/* nested: the way up through nested groups is asked for, too. */
void user_groups_init(struct user_groups *g, const struct snapshot *s, bool nested);
void user_groups_clear(struct user_groups *g);
/* Adds groups.display and groups.value of each group of a user; ret: the rows of those groups. */
void user_groups_put(struct user_groups *g, uint32_t user, field_list *into, row_list *ret_groups);
bool filter_asks_groups(const struct filter *filter);

#endif
