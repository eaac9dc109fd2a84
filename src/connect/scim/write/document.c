/* SPDX-License-Identifier: Apache-2.0 */
/* Flat fields become JSON again: new users and groups, and documents that are read, changed and
 * written back. */
#include <string.h>

#include "connect/scim/write/internal.h"

/* The text in a JSON string's quotes, for the types that [type eq "..."] names; escapes are rare
 * and undone. */
json_t *json_of_text(str text)
{
	json_t *value = json_stringn(text.p ? text.p : "", text.n);

	/* jansson takes UTF-8 only; what is none cannot be in a plan. */
	return value ? value : json_string("");
}

static json_t *value_of(const struct flat_path *path, str value)
{
	if (flat_path_is_boolean(path))
		return json_boolean(str_equal_nocase(value, STR("true")));
	return json_of_text(value);
}

static void member_set(json_t *object, str key, json_t *value)
{
	char name[256];

	if (key.n >= sizeof name) {
		json_decref(value);
		return;
	}
	memcpy(name, key.p, key.n);
	name[key.n] = '\0';
	json_object_set_new(object, name, value);
}

static json_t *member_get(json_t *object, str key)
{
	const char *name;
	json_t *value;

	/* Attribute names are compared without case (RFC 7643 2.1). */
	json_object_foreach (object, name, value)
		if (str_equal_nocase(str_of(name), key))
			return value;
	return NULL;
}

static void member_drop(json_t *object, str key)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, name, value) if (str_equal_nocase(str_of(name), key))
		json_object_del(object, name);
}

static json_t *member_get_or_make(json_t *object, str key, json_type type)
{
	json_t *value = member_get(object, key);

	if (value && json_typeof(value) == type)
		return value;
	member_drop(object, key);
	value = type == JSON_ARRAY ? json_array() : json_object();
	member_set(object, key, value);
	return value;
}

static bool text_is(const json_t *value, str text)
{
	return json_is_string(value) &&
	       str_equal(str_make(json_string_value(value), json_string_length(value)), text);
}

static bool type_is(json_t *element, const struct flat_path *path)
{
	const json_t *type = member_get(element, path->where.n ? path->where : STR("type"));

	return path->where.n ? text_is(type, path->type) : type == NULL;
}

/* The element that the value goes to: the first of its type that does not have this part yet. */
static json_t *element_for(json_t *list, const struct flat_path *path)
{
	size_t i;
	json_t *element;

	json_array_foreach (list, i, element)
		if (type_is(element, path) && !member_get(element, path->sub))
			return element;
	element = json_object();
	if (path->where.n)
		member_set(element, path->where, json_of_text(path->type));
	json_array_append_new(list, element);
	return element;
}

static void add_schema(json_t *resource, str urn)
{
	json_t *schemas = member_get_or_make(resource, STR("schemas"), JSON_ARRAY), *schema;
	size_t i;

	json_array_foreach (schemas, i, schema)
		if (json_is_string(schema) &&
		    str_equal_nocase(str_of(json_string_value(schema)), urn))
			return;
	json_array_append_new(schemas, json_of_text(urn));
}

void document_put(json_t *resource, str text, str value)
{
	struct flat_path path = flat_path_split(text);
	json_t *holder = resource;

	if (path.urn.n) {
		add_schema(resource, path.urn);
		holder = member_get_or_make(resource, path.urn, JSON_OBJECT);
	}
	if (flat_path_is_plural(&path)) {
		json_t *list = member_get_or_make(holder, path.name, JSON_ARRAY);

		member_set(element_for(list, &path), path.sub.n ? path.sub : STR("value"),
			   value_of(&path, value));
	} else if (path.sub.n) {
		member_set(member_get_or_make(holder, path.name, JSON_OBJECT), path.sub,
			   value_of(&path, value));
	} else {
		member_set(holder, path.name, value_of(&path, value));
	}
}

static bool element_holds(json_t *element, const struct flat_path *path, str value)
{
	const json_t *part = member_get(element, path->sub);

	if (json_is_boolean(part))
		return json_is_true(part) == str_equal_nocase(value, STR("true"));
	return text_is(part, value);
}

static void element_remove_part(json_t *list, const struct flat_path *path, str value)
{
	for (size_t i = json_array_size(list); i-- > 0;) {
		json_t *element = json_array_get(list, i);

		if (!type_is(element, path) || !element_holds(element, path, value))
			continue;
		if (str_equal(path->sub, STR("value")))
			json_array_remove(list, i);
		else
			member_drop(element, path->sub);
		return;
	}
}

/* One value less. */
static void document_remove(json_t *resource, str text, str value)
{
	struct flat_path path = flat_path_split(text);
	json_t *holder = path.urn.n ? member_get(resource, path.urn) : resource;
	json_t *attribute = holder ? member_get(holder, path.name) : NULL;

	if (!attribute)
		return;
	if (json_is_array(attribute))
		element_remove_part(attribute, &path, value);
	else if (path.sub.n && json_is_object(attribute))
		member_drop(attribute, path.sub);
	else
		member_drop(holder, path.name);
}

/* A changed value of an element keeps the element: its display, its primary. */
static bool change_element(json_t *resource, const struct edit *edit)
{
	struct flat_path path = flat_path_split(edit->path);
	json_t *holder = path.urn.n ? member_get(resource, path.urn) : resource;
	json_t *list = holder ? member_get(holder, path.name) : NULL, *element;
	size_t i;

	if (!json_is_array(list) || !edit->before.n || !edit->after.n)
		return false;
	json_array_foreach (list, i, element) {
		if (!type_is(element, &path) || !element_holds(element, &path, edit->before))
			continue;
		member_set(element, path.sub, value_of(&path, edit->after));
		return true;
	}
	return false;
}

void document_edit(json_t *resource, const struct change *change)
{
	for (size_t i = 0; i < change->edit_count; i++) {
		const struct edit *edit = &change->edits[i];

		if (change_element(resource, edit))
			continue;
		if (edit->before.n)
			document_remove(resource, edit->path, edit->before);
		if (edit->after.n)
			document_put(resource, edit->path, edit->after);
	}
}

/* Exactly one address is the primary one; services that allow a single one insist on it. */
static void choose_primary(json_t *resource)
{
	json_t *emails = json_object_get(resource, "emails"), *element, *chosen = NULL;
	size_t i;

	json_array_foreach (emails, i, element) {
		if (json_is_true(json_object_get(element, "primary")))
			return;
		if (!chosen || text_is(json_object_get(element, "type"), STR("work")))
			chosen = chosen && text_is(json_object_get(chosen, "type"), STR("work"))
					 ? chosen
					 : element;
	}
	if (chosen)
		json_object_set_new(chosen, "primary", json_true());
}

static bool keeps_attribute(const struct scim_connection *c, enum quirk_flag none)
{
	return !(c->settings.quirks.flags & none);
}

static bool is_inner_name(str name)
{
	return str_equal(name, STR(FIELD_DN)) || str_equal(name, STR(FIELD_ETAG)) ||
	       str_equal(name, STR(FIELD_MARK)) || str_equal(name, STR(FIELD_LOGIN)) ||
	       str_equal(name, STR("id"));
}

json_t *user_document(const struct scim_connection *c, const struct object *object, str role)
{
	json_t *user = json_object();

	add_schema(user, STR(CORE_USER_URN));
	for (size_t i = 0; i < object->field_count; i++)
		if (!is_inner_name(object->fields[i].name) && object->fields[i].value.n)
			document_put(user, object->fields[i].name, object->fields[i].value);
	if (!member_get(user, STR(PATH_USERNAME)))
		document_put(user, STR(PATH_USERNAME), object->label);
	if (!keeps_attribute(c, QUIRK_NO_USER_MARK))
		member_drop(user, STR(PATH_EXTERNALID));
	else if (object->source_id.n && !member_get(user, STR(PATH_EXTERNALID)))
		document_put(user, STR(PATH_EXTERNALID), object->source_id);
	if (!member_get(user, STR(PATH_ACTIVE)))
		document_put(user, STR(PATH_ACTIVE), STR("true"));
	if (role.n && c->settings.quirks.roles == ROLE_USER) {
		member_drop(user, STR("roles"));
		document_put(user, STR(PATH_ROLES), role);
	}
	choose_primary(user);
	return user;
}

json_t *group_document(const struct scim_connection *c, const struct object *object)
{
	json_t *group = json_object();

	add_schema(group, STR(CORE_GROUP_URN));
	document_put(group, STR(PATH_DISPLAYNAME), object->label);
	if (object->source_id.n && keeps_attribute(c, QUIRK_NO_GROUP_MARK))
		document_put(group, STR(PATH_EXTERNALID), object->source_id);
	return group;
}
