/* SPDX-License-Identifier: Apache-2.0 */
/* What every connection has, whatever the kind of system, and the way from there to what the kind
 * keeps itself. */
#ifndef CONNECT_CONNECTION_H
#define CONNECT_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

/* What a connection is given beside its settings; all of it outlives the connection. */
struct connect_options {
	const char *name; /* of the system, for messages */
	const char *spool_folder; /* NULL: the default */
	uint64_t in_flight, per_second; /* pace of the sync; 0: the connector's default, no limit */
	/* becomes non-zero when the process was asked to end; NULL: never */
	const volatile int *stop;
	/* Called now and then with the number of entries read or changes done so far; may be NULL.
	 */
	void (*progress)(void *context, uint64_t done);
	void *progress_context;
};

/*
 * A kind of system begins its own structure with this one, and only its verbs know more:
 *
 *	struct scim_connection {
 *		struct connection base;
 *		...
 *	};
 */
struct connection {
	struct connect_options options;
};

/*
 * Inside a verb, the kind's own structure: connection_own(scim_connection, connection). It is the
 * one the kind's `open` made, because a connection is only ever given to the verbs of the connector
 * that opened it. NULL stays NULL.
 */
#define connection_own(tag, connection) ((struct tag *)(connection))

/* Tells whoever waits how far it is; nobody may be waiting. */
void connection_progress(const struct connection *c, uint64_t done);
bool connection_is_stopped(const struct connection *c);

#endif
