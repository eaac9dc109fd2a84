/* SPDX-License-Identifier: Apache-2.0 */
/* One read of the directory while it goes on: users and groups become entries of a snapshot. */
#ifndef CONNECT_LDAP_READ_READ_H
#define CONNECT_LDAP_READ_READ_H

#include "connect/ldap/internal.h"
#include "connect/ldap/read/attribute_map.h"

/* Members of a group that the server gave only in part: the rest is asked for afterwards. */
struct rest {
	uint32_t row;
	str dn;
	uint64_t from;
};

/* A user's primary group in AD: the group does not list it. */
struct primary {
	uint32_t row; /* of the user */
	uint32_t token; /* primaryGroupID */
};

struct group_token {
	uint32_t row; /* of the group */
	uint32_t token; /* primaryGroupToken */
};

struct key_span {
	size_t from, n;
};

struct reading {
	struct ldap_connection *c;
	struct snapshot *into;
	bool as_source;
	bool has_posix; /* there are groups whose members are user names */
	int64_t now;
	uint32_t number_dn, number_active; /* in into->names */
	struct translation users, groups;
	struct berval **slots; /* of the entry at hand, room for either translation */
	struct {
		size_t id, uid, upn, primary_id;
		struct translation_rule active; /* path NULL: the locks say it */
		size_t locks[4], lock_count;
	} user;
	struct {
		size_t id, name, mark, class, token;
		size_t members[3], member_count; /* DNs, then user names at [uid] */
	} group;
	uint64_t doubles; /* entries that came twice: a server whose paging runs in circles */
	LIST(struct rest) rests;
	LIST(struct primary) primaries;
	LIST(struct group_token) tokens;
	struct buf id; /* of the entry at hand */
	struct buf key; /* scratch */
	struct buf member_keys; /* of the group at hand, one behind the other */
	LIST(struct key_span) member_spans;
	LIST(str) members; /* views of member_keys, once it is full */
	struct arena arena; /* of the rests */
};

/* Makes a reading ready of which c, into, as_source and has_posix are set, and all else is zero. */
void reading_init(struct reading *r);
void reading_clear(struct reading *r);
/* Sinks for paged_search_next; context: the reading. */
int take_user(void *context, const struct entry_view *e, struct err *err);
int take_group(void *context, const struct entry_view *e, struct err *err);
/* One value of a member attribute. */
void take_member(struct reading *r, uint32_t row, bool is_dn, str value);

#endif
