/* SPDX-License-Identifier: Apache-2.0 */
/* Opening an SQLite file: whose it is, of which version, and bringing it up to date. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/db/sqlite.h"

enum { BUSY_SECONDS = 10, BACKLOG_MAX = 16384, CACHE_KIB = 64 << 10 };

/*
 * SQLite would create the file readable to all. Only a file that does not exist is opened here:
 * closing a descriptor of one that another connection of this process uses would drop its locks.
 */
static int db_create_file(const char *path, const struct db_schema *schema, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		return close(fd), 0;
	if (errno == EEXIST)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR)
		return err_set(err, REACH_RUN, CODE_CONFIG,
			       "%s %s cannot be created: its folder does not exist. Create the "
			       "folder or correct the path",
			       schema->what, path);
	if (errno == ENOSPC || errno == EDQUOT)
		return err_later(err, REACH_RUN, CODE_FAILED,
				 "%s %s cannot be created: the disk is full", schema->what, path);
	return err_set(err, REACH_RUN, CODE_REFUSED,
		       "%s %s cannot be created: %s. The user of this process needs write access "
		       "to its folder",
		       schema->what, path, strerror(errno));
}

static int db_path_check(const char *path, const struct db_options *options, struct err *err)
{
	struct stat facts;

	if (stat(path, &facts) == 0) {
		if (S_ISREG(facts.st_mode) && faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0)
			return 0;
		if (S_ISREG(facts.st_mode))
			return err_set(err, REACH_RUN, CODE_REFUSED,
				       "%s %s cannot be read by the user of this process: %s",
				       options->schema->what, path, strerror(errno));
		return err_set(err, REACH_RUN, CODE_CONFIG, "%s %s is not a regular file",
			       options->schema->what, path);
	}
	if (errno == ENOENT && options->create && !options->read_only)
		return db_create_file(path, options->schema, err);
	return err_set(err, REACH_RUN, errno == EACCES ? CODE_REFUSED : CODE_CONFIG,
		       "%s %s cannot be opened: %s", options->schema->what, path, strerror(errno));
}

static int db_open_handle(struct db *db, struct err *err)
{
	bool read_only = db->options.read_only;
	int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	int rc = sqlite3_open_v2(db->path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc != SQLITE_OK)
		return db_explain(db, rc, err);
	if (!read_only && sqlite3_db_readonly(db->handle, "main") == 1)
		return db_explain(db, SQLITE_READONLY, err);
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, (int)db->options.busy_seconds * 1000);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	return 0;
}

/* A file that somebody else made is left exactly as it is: this comes before anything is written.
 */
static int db_check_ours(struct db *db, struct err *err)
{
	const struct db_schema *schema = db->options.schema;
	int64_t id = query_first_int(db_query(db, "PRAGMA application_id"));
	int64_t version = query_first_int(db_query(db, "PRAGMA user_version"));
	int64_t tables = query_first_int(db_query(db, "SELECT count(*) FROM sqlite_schema"));

	if (db->failed && db->failed_code != SQLITE_NOTADB)
		return db_error(db, err);
	if (db->failed || (id != schema->application_id && (id || version || tables))) {
		db->failed = false;
		return err_set(err, REACH_RUN, CODE_DATA,
			       "%s is no %s of muster; it was left as it is. Correct the path, or "
			       "if it was one and got damaged: %s",
			       db->path, schema->what, schema->if_damaged);
	}
	if (version > (int64_t)schema->step_count)
		return err_set(err, REACH_RUN, CODE_DATA,
			       "%s %s is of version %lld, this muster knows %zu: use a newer "
			       "muster",
			       schema->what, db->path, (long long)version, schema->step_count);
	if (db->options.read_only && version < (int64_t)schema->step_count)
		return err_set(err, REACH_RUN, CODE_DATA,
			       "%s %s is of version %lld and must be brought to %zu first: run "
			       "muster as a user who may write it",
			       schema->what, db->path, (long long)version, schema->step_count);
	return 0;
}

static void db_run_script(struct db *db, const char *sql)
{
	int rc;

	if (db->failed)
		return;
	rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		db_stick(db, rc);
}

static int db_migrate(struct db *db, struct err *err)
{
	const struct db_schema *schema = db->options.schema;
	char numbers[100];

	for (;;) {
		int64_t version;

		db_begin(db);
		/* Under the lock: another process may be doing the same. */
		version = query_first_int(db_query(db, "PRAGMA user_version"));
		if (!db->failed && version >= (int64_t)schema->step_count) {
			db_rollback(db);
			return 0;
		}
		if (!db->failed) {
			snprintf(numbers, sizeof numbers,
				 "PRAGMA application_id=%u; PRAGMA user_version=%lld",
				 schema->application_id, (long long)version + 1);
			db_run_script(db, schema->steps[version].p);
			db_run_script(db, numbers);
		}
		if (db_commit(db, err) < 0)
			return err_wrap(err, "bringing the %s to version %zu", schema->what,
					schema->step_count);
	}
}

static void db_run_pragma(struct db *db, const char *pragma, int64_t number)
{
	char sql[80];

	snprintf(sql, sizeof sql, "PRAGMA %s=%lld", pragma, (long long)number);
	db_run_script(db, sql);
}

static void db_set_memory(struct db *db)
{
	const struct db_options *o = &db->options;

	db_run_script(db,
		      "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY");
	db_run_pragma(db, "cache_size", -(int64_t)(o->cache_kib ? o->cache_kib : CACHE_KIB));
	/*
	 * Pages come out of the page cache of the system without copies. Each is then looked over
	 * anew at each visit, so not cell by cell.
	 */
	if (o->reads_all_over)
		db_run_script(db, "PRAGMA mmap_size=1073741824; PRAGMA cell_size_check=OFF");
}

static int db_set_up(struct db *db, struct err *err)
{
	if (db_check_ours(db, err) < 0)
		return -1;
	db_set_memory(db);
	if (db->options.read_only)
		return db_error(db, err);
	if (db->options.page_limit)
		db_run_pragma(db, "max_page_count", db->options.page_limit);
	db_run_script(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
			  "PRAGMA journal_size_limit=67108864");
	if (db_error(db, err) < 0)
		return -1;
	sqlite3_wal_hook(db->handle, db_after_commit, db);
	return db_migrate(db, err);
}

int db_open(const char *path, const struct db_options *options, struct db **ret, struct err *err)
{
	struct db *db;

	if (db_path_check(path, options, err) < 0)
		return -1;
	db = mem_alloc(1, sizeof *db);
	db->options = *options;
	if (!db->options.busy_seconds)
		db->options.busy_seconds = BUSY_SECONDS;
	if (!db->options.backlog_max)
		db->options.backlog_max = BACKLOG_MAX;
	db->nothing.db = db;
	db->lock_file = -1;
	db->path = realpath(path, NULL);
	if (!db->path) {
		free(db);
		return err_set(err, REACH_RUN, CODE_REFUSED, "%s %s: %s", options->schema->what,
			       path, strerror(errno));
	}
	if (db_open_handle(db, err) < 0 || db_set_up(db, err) < 0) {
		db_close(db);
		return -1;
	}
	*ret = db;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	db_rollback(db);
	list_each (struct query *, q, &db->queries) {
		sqlite3_finalize((*q)->statement);
		free(*q);
	}
	list_clear(&db->queries);
	intern_clear(&db->texts);
	sqlite3_close(db->handle);
	db_locks_close(db);
	free(db->path);
	free(db);
}
