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

/* Its tables say team and person where the code says group and member. */
struct inbox {
	struct db *db;
	struct db_schema schema;
	str steps[3];
	bool counted; /* totals are loaded in this transaction */
	struct inbox_totals totals, saved; /* of this transaction; of its savepoint */
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

/*
 * total.c. Inside a transaction that writes: its totals, to be changed; they are stored before it
 * is committed. And the next version.
 */
struct inbox_totals *totals_of(struct inbox *inbox);
void totals_store(struct inbox *inbox);
int64_t version_next(struct inbox *inbox);

/* member_id_cache.c. Within a view; outside of one nothing is remembered. */
void member_lookups_add(struct inbox *inbox, int64_t count); /* members were looked up one by one */
/* Loads them once that is worth it; true when they are at hand. */
bool member_id_cache_prepare(struct inbox *inbox);
/* When they are at hand; NULL: ask the table. */
const struct member_id *member_id_find(const struct inbox *inbox, int64_t row);
void member_id_cache_clear(struct member_id_cache *cache);

#endif
