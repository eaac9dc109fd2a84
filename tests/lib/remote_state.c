/* SPDX-License-Identifier: Apache-2.0 */
/* The remote's state in a file: JSON, replaced whole by every write. */
#include "lib/remote_state.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "lib/remote.h"

static str text_of(struct remote_state *state, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return arena_str(&state->arena,
			 str_make(json_string_value(value), json_string_length(value)));
}

static void load_things(struct remote_state *state, const json_t *list)
{
	size_t i, k;
	json_t *item, *pair;

	json_array_foreach (list, i, item) {
		struct thing *thing = thing_add(
			state, (enum entry_kind)json_integer_value(json_object_get(item, "kind")),
			text_of(state, item, "id"),
			(uint32_t)json_integer_value(json_object_get(item, "flags")));

		json_array_foreach (json_object_get(item, "fields"), k, pair)
			thing_put(state, thing, text_of(state, pair, "name"),
				  text_of(state, pair, "value"));
	}
}

static void load_rest(struct remote_state *state, const json_t *root)
{
	size_t i;
	json_t *item;

	json_array_foreach (json_object_get(root, "ties"), i, item)
		*list_add(&state->ties) = (struct tie){
			.group = text_of(state, item, "group"),
			.member = text_of(state, item, "member"),
			.role = text_of(state, item, "role"),
			.nested = json_is_true(json_object_get(item, "nested")),
		};
	json_array_foreach (json_object_get(root, "guests"), i, item)
		list_add(&state->guests)->invitation = (struct invitation){
			.id = text_of(state, item, "id"),
			.address = text_of(state, item, "address"),
			.role = text_of(state, item, "role"),
			.state = (enum invitation_state)json_integer_value(
				json_object_get(item, "state")),
			.is_fixed = json_is_true(json_object_get(item, "fixed")),
			.sent_at = json_integer_value(json_object_get(item, "sent")),
			.expires_at = json_integer_value(json_object_get(item, "expires")),
		};
	json_array_foreach (json_object_get(root, "made"), i, item)
		list_push(&state->made,
			  arena_str(&state->arena,
				    str_make(json_string_value(item), json_string_length(item))));
}

void remote_load(const char *path, struct remote_state *ret)
{
	json_t *root = json_load_file(path, 0, NULL);

	memset(ret, 0, sizeof *ret);
	ret->next = (uint64_t)json_integer_value(json_object_get(root, "next"));
	load_things(ret, json_object_get(root, "things"));
	load_rest(ret, root);
	json_decref(root);
}

static void save_thing(struct json_writer *w, const struct thing *thing)
{
	json_write_object(w);
	json_write_member_int(w, "kind", thing->kind);
	json_write_member_int(w, "flags", thing->flags);
	json_write_member(w, "id", thing->id);
	json_write_key(w, STR("fields"));
	json_write_array(w);
	list_each (struct field, field, &thing->fields) {
		json_write_object(w);
		json_write_member(w, "name", field->name);
		json_write_member(w, "value", field->value);
		json_write_object_end(w);
	}
	json_write_array_end(w);
	json_write_object_end(w);
}

static void save_tie(struct json_writer *w, const struct tie *tie)
{
	json_write_object(w);
	json_write_member(w, "group", tie->group);
	json_write_member(w, "member", tie->member);
	json_write_member(w, "role", tie->role);
	json_write_member_bool(w, "nested", tie->nested);
	json_write_object_end(w);
}

static void save_guest(struct json_writer *w, const struct invitation *i)
{
	json_write_object(w);
	json_write_member(w, "id", i->id);
	json_write_member(w, "address", i->address);
	json_write_member(w, "role", i->role);
	json_write_member_int(w, "state", i->state);
	json_write_member_bool(w, "fixed", i->is_fixed);
	json_write_member_int(w, "sent", i->sent_at);
	json_write_member_int(w, "expires", i->expires_at);
	json_write_object_end(w);
}

void remote_save(const char *path, const struct remote_state *state)
{
	struct buf out = {0}, beside = {0};
	struct json_writer w = {.out = &out};
	FILE *file;

	json_write_object(&w);
	json_write_member_int(&w, "next", (int64_t)state->next);
	json_write_key(&w, STR("things"));
	json_write_array(&w);
	list_each (struct thing, thing, &state->things)
		if (!thing->gone)
			save_thing(&w, thing);
	json_write_array_end(&w);
	json_write_key(&w, STR("ties"));
	json_write_array(&w);
	list_each (struct tie, tie, &state->ties)
		if (!tie->gone)
			save_tie(&w, tie);
	json_write_array_end(&w);
	json_write_key(&w, STR("guests"));
	json_write_array(&w);
	list_each (struct guest, guest, &state->guests)
		if (!guest->gone)
			save_guest(&w, &guest->invitation);
	json_write_array_end(&w);
	json_write_key(&w, STR("made"));
	json_write_array(&w);
	list_each (str, id, &state->made)
		json_write_string(&w, *id);
	json_write_array_end(&w);
	json_write_object_end(&w);
	buf_printf(&beside, "%s.new", path);
	file = fopen(beside.p, "w");
	fwrite(out.p, 1, out.n, file);
	fclose(file);
	rename(beside.p, path);
	buf_clear(&out);
	buf_clear(&beside);
}

void remote_clear(struct remote_state *state)
{
	list_each (struct thing, thing, &state->things)
		list_clear(&thing->fields);
	list_clear(&state->things);
	list_clear(&state->ties);
	list_clear(&state->guests);
	list_clear(&state->made);
	arena_clear(&state->arena);
}

struct thing *thing_find(struct remote_state *state, enum entry_kind kind, str id)
{
	list_each (struct thing, thing, &state->things)
		if (!thing->gone && thing->kind == kind && str_equal(thing->id, id))
			return thing;
	return NULL;
}

struct thing *thing_add(struct remote_state *state, enum entry_kind kind, str id, uint32_t flags)
{
	struct thing *thing = list_add(&state->things);

	thing->kind = kind;
	thing->flags = flags;
	thing->id = arena_str(&state->arena, id);
	return thing;
}

void thing_put(struct remote_state *state, struct thing *thing, str name, str value)
{
	*list_add(&thing->fields) =
		(struct field){arena_str(&state->arena, name), arena_str(&state->arena, value)};
}

void thing_drop(struct thing *thing, str name, str value)
{
	size_t kept = 0;

	for (size_t i = 0; i < thing->fields.count; i++) {
		struct field *field = &thing->fields.items[i];

		if (str_equal(field->name, name) && (!value.p || str_equal(field->value, value)))
			continue;
		thing->fields.items[kept++] = *field;
	}
	thing->fields.count = kept;
}

str thing_value(const struct thing *thing, const char *name)
{
	list_each (struct field, field, &thing->fields)
		if (str_equal(field->name, str_of(name)))
			return field->value;
	return STR("");
}

void remote_seed(const char *path, const struct snapshot *target)
{
	static const enum entry_kind kinds[] = {ENTRY_USER, ENTRY_GROUP};
	struct remote_state state = {.next = 1};
	char space[37], other[37];

	for (size_t k = 0; k < 2; k++) {
		size_t count = kinds[k] == ENTRY_USER ? target->users.count : target->groups.count;

		for (uint32_t row = 0; row < count; row++) {
			const struct entry *e = snapshot_entry(target, kinds[k], row);
			struct thing *thing = thing_add(&state, kinds[k],
							snapshot_id(target, e, space), e->flags);
			struct field_walk walk = field_walk_begin(target, e);
			uint32_t name;
			str value;

			while (field_next(&walk, &name, &value))
				thing_put(&state, thing, intern_text(&target->names, name, space),
					  value);
		}
	}
	list_each (edge, e, &target->edges) {
		enum entry_kind kind = edge_nested(*e) ? ENTRY_GROUP : ENTRY_USER;
		const struct entry *group = &target->groups.items[edge_group(*e)];
		const struct entry *member = snapshot_entry(target, kind, edge_member(*e));

		*list_add(&state.ties) = (struct tie){
			.group = arena_str(&state.arena, snapshot_id(target, group, space)),
			.member = arena_str(&state.arena, snapshot_id(target, member, other)),
			.role = intern_text(&target->roles, edge_role(*e), space),
			.nested = edge_nested(*e),
		};
	}
	list_each (struct invitation, i, &target->invitations)
		list_add(&state.guests)->invitation = *i;
	remote_save(path, &state);
	remote_clear(&state);
}
