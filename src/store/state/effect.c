/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a change that was done: links, invitations, hand-offs and unlisted memberships.
 */
#include "store/state/internal.h"

/* A change that was done, and what its statements are filled with beside it. */
struct effect {
	struct state *s;
	const struct queued *done;
	const struct object *o; /* the entry it is about; NULL for a hand-off about nobody */
	const struct object *team; /* of a membership */
	uint64_t digest; /* of the link */
	uint32_t flags; /* of the link */
	enum invitation_state state;
	str task; /* a hand-off in words */
};

/* -- statements -- */

/* What a `?` stands for. */
enum effect_value {
	VALUE_END, /* of a list of them */
	VALUE_SYNC,
	VALUE_KIND, /* of the entry, as the ids and the address */
	VALUE_SOURCE,
	VALUE_TARGET,
	VALUE_ADDRESS,
	VALUE_TEAM, /* target id of the team */
	VALUE_DIGEST,
	VALUE_FLAGS,
	VALUE_DISABLED, /* LINK_DISABLED */
	VALUE_ORIGIN, /* the flags that say where a link comes from */
	VALUE_ROLE, /* of the change, as the invitation and the key */
	VALUE_INVITATION,
	VALUE_KEY,
	VALUE_TASK,
	VALUE_STATE, /* of the invitation, a word */
	VALUE_MADE, /* id of what the change made */
	VALUE_AT, /* when it was done */
};
#define VALUES(...) ((const enum effect_value[]){__VA_ARGS__, VALUE_END})

enum { LINK_ORIGIN = LINK_CREATED | LINK_BY_HAND };

/* Also of what was made just now. */
static str effect_target(const struct effect *e)
{
	return e->o->target_id.n ? e->o->target_id : e->done->id;
}

static int64_t effect_number(const struct effect *e, enum effect_value value)
{
	switch (value) {
	case VALUE_SYNC:
		return e->done->sync;
	case VALUE_KIND:
		return e->o->kind;
	case VALUE_DIGEST:
		return (int64_t)e->digest;
	case VALUE_FLAGS:
		return e->flags;
	case VALUE_DISABLED:
		return LINK_DISABLED;
	case VALUE_ORIGIN:
		return LINK_ORIGIN;
	default:
		return e->done->at;
	}
}

static str effect_text(const struct effect *e, enum effect_value value)
{
	switch (value) {
	case VALUE_ADDRESS:
		return e->o->address;
	case VALUE_ROLE:
		return e->done->change->role;
	case VALUE_INVITATION:
		return e->done->change->invitation;
	case VALUE_KEY:
		return e->done->change->key;
	case VALUE_TASK:
		return e->task;
	case VALUE_STATE:
		return str_of(invitation_state_text(e->state));
	default:
		return e->done->id;
	}
}

static void effect_bind(struct query *q, const struct effect *e, enum effect_value value)
{
	switch (value) {
	case VALUE_SOURCE:
		bind_id(q, e->o->source_id);
		break;
	case VALUE_TARGET:
		bind_id(q, effect_target(e));
		break;
	case VALUE_TEAM:
		bind_id(q, e->team->target_id);
		break;
	case VALUE_ADDRESS:
	case VALUE_ROLE:
	case VALUE_INVITATION:
	case VALUE_KEY:
	case VALUE_TASK:
	case VALUE_STATE:
	case VALUE_MADE:
		query_bind_str(q, effect_text(e, value));
		break;
	default:
		query_bind_int(q, effect_number(e, value));
		break;
	}
}

static struct query *effect_query(const struct effect *e, const char *sql,
				  const enum effect_value *values)
{
	struct query *q = db_query(e->s->db, sql);

	for (; *values != VALUE_END; values++)
		effect_bind(q, e, *values);
	return q;
}

static void effect_run(const struct effect *e, const char *sql, const enum effect_value *values)
{
	query_run(effect_query(e, sql, values));
}

/* -- links -- */

/* A target entry has one link: one under another source id gives way, and leaves what it knew of
 * its making. */
static uint32_t link_give_way(const struct effect *e)
{
	struct query *q =
		effect_query(e,
			     "DELETE FROM link WHERE sync = ? AND kind = ? AND target_id = ? AND "
			     "source_id <> ? RETURNING flags",
			     VALUES(VALUE_SYNC, VALUE_KIND, VALUE_TARGET, VALUE_SOURCE));
	uint32_t flags = 0;

	while (query_next(q))
		flags |= (uint32_t)query_int(q, 0);
	return flags & LINK_ORIGIN;
}

/* False when another link has the target entry. */
static bool link_insert(const struct effect *e)
{
	return query_run_unique(effect_query(
		e,
		"INSERT INTO link (sync, kind, source_id, target_id, digest, gone_since, flags) "
		"VALUES (?, ?, ?, ?, ?, 0, ?) ON CONFLICT (sync, kind, source_id) DO UPDATE SET "
		"target_id = excluded.target_id, digest = excluded.digest, gone_since = 0, "
		"flags = excluded.flags | CASE WHEN link.target_id = excluded.target_id "
		"THEN link.flags & ? ELSE 0 END",
		VALUES(VALUE_SYNC, VALUE_KIND, VALUE_SOURCE, VALUE_TARGET, VALUE_DIGEST,
		       VALUE_FLAGS, VALUE_ORIGIN)));
}

static void link_put(struct effect *e, uint64_t digest, uint32_t flags)
{
	e->digest = digest;
	e->flags = flags;
	if (e->o->source_id.n == 0 || effect_target(e).n == 0 || link_insert(e))
		return;
	e->flags |= link_give_way(e);
	link_insert(e);
}

static void link_update(struct effect *e)
{
	e->digest = e->o->digest;
	if (e->done->change->returns)
		effect_run(
			e,
			"UPDATE link SET digest = ?, gone_since = 0, flags = flags & ? "
			"WHERE sync = ? AND kind = ? AND source_id = ?",
			VALUES(VALUE_DIGEST, VALUE_ORIGIN, VALUE_SYNC, VALUE_KIND, VALUE_SOURCE));
	else
		effect_run(e,
			   "UPDATE link SET digest = ? "
			   "WHERE sync = ? AND kind = ? AND source_id = ?",
			   VALUES(VALUE_DIGEST, VALUE_SYNC, VALUE_KIND, VALUE_SOURCE));
	if (db_changes(e->s->db) == 0 && e->o->target_id.n)
		link_put(e, e->o->digest, 0);
}

static void link_disable(const struct effect *e)
{
	effect_run(e,
		   "UPDATE link SET flags = flags | ?, gone_since = CASE gone_since WHEN 0 THEN ? "
		   "ELSE gone_since END WHERE sync = ? AND kind = ? AND source_id = ?",
		   VALUES(VALUE_DISABLED, VALUE_AT, VALUE_SYNC, VALUE_KIND, VALUE_SOURCE));
}

/* Since when the entry is missed; or it is there again. */
static void link_miss(const struct effect *e)
{
	if (e->done->change->returns)
		effect_run(e,
			   "UPDATE link SET gone_since = 0 "
			   "WHERE sync = ? AND kind = ? AND source_id = ?",
			   VALUES(VALUE_SYNC, VALUE_KIND, VALUE_SOURCE));
	else
		effect_run(e,
			   "UPDATE link SET gone_since = ? WHERE gone_since = 0 "
			   "AND sync = ? AND kind = ? AND source_id = ?",
			   VALUES(VALUE_AT, VALUE_SYNC, VALUE_KIND, VALUE_SOURCE));
}

static void link_drop(const struct effect *e)
{
	if (e->o->source_id.n)
		effect_run(e, "DELETE FROM link WHERE sync = ? AND kind = ? AND source_id = ?",
			   VALUES(VALUE_SYNC, VALUE_KIND, VALUE_SOURCE));
	else if (e->o->target_id.n)
		effect_run(e, "DELETE FROM link WHERE sync = ? AND kind = ? AND target_id = ?",
			   VALUES(VALUE_SYNC, VALUE_KIND, VALUE_TARGET));
}

/* -- invitations and what else is kept of a person -- */

#define INVITATION_INSERT                                                                          \
	"INSERT INTO invitation (sync, source_id, address, role, target, first_sent, last_sent, "  \
	"expires_at, resent, state) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?) "                        \
	"ON CONFLICT (sync, source_id) DO UPDATE SET address = excluded.address, "                 \
	"role = excluded.role, state = excluded.state, "

/* `made`: VALUE_MADE or VALUE_INVITATION, the id that it has at the system. */
static void invitation_put(struct effect *e, enum invitation_state state, enum effect_value made,
			   const char *sql)
{
	e->state = state;
	effect_run(e, sql,
		   VALUES(VALUE_SYNC, VALUE_SOURCE, VALUE_ADDRESS, VALUE_ROLE, made, VALUE_AT,
			  VALUE_AT, VALUE_STATE));
}

/* Another invitation to someone whose last one led nowhere counts as sent again: the limit holds.
 */
static void invitation_first(struct effect *e)
{
	invitation_put(e, INVITATION_PENDING, VALUE_MADE,
		       INVITATION_INSERT
		       "target = excluded.target, last_sent = excluded.last_sent, expires_at = 0, "
		       "first_sent = CASE WHEN invitation.state IN ('pending', 'expired') "
		       "THEN invitation.first_sent ELSE excluded.first_sent END, "
		       "resent = CASE WHEN invitation.state IN ('pending', 'expired') "
		       "THEN invitation.resent + 1 ELSE 0 END");
}

static void invitation_refused(struct effect *e)
{
	invitation_put(e, INVITATION_REFUSED, VALUE_INVITATION,
		       INVITATION_INSERT "last_sent = excluded.last_sent");
}

/* An invitation that was met at the target, and that nobody remembered to have sent. */
static void invitation_met(struct effect *e)
{
	invitation_put(e, INVITATION_PENDING, VALUE_INVITATION,
		       INVITATION_INSERT "target = excluded.target");
}

static void invitation_resent(const struct effect *e)
{
	effect_run(e,
		   "UPDATE invitation SET last_sent = ?, resent = resent + 1, "
		   "target = CASE ? WHEN '' THEN target ELSE ? END, expires_at = 0, "
		   "state = 'pending' WHERE sync = ? AND source_id = ?",
		   VALUES(VALUE_AT, VALUE_MADE, VALUE_MADE, VALUE_SYNC, VALUE_SOURCE));
}

static void invitation_role_set(const struct effect *e)
{
	effect_run(e, "UPDATE invitation SET role = ? WHERE sync = ? AND source_id = ?",
		   VALUES(VALUE_ROLE, VALUE_SYNC, VALUE_SOURCE));
}

static void invitation_accepted(struct effect *e)
{
	e->state = INVITATION_ACCEPTED;
	effect_run(e, "UPDATE invitation SET state = ? WHERE sync = ? AND source_id = ?",
		   VALUES(VALUE_STATE, VALUE_SYNC, VALUE_SOURCE));
}

/* One that is to be replaced is over, not revoked, so that repeats are counted on; a double says
 * nothing of the other. */
static void invitation_revoked(struct effect *e)
{
	static const enum invitation_state states[] = {
		[REVOKE_UNWANTED] = INVITATION_REVOKED,
		[REVOKE_REPLACED] = INVITATION_EXPIRED,
		[REVOKE_BY_HAND] = INVITATION_WITHDRAWN,
	};

	e->state = states[e->done->change->why];
	effect_run(
		e,
		"UPDATE invitation SET state = ? WHERE sync = ? AND source_id = ? AND "
		"(target IN ('', ?) OR ? = '')",
		VALUES(VALUE_STATE, VALUE_SYNC, VALUE_SOURCE, VALUE_INVITATION, VALUE_INVITATION));
}

static void handoff_open(struct effect *e, str task)
{
	e->task = task;
	effect_run(e,
		   "INSERT INTO handoff (sync, key, what, opened) VALUES (?, ?, ?, ?) "
		   "ON CONFLICT (sync, key) DO UPDATE SET what = excluded.what",
		   VALUES(VALUE_SYNC, VALUE_KEY, VALUE_TASK, VALUE_AT));
}

/* Where the plan says so, it is a task for a person from now on. */
static void refusal_hand_off(struct effect *e)
{
	struct buf task = {0};

	if (!e->done->change->key.n)
		return;
	buf_printf(&task, "bring %.*s into %.*s, where the invitation was refused: %.*s",
		   STR_ARG(e->o->address), STR_ARG(e->done->plan->to), STR_ARG(e->done->error));
	handoff_open(e, buf_str(&task));
	buf_clear(&task);
}

void refusal_write(struct state *s, const struct queued *change)
{
	struct effect e = {
		.s = s, .done = change, .o = plan_object_at(change->plan, change->change->user)};

	if (change->change->kind != CHANGE_INVITE || !e.o)
		return;
	invitation_refused(&e);
	refusal_hand_off(&e);
}

/* -- memberships that the target does not list -- */

static bool is_unlisted(const struct effect *e)
{
	const struct known_sync *sync = sync_known(e->s, e->done->sync);

	return sync && e->team && intern_find(&sync->opaque, e->team->target_id) != INTERN_NONE;
}

static void unlisted_add(const struct effect *e)
{
	if (is_unlisted(e))
		effect_run(e,
			   "INSERT INTO unseen (sync, team, member) VALUES (?, ?, ?) "
			   "ON CONFLICT DO NOTHING",
			   VALUES(VALUE_SYNC, VALUE_TEAM, VALUE_TARGET));
}

static void unlisted_remove(const struct effect *e)
{
	if (is_unlisted(e))
		effect_run(e, "DELETE FROM unseen WHERE sync = ? AND team = ? AND member = ?",
			   VALUES(VALUE_SYNC, VALUE_TEAM, VALUE_TARGET));
}

/* -- each kind -- */

static void entry_created(struct effect *e)
{
	struct known_sync *sync = sync_known(e->s, e->done->sync);

	link_put(e, e->o->digest, LINK_CREATED);
	if (e->o->kind == ENTRY_GROUP && sync && sync->creates_opaque)
		intern_put(&sync->opaque, effect_target(e));
}

static void entry_adopted(struct effect *e)
{
	if (e->done->change->invitation.n) {
		invitation_met(e);
		return;
	}
	/* Nothing was applied yet, so the digest is unknown. */
	link_put(e, 0, e->done->change->created ? LINK_CREATED : 0);
	if (e->o->kind == ENTRY_USER)
		invitation_accepted(e);
}

static void entry_gone(struct effect *e)
{
	link_drop(e);
	if (e->o->kind != ENTRY_USER || e->o->source_id.n == 0)
		return;
	effect_run(e, "DELETE FROM invitation WHERE sync = ? AND source_id = ?",
		   VALUES(VALUE_SYNC, VALUE_SOURCE));
	if (e->done->change->kind == CHANGE_FORGET)
		effect_run(e, "DELETE FROM alias WHERE sync = ? AND source_id = ?",
			   VALUES(VALUE_SYNC, VALUE_SOURCE));
}

static void user_effect(struct effect *e)
{
	switch (e->done->change->kind) {
	case CHANGE_INVITE:
		invitation_first(e);
		break;
	case CHANGE_RESEND:
		invitation_resent(e);
		break;
	case CHANGE_REVOKE:
		invitation_revoked(e);
		break;
	case CHANGE_SET_ROLE:
		if (e->done->change->invitation.n)
			invitation_role_set(e);
		break;
	case CHANGE_ADD_MEMBER:
		unlisted_add(e);
		break;
	case CHANGE_REMOVE_MEMBER:
		unlisted_remove(e);
		break;
	case CHANGE_DISABLE_USER:
		link_disable(e);
		break;
	default:
		break;
	}
}

void consequence_write(struct state *s, const struct queued *change)
{
	struct effect e = {.s = s,
			   .done = change,
			   .o = plan_object_at(change->plan, change_subject(change->change)),
			   .team = plan_object_at(change->plan, change->change->team)};

	/* Only a damaged journal has such a row. */
	if (!e.o && change->change->kind != CHANGE_HANDOFF)
		return;
	switch (change->change->kind) {
	case CHANGE_ADOPT_USER:
	case CHANGE_ADOPT_TEAM:
		entry_adopted(&e);
		break;
	case CHANGE_CREATE_USER:
	case CHANGE_CREATE_TEAM:
		entry_created(&e);
		break;
	case CHANGE_UPDATE_USER:
	case CHANGE_UPDATE_TEAM:
		link_update(&e);
		break;
	case CHANGE_DELETE_USER:
	case CHANGE_DELETE_TEAM:
	case CHANGE_FORGET:
		entry_gone(&e);
		break;
	case CHANGE_MISS:
		link_miss(&e);
		break;
	case CHANGE_HANDOFF:
		handoff_open(&e, change->change->reason);
		break;
	default:
		if (change->change->user != ROW_NONE)
			user_effect(&e);
		break;
	}
}
