/* SPDX-License-Identifier: Apache-2.0 */
/* Held plans, and what people decide about them. */
#include "base/clock.h"
#include "model/decision.h"
#include "store/state/internal.h"

/* -- reading -- */

#define PLAN_COLUMNS                                                                               \
	"SELECT plan.number, sync.name, checksum, state, verdict, approvable, reasons, made, "     \
	"held, expires, decided_by, decided"
#define PLAN_TABLES " FROM plan JOIN sync ON sync.number = plan.sync "

static struct held_plan held_plan_read(struct query *q, struct arena *arena)
{
	struct held_plan plan = {
		.number = query_int(q, 0),
		.sync = column_copy(q, 1, arena),
		.checksum = column_copy(q, 2, arena),
		.state = plan_state_find(query_str(q, 3)),
		.verdict = verdict_find(query_str(q, 4)),
		.approvable = query_int(q, 5) != 0,
		.reasons = column_copy(q, 6, arena),
		.made = query_int(q, 7),
		.held = query_int(q, 8),
		.expires = query_int(q, 9),
		.decided_by = column_copy(q, 10, arena),
		.decided = query_int(q, 11),
	};

	plan.state = decision_state(plan.state, plan.expires, clock_now());
	return plan;
}

int state_plans(struct state *s, str sync, size_t limit, struct held_plans *ret, struct err *err)
{
	struct query *q;

	db_begin_read(s->db);
	if (sync.n) {
		q = db_query(s->db, PLAN_COLUMNS PLAN_TABLES
			     "WHERE sync.name = ? ORDER BY plan.number DESC LIMIT ?");
		query_bind_str(q, sync);
	} else {
		q = db_query(s->db, PLAN_COLUMNS PLAN_TABLES "ORDER BY plan.number DESC LIMIT ?");
	}
	query_bind_int(q, (int64_t)limit);
	while (query_next(q))
		list_push(&ret->items, held_plan_read(q, &ret->arena));
	return db_commit(s->db, err);
}

/* In a transaction; false when there is none. */
static bool plan_read(struct state *s, int64_t number, struct arena *arena, struct held_plan *ret)
{
	struct query *q =
		db_query(s->db, PLAN_COLUMNS ", text, json" PLAN_TABLES "WHERE plan.number = ?");
	bool found;

	query_bind_int(q, number);
	found = query_next(q);
	if (found) {
		*ret = held_plan_read(q, arena);
		ret->text = column_copy(q, 12, arena);
		ret->json = column_copy(q, 13, arena);
	}
	query_end(q);
	return found;
}

static int no_such_plan(int64_t number, struct err *err)
{
	return err_set(err, REACH_RUN, CODE_USAGE,
		       "there is no plan %lld; `muster status` lists the held ones",
		       (long long)number);
}

int state_plan_load(struct state *s, int64_t number, struct arena *arena, struct held_plan *ret,
		    struct err *err)
{
	bool found;

	db_begin_read(s->db);
	found = plan_read(s, number, arena, ret);
	if (db_commit(s->db, err) < 0)
		return -1;
	return found ? 0 : no_such_plan(number, err);
}

int state_plan_approved(struct state *s, str sync, str checksum, int64_t *ret_number,
			struct err *err)
{
	struct arena arena = {0};
	struct query *q;
	int64_t number = 0;

	db_begin_read(s->db);
	q = db_query(s->db, PLAN_COLUMNS PLAN_TABLES "WHERE sync.name = ? AND checksum = ? AND "
						     "state = 'approved' ORDER BY plan.number");
	query_bind_str(q, sync);
	query_bind_str(q, checksum);
	while (query_next(q)) {
		struct held_plan plan = held_plan_read(q, &arena);

		if (decision_lets_pass(&plan))
			number = plan.number;
	}
	arena_clear(&arena);
	if (db_commit(s->db, err) < 0)
		return -1;
	*ret_number = number;
	return 0;
}

/* -- holding -- */

static void plans_replace(struct state *s, int64_t sync, int64_t except)
{
	struct query *q = db_query(s->db, "UPDATE plan SET state = 'replaced' WHERE sync = ? AND "
					  "number <> ? AND state IN ('held', 'approved')");

	query_bind_int(q, sync);
	query_bind_int(q, except);
	query_run(q);
}

/* The newest of this checksum that was not carried out; false when there is none. */
static bool plan_same(struct state *s, int64_t sync, str checksum, struct arena *arena,
		      struct held_plan *ret)
{
	struct query *q = db_query(s->db, PLAN_COLUMNS PLAN_TABLES
				   "WHERE plan.sync = ? AND checksum = ? AND state <> 'used' "
				   "ORDER BY plan.number DESC LIMIT 1");
	bool found;

	query_bind_int(q, sync);
	query_bind_str(q, checksum);
	found = query_next(q);
	if (found)
		*ret = held_plan_read(q, arena);
	query_end(q);
	return found;
}

static void plan_hold_again(struct state *s, struct held_plan *plan, int64_t now)
{
	struct query *q = db_query(
		s->db, "UPDATE plan SET held = ?, state = ?, expires = ? WHERE number = ?");

	decision_hold_again(plan, now);
	query_bind_int(q, plan->held);
	query_bind_str(q, str_of(plan_state_text(plan->state)));
	query_bind_int(q, plan->expires);
	query_bind_int(q, plan->number);
	query_run(q);
}

static int64_t plan_insert(struct state *s, int64_t sync, str checksum, int64_t now)
{
	struct query *q = db_query(
		s->db, "INSERT INTO plan (sync, checksum, state, verdict, approvable, reasons, "
		       "text, json, made, held, expires) "
		       "VALUES (?, ?, 'held', '', 0, '', '', '', ?, ?, ?)");

	query_bind_int(q, sync);
	query_bind_str(q, checksum);
	query_bind_int(q, now);
	query_bind_int(q, now);
	query_bind_int(q, now + DECISION_LIFE);
	query_run(q);
	return db_last_number(s->db);
}

static void plan_content(struct state *s, int64_t number, const struct plan *plan, str text,
			 str json)
{
	struct query *q = db_query(s->db, "UPDATE plan SET verdict = ?, approvable = ?, "
					  "reasons = ?, text = ?, json = ? WHERE number = ?");
	struct buf reasons = {0};

	list_each (const str, reason, &plan->reasons) {
		buf_put(&reasons, *reason);
		buf_char(&reasons, '\n');
	}
	query_bind_str(q, str_of(verdict_text(plan->verdict)));
	query_bind_int(q, plan->approvable);
	query_bind_str(q, str_trim(buf_str(&reasons)));
	query_bind_str(q, text);
	query_bind_str(q, json);
	query_bind_int(q, number);
	query_run(q);
	buf_clear(&reasons);
}

int state_plan_hold(struct state *s, const struct plan *plan, str text, str json,
		    int64_t *ret_number, struct err *err)
{
	str checksum = str_of(plan->checksum);
	struct arena arena = {0};
	struct held_plan same;
	int64_t now = clock_now(), sync, number;

	if (sync_get(s, plan->sync, &sync, err) < 0)
		return -1;
	db_begin(s->db);
	if (plan_same(s, sync, checksum, &arena, &same)) {
		number = same.number;
		plan_hold_again(s, &same, now);
	} else {
		number = plan_insert(s, sync, checksum, now);
	}
	arena_clear(&arena);
	plan_content(s, number, plan, text, json);
	plans_replace(s, sync, number);
	if (db_commit(s->db, err) < 0)
		return -1;
	*ret_number = number;
	return 0;
}

int state_plans_replace(struct state *s, str sync, struct err *err)
{
	int64_t number;

	if (sync_get(s, sync, &number, err) < 0)
		return -1;
	db_begin(s->db);
	plans_replace(s, number, 0);
	return db_commit(s->db, err);
}

/* -- deciding -- */

static void decision_write(struct state *s, const struct held_plan *plan, bool approve, str who)
{
	struct query *q = db_query(s->db, "UPDATE plan SET state = ?, decided_by = ?, decided = ?, "
					  "expires = ? WHERE number = ?");

	query_bind_str(q, str_of(plan_state_text(approve ? PLAN_APPROVED : PLAN_REJECTED)));
	query_bind_str(q, who);
	query_bind_int(q, clock_now());
	query_bind_int(q, clock_now() + DECISION_LIFE);
	query_bind_int(q, plan->number);
	query_run(q);
}

int state_plan_decide(struct state *s, int64_t number, str checksum, bool approve, str who,
		      struct err *err)
{
	struct arena arena = {0};
	struct held_plan plan = {0};
	int rc = -1;

	db_begin(s->db);
	if (!plan_read(s, number, &arena, &plan)) {
		if (db_error(s->db, err) == 0)
			no_such_plan(number, err);
		goto out;
	}
	if (decision_check_plan(&plan, checksum, approve, err) < 0)
		goto out;
	decision_write(s, &plan, approve, who);
	rc = db_commit(s->db, err);
out:
	db_rollback(s->db);
	arena_clear(&arena);
	return rc;
}

int state_plan_used(struct state *s, int64_t number, struct err *err)
{
	struct query *q;

	db_begin(s->db);
	q = db_query(s->db, "UPDATE plan SET state = 'used' WHERE number = ?");
	query_bind_int(q, number);
	query_run(q);
	return db_commit(s->db, err);
}
