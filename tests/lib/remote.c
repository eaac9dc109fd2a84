/* SPDX-License-Identifier: Apache-2.0 */
/* The connectors over the remote: strict about what they are asked, a fault step around every
 * write. */
#include "lib/remote.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "lib/remote_state.h"

struct remote_connection {
	struct connection base;
	struct remote *remote;
};

/* Handed over by the test, because a system's settings are YAML and cannot carry it. */
static struct remote *in_use;

void remote_use(struct remote *remote)
{
	in_use = remote;
}

static int remote_open(const struct system *system, const struct connect_options *options,
		       struct connection **ret, struct err *err)
{
	struct remote_connection *c = mem_alloc(1, sizeof *c);

	(void)system;
	(void)options;
	(void)err;
	c->remote = in_use;
	*ret = &c->base;
	return 0;
}

static void remote_close(struct connection *c)
{
	free(connection_own(remote_connection, c));
}

static struct remote *remote_of(struct connection *c)
{
	return connection_own(remote_connection, c)->remote;
}

static int remote_abilities(struct connection *c, struct arena *arena, struct abilities *ret,
			    struct err *err)
{
	const struct abilities *a = remote_of(c)->abilities;

	(void)err;
	*ret = *a;
	/* The session clears its own lists. */
	memset(&ret->roles, 0, sizeof ret->roles);
	memset(&ret->attributes, 0, sizeof ret->attributes);
	list_each (struct role_kind, role, &a->roles)
		list_push(&ret->roles, *role);
	list_each (str, attribute, &a->attributes)
		list_push(&ret->attributes, arena_str(arena, *attribute));
	return 0;
}

/* --- the source: a copy of the case's snapshot, every time --- */

static void copy_entry(const struct snapshot *from, struct snapshot *into, enum entry_kind kind,
		       uint32_t row)
{
	const struct entry *e = snapshot_entry(from, kind, row);
	struct field_walk walk = field_walk_begin(from, e);
	char space[37];
	uint32_t name, copy;
	str value;

	snapshot_begin(into);
	while (field_next(&walk, &name, &value))
		snapshot_field(into, intern_text(&from->names, name, space), value);
	if (snapshot_end(into, kind, snapshot_id(from, e, space), e->flags, &copy, NULL) < 0)
		abort();
	assert(copy == row);
}

static int source_snapshot(struct connection *c, const struct wanted *wanted, struct snapshot *into,
			   struct err *err)
{
	const struct snapshot *from = remote_of(c)->source;
	char space[37];

	(void)wanted;
	for (uint32_t row = 0; row < from->users.count; row++)
		copy_entry(from, into, ENTRY_USER, row);
	for (uint32_t row = 0; row < from->groups.count; row++)
		copy_entry(from, into, ENTRY_GROUP, row);
	list_each (edge, e, &from->edges)
		snapshot_edge(into, edge_group(*e), edge_nested(*e), edge_member(*e),
			      intern_text(&from->roles, edge_role(*e), space));
	list_each (struct rejected_entry, o, &from->rejected)
		snapshot_reject(into, o->kind, o->name, o->id, "%.*s", STR_ARG(o->reason));
	list_each (str, canary, &from->canaries_missing)
		list_push(&into->canaries_missing, arena_str(&into->arena, *canary));
	list_each (uint32_t, row, &from->cut_groups)
		list_push(&into->cut_groups, *row);
	into->complete = from->complete;
	into->why_not = arena_str(&into->arena, from->why_not);
	into->scope = from->scope;
	return snapshot_seal(into, err);
}

/* --- the target --- */

static str key_of(struct arena *arena, enum entry_kind kind, str id)
{
	return arena_printf(arena, "%c%.*s", kind == ENTRY_USER ? 'u' : 'g', STR_ARG(id));
}

static void show_thing(struct snapshot *into, const struct thing *thing)
{
	uint32_t row;

	snapshot_begin(into);
	list_each (struct field, field, &thing->fields)
		snapshot_field(into, field->name, field->value);
	if (snapshot_end(into, thing->kind, thing->id, thing->flags, &row, NULL) < 0)
		abort();
	snapshot_key(into, thing->kind, row, key_of(&into->arena, thing->kind, thing->id));
}

static int target_snapshot(struct connection *c, const struct wanted *wanted, struct snapshot *into,
			   struct err *err)
{
	struct remote_state state;

	(void)wanted;
	remote_load(remote_of(c)->path, &state);
	list_each (struct thing, thing, &state.things)
		show_thing(into, thing);
	list_each (struct tie, tie, &state.ties) {
		uint32_t group = 0;
		char space[37];

		while (!str_equal(snapshot_id(into, &into->groups.items[group], space), tie->group))
			group++;
		snapshot_member(
			into, group,
			key_of(&into->arena, tie->nested ? ENTRY_GROUP : ENTRY_USER, tie->member),
			tie->role);
	}
	list_each (struct guest, guest, &state.guests) {
		struct invitation copy = guest->invitation;

		copy.id = arena_str(&into->arena, copy.id);
		copy.address = arena_str(&into->arena, copy.address);
		copy.role = arena_str(&into->arena, copy.role);
		list_push(&into->invitations, copy);
	}
	into->complete = true;
	remote_clear(&state);
	return snapshot_seal(into, err);
}

/* The mark by which a created entry is found again: the source id in externalId. */
static bool is_marked(const struct thing *thing, str source_id)
{
	return str_equal(thing_value(thing, PATH_EXTERNALID), source_id) ||
	       str_equal(thing_value(thing, FIELD_MARK), source_id);
}

static const struct object *object_at(const struct plan *plan, uint32_t index)
{
	return index == ROW_NONE ? NULL : &plan->objects.items[index];
}

static int target_find(struct connection *c, const struct plan *plan, const struct change *change,
		       enum found *ret, struct arena *arena, str *ret_id, struct err *err)
{
	enum entry_kind kind = change->kind == CHANGE_CREATE_TEAM ? ENTRY_GROUP : ENTRY_USER;
	const struct object *object =
		object_at(plan, kind == ENTRY_USER ? change->user : change->team);
	struct remote_state state;

	(void)err;
	*ret = FOUND_NOT;
	remote_load(remote_of(c)->path, &state);
	if (change->kind == CHANGE_CREATE_USER || change->kind == CHANGE_CREATE_TEAM) {
		list_each (struct thing, thing, &state.things) {
			if (thing->kind != kind || !is_marked(thing, object->source_id))
				continue;
			*ret = FOUND;
			*ret_id = arena_str(arena, thing->id);
		}
	} else {
		list_each (struct guest, guest, &state.guests) {
			if (guest->invitation.state != INVITATION_PENDING ||
			    !str_equal_nocase(guest->invitation.address, object->address))
				continue;
			*ret = FOUND;
			*ret_id = arena_str(arena, guest->invitation.id);
		}
	}
	remote_clear(&state);
	return 0;
}

static str new_id(struct remote_state *state, char kind)
{
	return arena_printf(&state->arena, "%c%llu", kind, (unsigned long long)state->next++);
}

static str create(struct remote_state *state, enum entry_kind kind, const struct object *object,
		  str role)
{
	struct thing *thing =
		thing_add(state, kind, new_id(state, kind == ENTRY_USER ? 'U' : 'G'), 0);
	bool marked = false;

	for (size_t i = 0; i < object->field_count; i++) {
		thing_put(state, thing, object->fields[i].name, object->fields[i].value);
		marked |= str_equal(object->fields[i].name, STR(PATH_EXTERNALID));
	}
	if (!marked)
		thing_put(state, thing, STR(FIELD_MARK), object->source_id);
	if (role.n)
		thing_put(state, thing, STR(PATH_ROLES), role);
	if (str_equal(thing_value(thing, PATH_ACTIVE), STR("false")))
		thing->flags |= ENTRY_INACTIVE;
	list_push(&state->made, arena_str(&state->arena, object->source_id));
	return thing->id;
}

static void edit(struct remote_state *state, struct thing *thing, const struct change *change)
{
	for (size_t i = 0; i < change->edit_count; i++) {
		const struct edit *e = &change->edits[i];

		if (e->before.p)
			thing_drop(thing, e->path, e->before);
		if (e->after.p)
			thing_put(state, thing, e->path, e->after);
	}
	thing->flags &= ~(uint32_t)ENTRY_INACTIVE;
	if (str_equal(thing_value(thing, PATH_ACTIVE), STR("false")))
		thing->flags |= ENTRY_INACTIVE;
}

static void disable(struct remote_state *state, struct thing *thing)
{
	thing_drop(thing, STR(PATH_ACTIVE), (str){NULL, 0});
	thing_put(state, thing, STR(PATH_ACTIVE), STR("false"));
	thing->flags |= ENTRY_INACTIVE;
}

static void destroy(struct remote_state *state, struct thing *thing)
{
	thing->gone = true;
	list_each (struct tie, tie, &state->ties)
		if (str_equal(tie->group, thing->id) || str_equal(tie->member, thing->id))
			tie->gone = true;
}

static struct tie *tie_find(struct remote_state *state, str group, str member)
{
	list_each (struct tie, tie, &state->ties)
		if (!tie->gone && str_equal(tie->group, group) && str_equal(tie->member, member))
			return tie;
	return NULL;
}

static struct guest *guest_find(struct remote_state *state, str id)
{
	list_each (struct guest, guest, &state->guests)
		if (!guest->gone && str_equal(guest->invitation.id, id))
			return guest;
	return NULL;
}

static str invite(struct remote_state *state, const struct object *user, str role)
{
	str id = new_id(state, 'I');

	list_add(&state->guests)->invitation = (struct invitation){
		.id = id,
		.address = arena_str(&state->arena, user->address),
		.role = arena_str(&state->arena, role),
		.sent_at = clock_now(),
	};
	list_push(&state->made, arena_str(&state->arena, user->source_id));
	return id;
}

/* A role belongs to the membership, to the user, or to a pending invitation. */
static void set_role(struct remote_state *state, const struct change *change, struct thing *user,
		     const struct object *team)
{
	struct guest *guest = change->invitation.n ? guest_find(state, change->invitation) : NULL;
	struct tie *tie = team && user ? tie_find(state, team->target_id, user->id) : NULL;

	if (guest) {
		guest->invitation.role = arena_str(&state->arena, change->role);
	} else if (tie) {
		tie->role = arena_str(&state->arena, change->role);
	} else {
		assert(user);
		thing_drop(user, STR(PATH_ROLES), (str){NULL, 0});
		thing_put(state, user, STR(PATH_ROLES), change->role);
	}
}

static void tie_users(struct remote_state *state, const struct change *change,
		      const struct object *user, const struct object *team)
{
	struct tie *tie = tie_find(state, team->target_id, user->target_id);

	assert(thing_find(state, ENTRY_GROUP, team->target_id) &&
	       thing_find(state, ENTRY_USER, user->target_id));
	if (change->kind == CHANGE_ADD_MEMBER && !tie)
		*list_add(&state->ties) = (struct tie){
			.group = arena_str(&state->arena, team->target_id),
			.member = arena_str(&state->arena, user->target_id),
			.role = arena_str(&state->arena, change->role),
		};
	if (change->kind == CHANGE_REMOVE_MEMBER && tie)
		tie->gone = true;
}

/* Does one change to the state; gives the id of what was made. A reference to what is not there is
 * our bug. */
static str perform(struct remote_state *state, struct plan *plan, const struct change *change)
{
	const struct object *user = object_at(plan, change->user),
			    *team = object_at(plan, change->team);
	struct thing *person = user ? thing_find(state, ENTRY_USER, user->target_id) : NULL;
	struct thing *group = team ? thing_find(state, ENTRY_GROUP, team->target_id) : NULL;

	switch (change->kind) {
	case CHANGE_CREATE_USER:
		return create(state, ENTRY_USER, user, change->role);
	case CHANGE_CREATE_TEAM:
		return create(state, ENTRY_GROUP, team, STR(""));
	case CHANGE_UPDATE_USER:
		assert(person);
		edit(state, person, change);
		break;
	case CHANGE_UPDATE_TEAM:
		assert(group);
		edit(state, group, change);
		break;
	case CHANGE_DISABLE_USER:
		assert(person);
		disable(state, person);
		break;
	case CHANGE_DELETE_USER:
		if (person)
			destroy(state, person);
		break;
	case CHANGE_DELETE_TEAM:
		if (group)
			destroy(state, group);
		break;
	case CHANGE_ADD_MEMBER:
	case CHANGE_REMOVE_MEMBER:
		tie_users(state, change, user, team);
		break;
	case CHANGE_SET_ROLE:
		set_role(state, change, person, team);
		break;
	case CHANGE_INVITE:
		return invite(state, user, change->role);
	case CHANGE_RESEND:
		assert(guest_find(state, change->invitation));
		guest_find(state, change->invitation)->invitation.sent_at = clock_now();
		guest_find(state, change->invitation)->invitation.state = INVITATION_PENDING;
		break;
	case CHANGE_REVOKE:
		if (guest_find(state, change->invitation))
			guest_find(state, change->invitation)->gone = true;
		break;
	default:
		abort(); /* nothing else is ever sent */
	}
	return STR("");
}

static void keep_id(struct plan *plan, const struct change *change, str id)
{
	if (change->kind == CHANGE_CREATE_USER)
		plan->objects.items[change->user].target_id = arena_str(&plan->arena, id);
	if (change->kind == CHANGE_CREATE_TEAM)
		plan->objects.items[change->team].target_id = arena_str(&plan->arena, id);
}

static void apply_one(struct connection *c, struct plan *plan, struct change *change,
		      outcome_sink *sink, void *context)
{
	struct remote *remote = remote_of(c);
	struct remote_state state;
	struct err err;
	str id;

	remote->writes++;
	if (remote->writes == remote->trouble.refuse_at) {
		err_set(&err, REACH_ENTRY, CODE_PARTLY, "the remote refuses it");
		sink(context, change, OUTCOME_REFUSED, STR(""), &err);
		return;
	}
	err_set(&err, REACH_ENTRY, CODE_UNSETTLED, "no answer came");
	if (remote->writes == remote->trouble.fail_at) {
		sink(context, change, OUTCOME_UNKNOWN, STR(""), &err);
		return;
	}
	remote_load(remote->path, &state);
	id = perform(&state, plan, change);
	crashpoint_pass("before the remote commits");
	remote_save(remote->path, &state);
	crashpoint_pass("after the remote committed");
	if (remote->writes == remote->trouble.lose_answer_at) {
		sink(context, change, OUTCOME_UNKNOWN, STR(""), &err);
	} else {
		keep_id(plan, change, id);
		sink(context, change, OUTCOME_DONE, id, NULL);
	}
	remote_clear(&state);
}

static int target_apply(struct connection *c, struct plan *plan, struct change **batch,
			size_t count, outcome_sink *sink, void *context, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (remote_of(c)->writes + 1 == remote_of(c)->trouble.out_at) {
			remote_of(c)->trouble.out_at = 0;
			return err_later(err, REACH_SYSTEM, CODE_UNAVAILABLE,
					 "the remote went away");
		}
		/* A new team comes before its members. */
		if (batch[i]->kind == CHANGE_CREATE_TEAM)
			apply_one(c, plan, batch[i], sink, context);
	}
	for (size_t i = 0; i < count; i++) {
		const struct object *team = object_at(plan, batch[i]->team);
		bool member = batch[i]->kind == CHANGE_ADD_MEMBER ||
			      batch[i]->kind == CHANGE_REMOVE_MEMBER;
		struct err err_skip;

		if (batch[i]->kind == CHANGE_CREATE_TEAM)
			continue;
		if (member && team->target_id.n == 0) {
			err_set(&err_skip, REACH_ENTRY, CODE_PARTLY, "its team could not be made");
			sink(context, batch[i], OUTCOME_SKIPPED, STR(""), &err_skip);
			continue;
		}
		apply_one(c, plan, batch[i], sink, context);
	}
	return 0;
}

const struct connector remote_source = {
	.kind = "remote-source",
	.can = CAN_READ,
	.open = remote_open,
	.snapshot = source_snapshot,
	.close = remote_close,
};

const struct connector remote_target = {
	.kind = "remote-target",
	.can = CAN_READ | CAN_WRITE | CAN_MANAGE,
	.open = remote_open,
	.abilities = remote_abilities,
	.snapshot = target_snapshot,
	.find = target_find,
	.apply = target_apply,
	.close = remote_close,
};

/* --- comparing --- */

static int by_text(const void *a, const void *b)
{
	return str_compare(*(const str *)a, *(const str *)b);
}

static str name_of(struct remote_state *state, str id)
{
	list_each (struct thing, thing, &state->things)
		if (str_equal(thing->id, id))
			return thing_value(thing, thing->kind == ENTRY_USER ? PATH_USERNAME
									    : PATH_DISPLAYNAME);
	return id;
}

static str describe_thing(struct remote_state *state, const struct thing *thing)
{
	struct buf out = {0};
	str *lines = arena_array(&state->arena, str, thing->fields.count + 1), text;

	for (size_t i = 0; i < thing->fields.count; i++)
		lines[i] = arena_printf(&state->arena, " %.*s=\"%.*s\"",
					STR_ARG(thing->fields.items[i].name),
					STR_ARG(thing->fields.items[i].value));
	qsort(lines, thing->fields.count, sizeof *lines, by_text);
	buf_printf(&out, "%s %.*s flags=%u", thing->kind == ENTRY_USER ? "user" : "team",
		   STR_ARG(name_of(state, thing->id)), (unsigned)thing->flags);
	for (size_t i = 0; i < thing->fields.count; i++)
		buf_put(&out, lines[i]);
	text = arena_str(&state->arena, buf_str(&out));
	buf_clear(&out);
	return text;
}

str remote_describe(const char *path, struct arena *arena)
{
	struct remote_state state;
	struct buf out = {0};
	LIST(str) lines = {0};
	str text;

	remote_load(path, &state);
	list_each (struct thing, thing, &state.things)
		list_push(&lines, describe_thing(&state, thing));
	list_each (struct tie, tie, &state.ties)
		list_push(&lines,
			  arena_printf(&state.arena, "%.*s <- %.*s role=%.*s",
				       STR_ARG(name_of(&state, tie->group)),
				       STR_ARG(name_of(&state, tie->member)), STR_ARG(tie->role)));
	list_each (struct guest, guest, &state.guests)
		list_push(&lines,
			  arena_printf(&state.arena, "invitation %.*s role=%.*s state=%d",
				       STR_ARG(guest->invitation.address),
				       STR_ARG(guest->invitation.role), guest->invitation.state));
	if (lines.count)
		qsort(lines.items, lines.count, sizeof *lines.items, by_text);
	list_each (str, line, &lines)
		buf_printf(&out, "%.*s\n", STR_ARG(*line));
	text = arena_str(arena, buf_str(&out));
	list_clear(&lines);
	buf_clear(&out);
	remote_clear(&state);
	return text;
}

uint64_t remote_max_created(const char *path)
{
	struct remote_state state;
	uint64_t max = 0;

	remote_load(path, &state);
	list_each (str, id, &state.made) {
		uint64_t count = 0;

		list_each (str, other, &state.made)
			count += str_equal(*id, *other);
		max = count > max ? count : max;
	}
	remote_clear(&state);
	return max;
}
