/* SPDX-License-Identifier: Apache-2.0 */
/* The threads behind the event threads: one that writes, in groups, and a few that read what takes
 * long. */
#include "serve/workers.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/answer.h"
#include "serve/internal.h"

enum { QUEUE_MAX = 20000 }; /* requests that wait; beyond it 503 */

/* Queues ------------------------------------------------------------------- */

static void request_queue_open(struct queue *q)
{
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->filled, NULL);
	q->last = &q->first;
}

static void request_queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

bool queue_put(struct queue *q, struct request *r)
{
	bool taken;

	r->next = NULL;
	pthread_mutex_lock(&q->lock);
	taken = q->count < QUEUE_MAX && !q->closed;
	if (taken) {
		*q->last = r;
		q->last = &r->next;
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
static struct request *queue_take(struct queue *q, size_t max, int64_t patience, bool *ret_closed)
{
	struct timespec until = in_milliseconds(patience);
	struct request *all, **end;
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

static void group_fail(struct request *all, const struct err *err)
{
	log_error("serve", "nothing of %s was written: %s",
		  all->next ? "these requests" : "this request", err->text);
	for (struct request *r = all; r; r = r->next) {
		inbound_answer_drop(r->inbound);
		answer_fail(r, 503, NULL, "the change could not be written to disk");
		if (r->api->undone)
			r->api->undone(r);
	}
}

static void group_write(struct service *s, struct request *all)
{
	struct inbox *inbox = s->workers.inbox;
	struct request *next;
	struct err err;
	unsigned long count = 0;

	inbox_begin(inbox);
	for (struct request *r = all; r; r = r->next, count++)
		r->api->write(r, inbox);
	if (inbox_commit(inbox, &err) < 0) {
		group_fail(all, &err);
	} else {
		atomic_fetch_add(&s->readers.generation, 1);
		atomic_fetch_add(&s->metrics.commits, 1);
		atomic_fetch_add(&s->metrics.committed, count);
	}
	metrics_count_work(&s->metrics, inbox, &s->workers.counted);
	for (struct request *r = all; r; r = next) {
		next = r->next;
		inbound_resume(r->inbound);
	}
	/* Under a load without a pause: the log would grow for ever behind views that stay open. */
	if (inbox_backlog_is_long(inbox)) {
		readers_idle(s, true);
		inbox_checkpoint(inbox);
	}
}

static bool apis_idle(struct service *s)
{
	bool wrote = false;

	for (const struct api *const *api = s->apis; *api; api++)
		if ((*api)->idle && (*api)->idle(s, s->workers.inbox))
			wrote = true;
	return wrote;
}

/* What can wait until nobody does. */
static void writer_idle(struct service *s)
{
	struct inbox *inbox = s->workers.inbox;
	struct err err;

	readers_idle(s, false);
	inbox_begin(inbox);
	if (!clients_store_used(&s->clients, inbox) && !apis_idle(s))
		inbox_rollback(inbox);
	else if (inbox_commit(inbox, &err) < 0)
		log_warn("serve", "when tokens were used: %s", err.text);
	inbox_checkpoint(inbox);
}

static void *writer_run(void *context)
{
	struct service *s = context;
	int64_t idled = clock_ticks();
	bool closed = false;

	while (!closed) {
		struct request *all = queue_take(&s->workers.writes, GROUP_MAX, PATIENCE, &closed);

		atomic_store(&s->workers.heartbeat, clock_ticks());
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
		struct request *r = queue_take(&s->workers.scans, 1, PATIENCE * 60, &closed);
		struct inbox_reader reader;

		if (!r)
			continue;
		reader = reader_acquire(s);
		r->api->read(r, reader.inbox);
		reader_release(s, reader);
		inbound_resume(r->inbound);
	}
	return NULL;
}

bool workers_are_alive(struct service *s)
{
	return clock_ticks() - atomic_load(&s->workers.heartbeat) < STUCK;
}

int workers_start(struct service *s, struct err *err)
{
	struct workers *w = &s->workers;

	request_queue_open(&w->writes);
	request_queue_open(&w->scans);
	atomic_store(&w->heartbeat, clock_ticks());
	if (pthread_create(&w->writer, NULL, writer_run, s) != 0)
		return err_set(err, REACH_RUN, CODE_FAILED, "no thread can be started");
	w->writing = true;
	for (; w->scanner_count < SCANNERS; w->scanner_count++)
		if (pthread_create(&w->scanners[w->scanner_count], NULL, scanner_run, s) != 0)
			return err_set(err, REACH_RUN, CODE_FAILED, "no thread can be started");
	return 0;
}

void workers_stop(struct service *s)
{
	struct workers *w = &s->workers;

	request_queue_close(&w->writes);
	request_queue_close(&w->scans);
	if (w->writing)
		pthread_join(w->writer, NULL);
	for (size_t i = 0; i < w->scanner_count; i++)
		pthread_join(w->scanners[i], NULL);
}
