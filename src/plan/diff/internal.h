/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of diff and what they hand to each other. Private to this folder. */
#ifndef PLAN_DIFF_INTERNAL_H
#define PLAN_DIFF_INTERNAL_H

#include "plan/context.h"

/* A change with this number is left out by step_order. */
#define CHANGE_DROPPED UINT32_MAX

/* -- people -- */

void diff_user(struct plan_context *w, uint32_t row, struct person *p); /* p: scratch */
/* A target user whom nobody wants. */
void diff_leaver(struct plan_context *w, uint32_t target);
/* Why the account is no longer wanted, as a person would say it. */
str removal_reason(struct plan_context *w, uint32_t target);
void edit_add(struct plan_context *w, edit_list *edits, str path, str before, str after);
/* What makes the desired values of the actual ones; texts are kept with the plan. */
void edits_find(struct plan_context *w, const value_list *actual, const value_list *desired,
		edit_list *ret);

/* -- teams -- */

/* Someone who is, or is to be, in a team. */
struct member {
	uint32_t user; /* source row, ROW_NONE for others */
	uint32_t target; /* target row, of those who are there */
	uint8_t role; /* number in plan_context.roles */
};
typedef LIST(struct member) member_list;

/* What going through the teams works with; the lists are those of one team. */
struct team_scratch {
	member_list wanted; /* who is to be in it */
	member_list there; /* who is: people who are wanted somewhere, in the source's order */
	member_list others; /* who is as well */
	uint32_t roles_held[ROLES_MAX + 1]; /* by role: how many have it there */
	uint64_t *wanted_bits; /* by source row, a bit each: a wanted person */
	uint64_t *member_bits; /* of those, who is in the team; all clear between two teams */
	/* by source row: index + 1 in teams; NULL where a person can be in several */
	uint32_t *only_team;
	/* by target id number, while memory.unlisted_members holds anybody */
	uint32_t *target_rows;
	row_list walk; /* groups on the way down */
	uint32_t *group_stamps, group_stamp; /* by source group row: met on it */
};

void team_scratch_init(struct plan_context *w, struct team_scratch *s);
void team_scratch_clear(struct team_scratch *s);

void diff_teams(struct plan_context *w);
/* Fills `wanted`. */
void members_wanted(struct plan_context *w, struct team_scratch *s, const struct team *team);
/* Fills `there`, `others` and `roles_held`. */
void members_there(struct plan_context *w, struct team_scratch *s, const struct team *team);
/* By source row, each once. twice: somebody may be listed twice. */
void members_sort(member_list *members, bool twice);
/* Does the target never list its members? */
bool is_opaque(const struct plan_context *w, uint32_t group);
/*
 * Most people are where they should be, and the two sides seldom list them in one order. For a team
 * where nothing but being there counts: `wanted` are those who are missing, `there` those who
 * should not be, `others` the others who are there. False: it must be looked at in full.
 */
bool team_delta(const struct plan_context *w, struct team_scratch *s, const struct team *team);
/* The changes that make of `there` and `others` what is `wanted`. */
void diff_members(struct plan_context *w, struct team_scratch *s, struct team *team);
/* Takes the membership in a team that should not be; false: it stays. team: index in plan.objects.
 */
bool member_of_gone_team(struct plan_context *w, uint32_t target, uint32_t team, str reason);

/* -- order -- */

/* Sets change.after (index + 1) and puts changes for the time between in; those that cannot be are
 * CHANGE_DROPPED. */
void order_renames(struct plan_context *w, enum entry_kind kind);

#endif
