/* SPDX-License-Identifier: Apache-2.0 */
/* The health of a sync at a glance. */
#include "base/clock.h"
#include "store/state/internal.h"

static int64_t status_ask(struct state *s, int64_t sync, const char *sql)
{
	struct query *q = db_query(s->db, sql);
	int64_t value = 0;

	query_bind_int(q, sync);
	if (query_next(q))
		value = query_int(q, 0);
	query_end(q);
	return value;
}

/* A second value beside the sync. */
static int64_t status_ask_with(struct state *s, int64_t sync, int64_t value, const char *sql)
{
	struct query *q = db_query(s->db, sql);
	int64_t answer = 0;

	query_bind_int(q, sync);
	query_bind_int(q, value);
	if (query_next(q))
		answer = query_int(q, 0);
	query_end(q);
	return answer;
}

static void status_runs_read(struct state *s, int64_t n, struct sync_status *ret)
{
	struct query *q = db_query(s->db, "SELECT number, started FROM run WHERE sync = ? "
					  "ORDER BY number DESC LIMIT 1");

	query_bind_int(q, n);
	if (query_next(q)) {
		ret->last_run = query_int(q, 0);
		ret->last_run_at = query_int(q, 1);
	}
	query_end(q);
	ret->last_code = (int)status_ask(s, n,
					 "SELECT code FROM run WHERE sync = ? AND ended > 0 "
					 "ORDER BY number DESC LIMIT 1");
	ret->last_success = status_ask(
		s, n, "SELECT max(ended) FROM run WHERE sync = ? AND ended > 0 AND code = 0");
	ret->last_complete = status_ask(
		s, n, "SELECT max(ended) FROM run WHERE sync = ? AND ended > 0 AND complete = 1");
}

static const char count_links[] = "SELECT count(*) FROM link WHERE sync = ? AND kind = ?";

int state_status(struct state *s, str sync, struct sync_status *ret, struct err *err)
{
	struct sync_status status = {0};
	int64_t n;

	db_begin_read(s->db);
	n = sync_find(s, sync);
	status_runs_read(s, n, &status);
	status.users = (uint64_t)status_ask_with(s, n, ENTRY_USER, count_links);
	status.groups = (uint64_t)status_ask_with(s, n, ENTRY_GROUP, count_links);
	status.held_plans =
		(uint64_t)status_ask_with(s, n, clock_now(),
					  "SELECT count(*) FROM plan WHERE sync = ? AND "
					  "state = 'held' AND expires > ?");
	status.pending_invitations =
		(uint64_t)status_ask(s, n,
				     "SELECT count(*) FROM invitation WHERE sync = ? AND "
				     "state = 'pending'");
	status.open_handoffs =
		(uint64_t)status_ask(s, n, "SELECT count(*) FROM handoff WHERE sync = ?");
	status.oldest_handoff = status_ask(s, n, "SELECT min(opened) FROM handoff WHERE sync = ?");
	status.unsettled = (uint64_t)status_ask(
		s, n,
		"SELECT count(*) FROM change WHERE open = 1 AND EXISTS "
		"(SELECT 1 FROM run WHERE run.number = change.run AND run.sync = ?)");
	if (db_commit(s->db, err) < 0)
		return -1;
	if (n)
		sync_holder(s, n, &status.running, &status.running_since);
	*ret = status;
	return 0;
}
