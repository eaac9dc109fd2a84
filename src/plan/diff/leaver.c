/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts whose person is gone: out of the teams, then disabled, then deleted after the grace, as
 * the policy says. */
#include "plan/diff/internal.h"
#include "plan/internal.h"
#include "plan/shape/shape.h"

/* Why the account is no longer wanted, as a person would say it. */
str removal_reason(struct plan_context *w, uint32_t target)
{
	const struct have *have = &w->haves[target];
	const char *what = "gone from";

	if (have->source != ROW_NONE)
		what = w->wants[have->source].state == WANT_INACTIVE ? "inactive at"
								     : "out of scope at";
	else if (have->link == ROW_NONE)
		what = "not in";
	return plan_text(w, "%s %.*s", what, STR_ARG(w->policy->from));
}

static bool leaver_deletes(enum leaver_step step)
{
	return step == LEAVER_DELETE || step == LEAVER_REMOVE;
}

static void miss_user(struct plan_context *w, uint32_t target, str reason)
{
	uint32_t user = object_user(w, w->haves[target].source, target);

	change_add(w, CHANGE_MISS, user, ROW_NONE)->reason = reason;
}

struct leaver {
	uint32_t target;
	str why;
	int64_t since; /* first missed */
	int64_t due; /* when the second step comes */
	bool missed_before;
	bool is_there; /* inactive at the source: it may come back, so it is never deleted */
	bool linked;
};

static str dated(struct plan_context *w, const struct leaver *l, const char *step)
{
	char since[11], due[11];

	if (!step)
		return plan_text(w, "%.*s since %s", STR_ARG(l->why), date_text(l->since, since));
	return plan_text(w, "%.*s since %s; %s after %s", STR_ARG(l->why),
			 date_text(l->since, since), step, date_text(l->due, due));
}

/* The target can disable: that first, and deletion when the grace is over. */
static void leave_by_disabling(struct plan_context *w, const struct leaver *l)
{
	bool active = !(w->target->users.items[l->target].flags & ENTRY_INACTIVE);
	bool ends = leaver_deletes(w->policy->leaver_then) && !l->is_there && l->linked;
	uint32_t user;

	if (active) {
		user = object_user(w, w->haves[l->target].source, l->target);
		change_add(w, CHANGE_DISABLE_USER, user, ROW_NONE)->reason =
			dated(w, l, ends ? "delete" : NULL);
	} else if (ends && !l->missed_before) {
		miss_user(w, l->target, dated(w, l, "delete"));
	} else if (ends && w->in->now >= l->due) {
		user_delete(w, l->target, dated(w, l, NULL));
	}
}

static void leave_by_removal(struct plan_context *w, const struct leaver *l, int64_t wait)
{
	if (!l->linked || w->in->now >= l->since + wait)
		user_delete(w, l->target, dated(w, l, NULL));
	else if (!l->missed_before)
		miss_user(w, l->target, dated(w, l, "remove"));
}

static void leaver_step(struct plan_context *w, const struct leaver *l)
{
	bool can_disable = plan_can(w, ABILITY_DISABLE_USERS);

	if (w->policy->leaver_first == LEAVER_KEEP)
		return;
	if (!can_disable)
		leave_by_removal(w, l, w->grace);
	else if (w->policy->leaver_first == LEAVER_DISABLE || l->is_there)
		leave_by_disabling(w, l);
	else
		leave_by_removal(w, l, 0);
}

static bool is_unwanted(const struct plan_context *w, uint32_t target)
{
	uint32_t source = w->haves[target].source;

	return source == ROW_NONE || w->wants[source].state == WANT_NOT ||
	       w->wants[source].state == WANT_INACTIVE;
}

/* A role that only the target itself takes, and its holder with it; NULL: he has none. */
static const struct role_kind *find_protected_role(const struct plan_context *w, uint32_t target)
{
	const struct role_kind *kind =
		w->abilities->role_style == ROLE_USER
			? role_kind_find(w, role_text(w, target_role(w, target)))
			: NULL;

	return kind && kind->is_protected ? kind : NULL;
}

static void protected_role_note(struct plan_context *w, uint32_t target,
				const struct role_kind *kind)
{
	notice_add(w, NOTICE_PROTECTED, target_label(w, ENTRY_USER, target),
		   "is no longer wanted, but has the role %.*s, which only %.*s itself takes",
		   STR_ARG(kind->name), STR_ARG(w->policy->to));
}

/* Is the account one that muster looks after, and do the reads prove that nobody wants it? */
static bool is_leaver(const struct plan_context *w, uint32_t target, const struct link *link)
{
	if (!is_unwanted(w, target) || !(link || w->policy->owns_all) || !w->policy->manage_users ||
	    (w->target->users.items[target].flags & ENTRY_PLACEHOLDER))
		return false;
	return w->source->complete && w->target->complete &&
	       !(link && (w->link_states[w->haves[target].link] & LINK_ODD));
}

void diff_leaver(struct plan_context *w, uint32_t target)
{
	const struct have *have = &w->haves[target];
	const struct link *link =
		have->link == ROW_NONE ? NULL : &w->memory->users.items[have->link];
	struct leaver l = {.target = target, .linked = link};
	const struct role_kind *kept;

	if (!is_leaver(w, target, link))
		return;
	if (is_untouchable(w, ENTRY_USER, target)) {
		untouchable_note(w, ENTRY_USER, target, "it is no longer wanted");
		return;
	}
	kept = find_protected_role(w, target);
	if (kept) {
		protected_role_note(w, target, kept);
		return;
	}
	l.why = removal_reason(w, target);
	l.missed_before = link && link->gone_since;
	l.since = l.missed_before ? link->gone_since : w->in->now;
	l.due = l.since + w->grace;
	l.is_there = have->source != ROW_NONE && w->wants[have->source].state == WANT_INACTIVE;
	leaver_step(w, &l);
}
