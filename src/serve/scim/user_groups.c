/* SPDX-License-Identifier: Apache-2.0 */
/* The groups around users, as `groups` shows them; those of one answer are looked up once. */
#include <string.h>

#include "serve/internal.h"

struct cached_group {
	int64_t row;
	bool there; /* not held, not gone */
	bool known; /* its own groups are */
	str text; /* as far as its type */
	int64_t *around; /* its own groups, by row */
	size_t count;
};

struct group_cache {
	LIST(struct cached_group) items;
	uint32_t *slots; /* by row: index in items + 1 */
	size_t room; /* a power of two, more than twice as many as items */
	/* The memberships of a list in row order, read side by side with its users. */
	struct inbox_walk walk;
	bool walking;
	int64_t person, group; /* the one at which the walk stands */
};

struct rows {
	LIST(int64_t) list;
};

static struct group_cache *group_cache_of(struct scim_request *x)
{
	if (!x->groups)
		x->groups = arena_new(x->arena, struct group_cache);
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

static uint32_t *slot_of(const struct group_cache *t, int64_t row)
{
	size_t at = (size_t)((uint64_t)row * 0x9e3779b97f4a7c15u >> 32) & (t->room - 1);

	while (t->slots[at] != 0 && t->items.items[t->slots[at] - 1].row != row)
		at = (at + 1) & (t->room - 1);
	return &t->slots[at];
}

static void slots_grow(struct group_cache *t)
{
	if ((t->items.count + 1) * 2 < t->room)
		return;
	t->room = t->room ? t->room * 2 : 64;
	free(t->slots);
	t->slots = mem_alloc(t->room, sizeof *t->slots);
	for (size_t i = 0; i < t->items.count; i++)
		*slot_of(t, t->items.items[i].row) = (uint32_t)i + 1;
}

static str cached_group_text(struct scim_request *x, const struct inbox_resource *r)
{
	struct buf text = {0};
	str kept;

	buf_text(&text, "{\"value\":\"");
	buf_put(&text, r->id);
	buf_text(&text, "\",\"$ref\":\"");
	buf_put(&text, x->base);
	buf_text(&text, "/Groups/");
	buf_put(&text, r->id);
	buf_text(&text, "\",\"display\":");
	json_text(&text, r->label);
	buf_text(&text, ",\"type\":\"");
	kept = arena_str(x->arena, buf_str(&text));
	buf_clear(&text);
	return kept;
}

/* Holds until the next one is looked up. */
static struct cached_group *cached_group_find(struct scim_request *x, struct inbox *inbox,
					      int64_t row)
{
	struct group_cache *t = x->groups;
	struct inbox_resource r;
	struct cached_group *group;

	slots_grow(t);
	if (*slot_of(t, row) != 0)
		return &t->items.items[*slot_of(t, row) - 1];
	*slot_of(t, row) = (uint32_t)t->items.count + 1;
	group = list_add(&t->items);
	group->row = row;
	group->there = inbox_find_row(inbox, row, x->arena, &r) && r.kind == INBOX_GROUP;
	if (group->there)
		group->text = cached_group_text(x, &r);
	return group;
}

static void rows_read(struct inbox *inbox, int64_t of, struct rows *ret)
{
	struct inbox_walk walk = inbox_memberships_begin(inbox, of);
	int64_t person, group;

	while (inbox_membership_next(&walk, &person, &group))
		list_push(&ret->list, group);
}

static const struct cached_group *cached_group_with_own(struct scim_request *x, struct inbox *inbox,
							int64_t row)
{
	struct cached_group *group = cached_group_find(x, inbox, row);
	struct rows rows = {0};

	if (group->known)
		return group;
	group->known = true;
	rows_read(inbox, row, &rows);
	group->count = rows.list.count;
	group->around = arena_array(x->arena, int64_t, group->count + 1);
	for (size_t i = 0; i < group->count; i++)
		group->around[i] = rows.list.items[i];
	list_clear(&rows.list);
	return group;
}

/* Direct ones -------------------------------------------------------------- */

void group_cache_walk(struct scim_request *x, struct inbox *inbox, int64_t after)
{
	struct group_cache *t = group_cache_of(x);

	t->walk = inbox_memberships_begin_after(inbox, after);
	t->walking = inbox_membership_next(&t->walk, &t->person, &t->group);
	/* Nobody from here on is in a group. */
	if (!t->walking)
		t->person = INT64_MAX;
}

void group_cache_walk_end(struct scim_request *x)
{
	if (!x->groups)
		return;
	if (x->groups->walking)
		inbox_walk_end(&x->groups->walk);
	x->groups->walking = false;
	x->groups->person = 0;
}

/* True when the walk told: then `ret` has all of this person's. */
static bool walk_take(struct group_cache *t, int64_t person, struct rows *ret)
{
	if (t->person == 0 || (!t->walking && t->person != INT64_MAX))
		return false;
	while (t->walking && t->person <= person) {
		if (t->person == person)
			list_push(&ret->list, t->group);
		t->walking = inbox_membership_next(&t->walk, &t->person, &t->group);
		if (!t->walking)
			t->person = INT64_MAX;
	}
	return true;
}

/* All -------------------------------------------------------------------------- */

static bool seen(const struct rows *s, int64_t row)
{
	for (size_t i = 0; i < s->list.count; i++)
		if (s->list.items[i] == row)
			return true;
	return false;
}

static void cached_group_put(struct scim_request *x, struct inbox *inbox, int64_t row, bool direct,
			     struct rows *around, struct buf *out)
{
	const struct cached_group *group;

	if (!direct && seen(around, row))
		return;
	group = cached_group_find(x, inbox, row);
	if (!group->there)
		return;
	buf_char(out, around->list.count == 0 ? '[' : ',');
	list_push(&around->list, row);
	buf_put(out, group->text);
	buf_put(out, direct ? STR("direct\"}") : STR("indirect\"}"));
}

/* Direct groups, then those that these are in, each once. */
void render_groups(struct scim_request *x, struct inbox *inbox, int64_t row, struct buf *out)
{
	struct rows direct = {0}, around = {0};

	if (!walk_take(group_cache_of(x), row, &direct))
		rows_read(inbox, row, &direct);
	for (size_t i = 0; i < direct.list.count; i++)
		cached_group_put(x, inbox, direct.list.items[i], true, &around, out);
	for (size_t i = 0; i < around.list.count; i++) {
		/* A copy: what is looked up meanwhile may move the group, but not its list. */
		struct cached_group group = *cached_group_with_own(x, inbox, around.list.items[i]);

		for (size_t k = 0; k < group.count; k++)
			cached_group_put(x, inbox, group.around[k], false, &around, out);
	}
	if (around.list.count > 0)
		buf_char(out, ']');
	list_clear(&direct.list);
	list_clear(&around.list);
}
