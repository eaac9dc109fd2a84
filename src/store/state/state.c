/* SPDX-License-Identifier: Apache-2.0 */
/* The state file as a whole: opening it, syncs and their locks, cursors. */
#include "store/state/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/embed.h"
#include "base/hash.h"
#include "store/state/internal.h"

EMBED(state_sql, "schemas/state.sql");
EMBED(state_2_sql, "schemas/state-2.sql");

enum { APPLICATION_ID = 0x6d757374 }; /* "must" */

/* -- opening -- */

static void put_meta(struct state *s, const char *name, str value)
{
	struct query *q = db_query(s->db, "INSERT INTO meta (name, value) VALUES (?, ?) "
					  "ON CONFLICT DO NOTHING");

	query_bind_str(q, str_of(name));
	query_bind_str(q, value);
	query_run(q);
}

/* The key is written like a UUID: 16 bytes that a person can read out. */
static bool read_key(struct state *s)
{
	struct query *q = db_query(s->db, "SELECT value FROM meta WHERE name = 'key'");
	uint8_t bytes[16];
	bool found = query_next(q) && uuid_pack(query_str(q, 0), bytes);

	query_end(q);
	if (found)
		memcpy(&s->key, bytes, sizeof s->key);
	return found;
}

/* Digests of a lost file mean nothing to the new one: its key is drawn anew. */
static int load_key(struct state *s, struct err *err)
{
	uint8_t bytes[16];
	char text[37];

	if (read_key(s))
		return db_error(s->db, err);
	if (db_error(s->db, err) < 0)
		return -1;
	if (s->read_only)
		return 0;
	random_bytes(bytes, sizeof bytes);
	uuid_unpack(bytes, text);
	db_begin(s->db);
	put_meta(s, "key", str_of(text));
	put_meta(s, "created by", STR("muster " MUSTER_VERSION));
	if (db_commit(s->db, err) < 0)
		return -1;
	/* Another process may have been first. */
	if (!read_key(s) && db_error(s->db, err) == 0)
		return err_set(err, REACH_RUN, CODE_DATA,
			       "state file %s is damaged: its key cannot be read", db_path(s->db));
	return db_error(s->db, err);
}

static void set_schema(struct state *s)
{
	const str steps[] = {EMBEDDED(state_sql), EMBEDDED(state_2_sql)};

	assert(sizeof steps <= sizeof s->steps);
	memcpy(s->steps, steps, sizeof steps);
	s->schema = (struct db_schema){
		.what = "state file",
		.if_damaged =
			"put it aside and run again; links are then found anew by externalId and "
			"the other match attributes, and nothing is removed in that run",
		.application_id = APPLICATION_ID,
		.steps = s->steps,
		.step_count = sizeof steps / sizeof *steps,
	};
}

int state_open(const char *path, bool read_only, struct state **ret, struct err *err)
{
	struct state *s = mem_alloc(1, sizeof *s);
	struct db_options options = {
		.schema = &s->schema, .create = !read_only, .read_only = read_only};

	set_schema(s);
	journal_columns_init(&s->columns, &s->texts);
	s->read_only = read_only;
	if (db_open(path, &options, &s->db, err) < 0 || load_key(s, err) < 0) {
		state_close(s);
		return -1;
	}
	*ret = s;
	return 0;
}

void state_close(struct state *s)
{
	if (!s)
		return;
	db_close(s->db);
	list_each (struct known_sync, sync, &s->syncs)
		intern_clear(&sync->opaque);
	list_clear(&s->syncs);
	list_clear(&s->queue);
	arena_clear(&s->queue_texts);
	arena_clear(&s->texts);
	explicit_bzero(&s->key, sizeof s->key);
	free(s);
}

/* -- syncs and their locks -- */

struct known_sync *sync_known(struct state *s, int64_t number)
{
	list_each (struct known_sync, sync, &s->syncs)
		if (sync->number == number)
			return sync;
	return NULL;
}

int64_t sync_find(struct state *s, str name)
{
	struct query *q;
	int64_t number = 0;

	list_each (struct known_sync, sync, &s->syncs)
		if (str_equal(sync->name, name))
			return sync->number;
	q = db_query(s->db, "SELECT number FROM sync WHERE name = ?");
	query_bind_str(q, name);
	if (query_next(q))
		number = query_int(q, 0);
	query_end(q);
	if (number)
		list_push(&s->syncs, ((struct known_sync){.name = arena_str(&s->texts, name),
							  .number = number}));
	return number;
}

int sync_get(struct state *s, str name, int64_t *ret, struct err *err)
{
	struct query *q;
	int64_t number = sync_find(s, name);

	if (number) {
		*ret = number;
		return 0;
	}
	db_begin(s->db);
	q = db_query(s->db, "INSERT INTO sync (name) VALUES (?) ON CONFLICT DO NOTHING");
	query_bind_str(q, name);
	query_run(q);
	if (db_commit(s->db, err) < 0)
		return -1;
	*ret = sync_find(s, name);
	return db_error(s->db, err);
}

void sync_holder(struct state *s, int64_t number, int64_t *ret_process, int64_t *ret_since)
{
	struct db_holder holder = {0};

	db_lock_holder(s->db, number, &holder);
	*ret_process = holder.process;
	*ret_since = holder.since;
}

static int tell_holder(str name, const struct db_holder *holder, struct err *err)
{
	char iso[CLOCK_ISO_SIZE];

	if (holder->process == 0)
		return err_later(err, REACH_RUN, CODE_LOCKED,
				 "sync %.*s is being run by another process; wait for it to end",
				 STR_ARG(name));
	clock_iso(holder->since, iso);
	return err_later(err, REACH_RUN, CODE_LOCKED,
			 "sync %.*s is being run by process %lld since %s; wait for it to end",
			 STR_ARG(name), (long long)holder->process, iso);
}

int state_lock(struct state *s, str name, struct err *err)
{
	struct db_holder holder;
	struct err why;
	int64_t number;

	if (sync_get(s, name, &number, err) < 0)
		return -1;
	if (db_lock(s->db, number, &holder, &why) == 0)
		return 0;
	if (why.code == CODE_LOCKED)
		return tell_holder(name, &holder, err);
	if (err)
		*err = why;
	return -1;
}

void state_unlock(struct state *s, str name)
{
	db_unlock(s->db, sync_find(s, name));
}

/* -- cursors -- */

int state_cursor_load(struct state *s, str sync, struct arena *arena, str *ret, struct err *err)
{
	struct query *q = db_query(s->db, "SELECT value FROM cursor WHERE system = ?");
	str value = {NULL, 0};

	query_bind_str(q, sync);
	if (query_next(q))
		value = column_copy(q, 0, arena);
	query_end(q);
	if (db_error(s->db, err) < 0)
		return -1;
	*ret = value;
	return 0;
}

int state_cursor_save(struct state *s, str sync, str cursor, struct err *err)
{
	struct query *q;

	db_begin(s->db);
	q = db_query(s->db, "INSERT INTO cursor (system, value, at) VALUES (?, ?, ?) "
			    "ON CONFLICT (system) DO UPDATE SET value = excluded.value, "
			    "at = excluded.at");
	query_bind_str(q, sync);
	query_bind_str(q, cursor);
	query_bind_int(q, clock_now());
	query_run(q);
	return db_commit(s->db, err);
}
