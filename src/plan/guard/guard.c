/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict: what a plan may take away in one go and within the window, whom it must never touch,
 * and whether the source is believed. */
#include "plan/guard/guard.h"
#include "plan/guard/internal.h"
#include "plan/internal.h"
#include "plan/shape/shape.h"

static str limit_share(struct plan_context *w, const struct limit_check *f)
{
	if (f->of == 0)
		return (str){"", 0};
	return plan_text(w, "%llu %%, ",
			 (unsigned long long)((f->value * 100 + f->of / 2) / f->of));
}

/* One limit. `planned` is this plan's part: what earlier runs did alone holds nothing up. */
static void limit_check_add(struct plan_context *w, struct limit_check f, uint64_t planned,
			    str sentence)
{
	f.value = planned + f.in_window;
	f.over = guard_is_over(planned, f.in_window, f.limit);
	list_push(&w->plan->limit_checks, f);
	if (!f.over)
		return;
	verdict_hold(w, plan_text(w, "%.*s (%.*slimit %.*s)%s", STR_ARG(sentence),
				  STR_ARG(limit_share(w, &f)), STR_ARG(f.limit_text),
				  f.in_window ? ", earlier runs included" : ""));
}

/* Accounts that this sync looks after: those it is linked to, or all where it owns all. */
static uint64_t managed_users(const struct plan_context *w)
{
	uint64_t count = 0;

	for (size_t i = 0; i < w->target->users.count; i++)
		count += w->haves[i].source != ROW_NONE || w->haves[i].link != ROW_NONE ||
			 w->policy->owns_all;
	return count;
}

static uint64_t managed_memberships(const struct plan_context *w)
{
	uint64_t count = w->memory->unlisted_members.count;

	for (size_t row = 0; w->teams_wanted && row < w->target->groups.count; row++)
		if (w->group_haves[row] != ROW_NONE || w->group_links[row] != ROW_NONE ||
		    w->policy->owns_all)
			count += w->target_edges.starts[row + 1] - w->target_edges.starts[row];
	return count;
}

/* What this plan alone would do, as the window counts what earlier ones did. */
static uint64_t planned_of(const struct plan_context *w, enum weight weight)
{
	uint64_t count = 0;

	list_each (struct change, c, &w->plan->changes)
		count += change_weight(c) == weight;
	return count;
}

static void removals_check(struct plan_context *w, const char *what, enum weight weight,
			   uint64_t in_window, uint64_t base)
{
	const struct guard_policy *g = &w->policy->guard;
	uint64_t planned = planned_of(w, weight);

	limit_check_add(w,
			(struct limit_check){
				.what = plan_text(w, "%s removed", what),
				.in_window = in_window,
				.of = base,
				.limit = guard_limit(g->removals_percent, g->removals_count, base),
				.limit_text = guard_limit_text(&w->plan->arena, g->removals_percent,
							       g->removals_count),
			},
			planned,
			plan_text(w, "removes %llu of %llu %s",
				  (unsigned long long)(planned + in_window),
				  (unsigned long long)base, what));
}

static void guard_removals(struct plan_context *w)
{
	const struct window *window = &w->memory->window;

	removals_check(w, "users", WEIGHT_USER_REMOVED, window->users_removed, managed_users(w));
	removals_check(w, "memberships", WEIGHT_MEMBER_REMOVED, window->memberships_removed,
		       managed_memberships(w));
}

static uint64_t team_window(const struct plan_context *w, str target_id)
{
	list_each (struct window_team, t, &w->memory->window.teams)
		if (str_equal(t->team, target_id))
			return t->removed;
	return 0;
}

static void guard_team(struct plan_context *w, str name, str target_id, uint64_t members,
		       uint64_t removed)
{
	const struct guard_policy *g = &w->policy->guard;
	uint64_t before = team_window(w, target_id), base = members + before;

	if (base < g->team_from || removed == 0)
		return;
	limit_check_add(w,
			(struct limit_check){
				.what = plan_text(w, "members of \"%.*s\" removed", STR_ARG(name)),
				.in_window = before,
				.of = base,
				.limit = guard_limit(g->team_percent, 0, base),
				.limit_text = plan_text(w, "%llu %% per team",
							(unsigned long long)g->team_percent),
			},
			removed,
			plan_text(w, "removes %llu of %llu members of \"%.*s\"",
				  (unsigned long long)(removed + before), (unsigned long long)base,
				  STR_ARG(name)));
}

static bool has_placeholders(const struct snapshot *s)
{
	list_each (struct entry, e, &s->users)
		if (e->flags & ENTRY_PLACEHOLDER)
			return true;
	return false;
}

static uint64_t team_members(const struct plan_context *w, uint32_t row, bool placeholders)
{
	uint64_t count = 0;

	/* Who is in it need not be looked at where nobody is a placeholder. */
	if (!placeholders)
		return w->target_edges.starts[row + 1] - w->target_edges.starts[row];
	for (size_t i = w->target_edges.starts[row]; i < w->target_edges.starts[row + 1]; i++) {
		edge e = w->target_edges.edges[i];

		count += edge_nested(e) ||
			 !(w->target->users.items[edge_member(e)].flags & ENTRY_PLACEHOLDER);
	}
	return count;
}

static uint64_t unlisted_members(const struct plan_context *w, uint32_t row)
{
	uint32_t id = w->target->groups.items[row].id;

	return w->unlisted_starts ? w->unlisted_starts[id + 1] - w->unlisted_starts[id] : 0;
}

/* Changes come in the order of the teams, so those of one team stand together. */
static void guard_teams(struct plan_context *w)
{
	const struct plan *plan = w->plan;
	bool placeholders = has_placeholders(w->target);

	if (w->policy->no_teams || w->abilities->single_team)
		guard_team(w, w->policy->to, STR(""), w->target->users.count, plan->counts.remove);
	for (size_t i = 0, n; i < plan->changes.count; i += n) {
		const struct change *c = &plan->changes.items[i];
		const struct object *team;

		for (n = 1; i + n < plan->changes.count && c->kind == CHANGE_REMOVE_MEMBER &&
			    plan->changes.items[i + n].kind == CHANGE_REMOVE_MEMBER &&
			    plan->changes.items[i + n].team == c->team;)
			n++;
		if (c->kind != CHANGE_REMOVE_MEMBER)
			continue;
		team = &plan->objects.items[c->team];
		guard_team(w, team->label, team->target_id,
			   team_members(w, team->target_row, placeholders) +
				   unlisted_members(w, team->target_row),
			   n);
	}
}

static void guard_rewrites(struct plan_context *w)
{
	const struct guard_policy *g = &w->policy->guard;
	uint64_t planned = planned_of(w, WEIGHT_REWRITE), base = managed_users(w);

	if (base < g->rewrites_from)
		return;
	limit_check_add(w,
			(struct limit_check){
				.what = STR("users rewritten"),
				.in_window = w->memory->window.rewrites,
				.of = base,
				.limit = guard_limit(g->rewrites_percent, 0, base),
				.limit_text = plan_text(w, "%llu %%",
							(unsigned long long)g->rewrites_percent)},
			planned,
			plan_text(w, "rewrites attributes of %llu of %llu users",
				  (unsigned long long)(planned + w->memory->window.rewrites),
				  (unsigned long long)base));
}

static void guard_invitations(struct plan_context *w)
{
	const struct guard_policy *g = &w->policy->guard;
	uint64_t planned = planned_of(w, WEIGHT_INVITATION);

	if (!by_invitation(w))
		return;
	limit_check_add(
		w,
		(struct limit_check){
			.what = STR("invitations sent"),
			.in_window = w->memory->window.invitations,
			.limit = g->invitations,
			.limit_text = plan_text(w, "%llu", (unsigned long long)g->invitations)},
		planned,
		plan_text(w, "sends %llu invitations",
			  (unsigned long long)(planned + w->memory->window.invitations)));
}

/* An entry of the target as guard.protect is asked about it. */
struct protected_entry {
	struct user_groups groups;
	field_list fields;
	row_list in_groups;
};

/* The filter that protects it, NULL: none. */
static const struct filter *find_protection(const struct plan_context *w, struct protected_entry *e,
					    const struct object *o)
{
	struct flat_view view;

	if (o->target_row == ROW_NONE)
		return NULL;
	fields_read(w->target, snapshot_entry(w->target, o->kind, o->target_row), &e->fields);
	if (o->kind == ENTRY_USER)
		user_groups_put(&e->groups, o->target_row, &e->fields, &e->in_groups);
	view = flat_view_of(e->fields.items, e->fields.count, NULL, 0);
	list_each (const struct filter *, filter, &w->policy->guard.protect)
		if (filter_match(*filter, &view.view))
			return *filter;
	return NULL;
}

static void check_protected(struct plan_context *w, struct protected_entry *e,
			    const struct change *c, uint32_t object)
{
	const struct object *o = object == ROW_NONE ? NULL : &w->plan->objects.items[object];
	const struct filter *filter = o ? find_protection(w, e, o) : NULL;

	if (filter)
		verdict_refuse(w, plan_text(w, "%s: %.*s is protected (guard.protect: %.*s)",
					    change_kind_text(c->kind), STR_ARG(o->label),
					    STR_ARG(filter->text)));
}

static void guard_protected(struct plan_context *w)
{
	struct protected_entry e = {0};
	bool asks = false;

	list_each (const struct filter *, filter, &w->policy->guard.protect)
		asks = asks || filter_asks_groups(*filter);
	if (asks)
		user_groups_init(&e.groups, w->target, true);
	list_each (struct change, c, &w->plan->changes) {
		if (w->policy->guard.protect.count == 0 || !change_sends(c->kind))
			continue;
		check_protected(w, &e, c, c->user);
		check_protected(w, &e, c, c->team);
	}
	user_groups_clear(&e.groups);
	list_clear(&e.fields);
	list_clear(&e.in_groups);
}

/* Diff leaves muster's own account alone; should it ever not, nothing goes out. */
static void guard_self(struct plan_context *w)
{
	list_each (struct change, c, &w->plan->changes) {
		const struct object *o =
			c->user == ROW_NONE ? NULL : &w->plan->objects.items[c->user];

		if (o && change_sends(c->kind) && o->target_row != ROW_NONE &&
		    (w->target->users.items[o->target_row].flags & ENTRY_SELF))
			verdict_refuse(w, plan_text(w, "%s: %.*s is muster's own account",
						    change_kind_text(c->kind), STR_ARG(o->label)));
	}
}

/* The gravest first: the first reason is the one that the verdict is named after. */
void step_guard(struct plan_context *w)
{
	guard_source(w);
	guard_admins(w);
	guard_protected(w);
	guard_self(w);
	guard_removals(w);
	guard_teams(w);
	guard_rewrites(w);
	guard_invitations(w);
}
