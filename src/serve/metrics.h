/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of the service, and how Prometheus reads them. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stdatomic.h>

#include "store/store.h"
#include "wire/wire.h"

enum { STATUS_CLASSES = 24, DURATION_BUCKETS = 8 };

struct metrics {
	/* by method and place in the list of codes */
	atomic_ulong requests[INBOUND_COUNT][STATUS_CLASSES];
	atomic_ulong durations[DURATION_BUCKETS + 1];
	atomic_ulong duration_ms;
	atomic_ulong commits, committed; /* transactions, and the requests in them */
	atomic_ulong statements, steps; /* of SQLite, for requests */
	atomic_ulong failed_logins, limited, held;
};

/* One request that was answered, with 0 for one whose client went away before. */
void metrics_count(struct metrics *m, enum inbound_method method, int status, int64_t milliseconds);
/* What a connection to the inbox has done since it was counted last. */
void metrics_count_work(struct metrics *m, const struct inbox *inbox, struct inbox_counters *last);
/* All of them, and what the inbox says of itself; busy: requests that are not answered yet. */
void metrics_write(struct metrics *m, struct inbox *inbox, unsigned busy, struct buf *out);

#endif
