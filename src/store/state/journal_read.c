/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the journal back: a run in full, what is unsettled, the history of one entry. */
#include <string.h>

#include "store/state/internal.h"

/* -- rows -- */

/* Entries that several changes speak of are one object, as in the plan that was journaled. */
struct journal_reading {
	struct journal *into;
	const struct journal_columns *columns;
	struct intern keys; /* the number is the index in plan.objects */
	struct buf key;
};

/* What an earlier row did not know of an object. */
static void object_complete(struct object *o, const struct object *more)
{
	for (const struct plan_column *column = object_columns; column->name; column++) {
		str *text = column_in(column, o);

		if ((column->kind == COLUMN_TEXT || column->kind == COLUMN_ID) && text->n == 0)
			*text = *(const str *)column_at(column, more);
	}
	if (o->digest == 0)
		o->digest = more->digest;
}

static uint32_t journal_object_put(struct journal_reading *r, const struct object *o)
{
	struct plan *plan = &r->into->plan;
	uint32_t index;

	buf_reset(&r->key);
	buf_printf(&r->key, "%d%.*s", o->kind, STR_ARG(o->source_id));
	if (o->source_id.n == 0)
		buf_printf(&r->key, "\n%.*s\n%.*s", STR_ARG(o->target_id), STR_ARG(o->label));
	index = intern_put(&r->keys, buf_str(&r->key));
	if (index < plan->objects.count) {
		object_complete(&plan->objects.items[index], o);
		return index;
	}
	list_push(&plan->objects, *o);
	plan->objects.items[index].target_row = ROW_NONE;
	plan->objects.items[index].source_row = ROW_NONE;
	return index;
}

/* The fields of a create were journaled as edits; connectors look for them in the object. */
static void fields_restore(struct plan *plan, const struct change *c, struct object *o)
{
	if ((c->kind != CHANGE_CREATE_USER && c->kind != CHANGE_CREATE_TEAM) || c->edit_count == 0)
		return;
	o->fields = arena_array(&plan->arena, struct field, c->edit_count);
	o->field_count = c->edit_count;
	for (size_t i = 0; i < c->edit_count; i++)
		o->fields[i] = (struct field){c->edits[i].path, c->edits[i].after};
}

static void journal_entry_read(struct journal *j, struct query *q, uint32_t number)
{
	struct arena *arena = &j->plan.arena;
	bool known = !query_is_null(q, FIXED_OUTCOME);

	list_push(&j->entries, ((struct journal_entry){
				       .run = query_int(q, FIXED_RUN),
				       .number = number,
				       .intended = query_int(q, FIXED_INTENDED),
				       .at = query_int(q, FIXED_AT),
				       .known = known,
				       .outcome = known ? outcome_find(query_str(q, FIXED_OUTCOME),
								       OUTCOME_UNKNOWN)
							: OUTCOME_UNKNOWN,
				       .id = column_copy(q, FIXED_ID, arena),
				       .error = column_copy(q, FIXED_ERROR, arena),
				       .looks = (uint32_t)query_int(q, FIXED_LOOKS),
			       }));
}

static void journal_row_read(struct journal_reading *r, struct query *q)
{
	struct plan *plan = &r->into->plan;
	struct journal_row row;
	struct change *c = &row.change;
	uint32_t about;

	if (!journal_columns_read(q, r->columns, &plan->arena, &row))
		return;
	c->user = row.is_there[OF_USER] ? journal_object_put(r, &row.objects[OF_USER]) : ROW_NONE;
	c->team = row.is_there[OF_TEAM] ? journal_object_put(r, &row.objects[OF_TEAM]) : ROW_NONE;
	about = change_subject(c);
	if (about != ROW_NONE) {
		object_complete(&plan->objects.items[about], &row.objects[OF_MAIN]);
		fields_restore(plan, c, &plan->objects.items[about]);
	}
	journal_entry_read(r->into, q, c->number);
	list_push(&plan->changes, *c);
}

/* `where` follows FROM change. */
static struct query *journal_query(struct state *s, const char *where)
{
	struct buf sql = {0};
	struct query *q;

	buf_text(&sql, s->columns.select);
	buf_text(&sql, where);
	q = db_query(s->db, sql.p);
	buf_clear(&sql);
	return q;
}

static void journal_read(struct state *s, struct query *q, struct journal *ret)
{
	struct journal_reading r = {.into = ret, .columns = &s->columns};

	while (query_next(q))
		journal_row_read(&r, q);
	intern_clear(&r.keys);
	buf_clear(&r.key);
}

/* -- what is asked for -- */

int state_run_load(struct state *s, int64_t run, struct journal *ret, struct err *err)
{
	struct query *q;
	bool found;

	db_begin_read(s->db);
	found = run_record_read(s, run, &ret->plan.arena, &ret->run);
	q = journal_query(s, "WHERE run = ? ORDER BY number");
	query_bind_int(q, run);
	journal_read(s, q, ret);
	if (db_commit(s->db, err) < 0)
		return -1;
	if (!found)
		return err_set(err, REACH_RUN, CODE_USAGE,
			       "there is no run %lld; `muster runs` lists them", (long long)run);
	ret->plan.sync = ret->run.sync;
	ret->plan.verdict = ret->run.verdict;
	ret->plan.counts = ret->run.counts;
	ret->plan.source_users = ret->run.source_users;
	ret->plan.source_groups = ret->run.source_groups;
	ret->plan.source_edges = ret->run.source_edges;
	ret->plan.source_complete = ret->run.source_complete;
	if (ret->run.checksum.n < sizeof ret->plan.checksum)
		memcpy(ret->plan.checksum, ret->run.checksum.p, ret->run.checksum.n);
	return 0;
}

int state_history(struct state *s, str sync, enum entry_kind kind, str source_id, str target_id,
		  size_t limit, struct journal *ret, struct err *err)
{
	struct query *q;

	db_begin_read(s->db);
	/* An empty id is no id: it must not find the entries that have none either. */
	if (kind == ENTRY_USER)
		q = journal_query(s, "JOIN run ON run.number = change.run WHERE run.sync = ? "
				     "AND user_source IS NOT NULL AND ((user_source = ? AND "
				     "user_source <> '') OR (user_target = ? AND user_target <> "
				     "'')) ORDER BY change.run DESC, change.number DESC LIMIT ?");
	else
		q = journal_query(s, "JOIN run ON run.number = change.run WHERE run.sync = ? "
				     "AND team_source IS NOT NULL AND ((team_source = ? AND "
				     "team_source <> '') OR (team_target = ? AND team_target <> "
				     "'')) ORDER BY change.run DESC, change.number DESC LIMIT ?");
	query_bind_int(q, sync_find(s, sync));
	bind_id(q, source_id);
	bind_id(q, target_id);
	query_bind_int(q, (int64_t)limit);
	journal_read(s, q, ret);
	return db_commit(s->db, err);
}

/* An entry that was created after the intent was written is known by its link now. */
static void targets_restore(struct state *s, int64_t sync, struct plan *plan)
{
	list_each (struct object, o, &plan->objects) {
		struct query *q;

		if (o->target_id.n || o->source_id.n == 0)
			continue;
		q = db_query(s->db, "SELECT target_id FROM link WHERE sync = ? AND kind = ? AND "
				    "source_id = ?");
		query_bind_int(q, sync);
		query_bind_int(q, o->kind);
		bind_id(q, o->source_id);
		if (query_next(q))
			o->target_id = column_id_copy(q, 0, &plan->arena);
		query_end(q);
	}
}

int state_unsettled(struct state *s, str sync, struct journal *ret, struct err *err)
{
	struct query *q;
	int64_t number;

	db_begin_read(s->db);
	number = sync_find(s, sync);
	q = journal_query(s,
			  "WHERE open = 1 AND EXISTS (SELECT 1 FROM run WHERE "
			  "run.number = change.run AND run.sync = ?) ORDER BY run, change.number");
	query_bind_int(q, number);
	journal_read(s, q, ret);
	targets_restore(s, number, &ret->plan);
	if (db_commit(s->db, err) < 0)
		return -1;
	ret->plan.sync = arena_str(&ret->plan.arena, sync);
	return 0;
}
