/* SPDX-License-Identifier: Apache-2.0 */
/* How ids and texts stand in columns. */
#include "base/hash.h"
#include "store/state/internal.h"

void bind_id(struct query *q, str id)
{
	uint8_t packed[16];

	if (uuid_pack(id, packed))
		query_bind_blob(q, packed, sizeof packed);
	else
		query_bind_str(q, id);
}

str column_id(struct query *q, int column, char space[37])
{
	str bytes;

	if (!query_is_blob(q, column))
		return query_str(q, column);
	bytes = query_blob(q, column);
	if (bytes.n != 16)
		return (str){NULL, 0};
	uuid_unpack((const uint8_t *)bytes.p, space);
	return str_make(space, 36);
}

str column_id_copy(struct query *q, int column, struct arena *arena)
{
	char space[37];

	return arena_str(arena, column_id(q, column, space));
}

str column_copy(struct query *q, int column, struct arena *arena)
{
	return arena_str(arena, query_str(q, column));
}

void bind_text_or_null(struct query *q, str text)
{
	if (text.n)
		query_bind_str(q, text);
	else
		query_bind_null(q);
}

void bind_id_or_null(struct query *q, str id)
{
	if (id.n)
		bind_id(q, id);
	else
		query_bind_null(q);
}
