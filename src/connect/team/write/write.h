/* SPDX-License-Identifier: Apache-2.0 */
/* Changing a team: batches of changes, and looking up what became of them. */
#ifndef CONNECT_TEAM_WRITE_WRITE_H
#define CONNECT_TEAM_WRITE_WRITE_H

#include "connect/connect.h"

struct team_connection; /* connect/team/internal.h */

/* The verbs `apply` and `find` of the connector. */
int team_apply(struct connection *connection, struct plan *plan, struct change **batch,
	       size_t count, outcome_sink *sink, void *context, struct err *err);
int team_find(struct connection *connection, const struct plan *plan, const struct change *change,
	      enum found *ret, struct arena *arena, str *ret_id, struct err *err);
/* Drops the read that look-ups shared. */
void lookup_close(struct team_connection *c);

#endif
