/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the SQLite engine share: handles, and how an error is told. */
#ifndef STORE_DB_SQLITE_H
#define STORE_DB_SQLITE_H

#include <sqlite3.h>

#include "base/intern.h"
#include "base/list.h"
#include "store/db/db.h"

struct query {
	struct db *db;
	sqlite3_stmt *statement; /* NULL: nothing is done, an error stuck before */
	int bound;
	bool busy; /* asked for and not ended yet */
};

enum { NEAR_STATEMENTS = 64 };

enum transaction { OUTSIDE, READING, WRITING };

struct db {
	sqlite3 *handle;
	char *path;
	struct db_options options;
	enum transaction transaction;
	bool failed;
	int failed_code; /* SQLite's primary code of it; 0 for db_fail */
	struct err fault; /* the first error, while failed */
	struct intern texts; /* of the kept statements; the number is the index in `queries` */
	LIST(struct query *) queries;
	struct query *near[NEAR_STATEMENTS]; /* by the address of their text, checked when used */
	struct query nothing; /* what is handed out after an error */
	struct db_counters counters;
	unsigned wal_pages; /* of the write-ahead log after the last commit */
	int lock_file; /* -1 until it is needed */
	LIST(int64_t) locks; /* that this handle holds */
};

/* What SQLite says as a person has to hear it: which file, what happened, what to do. Returns -1.
 */
int db_explain(const struct db *db, int rc, struct err *err);
void db_stick(struct db *db, int rc);
/* Called by SQLite after each commit, in place of its own checkpoint at 1000 pages. */
int db_after_commit(void *context, sqlite3 *handle, const char *name, int pages);
/* sqlite_lock.c: lets all locks go */
void db_locks_close(struct db *db);

#endif
