/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up at the service what became of a change: one fresh read serves all that ask together.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/unicode.h"
#include "connect/team/read/read.h"
#include "connect/team/write/internal.h"
#include "connect/team/write/write.h"

enum { LOOKUP_FRESH = 400 /* milliseconds */ };

void lookup_close(struct team_connection *c)
{
	if (c->lookup_snapshot)
		snapshot_close(c->lookup_snapshot);
	free(c->lookup_snapshot);
	c->lookup_snapshot = NULL;
}

/* One read serves all that is looked up at the same time. */
static int lookup_refresh(struct team_connection *c, struct err *err)
{
	struct wanted wanted = {.invitations = true};

	if (c->lookup_snapshot && clock_ticks() - c->lookup_at < LOOKUP_FRESH)
		return 0;
	lookup_close(c);
	c->lookup_snapshot = mem_alloc(1, sizeof *c->lookup_snapshot);
	if (snapshot_open(c->lookup_snapshot, c->base.options.spool_folder, err) < 0) {
		free(c->lookup_snapshot);
		c->lookup_snapshot = NULL;
		return -1;
	}
	c->lookup_at = clock_ticks();
	if (team_snapshot(&c->base, &wanted, c->lookup_snapshot, err) == 0)
		return 0;
	lookup_close(c);
	return -1;
}

static bool has_address(const struct snapshot *s, const struct entry *e, str address)
{
	return text_equal(snapshot_value(s, e, STR(PATH_EMAILS)), address) ||
	       text_equal(snapshot_value(s, e, STR(PATH_USERNAME)), address) ||
	       text_equal(snapshot_value(s, e, STR(FIELD_LOGIN)), address);
}

/* Where an answer was lost, the list tells whether the invitation went out: pending, or accepted
 * since. */
static enum found find_address(const struct snapshot *s, str address, struct arena *arena,
			       str *ret_id)
{
	list_each (const struct invitation, i, &s->invitations)
		if (i->state == INVITATION_PENDING && text_equal(i->address, address)) {
			*ret_id = arena_str(arena, i->id);
			return FOUND;
		}
	list_each (const struct entry, e, &s->users)
		if (has_address(s, e, address))
			return FOUND;
	return s->complete ? FOUND_NOT : FOUND_UNCLEAR;
}

int team_lookup(struct team_connection *c, str address, bool anew, enum found *ret,
		struct arena *arena, str *ret_id, struct err *err)
{
	*ret_id = STR("");
	if (anew)
		lookup_close(c);
	if (lookup_refresh(c, err) < 0)
		return -1;
	*ret = find_address(c->lookup_snapshot, address, arena, ret_id);
	return 0;
}

static enum found find_listed_member(const struct snapshot *s, const struct change *change, str id)
{
	char space[37];

	list_each (const struct entry, e, &s->users) {
		if (!str_equal(snapshot_id(s, e, space), id))
			continue;
		if (change->kind == CHANGE_DELETE_USER)
			return FOUND_NOT;
		return str_equal(snapshot_value(s, e, STR(PATH_ROLES)), change->role) ? FOUND
										      : FOUND_NOT;
	}
	return change->kind == CHANGE_DELETE_USER && s->complete ? FOUND : FOUND_NOT;
}

int team_find(struct connection *connection, const struct plan *plan, const struct change *change,
	      enum found *ret, struct arena *arena, str *ret_id, struct err *err)
{
	struct team_connection *c = connection_own(team_connection, connection);
	const struct object *object = &plan->objects.items[change->user];

	*ret_id = STR("");
	if (lookup_refresh(c, err) < 0)
		return -1;
	switch (change->kind) {
	case CHANGE_INVITE:
	case CHANGE_RESEND:
		*ret = find_address(c->lookup_snapshot, object->address, arena, ret_id);
		break;
	case CHANGE_REVOKE:
		*ret = find_address(c->lookup_snapshot, object->address, arena, ret_id) == FOUND
			       ? FOUND_NOT
			       : FOUND;
		*ret_id = STR("");
		break;
	default:
		*ret = find_listed_member(c->lookup_snapshot, change, object->target_id);
	}
	return 0;
}
