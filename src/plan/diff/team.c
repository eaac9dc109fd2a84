/* SPDX-License-Identifier: Apache-2.0 */
/* Teams, one at a time: created, adopted, renamed, those that should not be emptied and deleted. */
#include "base/unicode.h"
#include "plan/diff/internal.h"
#include "plan/internal.h"
#include "plan/shape/shape.h"

static bool team_create(struct plan_context *w, struct team *team, size_t members)
{
	struct change *c;

	if ((team->role || plan_can(w, ABILITY_NO_EMPTY_GROUPS)) && members == 0)
		return false;
	if (!w->target->complete) {
		w->waiting++;
		return false;
	}
	if (!plan_can(w, ABILITY_GROUPS)) {
		notice_add(w, NOTICE_UNMATCHED, team->name,
			   "%.*s has no team of this name, and none can be created there",
			   STR_ARG(w->policy->to));
		return false;
	}
	c = change_add(w, CHANGE_CREATE_TEAM, ROW_NONE, object_team(w, team));
	if (team->link != ROW_NONE)
		c->reason = plan_text(w, "was removed at %.*s", STR_ARG(w->policy->to));
	else if (team->rule)
		c->reason = plan_text(w, "rule %.*s", STR_ARG(team->rule->label));
	return true;
}

static void team_adopt(struct plan_context *w, struct team *team)
{
	struct change *c = change_add(w, CHANGE_ADOPT_TEAM, ROW_NONE, object_team(w, team));
	uint32_t link = w->group_links[team->target];

	c->created = team->marked;
	c->reason = team->marked ? STR("linked again: it carries muster's mark")
				 : STR("same displayName");
	if (team->takes_over) {
		c->created = w->memory->groups.items[link].flags & LINK_CREATED;
		c->reason = STR("takes the place of a group that is gone");
	}
}

static void team_rename(struct plan_context *w, struct team *team)
{
	str name = target_label(w, ENTRY_GROUP, team->target);
	struct change *c;

	if (text_equal(name, team->name))
		return;
	if (is_untouchable(w, ENTRY_GROUP, team->target)) {
		untouchable_note(w, ENTRY_GROUP, team->target, "its name differs");
		return;
	}
	if (!plan_can(w, ABILITY_GROUPS)) {
		notice_add(w, NOTICE_NOTE, name, "is now %.*s at %.*s, but %.*s renames no teams",
			   STR_ARG(team->name), STR_ARG(w->policy->from), STR_ARG(w->policy->to));
		return;
	}
	c = change_add(w, CHANGE_UPDATE_TEAM, ROW_NONE, object_team(w, team));
	c->edits = arena_new(&w->plan->arena, struct edit);
	c->edits[0] = (struct edit){STR(PATH_DISPLAYNAME), name, team->name};
	c->edit_count = 1;
}

static bool takes_members(const struct plan_context *w, const struct team *team)
{
	return plan_can(w, ABILITY_MEMBERS) &&
	       (team->target == ROW_NONE ||
		!(w->target->groups.items[team->target].flags & ENTRY_READONLY));
}

static void diff_team(struct plan_context *w, struct team_scratch *s, struct team *team)
{
	if (team->frozen)
		return;
	if (team->target == ROW_NONE) {
		members_wanted(w, s, team);
		if (!team_create(w, team, s->wanted.count))
			return;
	} else {
		if (team->met)
			team_adopt(w, team);
		team_rename(w, team);
	}
	if (!takes_members(w, team))
		return;
	if (!team_delta(w, s, team)) {
		members_wanted(w, s, team);
		members_there(w, s, team);
	}
	diff_members(w, s, team);
}

static str gone_team_reason(struct plan_context *w, const struct link *link)
{
	if (!link)
		return plan_text(w, "team is not in %.*s", STR_ARG(w->policy->from));
	list_each (struct entry, group, &w->source->groups)
		if (group->id == link->source)
			return STR("no rule makes this group a team any more");
	return plan_text(w, "team is gone from %.*s", STR_ARG(w->policy->from));
}

/* Takes out of a team that should not be whom muster knows. How many stay. */
static uint32_t gone_team_empty(struct plan_context *w, uint32_t target, uint32_t team, str reason)
{
	uint32_t strangers = 0;

	if (!plan_can(w, ABILITY_MEMBERS))
		return 0;
	for (size_t i = w->target_edges.starts[target]; i < w->target_edges.starts[target + 1];
	     i++) {
		edge e = w->target_edges.edges[i];
		bool person = edge_nested(e) ||
			      !(w->target->users.items[edge_member(e)].flags & ENTRY_PLACEHOLDER);
		bool leaves =
			!edge_nested(e) && member_of_gone_team(w, edge_member(e), team, reason);

		strangers += person && !leaves;
	}
	return strangers;
}

/* A team that should not be: emptied of those whom muster knows; deleted when muster made it and
 * nobody else is left. */
static void diff_gone_team(struct plan_context *w, uint32_t target, const struct link *link)
{
	bool created = link && (link->flags & LINK_CREATED);
	str reason = gone_team_reason(w, link), source_id = {"", 0};
	uint32_t strangers, team;
	char space[37];

	if (is_untouchable(w, ENTRY_GROUP, target)) {
		untouchable_note(w, ENTRY_GROUP, target, "it should not be there");
		return;
	}
	if (link)
		source_id = intern_text(&w->source->ids, link->source, space);
	team = object_other_team(w, target, source_id);
	strangers = gone_team_empty(w, target, team, reason);
	if (!(created || w->policy->owns_all) || !plan_can(w, ABILITY_GROUPS))
		return;
	if (strangers)
		notice_add(w, NOTICE_NOTE, target_label(w, ENTRY_GROUP, target),
			   "is gone from %.*s, but stays for %u member%s that muster does not know",
			   STR_ARG(w->policy->from), strangers, plural_s(strangers));
	else
		change_add(w, CHANGE_DELETE_TEAM, ROW_NONE, team)->reason = reason;
}

static void diff_gone_teams(struct plan_context *w)
{
	if (!w->source->complete || !w->target->complete)
		return;
	for (uint32_t row = 0; row < w->target->groups.count; row++) {
		uint32_t link = w->group_links[row];

		if (w->group_haves[row] != ROW_NONE)
			continue;
		if (link == ROW_NONE ? w->policy->owns_all
				     : !(w->group_link_states[link] & LINK_ODD))
			diff_gone_team(w, row,
				       link == ROW_NONE ? NULL : &w->memory->groups.items[link]);
	}
}

void diff_teams(struct plan_context *w)
{
	struct team_scratch s = {0};

	group_edges_init(&w->source_edges, w->source);
	group_edges_init(&w->target_edges, w->target);
	team_scratch_init(w, &s);
	list_each (struct team, team, &w->teams)
		diff_team(w, &s, team);
	team_scratch_clear(&s);
	diff_gone_teams(w);
}
