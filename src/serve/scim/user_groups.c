/* SPDX-License-Identifier: Apache-2.0 */
/* The groups around users, as `groups` shows them; those of one answer are looked up once. */
#include <stdlib.h>

#include "base/json.h"
#include "serve/scim/internal.h"

struct cached_group {
	int64_t row;
	bool there; /* not held, not gone */
	bool known; /* `own` is filled */
	str text; /* as far as its type */
	int64_t *own; /* the groups that it is in, by row */
	size_t count;
};

struct group_cache {
	LIST(struct cached_group) items;
	uint32_t *slots; /* by row: index in items + 1 */
	size_t room; /* a power of two, more than twice as many as items */
	/* The memberships of a list in row order, read side by side with its users. */
	struct inbox_walk walk;
	bool walking;
	int64_t user, group; /* the one at which the walk stands */
};

static struct group_cache *group_cache_of(struct scim_request *x)
{
	if (!x->groups)
		x->groups = arena_new(x->request.arena, struct group_cache);
	return x->groups;
}

void group_cache_clear(struct scim_request *x)
{
	if (!x->groups)
		return;
	group_cache_walk_end(x);
	list_clear(&x->groups->items);
	free(x->groups->slots);
	x->groups = NULL;
}

/* Knowing each ------------------------------------------------------------- */

static uint32_t *group_slot(const struct group_cache *cache, int64_t row)
{
	size_t at = (size_t)((uint64_t)row * 0x9e3779b97f4a7c15u >> 32) & (cache->room - 1);

	while (cache->slots[at] != 0 && cache->items.items[cache->slots[at] - 1].row != row)
		at = (at + 1) & (cache->room - 1);
	return &cache->slots[at];
}

static void group_slots_grow(struct group_cache *cache)
{
	if ((cache->items.count + 1) * 2 < cache->room)
		return;
	cache->room = cache->room ? cache->room * 2 : 64;
	free(cache->slots);
	cache->slots = mem_alloc(cache->room, sizeof *cache->slots);
	for (size_t i = 0; i < cache->items.count; i++)
		*group_slot(cache, cache->items.items[i].row) = (uint32_t)i + 1;
}

static str cached_group_text(struct scim_request *x, const struct inbox_resource *r)
{
	struct buf text = {0};
	struct json_writer label = {.out = &text};
	str kept;

	buf_text(&text, "{\"value\":\"");
	buf_put(&text, r->id);
	buf_text(&text, "\",\"$ref\":\"");
	buf_put(&text, x->base);
	buf_text(&text, "/Groups/");
	buf_put(&text, r->id);
	buf_text(&text, "\",\"display\":");
	json_write_string(&label, r->label);
	buf_text(&text, ",\"type\":\"");
	kept = buf_keep(&text, x->request.arena);
	return kept;
}

/* Holds until the next one is looked up. */
static struct cached_group *cached_group_find(struct scim_request *x, struct inbox *inbox,
					      int64_t row)
{
	struct group_cache *cache = x->groups;
	struct inbox_resource r;
	struct cached_group *group;

	group_slots_grow(cache);
	if (*group_slot(cache, row) != 0)
		return &cache->items.items[*group_slot(cache, row) - 1];
	*group_slot(cache, row) = (uint32_t)cache->items.count + 1;
	group = list_add(&cache->items);
	group->row = row;
	group->there = inbox_find_row(inbox, row, x->request.arena, &r) && r.kind == INBOX_GROUP;
	if (group->there)
		group->text = cached_group_text(x, &r);
	return group;
}

static void row_list_read(struct inbox *inbox, int64_t of, struct row_list *ret)
{
	struct inbox_walk walk = inbox_memberships_begin(inbox, of);
	int64_t user, group;

	while (inbox_membership_next(&walk, &user, &group))
		list_push(&ret->items, group);
}

static const struct cached_group *cached_group_with_own(struct scim_request *x, struct inbox *inbox,
							int64_t row)
{
	struct cached_group *group = cached_group_find(x, inbox, row);
	struct row_list rows = {0};

	if (group->known)
		return group;
	group->known = true;
	row_list_read(inbox, row, &rows);
	group->count = rows.items.count;
	group->own = arena_array(x->request.arena, int64_t, group->count + 1);
	for (size_t i = 0; i < group->count; i++)
		group->own[i] = rows.items.items[i];
	list_clear(&rows.items);
	return group;
}

/* Direct ones -------------------------------------------------------------- */

void group_cache_walk(struct scim_request *x, struct inbox *inbox, int64_t after)
{
	struct group_cache *cache = group_cache_of(x);

	cache->walk = inbox_memberships_begin_after(inbox, after);
	cache->walking = inbox_membership_next(&cache->walk, &cache->user, &cache->group);
	/* Nobody from here on is in a group. */
	if (!cache->walking)
		cache->user = INT64_MAX;
}

void group_cache_walk_end(struct scim_request *x)
{
	if (!x->groups)
		return;
	if (x->groups->walking)
		inbox_walk_end(&x->groups->walk);
	x->groups->walking = false;
	x->groups->user = 0;
}

/* True when the walk told: then `ret` has all of this user's. */
static bool group_cache_walk_to(struct group_cache *cache, int64_t user, struct row_list *ret)
{
	if (cache->user == 0 || (!cache->walking && cache->user != INT64_MAX))
		return false;
	while (cache->walking && cache->user <= user) {
		if (cache->user == user)
			list_push(&ret->items, cache->group);
		cache->walking = inbox_membership_next(&cache->walk, &cache->user, &cache->group);
		if (!cache->walking)
			cache->user = INT64_MAX;
	}
	return true;
}

/* All -------------------------------------------------------------------------- */

static bool row_list_has(const struct row_list *s, int64_t row)
{
	for (size_t i = 0; i < s->items.count; i++)
		if (s->items.items[i] == row)
			return true;
	return false;
}

static void cached_group_put(struct scim_request *x, struct inbox *inbox, int64_t row, bool direct,
			     struct row_list *around, struct buf *out)
{
	const struct cached_group *group;

	if (!direct && row_list_has(around, row))
		return;
	group = cached_group_find(x, inbox, row);
	if (!group->there)
		return;
	buf_char(out, around->items.count == 0 ? '[' : ',');
	list_push(&around->items, row);
	buf_put(out, group->text);
	buf_put(out, direct ? STR("direct\"}") : STR("indirect\"}"));
}

/* Direct groups, then those that these are in, each once. */
void render_groups(struct scim_request *x, struct inbox *inbox, int64_t row, struct buf *out)
{
	struct row_list direct = {0}, around = {0};

	if (!group_cache_walk_to(group_cache_of(x), row, &direct))
		row_list_read(inbox, row, &direct);
	for (size_t i = 0; i < direct.items.count; i++)
		cached_group_put(x, inbox, direct.items.items[i], true, &around, out);
	for (size_t i = 0; i < around.items.count; i++) {
		/* A copy: what is looked up meanwhile may move the group, but not its list. */
		struct cached_group group = *cached_group_with_own(x, inbox, around.items.items[i]);

		for (size_t k = 0; k < group.count; k++)
			cached_group_put(x, inbox, group.own[k], false, &around, out);
	}
	if (around.items.count > 0)
		buf_char(out, ']');
	list_clear(&direct.items);
	list_clear(&around.items);
}
