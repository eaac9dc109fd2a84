/* SPDX-License-Identifier: Apache-2.0 */
/* What every step may do: put changes, notices and tasks into the plan, and name what they speak
 * of. Private to this room. */
#ifndef PLAN_INTERNAL_H
#define PLAN_INTERNAL_H

#include "plan/context.h"

/* context.c */

void context_init(struct plan_context *w, const struct plan_input *in, struct plan *plan);
void context_clear(struct plan_context *w);
bool plan_can(const struct plan_context *w, enum ability_flag flag);
/* People come to the target by invitation, sent by muster or by hand. */
bool by_invitation(const struct plan_context *w);
/* Gives back the pages of both reads that were looked at. */
void reads_trim(const struct plan_context *w);
/* The same now and then, in a walk over all users of a side. */
void rows_passed(const struct plan_context *w, uint32_t row);

/* label.c: texts for a person to read; those of type str are kept with the plan */

str plan_text(struct plan_context *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
str plan_copy(struct plan_context *w, str s);
const char *date_text(int64_t seconds, char space[11]);
str source_label(struct plan_context *w, enum entry_kind kind, uint32_t row);
str target_label(struct plan_context *w, enum entry_kind kind, uint32_t row);
/* Which one of several of the same label: a DN, or label and id. */
str source_place(struct plan_context *w, enum entry_kind kind, uint32_t row);
/* A person's name: displayName, else what name.* makes; "" when there is none. Valid until the end
 * of the plan in the making. */
str person_name(struct plan_context *w, const struct snapshot *s, const struct entry *e);

/* change.c */

/* user, team: indexes in plan.objects, or ROW_NONE. Valid until the next change_add. */
struct change *change_add(struct plan_context *w, enum change_kind kind, uint32_t user,
			  uint32_t team);
void notice_add(struct plan_context *w, enum notice_kind kind, str subject, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/*
 * A task for a person. task: what makes it the same next time, beside whom it is about; what: in
 * words. One that is remembered stays open, one that is new becomes a change.
 */
void handoff_add(struct plan_context *w, uint32_t user, uint32_t team, str task, str what);
/* Is the task about this person? Rows; either may be ROW_NONE. */
bool handoff_is_of(const struct plan_context *w, const struct handoff *h, uint32_t source,
		   uint32_t target);
/* The account goes: a change, or a task where the target cannot delete. */
void user_delete(struct plan_context *w, uint32_t target, str reason);
/* Entries that nobody changes, whatever the source says: muster's own, read-only ones. */
bool is_untouchable(const struct plan_context *w, enum entry_kind kind, uint32_t target);
/* Tells that such a one stays as it is; what: "its name differs", what was left undone. */
void untouchable_note(struct plan_context *w, enum entry_kind kind, uint32_t target,
		      const char *what);

/* object.c: whom and what a plan speaks of; indexes in plan.objects, one object an entry */

/* Rows; one may be ROW_NONE. */
uint32_t object_user(struct plan_context *w, uint32_t source, uint32_t target);
uint32_t object_team(struct plan_context *w, struct team *team);
/* A team that should not be. */
uint32_t object_other_team(struct plan_context *w, uint32_t target, str source_id);
/* An entry that neither read shows; always a new object. */
uint32_t object_of_ids(struct plan_context *w, enum entry_kind kind, str source_id, str target_id);

#endif
