/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a change that was done: links, invitations, hand-offs and unlisted memberships.
 */
#include "store/state/internal.h"

static str target_of(const struct queued *q, const struct object *o)
{
	return o->target_id.n ? o->target_id : q->id;
}

/* -- links -- */

/* A target entry has one link: one under another source id gives way, and leaves what it knew of
 * its making. */
static uint32_t link_give_way(struct state *s, int64_t sync, const struct object *o, str target)
{
	struct query *q =
		db_query(s->db, "DELETE FROM link WHERE sync = ? AND kind = ? AND target_id = ? "
				"AND source_id <> ? RETURNING flags");
	uint32_t flags = 0;

	query_bind_int(q, sync);
	query_bind_int(q, o->kind);
	bind_id(q, target);
	bind_id(q, o->source_id);
	while (query_next(q))
		flags |= (uint32_t)query_int(q, 0);
	return flags & (LINK_CREATED | LINK_BY_HAND);
}

/* False when another link has the target entry. */
static bool link_insert(struct state *s, int64_t sync, const struct object *o, str target,
			uint64_t digest, uint32_t flags)
{
	struct query *q = db_query(
		s->db, "INSERT INTO link (sync, kind, source_id, target_id, digest, gone_since, "
		       "flags) VALUES (?, ?, ?, ?, ?, 0, ?) ON CONFLICT (sync, kind, source_id) "
		       "DO UPDATE SET target_id = excluded.target_id, digest = excluded.digest, "
		       "gone_since = 0, flags = excluded.flags | CASE WHEN "
		       "link.target_id = excluded.target_id THEN link.flags & 5 ELSE 0 END");

	query_bind_int(q, sync);
	query_bind_int(q, o->kind);
	bind_id(q, o->source_id);
	bind_id(q, target);
	query_bind_int(q, (int64_t)digest);
	query_bind_int(q, flags);
	return query_run_unique(q);
}

static void link_put(struct state *s, int64_t sync, const struct object *o, str target,
		     uint64_t digest, uint32_t flags)
{
	if (o->source_id.n == 0 || target.n == 0 || link_insert(s, sync, o, target, digest, flags))
		return;
	flags |= link_give_way(s, sync, o, target);
	link_insert(s, sync, o, target, digest, flags);
}

static void link_bind(struct query *q, int64_t sync, const struct object *o)
{
	query_bind_int(q, sync);
	query_bind_int(q, o->kind);
	bind_id(q, o->source_id);
}

static void link_update(struct state *s, const struct queued *change, const struct object *o)
{
	struct query *q;

	if (change->change->returns)
		q = db_query(s->db, "UPDATE link SET digest = ?, gone_since = 0, flags = flags & 5 "
				    "WHERE sync = ? AND kind = ? AND source_id = ?");
	else
		q = db_query(s->db, "UPDATE link SET digest = ? "
				    "WHERE sync = ? AND kind = ? AND source_id = ?");
	query_bind_int(q, (int64_t)o->digest);
	link_bind(q, change->sync, o);
	query_run(q);
	if (db_changes(s->db) == 0)
		link_put(s, change->sync, o, o->target_id, o->digest, 0);
}

static void link_disable(struct state *s, const struct queued *change, const struct object *o)
{
	struct query *q = db_query(s->db, "UPDATE link SET flags = flags | 2, gone_since = "
					  "CASE gone_since WHEN 0 THEN ? ELSE gone_since END "
					  "WHERE sync = ? AND kind = ? AND source_id = ?");

	query_bind_int(q, change->at);
	link_bind(q, change->sync, o);
	query_run(q);
}

static void link_miss(struct state *s, const struct queued *change, const struct object *o)
{
	struct query *q = db_query(s->db, "UPDATE link SET gone_since = CASE WHEN ? = 1 THEN 0 "
					  "WHEN gone_since = 0 THEN ? ELSE gone_since END "
					  "WHERE sync = ? AND kind = ? AND source_id = ?");

	query_bind_int(q, change->change->returns);
	query_bind_int(q, change->at);
	link_bind(q, change->sync, o);
	query_run(q);
}

static void link_drop(struct state *s, int64_t sync, const struct object *o)
{
	struct query *q;

	if (o->source_id.n)
		q = db_query(s->db,
			     "DELETE FROM link WHERE sync = ? AND kind = ? AND source_id = ?");
	else
		q = db_query(s->db,
			     "DELETE FROM link WHERE sync = ? AND kind = ? AND target_id = ?");
	query_bind_int(q, sync);
	query_bind_int(q, o->kind);
	bind_id(q, o->source_id.n ? o->source_id : o->target_id);
	query_run(q);
}

/* -- invitations and what else is kept of a person -- */

/* Another invitation to someone whose last one led nowhere counts as sent again: the limit holds.
 */
static void invitation_sent(struct state *s, const struct queued *change, const struct object *o)
{
	struct query *q = db_query(
		s->db,
		"INSERT INTO invitation (sync, source_id, address, role, target, first_sent, "
		"last_sent, expires_at, resent, state) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, "
		"'pending') ON CONFLICT (sync, source_id) DO UPDATE SET "
		"address = excluded.address, role = excluded.role, target = excluded.target, "
		"last_sent = excluded.last_sent, expires_at = 0, "
		"first_sent = CASE WHEN invitation.state IN ('pending', 'expired') "
		"THEN invitation.first_sent ELSE excluded.first_sent END, "
		"resent = CASE WHEN invitation.state IN ('pending', 'expired') "
		"THEN invitation.resent + 1 ELSE 0 END, state = 'pending'");

	query_bind_int(q, change->sync);
	bind_id(q, o->source_id);
	query_bind_str(q, o->address);
	query_bind_str(q, change->change->role);
	query_bind_str(q, change->id);
	query_bind_int(q, change->at);
	query_bind_int(q, change->at);
	query_run(q);
}

static void invitation_put(struct state *s, const struct queued *change, const struct object *o,
			   const char *sql)
{
	struct query *q = db_query(s->db, sql);

	query_bind_int(q, change->sync);
	bind_id(q, o->source_id);
	query_bind_str(q, o->address);
	query_bind_str(q, change->change->role);
	query_bind_str(q, change->change->invitation);
	query_bind_int(q, change->at);
	query_bind_int(q, change->at);
	query_run(q);
}

static void handoff_put(struct state *s, const struct queued *change, str what)
{
	struct query *q =
		db_query(s->db, "INSERT INTO handoff (sync, key, what, opened) "
				"VALUES (?, ?, ?, ?) ON CONFLICT (sync, key) DO UPDATE SET "
				"what = excluded.what");

	query_bind_int(q, change->sync);
	query_bind_str(q, change->change->key);
	query_bind_str(q, what);
	query_bind_int(q, change->at);
	query_run(q);
}

/* Where the plan says so, it is a task for a person from now on. */
static void refusal_hand_off(struct state *s, const struct queued *change, const struct object *o)
{
	struct buf what = {0};

	if (!change->change->key.n)
		return;
	buf_printf(&what, "bring %.*s into %.*s, where the invitation was refused: %.*s",
		   STR_ARG(o->address), STR_ARG(change->plan->to), STR_ARG(change->error));
	handoff_put(s, change, buf_str(&what));
	buf_clear(&what);
}

void refusal_write(struct state *s, const struct queued *change)
{
	const struct object *o = object_of(change->plan, change->change->user);

	if (change->change->kind != CHANGE_INVITE || !o)
		return;
	invitation_put(s, change, o,
		       "INSERT INTO invitation (sync, source_id, address, role, target, "
		       "first_sent, last_sent, expires_at, resent, state) "
		       "VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 'refused') ON CONFLICT "
		       "(sync, source_id) DO UPDATE SET address = excluded.address, "
		       "role = excluded.role, last_sent = excluded.last_sent, state = 'refused'");
	refusal_hand_off(s, change, o);
}

static void invitation_resent(struct state *s, const struct queued *change, const struct object *o)
{
	struct query *q =
		db_query(s->db, "UPDATE invitation SET last_sent = ?, resent = resent + 1, "
				"target = CASE ? WHEN '' THEN target ELSE ? END, expires_at = 0, "
				"state = 'pending' WHERE sync = ? AND source_id = ?");

	query_bind_int(q, change->at);
	query_bind_str(q, change->id);
	query_bind_str(q, change->id);
	query_bind_int(q, change->sync);
	bind_id(q, o->source_id);
	query_run(q);
}

static void invitation_role(struct state *s, const struct queued *change, const struct object *o)
{
	struct query *q =
		db_query(s->db, "UPDATE invitation SET role = ? WHERE sync = ? AND source_id = ?");

	query_bind_str(q, change->change->role);
	query_bind_int(q, change->sync);
	bind_id(q, o->source_id);
	query_run(q);
}

static void invitation_state_write(struct state *s, int64_t sync, const struct object *o,
				   enum invitation_state state)
{
	struct query *q =
		db_query(s->db, "UPDATE invitation SET state = ? WHERE sync = ? AND source_id = ?");

	query_bind_str(q, str_of(invitation_state_text(state)));
	query_bind_int(q, sync);
	bind_id(q, o->source_id);
	query_run(q);
}

/* One that is to be replaced is over, not revoked, so that repeats are counted on; a double says
 * nothing of the other. */
static void invitation_revoked(struct state *s, const struct queued *change, const struct object *o)
{
	static const enum invitation_state states[] = {
		[REVOKE_UNWANTED] = INVITATION_REVOKED,
		[REVOKE_REPLACED] = INVITATION_EXPIRED,
		[REVOKE_BY_HAND] = INVITATION_WITHDRAWN,
	};
	enum invitation_state state = states[change->change->why];
	struct query *q = db_query(s->db, "UPDATE invitation SET state = ? WHERE sync = ? AND "
					  "source_id = ? AND (target IN ('', ?) OR ? = '')");

	query_bind_str(q, str_of(invitation_state_text(state)));
	query_bind_int(q, change->sync);
	bind_id(q, o->source_id);
	query_bind_str(q, change->change->invitation);
	query_bind_str(q, change->change->invitation);
	query_run(q);
}

/* An invitation that was met at the target, and that nobody remembered to have sent. */
static void invitation_met(struct state *s, const struct queued *change, const struct object *o)
{
	struct query *q = db_query(
		s->db,
		"INSERT INTO invitation (sync, source_id, address, role, target, first_sent, "
		"last_sent, expires_at, resent, state) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, "
		"'pending') ON CONFLICT (sync, source_id) DO UPDATE SET "
		"address = excluded.address, role = excluded.role, "
		"target = excluded.target, state = 'pending'");

	query_bind_int(q, change->sync);
	bind_id(q, o->source_id);
	query_bind_str(q, o->address);
	query_bind_str(q, change->change->role);
	query_bind_str(q, change->change->invitation);
	query_bind_int(q, change->at);
	query_bind_int(q, change->at);
	query_run(q);
}

static void person_forget(struct state *s, int64_t sync, const struct object *o, const char *sql)
{
	struct query *q;

	if (o->kind != ENTRY_USER || o->source_id.n == 0)
		return;
	q = db_query(s->db, sql);
	query_bind_int(q, sync);
	bind_id(q, o->source_id);
	query_run(q);
}

/* -- memberships that the target does not list -- */

static void unlisted_change(struct state *s, const struct queued *change, const struct object *team,
			    const struct object *user, const char *sql)
{
	struct known_sync *sync = sync_known(s, change->sync);
	struct query *q;

	if (!sync || !team || !user || intern_find(&sync->opaque, team->target_id) == INTERN_NONE)
		return;
	q = db_query(s->db, sql);
	query_bind_int(q, change->sync);
	bind_id(q, team->target_id);
	bind_id(q, user->target_id);
	query_run(q);
}

static void team_created(struct state *s, const struct queued *change, const struct object *team)
{
	struct known_sync *sync = sync_known(s, change->sync);

	link_put(s, change->sync, team, target_of(change, team), team->digest, LINK_CREATED);
	if (sync && sync->creates_opaque)
		intern_put(&sync->opaque, target_of(change, team));
}

/* -- each kind -- */

static void adopted(struct state *s, const struct queued *change, const struct object *o)
{
	if (change->change->invitation.n) {
		invitation_met(s, change, o);
		return;
	}
	/* Nothing was applied yet, so the digest is unknown. */
	link_put(s, change->sync, o, target_of(change, o), 0,
		 change->change->created ? LINK_CREATED : 0);
	if (o->kind == ENTRY_USER)
		invitation_state_write(s, change->sync, o, INVITATION_ACCEPTED);
}

static void removed(struct state *s, const struct queued *change, const struct object *o)
{
	link_drop(s, change->sync, o);
	person_forget(s, change->sync, o,
		      "DELETE FROM invitation WHERE sync = ? AND source_id = ?");
	if (change->change->kind == CHANGE_FORGET)
		person_forget(s, change->sync, o,
			      "DELETE FROM alias WHERE sync = ? AND source_id = ?");
}

static void of_user(struct state *s, const struct queued *change, const struct object *user,
		    const struct object *team)
{
	switch (change->change->kind) {
	case CHANGE_CREATE_USER:
		link_put(s, change->sync, user, target_of(change, user), user->digest,
			 LINK_CREATED);
		break;
	case CHANGE_INVITE:
		invitation_sent(s, change, user);
		break;
	case CHANGE_RESEND:
		invitation_resent(s, change, user);
		break;
	case CHANGE_REVOKE:
		invitation_revoked(s, change, user);
		break;
	case CHANGE_SET_ROLE:
		if (change->change->invitation.n)
			invitation_role(s, change, user);
		break;
	case CHANGE_ADD_MEMBER:
		unlisted_change(s, change, team, user,
				"INSERT INTO unseen (sync, team, member) VALUES (?, ?, ?) "
				"ON CONFLICT DO NOTHING");
		break;
	case CHANGE_REMOVE_MEMBER:
		unlisted_change(s, change, team, user,
				"DELETE FROM unseen WHERE sync = ? AND team = ? AND member = ?");
		break;
	case CHANGE_DISABLE_USER:
		link_disable(s, change, user);
		break;
	default:
		break;
	}
}

void consequence_write(struct state *s, const struct queued *change)
{
	const struct object *user = object_of(change->plan, change->change->user);
	const struct object *team = object_of(change->plan, change->change->team);
	const struct object *either = user ? user : team;

	/* Only a damaged journal has such a row. */
	if (!either && change->change->kind != CHANGE_HANDOFF)
		return;
	switch (change->change->kind) {
	case CHANGE_ADOPT_USER:
	case CHANGE_ADOPT_TEAM:
		adopted(s, change, either);
		break;
	case CHANGE_CREATE_TEAM:
		team_created(s, change, either);
		break;
	case CHANGE_UPDATE_USER:
	case CHANGE_UPDATE_TEAM:
		link_update(s, change, either);
		break;
	case CHANGE_DELETE_USER:
	case CHANGE_DELETE_TEAM:
	case CHANGE_FORGET:
		removed(s, change, either);
		break;
	case CHANGE_MISS:
		link_miss(s, change, either);
		break;
	case CHANGE_HANDOFF:
		handoff_put(s, change, change->change->reason);
		break;
	default:
		if (user)
			of_user(s, change, user, team);
	}
}
