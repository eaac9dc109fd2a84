/* SPDX-License-Identifier: Apache-2.0 */
/* The groups around users, as `groups` shows them; those of one answer are looked up once. */
#include <string.h>

#include "serve/internal.h"

struct team {
	int64_t row;
	bool there; /* not held, not gone */
	bool known; /* its own groups are */
	str text; /* as far as its type */
	int64_t *around; /* its own groups, by row */
	size_t count;
};

struct teams {
	LIST(struct team) items;
	uint32_t *slots; /* by row: index in items + 1 */
	size_t room; /* a power of two, more than twice as many as items */
	/* The memberships of a list in row order, read side by side with its users. */
	struct inbox_walk walk;
	bool walking;
	int64_t person, team; /* the one at which the walk stands */
};

struct rows {
	LIST(int64_t) list;
};

static struct teams *teams_of(struct scim_request *x)
{
	if (!x->teams)
		x->teams = arena_new(x->arena, struct teams);
	return x->teams;
}

void teams_clear(struct scim_request *x)
{
	if (!x->teams)
		return;
	teams_walk_end(x);
	list_clear(&x->teams->items);
	free(x->teams->slots);
	x->teams = NULL;
}

/* Knowing each ------------------------------------------------------------- */

static uint32_t *slot_of(const struct teams *t, int64_t row)
{
	size_t at = (size_t)((uint64_t)row * 0x9e3779b97f4a7c15u >> 32) & (t->room - 1);

	while (t->slots[at] != 0 && t->items.items[t->slots[at] - 1].row != row)
		at = (at + 1) & (t->room - 1);
	return &t->slots[at];
}

static void slots_grow(struct teams *t)
{
	if ((t->items.count + 1) * 2 < t->room)
		return;
	t->room = t->room ? t->room * 2 : 64;
	free(t->slots);
	t->slots = mem_alloc(t->room, sizeof *t->slots);
	for (size_t i = 0; i < t->items.count; i++)
		*slot_of(t, t->items.items[i].row) = (uint32_t)i + 1;
}

static str team_text(struct scim_request *x, const struct inbox_resource *r)
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
static struct team *team_find(struct scim_request *x, struct inbox *inbox, int64_t row)
{
	struct teams *t = x->teams;
	struct inbox_resource r;
	struct team *team;

	slots_grow(t);
	if (*slot_of(t, row) != 0)
		return &t->items.items[*slot_of(t, row) - 1];
	*slot_of(t, row) = (uint32_t)t->items.count + 1;
	team = list_add(&t->items);
	team->row = row;
	team->there = inbox_find_row(inbox, row, x->arena, &r) && r.kind == INBOX_GROUP;
	if (team->there)
		team->text = team_text(x, &r);
	return team;
}

static void rows_read(struct inbox *inbox, int64_t of, struct rows *ret)
{
	struct inbox_walk walk = inbox_teams(inbox, of);
	int64_t person, team;

	while (inbox_team_next(&walk, &person, &team))
		list_push(&ret->list, team);
}

static const struct team *team_with_around(struct scim_request *x, struct inbox *inbox, int64_t row)
{
	struct team *team = team_find(x, inbox, row);
	struct rows rows = {0};

	if (team->known)
		return team;
	team->known = true;
	rows_read(inbox, row, &rows);
	team->count = rows.list.count;
	team->around = arena_array(x->arena, int64_t, team->count + 1);
	for (size_t i = 0; i < team->count; i++)
		team->around[i] = rows.list.items[i];
	list_clear(&rows.list);
	return team;
}

/* Direct ones -------------------------------------------------------------- */

void teams_walk(struct scim_request *x, struct inbox *inbox, int64_t after)
{
	struct teams *t = teams_of(x);

	t->walk = inbox_teams_after(inbox, after);
	t->walking = inbox_team_next(&t->walk, &t->person, &t->team);
	/* Nobody from here on is in a group. */
	if (!t->walking)
		t->person = INT64_MAX;
}

void teams_walk_end(struct scim_request *x)
{
	if (!x->teams)
		return;
	if (x->teams->walking)
		inbox_select_end(&x->teams->walk);
	x->teams->walking = false;
	x->teams->person = 0;
}

/* True when the walk told: then `ret` has all of this person's. */
static bool walk_take(struct teams *t, int64_t person, struct rows *ret)
{
	if (t->person == 0 || (!t->walking && t->person != INT64_MAX))
		return false;
	while (t->walking && t->person <= person) {
		if (t->person == person)
			list_push(&ret->list, t->team);
		t->walking = inbox_team_next(&t->walk, &t->person, &t->team);
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

static void team_put(struct scim_request *x, struct inbox *inbox, int64_t row, bool direct,
		     struct rows *around, struct buf *out)
{
	const struct team *team;

	if (!direct && seen(around, row))
		return;
	team = team_find(x, inbox, row);
	if (!team->there)
		return;
	buf_char(out, around->list.count == 0 ? '[' : ',');
	list_push(&around->list, row);
	buf_put(out, team->text);
	buf_put(out, direct ? STR("direct\"}") : STR("indirect\"}"));
}

/* Direct groups, then those that these are in, each once. */
void render_groups(struct scim_request *x, struct inbox *inbox, int64_t row, struct buf *out)
{
	struct rows direct = {0}, around = {0};

	if (!walk_take(teams_of(x), row, &direct))
		rows_read(inbox, row, &direct);
	for (size_t i = 0; i < direct.list.count; i++)
		team_put(x, inbox, direct.list.items[i], true, &around, out);
	for (size_t i = 0; i < around.list.count; i++) {
		/* A copy: what is looked up meanwhile may move the team, but not its list. */
		struct team team = *team_with_around(x, inbox, around.list.items[i]);

		for (size_t k = 0; k < team.count; k++)
			team_put(x, inbox, team.around[k], false, &around, out);
	}
	if (around.list.count > 0)
		buf_char(out, ']');
	list_clear(&direct.list);
	list_clear(&around.list);
}
