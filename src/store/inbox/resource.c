/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups of the inbox: found, listed, stored. */
#include "store/inbox/resource.h"

#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "store/inbox/internal.h"

#define COLUMNS "row,id,kind,held,active,extended,version,created,modified,name,label,external,body"

/* Ids --------------------------------------------------------------------- */

size_t id_pack(str id, uint8_t space[ID_SIZE_MAX])
{
	/* A UUID that begins with a '!' itself is kept as a text, or it would be taken for one. */
	if (uuid_pack(id, space) && space[0] != '!')
		return 16;
	if (id.n > ID_SIZE_MAX - 1)
		id.n = ID_SIZE_MAX - 1;
	space[0] = '!';
	if (id.n > 0)
		memcpy(space + 1, id.p, id.n);
	return id.n + 1;
}

str id_unpack(str packed, char space[37])
{
	if (packed.n != 16 || packed.p[0] == '!')
		return str_slice(packed, 1, packed.n);
	uuid_unpack((const uint8_t *)packed.p, space);
	return str_make(space, 36);
}

/* Reading ----------------------------------------------------------------- */

static void resource_from_row(struct query *q, struct inbox_resource *ret, char space[37])
{
	*ret = (struct inbox_resource){
		.row = query_int(q, 0),
		.id = id_unpack(query_blob(q, 1), space),
		.kind = (enum inbox_kind)query_int(q, 2),
		.held = query_int(q, 3),
		.active = query_int(q, 4) != 0,
		.extended = query_int(q, 5) != 0,
		.version = query_int(q, 6),
		.created = query_int(q, 7),
		.modified = query_int(q, 8),
		/* as bytes: as a text SQLite would copy each to put a NUL behind it */
		.name = query_blob(q, 9),
		.label = query_blob(q, 10),
		.external = query_blob(q, 11),
		.body = query_blob(q, 12),
	};
}

/* Takes the first row of a query, with its texts copied. */
static bool resource_first(struct query *q, struct arena *arena, struct inbox_resource *ret)
{
	char space[37];
	bool found = query_next(q);

	if (found) {
		resource_from_row(q, ret, space);
		ret->id = arena_str(arena, ret->id);
		ret->name = arena_str(arena, ret->name);
		ret->label = arena_str(arena, ret->label);
		ret->external = arena_str(arena, ret->external);
		ret->body = arena_str(arena, ret->body);
	}
	query_end(q);
	return found;
}

bool inbox_find(struct inbox *inbox, str id, struct arena *arena, struct inbox_resource *ret)
{
	uint8_t packed[ID_SIZE_MAX];
	size_t size = id_pack(id, packed);
	struct query *q;

	q = db_query(inbox->db,
		     "SELECT " COLUMNS " FROM resource WHERE id = ? AND kind <> 0 AND held = 0");
	query_bind_blob(q, packed, size);
	return resource_first(q, arena, ret);
}

bool inbox_find_row(struct inbox *inbox, int64_t row, struct arena *arena,
		    struct inbox_resource *ret)
{
	struct query *q = db_query(inbox->db, "SELECT " COLUMNS " FROM resource WHERE row = ? AND "
					      "kind <> 0 AND held = 0");

	query_bind_int(q, row);
	return resource_first(q, arena, ret);
}

bool inbox_find_user(struct inbox *inbox, str name, struct arena *arena, struct inbox_resource *ret)
{
	struct query *q =
		db_query(inbox->db, "SELECT " COLUMNS " FROM resource WHERE kind = 1 AND name = ?");

	query_bind_str(q, name);
	return resource_first(q, arena, ret);
}

bool inbox_find_held(struct inbox *inbox, str external, struct arena *arena,
		     struct inbox_resource *ret)
{
	struct query *q =
		db_query(inbox->db, "SELECT " COLUMNS " FROM resource WHERE external = ? "
				    "AND kind = 1 AND held <> 0 ORDER BY row DESC LIMIT 1");

	query_bind_str(q, external);
	return resource_first(q, arena, ret);
}

bool inbox_find_held_group(struct inbox *inbox, str name, struct arena *arena,
			   struct inbox_resource *ret)
{
	struct query *q =
		db_query(inbox->db, "SELECT " COLUMNS " FROM resource WHERE kind = 2 AND "
				    "name = ? AND held <> 0 ORDER BY version DESC LIMIT 1");

	query_bind_str(q, name);
	return resource_first(q, arena, ret);
}

bool inbox_find_tombstone(struct inbox *inbox, str external, char ret_id[37])
{
	struct query *q =
		db_query(inbox->db, "SELECT id FROM tombstone AS t WHERE external = ? "
				    "AND kind = 1 AND NOT EXISTS (SELECT 1 FROM resource "
				    "WHERE id = t.id AND kind <> 0) ORDER BY version DESC LIMIT 1");
	bool found;

	query_bind_str(q, external);
	found = query_next(q) && query_blob(q, 0).n == 16;
	if (found)
		id_unpack(query_blob(q, 0), ret_id);
	query_end(q);
	return found;
}

/*
 * The kind stands in the text: with a bound one SQLite would plan the partial indexes anew at each
 * binding.
 */
#define SELECT_KIND(kind, more)                                                                    \
	"SELECT " COLUMNS " FROM resource WHERE kind = " kind " AND row > ? AND held = 0" more     \
	" ORDER BY row LIMIT ? OFFSET ?"
#define SELECT_WITH_HELD(kind, more)                                                               \
	"SELECT " COLUMNS " FROM resource WHERE kind = " kind " AND row > ?" more                  \
	" ORDER BY row LIMIT ? OFFSET ?"
#define SELECT_PAIR(more)                                                                          \
	{                                                                                          \
		SELECT_KIND("1", more), SELECT_KIND("2", more)                                     \
	}

static const char *selection_sql(const struct inbox_selection *s)
{
	static const char *const texts[][2] = {
		[INBOX_BY_NOTHING] = {SELECT_KIND("1", ""),
				      /* by the index of those, or all users would be passed */
				      SELECT_KIND("2", " AND kind <> 1")},
		[INBOX_BY_ID] = SELECT_PAIR(" AND id = ?"),
		[INBOX_BY_NAME] = SELECT_PAIR(" AND name = ?"),
		[INBOX_BY_EXTERNAL] = SELECT_PAIR(" AND external = ?"),
		[INBOX_BY_ADDRESS] =
			SELECT_PAIR(" AND row IN (SELECT row FROM address WHERE value = ?)"),
		[INBOX_BY_MEMBER] = SELECT_PAIR(
			" AND row IN (SELECT team FROM member WHERE held = 0 AND person = "
			"(SELECT row FROM resource WHERE id = ?))"),
	};
	bool group = s->kind == INBOX_GROUP;

	if (s->held)
		return group ? SELECT_WITH_HELD("2", " AND kind <> 1") : SELECT_WITH_HELD("1", "");
	return texts[s->by][group];
}

struct inbox_walk inbox_resources_begin(struct inbox *inbox, const struct inbox_selection *s)
{
	struct query *q = db_query(inbox->db, selection_sql(s));
	uint8_t packed[ID_SIZE_MAX];

	query_bind_int(q, s->after);
	if (s->by == INBOX_BY_ID || s->by == INBOX_BY_MEMBER)
		query_bind_blob(q, packed, id_pack(s->key, packed));
	else if (s->by != INBOX_BY_NOTHING)
		query_bind_str(q, s->key);
	query_bind_int(q, s->limit);
	query_bind_int(q, s->skip);
	return (struct inbox_walk){.inbox = inbox, .query = q};
}

struct inbox_walk inbox_changes_begin(struct inbox *inbox, int64_t after)
{
	struct query *q = db_query(inbox->db, "SELECT " COLUMNS " FROM resource WHERE version > ? "
					      "AND kind <> 0 ORDER BY version");

	query_bind_int(q, after);
	return (struct inbox_walk){.inbox = inbox, .query = q};
}

bool inbox_resource_next(struct inbox_walk *walk, struct inbox_resource *ret, char space[37])
{
	if (!query_next(walk->query))
		return false;
	resource_from_row(walk->query, ret, space);
	return true;
}

void inbox_walk_end(struct inbox_walk *walk)
{
	query_end(walk->query);
}

struct inbox_walk inbox_tombstones_begin(struct inbox *inbox, int64_t after)
{
	struct query *q = db_query(inbox->db, "SELECT kind, version, id FROM tombstone WHERE "
					      "version > ? ORDER BY version");

	query_bind_int(q, after);
	return (struct inbox_walk){.inbox = inbox, .query = q};
}

bool inbox_tombstone_next(struct inbox_walk *walk, enum inbox_kind *ret_kind, int64_t *ret_version,
			  char ret_id[37])
{
	if (!query_next(walk->query))
		return false;
	*ret_kind = (enum inbox_kind)query_int(walk->query, 0);
	*ret_version = query_int(walk->query, 1);
	id_unpack(query_blob(walk->query, 2), ret_id);
	return true;
}

json_t *inbox_document(const struct inbox_resource *r)
{
	struct buf text = {0};
	json_t *document;

	buf_reserve(&text, r->body.n + 3);
	buf_char(&text, '{');
	buf_put(&text, r->body);
	buf_char(&text, '}');
	document = json_loadb(text.p, text.n, 0, NULL);
	buf_clear(&text);
	return document ? document : json_object();
}

/* Writing ----------------------------------------------------------------- */

static void query_bind_optional(struct query *q, str s)
{
	if (s.n > 0)
		query_bind_str(q, s);
	else
		query_bind_null(q);
}

static void resource_bind(struct query *q, const struct inbox_resource *r)
{
	query_bind_int(q, r->kind);
	query_bind_int(q, r->held);
	query_bind_int(q, r->active);
	query_bind_int(q, r->extended);
	query_bind_int(q, r->version);
	query_bind_int(q, r->created);
	query_bind_int(q, r->modified);
	query_bind_str(q, r->name);
	query_bind_optional(q, r->label);
	query_bind_optional(q, r->external);
	query_bind_str(q, r->body);
}

static void resource_insert(struct inbox *inbox, struct inbox_resource *r)
{
	/* The id may have been named as a member before: that row becomes the resource. */
	struct query *q = db_query(
		inbox->db,
		"INSERT INTO resource (kind,held,active,extended,version,created,modified,name,"
		"label,external,body,id) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) ON "
		"CONFLICT "
		"(id) DO UPDATE SET kind=?1,held=?2,active=?3,extended=?4,version=?5,created=?6,"
		"modified=?7,name=?8,label=?9,external=?10,body=?11 RETURNING row");
	struct inbox_totals *totals = totals_of(inbox);
	uint8_t packed[ID_SIZE_MAX];

	resource_bind(q, r);
	query_bind_blob(q, packed, id_pack(r->id, packed));
	while (query_next(q))
		r->row = query_int(q, 0);
	if (r->kind == INBOX_USER)
		totals->users++;
	else
		totals->groups++;
}

void inbox_put(struct inbox *inbox, struct inbox_resource *r, struct arena *arena)
{
	struct query *q;
	char id[37];

	r->version = version_next(inbox);
	r->modified = clock_now();
	if (r->row != 0) {
		q = db_query(inbox->db, "UPDATE resource SET kind=?,held=?,active=?,extended=?,"
					"version=?,created=?,modified=?,name=?,label=?,external=?,"
					"body=? WHERE row=?");
		resource_bind(q, r);
		query_bind_int(q, r->row);
		query_run(q);
		return;
	}
	if (r->id.n == 0) {
		uuid_make(id);
		r->id = arena_str(arena, str_of(id));
	}
	r->created = r->modified;
	resource_insert(inbox, r);
}

void inbox_touch(struct inbox *inbox, struct inbox_resource *r)
{
	struct query *q =
		db_query(inbox->db, "UPDATE resource SET version=?, modified=? WHERE row=?");

	r->version = version_next(inbox);
	r->modified = clock_now();
	query_bind_int(q, r->version);
	query_bind_int(q, r->modified);
	query_bind_int(q, r->row);
	query_run(q);
}

void inbox_addresses_change(struct inbox *inbox, int64_t row, const str *old, size_t old_count,
			    const str *now, size_t now_count)
{
	struct query *q;

	for (size_t i = 0; i < old_count; i++) {
		q = db_query(inbox->db, "DELETE FROM address WHERE value = ? AND row = ?");
		query_bind_str(q, old[i]);
		query_bind_int(q, row);
		query_run(q);
	}
	for (size_t i = 0; i < now_count; i++) {
		q = db_query(inbox->db, "INSERT OR IGNORE INTO address VALUES (?, ?)");
		query_bind_str(q, now[i]);
		query_bind_int(q, row);
		query_run(q);
	}
}

int64_t inbox_row_find(struct inbox *inbox, str id)
{
	uint8_t packed[ID_SIZE_MAX];
	struct query *q = db_query(inbox->db, "SELECT row FROM resource WHERE id = ?");

	query_bind_blob(q, packed, id_pack(id, packed));
	return query_first_int(q);
}

int64_t inbox_row_make(struct inbox *inbox, str id)
{
	int64_t row = inbox_row_find(inbox, id);
	uint8_t packed[ID_SIZE_MAX];
	struct query *q;

	if (row != 0)
		return row;
	q = db_query(inbox->db,
		     "INSERT INTO resource (id,kind,held,active,version,created,modified,"
		     "extended,body) VALUES (?,0,0,0,0,0,0,0,'') RETURNING row");
	query_bind_blob(q, packed, id_pack(id, packed));
	while (query_next(q))
		row = query_int(q, 0);
	return row;
}
