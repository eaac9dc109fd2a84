/* SPDX-License-Identifier: Apache-2.0 */
/* How resources become JSON texts: what is stored in the middle, what is computed around it. */
#ifndef SERVE_SCIM_RENDER_H
#define SERVE_SCIM_RENDER_H

#include "store/store.h"

struct scim_request;
struct group_cache;

/* Around the two ids of a member in a list of members. */
struct member_text {
	str middle, end;
};

/* All append to `out`. */
/* The resource as x->projection wants it. */
void render_resource(struct scim_request *x, struct inbox *inbox, const struct inbox_resource *r,
		     struct buf *out);
/* The members of the group at a row; nothing when it has none. */
void render_members(struct scim_request *x, struct inbox *inbox, int64_t row, struct buf *out);
/* user_groups.c: the groups that the user at a row is in; nothing when it is in none */
void render_groups(struct scim_request *x, struct inbox *inbox, int64_t row, struct buf *out);

/*
 * For a list of users in row order: reads the memberships of all behind `after` in one go, until
 * group_cache_walk_end.
 */
void group_cache_walk(struct scim_request *x, struct inbox *inbox, int64_t after);
void group_cache_walk_end(struct scim_request *x);
void group_cache_clear(struct scim_request *x);

/* Entity tags (RFC 7644 3.14): W/"VERSION". */
void etag_text(int64_t version, char ret[32]);
/* Does a list of entity tags (or *) name this version? */
bool etag_listed(str list, int64_t version);

#endif
