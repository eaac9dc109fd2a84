/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a plan: what a change and an object are made of, one row each. The checksum, the
 * JSON and the journal are made from these tables. */
#ifndef MODEL_COLUMNS_H
#define MODEL_COLUMNS_H

#include "model/change.h"

enum plan_column_kind {
	COLUMN_NUMBER, /* uint32_t; 0: none */
	COLUMN_DIGEST, /* uint64_t */
	COLUMN_TEXT, /* str; "": none */
	COLUMN_ID, /* str; as TEXT, an id of another system */
	COLUMN_FLAG, /* bool */
	COLUMN_CHANGE_KIND,
	COLUMN_ENTRY_KIND,
	COLUMN_WHY, /* enum revoke_why; of revocations only */
	COLUMN_OBJECT, /* uint32_t: place in plan.objects, or ROW_NONE */
	COLUMN_ROW, /* uint32_t: row of a snapshot, or ROW_NONE: of this run only */
	COLUMN_EDITS, /* struct edit * and the number of them */
	COLUMN_FIELDS, /* struct field * and the number of them */
};

/* Where a column is shown or kept. */
enum plan_column_place {
	/* In the checksum, with or without a value: what was there from the first. Lists come last.
	 */
	IN_CHECKSUM = 1 << 0,
	/* In the checksum where it has a value: what was added later. Plans without it keep the
	 * checksum by which a person may be about to approve them. */
	IN_CHECKSUM_IF_SET = 1 << 1,
	IN_CHECKSUM_IF_NEW = 1 << 2, /* of an object that has no target_id yet */
	IN_JSON = 1 << 3, /* where it has a value */
	IN_JOURNAL = 1 << 4, /* of a change; a column of the table `change` */
	/* of an object: of the user of a change (user_...), of its team (team_...), and of the one
	 * that it is about, the user where there is one */
	IN_JOURNAL_USER = 1 << 5,
	IN_JOURNAL_TEAM = 1 << 6,
	IN_JOURNAL_MAIN = 1 << 7,
	IN_JOURNAL_ALWAYS = 1 << 8, /* never NULL where there is such an object, not even for "" */
};

struct plan_column {
	const char *name; /* of the field, and in JSON */
	const char
		*sql; /* in the journal; of a user's or a team's columns without user_ or team_ */
	enum plan_column_kind kind;
	unsigned places; /* of enum plan_column_place */
	size_t offset, size; /* in struct change or struct object; of lists with their number */
	/* A flag that the checksum and the JSON also set for a revocation of this kind; 0: of none.
	 */
	enum revoke_why also;
};

/* In the order of the JSON; each ends with a nameless row. */
extern const struct plan_column change_columns[], object_columns[];

/* The value of a column; of the kind that it says. */
static inline const void *column_at(const struct plan_column *column, const void *row)
{
	return (const char *)row + column->offset;
}
static inline void *column_in(const struct plan_column *column, void *row)
{
	return (char *)row + column->offset;
}
/* Of TEXT and ID, the word of an enum, "true" for a FLAG that is set; "" for all others. */
str column_text(const struct plan_column *column, const void *row);
bool column_flag(const struct plan_column *column, const struct change *c); /* with `also` */

#endif
