/* SPDX-License-Identifier: Apache-2.0 */
/* What a system showed in one read: users, groups, memberships, invitations; complete or not to be
 * trusted. */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include "base/err.h"
#include "base/intern.h"
#include "base/list.h"
#include "base/spool.h"
#include "model/entry.h"

#define ROW_NONE UINT32_MAX

/* One user or group: 16 bytes resident, the fields lie in the spool. Its row is its index in its
 * list. */
struct entry {
	uint64_t body; /* where the fields begin in snapshot.spool */
	uint32_t id; /* number of the immutable id in snapshot.ids */
	uint32_t flags;
};

/*
 * A membership, packed so that ten millions of them stay cheap and sort by group, then member, then
 * role: 24 bits group row, 1 bit "the member is a group", 31 bits member row, 8 bits role number.
 */
typedef uint64_t edge;

static inline edge edge_make(uint32_t group, bool nested, uint32_t member, uint32_t role)
{
	return (uint64_t)group << 40 | (uint64_t)nested << 39 |
	       (uint64_t)(member & 0x7fffffff) << 8 | (role & 0xff);
}
static inline uint32_t edge_group(edge e)
{
	return (uint32_t)(e >> 40);
}
static inline bool edge_nested(edge e)
{
	return e >> 39 & 1;
}
static inline uint32_t edge_member(edge e)
{
	return (uint32_t)(e >> 8) & 0x7fffffff;
}
static inline uint32_t edge_role(edge e)
{
	return (uint32_t)e & 0xff;
}
#define EDGE_GROUPS_MAX (1u << 24)
#define EDGE_ROLES_MAX 255

/* An entry that was met but could not be taken; it is listed, and neither it nor its remembered
 * link is touched. */
struct rejected_entry {
	enum entry_kind kind;
	str name; /* DN, id or address, as a person would look for it */
	str id; /* its immutable id, "" when that is what is missing */
	str reason; /* attribute, what was met, what was expected */
};

/* A member reference that waits for snapshot_seal. */
struct reference {
	uint32_t group; /* row */
	uint32_t key; /* number in snapshot.keys */
	uint32_t role;
};

/* A field that names another entry, which was not met yet when its own entry was built. */
struct late_field {
	uint32_t row; /* ROW_NONE while its entry is being built */
	uint32_t name; /* number in snapshot.names */
	uint32_t key; /* number in snapshot.keys */
	enum entry_kind kind;
};

/*
 * Zero-initialised by snapshot_open. Written by one thread (a connector), then sealed, then
 * read-only. A snapshot that is not `complete` proves nothing about what it does not show.
 */
struct snapshot {
	bool complete; /* every page was read to its proper end and nothing was cut */
	str why_not; /* the reason when it is not complete */
	struct intern ids; /* immutable ids; users and groups share the numbers */
	struct intern names; /* field names, canonical paths */
	struct intern roles; /* roles on memberships; number 0 is "" (none) */
	struct spool *spool;
	struct arena arena; /* of the lists below */
	LIST(struct entry) users;
	LIST(struct entry) groups;
	LIST(edge) edges; /* after snapshot_seal: sorted, without doubles */
	LIST(struct invitation) invitations;
	LIST(struct rejected_entry) rejected;
	LIST(str) canaries_missing; /* names of the canaries that were not seen */
	LIST(uint32_t) cut_groups; /* rows of groups whose member list a limit may have cut */
	LIST(uint32_t)
	opaque_groups; /* rows of groups whose members the system never lists (AWS) */
	uint64_t foreign_members; /* references to what the read did not cover */
	str cursor; /* where this read stands among the system's changes; "" where it has none */
	uint64_t scope; /* digest of base, filter, url ...: another scope is another truth */
	uint64_t requests, bytes; /* what the read cost */

	/* until snapshot_seal */
	struct intern keys; /* how members refer to entries: a normalised DN, an id, a user name */
	LIST(uint64_t) key_rows; /* by key number: 0 unknown, else (row << 1 | is group) + 1 */
	LIST(struct reference) references;
	LIST(struct late_field) late_fields;
	struct buf record; /* the entry being built */
	bool building, oversized; /* oversized: a value of it is longer than one may be */
};

int snapshot_open(struct snapshot *s, const char *spool_folder, struct err *err);
void snapshot_close(struct snapshot *s);

/*
 * Building an entry: begin, any number of fields, end. A second entry with the same id is refused
 * with REACH_ENTRY (the caller notes the entry as rejected) and leaves nothing behind. Values of
 * more than 64 KiB are an error of the entry; values are UTF-8 (checked by the connector, which
 * knows the attribute's name).
 */
void snapshot_begin(struct snapshot *s);
void snapshot_field(struct snapshot *s, str name, str value);
/* name: from intern_put(&s->names) */
void snapshot_field_number(struct snapshot *s, uint32_t name, str value);
/*
 * A field whose value is the id of the entry that has the key (snapshot_key), known now or only
 * later (a manager's DN); left out when nobody has it.
 */
void snapshot_field_id_of(struct snapshot *s, str name, str key);
void snapshot_abandon(struct snapshot *s);
int snapshot_end(struct snapshot *s, enum entry_kind kind, str id, uint32_t flags,
		 uint32_t *ret_row, struct err *err);

/* Says by which key members refer to an entry (several keys are allowed; the first entry to claim a
 * key has it). */
void snapshot_key(struct snapshot *s, enum entry_kind kind, uint32_t row, str key);
/* A member of a group, by key; may come before the entry that has the key. role "" for none. */
void snapshot_member(struct snapshot *s, uint32_t group, str key, str role);
/* Members without roles, as many as are at hand: cheaper than one by one. */
void snapshot_members(struct snapshot *s, uint32_t group, const str *keys, size_t count);
/* The same when both rows are known. */
void snapshot_edge(struct snapshot *s, uint32_t group, bool nested, uint32_t member, str role);
void snapshot_reject(struct snapshot *s, enum entry_kind kind, str name, str id, const char *format,
		     ...) __attribute__((format(printf, 5, 6)));
/* Resolves references, sorts memberships, drops doubles (the first role by name wins) and the
 * keys. */
int snapshot_seal(struct snapshot *s, struct err *err);

/* Reading. */
static inline const struct entry *snapshot_entry(const struct snapshot *s, enum entry_kind kind,
						 uint32_t row)
{
	return kind == ENTRY_USER ? &s->users.items[row] : &s->groups.items[row];
}
str snapshot_id(const struct snapshot *s, const struct entry *e, char space[37]);
/* By number in snapshot.ids: the row of the entry that has the id, or ROW_NONE. To be freed. */
uint32_t *snapshot_rows_by_id(const struct snapshot *s, enum entry_kind kind);

/* Walks the fields of an entry in the order they were put. */
struct field_walk {
	const struct snapshot *snapshot;
	str rest;
};
struct field_walk field_walk_begin(const struct snapshot *s, const struct entry *e);
/* name is the number in snapshot.names; value points into the spool. */
bool field_next(struct field_walk *walk, uint32_t *ret_name, str *ret_value);
/* The first value of a field, the empty view with p == NULL when absent. */
str snapshot_value(const struct snapshot *s, const struct entry *e, str name);
/* What a person calls the entry: userName or displayName, else the id. Copied into the arena. */
str snapshot_label(const struct snapshot *s, enum entry_kind kind, const struct entry *e,
		   struct arena *arena);

/* Sorts packed memberships ascending by radix, with scratch memory of the same size inside. */
void edges_sort(edge *edges, size_t count);

#endif
