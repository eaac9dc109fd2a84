/* SPDX-License-Identifier: Apache-2.0 */
/* The outcomes of one `apply`: told one by one, counted, and over when the system is out. */
#ifndef CONNECT_BATCH_H
#define CONNECT_BATCH_H

#include "connect/connect.h"

struct change_batch {
	const struct connection *connection;
	outcome_sink *sink;
	void *context;
	uint64_t told;
	bool out; /* the system is out as a whole: nothing more is begun */
	struct err err; /* then why */
};

/* err: why, for anything but DONE and ALREADY, for which it is not passed on. */
void batch_tell(struct change_batch *b, struct change *change, enum outcome outcome, str id,
		const struct err *err);
void batch_stop(struct change_batch *b, const struct err *why); /* the first reason counts */
/* What `apply` returns: -1 and the reason when the system is out; err may be NULL. */
int batch_result(const struct change_batch *b, struct err *err);

#endif
