/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a SCIM service: whole lists into a snapshot, one resource by its mark or name, and what
 * became of a change. */
#ifndef CONNECT_SCIM_READ_READ_H
#define CONNECT_SCIM_READ_READ_H

#include "connect/scim/internal.h"

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

/* list.c: all users, and the groups that are wanted, into the snapshot; complete is only what the
 * totals of the service confirm. Sealing is the caller's. */
int lists_read(struct scim_connection *c, const struct wanted *wanted, struct snapshot *into,
	       struct err *err);

/* search.c: one user or group, found by a filter (RFC 7644 3.4.2.2) */
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

/* find.c: the connector's verb */
int scim_find(struct connection *connection, const struct plan *plan, const struct change *change,
	      enum found *ret, struct arena *arena, str *ret_id, struct err *err);

#endif
