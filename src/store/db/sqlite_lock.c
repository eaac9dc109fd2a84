/* SPDX-License-Identifier: Apache-2.0 */
/* Locks between processes, beside an SQLite file: records of FILE.lock, locked by the kernel. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/db/sqlite.h"

enum { LOCK_RECORD = 64 };

static int lock_file_open(struct db *db, bool create, struct err *err)
{
	char path[4096];
	int flags = create ? O_RDWR | O_CREAT : O_RDONLY;

	if (db->lock_file >= 0)
		return 0;
	snprintf(path, sizeof path, "%s.lock", db->path);
	db->lock_file = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (db->lock_file < 0)
		return err_set(err, REACH_RUN, CODE_REFUSED,
			       "lock file %s cannot be opened: %s. The user of this process needs "
			       "write access to it and its folder",
			       path, strerror(errno));
	return 0;
}

/* The kernel's lock is on the record of the number; the record's text says who. */
static struct flock lock_range(int64_t number, short type)
{
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = number * LOCK_RECORD,
		.l_len = LOCK_RECORD,
	};
}

static struct db_holder holder_read(struct db *db, int64_t number)
{
	char record[LOCK_RECORD];
	ssize_t n = pread(db->lock_file, record, sizeof record, number * LOCK_RECORD);
	str line = str_make(record, n > 0 ? (size_t)n : 0);
	struct db_holder holder = {0};

	/* As holder_write has it: 20 characters for the process id, a blank, 20 for the time. */
	str_to_int(str_trim(str_slice(line, 0, 20)), &holder.process);
	str_to_int(str_trim(str_slice(line, 20, 41)), &holder.since);
	return holder;
}

static void holder_write(struct db *db, int64_t number)
{
	char record[LOCK_RECORD + 1];

	snprintf(record, sizeof record, "%-20lld %-20lld\n", (long long)getpid(),
		 (long long)clock_now());
	/* The text is for people; the lock holds without it. */
	if (pwrite(db->lock_file, record, strlen(record), number * LOCK_RECORD) < 0)
		errno = 0;
}

static int64_t *own_lock_find(struct db *db, int64_t number)
{
	list_each (int64_t, own, &db->locks)
		if (*own == number)
			return own;
	return NULL;
}

int db_lock(struct db *db, int64_t number, struct db_holder *ret_holder, struct err *err)
{
	struct flock range = lock_range(number, F_WRLCK);

	assert(!own_lock_find(db, number));
	if (lock_file_open(db, true, err) < 0)
		return -1;
	if (fcntl(db->lock_file, F_OFD_SETLK, &range) < 0) {
		if (errno != EAGAIN && errno != EACCES)
			return err_set(err, REACH_RUN, CODE_FAILED, "lock file %s.lock: %s",
				       db->path, strerror(errno));
		*ret_holder = holder_read(db, number);
		return err_later(err, REACH_RUN, CODE_LOCKED, "%s %s is locked by another process",
				 db->options.schema->what, db->path);
	}
	holder_write(db, number);
	list_push(&db->locks, number);
	return 0;
}

void db_unlock(struct db *db, int64_t number)
{
	struct flock range = lock_range(number, F_UNLCK);
	int64_t *own = own_lock_find(db, number);

	if (!own)
		return;
	fcntl(db->lock_file, F_OFD_SETLK, &range);
	*own = db->locks.items[--db->locks.count];
}

bool db_lock_holder(struct db *db, int64_t number, struct db_holder *ret)
{
	struct flock range = lock_range(number, F_RDLCK);

	if (lock_file_open(db, false, NULL) < 0)
		return false;
	if (!own_lock_find(db, number) &&
	    (fcntl(db->lock_file, F_OFD_GETLK, &range) < 0 || range.l_type == F_UNLCK))
		return false;
	*ret = holder_read(db, number);
	return true;
}

void db_locks_close(struct db *db)
{
	if (db->lock_file >= 0)
		close(db->lock_file);
	list_clear(&db->locks);
}
