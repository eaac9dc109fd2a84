/* SPDX-License-Identifier: Apache-2.0 */
/* Changes as PATCH operations (RFC 7644 3.5.2), in the forms that services agree on. */
#include <string.h>

#include "connect/scim/write/internal.h"

json_t *patch_document(void)
{
	json_t *patch = json_object();

	json_object_set_new(patch, "schemas", json_pack("[s]", SCIM_MESSAGE "PatchOp"));
	json_object_set_new(patch, "Operations", json_array());
	return patch;
}

void patch_add(json_t *patch, const char *op, const char *path, json_t *value)
{
	json_t *operation = json_object();

	json_object_set_new(operation, "op", json_string(op));
	json_object_set_new(operation, "path", json_string(path));
	if (value)
		json_object_set_new(operation, "value", value);
	json_array_append_new(json_object_get(patch, "Operations"), operation);
}

static void patch_put_attribute(struct buf *out, const struct flat_path *path)
{
	if (path->urn.n)
		buf_printf(out, "%.*s:", STR_ARG(path->urn));
	buf_put(out, path->name);
}

static void put_equal(struct buf *out, str attribute, str value)
{
	struct json_writer w = {.out = out};

	buf_printf(out, "%.*s eq ", STR_ARG(attribute));
	json_write_string(&w, value);
}

/* emails[type eq "work" and value eq "x"]: which element is meant; the value only where the type
 * does not tell. */
static void patch_put_element(struct buf *out, const struct flat_path *path, str value)
{
	patch_put_attribute(out, path);
	if (!path->where.n && !value.n)
		return;
	buf_char(out, '[');
	if (path->where.n)
		put_equal(out, path->where, path->type);
	if (path->where.n && value.n)
		buf_put(out, STR(" and "));
	if (value.n)
		put_equal(out, path->sub.n ? path->sub : STR("value"), value);
	buf_char(out, ']');
}

static json_t *edit_value(const struct scim_connection *c, const struct flat_path *path, str value)
{
	if (flat_path_is_boolean(path) && !(c->settings.quirks.flags & QUIRK_TEXT_BOOLEANS))
		return json_boolean(str_equal_nocase(value, STR("true")));
	return json_of_text(value);
}

/* Two values of one type: the type alone does not say which is meant. */
static bool is_ambiguous(const struct object *object, const struct change *change, str path)
{
	size_t edits = 0, fields = 0;

	for (size_t i = 0; i < change->edit_count; i++)
		edits += str_equal(change->edits[i].path, path);
	for (size_t i = 0; i < object->field_count; i++)
		fields += str_equal(object->fields[i].name, path);
	return edits > 1 || fields > 1;
}

static bool same_element(const struct flat_path *a, const struct flat_path *b)
{
	return str_equal(a->urn, b->urn) && str_equal(a->name, b->name) &&
	       str_equal(a->where, b->where) && str_equal(a->type, b->type);
}

static bool edit_adds(const struct edit *edit)
{
	return !edit->before.n && edit->after.n;
}

/*
 * Is the element of this part at the target already? It is when one of its parts stays or changes:
 * among the edits, or among the wanted fields that no edit speaks of.
 */
static bool element_is_there(const struct object *object, const struct change *change,
			     const struct flat_path *path)
{
	for (size_t i = 0; i < change->edit_count; i++) {
		struct flat_path other = flat_path_split(change->edits[i].path);

		if (same_element(&other, path) && !edit_adds(&change->edits[i]))
			return true;
	}
	for (size_t i = 0; i < object->field_count; i++) {
		struct flat_path other = flat_path_split(object->fields[i].name);
		bool edited = false;

		if (!same_element(&other, path))
			continue;
		for (size_t k = 0; k < change->edit_count && !edited; k++)
			edited = str_equal(change->edits[k].path, object->fields[i].name);
		if (!edited)
			return true;
	}
	return false;
}

/* New elements of one attribute gather in one `add`. */
static void add_to_element(json_t *added, const struct edit *edit)
{
	document_put(added, edit->path, edit->after);
}

static void change_plural(json_t *patch, const struct scim_connection *c,
			  const struct object *object, const struct change *change,
			  const struct edit *edit)
{
	struct flat_path path = flat_path_split(edit->path);
	bool precise = !path.where.n || is_ambiguous(object, change, edit->path);
	struct buf text = {0};

	patch_put_element(&text, &path, precise ? edit->before : STR(""));
	if (!edit->after.n && str_equal(path.sub, STR("value"))) {
		patch_add(patch, "remove", text.p, NULL);
	} else {
		buf_printf(&text, ".%.*s", STR_ARG(path.sub));
		patch_add(patch, edit->after.n ? "replace" : "remove", text.p,
			  edit->after.n ? edit_value(c, &path, edit->after) : NULL);
	}
	buf_clear(&text);
}

static void change_single(json_t *patch, const struct scim_connection *c, const struct edit *edit)
{
	struct flat_path path = flat_path_split(edit->path);
	struct buf text = {0};

	patch_put_attribute(&text, &path);
	if (path.sub.n)
		buf_printf(&text, ".%.*s", STR_ARG(path.sub));
	patch_add(patch, edit->after.n ? "replace" : "remove", text.p,
		  edit->after.n ? edit_value(c, &path, edit->after) : NULL);
	buf_clear(&text);
}

/* One `add` an attribute, with all its new elements. */
static void flush_added(json_t *patch, json_t *added)
{
	const char *name;
	json_t *value;

	json_object_foreach (added, name, value)
		if (json_is_array(value) && strcmp(name, "schemas") != 0)
			patch_add(patch, "add", name, json_incref(value));
	json_decref(added);
}

static bool edit_is_part_of_new(const struct object *object, const struct change *change,
				const struct edit *edit, const struct flat_path *path)
{
	return edit_adds(edit) && flat_path_is_plural(path) && !path->urn.n &&
	       (str_equal(path->sub, STR("value")) || !element_is_there(object, change, path));
}

void patch_edits(json_t *patch, const struct scim_connection *c, const struct object *object,
		 const struct change *change)
{
	json_t *added = json_object();

	for (size_t i = 0; i < change->edit_count; i++) {
		const struct edit *edit = &change->edits[i];
		struct flat_path path = flat_path_split(edit->path);

		if (edit_is_part_of_new(object, change, edit, &path))
			add_to_element(added, edit);
		else if (flat_path_is_plural(&path))
			change_plural(patch, c, object, change, edit);
		else
			change_single(patch, c, edit);
	}
	flush_added(patch, added);
}

static json_t *member_list(const str *ids, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *member = json_object();

		json_object_set_new(member, "value", json_of_text(ids[i]));
		json_array_append_new(list, member);
	}
	return list;
}

void patch_members(json_t *patch, const struct scim_connection *c, const str *ids, size_t count,
		   bool add)
{
	struct buf path = {0};

	if (count == 0)
		return;
	if (add || (c->settings.quirks.flags & QUIRK_REMOVE_BY_VALUE)) {
		patch_add(patch, add ? "add" : "remove", "members", member_list(ids, count));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		buf_reset(&path);
		buf_put(&path, STR("members["));
		put_equal(&path, STR("value"), ids[i]);
		buf_char(&path, ']');
		patch_add(patch, "remove", path.p, NULL);
	}
	buf_clear(&path);
}
