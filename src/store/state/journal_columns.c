/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a plan as columns of the journal: the statements that write and read them, made
 * from the tables of the model. */
#include <assert.h>

#include "store/state/internal.h"

/* -- the statements -- */

static void journal_columns_add(struct journal_columns *all, enum journal_whose whose,
				const struct plan_column *table, unsigned place)
{
	for (const struct plan_column *column = table; column->name; column++) {
		if (!(column->places & place))
			continue;
		assert(all->count < JOURNAL_COLUMNS_MAX);
		all->items[all->count++] = (struct journal_column){whose, column};
	}
}

static void journal_names_put(const struct journal_columns *all, const char *table, struct buf *out)
{
	static const char *const prefixes[] = {
		[OF_CHANGE] = "", [OF_USER] = "user_", [OF_TEAM] = "team_", [OF_MAIN] = ""};

	for (size_t i = 0; i < all->count; i++)
		buf_printf(out, ", %s%s%s", table, prefixes[all->items[i].whose],
			   all->items[i].column->sql);
}

void journal_columns_init(struct journal_columns *all, struct arena *arena)
{
	struct buf text = {0};

	journal_columns_add(all, OF_USER, object_columns, IN_JOURNAL_USER);
	journal_columns_add(all, OF_TEAM, object_columns, IN_JOURNAL_TEAM);
	journal_columns_add(all, OF_MAIN, object_columns, IN_JOURNAL_MAIN);
	journal_columns_add(all, OF_CHANGE, change_columns, IN_JOURNAL);
	buf_text(&text, "INSERT INTO change (run, intended, weight, open");
	journal_names_put(all, "", &text);
	buf_text(&text, ") VALUES (?, ?, ?, 1");
	for (size_t i = 0; i < all->count; i++)
		buf_text(&text, ", ?");
	buf_char(&text, ')');
	all->insert = arena_str(arena, buf_str(&text)).p;
	buf_reset(&text);
	buf_text(&text, "SELECT change.run, intended, outcome, at, id, change.error, looks");
	journal_names_put(all, "change.", &text);
	buf_text(&text, " FROM change ");
	all->select = arena_str(arena, buf_str(&text)).p;
	buf_clear(&text);
}

/* -- values in -- */

static void object_column_bind(struct query *q, const struct plan_column *column,
			       const struct object *o)
{
	static const struct object nobody;

	if (o && column->places & IN_JOURNAL_ALWAYS) {
		bind_id(q, column_text(column, o));
		return;
	}
	o = o ? o : &nobody;
	if (column->kind == COLUMN_ID)
		bind_id_or_null(q, column_text(column, o));
	else if (column->kind == COLUMN_DIGEST)
		query_bind_int(q, (int64_t) * (const uint64_t *)column_at(column, o));
	else
		bind_text_or_null(q, column_text(column, o));
}

static void change_column_bind(struct query *q, const struct plan_column *column,
			       const struct change *c, str edits)
{
	switch (column->kind) {
	case COLUMN_NUMBER:
		query_bind_int(q, *(const uint32_t *)column_at(column, c));
		break;
	case COLUMN_FLAG:
		query_bind_int(q, *(const bool *)column_at(column, c));
		break;
	case COLUMN_EDITS:
		bind_text_or_null(q, edits);
		break;
	case COLUMN_WHY:
		bind_text_or_null(q, c->kind == CHANGE_REVOKE ? column_text(column, c) : STR(""));
		break;
	default:
		bind_text_or_null(q, column_text(column, c));
		break;
	}
}

void journal_columns_bind(struct query *q, const struct journal_columns *all,
			  const struct plan *plan, const struct change *c, str edits)
{
	const struct object *of[] = {
		[OF_USER] = plan_object_at(plan, c->user),
		[OF_TEAM] = plan_object_at(plan, c->team),
		[OF_MAIN] = plan_object_at(plan, change_subject(c)),
	};

	for (size_t i = 0; i < all->count; i++) {
		const struct journal_column *item = &all->items[i];

		if (item->whose == OF_CHANGE)
			change_column_bind(q, item->column, c, edits);
		else
			object_column_bind(q, item->column, of[item->whose]);
	}
}

/* -- values out -- */

static void object_column_read(struct query *q, int at, const struct plan_column *column,
			       struct arena *arena, struct object *ret)
{
	void *value = column_in(column, ret);

	if (column->kind == COLUMN_ID)
		*(str *)value = column_id_copy(q, at, arena);
	else if (column->kind == COLUMN_DIGEST)
		*(uint64_t *)value = (uint64_t)query_int(q, at);
	else
		*(str *)value = column_copy(q, at, arena);
}

static void change_column_read(struct query *q, int at, const struct plan_column *column,
			       struct arena *arena, struct change *ret)
{
	void *value = column_in(column, ret);

	switch (column->kind) {
	case COLUMN_NUMBER:
		*(uint32_t *)value = (uint32_t)query_int(q, at);
		break;
	case COLUMN_FLAG:
		*(bool *)value = query_int(q, at) != 0;
		break;
	case COLUMN_CHANGE_KIND:
		*(enum change_kind *)value = (enum change_kind)change_kind_find(query_str(q, at));
		break;
	case COLUMN_WHY:
		*(enum revoke_why *)value = revoke_why_find(query_str(q, at));
		break;
	case COLUMN_EDITS:
		edits_read(query_str(q, at), arena, &ret->edits, &ret->edit_count);
		break;
	default:
		*(str *)value = column_copy(q, at, arena);
		break;
	}
}

bool journal_columns_read(struct query *q, const struct journal_columns *all, struct arena *arena,
			  struct journal_row *ret)
{
	*ret = (struct journal_row){
		.objects = {[OF_USER] = {.kind = ENTRY_USER}, [OF_TEAM] = {.kind = ENTRY_GROUP}}};
	for (size_t i = 0; i < all->count; i++) {
		const struct journal_column *item = &all->items[i];
		int at = JOURNAL_FIXED_COLUMNS + (int)i;

		if (item->column->kind == COLUMN_CHANGE_KIND &&
		    change_kind_find(query_str(q, at)) < 0)
			return false;
		if (item->column->places & IN_JOURNAL_ALWAYS)
			ret->is_there[item->whose] = !query_is_null(q, at);
		if (item->whose == OF_CHANGE)
			change_column_read(q, at, item->column, arena, &ret->change);
		else
			object_column_read(q, at, item->column, arena, &ret->objects[item->whose]);
	}
	return true;
}
