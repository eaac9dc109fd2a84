/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the journal: intents before their calls, outcomes in groups with what follows from them.
 */
#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "model/guard.h"
#include "store/state/internal.h"

enum { GROUP = 64, GROUP_MILLISECONDS = 50, ERROR_KEPT = 500 };

/* A create is journaled with all its fields, so that what a crash left of it can be looked up and
 * told. */
static void change_edits(const struct plan *plan, const struct change *c, struct buf *out)
{
	const struct object *o = plan_object_at(plan, change_subject(c));
	struct edit *edits;

	if (c->kind != CHANGE_CREATE_USER && c->kind != CHANGE_CREATE_TEAM) {
		if (c->edit_count)
			edits_write(c->edits, c->edit_count, out);
		return;
	}
	if (!o || o->field_count == 0)
		return;
	edits = mem_alloc(o->field_count, sizeof *edits);
	for (size_t i = 0; i < o->field_count; i++)
		edits[i] = (struct edit){.path = o->fields[i].name, .after = o->fields[i].value};
	edits_write(edits, o->field_count, out);
	free(edits);
}

static void intent_write(struct state *s, int64_t run, const struct plan *plan,
			 const struct change *c, int64_t now, struct buf *edits)
{
	struct query *q = db_query(s->db, s->columns.insert);
	enum weight weight = change_weight(c);

	buf_reset(edits);
	change_edits(plan, c, edits);
	query_bind_int(q, run);
	query_bind_int(q, now);
	bind_text_or_null(q, weight ? str_of(weight_text(weight)) : STR(""));
	journal_columns_bind(q, &s->columns, plan, c, buf_str(edits));
	query_run(q);
}

/* -- outcomes -- */

static void outcome_count_add(struct state *s, int64_t run, const char *outcome, int64_t count)
{
	struct query *q = db_query(s->db, "INSERT INTO run_count (run, what, value) "
					  "VALUES (?, 'outcome ' || ?, ?) ON CONFLICT (run, what) "
					  "DO UPDATE SET value = run_count.value + excluded.value");

	query_bind_int(q, run);
	query_bind_str(q, str_of(outcome));
	query_bind_int(q, count);
	query_run(q);
}

/* first: only a change that has no outcome yet. False when there is no such row. */
static bool outcome_write(struct state *s, const struct queued *q, bool first)
{
	const struct object *user = plan_object_at(q->plan, q->change->user);
	const struct object *team = plan_object_at(q->plan, q->change->team);
	bool creates_team = q->change->kind == CHANGE_CREATE_TEAM;
	bool open = q->outcome == OUTCOME_UNKNOWN;
	struct query *update = db_query(
		s->db, "UPDATE change SET outcome = ?, at = ?, id = ?, error = ?, open = ?, "
		       "looks = looks + ?, user_target = coalesce(?, user_target), "
		       "team_target = coalesce(?, team_target) WHERE run = ? AND number = ? "
		       "AND (outcome IS NULL OR ? = 0)");

	query_bind_str(update, str_of(outcome_text(q->outcome)));
	query_bind_int(update, q->at);
	bind_text_or_null(update, q->id);
	bind_text_or_null(update, q->error);
	query_bind_int(update, open);
	query_bind_int(update, q->is_look && open);
	bind_id_or_null(update, user ? user->target_id : (str){NULL, 0});
	bind_id_or_null(update, team ? (creates_team && q->id.n ? q->id : team->target_id)
				     : (str){NULL, 0});
	query_bind_int(update, q->run);
	query_bind_int(update, q->number);
	query_bind_int(update, first);
	query_run(update);
	return db_changes(s->db) > 0;
}

/* A change that had an outcome before, or one that was never announced because it sends nothing. */
static void outcome_again(struct state *s, const struct queued *q, struct buf *edits)
{
	struct query *find =
		db_query(s->db, "SELECT outcome FROM change WHERE run = ? AND number = ?");
	enum outcome before = OUTCOME_UNKNOWN;
	bool found;

	query_bind_int(find, q->run);
	query_bind_int(find, q->number);
	found = query_next(find);
	if (found)
		before = outcome_find(query_str(find, 0), OUTCOME_UNKNOWN);
	query_end(find);
	if (found)
		outcome_count_add(s, q->run, outcome_text(before), -1);
	else
		intent_write(s, q->run, q->plan, q->change, q->at, edits);
	outcome_write(s, q, false);
}

/* Runs of equal outcomes are the rule: one row of the count for many changes. */
struct outcome_run {
	int64_t run;
	enum outcome outcome;
	int64_t count;
};

static void outcome_run_flush(struct state *s, struct outcome_run *same)
{
	if (same->count)
		outcome_count_add(s, same->run, outcome_text(same->outcome), same->count);
	same->count = 0;
}

static void outcome_run_next(struct state *s, struct outcome_run *same, const struct queued *q)
{
	if (same->run != q->run || same->outcome != q->outcome)
		outcome_run_flush(s, same);
	same->run = q->run;
	same->outcome = q->outcome;
	same->count++;
}

static void queue_write(struct state *s)
{
	struct outcome_run same = {0};
	struct buf edits = {0};

	list_each (const struct queued, q, &s->queue) {
		if (!outcome_write(s, q, true))
			outcome_again(s, q, &edits);
		outcome_run_next(s, &same, q);
		if (q->outcome == OUTCOME_DONE || q->outcome == OUTCOME_ALREADY)
			consequence_write(s, q);
		else if (q->outcome == OUTCOME_REFUSED_FOR_GOOD)
			refusal_write(s, q);
	}
	outcome_run_flush(s, &same);
	buf_clear(&edits);
}

static void queue_forget(struct state *s)
{
	s->queue.count = 0;
	arena_clear(&s->queue_texts);
}

int state_flush(struct state *s, struct err *err)
{
	if (s->queue.count == 0)
		return 0;
	db_begin(s->db);
	queue_write(s);
	if (db_commit(s->db, err) < 0)
		return -1;
	queue_forget(s);
	return 0;
}

static int flush_if_due(struct state *s, struct err *err)
{
	if (s->queue.count < GROUP && clock_ticks() - s->queued_since < GROUP_MILLISECONDS)
		return 0;
	return state_flush(s, err);
}

int state_intend(struct state *s, int64_t run, const struct plan *plan,
		 struct change *const *changes, size_t count, struct err *err)
{
	struct buf edits = {0};
	int64_t now = clock_now();

	db_begin(s->db);
	queue_write(s);
	for (size_t i = 0; i < count; i++)
		intent_write(s, run, plan, changes[i], now, &edits);
	buf_clear(&edits);
	if (db_commit(s->db, err) < 0)
		return -1;
	queue_forget(s);
	return 0;
}

static int64_t sync_of_run(struct state *s, int64_t run)
{
	struct query *q;
	int64_t sync = 0;

	if (s->run == run)
		return s->run_sync;
	q = db_query(s->db, "SELECT sync FROM run WHERE number = ?");
	query_bind_int(q, run);
	if (query_next(q))
		sync = query_int(q, 0);
	query_end(q);
	s->run = run;
	s->run_sync = sync;
	return sync;
}

static struct queued *queue_add(struct state *s, int64_t run, str id, str error)
{
	struct queued *q = list_add(&s->queue);

	if (s->queue.count == 1)
		s->queued_since = clock_ticks();
	q->run = run;
	q->sync = sync_of_run(s, run);
	q->at = clock_now();
	q->id = arena_str(&s->queue_texts, id);
	q->error = arena_str(&s->queue_texts, str_slice(error, 0, ERROR_KEPT));
	return q;
}

int state_outcome(struct state *s, int64_t run, const struct plan *plan,
		  const struct change *change, enum outcome outcome, str ret_id,
		  const struct err *failure, struct err *err)
{
	bool failed = outcome != OUTCOME_DONE && outcome != OUTCOME_ALREADY;
	struct queued *q =
		queue_add(s, run, ret_id, failed && failure ? str_of(failure->text) : STR(""));

	q->plan = plan;
	q->change = change;
	q->number = change->number;
	q->outcome = outcome;
	return flush_if_due(s, err);
}

int state_settle(struct state *s, struct journal *j, size_t i, enum outcome outcome, str ret_id,
		 str why, struct err *err)
{
	const struct journal_entry *entry = &j->entries.items[i];
	struct change *change = &j->plan.changes.items[i];
	uint32_t index = change_subject(change);
	struct queued *q = queue_add(s, entry->run, ret_id, why);

	assert(j->entries.count == j->plan.changes.count);
	q->plan = &j->plan;
	q->change = change;
	q->number = entry->number;
	q->outcome = outcome;
	q->is_look = true;
	if ((change->kind == CHANGE_CREATE_USER || change->kind == CHANGE_CREATE_TEAM) &&
	    index != ROW_NONE && ret_id.n)
		j->plan.objects.items[index].target_id = arena_str(&j->plan.arena, ret_id);
	return flush_if_due(s, err);
}
