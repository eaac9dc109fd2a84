/* SPDX-License-Identifier: Apache-2.0 */
/* The door to SQL as SQLite keeps it. */
#include "store/db/db.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crashpoint.h"
#include "store/db/sqlite.h"

enum { KEPT_STATEMENTS = 256 };

static const char *db_what(const struct db *db)
{
	return db->options.schema->what;
}

int db_explain(const struct db *db, int rc, struct err *err)
{
	const char *said = db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc);
	int system = db->handle ? sqlite3_system_errno(db->handle) : 0;
	int primary = rc & 0xff;

	/* A failing step of a commit does not reach sqlite3_system_errno; query_step() clears errno
	 * before. */
	if (primary == SQLITE_IOERR && system == 0)
		system = errno;
	if (primary == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT || system == EFBIG))
		primary = SQLITE_FULL;
	switch (primary) {
	case SQLITE_NOMEM:
		mem_out();
	case SQLITE_FULL:
		return err_later(err, REACH_RUN, CODE_FAILED,
				 "%s %s: the disk is full or a size limit is reached; this step "
				 "was not kept. Make room and run again",
				 db_what(db), db->path);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return err_set(err, REACH_RUN, CODE_REFUSED,
			       "%s %s cannot be written: the user of this process needs write "
			       "access to the file and its folder",
			       db_what(db), db->path);
	case SQLITE_CANTOPEN:
		return err_set(err, REACH_RUN, CODE_REFUSED,
			       "%s %s cannot be opened (%s): the user of this process needs "
			       "access to the file, and to its folder for %s-wal beside it",
			       db_what(db), db->path, system ? strerror(system) : said, db->path);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_later(err, REACH_RUN, CODE_LOCKED,
				 "%s %s: another process is writing it for more than %u seconds",
				 db_what(db), db->path, db->options.busy_seconds);
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return err_set(err, REACH_RUN, CODE_DATA, "%s %s is damaged (%s): %s", db_what(db),
			       db->path, said, db->options.schema->if_damaged);
	case SQLITE_IOERR:
		return err_set(err, REACH_RUN, CODE_FAILED, "%s %s: %s%s%s", db_what(db), db->path,
			       said, system ? ": " : "", system ? strerror(system) : "");
	default:
		return err_set(err, REACH_RUN, CODE_FAILED, "%s %s: %s", db_what(db), db->path,
			       said);
	}
}

void db_stick(struct db *db, int rc)
{
	if (db->failed)
		return;
	db->failed = true;
	db->failed_code = rc & 0xff;
	db_explain(db, rc, &db->fault);
}

void db_fail(struct db *db, const struct err *cause)
{
	if (db->failed)
		return;
	db->failed = true;
	db->failed_code = 0;
	db->fault = *cause;
}

int db_error(struct db *db, struct err *err)
{
	if (!db->failed)
		return 0;
	if (db->transaction == OUTSIDE)
		db->failed = false;
	if (err)
		*err = db->fault;
	return -1;
}

const char *db_path(const struct db *db)
{
	return db->path;
}

struct db_counters db_counters(const struct db *db)
{
	return db->counters;
}

/* -- statements -- */

static void query_reset(struct query *q)
{
	q->db->counters.steps +=
		(uint64_t)sqlite3_stmt_status(q->statement, SQLITE_STMTSTATUS_VM_STEP, 1);
	sqlite3_reset(q->statement);
	sqlite3_clear_bindings(q->statement);
	q->busy = false;
}

/* Texts made from filters could come in any number: past the limit all that are idle are let go of.
 */
static void queries_forget_idle(struct db *db)
{
	struct intern old = db->texts;
	size_t kept = 0;
	char space[37];

	db->texts = (struct intern){0};
	memset(db->near, 0, sizeof db->near);
	for (size_t i = 0; i < db->queries.count; i++) {
		struct query *q = db->queries.items[i];

		if (q->busy) {
			intern_put(&db->texts, intern_text(&old, (uint32_t)i, space));
			db->queries.items[kept++] = q;
			continue;
		}
		sqlite3_finalize(q->statement);
		free(q);
	}
	db->queries.count = kept;
	intern_clear(&old);
}

static struct query *query_prepare(struct db *db, const char *sql)
{
	struct query *q;
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
				    NULL);

	if (rc != SQLITE_OK) {
		db_stick(db, rc);
		return &db->nothing;
	}
	if (db->queries.count >= KEPT_STATEMENTS)
		queries_forget_idle(db);
	q = mem_alloc(1, sizeof *q);
	*q = (struct query){.db = db, .statement = statement};
	intern_put(&db->texts, str_of(sql));
	list_push(&db->queries, q);
	return q;
}

/*
 * Nearly every text is a literal, so its address finds its statement; comparing is cheaper than
 * hashing, and makes it sure.
 */
static struct query *query_find_or_prepare(struct db *db, const char *sql)
{
	struct query **near = &db->near[((uintptr_t)sql >> 4) % NEAR_STATEMENTS];
	uint32_t number;

	if (*near && strcmp(sqlite3_sql((*near)->statement), sql) == 0)
		return *near;
	number = intern_find(&db->texts, str_of(sql));
	if (number != INTERN_NONE)
		return *near = db->queries.items[number];
	return query_prepare(db, sql);
}

struct query *db_query(struct db *db, const char *sql)
{
	struct query *q;

	if (db->failed)
		return &db->nothing;
	q = query_find_or_prepare(db, sql);
	assert(!q->busy);
	q->bound = 0;
	q->busy = q->statement != NULL;
	return q;
}

static void query_check_bound(struct query *q, int rc)
{
	if (rc != SQLITE_OK)
		db_stick(q->db, rc);
}

void query_bind_str(struct query *q, str value)
{
	/* A NULL pointer would bind NULL; the empty text is meant. */
	if (q->statement)
		query_check_bound(q, sqlite3_bind_text64(q->statement, ++q->bound,
							 value.p ? value.p : "", value.n,
							 SQLITE_TRANSIENT, SQLITE_UTF8));
}

void query_bind_int(struct query *q, int64_t value)
{
	if (q->statement)
		query_check_bound(q, sqlite3_bind_int64(q->statement, ++q->bound, value));
}

void query_bind_blob(struct query *q, const void *p, size_t n)
{
	if (q->statement)
		query_check_bound(q, sqlite3_bind_blob64(q->statement, ++q->bound, n ? p : "", n,
							 SQLITE_TRANSIENT));
}

void query_bind_null(struct query *q)
{
	if (q->statement)
		query_check_bound(q, sqlite3_bind_null(q->statement, ++q->bound));
}

/* One step; anything but a row ends the query. */
static int query_step(struct query *q)
{
	int rc;

	assert(q->bound == sqlite3_bind_parameter_count(q->statement));
	errno = 0;
	rc = sqlite3_step(q->statement);
	if (rc == SQLITE_ROW)
		return rc;
	q->db->counters.statements++;
	if (rc != SQLITE_DONE)
		rc = sqlite3_extended_errcode(q->db->handle);
	return rc;
}

bool query_next(struct query *q)
{
	int rc;

	if (!q->statement)
		return false;
	/* An error of another statement meanwhile ends this one too. */
	rc = q->db->failed ? SQLITE_DONE : query_step(q);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		db_stick(q->db, rc);
	query_reset(q);
	return false;
}

void query_run(struct query *q)
{
	while (query_next(q))
		;
}

bool query_run_unique(struct query *q)
{
	int rc;

	if (!q->statement)
		return true;
	rc = q->db->failed ? SQLITE_DONE : query_step(q);
	if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
	    rc == SQLITE_CONSTRAINT_ROWID) {
		query_reset(q);
		return false;
	}
	if (rc != SQLITE_DONE)
		db_stick(q->db, rc);
	query_reset(q);
	return true;
}

void query_end(struct query *q)
{
	if (!q->statement || !q->busy)
		return;
	q->db->counters.statements++;
	query_reset(q);
}

int64_t query_int(struct query *q, int column)
{
	return q->statement ? sqlite3_column_int64(q->statement, column) : 0;
}

static str column_bytes(struct query *q, int column, const void *p)
{
	/* The pointer is asked for before the size, or the size may be that of another encoding. */
	return str_make(p, p ? (size_t)sqlite3_column_bytes(q->statement, column) : 0);
}

str query_str(struct query *q, int column)
{
	if (!q->statement)
		return (str){NULL, 0};
	return column_bytes(q, column, sqlite3_column_text(q->statement, column));
}

str query_blob(struct query *q, int column)
{
	if (!q->statement)
		return (str){NULL, 0};
	return column_bytes(q, column, sqlite3_column_blob(q->statement, column));
}

bool query_is_null(struct query *q, int column)
{
	return !q->statement || sqlite3_column_type(q->statement, column) == SQLITE_NULL;
}

bool query_is_blob(struct query *q, int column)
{
	return q->statement && sqlite3_column_type(q->statement, column) == SQLITE_BLOB;
}

int64_t query_first_int(struct query *q)
{
	int64_t number = query_next(q) ? query_int(q, 0) : 0;

	query_end(q);
	return number;
}

void db_run(struct db *db, const char *sql)
{
	query_run(db_query(db, sql));
}

uint64_t db_changes(const struct db *db)
{
	return db->failed ? 0 : (uint64_t)sqlite3_changes64(db->handle);
}

int64_t db_last_number(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

/* -- transactions -- */

static void transaction_begin(struct db *db, enum transaction kind, const char *sql)
{
	assert(db->transaction == OUTSIDE);
	db->transaction = kind;
	db_run(db, sql);
}

void db_begin(struct db *db)
{
	transaction_begin(db, WRITING, "BEGIN IMMEDIATE");
}

void db_begin_read(struct db *db)
{
	transaction_begin(db, READING, "BEGIN");
}

/* Queries that were left in the middle would keep the transaction open. */
static void queries_end(struct db *db)
{
	list_each (struct query *, q, &db->queries)
		if ((*q)->busy)
			query_reset(*q);
}

void db_rollback(struct db *db)
{
	if (db->transaction == OUTSIDE)
		return;
	queries_end(db);
	/* SQLite has rolled back by itself after some errors. */
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	db->failed = false;
	db->transaction = OUTSIDE;
}

int db_commit(struct db *db, struct err *err)
{
	bool writes = db->transaction == WRITING;

	assert(db->transaction != OUTSIDE);
	if (!db->failed) {
		if (writes)
			crashpoint_pass("before a commit");
		queries_end(db);
		db_run(db, "COMMIT");
		if (writes && !db->failed) {
			db->counters.commits++;
			crashpoint_pass("after a commit");
		}
	}
	if (db->failed) {
		db_error(db, err);
		db_rollback(db);
		return -1;
	}
	db->transaction = OUTSIDE;
	return 0;
}

void db_savepoint(struct db *db)
{
	assert(db->transaction == WRITING);
	db_run(db, "SAVEPOINT mark");
}

void db_savepoint_release(struct db *db)
{
	db_run(db, "RELEASE mark");
}

void db_savepoint_rollback(struct db *db)
{
	db_run(db, "ROLLBACK TO mark");
	db_run(db, "RELEASE mark");
}

int64_t db_stamp(struct db *db)
{
	return query_first_int(db_query(db, "PRAGMA data_version"));
}

int db_idle(struct db *db, struct err *err)
{
	int rc = sqlite3_wal_checkpoint_v2(db->handle, "main", SQLITE_CHECKPOINT_PASSIVE, NULL,
					   NULL);

	if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY && (rc & 0xff) != SQLITE_LOCKED)
		return db_explain(db, rc, err);
	db->wal_pages = 0;
	return 0;
}

unsigned db_backlog(const struct db *db)
{
	return db->wal_pages;
}

int db_after_commit(void *context, sqlite3 *handle, const char *name, int pages)
{
	struct db *db = context;

	db->wal_pages = (unsigned)pages;
	if (db->wal_pages >= db->options.backlog_max)
		sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	/* The commit stands whatever became of the checkpoint; the next one tries again. */
	return SQLITE_OK;
}
