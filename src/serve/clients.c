/* SPDX-License-Identifier: Apache-2.0 */
/* Rates and failed attempts of the service's callers. */
#include "serve/clients.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

void clients_open(struct clients *clients)
{
	pthread_mutex_init(&clients->lock, NULL);
}

void clients_close(struct clients *clients)
{
	while (clients->first) {
		struct client *gone = clients->first;

		clients->first = gone->next;
		free(gone);
	}
	pthread_mutex_destroy(&clients->lock);
}

static struct client *client_of(struct clients *clients, const struct token *token,
				uint64_t per_second)
{
	struct client *c;

	for (c = clients->first; c; c = c->next)
		if (strcmp(c->id, token->id) == 0)
			return c;
	c = mem_alloc(1, sizeof *c);
	memcpy(c->id, token->id, sizeof c->id);
	memcpy(c->name, token->name, sizeof c->name);
	c->allowance = (double)per_second * 2;
	c->seen = clock_ticks();
	c->stored = token->used;
	c->next = clients->first;
	clients->first = c;
	return c;
}

struct client *client_admit(struct clients *clients, const struct token *token, uint64_t per_second,
			    int64_t *ret_wait)
{
	int64_t now = clock_ticks();
	struct client *c;
	bool admitted;

	pthread_mutex_lock(&clients->lock);
	c = client_of(clients, token, per_second);
	c->expires = token->expires;
	c->allowance += (double)(now - c->seen) * (double)per_second / 1000;
	if (c->allowance > (double)per_second * 2)
		c->allowance = (double)per_second * 2;
	c->seen = now;
	admitted = c->allowance >= 1;
	if (admitted) {
		c->allowance -= 1;
		c->used = clock_now() / 60 * 60;
	}
	pthread_mutex_unlock(&clients->lock);
	*ret_wait = 1;
	return admitted ? c : NULL;
}

bool client_failure_add(struct clients *clients, const char *address)
{
	uint64_t digest = hash_str(hash_process_key(), str_of(address));
	size_t slot = digest % FAILURE_SLOTS;
	int64_t minute = clock_ticks() / 60000;
	unsigned count;

	pthread_mutex_lock(&clients->lock);
	if (clients->failures[slot].address != digest || clients->failures[slot].minute != minute) {
		clients->failures[slot].address = digest;
		clients->failures[slot].minute = minute;
		clients->failures[slot].count = 0;
	}
	count = ++clients->failures[slot].count;
	pthread_mutex_unlock(&clients->lock);
	return count > FAILURES_A_MINUTE;
}

unsigned client_note(struct clients *clients, struct client *client, unsigned bits)
{
	unsigned fresh;

	pthread_mutex_lock(&clients->lock);
	fresh = bits & ~client->noted;
	client->noted |= bits;
	pthread_mutex_unlock(&clients->lock);
	return fresh;
}

bool clients_store_used(struct clients *clients, struct inbox *inbox)
{
	bool any = false;

	pthread_mutex_lock(&clients->lock);
	for (struct client *c = clients->first; c; c = c->next)
		if (c->used > c->stored) {
			inbox_token_used_set(inbox, str_of(c->id), c->used);
			c->stored = c->used;
			any = true;
		}
	pthread_mutex_unlock(&clients->lock);
	return any;
}
