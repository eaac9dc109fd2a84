/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's look at the source: a read that proves nothing removes nobody. */
#include "plan/guard/internal.h"
#include "plan/internal.h"

static uint64_t removals_planned(const struct plan_context *w)
{
	uint64_t count = 0;

	list_each (struct change, c, &w->plan->changes)
		count += change_removes(c->kind);
	return count;
}

/*
 * As many may be missing as the guard lets be removed by their number: in a company of ten, one who
 * leaves is more than a tenth. But none at all, where there were some, is never believed.
 */
static void guard_shrink(struct plan_context *w, const char *what, uint64_t now, uint64_t trusted,
			 bool some)
{
	const struct guard_policy *g = &w->policy->guard;
	uint64_t limit = guard_limit(g->shrink, g->removals_count, trusted);
	uint64_t missing = now < trusted ? trusted - now : 0;
	bool over;

	if (trusted == 0 || w->memory->fresh)
		return;
	over = missing > limit || (some && now == 0);
	*list_add(&w->plan->limit_checks) = (struct limit_check){
		.what = plan_text(w, "%s missing at %.*s", what, STR_ARG(w->policy->from)),
		.value = missing,
		.of = trusted,
		.limit = limit,
		.limit_text = guard_limit_text(&w->plan->arena, g->shrink, g->removals_count),
		.over = over,
	};
	if (over)
		verdict_distrust(
			w,
			plan_text(
				w,
				"%.*s shows %llu %s where it last showed %llu (limit %llu %% less)",
				STR_ARG(w->policy->from), (unsigned long long)now, what,
				(unsigned long long)trusted,
				(unsigned long long)w->policy->guard.shrink),
			true);
}

static void guard_meaning(struct plan_context *w)
{
	const struct memory *m = w->memory;
	uint64_t count = removals_planned(w);
	str from = w->policy->from;

	if (count == 0 || m->fresh)
		return;
	if (m->trusted_scope && m->trusted_scope != w->source->scope)
		verdict_distrust(
			w,
			plan_text(
				w,
				"the scope of %.*s (where and what is read) has changed since the "
				"last run, and %llu would be removed",
				STR_ARG(from), (unsigned long long)count),
			true);
	if (m->trusted_mapping && m->trusted_mapping != w->policy->fingerprint)
		verdict_distrust(
			w,
			plan_text(w,
				  "the rules of this sync (where, match, attributes, teams, roles) "
				  "have changed since the last run, and %llu would be removed",
				  (unsigned long long)count),
			true);
}

static void guard_complete(struct plan_context *w)
{
	const struct snapshot *s = w->source;
	str from = w->policy->from;

	if (!s->complete)
		verdict_distrust(w,
				 plan_text(w, "the read of %.*s is not complete: %.*s",
					   STR_ARG(from), STR_ARG(s->why_not)),
				 false);
	list_each (str, canary, &s->canaries_missing)
		verdict_distrust(w,
				 plan_text(w, "the canary %.*s was not seen in %.*s",
					   STR_ARG(*canary), STR_ARG(from)),
				 false);
	list_each (uint32_t, row, &s->cut_groups)
		verdict_distrust(w,
				 plan_text(w, "%.*s may have cut the members of %.*s",
					   STR_ARG(from),
					   STR_ARG(source_place(w, ENTRY_GROUP, *row))),
				 false);
	if (s->users.count == 0 && removals_planned(w) && w->memory->trusted_users == 0)
		verdict_distrust(w, plan_text(w, "%.*s shows no users at all", STR_ARG(from)),
				 true);
}

void guard_source(struct plan_context *w)
{
	guard_complete(w);
	guard_shrink(w, "users", w->source->users.count, w->memory->trusted_users, true);
	guard_shrink(w, "groups", w->source->groups.count, w->memory->trusted_groups, false);
	/* Members who leave are the removals' to judge; that nobody is a member any more is not
	 * believed. */
	if (w->source->edges.count == 0)
		guard_shrink(w, "memberships", 0, w->memory->trusted_edges, false);
	guard_meaning(w);
}
