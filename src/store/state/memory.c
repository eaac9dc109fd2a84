/* SPDX-License-Identifier: Apache-2.0 */
/* Memory in and out: links, invitations, hand-offs, aliases, the guard's window, the last trusted
 * read. */
#include <string.h>

#include "base/clock.h"
#include "model/guard.h"
#include "store/state/internal.h"

/* -- loading -- */

/* Links that are interned together: their ids are spread over tables that do not fit a cache. */
struct batch {
	struct intern *source, *target;
	struct link links[INTERN_WARM_MAX];
	uint8_t sources[INTERN_WARM_MAX][16], targets[INTERN_WARM_MAX][16];
	size_t count;
};

static struct link *link_add(struct memory *m, enum entry_kind kind)
{
	return kind == ENTRY_USER ? list_add(&m->users) : list_add(&m->groups);
}

static void batch_intern(struct batch *batch, enum entry_kind kind, struct memory *ret)
{
	intern_warm(batch->source, batch->sources, batch->count);
	intern_warm(batch->target, batch->targets, batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		struct link *link = link_add(ret, kind);

		*link = batch->links[i];
		link->source = intern_put_uuid(batch->source, batch->sources[i]);
		link->target = intern_put_uuid(batch->target, batch->targets[i]);
	}
	batch->count = 0;
}

static bool uuid_column(struct query *q, int column, uint8_t ret[16])
{
	str id = query_is_blob(q, column) ? query_blob(q, column) : (str){NULL, 0};

	if (id.n != 16)
		return false;
	memcpy(ret, id.p, 16);
	return true;
}

static void link_read(struct query *q, struct batch *batch, enum entry_kind kind,
		      struct memory *ret)
{
	struct link link = {
		.digest = (uint64_t)query_int(q, 2),
		.gone_since = (uint32_t)query_int(q, 3),
		.flags = (uint32_t)query_int(q, 4),
	};
	char space[37];

	if (uuid_column(q, 0, batch->sources[batch->count]) &&
	    uuid_column(q, 1, batch->targets[batch->count])) {
		batch->links[batch->count++] = link;
		if (batch->count == INTERN_WARM_MAX)
			batch_intern(batch, kind, ret);
		return;
	}
	link.source = intern_put(batch->source, column_id(q, 0, space));
	link.target = intern_put(batch->target, column_id(q, 1, space));
	*link_add(ret, kind) = link;
}

static void read_links(struct state *s, int64_t sync, enum entry_kind kind, struct intern *source,
		       struct intern *target, struct memory *ret)
{
	struct query *q = db_query(s->db, "SELECT source_id, target_id, digest, gone_since, flags "
					  "FROM link WHERE sync = ? AND kind = ?");
	struct batch batch = {.source = source, .target = target};

	query_bind_int(q, sync);
	query_bind_int(q, kind);
	while (query_next(q))
		link_read(q, &batch, kind, ret);
	batch_intern(&batch, kind, ret);
}

static void read_invitations(struct state *s, int64_t sync, struct memory *ret)
{
	struct query *q = db_query(s->db, "SELECT source_id, address, role, target, first_sent, "
					  "last_sent, expires_at, resent, state FROM invitation "
					  "WHERE sync = ? ORDER BY first_sent, address");

	query_bind_int(q, sync);
	while (query_next(q))
		list_push(&ret->invitations,
			  ((struct sent_invitation){
				  .source = column_id_copy(q, 0, &ret->arena),
				  .address = column_copy(q, 1, &ret->arena),
				  .role = column_copy(q, 2, &ret->arena),
				  .target = column_copy(q, 3, &ret->arena),
				  .first_sent = query_int(q, 4),
				  .last_sent = query_int(q, 5),
				  .expires_at = query_int(q, 6),
				  .resent = (uint32_t)query_int(q, 7),
				  .state = invitation_state_find(query_str(q, 8)),
			  }));
}

static void read_handoffs(struct state *s, int64_t sync, struct memory *ret)
{
	struct query *q = db_query(s->db, "SELECT key, what, opened FROM handoff WHERE sync = ? "
					  "ORDER BY opened, key");

	query_bind_int(q, sync);
	while (query_next(q))
		list_push(&ret->handoffs, ((struct handoff){
						  .key = column_copy(q, 0, &ret->arena),
						  .what = column_copy(q, 1, &ret->arena),
						  .opened = query_int(q, 2),
					  }));
}

static void read_aliases(struct state *s, int64_t sync, struct memory *ret)
{
	struct query *q = db_query(s->db, "SELECT source_id, address FROM alias WHERE sync = ?");

	query_bind_int(q, sync);
	while (query_next(q))
		list_push(&ret->aliases, ((struct alias){
						 .source = column_id_copy(q, 0, &ret->arena),
						 .address = column_copy(q, 1, &ret->arena),
					 }));
}

/*
 * What may have happened counts as happened, each change for what it was written down to count for.
 * Both halves of the run condition are ranges of run_by_sync.
 */
static void read_window(struct state *s, int64_t sync, int64_t from, struct memory *ret)
{
	struct query *q = db_query(
		s->db,
		"SELECT weight, team_target, count(*) FROM change WHERE weight IS NOT NULL "
		"AND run IN (SELECT number FROM run WHERE sync = ? AND ended = 0 UNION ALL "
		"SELECT number FROM run WHERE sync = ? AND ended >= ?) "
		"AND coalesce(at, intended) >= ? AND (open = 1 OR outcome IN ('done', 'already')) "
		"GROUP BY weight, team_target ORDER BY weight, team_target");

	query_bind_int(q, sync);
	query_bind_int(q, sync);
	query_bind_int(q, from);
	query_bind_int(q, from);
	while (query_next(q))
		guard_window_add(&ret->window, weight_find(query_str(q, 0)),
				 column_id_copy(q, 1, &ret->arena), (uint64_t)query_int(q, 2));
}

static void read_trust(struct state *s, int64_t sync, struct memory *ret)
{
	struct query *q = db_query(
		s->db, "SELECT users, groups, edges, scope, mapping FROM trust WHERE sync = ?");

	query_bind_int(q, sync);
	if (query_next(q)) {
		ret->fresh = false;
		ret->trusted_users = (uint64_t)query_int(q, 0);
		ret->trusted_groups = (uint64_t)query_int(q, 1);
		ret->trusted_edges = (uint64_t)query_int(q, 2);
		ret->trusted_scope = (uint64_t)query_int(q, 3);
		ret->trusted_mapping = (uint64_t)query_int(q, 4);
	}
	query_end(q);
}

static bool has_link(struct state *s, int64_t sync)
{
	struct query *q = db_query(s->db, "SELECT 1 FROM link WHERE sync = ? LIMIT 1");
	bool found;

	query_bind_int(q, sync);
	found = query_next(q);
	query_end(q);
	return found;
}

/* What both kinds of loading share: all but the links. In a transaction to read. */
static void memory_read(struct state *s, int64_t sync, int64_t now, int64_t window,
			struct memory *ret)
{
	ret->key = s->key;
	ret->fresh = !has_link(s, sync);
	read_invitations(s, sync, ret);
	read_handoffs(s, sync, ret);
	read_aliases(s, sync, ret);
	read_window(s, sync, now - window, ret);
	read_trust(s, sync, ret);
}

/* Which teams of the target list their members, by number of target->ids. */
enum sight { SIGHT_NONE, SIGHT_LISTED, SIGHT_OPAQUE };

static uint8_t *sights_of(const struct snapshot *target)
{
	uint8_t *sights = mem_alloc(target->ids.count + 1, 1);

	list_each (const struct entry, group, &target->groups)
		sights[group->id] = SIGHT_LISTED;
	list_each (const uint32_t, row, &target->opaque_groups)
		sights[target->groups.items[*row].id] = SIGHT_OPAQUE;
	return sights;
}

static void note_opaque(struct state *s, int64_t sync, const struct snapshot *target)
{
	struct known_sync *known = sync_known(s, sync);
	char space[37];

	intern_clear(&known->opaque);
	list_each (const uint32_t, row, &target->opaque_groups)
		intern_put(&known->opaque, snapshot_id(target, &target->groups.items[*row], space));
	known->creates_opaque = target->opaque_groups.count > 0 || target->groups.count == 0;
}

/* Memberships of opaque teams are remembered; teams that turned out to be listed, or are gone, are
 * listed in `ret_listed`. */
static void read_unlisted(struct state *s, int64_t sync, struct snapshot *target,
			  struct memory *ret, struct intern *ret_listed)
{
	struct query *q = db_query(s->db, "SELECT team, member FROM unseen WHERE sync = ?");
	uint8_t *sights = sights_of(target);
	uint32_t known = target->ids.count;
	char space[37];

	query_bind_int(q, sync);
	while (query_next(q)) {
		str team_id = column_id(q, 0, space);
		uint32_t team = intern_find(&target->ids, team_id);

		if (team >= known || sights[team] != SIGHT_OPAQUE) {
			intern_put(ret_listed, team_id);
			continue;
		}
		list_push(&ret->unlisted_members,
			  ((struct unlisted_member){
				  team,
				  intern_put(&target->ids, column_id(q, 1, space)),
			  }));
	}
	free(sights);
}

static int drop_listed(struct state *s, int64_t sync, const struct intern *listed, struct err *err)
{
	char space[37];

	db_begin(s->db);
	for (uint32_t i = 0; i < listed->count; i++) {
		struct query *q = db_query(s->db, "DELETE FROM unseen WHERE sync = ? AND team = ?");

		query_bind_int(q, sync);
		bind_id(q, intern_text(listed, i, space));
		query_run(q);
	}
	return db_commit(s->db, err);
}

int state_memory_load(struct state *s, str sync, struct snapshot *source, struct snapshot *target,
		      int64_t now, int64_t window, struct memory *ret, struct err *err)
{
	struct intern listed = {0};
	int64_t number;
	int rc;

	db_begin_read(s->db);
	number = sync_find(s, sync);
	memory_read(s, number, now, window, ret);
	if (number) {
		/* Before the links: they put ids into the table that the target does not have. */
		note_opaque(s, number, target);
		read_unlisted(s, number, target, ret, &listed);
		read_links(s, number, ENTRY_USER, &source->ids, &target->ids, ret);
		read_links(s, number, ENTRY_GROUP, &source->ids, &target->ids, ret);
	}
	rc = db_commit(s->db, err);
	if (rc == 0 && listed.count > 0 && target->complete && !s->read_only)
		rc = drop_listed(s, number, &listed, err);
	intern_clear(&listed);
	return rc;
}

int state_memory_brief(struct state *s, str sync, int64_t now, int64_t window, struct memory *ret,
		       struct err *err)
{
	db_begin_read(s->db);
	memory_read(s, sync_find(s, sync), now, window, ret);
	return db_commit(s->db, err);
}

/* -- saving -- */

int state_trust_save(struct state *s, str sync, const struct trusted_read *read, struct err *err)
{
	struct query *q;
	int64_t number;

	if (sync_get(s, sync, &number, err) < 0)
		return -1;
	db_begin(s->db);
	q = db_query(s->db,
		     "INSERT INTO trust (sync, at, users, groups, edges, scope, mapping) "
		     "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sync) DO UPDATE SET "
		     "at = excluded.at, users = excluded.users, groups = excluded.groups, "
		     "edges = excluded.edges, scope = excluded.scope, mapping = excluded.mapping");
	query_bind_int(q, number);
	query_bind_int(q, clock_now());
	query_bind_int(q, (int64_t)read->users);
	query_bind_int(q, (int64_t)read->groups);
	query_bind_int(q, (int64_t)read->edges);
	query_bind_int(q, (int64_t)read->scope);
	query_bind_int(q, (int64_t)read->mapping);
	query_run(q);
	return db_commit(s->db, err);
}

int state_invitation_put(struct state *s, str sync, const struct sent_invitation *invitation,
			 struct err *err)
{
	struct query *q;
	int64_t number;

	if (sync_get(s, sync, &number, err) < 0)
		return -1;
	db_begin(s->db);
	q = db_query(s->db,
		     "INSERT INTO invitation (sync, source_id, address, role, target, first_sent, "
		     "last_sent, expires_at, resent, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
		     "ON CONFLICT (sync, source_id) DO UPDATE SET address = excluded.address, "
		     "role = excluded.role, target = excluded.target, "
		     "first_sent = excluded.first_sent, last_sent = excluded.last_sent, "
		     "expires_at = excluded.expires_at, resent = excluded.resent, "
		     "state = excluded.state");
	query_bind_int(q, number);
	bind_id(q, invitation->source);
	query_bind_str(q, invitation->address);
	query_bind_str(q, invitation->role);
	query_bind_str(q, invitation->target);
	query_bind_int(q, invitation->first_sent);
	query_bind_int(q, invitation->last_sent);
	query_bind_int(q, invitation->expires_at);
	query_bind_int(q, invitation->resent);
	query_bind_str(q, str_of(invitation_state_text(invitation->state)));
	query_run(q);
	return db_commit(s->db, err);
}

static void alias_write(struct state *s, int64_t sync, str source, str address)
{
	struct query *q;

	if (address.n == 0) {
		q = db_query(s->db, "DELETE FROM alias WHERE sync = ? AND source_id = ?");
		query_bind_int(q, sync);
		bind_id(q, source);
	} else {
		q = db_query(s->db, "INSERT INTO alias (sync, source_id, address) VALUES (?, ?, ?) "
				    "ON CONFLICT (sync, source_id) DO UPDATE SET "
				    "address = excluded.address");
		query_bind_int(q, sync);
		bind_id(q, source);
		query_bind_str(q, address);
	}
	query_run(q);
}

int state_alias_put(struct state *s, str sync, str source, str address, struct err *err)
{
	int64_t number;

	if (sync_get(s, sync, &number, err) < 0)
		return -1;
	db_begin(s->db);
	alias_write(s, number, source, address);
	return db_commit(s->db, err);
}

int state_links_each(struct state *s, str sync, void (*each)(void *context, str source, str target),
		     void *context, struct err *err)
{
	struct query *q;

	db_begin_read(s->db);
	q = db_query(s->db, "SELECT source_id, target_id FROM link WHERE sync = ? AND kind = ? "
			    "ORDER BY source_id");
	query_bind_int(q, sync_find(s, sync));
	query_bind_int(q, ENTRY_USER);
	while (query_next(q)) {
		char source[37], target[37];

		each(context, column_id(q, 0, source), column_id(q, 1, target));
	}
	return db_commit(s->db, err);
}

static void see_invitation(struct state *s, int64_t sync, const struct seen_invitation *seen)
{
	struct query *q;

	if (seen->is_over) {
		q = db_query(s->db, "DELETE FROM invitation WHERE sync = ? AND source_id = ?");
	} else {
		q = db_query(s->db, "UPDATE invitation SET state = ?, expires_at = ? "
				    "WHERE sync = ? AND source_id = ?");
		query_bind_str(q, str_of(invitation_state_text(seen->state)));
		query_bind_int(q, seen->expires_at);
	}
	query_bind_int(q, sync);
	bind_id(q, seen->source);
	query_run(q);
}

int state_invitations_see(struct state *s, str sync, const struct seen_invitation *seen,
			  size_t count, struct err *err)
{
	int64_t number;

	if (count == 0)
		return 0;
	number = sync_find(s, sync);
	db_begin(s->db);
	for (size_t i = 0; i < count; i++)
		see_invitation(s, number, &seen[i]);
	return db_commit(s->db, err);
}

static void drop_handoff(struct state *s, int64_t sync, str key)
{
	struct query *q = db_query(s->db, "DELETE FROM handoff WHERE sync = ? AND key = ?");

	query_bind_int(q, sync);
	query_bind_str(q, key);
	query_run(q);
}

int state_handoffs_keep(struct state *s, str sync, const str *keys, size_t count, struct err *err)
{
	struct memory memory = {0};
	struct intern kept = {0};
	int64_t number = sync_find(s, sync);
	int rc;

	for (size_t i = 0; i < count; i++)
		intern_put(&kept, keys[i]);
	db_begin(s->db);
	read_handoffs(s, number, &memory);
	list_each (const struct handoff, handoff, &memory.handoffs)
		if (intern_find(&kept, handoff->key) == INTERN_NONE)
			drop_handoff(s, number, handoff->key);
	rc = db_commit(s->db, err);
	intern_clear(&kept);
	memory_clear(&memory);
	return rc;
}
