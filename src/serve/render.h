/* SPDX-License-Identifier: Apache-2.0 */
/* How resources become JSON texts; the service's parts include it through internal.h. */
#ifndef SERVE_RENDER_H
#define SERVE_RENDER_H

#include "store/store.h"

struct scim_request;
struct group_cache;

/* Around the two ids of a member in a list of members. */
struct member_text {
	str middle, end;
};

void render_resource(struct scim_request *x, struct inbox *inbox, const struct inbox_resource *r,
		     struct buf *out);
void render_members(struct scim_request *x, struct inbox *inbox, int64_t row, struct buf *out);
void json_text(struct buf *out, str text); /* quoted and escaped */

/* user_groups.c: the groups that a user is in */
void render_groups(struct scim_request *x, struct inbox *inbox, int64_t row, struct buf *out);
/*
 * For a list of users in row order: reads the memberships of all behind `after` in one go, until
 * group_cache_walk_end.
 */
void group_cache_walk(struct scim_request *x, struct inbox *inbox, int64_t after);
void group_cache_walk_end(struct scim_request *x);
void group_cache_clear(struct scim_request *x);

#endif
