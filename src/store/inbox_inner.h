/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the inbox share; nobody else includes it. */
#ifndef STORE_INBOX_INNER_H
#define STORE_INBOX_INNER_H

#include "store/db.h"
#include "store/inbox.h"

struct inbox {
	struct db *db;
	struct db_schema schema;
	str steps[2];
	bool counted; /* totals are loaded in this transaction */
	struct inbox_totals totals, marked; /* of this transaction; when the mark was set */
	int64_t version; /* the last one given; 0: not loaded in this transaction */
};

enum { ID_SIZE_MAX = 512 };
/* An id as the file keeps it: 16 bytes of a canonical UUID, else '!' and its text. Returns its
 * size. */
size_t id_pack(str id, uint8_t space[ID_SIZE_MAX]);
/* And back; a UUID is written into space, others point into `packed`. */
str id_unpack(str packed, char space[37]);

struct inbox_totals *totals_of(struct inbox *inbox); /* to be changed, inside a transaction */
int64_t version_next(struct inbox *inbox);

#endif
