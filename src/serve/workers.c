/* SPDX-License-Identifier: Apache-2.0 */
/* The threads behind the event threads: one that writes, in groups, and a few that read what takes
 * long. */
#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/internal.h"

/* Readers ------------------------------------------------------------------ */

enum { VIEW_MS = 10, SHRINK_MS = 30 * 1000 };

static void view_close(struct reader *r)
{
	struct err err;

	pass_forget(r->pass);
	r->pass = NULL;
	if (r->since != 0 && inbox_commit(r->inbox, &err) < 0)
		log_warn("serve", "%s", err.text);
	r->since = 0;
}

static bool view_is_old(const struct service *s, const struct reader *r, int64_t now)
{
	return r->generation != atomic_load(&s->generation) || now - r->since >= VIEW_MS;
}

void reader_renew(struct service *s, struct reader *r)
{
	int64_t now = clock_ticks();

	view_close(r);
	r->generation = atomic_load(&s->generation);
	r->since = now > 0 ? now : 1;
	inbox_begin_read(r->inbox);
}

struct reader reader_acquire(struct service *s)
{
	struct reader r = {0};
	int64_t now = clock_ticks();
	struct err err;

	pthread_mutex_lock(&s->readers_lock);
	if (s->reader_count > 0)
		r = s->readers[--s->reader_count];
	pthread_mutex_unlock(&s->readers_lock);
	/* As many as threads ask at once are opened and stay; the file was there at the start. */
	while (!r.inbox && inbox_open(s->options.store, INBOX_READ, &r.inbox, &err) < 0) {
		log_warn("serve", "%s", err.text);
		clock_sleep(100);
	}
	if (r.since == 0 || view_is_old(s, &r, now))
		reader_renew(s, &r);
	r.used = now;
	return r;
}

static void reader_close(struct reader *r)
{
	view_close(r);
	inbox_close(r->inbox);
}

/* What a connection has done since it was counted last goes to the sums of /metrics. */
static void work_count(struct service *s, const struct inbox *inbox, struct inbox_counters *last)
{
	struct inbox_counters now = inbox_counters(inbox);

	atomic_fetch_add_explicit(&s->metrics.statements, now.statements - last->statements,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&s->metrics.steps, now.steps - last->steps, memory_order_relaxed);
	*last = now;
}

void reader_release(struct service *s, struct reader r)
{
	bool kept = false;

	work_count(s, r.inbox, &r.counted);
	pthread_mutex_lock(&s->readers_lock);
	if (s->reader_count < READERS_MAX) {
		s->readers[s->reader_count++] = r;
		kept = true;
	}
	pthread_mutex_unlock(&s->readers_lock);
	if (!kept)
		reader_close(&r);
}

/* An open view would keep the log from being moved into the file; what it knows by heart, memory.
 */
static void readers_idle(struct service *s, bool all)
{
	int64_t now = clock_ticks();

	pthread_mutex_lock(&s->readers_lock);
	for (size_t i = 0; i < s->reader_count; i++) {
		struct reader *r = &s->readers[i];

		if (r->since != 0 && (all || view_is_old(s, r, now)))
			view_close(r);
		if (now - r->used >= SHRINK_MS)
			inbox_shrink(r->inbox);
	}
	pthread_mutex_unlock(&s->readers_lock);
}

/* Queues ------------------------------------------------------------------- */

static void queue_open(struct queue *q)
{
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->filled, NULL);
	q->last = &q->first;
}

static void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

bool queue_put(struct queue *q, struct scim_request *x)
{
	bool taken;

	x->next = NULL;
	pthread_mutex_lock(&q->lock);
	taken = q->count < QUEUE_MAX && !q->closed;
	if (taken) {
		*q->last = x;
		q->last = &x->next;
		q->count++;
		pthread_cond_signal(&q->filled);
	}
	pthread_mutex_unlock(&q->lock);
	return taken;
}

static struct timespec in_milliseconds(int64_t ms)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/* Up to `max` of what waits, NULL when nothing came for a while (ret_closed false) or at the end.
 */
static struct scim_request *queue_take(struct queue *q, size_t max, int64_t patience,
				       bool *ret_closed)
{
	struct timespec until = in_milliseconds(patience);
	struct scim_request *all, **end;
	int waited = 0;

	pthread_mutex_lock(&q->lock);
	while (!q->first && !q->closed && waited != ETIMEDOUT)
		waited = pthread_cond_timedwait(&q->filled, &q->lock, &until);
	all = q->first;
	for (end = &q->first; *end && max > 0; max--, q->count--)
		end = &(*end)->next;
	q->first = *end;
	*end = NULL;
	if (end == &q->first)
		all = NULL;
	if (!q->first)
		q->last = &q->first;
	*ret_closed = q->closed && !q->first;
	pthread_mutex_unlock(&q->lock);
	return all;
}

/* Writing ------------------------------------------------------------------ */

enum { GROUP_MAX = 512, PATIENCE = 1000, STUCK = 20000 };

static void group_fail(struct service *s, struct scim_request *all, const struct err *err)
{
	log_error("serve", "nothing of %s was written: %s",
		  all->next ? "these requests" : "this request", err->text);
	for (struct scim_request *x = all; x; x = x->next) {
		inbound_answer_drop(x->inbound);
		answer_fail(x, 503, NULL, "the change could not be written to disk");
	}
	removals_recount(s);
}

static void group_write(struct service *s, struct scim_request *all)
{
	struct scim_request *next;
	struct err err;
	unsigned long count = 0;

	inbox_begin(s->inbox);
	for (struct scim_request *x = all; x; x = x->next, count++)
		scim_request_write(x, s->inbox);
	if (inbox_commit(s->inbox, &err) < 0) {
		group_fail(s, all, &err);
	} else {
		atomic_fetch_add(&s->generation, 1);
		atomic_fetch_add(&s->metrics.commits, 1);
		atomic_fetch_add(&s->metrics.committed, count);
	}
	work_count(s, s->inbox, &s->counted);
	for (struct scim_request *x = all; x; x = next) {
		next = x->next;
		client_dialects(&s->clients, x->client, x->dialect.met);
		inbound_resume(x->inbound);
	}
	/* Under a load without a pause: the log would grow for ever behind views that rest. */
	if (inbox_backlog_is_long(s->inbox)) {
		readers_idle(s, true);
		inbox_checkpoint(s->inbox);
	}
}

/* Once an hour: what fell out of the guard's window. */
static bool removals_forget(struct service *s)
{
	int64_t now = clock_now();

	if (now - s->forgotten_at < 3600)
		return false;
	s->forgotten_at = now;
	inbox_removals_forget(s->inbox, now - s->options.guard.window);
	return true;
}

/* What can wait until nobody does. */
static void writer_idle(struct service *s)
{
	struct err err;

	readers_idle(s, false);
	inbox_begin(s->inbox);
	if (!clients_used(&s->clients, s->inbox) && !removals_forget(s))
		inbox_rollback(s->inbox);
	else if (inbox_commit(s->inbox, &err) < 0)
		log_warn("serve", "when tokens were used: %s", err.text);
	inbox_checkpoint(s->inbox);
}

static void *writer_run(void *context)
{
	struct service *s = context;
	int64_t idled = clock_ticks();
	bool closed = false;

	while (!closed) {
		struct scim_request *all = queue_take(&s->writes, GROUP_MAX, PATIENCE, &closed);

		atomic_store(&s->heartbeat, clock_ticks());
		if (all)
			group_write(s, all);
		if (!all && clock_ticks() - idled >= PATIENCE) {
			writer_idle(s);
			idled = clock_ticks();
		}
	}
	writer_idle(s);
	return NULL;
}

static void *scanner_run(void *context)
{
	struct service *s = context;
	bool closed = false;

	while (!closed) {
		struct scim_request *x = queue_take(&s->scans, 1, PATIENCE * 60, &closed);
		struct reader r;

		if (!x)
			continue;
		r = reader_acquire(s);
		scim_request_read(x, r.inbox);
		reader_release(s, r);
		inbound_resume(x->inbound);
	}
	return NULL;
}

bool service_alive(struct service *s)
{
	return clock_ticks() - atomic_load(&s->heartbeat) < STUCK;
}

int workers_start(struct service *s, struct err *err)
{
	pthread_mutex_init(&s->readers_lock, NULL);
	queue_open(&s->writes);
	queue_open(&s->scans);
	atomic_store(&s->heartbeat, clock_ticks());
	if (pthread_create(&s->writer, NULL, writer_run, s) != 0)
		return err_set(err, REACH_RUN, CODE_FAILED, "no thread can be started");
	s->writing = true;
	while (s->scanner_count < SCANNERS) {
		if (pthread_create(&s->scanners[s->scanner_count], NULL, scanner_run, s) != 0)
			return err_set(err, REACH_RUN, CODE_FAILED, "no thread can be started");
		s->scanner_count++;
	}
	return 0;
}

void workers_stop(struct service *s)
{
	queue_close(&s->writes);
	queue_close(&s->scans);
	if (s->writing)
		pthread_join(s->writer, NULL);
	for (size_t i = 0; i < s->scanner_count; i++)
		pthread_join(s->scanners[i], NULL);
	while (s->reader_count > 0)
		reader_close(&s->readers[--s->reader_count]);
}
