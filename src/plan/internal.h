/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that make a plan, and the small things they share. Private to this room. */
#ifndef PLAN_INTERNAL_H
#define PLAN_INTERNAL_H

#include "plan/context.h"

enum { PATH_SPACE = 256 };
#define CHANGE_DROPPED UINT32_MAX /* as a number: order leaves it out */

/* plan.c: the road */
int step_shape(struct plan_context *w, struct err *err);
int step_join(struct plan_context *w, struct err *err);
void step_diff(struct plan_context *w);
void step_order(struct plan_context *w);
void step_guard(struct plan_context *w);

/* context.c: beginnings, ends, and how things get into the plan */
void context_init(struct plan_context *w, const struct plan_input *in, struct plan *plan);
void context_clear(struct plan_context *w);
bool plan_can(const struct plan_context *w, enum ability_flag flag);
/* kept with the plan */
str plan_text(struct plan_context *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
struct change *change_add(struct plan_context *w, enum change_kind kind, uint32_t user,
			  uint32_t team);
void notice_add(struct plan_context *w, enum notice_kind kind, str subject, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* A task for a person. task: what makes it the same next time, beside whom it is about. */
void handoff_add(struct plan_context *w, uint32_t user, uint32_t team, str task, str what);
/* Rows; either may be ROW_NONE. */
bool handoff_is_of(const struct plan_context *w, const struct handoff *h, uint32_t source,
		   uint32_t target);
str source_label(struct plan_context *w, enum entry_kind kind, uint32_t row);
/* DN or name and id: which one */
str source_place(struct plan_context *w, enum entry_kind kind, uint32_t row);
str target_label(struct plan_context *w, enum entry_kind kind, uint32_t row);
const char *date_text(int64_t seconds, char space[11]);

/* object.c: whom and what a plan speaks of */
/* rows; one may be ROW_NONE */
uint32_t object_user(struct plan_context *w, uint32_t source, uint32_t target);
/* with all fields; desire_user went before */
uint32_t object_prepare(struct plan_context *w, uint32_t source, uint32_t target);
uint32_t object_team(struct plan_context *w, struct team *team);
/* one that should not be */
uint32_t object_other_team(struct plan_context *w, uint32_t target, str source_id);
uint32_t object_of_ids(struct plan_context *w, enum entry_kind kind, str source_id, str target_id);
str person_name(struct plan_context *w, const struct snapshot *s, const struct entry *e);

/* field.c: entries as fields and values, and what of them is compared */
void fields_read(const struct snapshot *s, const struct entry *e, field_list *into);
str fields_value(const field_list *fields, str path);
void names_init(struct plan_context *w);
/* after shape: what the desired entries speak of is managed */
void names_match_target(struct plan_context *w);
void values_read_target(struct plan_context *w,
			uint32_t row); /* into work.actual, managed ones only */
uint64_t value_digest(const struct plan_value *value);
bool values_are_equal(const struct plan_value *a, const struct plan_value *b);
void reads_trim(const struct plan_context *w);
void rows_passed(const struct plan_context *w, uint32_t row); /* of a walk over all users */
uint64_t values_digest(const value_list *values);
/* `emails[type eq "work"].value` -> `emails.value` */
str path_bare(str path, char space[PATH_SPACE]);

/* shape.c: source users as they should be at the target */
void source_read(struct plan_context *w, uint32_t row); /* into work.raw */
/* Into work.desired (and work.address); an error of the entry says why it cannot be said. */
int desire_user(struct plan_context *w, uint32_t row, struct err *err);
str desired_value(const struct plan_context *w, str path);
str desired_name(
	const struct plan_context *w); /* by which the target knows people: userName or address */
const struct role_rule *role_rule_for(struct plan_context *w); /* of work.raw */
str user_origin(struct plan_context *w,
		uint32_t row); /* "cn=staff": why it is in scope, for reading */

/* role.c */
int roles_init(struct plan_context *w, struct err *err);
void roles_from_memberships(struct plan_context *w);
void roles_count(struct plan_context *w);
void roles_count_held(struct plan_context *w);
uint8_t role_put(struct plan_context *w, str role);
str role_text(const struct plan_context *w, uint8_t role);
int32_t role_rank(const struct plan_context *w, str role);
const struct role_kind *role_kind_find(const struct plan_context *w, str role);
/* rule, else what a membership said, else default */
uint8_t role_of(struct plan_context *w, uint32_t row, uint8_t said);
bool role_is_ours(const struct plan_context *w, uint8_t role);
/* What the target allows of a change of role; notices and hand-offs tell the rest. */
uint8_t role_settle(struct plan_context *w, uint32_t row, uint8_t wanted, uint8_t current,
		    bool inviting);
str role_reason(struct plan_context *w, uint32_t row); /* "rule roles.rules[1]" */
uint8_t target_role(struct plan_context *w, uint32_t target); /* where it keeps one role a user */
bool role_keeps(struct plan_context *w, uint32_t target); /* a leaver whose role nobody takes */

/* team.c, match.c */
void shape_teams(struct plan_context *w);
void match_users(struct plan_context *w);
str met_words(struct plan_context *w, uint32_t row);
/* by id number, or ROW_NONE; free() it */
uint32_t *rows_by_id(const struct snapshot *s, enum entry_kind kind);

/* diff.c, leaver.c, member.c, invitation.c */
bool is_untouchable(struct plan_context *w, enum entry_kind kind, uint32_t target,
		    const char *what);
void diff_leaver(struct plan_context *w, uint32_t target);
str removal_reason(struct plan_context *w, uint32_t target);
void delete_user(struct plan_context *w, uint32_t target, str reason);
void diff_teams(struct plan_context *w);
bool is_opaque(const struct plan_context *w,
	       uint32_t group); /* the target never lists its members */

void members_sort(member_list *members, bool twice);

/* team_delta.c */
/*
 * Once everyone is joined: w->desired_rows and WANT_SAME, in one walk over the target, so that no
 * later step need look from one side to the other for those with whom all is well.
 */
void classify_targets(struct plan_context *w);
void team_delta_init(struct plan_context *w); /* once the people are decided on */
/*
 * Most people are where they should be, and the two sides seldom list them in one order. For a team
 * where nothing but being there counts: w->members are those who are missing, w->there those who
 * should not be, w->others the others who are there. False: it must be looked at in full.
 */
bool team_delta(struct plan_context *w, const struct team *team);
bool by_invitation(const struct plan_context *w);
void invitations_init(struct plan_context *w);
int desire_address(struct plan_context *w, uint32_t row, struct err *err);
void diff_invitee(struct plan_context *w, uint32_t row);
void adopt_reason_invited(struct plan_context *w, uint32_t row, struct change *c);
void diff_invitations(struct plan_context *w);
void revoke_invitation(struct plan_context *w, uint32_t user, const struct invitation *i,
		       str reason);

/* invitation_look.c */
str invitation_fold(struct plan_context *w, str address); /* valid until the next */
const struct sent_invitation *invitation_sent(const struct plan_context *w,
					      uint32_t row); /* NULL: none */
/* The one that counts of those that the target lists for an address; NULL when there is none. */
const struct invitation *invitation_listed(struct plan_context *w, str address);
/* What the read shows of an invitation goes into the memory (sent: NULL does nothing). */
void invitation_see(struct plan_context *w, const struct sent_invitation *sent,
		    enum invitation_state state, int64_t expires_at);
void invitation_drop(struct plan_context *w, const struct sent_invitation *sent); /* it is over */
str invitation_address(struct plan_context *w, uint32_t row); /* "" where people are not invited */
str invited_words(struct plan_context *w, uint32_t row); /* for a person to read; "" for none */
/* Another team has, or comes first with, the person at hand: told, and waits. */
bool invitation_claimed(struct plan_context *w, uint32_t row);

/* groups.c: who is in which group */
void group_edges_init(struct group_edges *g, const struct snapshot *s);
void user_groups_init(struct user_groups *g, const struct snapshot *s, bool nested);
void user_groups_clear(struct user_groups *g);
/* Adds groups.display and groups.value of each group, and fills `found`. */
void user_groups_put(struct user_groups *g, uint32_t user, field_list *into);
bool filter_asks_groups(const struct filter *filter);

/* origin.c, rename.c, guard.c and its kin */
bool names_were_matched(const struct plan_context *w, enum entry_kind kind);
void order_renames(struct plan_context *w, enum entry_kind kind);
void verdict_raise(struct plan_context *w, enum verdict verdict, bool approvable);
void reason_add(struct plan_context *w, str reason);
void refuse(struct plan_context *w, str reason);
void guard_admins(struct plan_context *w);
void guard_source(struct plan_context *w);

#endif
