/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the service share; nobody outside of this room includes it. */
#ifndef SERVE_INTERNAL_H
#define SERVE_INTERNAL_H

#include <jansson.h>
#include <pthread.h>

#include "base/list.h"
#include "expr/filter.h"
#include "serve/clients.h"
#include "serve/metrics.h"
#include "serve/render.h"
#include "serve/serve.h"
#include "serve/workers.h"
#include "store/store.h"
#include "wire/wire.h"

enum {
	PAGE_DEFAULT = 1000,
	PAGE_MAX = 1000,
	OPERATIONS_MAX = 1000, /* of one PATCH */
	BULK_MAX = 1000, /* operations of one bulk request */
	FILTER_MAX = 4096, /* bytes */
	CURSOR_SECONDS = 3600,
	SCANNERS = 2, /* threads for what takes long to read */
	READERS_MAX = 64,
	QUEUE_MAX = 20000, /* requests waiting for the disk; beyond it 503 */
};

struct list_cache;

struct service {
	struct serve_options options;
	struct scim_schemas schemas;
	uint8_t key[32]; /* signs cursors and access tokens */
	struct http_server *server;
	int socket; /* that it listens on */
	struct clients clients;
	struct metrics metrics;
	struct list_cache *list_cache;

	struct reader readers[READERS_MAX]; /* those that rest */
	size_t reader_count;
	atomic_ulong generation; /* counts commits: a view of an older one is not shown any more */
	pthread_mutex_t readers_lock;

	struct inbox *inbox; /* the writer's own */
	struct inbox_counters counted; /* as in a reader */
	struct queue writes, scans;
	pthread_t writer, scanners[SCANNERS];
	size_t scanner_count;
	bool writing;
	atomic_llong heartbeat; /* clock_ticks when the writer last came round */
	int64_t noted_at; /* clock_ticks when a hold was last logged */
	/* The writer's sum of the guard's window: users, memberships. */
	int64_t removed_at[2], removed[2], removed_foreign[2];
	int64_t forgotten_at; /* clock_now when old removals were last forgotten */
};

enum route {
	ROUTE_NONE,
	ROUTE_HEALTH,
	ROUTE_READY,
	ROUTE_METRICS,
	ROUTE_TOKEN, /* OAuth2 client credentials */
	ROUTE_CONFIG,
	ROUTE_TYPES,
	ROUTE_SCHEMAS,
	ROUTE_ME,
	ROUTE_BULK,
	ROUTE_SEARCH, /* .search at the root or a type */
	ROUTE_ROOT,
	ROUTE_LIST, /* /Users */
	ROUTE_ONE, /* /Users/ID */
};

/* Which attributes an answer has (RFC 7644 3.9). */
struct projection_item {
	str urn, name, sub; /* name "": the whole extension */
};
struct projection {
	bool given, excluding;
	const struct projection_item *items;
	size_t count;
	bool members, groups; /* must be read at all */
	bool plain; /* nothing else is left out: the stored text can be copied */
};

/* What a list or search asks for. */
struct listing {
	str filter_text, sort_text, cursor;
	const struct filter *filter;
	struct path sort;
	bool sorted, descending, by_cursor, has_count;
	int64_t start, count;
};

/* One change: a request of its own, or one of a bulk request. */
struct operation {
	enum inbound_method method; /* POST, PUT, PATCH, DELETE */
	const struct scim_resource *resource;
	enum inbox_kind kind;
	str id; /* of PUT, PATCH, DELETE; for POST the id to give, "" for a new one */
	const json_t *body;
	str if_match;
	bool quiet; /* no body is wanted in the answer */

	struct scim_error error;
	int status;
	str ret_id;
	int64_t version;
	struct buf answer;
};

/* A request on its way through the service; lives in the request's arena. */
struct scim_request {
	struct service *service;
	struct http_inbound *inbound;
	struct arena *arena;
	struct scim_request *next;
	struct token token;
	struct client *client; /* NULL without a token */
	struct scim_dialect dialect;
	enum route route;
	const struct scim_resource *resource;
	enum inbox_kind kind;
	str id;
	str base; /* address in front of /Users */
	bool plain_json; /* the client wants application/json */
	bool me; /* asked for as /Me */
	bool presented; /* a token, good or not */
	struct projection projection;
	struct listing listing;
	json_t *body;
	struct member_text member_texts[2]; /* users, groups; made when needed */
	struct group_cache *groups; /* that were looked up for this answer; NULL: none */
	struct operation operation;
	struct scim_error error;
	int64_t started; /* clock_ticks */
};

/* scim_request.c: from the headers to the right hands */
bool scim_request_begin(void *service, struct http_inbound *inbound);
void scim_request_too_large(void *service, struct http_inbound *inbound);
void scim_request_handle(void *service, struct http_inbound *inbound);
void scim_request_done(void *service, struct http_inbound *inbound, int status);
/* The two ways that end in answers; on threads of their own when they take long. */
void scim_request_read(struct scim_request *x, struct inbox *inbox);
void scim_request_write(struct scim_request *x, struct inbox *inbox);

/* answer.c */
void answer_json(struct scim_request *x, int status, struct buf *body);
void answer_empty(struct scim_request *x, int status);
void answer_error(struct scim_request *x, const struct scim_error *error);
void answer_fail(struct scim_request *x, int status, const char *type, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void error_write(const struct scim_error *error, struct buf *out);
void etag_text(int64_t version, char ret[32]);
/* Does a list of entity tags (or *) name this version? */
bool etag_listed(str list, int64_t version);

/* route.c */
void route_find(struct scim_request *x);

/* discovery.c */
void discovery_answer(struct scim_request *x);

/* projection.c */
int projection_read(struct scim_request *x, str attributes, str excluded);
void projection_apply(const struct projection *p, json_t *document);

/* listing.c, list.c */
int listing_read_query(struct scim_request *x);
int listing_read_body(struct scim_request *x);
bool listing_is_quick(struct scim_request *x);
void listing_answer(struct scim_request *x, struct inbox *inbox);

/* member.c: what was counted for the guard was undone, its sums are asked of the inbox anew */
void removals_recount(struct service *s);

/* write.c */
void operation_run(struct scim_request *x, struct inbox *inbox, struct operation *op);
/* bulk.c */
void bulk_run(struct scim_request *x, struct inbox *inbox, struct buf *out,
	      struct scim_error *error);

/* oauth.c */
void oauth_answer(struct scim_request *x);
/* The access token that stands for a token until `expires`, not longer than an hour. */
void oauth_token_write(struct service *s, const char *id, int64_t expires, struct buf *out);
/* An access token that oauth_answer made: the token it stands for. */
enum token_verdict oauth_judge(struct service *s, struct inbox *inbox, str presented,
			       struct token *ret);
void hmac_sha256(const uint8_t key[32], str text, uint8_t ret[32]);
void base64url_put(struct buf *out, const void *bytes, size_t n);
bool base64url_read(str text, uint8_t *ret, size_t room, size_t *ret_n);

#endif
