/* SPDX-License-Identifier: Apache-2.0 */
/* Who is to be in one team, and who is there. */
#include <string.h>

#include "plan/diff/internal.h"
#include "plan/internal.h"
#include "plan/shape/shape.h"

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
static void source_members_find(struct plan_context *w, struct team_scratch *s, uint32_t group)
{
	s->wanted.count = 0;
	s->walk.count = 0;
	list_push(&s->walk, group);
	s->group_stamps[group] = ++s->group_stamp;
	for (size_t i = 0; i < s->walk.count; i++) {
		uint32_t g = s->walk.items[i];

		for (size_t e = w->source_edges.starts[g]; e < w->source_edges.starts[g + 1]; e++) {
			edge at = w->source_edges.edges[e];
			uint32_t member = edge_member(at);

			if (!edge_nested(at)) {
				uint8_t said = i == 0 ? w->roles.of_source[edge_role(at)] : 0;

				list_push(&s->wanted, ((struct member){member, ROW_NONE, said}));
			} else if (w->policy->expand_nested &&
				   s->group_stamps[member] != s->group_stamp) {
				s->group_stamps[member] = s->group_stamp;
				list_push(&s->walk, member);
			}
		}
	}
	if (s->walk.count > 1)
		members_sort(&s->wanted, true);
}

/* Teams by precedence: the order of the rules that made them, then their names. */
static int compare_precedence(const void *a, const void *b)
{
	const struct team *x = *(const struct team *const *)a, *y = *(const struct team *const *)b;

	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return str_compare(x->name, y->name);
}

static void only_team_claim(struct plan_context *w, struct team_scratch *s, const struct team *team)
{
	source_members_find(w, s, team->source);
	list_each (struct member, m, &s->wanted) {
		uint32_t *only = &s->only_team[m->user];

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
static void only_teams_find(struct plan_context *w, struct team_scratch *s)
{
	const struct team **teams = mem_alloc(w->teams.count, sizeof *teams);
	size_t count = 0;

	s->only_team = mem_alloc(w->source->users.count + 1, sizeof *s->only_team);
	list_each (struct team, team, &w->teams)
		if (!team->frozen && !team->role)
			teams[count++] = team;
	if (count)
		qsort(teams, count, sizeof(struct team *), compare_precedence);
	for (size_t i = 0; i < count; i++)
		only_team_claim(w, s, teams[i]);
	free(teams);
}

static void members_with_only_team(struct plan_context *w, struct team_scratch *s,
				   const struct team *team)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->wanted.count; i++)
		if (s->only_team[s->wanted.items[i].user] == (uint32_t)(team - w->teams.items) + 1)
			s->wanted.items[kept++] = s->wanted.items[i];
	s->wanted.count = kept;
}

/* A role group holds those of the team who have the role. */
static void members_with_role(struct plan_context *w, struct team_scratch *s, uint8_t role)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->wanted.count; i++) {
		struct member m = s->wanted.items[i];

		if (w->wants[m.user].state == WANT_YES && role_of(w, m.user, m.role) == role)
			s->wanted.items[kept++] = m;
	}
	s->wanted.count = kept;
}

static void there_put(struct plan_context *w, struct team_scratch *s, uint32_t target, uint8_t role)
{
	struct member m = {w->desired_rows[target], target, role};

	if (m.user == ROW_NONE)
		list_push(&s->others, m);
	else
		list_push(&s->there, m);
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

static void there_remembered(struct plan_context *w, struct team_scratch *s,
			     const struct team *team)
{
	uint32_t id = w->target->groups.items[team->target].id;

	if (!w->unlisted_starts)
		return;
	for (uint32_t i = w->unlisted_starts[id]; i < w->unlisted_starts[id + 1]; i++) {
		uint32_t user = w->unlisted_users[i];
		uint32_t row = user < w->target->ids.count ? s->target_rows[user] : ROW_NONE;

		if (row != ROW_NONE)
			there_put(w, s, row, 0);
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
static void roles_held_count(struct plan_context *w, struct team_scratch *s, const edge *from,
			     const edge *to)
{
	if (!w->roles.are_spoken || w->abilities->role_style != ROLE_MEMBERSHIP)
		return;
	memset(s->roles_held, 0, sizeof s->roles_held);
	for (; from < to; from++)
		if (!edge_nested(*from))
			s->roles_held[w->roles.of_target[edge_role(*from)]]++;
}

static void there_listed(struct plan_context *w, struct team_scratch *s, const struct team *team)
{
	const edge *from = w->target_edges.edges + w->target_edges.starts[team->target];
	const edge *to = w->target_edges.edges + w->target_edges.starts[team->target + 1];

	roles_held_count(w, s, from, to);
	for (; from < to; from++)
		if (!edge_nested(*from))
			there_put(w, s, edge_member(*from), w->roles.of_target[edge_role(*from)]);
}

/* Who is in the team at the target: people who are wanted somewhere, in the source's order, and
 * others. */
void members_there(struct plan_context *w, struct team_scratch *s, const struct team *team)
{
	s->there.count = s->others.count = 0;
	if (team->target == ROW_NONE)
		return;
	if (is_opaque(w, team->target))
		there_remembered(w, s, team);
	else
		there_listed(w, s, team);
	members_sort(&s->there, false);
}

void members_wanted(struct plan_context *w, struct team_scratch *s, const struct team *team)
{
	source_members_find(w, s, team->source);
	if (s->only_team && !team->role)
		members_with_only_team(w, s, team);
	if (team->role)
		members_with_role(w, s, team->role);
}

void team_scratch_init(struct plan_context *w, struct team_scratch *s)
{
	size_t words = w->source->users.count / 64 + 1;

	s->group_stamps = mem_alloc(w->source->groups.count, sizeof *s->group_stamps);
	s->wanted_bits = mem_alloc(words, sizeof *s->wanted_bits);
	s->member_bits = mem_alloc(words, sizeof *s->member_bits);
	for (uint32_t row = 0; row < w->source->users.count; row++)
		s->wanted_bits[row / 64] |= (uint64_t)(w->wants[row].state == WANT_YES) << row % 64;
	if (w->target->opaque_groups.count)
		opaque_init(w);
	if (w->memory->unlisted_members.count) {
		s->target_rows = snapshot_rows_by_id(w->target, ENTRY_USER);
		unlisted_init(w);
	}
	if (w->abilities->one_team_each)
		only_teams_find(w, s);
}

void team_scratch_clear(struct team_scratch *s)
{
	list_clear(&s->wanted);
	list_clear(&s->there);
	list_clear(&s->others);
	list_clear(&s->walk);
	free(s->group_stamps);
	free(s->only_team);
	free(s->target_rows);
	free(s->wanted_bits);
	free(s->member_bits);
}
