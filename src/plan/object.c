/* SPDX-License-Identifier: Apache-2.0 */
/* The users and teams that a plan speaks of: one object an entry, with what carrying the plan out
 * needs of it. */
#include "plan/internal.h"

/* Sides and kinds of an entry, for the index; an object may be known by both its rows. */
enum object_side { SIDE_SOURCE_USER = 1, SIDE_TARGET_USER, SIDE_TARGET_GROUP };

static uint64_t object_key(enum object_side side, uint32_t row)
{
	return (uint64_t)side << 32 | row;
}

static struct object_slot *object_slot_find(const struct object_index *index, uint64_t key)
{
	size_t at = key * 0x9e3779b97f4a7c15ULL >> 32 & (index->size - 1);

	while (index->slots[at].key && index->slots[at].key != key)
		at = (at + 1) & (index->size - 1);
	return &index->slots[at];
}

static void object_index_put(struct object_index *index, uint64_t key, uint32_t object)
{
	struct object_index old = *index;

	if (index->count * 2 >= index->size) {
		index->size = old.size ? old.size * 2 : 256;
		index->slots = mem_alloc(index->size, sizeof *index->slots);
		for (size_t i = 0; i < old.size; i++)
			if (old.slots[i].key)
				*object_slot_find(index, old.slots[i].key) = old.slots[i];
		free(old.slots);
	}
	*object_slot_find(index, key) = (struct object_slot){key, object};
	index->count++;
}

static uint32_t object_index_find(const struct object_index *index, enum object_side side,
				  uint32_t row)
{
	struct object_slot *slot;

	if (row == ROW_NONE || index->size == 0)
		return ROW_NONE;
	slot = object_slot_find(index, object_key(side, row));
	return slot->key ? slot->object : ROW_NONE;
}

/* Copied into the plan; an absent text stays absent. */
static str object_text(struct plan_context *w, str s)
{
	return s.p ? arena_str(&w->plan->arena, s) : s;
}

static uint32_t object_new(struct plan_context *w, enum entry_kind kind)
{
	*list_add(&w->plan->objects) = (struct object){
		.kind = kind,
		.source_row = ROW_NONE,
		.target_row = ROW_NONE,
	};
	return (uint32_t)w->plan->objects.count - 1;
}

static void object_read_target(struct plan_context *w, struct object *o, enum entry_kind kind,
			       uint32_t row)
{
	const struct entry *e = snapshot_entry(w->target, kind, row);
	char space[37];

	o->target_row = row;
	o->target_id = object_text(w, snapshot_id(w->target, e, space));
	o->label = target_label(w, kind, row);
	o->etag = object_text(w, snapshot_value(w->target, e, STR(FIELD_ETAG)));
	o->dn = object_text(w, snapshot_value(w->target, e, STR(FIELD_DN)));
}

static void object_read_source(struct plan_context *w, struct object *o, uint32_t row)
{
	const struct entry *e = &w->source->users.items[row];
	char space[37];

	o->source_row = row;
	o->source_id = object_text(w, snapshot_id(w->source, e, space));
	o->name = object_text(w, person_name(w, w->source, e));
	o->digest = w->wants[row].digest;
	if (!o->label.n)
		o->label = source_label(w, ENTRY_USER, row);
}

/* The id that a link remembers of a source entry which the read no longer shows. */
static str remembered_source(struct plan_context *w, uint32_t link)
{
	char space[37];

	if (link == ROW_NONE)
		return (str){"", 0};
	return object_text(
		w, intern_text(&w->source->ids, w->memory->users.items[link].source, space));
}

uint32_t object_user(struct plan_context *w, uint32_t source, uint32_t target)
{
	uint32_t object = object_index_find(&w->objects, SIDE_TARGET_USER, target);
	struct object *o;

	if (object == ROW_NONE)
		object = object_index_find(&w->objects, SIDE_SOURCE_USER, source);
	if (object != ROW_NONE)
		return object;
	object = object_new(w, ENTRY_USER);
	o = &w->plan->objects.items[object];
	if (target != ROW_NONE) {
		object_read_target(w, o, ENTRY_USER, target);
		object_index_put(&w->objects, object_key(SIDE_TARGET_USER, target), object);
	}
	if (source != ROW_NONE) {
		object_read_source(w, o, source);
		object_index_put(&w->objects, object_key(SIDE_SOURCE_USER, source), object);
	} else {
		o->source_id = remembered_source(w, w->haves[target].link);
		o->name =
			object_text(w, person_name(w, w->target, &w->target->users.items[target]));
	}
	return object;
}

uint32_t object_of_ids(struct plan_context *w, enum entry_kind kind, str source_id, str target_id)
{
	uint32_t object = object_new(w, kind);
	struct object *o = &w->plan->objects.items[object];

	o->source_id = object_text(w, source_id);
	o->target_id = object_text(w, target_id);
	o->label = o->target_id.n ? o->target_id : o->source_id;
	return object;
}

static void team_fields(struct plan_context *w, struct object *o, const struct team *team)
{
	o->fields = arena_array(&w->plan->arena, struct field, 2);
	o->fields[o->field_count++] = (struct field){STR(PATH_DISPLAYNAME), team->name};
	if (plan_can(w, ABILITY_GROUP_EXTERNALID))
		o->fields[o->field_count++] = (struct field){STR(PATH_EXTERNALID), team->source_id};
}

uint32_t object_team(struct plan_context *w, struct team *team)
{
	struct object *o;

	if (team->object != ROW_NONE)
		return team->object;
	team->object = object_new(w, ENTRY_GROUP);
	o = &w->plan->objects.items[team->object];
	if (team->target != ROW_NONE)
		object_read_target(w, o, ENTRY_GROUP, team->target);
	else
		o->label = team->name;
	o->source_id = team->source_id;
	o->source_row = team->source;
	o->name = team->name;
	o->digest = hash_str(&w->memory->key, team->name);
	team_fields(w, o, team);
	return team->object;
}

uint32_t object_other_team(struct plan_context *w, uint32_t target, str source_id)
{
	uint32_t object = object_index_find(&w->objects, SIDE_TARGET_GROUP, target);

	if (object != ROW_NONE)
		return object;
	object = object_new(w, ENTRY_GROUP);
	object_read_target(w, &w->plan->objects.items[object], ENTRY_GROUP, target);
	w->plan->objects.items[object].source_id = object_text(w, source_id);
	object_index_put(&w->objects, object_key(SIDE_TARGET_GROUP, target), object);
	return object;
}
