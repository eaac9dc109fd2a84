/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the inbox, its transactions and its housekeeping. */
#include "store/inbox/inbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "store/inbox/internal.h"

EMBED(inbox_sql, "schemas/inbox.sql");
EMBED(inbox_2_sql, "schemas/inbox-2.sql");
EMBED(inbox_3_sql, "schemas/inbox-3.sql");

enum { APPLICATION_ID = 0x6d757369 }; /* "musi" */

/*
 * From which backlog on (db_backlog) it is cleared: while nobody waits, between two groups of
 * requests, and within a commit, which happens only when nobody ever called inbox_checkpoint.
 */
enum { BACKLOG_IDLE = 1000, BACKLOG_BETWEEN = 8192, BACKLOG_AT_ONCE = 32768 };

enum { CACHE_KIB = 4096 };

int inbox_open(const char *path, enum inbox_mode mode, struct inbox **ret, struct err *err)
{
	struct inbox *inbox = mem_alloc(1, sizeof *inbox);
	struct db_options options = {.schema = &inbox->schema,
				     .create = mode == INBOX_WRITE,
				     .read_only = mode == INBOX_READ,
				     .backlog_max = BACKLOG_AT_ONCE,
				     .cache_kib = CACHE_KIB,
				     /* A list jumps all over the file. */
				     .reads_all_over = mode == INBOX_READ};

	inbox->steps[0] = EMBEDDED(inbox_sql);
	inbox->steps[1] = EMBEDDED(inbox_2_sql);
	inbox->steps[2] = EMBEDDED(inbox_3_sql);
	inbox->schema = (struct db_schema){
		"inbox",
		"restore it from a backup, or move it away and let the identity provider "
		"push everything anew",
		APPLICATION_ID, inbox->steps, sizeof inbox->steps / sizeof *inbox->steps};
	if (db_open(path, &options, &inbox->db, err) < 0) {
		free(inbox);
		return -1;
	}
	*ret = inbox;
	return 0;
}

void inbox_close(struct inbox *inbox)
{
	if (!inbox)
		return;
	db_close(inbox->db);
	member_id_cache_clear(&inbox->member_ids);
	free(inbox);
}

/* Transactions ------------------------------------------------------------ */

void inbox_begin(struct inbox *inbox)
{
	inbox->counted = false;
	inbox->version = 0;
	db_begin(inbox->db);
}

void inbox_begin_read(struct inbox *inbox)
{
	inbox->viewing = true;
	inbox->member_ids.checked = false;
	db_begin_read(inbox->db);
}

int inbox_commit(struct inbox *inbox, struct err *err)
{
	totals_store(inbox);
	inbox->viewing = false;
	return db_commit(inbox->db, err);
}

void inbox_rollback(struct inbox *inbox)
{
	inbox->counted = false;
	inbox->viewing = false;
	db_rollback(inbox->db);
}

void inbox_savepoint(struct inbox *inbox)
{
	inbox->saved = *totals_of(inbox);
	db_savepoint(inbox->db);
}

void inbox_savepoint_release(struct inbox *inbox)
{
	db_savepoint_release(inbox->db);
}

void inbox_savepoint_rollback(struct inbox *inbox)
{
	inbox->totals = inbox->saved;
	db_savepoint_rollback(inbox->db);
}

int inbox_error(struct inbox *inbox, struct err *err)
{
	return db_error(inbox->db, err);
}

bool inbox_backlog_is_long(const struct inbox *inbox)
{
	return db_backlog(inbox->db) >= BACKLOG_BETWEEN;
}

void inbox_checkpoint(struct inbox *inbox)
{
	struct err err;

	/* When it fails it is tried again; what was committed is safe. */
	if (db_backlog(inbox->db) >= BACKLOG_IDLE)
		db_idle(inbox->db, &err);
}

void inbox_shrink(struct inbox *inbox)
{
	member_id_cache_clear(&inbox->member_ids);
}

struct inbox_counters inbox_counters(const struct inbox *inbox)
{
	struct db_counters counters = db_counters(inbox->db);

	return (struct inbox_counters){counters.statements, counters.steps};
}

void inbox_key(struct inbox *inbox, uint8_t ret[32])
{
	struct query *q = db_query(inbox->db, "SELECT value FROM setting WHERE name = 'key'");

	memset(ret, 0, 32);
	if (query_next(q) && query_blob(q, 0).n == 32)
		memcpy(ret, query_blob(q, 0).p, 32);
	query_end(q);
}
