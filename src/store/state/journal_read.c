/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the journal back: a run in full, what is unsettled, the history of one entry. */
#include <jansson.h>
#include <string.h>

#include "store/state/internal.h"

#define COLUMNS                                                                                    \
	"SELECT change.run, change.number, kind, user_source, user_target, user_label, "           \
	"user_name, user_address, user_origin, team_source, team_target, team_label, dn, digest, " \
	"role, old_role, invitation, key, returns, created, why, edits, reason, intended, "        \
	"outcome, at, id, "                                                                        \
	"change.error, looks FROM change "

enum column {
	COLUMN_RUN,
	COLUMN_NUMBER,
	COLUMN_KIND,
	COLUMN_USER, /* source, target, label, name, address, origin */
	COLUMN_TEAM = COLUMN_USER + 6, /* source, target, label */
	COLUMN_DN = COLUMN_TEAM + 3,
	COLUMN_DIGEST,
	COLUMN_ROLE,
	COLUMN_OLD_ROLE,
	COLUMN_INVITATION,
	COLUMN_KEY,
	COLUMN_RETURNS,
	COLUMN_CREATED,
	COLUMN_WHY,
	COLUMN_EDITS,
	COLUMN_REASON,
	COLUMN_INTENDED,
	COLUMN_OUTCOME,
	COLUMN_AT,
	COLUMN_ID,
	COLUMN_ERROR,
	COLUMN_LOOKS,
};

/* -- edits -- */

static str json_text(const json_t *value, struct arena *arena)
{
	if (!json_is_string(value))
		return (str){NULL, 0};
	return arena_str(arena, str_make(json_string_value(value), json_string_length(value)));
}

void edits_read(str text, struct arena *arena, struct edit **ret, size_t *ret_count)
{
	json_t *all = text.n ? json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL) : NULL;
	size_t count = json_array_size(all);
	struct edit *edits = count ? arena_array(arena, struct edit, count) : NULL;

	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(all, i);

		edits[i].path = json_text(json_array_get(one, 0), arena);
		edits[i].before = json_text(json_array_get(one, 1), arena);
		edits[i].after = json_text(json_array_get(one, 2), arena);
	}
	json_decref(all);
	*ret = edits;
	*ret_count = count;
}

/* -- rows -- */

/* Entries that several changes speak of are one object, as in the plan that was journaled. */
struct reading {
	struct journal *into;
	struct intern keys; /* the number is the index in plan.objects */
	struct buf key;
};

static uint32_t object_put(struct reading *r, enum entry_kind kind, str source, str target,
			   str label)
{
	struct plan *plan = &r->into->plan;
	uint32_t index;

	buf_reset(&r->key);
	buf_printf(&r->key, "%d%.*s", kind, STR_ARG(source));
	if (source.n == 0)
		buf_printf(&r->key, "\n%.*s\n%.*s", STR_ARG(target), STR_ARG(label));
	index = intern_put(&r->keys, buf_str(&r->key));
	if (index < plan->objects.count) {
		if (plan->objects.items[index].target_id.n == 0)
			plan->objects.items[index].target_id = target;
		return index;
	}
	list_push(&plan->objects, ((struct object){
					  .kind = kind,
					  .source_id = source,
					  .target_id = target,
					  .label = label,
					  .target_row = ROW_NONE,
					  .source_row = ROW_NONE,
				  }));
	return index;
}

static uint32_t user_read(struct reading *r, struct query *q)
{
	struct arena *arena = &r->into->plan.arena;
	struct object *o;
	uint32_t index;

	if (query_is_null(q, COLUMN_USER))
		return ROW_NONE;
	index = object_put(r, ENTRY_USER, column_id_copy(q, COLUMN_USER, arena),
			   column_id_copy(q, COLUMN_USER + 1, arena),
			   column_copy(q, COLUMN_USER + 2, arena));
	o = &r->into->plan.objects.items[index];
	if (o->name.n == 0)
		o->name = column_copy(q, COLUMN_USER + 3, arena);
	if (o->address.n == 0)
		o->address = column_copy(q, COLUMN_USER + 4, arena);
	if (o->origin.n == 0)
		o->origin = column_copy(q, COLUMN_USER + 5, arena);
	return index;
}

static uint32_t team_read(struct reading *r, struct query *q)
{
	struct arena *arena = &r->into->plan.arena;

	if (query_is_null(q, COLUMN_TEAM))
		return ROW_NONE;
	return object_put(r, ENTRY_GROUP, column_id_copy(q, COLUMN_TEAM, arena),
			  column_id_copy(q, COLUMN_TEAM + 1, arena),
			  column_copy(q, COLUMN_TEAM + 2, arena));
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

static void main_read(struct plan *plan, struct change *c, struct query *q)
{
	uint32_t index = c->user == ROW_NONE ? c->team : c->user;
	struct object *o;

	if (index == ROW_NONE)
		return;
	o = &plan->objects.items[index];
	if (o->dn.n == 0)
		o->dn = column_copy(q, COLUMN_DN, &plan->arena);
	if (o->digest == 0)
		o->digest = (uint64_t)query_int(q, COLUMN_DIGEST);
	fields_restore(plan, c, o);
}

static void entry_read(struct journal *j, struct query *q, uint32_t number)
{
	struct arena *arena = &j->plan.arena;
	bool known = !query_is_null(q, COLUMN_OUTCOME);

	list_push(&j->entries, ((struct journal_entry){
				       .run = query_int(q, COLUMN_RUN),
				       .number = number,
				       .intended = query_int(q, COLUMN_INTENDED),
				       .at = query_int(q, COLUMN_AT),
				       .known = known,
				       .outcome = known ? outcome_find(query_str(q, COLUMN_OUTCOME),
								       OUTCOME_UNKNOWN)
							: OUTCOME_UNKNOWN,
				       .id = column_copy(q, COLUMN_ID, arena),
				       .error = column_copy(q, COLUMN_ERROR, arena),
				       .looks = (uint32_t)query_int(q, COLUMN_LOOKS),
			       }));
}

static void row_read(struct reading *r, struct query *q)
{
	struct journal *j = r->into;
	struct arena *arena = &j->plan.arena;
	int kind = change_kind_find(query_str(q, COLUMN_KIND));
	struct change c;

	/* A kind of a program that knew more: nothing here can act on it. */
	if (kind < 0)
		return;
	c = (struct change){
		.kind = (enum change_kind)kind,
		.user = user_read(r, q),
		.role = column_copy(q, COLUMN_ROLE, arena),
		.old_role = column_copy(q, COLUMN_OLD_ROLE, arena),
		.reason = column_copy(q, COLUMN_REASON, arena),
		.invitation = column_copy(q, COLUMN_INVITATION, arena),
		.key = column_copy(q, COLUMN_KEY, arena),
		.returns = query_int(q, COLUMN_RETURNS) != 0,
		.created = query_int(q, COLUMN_CREATED) != 0,
		.why = revoke_why_find(query_str(q, COLUMN_WHY)),
		.number = (uint32_t)query_int(q, COLUMN_NUMBER),
	};
	c.team = team_read(r, q);
	edits_read(query_str(q, COLUMN_EDITS), arena, &c.edits, &c.edit_count);
	main_read(&j->plan, &c, q);
	entry_read(j, q, c.number);
	list_push(&j->plan.changes, c);
}

static void journal_read(struct query *q, struct journal *ret)
{
	struct reading r = {.into = ret};

	while (query_next(q))
		row_read(&r, q);
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
	q = db_query(s->db, COLUMNS "WHERE run = ? ORDER BY number");
	query_bind_int(q, run);
	journal_read(q, ret);
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
		q = db_query(s->db,
			     COLUMNS "JOIN run ON run.number = change.run WHERE run.sync = ? "
				     "AND user_source IS NOT NULL AND ((user_source = ? AND "
				     "user_source <> '') OR (user_target = ? AND user_target <> "
				     "'')) ORDER BY change.run DESC, change.number DESC LIMIT ?");
	else
		q = db_query(s->db,
			     COLUMNS "JOIN run ON run.number = change.run WHERE run.sync = ? "
				     "AND team_source IS NOT NULL AND ((team_source = ? AND "
				     "team_source <> '') OR (team_target = ? AND team_target <> "
				     "'')) ORDER BY change.run DESC, change.number DESC LIMIT ?");
	query_bind_int(q, sync_find(s, sync));
	bind_id(q, source_id);
	bind_id(q, target_id);
	query_bind_int(q, (int64_t)limit);
	journal_read(q, ret);
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
	q = db_query(s->db, COLUMNS
		     "WHERE open = 1 AND EXISTS (SELECT 1 FROM run WHERE "
		     "run.number = change.run AND run.sync = ?) ORDER BY run, change.number");
	query_bind_int(q, number);
	journal_read(q, ret);
	targets_restore(s, number, &ret->plan);
	if (db_commit(s->db, err) < 0)
		return -1;
	ret->plan.sync = arena_str(&ret->plan.arena, sync);
	return 0;
}
