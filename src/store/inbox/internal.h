/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the inbox share; nobody else includes it. */
#ifndef STORE_INBOX_INTERNAL_H
#define STORE_INBOX_INTERNAL_H

#include "base/intern.h"
#include "store/db/db.h"
#include "store/inbox/inbox.h"

/* What a membership's answer needs of a member. */
enum { MEMBER_UNKNOWN = 0 }; /* not there, nobody, held, or of an id that is no UUID */
struct member_id {
	uint8_t id[16];
	uint8_t kind;
};
/* All of them by row, as of one state of the file; a reader's own. */
struct member_id_cache {
	struct member_id *items; /* NULL: not loaded */
	int64_t top; /* the highest row */
	int64_t stamp; /* db_stamp that they, and `asked`, are of */
	int64_t asked; /* members that were looked up one by one */
	bool checked; /* against the view that is open */
};

struct inbox {
	struct db *db;
	struct db_schema schema;
	str steps[3];
	bool counted; /* totals are loaded in this transaction */
	struct inbox_totals totals, marked; /* of this transaction; when the mark was set */
	int64_t version; /* the last one given; 0: not loaded in this transaction */
	bool viewing; /* inside inbox_begin_read */
	struct member_id_cache member_ids;
};

enum { ID_SIZE_MAX = 512 };
/* An id as the file keeps it: 16 bytes of a canonical UUID that does not begin with 21, else '!'
 * and its text. Returns its size. */
size_t id_pack(str id, uint8_t space[ID_SIZE_MAX]);
/* And back; a UUID is written into space, others point into `packed`. */
str id_unpack(str packed, char space[37]);

struct inbox_totals *totals_of(struct inbox *inbox); /* to be changed, inside a transaction */
int64_t version_next(struct inbox *inbox);

void member_lookups_add(struct inbox *inbox, int64_t count); /* members were looked up one by one */
/* Loads them once that is worth it; true when they are at hand. Only within a view. */
bool member_id_cache_prepare(struct inbox *inbox);
const struct member_id *member_id_find(const struct inbox *inbox,
				       int64_t row); /* NULL: ask the table */
void member_id_cache_clear(struct member_id_cache *member_ids);

#endif
