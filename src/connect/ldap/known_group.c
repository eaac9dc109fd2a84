/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of groups that a connection keeps from its reads and writes. */
#include "connect/ldap/known_group.h"

void known_groups_clear(struct known_groups *g)
{
	intern_clear(&g->ids);
	list_clear(&g->items);
	arena_clear(&g->arena);
}

void known_groups_put(struct known_groups *g, str id, const struct known_group *group)
{
	uint32_t number = intern_put(&g->ids, id);

	while (g->items.count <= number)
		list_add(&g->items);
	g->items.items[number] = *group;
	g->items.items[number].dn = arena_str(&g->arena, group->dn);
}

struct known_group *known_groups_find(const struct known_groups *g, str id)
{
	uint32_t number = intern_find(&g->ids, id);

	return number == INTERN_NONE ? NULL : &g->items.items[number];
}

void known_groups_rename(struct known_groups *g, str id, str dn)
{
	struct known_group *known = known_groups_find(g, id);

	if (known)
		known->dn = arena_str(&g->arena, dn);
}
