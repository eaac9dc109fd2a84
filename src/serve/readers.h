/* SPDX-License-Identifier: Apache-2.0 */
/* Connections for reading the inbox, kept open from request to request. */
#ifndef SERVE_READERS_H
#define SERVE_READERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/store.h"

struct secret;
struct service;

enum { READERS_MAX = 64 };

/*
 * One connection. Its view stays open from request to request until something was written, or for
 * a moment at most: opening one costs more than a read.
 */
struct inbox_reader {
	struct inbox *inbox;
	unsigned long generation;
	int64_t since; /* clock_ticks when its view was opened; 0: none is */
	int64_t used; /* clock_ticks when it was last acquired */
	struct inbox_counters counted; /* what is in /metrics already */
	/* Who was let in last within this view; good for as long as it. NULL: nobody yet. */
	struct secret *let_in;
	struct token let_in_token;
};

struct readers {
	struct inbox_reader idle[READERS_MAX];
	size_t count;
	pthread_mutex_t lock;
	atomic_ulong generation; /* counts commits: a view of an older one is not shown any more */
};

void readers_open(struct service *s);
void readers_close(struct service *s); /* when nobody has one any more */

/* With a view that shows all that was answered. The caller's until it is released. */
struct inbox_reader reader_acquire(struct service *s);
void reader_release(struct service *s, struct inbox_reader reader);
void reader_renew(struct service *s, struct inbox_reader *reader); /* a view of this very moment */

/*
 * Ends views that nobody uses, `all` or only those that are old, so that they do not hold up the
 * inbox's checkpoint; and lets go of what readers remember that were not used for a while.
 */
void readers_idle(struct service *s, bool all);

#endif
