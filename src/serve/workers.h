/* SPDX-License-Identifier: Apache-2.0 */
/* The threads behind the event threads: their queues, and the connections for reading. */
#ifndef SERVE_WORKERS_H
#define SERVE_WORKERS_H

#include <pthread.h>

#include "base/err.h"
#include "store/store.h"

struct scim_request;
struct pass;
struct service;

/* First in, first out; closed at the end. */
struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct scim_request *first, **last;
	size_t count;
	bool closed;
};

/*
 * A connection for reading. Its view stays open from request to request until something was
 * written, or for a moment at most: opening one costs more than a read.
 */
struct reader {
	struct inbox *inbox;
	unsigned long generation;
	int64_t since; /* clock_ticks when its view was opened; 0: none is */
	int64_t used; /* clock_ticks when it was last taken */
	struct inbox_counters counted; /* what is in /metrics already */
	struct pass *pass; /* who was let in last within this view; NULL: nobody yet */
};

void pass_forget(struct pass *pass); /* scim_request.c: wipes and frees; NULL is fine */

int workers_start(struct service *s, struct err *err);
void workers_stop(struct service *s);
struct reader reader_acquire(struct service *s); /* with a view that shows all that was answered */
void reader_release(struct service *s, struct reader reader);
void reader_renew(struct service *s, struct reader *reader); /* a view of this very moment */
bool service_alive(struct service *s); /* do the writer and the inbox still move? */
/* False when the queue is full: the caller answers 503. */
bool queue_put(struct queue *q, struct scim_request *x);

#endif
