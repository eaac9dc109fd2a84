/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: their beginning and end, the list of them, and letting go of old ones. */
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "store/state/internal.h"

/* How what a plan counted is called in run_count. */
struct count_name {
	const char *name;
	size_t offset;
};

#define COUNT(field)                                                                               \
	{                                                                                          \
#field, offsetof(struct counts, field)                                             \
	}
static const struct count_name count_names[] = {
	COUNT(create),         COUNT(update),       COUNT(disable),      COUNT(remove),
	COUNT(teams_create),   COUNT(teams_update), COUNT(teams_delete), COUNT(members_add),
	COUNT(members_remove), COUNT(roles),        COUNT(invite),       COUNT(resend),
	COUNT(revoke),         COUNT(handoffs),     COUNT(adopt),        COUNT(miss),
	COUNT(forget),
};
#define READ(field)                                                                                \
	{                                                                                          \
#field, offsetof(struct run_record, field)                                         \
	}
static const struct count_name read_names[] = {READ(source_users), READ(source_groups),
					       READ(source_edges)};

enum {
	COUNT_NAMES = sizeof count_names / sizeof *count_names,
	READ_NAMES = sizeof read_names / sizeof *read_names
};

static uint64_t *count_at(void *base, const struct count_name *name)
{
	return (uint64_t *)(void *)((char *)base + name->offset);
}

/* -- beginning and end -- */

int state_run_begin(struct state *s, str sync, str command, int64_t *ret_run, struct err *err)
{
	struct query *q;
	int64_t number, run;

	if (sync_get(s, sync, &number, err) < 0)
		return -1;
	db_begin(s->db);
	/* The lock is held, so whoever did not end is dead. */
	q = db_query(s->db, "UPDATE run SET ended = ?, error = 'the process died before the run "
			    "ended' WHERE sync = ? AND ended = 0");
	query_bind_int(q, clock_now());
	query_bind_int(q, number);
	query_run(q);
	q = db_query(s->db, "INSERT INTO run (sync, command, started) VALUES (?, ?, ?)");
	query_bind_int(q, number);
	query_bind_str(q, command);
	query_bind_int(q, clock_now());
	query_run(q);
	run = db_last_number(s->db);
	if (db_commit(s->db, err) < 0)
		return -1;
	*ret_run = run;
	return 0;
}

static void count_write(struct state *s, int64_t run, const char *what, uint64_t value)
{
	struct query *q;

	if (value == 0)
		return;
	q = db_query(s->db, "INSERT INTO run_count (run, what, value) VALUES (?, ?, ?) "
			    "ON CONFLICT (run, what) DO UPDATE SET value = excluded.value");
	query_bind_int(q, run);
	query_bind_str(q, str_of(what));
	query_bind_int(q, (int64_t)value);
	query_run(q);
}

static void run_counts_write(struct state *s, int64_t run, const struct plan *plan)
{
	struct counts counts = plan->counts;
	struct run_record read = {
		.source_users = plan->source_users,
		.source_groups = plan->source_groups,
		.source_edges = plan->source_edges,
	};

	for (size_t i = 0; i < COUNT_NAMES; i++)
		count_write(s, run, count_names[i].name, *count_at(&counts, &count_names[i]));
	for (size_t i = 0; i < READ_NAMES; i++)
		count_write(s, run, read_names[i].name, *count_at(&read, &read_names[i]));
}

int state_run_end(struct state *s, int64_t run, int code, const struct plan *plan, str error,
		  struct err *err)
{
	struct query *q;

	if (state_flush(s, err) < 0)
		return -1;
	db_begin(s->db);
	q = db_query(s->db, "UPDATE run SET ended = ?, code = ?, error = ?, verdict = ?, "
			    "checksum = ?, complete = ? WHERE number = ?");
	query_bind_int(q, clock_now());
	query_bind_int(q, code);
	query_bind_str(q, error);
	if (plan)
		query_bind_str(q, str_of(verdict_text(plan->verdict)));
	else
		query_bind_null(q);
	query_bind_str(q, str_of(plan ? plan->checksum : ""));
	query_bind_int(q, plan && plan->source_complete);
	query_bind_int(q, run);
	query_run(q);
	if (plan)
		run_counts_write(s, run, plan);
	if (db_commit(s->db, err) < 0)
		return -1;
	return db_idle(s->db, err);
}

/* -- reading -- */

static bool count_take(void *base, const struct count_name *names, size_t count, str what,
		       uint64_t value)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal(what, str_of(names[i].name))) {
			*count_at(base, &names[i]) = value;
			return true;
		}
	}
	return false;
}

static void run_counts_read(struct state *s, struct run_record *run)
{
	static const str prefix = {"outcome ", 8};
	struct query *q = db_query(s->db, "SELECT what, value FROM run_count WHERE run = ?");

	query_bind_int(q, run->number);
	while (query_next(q)) {
		str what = query_str(q, 0);
		uint64_t value = (uint64_t)query_int(q, 1);

		if (str_starts(what, prefix))
			run->outcomes[outcome_find(str_slice(what, prefix.n, what.n),
						   OUTCOME_UNKNOWN)] += value;
		else if (!count_take(&run->counts, count_names, COUNT_NAMES, what, value))
			count_take(run, read_names, READ_NAMES, what, value);
	}
	q = db_query(s->db, "SELECT count(*) FROM change WHERE run = ? AND open = 1");
	query_bind_int(q, run->number);
	if (query_next(q))
		run->unsettled = (uint64_t)query_int(q, 0);
	query_end(q);
}

#define RUN_COLUMNS                                                                                \
	"SELECT run.number, sync.name, command, started, ended, code, error, verdict, checksum, "  \
	"complete FROM run JOIN sync ON sync.number = run.sync "

static struct run_record run_row_read(struct query *q, struct arena *arena)
{
	return (struct run_record){
		.number = query_int(q, 0),
		.sync = column_copy(q, 1, arena),
		.command = column_copy(q, 2, arena),
		.started = query_int(q, 3),
		.ended = query_int(q, 4),
		.code = (int)query_int(q, 5),
		.error = column_copy(q, 6, arena),
		.planned = !query_is_null(q, 7),
		.verdict = query_is_null(q, 7) ? VERDICT_GO : verdict_find(query_str(q, 7)),
		.checksum = column_copy(q, 8, arena),
		.source_complete = query_int(q, 9) != 0,
	};
}

bool run_record_read(struct state *s, int64_t run, struct arena *arena, struct run_record *ret)
{
	struct query *q = db_query(s->db, RUN_COLUMNS "WHERE run.number = ?");
	bool found;

	query_bind_int(q, run);
	found = query_next(q);
	if (found)
		*ret = run_row_read(q, arena);
	query_end(q);
	if (found)
		run_counts_read(s, ret);
	return found;
}

int state_runs(struct state *s, str sync, size_t limit, struct run_records *ret, struct err *err)
{
	struct query *q;

	db_begin_read(s->db);
	if (sync.n) {
		q = db_query(s->db,
			     RUN_COLUMNS "WHERE sync.name = ? ORDER BY run.number DESC LIMIT ?");
		query_bind_str(q, sync);
	} else {
		q = db_query(s->db, RUN_COLUMNS "ORDER BY run.number DESC LIMIT ?");
	}
	query_bind_int(q, (int64_t)limit);
	while (query_next(q))
		list_push(&ret->items, run_row_read(q, &ret->arena));
	list_each (struct run_record, run, &ret->items)
		run_counts_read(s, run);
	return db_commit(s->db, err);
}

/* -- letting go -- */

int state_runs_prune(struct state *s, int64_t before, struct err *err)
{
	struct query *q;

	db_begin(s->db);
	q = db_query(s->db, "DELETE FROM run WHERE ended > 0 AND ended < ? "
			    "AND number NOT IN (SELECT max(number) FROM run GROUP BY sync) "
			    "AND NOT EXISTS (SELECT 1 FROM change WHERE change.run = run.number "
			    "AND change.open = 1)");
	query_bind_int(q, before);
	query_run(q);
	return db_commit(s->db, err);
}
