/* SPDX-License-Identifier: Apache-2.0 */
/* Building and reading a snapshot: records of fields in the spool, memberships resolved and sorted
 * at the end. */
#include "model/snapshot.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { VALUE_LIMIT = 64 * 1024 };

/* A record is its length (4 bytes), then for each field: name (4), length (4), bytes. */
enum { RECORD_HEAD = 4, FIELD_HEAD = 8 };

int snapshot_open(struct snapshot *s, const char *spool_folder, struct err *err)
{
	*s = (struct snapshot){0};
	intern_put(&s->roles, STR(""));
	return spool_open(spool_folder, &s->spool, err);
}

void snapshot_close(struct snapshot *s)
{
	intern_clear(&s->ids);
	intern_clear(&s->names);
	intern_clear(&s->roles);
	intern_clear(&s->keys);
	spool_close(s->spool);
	arena_clear(&s->arena);
	list_clear(&s->users);
	list_clear(&s->groups);
	list_clear(&s->edges);
	list_clear(&s->invitations);
	list_clear(&s->rejected);
	list_clear(&s->canaries_missing);
	list_clear(&s->cut_groups);
	list_clear(&s->opaque_groups);
	list_clear(&s->key_rows);
	list_clear(&s->references);
	list_clear(&s->late_fields);
	buf_clear(&s->record);
	*s = (struct snapshot){0};
}

static void record_put_number(struct buf *b, uint32_t number)
{
	char bytes[4];

	memcpy(bytes, &number, sizeof bytes);
	buf_put(b, str_make(bytes, sizeof bytes));
}

static uint32_t record_number(const char *p)
{
	uint32_t number;

	memcpy(&number, p, sizeof number);
	return number;
}

void snapshot_begin(struct snapshot *s)
{
	assert(!s->building);
	s->building = true;
	s->oversized = false;
	buf_reset(&s->record);
	record_put_number(&s->record, 0);
}

void snapshot_field_number(struct snapshot *s, uint32_t name, str value)
{
	uint32_t head[2] = {name, (uint32_t)value.n};
	char *at;

	assert(s->building);
	if (value.n > VALUE_LIMIT) {
		s->oversized = true;
		value.n = head[1] = VALUE_LIMIT + 1;
	}
	buf_reserve(&s->record, FIELD_HEAD + value.n);
	at = s->record.p + s->record.n;
	memcpy(at, head, FIELD_HEAD);
	if (value.n)
		memcpy(at + FIELD_HEAD, value.p, value.n);
	s->record.n += FIELD_HEAD + value.n;
}

void snapshot_field(struct snapshot *s, str name, str value)
{
	snapshot_field_number(s, intern_put(&s->names, name), value);
}

/* Late fields of the entry that is being built stand at the end of their list, without a row. */
static void settle_late_fields(struct snapshot *s, enum entry_kind kind, uint32_t row)
{
	size_t i = s->late_fields.count;

	for (; i && s->late_fields.items[i - 1].row == ROW_NONE; i--) {
		s->late_fields.items[i - 1].row = row;
		s->late_fields.items[i - 1].kind = kind;
	}
	if (row == ROW_NONE)
		s->late_fields.count = i;
}

void snapshot_abandon(struct snapshot *s)
{
	s->building = false;
	settle_late_fields(s, ENTRY_USER, ROW_NONE);
}

static int check_values(const struct snapshot *s, struct err *err)
{
	str rest = str_slice(buf_str(&s->record), RECORD_HEAD, s->record.n);
	char space[37];

	while (rest.n) {
		uint32_t size = record_number(rest.p + 4);

		if (size > VALUE_LIMIT)
			return err_set(
				err, REACH_ENTRY, CODE_DATA,
				"attribute %.*s holds more than %d bytes",
				STR_ARG(intern_text(&s->names, record_number(rest.p), space)),
				VALUE_LIMIT);
		rest = str_slice(rest, FIELD_HEAD + size, rest.n);
	}
	return 0;
}

static int id_put(struct snapshot *s, str id, uint32_t *ret, struct err *err)
{
	uint32_t known = s->ids.count;

	*ret = intern_put(&s->ids, id);
	if (*ret == known)
		return 0;
	return err_set(err, REACH_ENTRY, CODE_DATA, "its id %.*s was met before", STR_ARG(id));
}

static int check_new(struct snapshot *s, enum entry_kind kind, str id, struct err *err)
{
	if (id.n == 0)
		return err_set(err, REACH_ENTRY, CODE_DATA, "it has no id");
	if (kind == ENTRY_GROUP && s->groups.count + 1 >= EDGE_GROUPS_MAX)
		return err_set(err, REACH_RUN, CODE_DATA, "more than %u groups", EDGE_GROUPS_MAX);
	return s->oversized ? check_values(s, err) : 0;
}

static int add_entry(struct snapshot *s, enum entry_kind kind, str id, uint32_t flags,
		     uint32_t *ret_row, struct err *err)
{
	uint32_t size, number;
	struct entry *entry;
	uint64_t place;

	if (check_new(s, kind, id, err) < 0 || id_put(s, id, &number, err) < 0)
		return -1;
	size = (uint32_t)(s->record.n - RECORD_HEAD);
	memcpy(s->record.p, &size, sizeof size);
	if (spool_put(s->spool, buf_str(&s->record), &place, err) < 0)
		return -1;
	entry = kind == ENTRY_USER ? list_add(&s->users) : list_add(&s->groups);
	*entry = (struct entry){place, number, flags};
	*ret_row = (uint32_t)((kind == ENTRY_USER ? s->users.count : s->groups.count) - 1);
	return 0;
}

int snapshot_end(struct snapshot *s, enum entry_kind kind, str id, uint32_t flags,
		 uint32_t *ret_row, struct err *err)
{
	assert(s->building);
	s->building = false;
	if (add_entry(s, kind, id, flags, ret_row, err) < 0) {
		settle_late_fields(s, kind, ROW_NONE);
		return -1;
	}
	settle_late_fields(s, kind, *ret_row);
	return 0;
}

static void key_rows_grow(struct snapshot *s)
{
	while (s->key_rows.count < s->keys.count)
		list_add(&s->key_rows);
}

static uint32_t key_number(struct snapshot *s, str key)
{
	uint32_t number = intern_put(&s->keys, key);

	key_rows_grow(s);
	return number;
}

void snapshot_key(struct snapshot *s, enum entry_kind kind, uint32_t row, str key)
{
	uint32_t number = key_number(s, key); /* may move the list */

	if (s->key_rows.items[number] == 0)
		s->key_rows.items[number] = ((uint64_t)row << 1 | (kind == ENTRY_GROUP)) + 1;
}

void snapshot_field_id_of(struct snapshot *s, str name, str key)
{
	uint32_t number = key_number(s, key);
	uint64_t row = s->key_rows.items[number];
	char space[37];

	assert(s->building);
	if (row) {
		const struct entry *e = snapshot_entry(s, (row - 1) & 1 ? ENTRY_GROUP : ENTRY_USER,
						       (uint32_t)((row - 1) >> 1));

		snapshot_field(s, name, snapshot_id(s, e, space));
		return;
	}
	*list_add(&s->late_fields) =
		(struct late_field){ROW_NONE, intern_put(&s->names, name), number, ENTRY_USER};
}

static uint32_t role_number(struct snapshot *s, str role)
{
	uint32_t number = role.n ? intern_put(&s->roles, role) : 0;

	/* More roles than a byte can name: the connector's own checks come first, so this is never
	 * met in earnest. */
	return number > EDGE_ROLES_MAX ? 0 : number;
}

void snapshot_member(struct snapshot *s, uint32_t group, str key, str role)
{
	*list_add(&s->references) =
		(struct reference){group, key_number(s, key), role_number(s, role)};
}

void snapshot_members(struct snapshot *s, uint32_t group, const str *keys, size_t count)
{
	uint32_t numbers[INTERN_WARM_MAX];

	for (size_t at = 0, n; at < count; at += n) {
		n = count - at < INTERN_WARM_MAX ? count - at : INTERN_WARM_MAX;
		intern_put_all(&s->keys, keys + at, n, numbers);
		for (size_t i = 0; i < n; i++)
			list_push(&s->references, ((struct reference){group, numbers[i], 0}));
	}
	key_rows_grow(s);
}

void snapshot_edge(struct snapshot *s, uint32_t group, bool nested, uint32_t member, str role)
{
	list_push(&s->edges, edge_make(group, nested, member, role_number(s, role)));
}

void snapshot_reject(struct snapshot *s, enum entry_kind kind, str name, str id, const char *format,
		     ...)
{
	struct rejected_entry *entry = list_add(&s->rejected);
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	*entry = (struct rejected_entry){
		.kind = kind,
		.name = arena_str(&s->arena, str_slice(name, 0, 512)),
		.id = arena_str(&s->arena, str_slice(id, 0, 512)),
		.reason = arena_str(&s->arena, str_of(text)),
	};
}

/* Writes an entry's record anew with one field more. */
static int append_field(struct snapshot *s, struct entry *e, uint32_t name, str value,
			struct err *err)
{
	uint32_t size = record_number(spool_at(s->spool, e->body, RECORD_HEAD).p);

	snapshot_begin(s);
	buf_put(&s->record, spool_at(s->spool, e->body + RECORD_HEAD, size));
	snapshot_field_number(s, name, value);
	s->building = false;
	size = (uint32_t)(s->record.n - RECORD_HEAD);
	memcpy(s->record.p, &size, sizeof size);
	return spool_put(s->spool, buf_str(&s->record), &e->body, err);
}

static int resolve_late_fields(struct snapshot *s, struct err *err)
{
	list_each (struct late_field, f, &s->late_fields) {
		uint64_t row = s->key_rows.items[f->key];
		struct entry *e =
			f->kind == ENTRY_USER ? &s->users.items[f->row] : &s->groups.items[f->row];
		char space[37];
		str id;

		if (row == 0)
			continue;
		id = snapshot_id(s,
				 snapshot_entry(s, (row - 1) & 1 ? ENTRY_GROUP : ENTRY_USER,
						(uint32_t)((row - 1) >> 1)),
				 space);
		if (append_field(s, e, f->name, id, err) < 0)
			return -1;
	}
	return 0;
}

static void resolve_references(struct snapshot *s)
{
	list_each (struct reference, r, &s->references) {
		uint64_t row = s->key_rows.items[r->key];

		if (row == 0) {
			s->foreign_members++;
			continue;
		}
		row--;
		list_push(&s->edges, edge_make(r->group, row & 1, (uint32_t)(row >> 1), r->role));
	}
}

/* Sorted by role number last, so the first of equal memberships has the role that was named
 * first. */
static void drop_doubles(struct snapshot *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->edges.count; i++) {
		edge e = s->edges.items[i];

		/* A membership with a role beats the same one without (number 0 sorts first). */
		if (kept && s->edges.items[kept - 1] >> 8 == e >> 8) {
			if (edge_role(s->edges.items[kept - 1]) == 0)
				s->edges.items[kept - 1] = e;
			continue;
		}
		s->edges.items[kept++] = e;
	}
	s->edges.count = kept;
}

int snapshot_seal(struct snapshot *s, struct err *err)
{
	assert(!s->building);
	if (s->users.count > 0x7fffffff)
		return err_set(err, REACH_RUN, CODE_DATA, "more than %d users", 0x7fffffff);
	resolve_references(s);
	if (resolve_late_fields(s, err) < 0)
		return -1;
	list_clear(&s->references);
	list_clear(&s->late_fields);
	list_clear(&s->key_rows);
	intern_clear(&s->keys);
	buf_clear(&s->record);
	edges_sort(s->edges.items, s->edges.count);
	drop_doubles(s);
	return 0;
}

str snapshot_id(const struct snapshot *s, const struct entry *e, char space[37])
{
	return intern_text(&s->ids, e->id, space);
}

struct field_walk field_walk_begin(const struct snapshot *s, const struct entry *e)
{
	uint32_t size = record_number(spool_at(s->spool, e->body, RECORD_HEAD).p);

	return (struct field_walk){s, spool_at(s->spool, e->body + RECORD_HEAD, size)};
}

bool field_next(struct field_walk *walk, uint32_t *ret_name, str *ret_value)
{
	uint32_t size;

	if (walk->rest.n == 0)
		return false;
	*ret_name = record_number(walk->rest.p);
	size = record_number(walk->rest.p + 4);
	*ret_value = str_make(walk->rest.p + FIELD_HEAD, size);
	walk->rest = str_slice(walk->rest, FIELD_HEAD + size, walk->rest.n);
	return true;
}

str snapshot_value(const struct snapshot *s, const struct entry *e, str name)
{
	uint32_t wanted = intern_find(&s->names, name), number;
	struct field_walk walk = field_walk_begin(s, e);
	str value;

	while (wanted != INTERN_NONE && field_next(&walk, &number, &value))
		if (number == wanted)
			return value;
	return (str){NULL, 0};
}

uint32_t *snapshot_rows_by_id(const struct snapshot *s, enum entry_kind kind)
{
	size_t count = kind == ENTRY_USER ? s->users.count : s->groups.count;
	uint32_t *rows = mem_alloc(s->ids.count + 1, sizeof *rows);

	for (uint32_t id = 0; id < s->ids.count; id++)
		rows[id] = ROW_NONE;
	for (uint32_t row = 0; row < count; row++)
		rows[snapshot_entry(s, kind, row)->id] = row;
	return rows;
}

str snapshot_label(const struct snapshot *s, enum entry_kind kind, const struct entry *e,
		   struct arena *arena)
{
	char space[37];
	str label = snapshot_value(s, e,
				   kind == ENTRY_USER ? STR(PATH_USERNAME) : STR(PATH_DISPLAYNAME));

	return arena_str(arena, label.n ? label : snapshot_id(s, e, space));
}
