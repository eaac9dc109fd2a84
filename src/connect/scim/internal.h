/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the SCIM connector share: settings, what the service can do, requests and their
 * errors. */
#ifndef CONNECT_SCIM_INTERNAL_H
#define CONNECT_SCIM_INTERNAL_H

#include <jansson.h>

#include "config/config.h"
#include "connect/connect.h"
#include "connect/scim/quirks.h"
#include "expr/attribute.h"
#include "wire/wire.h"

#define SCIM_MESSAGE "urn:ietf:params:scim:api:messages:2.0:"
#define SCIM_TYPE "application/scim+json"

enum { BODY_LIMIT_DEFAULT = 1000000, PAGES_AHEAD = 4, BULK_MAX = 100 };

/* How the service is spoken to: the profile, overridden by what the configuration says. */
struct scim_settings {
	struct http_settings http; /* its secrets belong to the connection */
	struct scim_profile profile;
	str users_filter, groups_filter; /* of the lists; "" for none */
	str role_group; /* for ROLE_GROUP */
};

/* What ServiceProviderConfig and /Schemas say; without them, what most services do. */
struct scim_service {
	bool asked;
	bool told; /* there was a ServiceProviderConfig */
	bool patch, bulk, filter, etag, cursor, index;
	size_t bulk_operations, bulk_bytes;
	size_t page_max; /* filter.maxResults, pagination.maxPageSize; 0: not said */
	LIST(str) attributes; /* of users, canonical; empty: /Schemas does not tell */
};

struct scim_connection {
	struct connection base;
	struct scim_settings settings;
	struct http_client *http;
	struct scim_service service;
	struct arena arena;
	struct secret *secret, *client_secret;
	struct http_secret_header secret_header;
};

/* settings.c */
extern const struct key scim_keys[];
int scim_settings_read(const struct system *system, const struct connect_options *options,
		       struct scim_connection *c, struct err *err);

void scim_validate(const struct system *system, struct diagnostics *diags);

/* service.c: asks once */
int service_ask(struct scim_connection *c, struct err *err);
enum update_style user_update(const struct scim_connection *c);
enum update_style group_update(const struct scim_connection *c);
bool can_search(const struct scim_connection *c, enum search_by by);

/* problem.c: an error answer as one clear line; err is the one of the response, made more precise
 */
void problem_explain(const struct http_response *r, struct err *err);
/* Whether a page (HTML) came with a good status: somebody else answered, a proxy perhaps, and
 * whether anything was done is not known. Then err says so. */
bool answer_is_page(const struct http_response *r, struct err *err);
str problem_type(const struct http_response *r, struct arena *arena); /* scimType, "" for none */
static inline bool answer_is_json(const struct http_response *r)
{
	return http_is_json(r);
}

/* resource.c: one user or group as the service showed it */
struct resource {
	str id, etag;
	const struct field *fields; /* canonical names */
	size_t field_count;
	const str *members; /* ids */
	size_t member_count;
	bool inactive, shows_members;
};
str resource_value(const struct resource *r, str name); /* the first; p == NULL when absent */

/* Return -1 to stop; the texts hold until the call returns. fault: why it cannot be taken, or NULL.
 */
typedef int resource_sink(void *context, const struct resource *r, const char *defect,
			  struct err *err);

/* What stands beside the resources of a list. Numbers are -1 when they were not said. */
struct page {
	int64_t total, start, items;
	uint64_t resources; /* how many were met */
	bool has_cursor;
	struct buf cursor;
	bool is_list; /* an object with totalResults or Resources */
};

struct resource_names; /* canonical names that were met, so that each spelling is looked at once */
struct resource_names *resource_names_open(void);
void resource_names_close(struct resource_names *n);
/* A ListResponse, and a resource by itself. -1: broken JSON (CODE_DATA), or what the sink said. */
int page_read(struct resource_names *names, str body, bool with_etags, struct page *ret,
	      resource_sink *sink, void *context, struct err *err);
int resource_read(struct resource_names *names, str body, bool with_etags, resource_sink *sink,
		  void *context, struct err *err);

/* list.c */
int lists_read(struct scim_connection *c, const struct wanted *wanted, struct snapshot *into,
	       struct err *err);

/* document.c: what is sent */
json_t *user_document(const struct scim_connection *c, const struct object *object, str role);
json_t *group_document(const struct scim_connection *c, const struct object *object);
void document_put(json_t *resource, str text, str value); /* text: the path; one more value */
void document_take(json_t *resource, str text, str value); /* one value less */
void document_edit(json_t *resource, const struct change *change);
json_t *patch_document(void);
void patch_edits(json_t *patch, const struct scim_connection *c, const struct object *object,
		 const struct change *change);
void patch_add(json_t *patch, const char *op, const char *path, json_t *value);
void patch_members(json_t *patch, const struct scim_connection *c, const str *ids, size_t count,
		   bool add);

/* A canonical path in its parts. */
struct flat_path {
	str urn, name, where, type, sub; /* where: the attribute compared in [], type: its value */
};
struct flat_path flat_path_split(str path);

/* search.c */
enum search_result { SEARCH_NONE, SEARCH_ONE, SEARCH_MANY };
struct match {
	enum search_result result;
	bool by_mark; /* its externalId is the one looked for */
	bool foreign; /* it has another externalId */
	struct buf id;
};
void match_clear(struct match *m);
/* The target of a search for a user or team: by mark, else by name; false: the service cannot be
 * searched so. */
bool search_target(const struct scim_connection *c, enum entry_kind kind, bool by_mark,
		   const struct object *object, struct buf *ret);
int match_read(const struct http_response *r, enum entry_kind kind, const struct object *object,
	       struct match *ret, struct err *err);
void resource_target(enum entry_kind kind, str id, struct buf *ret); /* /Users/ID */
const char *kind_path(enum entry_kind kind); /* "/Users" */

/* the verbs */
int scim_snapshot(struct connection *connection, const struct wanted *wanted, struct snapshot *into,
		  struct err *err);
int scim_abilities(struct connection *connection, struct arena *arena, struct abilities *ret,
		   struct err *err);
int scim_find(struct connection *connection, const struct plan *plan, const struct change *change,
	      enum found *ret, struct arena *arena, str *ret_id, struct err *err);
int scim_apply(struct connection *connection, struct plan *plan, struct change **batch,
	       size_t count, outcome_sink *sink, void *context, struct err *err);
int scim_check(struct connection *connection, struct findings *findings, struct err *err);

#endif
