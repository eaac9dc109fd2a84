/* SPDX-License-Identifier: Apache-2.0 */
/* What an earlier run left open and can happen only once is told by the next complete read of the
 * target: the guard's window counts what was done, and nothing twice. */
#include <stdlib.h>

#include "run/internal.h"

/* The target's read with its rows by id. */
struct target_rows {
	const struct snapshot *read;
	uint32_t *users, *groups; /* by number in read->ids: row + 1, 0 for none */
};

static uint32_t *target_rows_by_id(const struct snapshot *s, const struct entry *entries,
				   size_t count)
{
	uint32_t *rows = mem_alloc(s->ids.count + 1, sizeof *rows);

	for (size_t i = 0; i < count; i++)
		rows[entries[i].id] = (uint32_t)i + 1;
	return rows;
}

static uint32_t target_row_find(const struct target_rows *v, const uint32_t *rows,
				const struct object *object)
{
	uint32_t number = object ? intern_find(&v->read->ids, object->target_id) : INTERN_NONE;

	return number != INTERN_NONE && rows[number] ? rows[number] - 1 : ROW_NONE;
}

/* Is there a membership of the member in the group, whatever its role? */
static bool is_member_seen(const struct snapshot *s, uint32_t group, uint32_t member)
{
	edge first = edge_make(group, false, member, 0);
	size_t low = 0, high = s->edges.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->edges.items[middle] < first)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->edges.count && s->edges.items[low] >> 8 == first >> 8;
}

/* Does the system never list the members of this group? */
static bool is_never_listed(const struct snapshot *s, uint32_t group)
{
	list_each (const uint32_t, row, &s->opaque_groups)
		if (*row == group)
			return true;
	return false;
}

static bool is_invitation_pending(const struct snapshot *s, str invitation)
{
	list_each (const struct invitation, i, &s->invitations)
		if (str_equal(i->id, invitation))
			return true;
	return false;
}

/* An update is told by its first attribute: a request changes all of them or none. */
static bool is_update_seen(const struct target_rows *v, uint32_t user, const struct change *change)
{
	const struct edit *edit = change->edits;
	str value;

	if (user == ROW_NONE || !change->edit_count)
		return false;
	value = snapshot_value(v->read, &v->read->users.items[user], edit->path);
	return str_equal(value, edit->after);
}

/* Does the read show what the change was to bring about? */
static bool is_change_seen(const struct target_rows *v, const struct plan *plan,
			   const struct change *change)
{
	const struct object *objects = plan->objects.items;
	const struct object *of_user = change->user == ROW_NONE ? NULL : &objects[change->user];
	const struct object *of_team = change->team == ROW_NONE ? NULL : &objects[change->team];
	uint32_t user = target_row_find(v, v->users, of_user),
		 team = target_row_find(v, v->groups, of_team);

	switch (change->kind) {
	case CHANGE_DISABLE_USER:
		return user == ROW_NONE || v->read->users.items[user].flags & ENTRY_INACTIVE;
	case CHANGE_DELETE_USER:
		return user == ROW_NONE;
	case CHANGE_REMOVE_MEMBER:
		return user == ROW_NONE || team == ROW_NONE ||
		       (!is_never_listed(v->read, team) && !is_member_seen(v->read, team, user));
	case CHANGE_REVOKE:
		return !is_invitation_pending(v->read, change->invitation);
	case CHANGE_UPDATE_USER:
		return is_update_seen(v, user, change);
	default:
		return false;
	}
}

int settle_by_read(struct run_context *w, struct err *err)
{
	const struct run_options *o = w->options;
	struct target_rows v = {.read = &w->session->target_read};
	struct journal open = {0};
	int rc = 0;

	if (!v.read->complete)
		return 0;
	rc = state_unsettled(o->state, o->sync->policy.sync, &open, err);
	if (rc == 0 && open.entries.count) {
		v.users = target_rows_by_id(v.read, v.read->users.items, v.read->users.count);
		v.groups = target_rows_by_id(v.read, v.read->groups.items, v.read->groups.count);
	}
	for (size_t i = 0; rc == 0 && i < open.entries.count; i++) {
		enum outcome outcome = is_change_seen(&v, &open.plan, &open.plan.changes.items[i])
					       ? OUTCOME_DONE
					       : OUTCOME_LATER;

		tally_count(&w->result->settled, outcome);
		rc = state_settle(o->state, &open, i, outcome, STR(""), STR(""), err);
	}
	if (rc == 0)
		rc = state_flush(o->state, err);
	free(v.users);
	free(v.groups);
	journal_clear(&open);
	return rc;
}
