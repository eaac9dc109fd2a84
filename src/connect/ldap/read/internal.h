/* SPDX-License-Identifier: Apache-2.0 */
/* One read of the directory while it goes on, and how its entries go into the snapshot. */
#ifndef CONNECT_LDAP_READ_INTERNAL_H
#define CONNECT_LDAP_READ_INTERNAL_H

#include "connect/ldap/internal.h"
#include "connect/ldap/read/attribute_map.h"

/* Members of a group that the server gave only in part: the rest is asked for afterwards. */
struct range_tail {
	uint32_t row; /* of the group */
	str dn;
	uint64_t from; /* the value it goes on with */
};

/* A user's primary group in AD: the group does not list it (MS-ADA3 primaryGroupID). */
struct primary_group {
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

struct ldap_read {
	struct ldap_connection *c;
	struct snapshot *into;
	bool as_source;
	bool has_posix; /* there are groups whose members are user names */
	int64_t now;
	uint32_t number_dn, number_active; /* in into->names */
	struct attribute_map users, groups;
	struct berval **slots; /* of the entry at hand, room for either map */
	struct {
		size_t id, uid, upn, primary_id;
		struct attribute_map_rule active; /* path NULL: the locks say it */
		size_t locks[4], lock_count;
	} user;
	struct {
		size_t id, name, mark, class, token;
		size_t members[3], member_count; /* DNs, then user names at [MEMBER_UID] */
	} group;
	uint64_t doubles; /* entries that came twice: a server whose paging runs in circles */
	LIST(struct range_tail) range_tails;
	LIST(struct primary_group) primaries;
	LIST(struct group_token) tokens;
	struct buf id; /* of the entry at hand */
	struct buf key; /* scratch */
	struct buf member_keys; /* of the group at hand, one behind the other */
	LIST(struct key_span) member_spans;
	LIST(str) members; /* views of member_keys, once it is full */
	struct arena arena; /* of the range tails */
};

/* --- entry_read.c: what users and groups have in common */

/* Sorts the attributes of an entry into slots; entry_values_drop frees them. *ret_tail is where a
 * cut list of members goes on, or 0. */
struct entry_values entry_values_read(struct ldap_read *r, const struct attribute_map *map,
				      const struct entry_view *e, uint64_t *ret_tail);
void entry_values_drop(struct ldap_read *r, const struct attribute_map *map);

/* Begins an entry and puts its fields; r->id is its id. False: it was rejected. */
bool entry_begin(struct ldap_read *r, enum entry_kind kind, const struct attribute_map *map,
		 const struct entry_values *v, size_t id_slot);
/* 1: *ret_row is its row. 0: it was rejected. -1: the read fails. */
int entry_end(struct ldap_read *r, enum entry_kind kind, const struct entry_values *v,
	      uint32_t flags, uint32_t *ret_row, struct err *err);
/* The key of an entry's DN, in r->key; the DN itself when it is none. */
void entry_key(struct ldap_read *r, str dn);

/* --- user_read.c, group_read.c */

/* Which attributes are asked for. */
void user_map_init(struct ldap_read *r);
void group_map_init(struct ldap_read *r);
/* Sinks for paged_search_next; context: the read. */
int user_entry_read(void *context, const struct entry_view *e, struct err *err);
int group_entry_read(void *context, const struct entry_view *e, struct err *err);
/* A member by the DN among the values of a range that was read afterwards. */
void member_read_dn(struct ldap_read *r, uint32_t row, str value);

#endif
