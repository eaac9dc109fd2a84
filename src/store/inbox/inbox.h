/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox: users, groups and memberships that identity providers pushed, in an SQLite file of
 * their own. */
#ifndef STORE_INBOX_INBOX_H
#define STORE_INBOX_INBOX_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/list.h"

struct inbox; /* one connection; not for sharing between threads */
struct query;

enum inbox_kind { INBOX_NOBODY = 0, INBOX_USER = 1, INBOX_GROUP = 2, INBOX_MEMBERSHIP = 3 };
enum inbox_mode {
	INBOX_WRITE, /* creates the file when it is missing */
	INBOX_CHANGE, /* writes, but the file must be there */
	INBOX_READ,
};

struct inbox_resource {
	int64_t row; /* 0: not stored yet */
	str id; /* a UUID, or what a client called a member that is nobody here */
	enum inbox_kind kind;
	int64_t held;
	bool active, extended;
	int64_t version, created, modified; /* times in seconds since 1970 */
	str name; /* folded (base/unicode.h) userName or displayName */
	str label; /* a group's displayName */
	str external; /* "" for none */
	str body; /* JSON members without braces: see schemas/inbox.sql */
};

int inbox_open(const char *path, enum inbox_mode mode, struct inbox **ret, struct err *err);
void inbox_close(struct inbox *inbox); /* NULL is fine */

/*
 * Transactions, as store/db/db.h has them: errors stick, inbox_commit or inbox_error tells. Outside
 * of a transaction each read stands for itself.
 */
void inbox_begin(struct inbox *inbox);
void inbox_begin_read(struct inbox *inbox);
int inbox_commit(struct inbox *inbox, struct err *err);
void inbox_rollback(struct inbox *inbox);
void inbox_savepoint(struct inbox *inbox);
void inbox_savepoint_release(struct inbox *inbox);
void inbox_savepoint_rollback(struct inbox *inbox);
int inbox_error(struct inbox *inbox, struct err *err);
/*
 * To be called when nothing is to do, or the log is long: moves it into the file once it is worth
 * it. It begins anew when no reader has a view from before.
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

/* Reading. Texts are copied into the arena; held resources are not seen but where it says so. */
bool inbox_find(struct inbox *inbox, str id, struct arena *arena, struct inbox_resource *ret);
bool inbox_find_row(struct inbox *inbox, int64_t row, struct arena *arena,
		    struct inbox_resource *ret);
/* The user of a folded userName, held or not. */
bool inbox_find_user(struct inbox *inbox, str name, struct arena *arena,
		     struct inbox_resource *ret);
/* A held user of that externalId. */
bool inbox_find_held(struct inbox *inbox, str external, struct arena *arena,
		     struct inbox_resource *ret);
/* A held group of that folded displayName, the last one deleted. */
bool inbox_find_held_group(struct inbox *inbox, str name, struct arena *arena,
			   struct inbox_resource *ret);
/* The id of a deleted user of that externalId; false when there is none. */
bool inbox_find_tombstone(struct inbox *inbox, str external, char ret_id[37]);

/* A resource's own members, as a document; the caller's. */
json_t *inbox_document(const struct inbox_resource *r);

enum inbox_by {
	INBOX_BY_NOTHING, /* all of the kind, in row order */
	INBOX_BY_ID,
	INBOX_BY_NAME, /* key: folded */
	INBOX_BY_EXTERNAL,
	INBOX_BY_ADDRESS, /* users; key: folded */
	INBOX_BY_MEMBER, /* groups that the id is a direct member of */
};
struct inbox_selection {
	enum inbox_kind kind;
	enum inbox_by by;
	str key;
	int64_t after; /* rows above this one */
	int64_t skip, limit; /* limit < 0: all */
	bool held; /* the held ones too, by nothing: for the connector */
};
/* One selection at a time per connection; each row's texts hold until the next step. */
struct inbox_walk {
	struct inbox *inbox;
	struct query *query;
	/* Of members only: whose; the last row; how many came since the query was asked. */
	int64_t group, last, seen;
	bool held, apart, stays; /* the held ones too; looked up in memory, not joined; for good */
};
struct inbox_walk inbox_resources_begin(struct inbox *inbox,
					const struct inbox_selection *selection);
bool inbox_resource_next(struct inbox_walk *walk, struct inbox_resource *ret, char space[37]);
void inbox_walk_end(struct inbox_walk *walk);

/* Writing, inside a transaction. */
/* Stores a new resource (row 0; an empty id makes one) or a changed one: version and modified are
 * set. */
void inbox_put(struct inbox *inbox, struct inbox_resource *resource, struct arena *arena);
/* Marks it changed without other changes (its memberships did). */
void inbox_touch(struct inbox *inbox, struct inbox_resource *resource);
/* Gone: memberships on both sides too; a tombstone stays. */
void inbox_delete(struct inbox *inbox, const struct inbox_resource *resource);
void inbox_hold(struct inbox *inbox, struct inbox_resource *resource, int64_t since);
/* A held one is there again; its version is set by the put that follows. */
void inbox_unhold(struct inbox *inbox, struct inbox_resource *resource);
/* The addresses of a user: those of `old` are taken out, those of `now` put in; folded. */
void inbox_addresses_change(struct inbox *inbox, int64_t row, const str *old, size_t old_count,
			    const str *now, size_t now_count);

/* Memberships. A member's texts hold until the next step. */
struct inbox_member {
	int64_t row;
	str id;
	enum inbox_kind kind;
	str display; /* as the client gave it */
	int64_t held;
};
/* Members of a group above a row, in row order. held: the held ones too. */
struct inbox_walk inbox_members_begin(struct inbox *inbox, int64_t group, int64_t after, bool held);
bool inbox_member_next(struct inbox_walk *walk, struct inbox_member *ret, char space[37]);
/* Memberships of a user or group, or of all above a row in row order; not the held ones. */
struct inbox_walk inbox_memberships_begin(struct inbox *inbox, int64_t person);
struct inbox_walk inbox_memberships_begin_after(struct inbox *inbox, int64_t person);
bool inbox_membership_next(struct inbox_walk *walk, int64_t *ret_person, int64_t *ret_group);
int64_t inbox_members_count(struct inbox *inbox, int64_t group);
bool inbox_members_exceed(struct inbox *inbox, int64_t group, int64_t count);
/* The row of an id, of a user, a group or nobody; 0 when the inbox never heard of it. */
int64_t inbox_row_find(struct inbox *inbox, str id);
/* The same, but an id that is new is entered as nobody. */
int64_t inbox_row_make(struct inbox *inbox, str id);
/* Takes a member that is nobody out of all groups; does nothing to an id that is a user or group.
 */
void inbox_forget(struct inbox *inbox, str id);
bool inbox_is_member(struct inbox *inbox, int64_t group, int64_t person);
/* True when something changed. An empty display leaves the one there is. */
bool inbox_member_add(struct inbox *inbox, int64_t group, int64_t person, str display);
/* held != 0: it stays for the connector, since then. */
bool inbox_member_remove(struct inbox *inbox, int64_t group, int64_t person, int64_t held);
/* All memberships of a user or group, on both sides, stay for the connector alone, since then. */
void inbox_memberships_hold(struct inbox *inbox, int64_t row, int64_t since);

/* The guard's window: how many were removed through the API since a time. */
int64_t inbox_removals_since(struct inbox *inbox, enum inbox_kind kind, int64_t since);
/* held: since when, for what did not happen yet; 0 for what did. */
void inbox_removal_add(struct inbox *inbox, enum inbox_kind kind, int64_t count, str token,
		       int64_t held);
/* Forgets what happened before a time; what is held stays known until it is decided. */
void inbox_removals_forget(struct inbox *inbox, int64_t before);
/* Another number after another connection changed the file. */
int64_t inbox_stamp(struct inbox *inbox);

/* Deletions with a version above `after`, for the connector's changes. */
struct inbox_walk inbox_tombstones_begin(struct inbox *inbox, int64_t after);
bool inbox_tombstone_next(struct inbox_walk *walk, enum inbox_kind *ret_kind, int64_t *ret_version,
			  char ret_id[37]);
/* Live or held resources with a version above `after`, oldest change first. */
struct inbox_walk inbox_changes_begin(struct inbox *inbox, int64_t after);

#include "store/inbox/held.h"
#include "store/inbox/token.h"

#endif
