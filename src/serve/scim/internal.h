/* SPDX-License-Identifier: Apache-2.0 */
/* A SCIM request, and what the parts of the SCIM API share. */
#ifndef SERVE_SCIM_INTERNAL_H
#define SERVE_SCIM_INTERNAL_H

#include <jansson.h>

#include "serve/answer.h"
#include "serve/internal.h"
#include "serve/scim/list/list.h"
#include "serve/scim/projection.h"
#include "serve/scim/render.h"
#include "serve/scim/write/write.h"

/* What ServiceProviderConfig says (RFC 7643 5). */
enum {
	PAGE_DEFAULT = 1000,
	PAGE_MAX = 1000,
	BULK_MAX = 1000, /* operations of one bulk request */
	CURSOR_SECONDS = 3600,
};

struct scim_server {
	struct scim_schemas schemas;
	struct list_cache *list_cache;
	/* The writer's own: */
	int64_t noted_at; /* clock_ticks when a hold was last logged */
	/* the sum of the guard's window: users, memberships */
	int64_t removed_at[2], removed[2], removed_foreign[2];
	int64_t forgotten_at; /* clock_now when old removals were last forgotten */
};

/* Rows of the inbox. */
struct row_list {
	LIST(int64_t) items;
};

enum route {
	ROUTE_NONE,
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

struct scim_request {
	struct request request; /* first: all that the rest of the service knows of it */
	struct scim_server *scim;
	struct scim_dialect dialect;
	enum route route;
	const struct scim_resource *resource;
	enum inbox_kind kind;
	str id;
	str base; /* address in front of /Users */
	bool me; /* asked for as /Me */
	struct projection projection;
	struct list_query query;
	json_t *body;
	struct member_text member_texts[2]; /* users, groups; made when needed */
	struct group_cache *groups; /* that were looked up for this answer; NULL: none */
	struct scim_operation operation;
	struct scim_error error;
};

/* scim_request.c: the calls of struct api; `r` is the head of a struct scim_request */
bool scim_request_begin(struct request *r);
void scim_request_handle(struct request *r);
void scim_request_read(struct request *r, struct inbox *inbox);
void scim_request_write(struct request *r, struct inbox *inbox);
void scim_request_done(struct request *r);

/* route.c: fills route, resource, kind, id and base from the path */
void route_find(struct scim_request *x);

/* discovery.c: ServiceProviderConfig, ResourceTypes and Schemas (RFC 7644 4) */
void discovery_answer(struct scim_request *x);

/* document.c: reading JSON that clients sent */
/* The text of a member; p is NULL when there is none. */
str document_text(const json_t *object, const char *key);
/* The same, and the value as such, for names that are read without case; NULL when there is none.
 */
str document_text_nocase(const json_t *object, const char *name);
json_t *document_find_nocase(const json_t *object, str name);
/* The member's own name for a name without case; NULL when there is none. */
const char *document_key_nocase(const json_t *object, str name);
/* A copy, folded (base/unicode.h) as the keys of the inbox are. */
str text_folded(struct arena *arena, str text);

#endif
