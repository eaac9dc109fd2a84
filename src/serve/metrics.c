/* SPDX-License-Identifier: Apache-2.0 */
/* What /metrics says. */
#include "serve/metrics.h"

#include <inttypes.h>

/* The statuses the service answers with; the last stands for all others. */
static const int statuses[STATUS_CLASSES] = {200, 201, 204, 304, 400, 401, 403, 404,
					     405, 408, 409, 412, 413, 415, 429, 431,
					     500, 501, 503, 505, 0,   0,   0,   999};
static const int64_t borders[DURATION_BUCKETS] = {1, 5, 10, 50, 100, 500, 1000, 10000};

void metrics_count(struct metrics *m, enum inbound_method method, int status, int64_t milliseconds)
{
	size_t i = 0, bucket = 0;

	while (i < STATUS_CLASSES - 1 && statuses[i] != status)
		i++;
	while (bucket < DURATION_BUCKETS && milliseconds > borders[bucket])
		bucket++;
	atomic_fetch_add_explicit(&m->requests[method][i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->durations[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->duration_ms, (unsigned long)milliseconds,
				  memory_order_relaxed);
}

void metrics_count_work(struct metrics *m, const struct inbox *inbox, struct inbox_counters *last)
{
	struct inbox_counters now = inbox_counters(inbox);

	atomic_fetch_add_explicit(&m->statements, now.statements - last->statements,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&m->steps, now.steps - last->steps, memory_order_relaxed);
	*last = now;
}

static void metric_put_head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP muster_%s %s\n# TYPE muster_%s %s\n", name, help, name, type);
}

static void metric_put(struct buf *out, const char *name, const char *type, const char *help,
		       int64_t n)
{
	metric_put_head(out, name, type, help);
	buf_printf(out, "muster_%s %" PRId64 "\n", name, n);
}

static void requests_write(struct metrics *m, struct buf *out)
{
	unsigned long sum = 0;

	metric_put_head(out, "scim_requests_total", "counter", "Requests answered.");
	for (unsigned method = 0; method < INBOUND_COUNT; method++)
		for (unsigned i = 0; i < STATUS_CLASSES; i++) {
			unsigned long n = atomic_load(&m->requests[method][i]);

			if (n > 0 && i < STATUS_CLASSES - 1)
				buf_printf(out,
					   "muster_scim_requests_total{method=\"%s\",code=\"%d\"} "
					   "%lu\n",
					   inbound_method_text(method), statuses[i], n);
			else if (n > 0)
				buf_printf(
					out,
					"muster_scim_requests_total{method=\"%s\",code=\"other\"} "
					"%lu\n",
					inbound_method_text(method), n);
		}
	metric_put_head(out, "scim_request_duration_seconds", "histogram",
			"Time from headers to answer.");
	for (unsigned i = 0; i <= DURATION_BUCKETS; i++) {
		sum += atomic_load(&m->durations[i]);
		if (i < DURATION_BUCKETS)
			buf_printf(out,
				   "muster_scim_request_duration_seconds_bucket{le=\"%g\"} %lu\n",
				   (double)borders[i] / 1000, sum);
	}
	buf_printf(out, "muster_scim_request_duration_seconds_bucket{le=\"+Inf\"} %lu\n", sum);
	buf_printf(out, "muster_scim_request_duration_seconds_sum %g\n",
		   (double)atomic_load(&m->duration_ms) / 1000);
	buf_printf(out, "muster_scim_request_duration_seconds_count %lu\n", sum);
}

static void tokens_write(struct inbox *inbox, struct buf *out)
{
	struct token_list list = {0};
	struct err err;

	if (inbox_token_list(inbox, &list, &err) < 0)
		return;
	metric_put_head(out, "token_expires_timestamp_seconds", "gauge",
			"When a live token ends; 0: never.");
	list_each (struct token, t, &list.items)
		if (!t->revoked)
			buf_printf(out,
				   "muster_token_expires_timestamp_seconds{token=\"%s\"} %" PRId64
				   "\n",
				   t->id, t->expires);
	list_clear(&list.items);
}

void metrics_write(struct metrics *m, struct inbox *inbox, unsigned busy, struct buf *out)
{
	struct inbox_totals totals = inbox_totals(inbox);
	struct inbox_held held = inbox_held(inbox);

	requests_write(m, out);
	metric_put(out, "scim_requests_in_flight", "gauge", "Requests not answered yet.", busy);
	metric_put(out, "scim_commits_total", "counter", "Transactions written to disk.",
		   (int64_t)atomic_load(&m->commits));
	metric_put(out, "scim_committed_requests_total", "counter",
		   "Requests in those transactions.", (int64_t)atomic_load(&m->committed));
	metric_put(out, "inbox_statements_total", "counter", "SQL statements run for requests.",
		   (int64_t)atomic_load(&m->statements));
	metric_put(out, "inbox_steps_total", "counter",
		   "Steps of SQLite's machine in them; each row that is looked at takes some.",
		   (int64_t)atomic_load(&m->steps));
	metric_put(out, "scim_failed_logins_total", "counter", "Requests without a good token.",
		   (int64_t)atomic_load(&m->failed_logins));
	metric_put(out, "scim_limited_requests_total", "counter", "Requests answered 429.",
		   (int64_t)atomic_load(&m->limited));
	metric_put(out, "scim_removals_held_total", "counter", "Removals that the guard held.",
		   (int64_t)atomic_load(&m->held));
	metric_put(out, "inbox_users", "gauge", "Users in the inbox.", totals.users);
	metric_put(out, "inbox_groups", "gauge", "Groups in the inbox.", totals.groups);
	metric_put(out, "inbox_memberships", "gauge", "Memberships in the inbox.", totals.members);
	metric_put_head(out, "inbox_held", "gauge",
			"Removals held by the guard, waiting for a decision.");
	buf_printf(out,
		   "muster_inbox_held{kind=\"user\"} %" PRId64
		   "\nmuster_inbox_held{kind=\"group\"} "
		   "%" PRId64 "\nmuster_inbox_held{kind=\"membership\"} %" PRId64 "\n",
		   held.users, held.groups, held.members);
	tokens_write(inbox, out);
}
