/* SPDX-License-Identifier: Apache-2.0 */
/* The threads behind the event threads: one that writes, in groups, and a few that read what takes
 * long. */
#ifndef SERVE_WORKERS_H
#define SERVE_WORKERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/err.h"
#include "store/store.h"

struct request;
struct service;

/* First in, first out; closed at the end. */
struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct request *first, **last;
	size_t count;
	bool closed;
};

enum { SCANNERS = 2 };

struct workers {
	struct queue writes, scans; /* for an API's `write`, and its `read` */
	struct inbox *inbox; /* the writer's own */
	struct inbox_counters counted; /* as in a reader */
	pthread_t writer, scanners[SCANNERS];
	size_t scanner_count;
	bool writing;
	atomic_llong heartbeat; /* clock_ticks when the writer last came round */
};

/* The writer's inbox is open, and stays the caller's. */
int workers_start(struct service *s, struct err *err);
/* Returns when what is in the queues is answered; fine when not all could be started. */
void workers_stop(struct service *s);
bool workers_are_alive(struct service *s); /* does the writer still move? */

/* False when the queue is full or closed. */
bool queue_put(struct queue *q, struct request *r);

#endif
