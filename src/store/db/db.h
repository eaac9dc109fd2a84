/* SPDX-License-Identifier: Apache-2.0 */
/* A thin door to an SQL database: versioned files, cached statements, errors that stick to the
 * transaction. */
#ifndef STORE_DB_DB_H
#define STORE_DB_DB_H

#include "base/err.h"
#include "base/str.h"

/*
 * What a database file of ours is. Step 0 makes version 1 out of nothing, step n brings version n
 * to n + 1; a new file goes through all of them, an older file through those it lacks, each in one
 * transaction.
 */
struct db_schema {
	const char *what; /* "state file": how messages call it */
	const char *if_damaged; /* what a person should do then, a whole sentence part */
	uint32_t application_id; /* a file with another one is not ours */
	const str *steps; /* SQL texts, NUL-terminated; live as long as the database is open */
	size_t step_count; /* = the version that this program knows */
};

struct db_options {
	const struct db_schema *schema; /* lives as long as the database is open */
	bool create; /* a missing file is made, mode 0600; its folder must exist */
	bool read_only; /* nothing is created, migrated or written */
	unsigned busy_seconds; /* how long to wait for another process's transaction; 0: 10 */
	unsigned backlog_max; /* a commit calls db_idle by itself from here on; 0: 16384 */
	unsigned cache_kib; /* memory that this handle may keep read pages in; 0: 64 MiB */
	/* It will read long lists all over the database: trades some checking for speed. */
	bool reads_all_over;
	unsigned page_limit; /* tests: the file may not grow beyond this many pages; 0: no limit */
};

struct db;
struct query;

/*
 * Every commit is on disk when it returns (SQLite: WAL, synchronous FULL). Not for sharing between
 * threads: each thread opens its own. Not to be carried over fork. The errors name the path and
 * what to do: CODE_CONFIG no such file or folder, CODE_REFUSED rights, CODE_DATA not ours, damaged
 * or of a newer version, CODE_LOCKED (again) another process holds it for too long, CODE_FAILED
 * (again) the disk is full.
 */
int db_open(const char *path, const struct db_options *options, struct db **ret, struct err *err);
void db_close(struct db *db); /* rolls back what is open; NULL is fine */
const char *db_path(const struct db *db); /* absolute, without links */

/*
 * Errors stick. After the first one everything up to the end of the transaction does nothing, rows
 * look empty, and the caller asks once: db_commit in a transaction, db_error outside of one (it
 * clears the error). An error outside that nobody asked for makes the next transaction fail.
 */
void db_begin(struct db *db); /* to write; waits for other writers here, not later */
void db_begin_read(struct db *db); /* one consistent view for several reads */
int db_commit(struct db *db, struct err *err); /* ends either; on error all of it is undone */
void db_rollback(struct db *db); /* nothing happened; an error that stuck is gone; fine outside */
int db_error(struct db *db, struct err *err);
/* Makes an error of the caller's own stick, as if a statement had failed: `cause` is copied. */
void db_fail(struct db *db, const struct err *cause);

/* A transaction within the transaction, one at a time: ended by release or rollback. For one
 * operation of a group commit. */
void db_savepoint(struct db *db);
void db_savepoint_release(struct db *db);
void db_savepoint_rollback(struct db *db); /* does not clear an error that stuck */

/*
 * Prepares a statement (kept by its text for the next time), ready to be bound: each bind fills the
 * next `?` from the left. Values are copied. The caller steps it to its end or calls query_end;
 * until then the same text must not be asked for again.
 */
struct query *db_query(struct db *db, const char *sql);
void query_bind_str(struct query *q, str value);
void query_bind_int(struct query *q, int64_t value);
void query_bind_blob(struct query *q, const void *p, size_t n);
void query_bind_null(struct query *q);

bool query_next(struct query *q); /* false: no more rows, or an error (it sticks) */
void query_run(struct query *q); /* steps to the end; for what yields no rows */
/* The same, but false when a uniqueness rule stopped it; that undoes the statement only and does
 * not stick. */
bool query_run_unique(struct query *q);
void query_end(struct query *q); /* before the last row */

/* Columns of the current row, from 0. Texts and bytes hold until the next step; NULL is 0 or the
 * empty view with p == NULL. */
int64_t query_int(struct query *q, int column);
str query_str(struct query *q, int column);
str query_blob(struct query *q, int column);
bool query_is_null(struct query *q, int column);
bool query_is_blob(struct query *q, int column); /* for columns that hold either */

/* For what yields one number: the first column of the first row, 0 without any; ends the query. */
int64_t query_first_int(struct query *q);

/* A statement with nothing to bind and no rows. */
void db_run(struct db *db, const char *sql);
/* Rows that the last INSERT, UPDATE or DELETE touched, and the integer key of the last INSERT. */
uint64_t db_changes(const struct db *db);
int64_t db_last_number(const struct db *db);

/*
 * Housekeeping that commits put off, and how much of it waits, in pages of 4 KiB (SQLite: the
 * write-ahead log, which moves into the file as far as open views allow). Call db_idle while nobody
 * waits. Another engine may have nothing to do: its backlog is 0.
 */
int db_idle(struct db *db, struct err *err);
unsigned db_backlog(const struct db *db); /* after the last commit of this handle */

/*
 * Another number when anybody but this handle has changed the database since; within a view, of
 * the state that the view shows. What was read may be kept as long as it stays the same.
 */
int64_t db_stamp(struct db *db);

/*
 * Locks between processes and handles, by numbers of the caller's (1 and up), apart from
 * transactions. Nobody waits for one, and it goes with the process that holds it, however that
 * ends.
 */
struct db_holder {
	int64_t process, since; /* its id, seconds since 1970; 0: not known */
};
/* CODE_LOCKED (again): somebody else has it, *ret_holder. Not to be asked for what one has. */
int db_lock(struct db *db, int64_t number, struct db_holder *ret_holder, struct err *err);
void db_unlock(struct db *db, int64_t number); /* does nothing to one that it does not hold */
/* False when nobody holds it. */
bool db_lock_holder(struct db *db, int64_t number, struct db_holder *ret);

/* For counted tests. */
struct db_counters {
	uint64_t statements, commits; /* run so far; commits of transactions that could write */
	uint64_t steps; /* of the engine in them; each row that is looked at takes some */
};
struct db_counters db_counters(const struct db *db);

#endif
