/* SPDX-License-Identifier: Apache-2.0 */
/* What the service remembers of those who call it: rates by token, failed attempts by address. */
#ifndef SERVE_CLIENTS_H
#define SERVE_CLIENTS_H

#include <pthread.h>

#include "store/store.h"

/* A token that has called. */
struct client {
	char id[TOKEN_ID_SIZE];
	char name[TOKEN_NAME_MAX + 1];
	double allowance; /* requests that may come now */
	int64_t seen; /* clock_ticks of the last request */
	int64_t used, stored; /* to the minute: last used, as in the inbox */
	int64_t expires;
	unsigned noted; /* see client_note */
	struct client *next;
};

enum { FAILURE_SLOTS = 1024, FAILURES_A_MINUTE = 10 };

struct clients {
	pthread_mutex_t lock;
	struct client *first;
	struct {
		uint64_t address; /* digest */
		int64_t minute;
		unsigned count;
	} failures[FAILURE_SLOTS];
};

/* For all threads at once, from here on. */
void clients_open(struct clients *clients);
void clients_close(struct clients *clients);
/* The client of a token, new or known; lives as long as the service. NULL with *ret_wait seconds
 * when it calls too often. */
struct client *client_admit(struct clients *clients, const struct token *token, uint64_t per_second,
			    int64_t *ret_wait);
/* Notes a failed attempt of an address; true when there were too many within the minute. */
bool client_failure_add(struct clients *clients, const char *address);
/* Notes bits of an API's own for a client, and returns those that are new: so that each is logged
 * once a token. */
unsigned client_note(struct clients *clients, struct client *client, unsigned bits);
/* Writes down when tokens were last used; inside a transaction. True when anything was to be
 * written. */
bool clients_store_used(struct clients *clients, struct inbox *inbox);

#endif
