/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups of the inbox: found, listed, stored. */
#ifndef STORE_INBOX_RESOURCE_H
#define STORE_INBOX_RESOURCE_H

#include <jansson.h>

#include "base/arena.h"

struct inbox;
struct query;

enum inbox_kind { INBOX_NOBODY = 0, INBOX_USER = 1, INBOX_GROUP = 2, INBOX_MEMBERSHIP = 3 };

struct inbox_resource {
	int64_t row; /* 0: not stored yet */
	str id; /* a UUID, or what a client called a member that is nobody here */
	enum inbox_kind kind;
	int64_t held; /* since when (guard.h); 0: it is there */
	bool active, extended;
	int64_t version, created, modified; /* times in seconds since 1970 */
	str name; /* folded (base/unicode.h) userName or displayName */
	str label; /* a group's displayName */
	str external; /* "" for none */
	str body; /* JSON members without braces: see schemas/inbox.sql */
};

/* A resource's own members, as a document; the caller's. */
json_t *inbox_document(const struct inbox_resource *r);

/*
 * Finding one: false when there is none, or an error stuck. Texts are copied into the arena. What
 * is held is not seen but where it says so.
 */
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

/*
 * A walk over rows: begun by one of the _begin functions, gone on with the _next function of the
 * same kind until that returns false, or ended before by inbox_walk_end. One of a kind at a time on
 * a connection. Texts of a row hold until the next step; `space` is where an id is written out.
 */
struct inbox_walk {
	struct inbox *inbox;
	struct query *query;
	/* Of members only: whose; the last row; how many came since the query was asked. */
	int64_t group, last, seen;
	bool held, apart, stays; /* the held ones too; looked up in memory, not joined; for good */
};
void inbox_walk_end(struct inbox_walk *walk);

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
/* In row order. */
struct inbox_walk inbox_resources_begin(struct inbox *inbox,
					const struct inbox_selection *selection);
/* Live or held resources with a version above `after`, oldest change first. */
struct inbox_walk inbox_changes_begin(struct inbox *inbox, int64_t after);
bool inbox_resource_next(struct inbox_walk *walk, struct inbox_resource *ret, char space[37]);

/* Deletions with a version above `after`, for the connector's changes. */
struct inbox_walk inbox_tombstones_begin(struct inbox *inbox, int64_t after);
bool inbox_tombstone_next(struct inbox_walk *walk, enum inbox_kind *ret_kind, int64_t *ret_version,
			  char ret_id[37]);

/* Writing: inside a transaction, whose end tells whether it was kept. */
/*
 * Stores a new resource (row 0; an empty id makes one) or a changed one. Sets its version and
 * modified; of a new one also row, created, and the id, in the arena.
 */
void inbox_put(struct inbox *inbox, struct inbox_resource *resource, struct arena *arena);
/* Gives it a new version without other changes: its memberships have changed. */
void inbox_touch(struct inbox *inbox, struct inbox_resource *resource);
/* The addresses of a user, folded: those of `old` are taken out, those of `now` put in. */
void inbox_addresses_change(struct inbox *inbox, int64_t row, const str *old, size_t old_count,
			    const str *now, size_t now_count);

/* The row of an id, of a user, a group or nobody; 0 when the inbox never heard of it. */
int64_t inbox_row_find(struct inbox *inbox, str id);
/* The same, but an id that is new is entered as nobody. */
int64_t inbox_row_make(struct inbox *inbox, str id);

#endif
