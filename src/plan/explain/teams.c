/* SPDX-License-Identifier: Apache-2.0 */
/* In which teams a person is wanted, by which path through nested groups, and in which he is. */
#include "base/unicode.h"
#include "plan/explain/internal.h"
#include "plan/internal.h"
#include "plan/shape/shape.h"

/* The way up from the person, breadth first, so that the shortest path is found. By source group
 * row: the group below + 1, VIA_PERSON for one that the person is in itself, 0 for none. */
#define VIA_PERSON UINT32_MAX

static uint32_t *ways_up(struct inquiry *q)
{
	struct user_groups *g = &q->groups;
	uint32_t *from = mem_alloc(q->w.source->groups.count + 1, sizeof *from);
	row_list queue = {0};

	for (uint32_t i = g->starts[q->source]; i < g->starts[q->source + 1]; i++)
		if (!from[g->groups[i]]) {
			from[g->groups[i]] = VIA_PERSON;
			list_push(&queue, g->groups[i]);
		}
	for (size_t i = 0; i < queue.count && q->w.policy->expand_nested; i++) {
		uint32_t row = queue.items[i];

		for (uint32_t p = g->parent_starts[row]; p < g->parent_starts[row + 1]; p++)
			if (!from[g->parents[p]]) {
				from[g->parents[p]] = row + 1;
				list_push(&queue, g->parents[p]);
			}
	}
	list_clear(&queue);
	return from;
}

/* The person, a group of it, ... up to `group`; nothing when the person is not in it. */
static void path_find(struct inquiry *q, uint32_t group, struct explained_team *t)
{
	uint32_t *from;
	size_t last;

	if (q->source == ROW_NONE)
		return;
	from = ways_up(q);
	for (uint32_t at = group; from[at]; at = from[at] - 1) {
		list_push(&t->path, source_label(&q->w, ENTRY_GROUP, at));
		if (from[at] == VIA_PERSON)
			break;
	}
	free(from);
	if (t->path.count == 0)
		return;
	list_push(&t->path, source_label(&q->w, ENTRY_USER, q->source));
	last = t->path.count - 1;
	for (size_t i = 0; i < last - i; i++) {
		str other = t->path.items[i];

		t->path.items[i] = t->path.items[last - i];
		t->path.items[last - i] = other;
	}
}

static bool is_member_there(const struct plan_context *w, uint32_t group, uint32_t user)
{
	if (group == ROW_NONE || user == ROW_NONE)
		return false;
	for (size_t i = w->target_edges.starts[group]; i < w->target_edges.starts[group + 1]; i++)
		if (!edge_nested(w->target_edges.edges[i]) &&
		    edge_member(w->target_edges.edges[i]) == user)
			return true;
	return false;
}

static enum explained_membership membership_of(struct inquiry *q, const struct team *team,
					       const struct explained_team *t)
{
	struct plan_context *w = &q->w;

	if (q->source == ROW_NONE)
		return MEMBER_NO_PERSON;
	if (t->path.count == 0)
		return MEMBER_NOT_IN_GROUP;
	if (w->wants[q->source].state != WANT_YES)
		return MEMBER_OUT_OF_SCOPE;
	if (team->role && role_of(w, q->source, 0) != team->role)
		return MEMBER_WITHOUT_ROLE;
	return MEMBER_WANTED;
}

/* A team that was not asked for by name is told only when it has to do with the person. */
static void explain_team(struct inquiry *q, const struct team *team, bool asked)
{
	struct plan_context *w = &q->w;
	struct explained_team t = {
		.name = team->name,
		.group = source_label(w, ENTRY_GROUP, team->source),
		.role = role_text(w, team->role),
		.is_member = is_member_there(w, team->target, q->target),
		.is_frozen = team->frozen,
	};

	path_find(q, team->source, &t);
	t.membership = membership_of(q, team, &t);
	if (team->rule)
		t.rule = plan_copy(w, team->rule->label);
	if (asked || t.is_member || t.membership == MEMBER_WANTED)
		list_push(&q->answer.teams, t);
	else
		list_clear(&t.path);
}

bool team_is_meant(struct plan_context *w, const struct team *team, str name)
{
	return text_equal(team->name, name) ||
	       text_equal(source_label(w, ENTRY_GROUP, team->source), name) ||
	       str_equal(team->source_id, name) ||
	       (team->target != ROW_NONE &&
		text_equal(target_label(w, ENTRY_GROUP, team->target), name));
}

/* A group that no rule makes a team. */
static void explain_no_team(struct inquiry *q, str name)
{
	struct explained_team t = {
		.name = plan_copy(&q->w, name),
		.membership = GROUP_UNKNOWN,
	};

	for (uint32_t row = 0; row < q->w.source->groups.count; row++) {
		if (!text_equal(source_label(&q->w, ENTRY_GROUP, row), name))
			continue;
		t.membership = GROUP_WITHOUT_RULE;
		path_find(q, row, &t);
		break;
	}
	list_push(&q->answer.teams, t);
}

static int compare_team_names(const void *a, const void *b)
{
	const struct team *x = *(const struct team *const *)a, *y = *(const struct team *const *)b;

	return str_compare(x->name, y->name);
}

void explain_teams(struct inquiry *q, str name)
{
	struct plan_context *w = &q->w;
	const struct team **teams = arena_array(&w->arena, const struct team *, w->teams.count + 1);
	size_t count = 0;

	q->answer.has_teams = w->teams_wanted;
	if (!w->teams_wanted)
		return;
	list_each (struct team, team, &w->teams)
		if (!name.n || team_is_meant(w, team, name))
			teams[count++] = team;
	if (count)
		qsort(teams, count, sizeof(struct team *), compare_team_names);
	for (size_t i = 0; i < count; i++)
		explain_team(q, teams[i], name.n);
	if (q->answer.teams.count == 0 && name.n)
		explain_no_team(q, name);
}
