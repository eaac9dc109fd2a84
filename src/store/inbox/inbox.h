/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox: users, groups and memberships that identity providers pushed, in a database of their
 * own. */
#ifndef STORE_INBOX_INBOX_H
#define STORE_INBOX_INBOX_H

#include "base/err.h"
#include "store/inbox/guard.h"
#include "store/inbox/held.h"
#include "store/inbox/member.h"
#include "store/inbox/resource.h"
#include "store/inbox/token.h"

struct inbox; /* one connection; not for sharing between threads */

enum inbox_mode {
	INBOX_WRITE, /* creates the file when it is missing */
	INBOX_CHANGE, /* writes, but the file must be there */
	INBOX_READ,
};

/* The errors are those of db_open (store/db/db.h). */
int inbox_open(const char *path, enum inbox_mode mode, struct inbox **ret, struct err *err);
void inbox_close(struct inbox *inbox); /* NULL is fine */

/*
 * Transactions, as store/db/db.h has them: errors stick, inbox_commit or inbox_error tells. Outside
 * of a transaction each read stands for itself.
 */
void inbox_begin(struct inbox *inbox); /* to write */
void inbox_begin_read(struct inbox *inbox); /* one view for several reads */
int inbox_commit(struct inbox *inbox, struct err *err); /* ends either */
void inbox_rollback(struct inbox *inbox); /* ends either; nothing happened */
int inbox_error(struct inbox *inbox, struct err *err);
/* A transaction within one that writes: ended by release (kept) or rollback (it never was). */
void inbox_savepoint(struct inbox *inbox);
void inbox_savepoint_release(struct inbox *inbox);
void inbox_savepoint_rollback(struct inbox *inbox);

/*
 * Housekeeping that is worth it by now (db_idle), for when nobody waits, or when the backlog is
 * long even under load. It is done as far as open views of others allow.
 */
void inbox_checkpoint(struct inbox *inbox);
bool inbox_backlog_is_long(const struct inbox *inbox);
void inbox_shrink(struct inbox *inbox); /* lets go of what only makes reading faster */

/* Run so far on this connection; each row that is looked at takes some steps. */
struct inbox_counters {
	uint64_t statements, steps;
};
struct inbox_counters inbox_counters(const struct inbox *inbox);

struct inbox_totals {
	int64_t users, groups, members; /* without what is held */
};
struct inbox_totals inbox_totals(struct inbox *inbox);
int64_t inbox_version(struct inbox *inbox); /* the highest version given so far */
/* The 32 secret bytes that sign cursors and access tokens. */
void inbox_key(struct inbox *inbox, uint8_t ret[32]);

#endif
