/* SPDX-License-Identifier: Apache-2.0 */
/* Memberships of the inbox, by the rows of group and member; a member may be a group, or nobody. */
#ifndef STORE_INBOX_MEMBER_H
#define STORE_INBOX_MEMBER_H

#include "store/inbox/resource.h"

struct inbox_member {
	int64_t row;
	str id;
	enum inbox_kind kind;
	str display; /* as the client gave it */
	int64_t held; /* since when (guard.h); 0: it is there */
};
/* Members of a group above a row, in row order; `held`: the held ones too. */
struct inbox_walk inbox_members_begin(struct inbox *inbox, int64_t group, int64_t after, bool held);
bool inbox_member_next(struct inbox_walk *walk, struct inbox_member *ret, char space[37]);

/* The groups that a user or group is in, or that all above a row are in, in the order of members,
 * then groups; not the held ones. */
struct inbox_walk inbox_memberships_begin(struct inbox *inbox, int64_t member);
struct inbox_walk inbox_memberships_begin_after(struct inbox *inbox, int64_t member);
bool inbox_membership_next(struct inbox_walk *walk, int64_t *ret_member, int64_t *ret_group);

/* How many members a group has, without the held ones; and whether they are more than so many,
 * which costs no more than so many. */
int64_t inbox_members_count(struct inbox *inbox, int64_t group);
bool inbox_members_exceed(struct inbox *inbox, int64_t group, int64_t count);
bool inbox_is_member(struct inbox *inbox, int64_t group, int64_t member); /* and not held */

/* Writing, inside a transaction: true when something changed. */
/* One that is held is there again. An empty display leaves the one there is. */
bool inbox_member_add(struct inbox *inbox, int64_t group, int64_t member, str display);
/* held != 0: it stays for the connector, since then. */
bool inbox_member_remove(struct inbox *inbox, int64_t group, int64_t member, int64_t held);

#endif
