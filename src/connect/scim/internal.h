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

/* How the service is spoken to: its quirks, overridden by what the configuration says. */
struct scim_settings {
	struct http_settings http; /* its secrets belong to the connection */
	struct scim_quirks quirks;
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

/*
 * service_discover.c: asks ServiceProviderConfig and /Schemas, once. What is not served is taken as
 * most services have it; -1 only for what keeps everything else from working.
 */
int service_discover(struct scim_connection *c, struct err *err);
enum update_style user_update(const struct scim_connection *c);
enum update_style group_update(const struct scim_connection *c);
bool can_search(const struct scim_connection *c, enum search_by by);

/* scim_error.c: an error answer (RFC 7644 3.12) as one clear line; err becomes the one of the
 * response, made more precise. */
void scim_error_explain(const struct http_response *r, struct err *err);

/* reply.c */
/* Whether a page (HTML) came with a good status: somebody else answered, a proxy perhaps, and
 * whether anything was done is not known. Then err says so. */
bool scim_reply_is_page(const struct http_response *r, struct err *err);
/* The id in the answer to a creation, from its body or its Location; empty when neither has it. */
str scim_reply_id(const struct http_response *r, struct arena *arena);

/* flat_path.c: a canonical path in its parts */
struct flat_path {
	str urn, name, where, type, sub; /* where: the attribute compared in [], type: its value */
};
struct flat_path flat_path_split(str path);
bool flat_path_is_boolean(const struct flat_path *path);
bool flat_path_is_plural(const struct flat_path *path); /* a list of objects, such as emails */

const char *kind_path(enum entry_kind kind); /* "/Users" */
void resource_target(enum entry_kind kind, str id, struct buf *ret); /* /Users/ID */

#endif
