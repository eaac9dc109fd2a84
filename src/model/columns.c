/* SPDX-License-Identifier: Apache-2.0 */
/* The two tables of columns. A new column of the plan is one row here and its field. */
#include "model/columns.h"

#include <stddef.h>

#define OF_CHANGE(field)                                                                           \
	.offset = offsetof(struct change, field), .size = sizeof(((struct change *)NULL)->field)
#define OF_OBJECT(field)                                                                           \
	.offset = offsetof(struct object, field), .size = sizeof(((struct object *)NULL)->field)
#define EVERYWHERE (IN_CHECKSUM | IN_JSON | IN_JOURNAL)
/* A pointer, and behind it how many there are. */
enum { LIST_SIZE = sizeof(void *) + sizeof(size_t) };

const struct plan_column change_columns[] = {
	{"number", "number", COLUMN_NUMBER, IN_JSON | IN_JOURNAL, OF_CHANGE(number)},
	{"kind", "kind", COLUMN_CHANGE_KIND, EVERYWHERE, OF_CHANGE(kind)},
	{"user", NULL, COLUMN_OBJECT, IN_CHECKSUM | IN_JSON, OF_CHANGE(user)},
	{"team", NULL, COLUMN_OBJECT, IN_CHECKSUM | IN_JSON, OF_CHANGE(team)},
	{"role", "role", COLUMN_TEXT, EVERYWHERE, OF_CHANGE(role)},
	{"old_role", "old_role", COLUMN_TEXT, EVERYWHERE, OF_CHANGE(old_role)},
	{"edits", "edits", COLUMN_EDITS, EVERYWHERE, .offset = offsetof(struct change, edits),
	 .size = LIST_SIZE},
	{"reason", "reason", COLUMN_TEXT, IN_JSON | IN_JOURNAL, OF_CHANGE(reason)},
	{"invitation", "invitation", COLUMN_TEXT, EVERYWHERE, OF_CHANGE(invitation)},
	{"key", "key", COLUMN_TEXT, EVERYWHERE, OF_CHANGE(key)},
	{"returns", "returns", COLUMN_FLAG, EVERYWHERE, OF_CHANGE(returns),
	 .also = REVOKE_REPLACED},
	{"created", "created", COLUMN_FLAG, EVERYWHERE, OF_CHANGE(created), .also = REVOKE_BY_HAND},
	{"why", "why", COLUMN_WHY, IN_JOURNAL, OF_CHANGE(why)},
	{"after", NULL, COLUMN_NUMBER, IN_JSON, OF_CHANGE(after)},
	{0},
};

const struct plan_column object_columns[] = {
	{"kind", NULL, COLUMN_ENTRY_KIND, IN_JSON, OF_OBJECT(kind)},
	{"source_id", "source", COLUMN_ID,
	 IN_CHECKSUM | IN_JSON | IN_JOURNAL_USER | IN_JOURNAL_TEAM | IN_JOURNAL_ALWAYS,
	 OF_OBJECT(source_id)},
	{"target_id", "target", COLUMN_ID,
	 IN_CHECKSUM | IN_JSON | IN_JOURNAL_USER | IN_JOURNAL_TEAM, OF_OBJECT(target_id)},
	{"label", "label", COLUMN_TEXT,
	 IN_CHECKSUM_IF_NEW | IN_JSON | IN_JOURNAL_USER | IN_JOURNAL_TEAM, OF_OBJECT(label)},
	{"name", "name", COLUMN_TEXT, IN_JSON | IN_JOURNAL_USER, OF_OBJECT(name)},
	{"address", "address", COLUMN_TEXT, IN_CHECKSUM | IN_JSON | IN_JOURNAL_USER,
	 OF_OBJECT(address)},
	{"origin", "origin", COLUMN_TEXT, IN_JSON | IN_JOURNAL_USER, OF_OBJECT(origin)},
	{"target_row", NULL, COLUMN_ROW, 0, OF_OBJECT(target_row)},
	{"source_row", NULL, COLUMN_ROW, 0, OF_OBJECT(source_row)},
	/* In the checksum and the journal of a create, as what it sends. */
	{"fields", NULL, COLUMN_FIELDS, IN_JSON, .offset = offsetof(struct object, fields),
	 .size = LIST_SIZE},
	{"etag", NULL, COLUMN_TEXT, 0, OF_OBJECT(etag)},
	{"dn", "dn", COLUMN_TEXT, IN_JOURNAL_MAIN, OF_OBJECT(dn)},
	{"digest", "digest", COLUMN_DIGEST, IN_JOURNAL_MAIN, OF_OBJECT(digest)},
	{0},
};

str column_text(const struct plan_column *column, const void *row)
{
	const void *value = column_at(column, row);

	switch (column->kind) {
	case COLUMN_TEXT:
	case COLUMN_ID:
		return *(const str *)value;
	case COLUMN_CHANGE_KIND:
		return str_of(change_kind_text(*(const enum change_kind *)value));
	case COLUMN_ENTRY_KIND:
		return *(const enum entry_kind *)value == ENTRY_USER ? STR("user") : STR("team");
	case COLUMN_WHY:
		return str_of(revoke_why_text(*(const enum revoke_why *)value));
	case COLUMN_FLAG:
		return *(const bool *)value ? STR("true") : STR("");
	default:
		return STR("");
	}
}

bool column_flag(const struct plan_column *column, const struct change *c)
{
	return *(const bool *)column_at(column, c) ||
	       (column->also && c->kind == CHANGE_REVOKE && c->why == column->also);
}
