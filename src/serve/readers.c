/* SPDX-License-Identifier: Apache-2.0 */
/* Connections for reading: acquired, released, and let go of while nobody asks. */
#include "serve/readers.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "serve/internal.h"

enum { VIEW_MS = 10, SHRINK_MS = 30 * 1000 };

static void view_close(struct inbox_reader *r)
{
	struct err err;

	secret_free(r->let_in);
	r->let_in = NULL;
	if (r->since != 0 && inbox_commit(r->inbox, &err) < 0)
		log_warn("serve", "%s", err.text);
	r->since = 0;
}

static bool view_is_old(const struct service *s, const struct inbox_reader *r, int64_t now)
{
	return r->generation != atomic_load(&s->readers.generation) || now - r->since >= VIEW_MS;
}

void reader_renew(struct service *s, struct inbox_reader *r)
{
	int64_t now = clock_ticks();

	view_close(r);
	r->generation = atomic_load(&s->readers.generation);
	r->since = now > 0 ? now : 1;
	inbox_begin_read(r->inbox);
}

struct inbox_reader reader_acquire(struct service *s)
{
	struct inbox_reader r = {0};
	int64_t now = clock_ticks();
	struct err err;

	pthread_mutex_lock(&s->readers.lock);
	if (s->readers.count > 0)
		r = s->readers.idle[--s->readers.count];
	pthread_mutex_unlock(&s->readers.lock);
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

static void reader_close(struct inbox_reader *r)
{
	view_close(r);
	inbox_close(r->inbox);
}

void reader_release(struct service *s, struct inbox_reader r)
{
	bool kept = false;

	metrics_count_work(&s->metrics, r.inbox, &r.counted);
	pthread_mutex_lock(&s->readers.lock);
	if (s->readers.count < READERS_MAX) {
		s->readers.idle[s->readers.count++] = r;
		kept = true;
	}
	pthread_mutex_unlock(&s->readers.lock);
	if (!kept)
		reader_close(&r);
}

/* An open view would keep the log from being moved into the file; what it knows by heart, memory.
 */
void readers_idle(struct service *s, bool all)
{
	int64_t now = clock_ticks();

	pthread_mutex_lock(&s->readers.lock);
	for (size_t i = 0; i < s->readers.count; i++) {
		struct inbox_reader *r = &s->readers.idle[i];

		if (r->since != 0 && (all || view_is_old(s, r, now)))
			view_close(r);
		if (now - r->used >= SHRINK_MS)
			inbox_shrink(r->inbox);
	}
	pthread_mutex_unlock(&s->readers.lock);
}

void readers_open(struct service *s)
{
	pthread_mutex_init(&s->readers.lock, NULL);
}

void readers_close(struct service *s)
{
	while (s->readers.count > 0)
		reader_close(&s->readers.idle[--s->readers.count]);
}
