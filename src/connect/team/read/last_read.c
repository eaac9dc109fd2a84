/* SPDX-License-Identifier: Apache-2.0 */
/* What the last read found of each member and invitation, by id. */
#include <stdlib.h>

#include "connect/team/internal.h"
#include "connect/team/read/internal.h"

static str last_read_key(enum record_kind kind, str id, struct buf *space)
{
	buf_reset(space);
	buf_char(space, (char)kind);
	buf_put(space, id);
	return buf_str(space);
}

const struct entry_record *last_read_find(const struct team_connection *c, enum record_kind kind,
					  str id)
{
	struct buf space = {0};
	uint32_t number = intern_find(&c->last_read.keys, last_read_key(kind, id, &space));

	buf_clear(&space);
	return number == INTERN_NONE ? NULL : &c->last_read.records.items[number];
}

void last_read_clear(struct last_read *last)
{
	list_each (struct entry_record, record, &last->records)
		list_clear(&record->values.items);
	list_clear(&last->records);
	intern_clear(&last->keys);
	arena_clear(&last->arena);
	*last = (struct last_read){0};
}

bool last_read_put(struct team_connection *c, enum record_kind kind, struct entry_record *record)
{
	struct last_read *last = &c->last_read;
	struct buf space = {0};
	uint32_t before = last->keys.count;

	intern_put(&last->keys, last_read_key(kind, record->id, &space));
	buf_clear(&space);
	if (last->keys.count == before)
		return false;
	list_push(&last->records, *record);
	last->records.items[last->records.count - 1].values.outer = &c->parameters;
	/* The values are the record's that was kept. */
	record->values.items.items = NULL;
	record->values.items.count = record->values.items.room = 0;
	return true;
}
