/* SPDX-License-Identifier: Apache-2.0 */
/* Memberships by group, and the other way round: the groups of a user, up through nested ones. */
#include <string.h>

#include "plan/internal.h"
#include "plan/shape/shape.h"

void group_edges_init(struct group_edges *g, const struct snapshot *s)
{
	size_t at = 0;

	g->edges = s->edges.items;
	g->starts = mem_alloc(s->groups.count + 1, sizeof *g->starts);
	for (uint32_t row = 0; row < s->groups.count; row++) {
		g->starts[row] = at;
		while (at < s->edges.count && edge_group(s->edges.items[at]) == row)
			at++;
	}
	g->starts[s->groups.count] = at;
}

/* Turns "group has member" into "member is in groups": counted, summed up, then placed from behind.
 */
static void turn_around(const struct snapshot *s, bool nested, size_t rows, uint32_t **ret_starts,
			uint32_t **ret_groups)
{
	uint32_t *starts = mem_alloc(rows + 1, sizeof *starts), *groups;
	uint32_t total = 0;

	list_each (edge, e, &s->edges)
		if (edge_nested(*e) == nested)
			starts[edge_member(*e)]++;
	for (size_t i = 0; i < rows; i++)
		starts[i] = total += starts[i];
	starts[rows] = total;
	groups = mem_alloc(total, sizeof *groups);
	for (size_t i = s->edges.count; i-- > 0;) {
		edge e = s->edges.items[i];

		if (edge_nested(e) == nested)
			groups[--starts[edge_member(e)]] = edge_group(e);
	}
	*ret_starts = starts;
	*ret_groups = groups;
}

void user_groups_init(struct user_groups *g, const struct snapshot *s, bool nested)
{
	char space[37];

	turn_around(s, false, s->users.count, &g->starts, &g->groups);
	if (nested)
		turn_around(s, true, s->groups.count, &g->parent_starts, &g->parents);
	g->stamps = mem_alloc(s->groups.count, sizeof *g->stamps);
	g->labels = arena_array(&g->arena, str, s->groups.count);
	g->id_texts = arena_array(&g->arena, str, s->groups.count);
	for (uint32_t row = 0; row < s->groups.count; row++) {
		const struct entry *e = &s->groups.items[row];

		g->labels[row] = snapshot_label(s, ENTRY_GROUP, e, &g->arena);
		g->id_texts[row] = arena_str(&g->arena, snapshot_id(s, e, space));
	}
}

void user_groups_clear(struct user_groups *g)
{
	free(g->starts);
	free(g->groups);
	free(g->parent_starts);
	free(g->parents);
	free(g->stamps);
	arena_clear(&g->arena);
	*g = (struct user_groups){0};
}

static void user_group_add(struct user_groups *g, uint32_t group, field_list *into, row_list *found)
{
	if (g->stamps[group] == g->stamp)
		return;
	g->stamps[group] = g->stamp;
	list_push(found, group);
	list_push(into, ((struct field){STR("groups.display"), g->labels[group]}));
	list_push(into, ((struct field){STR("groups.value"), g->id_texts[group]}));
}

/* What is found is the queue of the walk as well: a group is put there once, so a circle of groups
 * ends it. */
void user_groups_put(struct user_groups *g, uint32_t user, field_list *into, row_list *ret_groups)
{
	ret_groups->count = 0;
	if (!g->starts)
		return;
	g->stamp++;
	for (uint32_t i = g->starts[user]; i < g->starts[user + 1]; i++)
		user_group_add(g, g->groups[i], into, ret_groups);
	for (size_t i = 0; g->parent_starts && i < ret_groups->count; i++) {
		uint32_t row = ret_groups->items[i];

		for (uint32_t p = g->parent_starts[row]; p < g->parent_starts[row + 1]; p++)
			user_group_add(g, g->parents[p], into, ret_groups);
	}
}

static bool node_asks_groups(const struct filter_node *node)
{
	if (str_equal_nocase(node->path.base, STR("groups")))
		return true;
	for (const struct filter_node *child = node->first; child; child = child->next)
		if (node_asks_groups(child))
			return true;
	return false;
}

bool filter_asks_groups(const struct filter *filter)
{
	return filter && node_asks_groups(filter->root);
}
