/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of the service in the text format of Prometheus. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stdatomic.h>

#include "serve/clients.h"
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

void metrics_count(struct metrics *m, enum inbound_method method, int status, int64_t milliseconds);
void metrics_write(struct metrics *m, struct clients *clients, struct inbox *inbox, unsigned busy,
		   struct buf *out);

#endif
