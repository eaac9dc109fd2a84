/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on their way through the service, and the APIs that answer them: SCIM, OAuth, probes. */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include "store/store.h"
#include "wire/wire.h"

struct api;
struct client;
struct queue;
struct service;

/*
 * What every API needs of a request. An API has a struct of its own that begins with this one; it
 * lives in the request's arena, zeroed at first.
 */
struct request {
	struct service *service;
	const struct api *api; /* that answers it */
	struct http_inbound *inbound;
	struct arena *arena;
	struct request *next; /* in a queue */
	int64_t started; /* clock_ticks */
	bool plain_json; /* the client wants application/json, not SCIM's media type */
	/* Who asks; filled by auth_admit (auth/auth.h). */
	bool presented; /* a token, good or not */
	struct token token; /* zero without a good one */
	struct client *client; /* NULL without a good token */
};

/*
 * One API of the service. `begin` and `handle` are called on an event thread, as
 * http_server_options (wire/httpd/httpd.h) says; what they hand to a queue goes on in `read` or
 * `write`.
 */
struct api {
	bool (*takes)(str path); /* is a request to this path its own? */
	size_t request_size; /* of its own struct, which begins with a struct request */
	/* The headers are there. False when it has answered. */
	bool (*begin)(struct request *r);
	/* The body is there. Answers, or calls request_defer. */
	void (*handle)(struct request *r);
	/* Answers on a thread of its own, for what takes long to read. May be NULL. */
	void (*read)(struct request *r, struct inbox *inbox);
	/*
	 * Answers inside the writer's transaction; the answer goes out after its commit. When that
	 * fails the answer is taken back, and `undone` is told. May be NULL, both.
	 */
	void (*write)(struct request *r, struct inbox *inbox);
	void (*undone)(struct request *r);
	/* Inside a transaction while nobody waits: true when it has written anything. May be NULL.
	 */
	bool (*idle)(struct service *s, struct inbox *inbox);
	/* The last call for a request: frees what is not in the arena. May be NULL. */
	void (*done)(struct request *r);
};

/* The four calls of http_server_options; their context is the service. */
bool request_begin(void *service, struct http_inbound *inbound);
void request_too_large(void *service, struct http_inbound *inbound);
void request_handle(void *service, struct http_inbound *inbound);
void request_done(void *service, struct http_inbound *inbound, int status);

/* From `handle`: to be answered by another thread. Answers 503 when too many wait already. */
void request_defer(struct request *r, struct queue *queue);

/* What several APIs ask of a request. */
/* Does the client sit on this machine? It may be a proxy. */
bool request_is_local(const struct request *r);
/* Goes on with one of `methods` (bits 1 << INBOUND_GET ...); false when it was answered 405. */
bool request_method_admit(struct request *r, unsigned methods, const char *allow);

#endif
