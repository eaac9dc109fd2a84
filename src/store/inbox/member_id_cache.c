/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and their ids in memory: whoever reads many memberships looks each member up here. */
#include <stdlib.h>
#include <string.h>

#include "store/inbox/internal.h"

/* Joining this share of all rows costs as much as reading the ids of all. */
enum { WORTH_SHARE = 8, WORTH_MIN = 2000, ROWS_MAX = 2 << 20 };

void member_id_cache_clear(struct member_id_cache *cache)
{
	free(cache->items);
	*cache = (struct member_id_cache){0};
}

/* Within a view nobody's commit is seen, so once a view is enough. */
static void member_id_cache_check(struct inbox *inbox)
{
	struct member_id_cache *cache = &inbox->member_ids;
	int64_t stamp;

	if (cache->checked)
		return;
	stamp = db_stamp(inbox->db);
	if (stamp != cache->stamp)
		member_id_cache_clear(cache);
	cache->stamp = stamp;
	cache->checked = true;
}

/* In the order of the index, which has the ids side by side; the table has a body behind each. */
static void ids_load(struct inbox *inbox)
{
	struct member_id_cache *cache = &inbox->member_ids;
	struct query *q = db_query(inbox->db, "SELECT row, id FROM resource ORDER BY id");

	while (query_next(q)) {
		int64_t row = query_int(q, 0);
		str id = query_blob(q, 1);

		if (row < 0 || row > cache->top || id.n != 16 || id.p[0] == '!')
			continue;
		memcpy(cache->items[row].id, id.p, 16);
		cache->items[row].kind = INBOX_USER;
	}
}

/* Those that the query yields, by row, are of that kind and not simply users. */
static void kinds_load(struct inbox *inbox, const char *sql)
{
	struct query *q = db_query(inbox->db, sql);

	while (query_next(q))
		if (query_int(q, 0) >= 0 && query_int(q, 0) <= inbox->member_ids.top)
			inbox->member_ids.items[query_int(q, 0)].kind = (uint8_t)query_int(q, 1);
}

static void member_id_cache_load(struct inbox *inbox)
{
	struct member_id_cache *cache = &inbox->member_ids;

	cache->asked = 0;
	cache->top = query_first_int(db_query(inbox->db, "SELECT max(row) FROM resource"));
	if (cache->top > ROWS_MAX)
		return;
	cache->items = mem_alloc((size_t)cache->top + 1, sizeof *cache->items);
	ids_load(inbox);
	kinds_load(inbox, "SELECT row, kind FROM resource WHERE kind <> 1");
	kinds_load(inbox, "SELECT row, 0 FROM resource WHERE held <> 0");
}

void member_lookups_add(struct inbox *inbox, int64_t count)
{
	if (!inbox->viewing)
		return;
	member_id_cache_check(inbox);
	inbox->member_ids.asked += count;
}

bool member_id_cache_prepare(struct inbox *inbox)
{
	struct member_id_cache *cache = &inbox->member_ids;
	struct inbox_totals totals;

	if (!inbox->viewing)
		return false;
	member_id_cache_check(inbox);
	if (cache->items || cache->asked < WORTH_MIN)
		return cache->items != NULL;
	totals = inbox_totals(inbox);
	if (cache->asked >= (totals.users + totals.groups) / WORTH_SHARE)
		member_id_cache_load(inbox);
	return cache->items != NULL;
}

const struct member_id *member_id_find(const struct inbox *inbox, int64_t row)
{
	const struct member_id_cache *cache = &inbox->member_ids;

	if (row < 0 || row > cache->top || cache->items[row].kind == MEMBER_UNKNOWN)
		return NULL;
	return &cache->items[row];
}
