/* SPDX-License-Identifier: Apache-2.0 */
/* From the changes of a batch to one operation a group, and what each has to know before it begins.
 */
#include <stdlib.h>

#include "connect/ldap/write/internal.h"

static struct group_op *group_op_of(struct write_batch *w, uint32_t *by_object, uint32_t team)
{
	struct group_op *op;

	if (by_object[team] == 0) {
		by_object[team] = (uint32_t)++w->count;
		op = &w->ops[w->count - 1];
		*op = (struct group_op){.team = &w->plan->objects.items[team], .chunk = CHUNK_MAX};
	}
	return &w->ops[by_object[team] - 1];
}

static void change_refuse(struct write_batch *w, struct change *change, const char *why)
{
	struct err err;

	err_set(&err, REACH_ENTRY, CODE_REFUSED, "%s: %s", change_kind_text(change->kind), why);
	outcome_tell(w, change, OUTCOME_REFUSED, STR(""), &err);
}

static void batch_sort_change(struct write_batch *w, uint32_t *by_object, struct change *change)
{
	struct group_op *op;

	if (change->team == ROW_NONE) {
		change_refuse(w, change,
			      "in an LDAP directory only groups are written, people are looked up");
		return;
	}
	op = group_op_of(w, by_object, change->team);
	switch (change->kind) {
	case CHANGE_CREATE_TEAM:
		op->create = change;
		break;
	case CHANGE_UPDATE_TEAM:
		op->rename = change;
		break;
	case CHANGE_DELETE_TEAM:
		op->remove = change;
		break;
	case CHANGE_ADD_MEMBER:
		*list_add(&op->adds.items) = (struct member_change){.change = change};
		op->adds.left++;
		break;
	case CHANGE_REMOVE_MEMBER:
		*list_add(&op->removes.items) = (struct member_change){.change = change};
		op->removes.left++;
		break;
	default:
		change_refuse(w, change, "an LDAP group keeps no such thing");
	}
}

void batch_sort(struct write_batch *w, struct change **changes, size_t count)
{
	uint32_t *by_object = mem_alloc(w->plan->objects.count, sizeof *by_object);

	w->ops = mem_alloc(count, sizeof *w->ops);
	for (size_t i = 0; i < count; i++)
		batch_sort_change(w, by_object, changes[i]);
	free(by_object);
}

void batch_clear(struct write_batch *w)
{
	for (size_t i = 0; i < w->count; i++) {
		list_clear(&w->ops[i].removes.items);
		list_clear(&w->ops[i].adds.items);
		list_clear(&w->ops[i].in_flight);
	}
	free(w->ops);
	arena_clear(&w->arena);
}

/* --- before the first request */

static const struct group_class *new_group_class(const struct ldap_connection *c)
{
	const char *name =
		c->settings.group_class ? c->settings.group_class : c->facts->group_class;

	return group_class_find(str_of(name));
}

/* Member values; who cannot be found is refused, and the others go on. */
static int pending_lookup(struct write_batch *w, struct pending_members *pending,
			  const struct group_class *class, struct err *err)
{
	list_each (struct member_change, m, &pending->items) {
		const struct object *user = &w->plan->objects.items[m->change->user];
		struct err why;

		if (m->settled)
			continue;
		if (member_lookup(w->c, class, user, &w->arena, &m->value, err) < 0)
			return -1;
		if (m->value.n)
			continue;
		err_set(&why, REACH_ENTRY, CODE_REFUSED, "%.*s: there is no such person in %s",
			STR_ARG(user->label), w->c->settings.users.base);
		m->settled = true;
		pending->left--;
		outcome_tell(w, m->change, OUTCOME_REFUSED, STR(""), &why);
	}
	while (pending->first < pending->items.count &&
	       pending->items.items[pending->first].settled)
		pending->first++;
	return 0;
}

static void prepare_created(struct write_batch *w, struct group_op *op)
{
	op->class = new_group_class(w->c);
	op->dn = group_new_dn(w->c, team_new_name(op->team, op->create), &w->arena);
}

/* The group is gone, or of no class that is known: nothing can be written, and what was to be
 * deleted is. */
static void refuse_group(struct write_batch *w, struct group_op *op, bool found)
{
	struct err why;

	if (!found && op->remove) {
		outcome_tell(w, op->remove, OUTCOME_ALREADY, STR(""), NULL);
		op->remove = NULL;
	}
	err_set(&why, REACH_ENTRY, CODE_REFUSED, "%.*s: %s",
		STR_ARG(op->team->dn.n ? op->team->dn : op->team->label),
		found ? "its object class is none of groupOfNames, groupOfUniqueNames, "
			"groupOfMembers, posixGroup, group"
		      : "the group is gone");
	group_op_end(w, op, OUTCOME_REFUSED, &why);
}

static int prepare_existing(struct write_batch *w, struct group_op *op, struct err *err)
{
	struct known_group known;
	bool found;

	if (group_lookup(w->c, op->team->target_id, op->team->dn, &known, &found, err) < 0)
		return -1;
	if (!found || !known.class) {
		refuse_group(w, op, found);
		return 0;
	}
	op->dn = arena_str(&w->arena, known.dn);
	op->class = known.class;
	op->has_empty_member = known.has_empty_member;
	return 0;
}

int group_op_prepare(struct write_batch *w, struct group_op *op, struct err *err)
{
	if (op->create)
		prepare_created(w, op);
	else if (prepare_existing(w, op, err) < 0)
		return -1;
	if (op->step != STEP_OVER) {
		if (pending_lookup(w, &op->removes, op->class, err) < 0 ||
		    pending_lookup(w, &op->adds, op->class, err) < 0)
			return -1;
		group_op_advance(op);
	}
	op->is_prepared = true;
	return 0;
}
