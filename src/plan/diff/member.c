/* SPDX-License-Identifier: Apache-2.0 */
/* Teams and who is in them: one team at a time, by stamping those who belong and walking those who
 * are there. */
#include <string.h>

#include "base/unicode.h"
#include "plan/internal.h"

/* Both sides of a team are lists in the order of the source's users, so that one walk compares
 * them. */

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->user != y->user)
		return x->user < y->user ? -1 : 1;
	/* Twice through nested groups: the membership that names a role comes first, and speaks. */
	return (y->role != 0) - (x->role != 0);
}

void members_sort(member_list *members, bool twice)
{
	size_t kept = 0;
	bool sorted = true;

	for (size_t i = 1; i < members->count && sorted; i++)
		sorted = members->items[i - 1].user <= members->items[i].user;
	if (!sorted || twice)
		qsort(members->items, members->count, sizeof *members->items, compare_members);
	for (size_t i = 0; i < members->count; i++)
		if (kept == 0 || members->items[kept - 1].user != members->items[i].user)
			members->items[kept++] = members->items[i];
	members->count = kept;
}

/*
 * The members of a source group, down through nested groups where they count. Groups are stamped
 * when they are put on the list, so a circle ends; roles said on inner memberships are those of
 * inner groups and do not come up.
 */
static void members_find(struct plan_context *w, uint32_t group)
{
	w->members.count = 0;
	w->walk.count = 0;
	list_push(&w->walk, group);
	w->group_stamps[group] = ++w->group_stamp;
	for (size_t i = 0; i < w->walk.count; i++) {
		uint32_t g = w->walk.items[i];

		for (size_t e = w->source_edges.starts[g]; e < w->source_edges.starts[g + 1]; e++) {
			edge at = w->source_edges.edges[e];
			uint32_t member = edge_member(at);

			if (!edge_nested(at)) {
				uint8_t said = i == 0 ? w->source_roles[edge_role(at)] : 0;

				list_push(&w->members, ((struct member){member, ROW_NONE, said}));
			} else if (w->policy->expand_nested &&
				   w->group_stamps[member] != w->group_stamp) {
				w->group_stamps[member] = w->group_stamp;
				list_push(&w->walk, member);
			}
		}
	}
	if (w->walk.count > 1)
		members_sort(&w->members, true);
}

/* Teams by precedence: the order of the rules that made them, then their names. */
static int compare_teams(const void *a, const void *b)
{
	const struct team *x = *(const struct team *const *)a, *y = *(const struct team *const *)b;

	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return str_compare(x->name, y->name);
}

static void take_only_team(struct plan_context *w, const struct team *team)
{
	members_find(w, team->source);
	list_each (struct member, m, &w->members) {
		uint32_t *only = &w->only_team[m->user];

		if (w->wants[m->user].state != WANT_YES)
			continue;
		if (*only == 0)
			*only = (uint32_t)(team - w->teams.items) + 1;
		else
			notice_add(
				w, NOTICE_CONFLICT, source_label(w, ENTRY_USER, m->user),
				"is wanted in %.*s and in %.*s, and at %.*s nobody can be in two "
				"teams: %.*s comes first in teams:",
				STR_ARG(w->teams.items[*only - 1].name), STR_ARG(team->name),
				STR_ARG(w->policy->to), STR_ARG(w->teams.items[*only - 1].name));
	}
}

/* Where a person can be in one team only, the first that wants him has him. */
static void only_teams_find(struct plan_context *w)
{
	const struct team **teams = mem_alloc(w->teams.count, sizeof *teams);
	size_t count = 0;

	w->only_team = mem_alloc(w->source->users.count + 1, sizeof *w->only_team);
	list_each (struct team, team, &w->teams)
		if (!team->frozen && !team->role)
			teams[count++] = team;
	if (count)
		qsort(teams, count, sizeof(struct team *), compare_teams);
	for (size_t i = 0; i < count; i++)
		take_only_team(w, teams[i]);
	free(teams);
}

static void members_with_only_team(struct plan_context *w, const struct team *team)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->members.count; i++)
		if (w->only_team[w->members.items[i].user] == (uint32_t)(team - w->teams.items) + 1)
			w->members.items[kept++] = w->members.items[i];
	w->members.count = kept;
}

/* A role group holds those of the team who have the role. */
static void members_with_role(struct plan_context *w, uint8_t role)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->members.count; i++) {
		struct member m = w->members.items[i];

		if (w->wants[m.user].state == WANT_YES && role_of(w, m.user, m.role) == role)
			w->members.items[kept++] = m;
	}
	w->members.count = kept;
}

static void there_put(struct plan_context *w, uint32_t target, uint8_t role)
{
	struct member m = {w->desired_rows[target], target, role};

	if (m.user == ROW_NONE)
		list_push(&w->others, m);
	else
		list_push(&w->there, m);
}

static bool member_role_differs(struct plan_context *w, struct team *team,
				const struct member *member, uint8_t current, uint8_t *ret_wanted)
{
	uint8_t wanted = role_of(w, member->user, member->role);

	if (wanted == current || (wanted == 0 && !role_is_ours(w, current)))
		return false;
	*ret_wanted = role_settle(w, member->user, wanted, current, false);
	return *ret_wanted != current &&
	       !is_untouchable(w, ENTRY_GROUP, team->target, "a role differs");
}

static void member_role(struct plan_context *w, struct team *team, const struct member *member,
			uint32_t target, uint8_t current)
{
	struct change *c;
	uint8_t wanted;

	if (!w->roles_spoken || w->abilities->role_style != ROLE_MEMBERSHIP)
		return;
	if (!member_role_differs(w, team, member, current, &wanted) ||
	    is_untouchable(w, ENTRY_USER, target, "its role differs"))
		return;
	c = change_add(w, CHANGE_SET_ROLE, object_user(w, member->user, target),
		       object_team(w, team));
	c->role = role_text(w, wanted);
	c->old_role = role_text(w, current);
	c->reason = role_reason(w, member->user);
}

static str not_member_reason(struct plan_context *w, const struct team *team, uint32_t target)
{
	uint32_t source = w->haves[target].source;

	if (source == ROW_NONE || w->wants[source].state != WANT_YES)
		return removal_reason(w, target);
	if (team->role)
		return plan_text(w, "no longer %.*s", STR_ARG(role_text(w, team->role)));
	return plan_text(w, "not in %.*s at %.*s",
			 STR_ARG(source_label(w, ENTRY_GROUP, team->source)),
			 STR_ARG(w->policy->from));
}

/* May the membership of someone who should not be there be taken? */
static bool may_leave(struct plan_context *w, const struct team *team, uint32_t target)
{
	const struct have *have = &w->haves[target];
	bool known = have->link != ROW_NONE || have->source != ROW_NONE;

	if (!w->source->complete || !w->target->complete || (team && team->cut))
		return false;
	if (!known && !w->policy->owns_all)
		return false;
	if (have->link != ROW_NONE && (w->link_states[have->link] & LINK_ODD))
		return false;
	if (have->source != ROW_NONE && (w->wants[have->source].state == WANT_SKIPPED ||
					 w->wants[have->source].state == WANT_DOUBTFUL ||
					 w->wants[have->source].state == WANT_WAITING))
		return false;
	return !(w->target->users.items[target].flags & ENTRY_PLACEHOLDER) &&
	       !is_untouchable(w, ENTRY_USER, target, "it is in a team where it should not be");
}

static void member_remove(struct plan_context *w, uint32_t target, uint32_t team, str reason)
{
	uint32_t user = object_user(w, w->haves[target].source, target);

	change_add(w, CHANGE_REMOVE_MEMBER, user, team)->reason = reason;
}

/* What muster remembers to have put into teams whose members the system never lists, by team. */
static void unlisted_init(struct plan_context *w)
{
	size_t ids = w->target->ids.count;
	uint32_t total = 0;

	w->unlisted_starts = mem_alloc(ids + 1, sizeof *w->unlisted_starts);
	w->unlisted_users = mem_alloc(w->memory->unlisted_members.count, sizeof *w->unlisted_users);
	list_each (struct unlisted_member, m, &w->memory->unlisted_members)
		if (m->group < ids)
			w->unlisted_starts[m->group]++;
	for (size_t id = 0; id < ids; id++)
		w->unlisted_starts[id] = total += w->unlisted_starts[id];
	w->unlisted_starts[ids] = total;
	for (size_t i = w->memory->unlisted_members.count; i-- > 0;) {
		const struct unlisted_member *m = &w->memory->unlisted_members.items[i];

		if (m->group < ids)
			w->unlisted_users[--w->unlisted_starts[m->group]] = m->user;
	}
}

static void there_remembered(struct plan_context *w, const struct team *team)
{
	uint32_t id = w->target->groups.items[team->target].id;

	if (!w->unlisted_starts)
		return;
	for (uint32_t i = w->unlisted_starts[id]; i < w->unlisted_starts[id + 1]; i++) {
		uint32_t user = w->unlisted_users[i];
		uint32_t row = user < w->target->ids.count ? w->target_rows[user] : ROW_NONE;

		if (row != ROW_NONE)
			there_put(w, row, 0);
	}
}

static void opaque_init(struct plan_context *w)
{
	w->opaque = mem_alloc(w->target->groups.count, sizeof *w->opaque);
	list_each (uint32_t, row, &w->target->opaque_groups)
		w->opaque[*row] = true;
}

bool is_opaque(const struct plan_context *w, uint32_t group)
{
	return w->opaque && w->opaque[group];
}

/* How many hold each role of this team, for roles that need a last holder. */
static void roles_held(struct plan_context *w, const edge *from, const edge *to)
{
	if (!w->roles_spoken || w->abilities->role_style != ROLE_MEMBERSHIP)
		return;
	memset(w->role_held, 0, sizeof w->role_held);
	for (; from < to; from++)
		if (!edge_nested(*from))
			w->role_held[w->target_roles[edge_role(*from)]]++;
}

static void there_listed(struct plan_context *w, const struct team *team)
{
	const edge *from = w->target_edges.edges + w->target_edges.starts[team->target];
	const edge *to = w->target_edges.edges + w->target_edges.starts[team->target + 1];

	roles_held(w, from, to);
	for (; from < to; from++)
		if (!edge_nested(*from))
			there_put(w, edge_member(*from), w->target_roles[edge_role(*from)]);
}

/* Who is in the team at the target: people who are wanted somewhere, in the source's order, and
 * others. */
static void there_find(struct plan_context *w, const struct team *team)
{
	w->there.count = w->others.count = 0;
	if (team->target == ROW_NONE)
		return;
	if (is_opaque(w, team->target))
		there_remembered(w, team);
	else
		there_listed(w, team);
	members_sort(&w->there, false);
}

static str add_reason(struct plan_context *w, const struct team *team, uint32_t user,
		      const struct want *want)
{
	if (want->role && w->roles_spoken && w->abilities->role_style != ROLE_USER)
		return role_reason(w, user);
	return team->rule ? plan_text(w, "rule %.*s", STR_ARG(team->rule->label)) : (str){"", 0};
}

static void member_add(struct plan_context *w, struct team *team, const struct member *m)
{
	const struct want *want = &w->wants[m->user];
	struct change *c;

	if (want->state != WANT_YES || (want->target == ROW_NONE && !(want->flags & WANT_NEW)))
		return;
	if (want->target != ROW_NONE &&
	    is_untouchable(w, ENTRY_USER, want->target, "it is not in a team where it should be"))
		return;
	c = change_add(w, CHANGE_ADD_MEMBER, object_user(w, m->user, want->target),
		       object_team(w, team));
	if (w->roles_spoken && w->abilities->role_style == ROLE_MEMBERSHIP)
		c->role = role_text(
			w, role_settle(w, m->user, role_of(w, m->user, m->role), 0, false));
	c->reason = add_reason(w, team, m->user, want);
}

static void member_leaves(struct plan_context *w, struct team *team, uint32_t target)
{
	if (may_leave(w, team, target))
		member_remove(w, target, object_team(w, team), not_member_reason(w, team, target));
}

static void diff_members(struct plan_context *w, struct team *team)
{
	const struct member *want = w->members.items, *have = w->there.items;
	const struct member *want_end = want + w->members.count, *have_end = have + w->there.count;

	while (want < want_end || have < have_end) {
		if (have == have_end || (want < want_end && want->user < have->user)) {
			member_add(w, team, want++);
		} else if (want == want_end || have->user < want->user) {
			member_leaves(w, team, (have++)->target);
		} else {
			member_role(w, team, want, have->target, have->role);
			want++;
			have++;
		}
	}
	list_each (struct member, other, &w->others)
		member_leaves(w, team, other->target);
}

static bool team_create(struct plan_context *w, struct team *team)
{
	struct change *c;

	if ((team->role || plan_can(w, ABILITY_NO_EMPTY_GROUPS)) && w->members.count == 0)
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

	if (text_equal(name, team->name) ||
	    is_untouchable(w, ENTRY_GROUP, team->target, "its name differs"))
		return;
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

static void members_wanted(struct plan_context *w, const struct team *team)
{
	members_find(w, team->source);
	if (w->only_team && !team->role)
		members_with_only_team(w, team);
	if (team->role)
		members_with_role(w, team->role);
}

static void diff_team(struct plan_context *w, struct team *team)
{
	if (team->frozen)
		return;
	if (team->target == ROW_NONE) {
		members_wanted(w, team);
		if (!team_create(w, team))
			return;
	} else {
		if (team->met)
			team_adopt(w, team);
		team_rename(w, team);
	}
	if (!plan_can(w, ABILITY_MEMBERS) ||
	    (team->target != ROW_NONE &&
	     (w->target->groups.items[team->target].flags & ENTRY_READONLY)))
		return;
	if (!team_delta(w, team)) {
		members_wanted(w, team);
		there_find(w, team);
	}
	diff_members(w, team);
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

/* A team that should not be: emptied of those whom muster knows; deleted when muster made it and
 * nobody else is left. */
static void diff_gone_team(struct plan_context *w, uint32_t target, const struct link *link)
{
	bool created = link && (link->flags & LINK_CREATED);
	str reason = gone_team_reason(w, link);
	uint32_t strangers = 0, team;
	char space[37];

	if (is_untouchable(w, ENTRY_GROUP, target, "it should not be there"))
		return;
	team = object_other_team(
		w, target, link ? intern_text(&w->source->ids, link->source, space) : (str){"", 0});
	for (size_t i = w->target_edges.starts[target];
	     plan_can(w, ABILITY_MEMBERS) && i < w->target_edges.starts[target + 1]; i++) {
		edge e = w->target_edges.edges[i];
		bool person = edge_nested(e) ||
			      !(w->target->users.items[edge_member(e)].flags & ENTRY_PLACEHOLDER);

		if (!edge_nested(e) && may_leave(w, NULL, edge_member(e)))
			member_remove(w, edge_member(e), team, reason);
		else if (person)
			strangers++;
	}
	if (!(created || w->policy->owns_all) || !plan_can(w, ABILITY_GROUPS))
		return;
	if (strangers)
		notice_add(w, NOTICE_NOTE, target_label(w, ENTRY_GROUP, target),
			   "is gone from %.*s, but stays for %u member%s that muster does not know",
			   STR_ARG(w->policy->from), strangers, strangers == 1 ? "" : "s");
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
	group_edges_init(&w->source_edges, w->source);
	group_edges_init(&w->target_edges, w->target);
	w->group_stamps = mem_alloc(w->source->groups.count, sizeof *w->group_stamps);
	if (w->target->opaque_groups.count)
		opaque_init(w);
	if (w->memory->unlisted_members.count) {
		w->target_rows = rows_by_id(w->target, ENTRY_USER);
		unlisted_init(w);
	}
	team_delta_init(w);
	if (w->abilities->one_team_each)
		only_teams_find(w);
	for (size_t i = 0; i < w->teams.count; i++)
		diff_team(w, &w->teams.items[i]);
	diff_gone_teams(w);
}
