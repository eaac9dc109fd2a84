/* SPDX-License-Identifier: Apache-2.0 */
/* The door to SQL: versions and migrations, errors that stick, and files in every bad state. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/crashpoint.h"
#include "store/db/db.h"

#define PLACE(name, file)                                                                          \
	char name[300];                                                                            \
	snprintf(name, sizeof name, "%s/%s", (const char *)*state, file)

static const str steps[] = {
	{"CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT", 77},
	{"ALTER TABLE word ADD COLUMN size INTEGER NOT NULL DEFAULT 0; "
	 "UPDATE word SET size = length(text)",
	 94},
	{"CREATE INDEX word_size ON word (size)", 37},
};

static const struct db_schema schema_1 = {"word file", "put it aside", 0x774f5244, steps, 1};
static const struct db_schema schema_3 = {"word file", "put it aside", 0x774f5244, steps, 3};

static const struct db_options make_1 = {.schema = &schema_1, .create = true};
static const struct db_options make_3 = {.schema = &schema_3, .create = true};

static int set_up(void **state)
{
	char *folder = strdup("/tmp/muster-test-db-XXXXXX");

	crashpoint_set(0);
	if (!mkdtemp(folder))
		return -1;
	*state = folder;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"a", "a-wal", "a-shm", "a.lock", "b", "dir"};
	char path[300];

	crashpoint_set(0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", (const char *)*state, names[i]);
		remove(path);
	}
	assert_int_equal(rmdir(*state), 0);
	free(*state);
	return 0;
}

static struct db *open_as(const char *path, const struct db_options *options)
{
	struct err err = {0};
	struct db *db = NULL;

	if (db_open(path, options, &db, &err) < 0)
		fail_msg("%s", err.text);
	return db;
}

/* The text of the error and its code. */
static void refused(const char *path, const struct db_options *options, enum code code,
		    const char *part)
{
	struct err err = {0};
	struct db *db = NULL;

	assert_int_equal(db_open(path, options, &db, &err), -1);
	assert_null(db);
	if (err.code != code || !strstr(err.text, part))
		fail_msg("code %d: %s", (int)err.code, err.text);
}

static void add_word(struct db *db, const char *text)
{
	struct query *q = db_query(db, "INSERT INTO word (text) VALUES (?)");

	query_bind_str(q, str_of(text));
	query_run(q);
}

static int64_t number(struct db *db, const char *sql)
{
	struct query *q = db_query(db, sql);
	int64_t n = -1;
	struct err err = {0};

	if (query_next(q))
		n = query_int(q, 0);
	query_end(q);
	if (db_error(db, &err) < 0)
		fail_msg("%s", err.text);
	return n;
}

static void put_file(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static void a_new_file_is_private_and_complete(void **state)
{
	PLACE(path, "a");
	struct db *db = open_as(path, &make_3);
	struct stat facts;

	assert_int_equal(stat(path, &facts), 0);
	assert_int_equal(facts.st_mode & 0777, 0600);
	assert_int_equal(number(db, "PRAGMA user_version"), 3);
	assert_int_equal(number(db, "PRAGMA application_id"), 0x774f5244);
	assert_int_equal(number(db, "PRAGMA synchronous"), 2);
	assert_int_equal(number(db, "PRAGMA foreign_keys"), 1);
	assert_int_equal(number(db, "PRAGMA trusted_schema"), 0);
	assert_int_equal(number(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
	assert_int_equal(number(db, "SELECT count(*) FROM word"), 0);
	db_begin(db);
	add_word(db, "x");
	assert_int_equal(db_commit(db, NULL), 0);
	snprintf(path + strlen(path), 5, "-wal");
	assert_int_equal(stat(path, &facts), 0);
	assert_int_equal(facts.st_mode & 0777, 0600);
	db_close(db);
}

static void values_come_back_as_they_went_in(void **state)
{
	PLACE(path, "a");
	struct db *db = open_as(path, &make_1);
	struct query *q;

	db_begin(db);
	q = db_query(db, "SELECT ?, ?, ?, ?, ?");
	query_bind_str(q, str_make("a\0b", 3));
	query_bind_int(q, INT64_MIN);
	query_bind_blob(q, "\xff\x00", 2);
	query_bind_null(q);
	query_bind_str(q, (str){NULL, 0});
	assert_true(query_next(q));
	assert_true(str_equal(query_str(q, 0), str_make("a\0b", 3)));
	assert_true(query_int(q, 1) == INT64_MIN);
	assert_true(query_is_blob(q, 2));
	assert_true(str_equal(query_blob(q, 2), str_make("\xff\x00", 2)));
	assert_true(query_is_null(q, 3));
	assert_null(query_str(q, 3).p);
	assert_false(query_is_null(q, 4));
	assert_int_equal(query_str(q, 4).n, 0);
	assert_false(query_next(q));
	assert_int_equal(db_commit(db, NULL), 0);
	db_close(db);
}

static void an_older_file_is_migrated(void **state)
{
	PLACE(path, "a");
	struct db *db = open_as(path, &make_1);

	db_begin(db);
	add_word(db, "seven");
	assert_int_equal(db_commit(db, NULL), 0);
	db_close(db);
	refused(path, &(struct db_options){.schema = &schema_3, .read_only = true}, CODE_DATA,
		"is of version 1 and must be brought to 3");
	db = open_as(path, &make_3);
	assert_int_equal(number(db, "PRAGMA user_version"), 3);
	assert_int_equal(number(db, "SELECT size FROM word"), 5);
	db_close(db);
	refused(path, &make_1, CODE_DATA,
		"is of version 3, this muster knows 1: use a newer muster");
	db = open_as(path, &make_3);
	assert_int_equal(number(db, "SELECT count(*) FROM word"), 1);
	db_close(db);
}

static void a_failing_migration_leaves_the_old_version(void **state)
{
	static const str broken[] = {{"CREATE TABLE word (id INTEGER PRIMARY KEY) STRICT", 50},
				     {"CREATE TABLE more (x INTEGER) STRICT; SELECT nonsense", 54}};
	struct db_schema schema = {"word file", "put it aside", 0x774f5244, broken, 1};
	struct db_options options = {.schema = &schema, .create = true};
	PLACE(path, "a");

	db_close(open_as(path, &options));
	schema.step_count = 2;
	refused(path, &options, CODE_FAILED, "bringing the word file to version 2");
	schema.step_count = 1;
	db_close(open_as(path, &options));
}

static void the_first_error_sticks_until_it_is_asked_for(void **state)
{
	PLACE(path, "a");
	struct db *db = open_as(path, &make_1);
	struct err err = {0};
	struct query *q;

	db_begin(db);
	add_word(db, "one");
	db_run(db, "INSERT INTO nowhere VALUES (1)");
	add_word(db, "two");
	q = db_query(db, "SELECT count(*) FROM word");
	assert_false(query_next(q));
	assert_int_equal(query_int(q, 0), 0);
	assert_int_equal(db_commit(db, &err), -1);
	assert_non_null(strstr(err.text, "no such table: nowhere"));
	assert_int_equal(number(db, "SELECT count(*) FROM word"), 0);

	db_run(db, "INSERT INTO nowhere VALUES (1)");
	db_begin(db);
	add_word(db, "three");
	assert_int_equal(db_commit(db, &err), -1);
	assert_int_equal(db_error(db, NULL), 0);

	db_begin(db);
	db_fail(db, &(struct err){.code = CODE_DATA, .text = "mine"});
	db_rollback(db);
	db_begin(db);
	add_word(db, "four");
	assert_int_equal(db_commit(db, &err), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM word"), 1);
	db_close(db);
}

static void uniqueness_can_be_asked_for(void **state)
{
	PLACE(path, "a");
	struct db *db = open_as(path, &make_1);
	struct query *q;

	db_begin(db);
	add_word(db, "one");
	db_savepoint(db);
	add_word(db, "two");
	q = db_query(db, "INSERT INTO word (text) VALUES (?)");
	query_bind_str(q, STR("one"));
	assert_false(query_run_unique(q));
	db_savepoint_rollback(db);
	db_savepoint(db);
	q = db_query(db, "INSERT INTO word (text) VALUES (?)");
	query_bind_str(q, STR("three"));
	assert_true(query_run_unique(q));
	assert_int_equal(db_changes(db), 1);
	assert_int_equal(db_last_number(db), 2);
	db_savepoint_release(db);
	assert_int_equal(db_commit(db, NULL), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM word"), 2);
	db_close(db);
}

static void statements_and_commits_are_counted(void **state)
{
	PLACE(path, "a");
	struct db *db = open_as(path, &make_1);
	struct db_counters before = db_counters(db), after;
	char text[60];

	db_begin(db);
	for (int i = 0; i < 600; i++) {
		/* More texts than are kept: each must still work. */
		snprintf(text, sizeof text, "INSERT INTO word (text) VALUES ('%d')", i);
		db_run(db, text);
	}
	assert_int_equal(db_commit(db, NULL), 0);
	after = db_counters(db);
	assert_int_equal(after.commits - before.commits, 1);
	assert_int_equal(after.statements - before.statements, 602);
	assert_int_equal(number(db, "SELECT count(*) FROM word"), 600);
	assert_true(db_backlog(db) > 0);
	assert_int_equal(db_idle(db, NULL), 0);
	assert_int_equal(db_backlog(db), 0);
	db_close(db);
}

static void files_that_are_not_ours_are_refused_and_kept(void **state)
{
	static const struct db_schema other = {"other file", "nothing", 0x1234, steps, 1};
	static const struct db_schema nobody = {"other file", "nothing", 0, steps, 1};
	PLACE(path, "a");
	char text[] = "users:\n  - userName: ada\n", read_back[sizeof text];
	FILE *f;

	put_file(path, text, sizeof text - 1);
	refused(path, &make_1, CODE_DATA, "is no word file of muster");
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fread(read_back, 1, sizeof read_back, f), sizeof text - 1);
	fclose(f);
	assert_memory_equal(text, read_back, sizeof text - 1);
	remove(path);

	db_close(open_as(path, &(struct db_options){.schema = &other, .create = true}));
	refused(path, &make_1, CODE_DATA, "is no word file of muster");
	remove(path);
	db_close(open_as(path, &(struct db_options){.schema = &nobody, .create = true}));
	refused(path, &make_1, CODE_DATA, "is no word file of muster");
}

static void fill(const char *path, int words)
{
	struct db *db = open_as(path, &make_1);
	char text[600];

	db_begin(db);
	for (int i = 0; i < words; i++) {
		snprintf(text, sizeof text, "%0500d", i);
		add_word(db, text);
	}
	assert_int_equal(db_commit(db, NULL), 0);
	db_close(db);
}

static void damaged_files_are_told(void **state)
{
	PLACE(path, "a");
	struct db *db;
	struct err err = {0};
	char noise[3 * 4096];
	int fd;

	fill(path, 1000);
	assert_int_equal(truncate(path, 4096 * 20), 0);
	refused(path, &make_1, CODE_DATA, "is damaged");
	remove(path);

	fill(path, 1000);
	memset(noise, 0x5a, sizeof noise);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, noise, sizeof noise, 4096), (ssize_t)sizeof noise);
	close(fd);
	if (db_open(path, &make_1, &db, &err) == 0) {
		assert_int_equal(number(db, "PRAGMA user_version"), 1);
		query_run(db_query(db, "SELECT count(*), max(text) FROM word"));
		assert_int_equal(db_error(db, &err), -1);
		db_close(db);
	}
	assert_int_equal(err.code, CODE_DATA);
	assert_non_null(strstr(err.text, "put it aside"));
	remove(path);

	/* An emptied file is a lost one. */
	fill(path, 10);
	assert_int_equal(truncate(path, 0), 0);
	db = open_as(path, &make_1);
	assert_int_equal(number(db, "SELECT count(*) FROM word"), 0);
	db_close(db);
}

static void places_without_a_file(void **state)
{
	struct db_options only_open = {.schema = &schema_1};
	PLACE(folder, "dir");
	PLACE(missing, "a");
	PLACE(deep, "none/a");

	assert_int_equal(mkdir(folder, 0700), 0);
	refused(folder, &make_1, CODE_CONFIG, "is not a regular file");
	refused(missing, &only_open, CODE_CONFIG, "No such file");
	refused(deep, &make_1, CODE_CONFIG, "its folder does not exist");
}

/* Runs in a child, as an ordinary user: root may write everything. */
static void as_user(void (*check)(const char *path), const char *path)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(9);
		check(path);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void expect_refused(const char *path, const char *part)
{
	struct err err = {0};
	struct db *db = NULL;

	if (db_open(path, &make_1, &db, &err) == 0) {
		db_begin(db);
		add_word(db, "x");
		if (db_commit(db, &err) == 0)
			_exit(1);
	}
	if (err.code != CODE_REFUSED || !strstr(err.text, part)) {
		fprintf(stderr, "code %d: %s\n", (int)err.code, err.text);
		_exit(2);
	}
}

static void check_unreadable(const char *path)
{
	expect_refused(path, "cannot be read by the user");
}

static void check_read_only(const char *path)
{
	expect_refused(path, "cannot be written: the user of this process needs write access");
}

static void check_closed_folder(const char *path)
{
	expect_refused(path, "write access to the file and its folder");
}

static void check_no_new_file(const char *path)
{
	expect_refused(path, "cannot be created");
}

static void rights_that_are_missing(void **state)
{
	PLACE(path, "a");
	PLACE(other, "b");

	fill(path, 10);
	assert_int_equal(chmod(*state, 0755), 0);
	if (geteuid() != 0)
		assert_int_equal(chmod(path, 0), 0);
	as_user(check_unreadable, path);
	assert_int_equal(chmod(path, 0444), 0);
	as_user(check_read_only, path);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(*state, 0555), 0);
	as_user(check_closed_folder, path);
	as_user(check_no_new_file, other);
	assert_int_equal(chmod(*state, 0755), 0);
}

static void a_read_only_door_reads(void **state)
{
	struct db_options options = {.schema = &schema_1, .read_only = true};
	PLACE(path, "a");
	struct db *db;
	struct err err = {0};

	fill(path, 3);
	db = open_as(path, &options);
	assert_int_equal(number(db, "SELECT count(*) FROM word"), 3);
	db_run(db, "DELETE FROM word");
	assert_int_equal(db_error(db, &err), -1);
	assert_int_equal(err.code, CODE_REFUSED);
	db_close(db);
}

static void a_full_disk_keeps_what_was_committed(void **state)
{
	struct db_options tight = {.schema = &schema_1, .create = true, .page_limit = 30};
	PLACE(path, "a");
	struct db *db = open_as(path, &tight);
	struct err err = {0};
	int kept = 0;
	char text[600];

	for (;; kept++) {
		db_begin(db);
		snprintf(text, sizeof text, "%0500d", kept);
		add_word(db, text);
		if (db_commit(db, &err) < 0)
			break;
		assert_true(kept < 10000);
	}
	assert_true(err.again);
	assert_non_null(strstr(err.text, "the disk is full"));
	assert_non_null(strstr(err.text, path));
	assert_int_equal(number(db, "SELECT count(*) FROM word"), kept);
	db_close(db);
	db = open_as(path, &make_1);
	assert_int_equal(number(db, "SELECT count(*) FROM word"), kept);
	db_begin(db);
	add_word(db, "room again");
	assert_int_equal(db_commit(db, NULL), 0);
	db_close(db);
}

/* The system itself refuses to let a file grow, in the middle of a commit. */
static void a_size_limit_of_the_system(void **state)
{
	PLACE(path, "a");
	struct rlimit limit = {200000, 200000};
	struct err err = {0};
	struct db *db;
	int status;
	pid_t child;

	fill(path, 10);
	child = fork();
	if (child == 0) {
		signal(SIGXFSZ, SIG_IGN);
		if (db_open(path, &make_1, &db, &err) < 0 || setrlimit(RLIMIT_FSIZE, &limit) < 0)
			_exit(1);
		db_begin(db);
		for (int i = 0; i < 2000; i++) {
			char text[600];

			snprintf(text, sizeof text, "more %0500d", i);
			add_word(db, text);
		}
		if (db_commit(db, &err) == 0)
			_exit(2);
		_exit(err.again && strstr(err.text, "disk is full or a size limit") ? 0 : 3);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	db = open_as(path, &make_1);
	assert_int_equal(number(db, "SELECT count(*) FROM word"), 10);
	assert_int_equal(number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"),
			 1);
	db_close(db);
}

static void another_writer_is_waited_for_and_then_told(void **state)
{
	struct db_options patient = {.schema = &schema_1, .busy_seconds = 1};
	PLACE(path, "a");
	struct db *first = open_as(path, &make_1), *second = open_as(path, &patient);
	struct err err = {0};

	db_begin(first);
	add_word(first, "x");
	assert_int_equal(number(second, "SELECT count(*) FROM word"), 0);
	db_begin(second);
	add_word(second, "y");
	assert_int_equal(db_commit(second, &err), -1);
	assert_int_equal(err.code, CODE_LOCKED);
	assert_true(err.again);
	assert_int_equal(db_commit(first, NULL), 0);
	db_begin(second);
	add_word(second, "y");
	assert_int_equal(db_commit(second, NULL), 0);
	db_close(first);
	db_close(second);
}

static void a_stamp_tells_of_changes_by_others(void **state)
{
	PLACE(path, "a");
	struct db *mine = open_as(path, &make_1), *other = open_as(path, &make_1);
	int64_t before = db_stamp(mine);

	db_begin(mine);
	add_word(mine, "x");
	assert_int_equal(db_commit(mine, NULL), 0);
	assert_int_equal(db_stamp(mine), before);
	db_begin(other);
	add_word(other, "y");
	assert_int_equal(db_commit(other, NULL), 0);
	assert_int_not_equal(db_stamp(mine), before);
	db_close(other);
	db_close(mine);
}

static void a_lock_has_one_holder(void **state)
{
	PLACE(path, "a");
	struct db *first = open_as(path, &make_1), *second = open_as(path, &make_1);
	struct db_holder holder = {0};
	struct err err = {0};

	assert_false(db_lock_holder(second, 1, &holder));
	assert_int_equal(db_lock(first, 1, &holder, &err), 0);
	assert_int_equal(db_lock(second, 2, &holder, &err), 0);
	assert_int_equal(db_lock(second, 1, &holder, &err), -1);
	assert_int_equal(err.code, CODE_LOCKED);
	assert_true(err.again);
	assert_int_equal(holder.process, getpid());
	assert_true(db_lock_holder(first, 1, &holder));
	db_unlock(second, 1);
	assert_true(db_lock_holder(second, 1, &holder));
	db_unlock(first, 1);
	assert_int_equal(db_lock(second, 1, &holder, &err), 0);
	db_close(second);
	assert_int_equal(db_lock(first, 1, &holder, &err), 0);
	db_close(first);
}

/* One life of a program that creates the file, migrates it and adds two words in one transaction.
 */
static int live(const char *path, uint64_t stop)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct db *db;
		struct err err;

		crashpoint_set(stop);
		if (db_open(path, &make_3, &db, &err) < 0)
			_exit(1);
		db_begin(db);
		if (number(db, "SELECT count(*) FROM word") == 0) {
			add_word(db, "one");
			add_word(db, "two");
		}
		if (db_commit(db, &err) < 0)
			_exit(2);
		db_close(db);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void stopped_at_any_step_nothing_is_half_done(void **state)
{
	PLACE(path, "a");
	uint64_t stop;
	int ended;

	for (stop = 1;; stop++) {
		char side[310];
		struct db *db;

		ended = live(path, stop);
		assert_true(ended == 0 || ended == CRASHPOINT_EXIT);
		assert_int_equal(live(path, 0), 0);
		db = open_as(path, &make_3);
		assert_int_equal(number(db, "SELECT count(*) FROM word"), 2);
		assert_int_equal(
			number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
		db_close(db);
		remove(path);
		snprintf(side, sizeof side, "%s-wal", path);
		remove(side);
		if (ended == 0)
			break;
	}
	/* Three migrations and one transaction, before and after each. */
	assert_int_equal(stop, 9);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_file_is_private_and_complete),
		TEST(values_come_back_as_they_went_in),
		TEST(an_older_file_is_migrated),
		TEST(a_failing_migration_leaves_the_old_version),
		TEST(the_first_error_sticks_until_it_is_asked_for),
		TEST(uniqueness_can_be_asked_for),
		TEST(statements_and_commits_are_counted),
		TEST(files_that_are_not_ours_are_refused_and_kept),
		TEST(damaged_files_are_told),
		TEST(places_without_a_file),
		TEST(rights_that_are_missing),
		TEST(a_read_only_door_reads),
		TEST(a_full_disk_keeps_what_was_committed),
		TEST(a_size_limit_of_the_system),
		TEST(another_writer_is_waited_for_and_then_told),
		TEST(a_stamp_tells_of_changes_by_others),
		TEST(a_lock_has_one_holder),
		TEST(stopped_at_any_step_nothing_is_half_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
