/* SPDX-License-Identifier: Apache-2.0 */
/* Removals that the guard of the SCIM service holds back in an inbox, as data. */
#ifndef MODEL_INBOX_HELD_H
#define MODEL_INBOX_HELD_H

#include "base/list.h"
#include "base/str.h"

/* How much is held, of each kind. */
struct inbox_held {
	int64_t users, groups, members;
	int64_t since; /* the oldest; 0 when nothing is held */
};

enum { HELD_CHECKSUM_SIZE = 65 }; /* 64 hex digits and the end */

/* One held removal: of a user, a group, or a member of `group`. */
struct held_removal {
	bool user; /* what is removed, or the member, is a user */
	str group; /* displayName; p NULL for a whole user or group */
	str name; /* folded userName, or displayName; the id of a member that is nobody here */
	str tokens; /* names of the tokens that did it, with commas */
	int64_t since;
};
struct held_list {
	LIST(struct held_removal) items;
};

#endif
