/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's look at those who can mend things: a team that has admins keeps enough of them. */
#include <string.h>

#include "plan/guard/internal.h"
#include "plan/internal.h"
#include "plan/shape/shape.h"

/* Where a target names no roles of its own, these are what admins are called. */
static bool is_admin_role(const struct plan_context *w, str role)
{
	const struct role_kind *kind = role_kind_find(w, role);

	if (w->abilities->roles.count)
		return kind && kind->admin;
	return str_equal_nocase(role, STR("admin")) || str_equal_nocase(role, STR("owner"));
}

/* What the changes do to the admins of one team, by its object; index 0 is the system itself. */
struct admin_change {
	uint64_t lost, gained;
};

static bool was_admin(struct plan_context *w, const struct object *team, uint32_t user)
{
	size_t low = w->target_edges.starts[team->target_row];
	size_t high = w->target_edges.starts[team->target_row + 1];

	for (; low < high; low++) {
		edge e = w->target_edges.edges[low];
		char space[37];

		if (!edge_nested(e) && edge_member(e) == user)
			return is_admin_role(w,
					     intern_text(&w->target->roles, edge_role(e), space));
	}
	return false;
}

/* For roles that are groups: is this the group of the admins? */
static bool is_admin_team(const struct plan_context *w, const struct object *team)
{
	ptrdiff_t at = str_find_last(team->source_id, '#');

	return w->abilities->role_style == ROLE_GROUP && at >= 0 &&
	       is_admin_role(w, str_slice(team->source_id, (size_t)at + 1, team->source_id.n));
}

static void tally_member(struct plan_context *w, const struct change *c, struct admin_change *tally)
{
	const struct object *team = &w->plan->objects.items[c->team];
	uint32_t user = w->plan->objects.items[c->user].target_row;
	bool by_role = w->abilities->role_style == ROLE_MEMBERSHIP;

	switch (c->kind) {
	case CHANGE_REMOVE_MEMBER:
		tally->lost += by_role ? was_admin(w, team, user) : is_admin_team(w, team);
		break;
	case CHANGE_ADD_MEMBER:
		tally->gained += by_role ? is_admin_role(w, c->role) : is_admin_team(w, team);
		break;
	case CHANGE_SET_ROLE:
		tally->lost += is_admin_role(w, c->old_role);
		tally->gained += is_admin_role(w, c->role);
		break;
	default:
		break;
	}
}

/* One role a person: whoever is disabled or deleted loses it, too. */
static void tally_user(struct plan_context *w, const struct change *c, struct admin_change *tally)
{
	uint32_t user = w->plan->objects.items[c->user].target_row;
	bool by_hand = handoff_removes(c);
	bool goes = c->kind == CHANGE_DELETE_USER || c->kind == CHANGE_DISABLE_USER || by_hand;

	if (w->abilities->role_style != ROLE_USER || (by_hand && user == ROW_NONE))
		return;
	if (goes && !(w->target->users.items[user].flags & ENTRY_INACTIVE))
		tally->lost += is_admin_role(w, role_text(w, target_role(w, user)));
	else if (c->kind == CHANGE_SET_ROLE && !c->invitation.n) {
		tally->lost += is_admin_role(w, c->old_role);
		tally->gained += is_admin_role(w, c->role);
	} else if (c->kind == CHANGE_CREATE_USER) {
		tally->gained += is_admin_role(w, c->role);
	}
}

static uint64_t admins_of_team(struct plan_context *w, const struct object *team)
{
	uint64_t count = 0;
	char space[37];

	for (size_t i = w->target_edges.starts[team->target_row];
	     i < w->target_edges.starts[team->target_row + 1]; i++) {
		edge e = w->target_edges.edges[i];

		if (edge_nested(e) ||
		    w->target->users.items[edge_member(e)].flags & ENTRY_PLACEHOLDER)
			continue;
		count += w->abilities->role_style == ROLE_GROUP
				 ? is_admin_team(w, team)
				 : is_admin_role(
					   w, intern_text(&w->target->roles, edge_role(e), space));
	}
	return count;
}

static uint64_t admins_of_system(struct plan_context *w)
{
	uint64_t count = 0;

	for (uint32_t row = 0; row < w->target->users.count; row++)
		count += !(w->target->users.items[row].flags & ENTRY_INACTIVE) &&
			 is_admin_role(w, role_text(w, target_role(w, row)));
	return count;
}

static void admins_check(struct plan_context *w, str name, uint64_t before,
			 const struct admin_change *tally)
{
	uint64_t min = w->policy->guard.min_admins, after;

	if (min == 0 || tally->lost == 0)
		return;
	if (min < 2 && before >= 2)
		min = 2;
	after = before + tally->gained - tally->lost;
	if (after >= min || after >= before)
		return;
	verdict_refuse(
		w,
		plan_text(w, "leaves \"%.*s\" with %llu of %llu admins (at least %llu must stay)",
			  STR_ARG(name), (unsigned long long)after, (unsigned long long)before,
			  (unsigned long long)min));
}

/* Of a team's group of admins ("g1#admin") the team ("g1"), of any other team itself. */
static str main_team(const struct object *team)
{
	ptrdiff_t at = str_find_last(team->source_id, '#');

	return at < 0 ? team->source_id : str_slice(team->source_id, 0, (size_t)at);
}

/* Does the plan end the team itself? Then nobody has to lead it. */
static bool is_ended(const struct plan *plan, const struct object *team)
{
	str name = main_team(team);

	list_each (struct change, c, &plan->changes)
		if (c->kind == CHANGE_DELETE_TEAM &&
		    str_equal(plan->objects.items[c->team].source_id, name))
			return true;
	return false;
}

void guard_admins(struct plan_context *w)
{
	struct plan *plan = w->plan;
	struct admin_change *tallies = mem_alloc(plan->objects.count + 1, sizeof *tallies);

	list_each (struct change, c, &plan->changes) {
		if (c->user != ROW_NONE && c->team != ROW_NONE)
			tally_member(w, c, &tallies[c->team + 1]);
		else if (c->user != ROW_NONE)
			tally_user(w, c, &tallies[0]);
	}
	if (tallies[0].lost)
		admins_check(w, w->policy->to, admins_of_system(w), &tallies[0]);
	for (size_t i = 0; i < plan->objects.count; i++)
		if (tallies[i + 1].lost && !is_ended(plan, &plan->objects.items[i]))
			admins_check(w, plan->objects.items[i].label,
				     admins_of_team(w, &plan->objects.items[i]), &tallies[i + 1]);
	free(tallies);
}
