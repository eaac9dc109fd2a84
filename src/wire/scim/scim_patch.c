/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of a PATCH, one after the other, on a copy of the resource. */
#include "wire/scim/scim_patch.h"

#include <string.h>

#include "wire/scim/scim_patch_path.h"

enum verb { VERB_ADD, VERB_REPLACE, VERB_REMOVE };

/* One PATCH on its way. */
struct patch_work {
	const struct scim_resource *resource;
	struct scim_dialect *dialect;
	struct scim_patch *patch;
	struct scim_error *error;
};

void scim_patch_clear(struct scim_patch *patch)
{
	list_each (struct scim_members_change, change, &patch->members)
		json_decref(change->list);
	list_clear(&patch->members);
	json_decref(patch->attributes);
	arena_clear(&patch->arena);
	*patch = (struct scim_patch){0};
}

static int fail_mutability(struct patch_work *w, const struct scim_patch_path *t, const char *why)
{
	return scim_fail(w->error, 400, "mutability", "%s%s%s %s", t->attribute->name.p,
			 t->sub ? "." : "", t->sub ? t->sub->name.p : "", why);
}

static bool is_members(const struct patch_work *w, const struct scim_attribute *a)
{
	return str_equal(a->name, STR("members")) && !scim_attribute_extends(w->resource, a);
}

/* Memberships ------------------------------------------------------------- */

/* A member that is only given by its address has the id at the end of it. */
static int members_settle(struct patch_work *w, json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *member = json_array_get(list, i);
		str address = str_of(json_string_value(json_object_get(member, "$ref")));
		ptrdiff_t slash = str_find_last(address, '/');
		str id = str_of(json_string_value(json_object_get(member, "value")));

		if (id.n == 0 && slash >= 0)
			json_object_set_new(member, "value",
					    json_string_nocheck(address.p + slash + 1));
		else if (id.n == 0)
			return scim_fail(w->error, 400, "invalidValue",
					 "a member needs `value`, the id of a user or group");
	}
	return 0;
}

static void patch_members_change(struct patch_work *w, enum scim_members_verb verb, json_t *list,
				 const struct filter_node *filter)
{
	*list_add(&w->patch->members) = (struct scim_members_change){verb, list, filter};
}

static int patch_members_display(struct patch_work *w, const struct scim_patch_path *t,
				 enum verb verb, const json_t *value)
{
	if (!t->sub || !str_equal(t->sub->name, STR("display")))
		return fail_mutability(w, t,
				       "of a member cannot be changed; remove it and add another");
	if (verb != VERB_REMOVE && !json_is_string(value))
		return scim_fail(w->error, 400, "invalidValue", "members.display must be a text");
	patch_members_change(w, SCIM_MEMBERS_DISPLAY,
			     json_pack("[s]", verb == VERB_REMOVE ? "" : json_string_value(value)),
			     t->filter);
	return 0;
}

static int members_filtered(struct patch_work *w, const struct scim_patch_path *t, enum verb verb,
			    const json_t *value)
{
	json_t *element;

	if (t->sub)
		return patch_members_display(w, t, verb, value);
	if (verb == VERB_REMOVE) {
		patch_members_change(w, SCIM_MEMBERS_REMOVE_WHERE, NULL, t->filter);
		return 0;
	}
	element = scim_element_from_filter(t->attribute, t->filter);
	if (verb == VERB_REPLACE || !element ||
	    !scim_lenient(w->dialect, LENIENCY_FILTER_CREATES)) {
		json_decref(element);
		return fail_mutability(w, t, "with a filter cannot be replaced; remove and add");
	}
	patch_members_change(w, SCIM_MEMBERS_ADD, json_pack("[o]", element), NULL);
	return members_settle(w, w->patch->members.items[w->patch->members.count - 1].list);
}

static int members_apply(struct patch_work *w, const struct scim_patch_path *t, enum verb verb,
			 const json_t *value)
{
	json_t *list = NULL;
	bool given = value && !json_is_null(value);

	if (t->filter)
		return members_filtered(w, t, verb, value);
	if (t->sub)
		return fail_mutability(w, t, "of a member cannot be changed");
	if (verb != VERB_REMOVE && !given)
		return scim_lenient(w->dialect, LENIENCY_NULL)
			       ? 0
			       : scim_fail(w->error, 400, "invalidValue", "members needs a list");
	if (given && scim_value_read(t->attribute, value, w->dialect, &list, w->error) < 0)
		return -1;
	if (!list)
		list = json_array();
	if (members_settle(w, list) < 0) {
		json_decref(list);
		return -1;
	}
	if (verb == VERB_ADD)
		patch_members_change(w, SCIM_MEMBERS_ADD, list, NULL);
	else if (verb == VERB_REPLACE || !given || !scim_lenient(w->dialect, LENIENCY_VALUE_LIST))
		patch_members_change(w, SCIM_MEMBERS_REPLACE, list, NULL);
	else
		patch_members_change(w, SCIM_MEMBERS_REMOVE, list, NULL);
	if (verb == VERB_REMOVE && given && w->dialect->strict)
		return scim_fail(w->error, 400, "invalidSyntax",
				 "remove takes a filter in the path, not a value");
	return 0;
}

/* Values of an attribute -------------------------------------------------- */

/* The newest primary wins (RFC 7644 3.5.2). */
static void primary_settle(json_t *list, const json_t *winner)
{
	if (!json_is_true(json_object_get(winner, "primary")))
		return;
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);

		if (item != winner && json_is_true(json_object_get(item, "primary")))
			json_object_set_new(item, "primary", json_false());
	}
}

static bool texts_equal(const json_t *a, const json_t *b, const char *key)
{
	const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);

	return (!x && !y) || (x && y && json_equal(x, y));
}

/* The element that an added one means: the same value and type, or equal altogether. */
static json_t *element_same(const json_t *list, const json_t *element)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);

		if (json_equal(item, element))
			return item;
		if (json_object_get(element, "value") && texts_equal(item, element, "value") &&
		    texts_equal(item, element, "type"))
			return item;
	}
	return NULL;
}

static void list_append(json_t *list, const json_t *more)
{
	for (size_t i = 0; i < json_array_size(more); i++) {
		json_t *item = json_array_get(more, i), *same = element_same(list, item);

		if (same && json_is_object(same))
			json_object_update(same, item);
		if (!same)
			json_array_append(list, item);
		primary_settle(list, same ? same : item);
	}
}

static void drop_empty(const struct patch_work *w, json_t *into, const struct scim_attribute *a)
{
	const json_t *value = json_object_get(into, a->name.p);
	const char *extension = w->resource->extension ? w->resource->extension->id.p : NULL;

	if ((json_is_array(value) && json_array_size(value) == 0) ||
	    (json_is_object(value) && json_object_size(value) == 0))
		json_object_del(into, a->name.p);
	if (extension && scim_attribute_extends(w->resource, a) && json_object_size(into) == 0)
		json_object_del(w->patch->attributes, extension);
}

static int remove_whole(struct patch_work *w, const struct scim_patch_path *t, const json_t *value)
{
	json_t *into = scim_container(w->resource, w->patch->attributes, t->attribute, false);
	json_t *have = json_object_get(into, t->attribute->name.p), *list = NULL;

	if (t->attribute->required)
		return fail_mutability(w, t, "is required and cannot be removed");
	if (!have)
		return 0;
	if (!t->attribute->multi || !value || json_is_null(value) ||
	    !scim_lenient(w->dialect, LENIENCY_VALUE_LIST)) {
		json_object_del(into, t->attribute->name.p);
		drop_empty(w, into, t->attribute);
		return 0;
	}
	if (scim_value_read(t->attribute, value, w->dialect, &list, w->error) < 0)
		return -1;
	for (size_t i = json_array_size(have); i-- > 0;)
		if (element_same(list, json_array_get(have, i)))
			json_array_remove(have, i);
	json_decref(list);
	drop_empty(w, into, t->attribute);
	return 0;
}

static int put_null(struct patch_work *w, const struct scim_patch_path *t, enum verb verb)
{
	bool kept = t->attribute->required || t->attribute->type == SCIM_TYPE_BOOLEAN;

	if (verb == VERB_ADD)
		return 0;
	/* `active: null` wakes nobody up and `userName: null` takes no name away. */
	if (kept && scim_lenient(w->dialect, LENIENCY_NULL))
		return 0;
	if (t->attribute->required)
		return scim_fail(w->error, 400, "invalidValue", "%s is required",
				 t->attribute->name.p);
	return remove_whole(w, t, NULL);
}

static int patch_put_whole(struct patch_work *w, const struct scim_patch_path *t, enum verb verb,
			   const json_t *value)
{
	json_t *into, *have, *canonical = NULL;
	const char *name = t->attribute->name.p;

	if (scim_value_read(t->attribute, value, w->dialect, &canonical, w->error) < 0)
		return -1;
	if (t->attribute->mutability == SCIM_MUTABILITY_WRITE_ONLY) {
		json_decref(canonical);
		return 0;
	}
	if (!canonical)
		return put_null(w, t, verb);
	into = scim_container(w->resource, w->patch->attributes, t->attribute, true);
	have = json_object_get(into, name);
	if (have && t->attribute->multi && verb == VERB_ADD)
		list_append(have, canonical);
	else if (have && json_is_object(have))
		json_object_update(have, canonical);
	else
		json_object_set(into, name, canonical);
	json_decref(canonical);
	return 0;
}

/* A sub-attribute of one object; the primary of a list is settled by the caller. */
static int sub_apply(struct patch_work *w, const struct scim_attribute *sub, json_t *object,
		     enum verb verb, const json_t *value)
{
	json_t *canonical = NULL;

	if (verb != VERB_REMOVE &&
	    scim_value_read(sub, value, w->dialect, &canonical, w->error) < 0)
		return -1;
	if (canonical)
		json_object_set_new(object, sub->name.p, canonical);
	else if (verb != VERB_ADD)
		json_object_del(object, sub->name.p);
	return 0;
}

static int element_apply(struct patch_work *w, const struct scim_patch_path *t, json_t *list,
			 size_t i, enum verb verb, const json_t *value)
{
	json_t *item = json_array_get(list, i), *canonical = NULL;

	if (t->sub && json_is_object(item)) {
		if (sub_apply(w, t->sub, item, verb, value) < 0)
			return -1;
	} else {
		if (scim_element_read(t->attribute, value, w->dialect, &canonical, w->error) < 0)
			return -1;
		if (!canonical)
			return scim_fail(w->error, 400, "invalidValue", "%s needs a value",
					 t->attribute->name.p);
		if (verb == VERB_ADD && json_is_object(item))
			json_object_update(item, canonical);
		else
			json_array_set(list, i, canonical);
		json_decref(canonical);
	}
	primary_settle(list, json_array_get(list, i));
	return 0;
}

/* Entra adds `emails[type eq "work"].value` without asking whether there is such a value. */
static int create_by_filter(struct patch_work *w, const struct scim_patch_path *t, json_t *list,
			    const json_t *value)
{
	json_t *element = scim_element_from_filter(t->attribute, t->filter);
	int result;

	if (!element || !scim_lenient(w->dialect, LENIENCY_FILTER_CREATES)) {
		json_decref(element);
		return scim_fail(w->error, 400, "noTarget", "no value of %s matches the filter",
				 t->attribute->name.p);
	}
	json_array_append_new(list, element);
	result = element_apply(w, t, list, json_array_size(list) - 1, VERB_ADD, value);
	if (json_object_size(element) == 0)
		json_array_remove(list, json_array_size(list) - 1);
	return result;
}

static bool target_matches(const struct scim_patch_path *t, const json_t *item)
{
	return !t->filter || scim_element_matches(t->attribute, t->filter, item);
}

/* Elements are removed from the end, so that no index slips. */
static int list_remove(struct patch_work *w, const struct scim_patch_path *t, json_t *list)
{
	for (size_t i = json_array_size(list); i-- > 0;) {
		json_t *item = json_array_get(list, i);

		if (!target_matches(t, item))
			continue;
		if (t->sub && sub_apply(w, t->sub, item, VERB_REMOVE, NULL) < 0)
			return -1;
		if (!t->sub || json_object_size(item) == 0)
			json_array_remove(list, i);
	}
	return 0;
}

static int list_apply(struct patch_work *w, const struct scim_patch_path *t, enum verb verb,
		      const json_t *value)
{
	json_t *into = scim_container(w->resource, w->patch->attributes, t->attribute,
				      verb != VERB_REMOVE);
	json_t *list = json_object_get(into, t->attribute->name.p);
	size_t met = 0;
	int result = 0;

	if (!list && verb == VERB_REMOVE)
		return 0;
	if (!list) {
		list = json_array();
		json_object_set_new(into, t->attribute->name.p, list);
	}
	if (verb == VERB_REMOVE)
		result = list_remove(w, t, list);
	for (size_t i = 0; verb != VERB_REMOVE && result == 0 && i < json_array_size(list); i++)
		if (target_matches(t, json_array_get(list, i))) {
			met++;
			result = element_apply(w, t, list, i, verb, value);
		}
	if (result == 0 && verb != VERB_REMOVE && met == 0) {
		if (t->filter && verb == VERB_REPLACE)
			result = scim_fail(w->error, 400, "noTarget",
					   "no value of %s matches the filter",
					   t->attribute->name.p);
		else
			result = create_by_filter(w, t, list, value);
	}
	drop_empty(w, into, t->attribute);
	return result;
}

static int object_apply(struct patch_work *w, const struct scim_patch_path *t, enum verb verb,
			const json_t *value)
{
	json_t *into = scim_container(w->resource, w->patch->attributes, t->attribute,
				      verb != VERB_REMOVE);
	json_t *object = json_object_get(into, t->attribute->name.p);

	if (!object && verb == VERB_REMOVE)
		return 0;
	if (!object) {
		object = json_object();
		json_object_set_new(into, t->attribute->name.p, object);
	}
	if (sub_apply(w, t->sub, object, verb, value) < 0)
		return -1;
	drop_empty(w, into, t->attribute);
	return 0;
}

static int target_apply(struct patch_work *w, const struct scim_patch_path *t, enum verb verb,
			const json_t *value)
{
	if (t->attribute->mutability == SCIM_MUTABILITY_READ_ONLY ||
	    (t->sub && t->sub->mutability == SCIM_MUTABILITY_READ_ONLY))
		return fail_mutability(w, t, "is read-only");
	if (is_members(w, t->attribute))
		return members_apply(w, t, verb, value);
	if (t->filter || (t->sub && t->attribute->multi))
		return list_apply(w, t, verb, value);
	if (t->sub)
		return object_apply(w, t, verb, value);
	return verb == VERB_REMOVE ? remove_whole(w, t, value) : patch_put_whole(w, t, verb, value);
}

/* Operations -------------------------------------------------------------- */

static int object_values(struct patch_work *w, str urn, enum verb verb, const json_t *value);

static int schema_apply(struct patch_work *w, const struct scim_schema *schema, enum verb verb,
			const json_t *value)
{
	if (verb != VERB_REMOVE && json_is_null(value))
		return 0;
	if (verb != VERB_REMOVE)
		return object_values(w, schema->id, verb, value);
	if (schema == w->resource->core)
		return scim_fail(w->error, 400, "mutability",
				 "the core attributes cannot be removed as a whole");
	json_object_del(w->patch->attributes, schema->id.p);
	return 0;
}

/* One key of an operation without a path: read-only and unknown ones are passed over. */
static int key_apply(struct patch_work *w, str urn, str key, enum verb verb, const json_t *value)
{
	struct scim_patch_path t;

	if (urn.n == 0 && !str_is_utf8(key))
		return scim_fail(w->error, 400, "invalidPath", "a key is not UTF-8");
	if (scim_patch_path_read(w->resource, urn, key, &w->patch->arena, w->dialect, &t,
				 w->error) < 0)
		return -1;
	if (t.whole)
		return schema_apply(w, t.whole, verb, value);
	if (!t.attribute) {
		if (scim_lenient(w->dialect, LENIENCY_UNKNOWN_ATTRIBUTE))
			return 0;
		return scim_fail(w->error, 400, "invalidPath", "%s has no attribute %.*s",
				 w->resource->name.p, (int)(key.n < 100 ? key.n : 100), key.p);
	}
	if (t.attribute->mutability == SCIM_MUTABILITY_READ_ONLY ||
	    str_equal(t.attribute->name, STR("schemas")))
		return 0;
	if ((t.sub || t.filter) && !scim_lenient(w->dialect, LENIENCY_DOTTED_KEY))
		return scim_fail(w->error, 400, "invalidPath", "a key must be an attribute's name");
	/* Entra's flag sends whole updates so, whether the value is there yet or not. */
	if (t.filter && verb == VERB_REPLACE)
		verb = VERB_ADD;
	return target_apply(w, &t, verb, value);
}

static int object_values(struct patch_work *w, str urn, enum verb verb, const json_t *value)
{
	const char *key;
	const json_t *item;

	if (!json_is_object(value))
		return scim_fail(w->error, 400, "invalidValue",
				 "an operation without a path needs an object as its value");
	json_object_foreach ((json_t *)(uintptr_t)value, key, item)
		if (key_apply(w, urn, str_of(key), verb, item) < 0)
			return -1;
	return 0;
}

static int path_apply(struct patch_work *w, str path, enum verb verb, const json_t *value)
{
	struct scim_patch_path t;

	if (scim_patch_path_read(w->resource, STR(""), path, &w->patch->arena, w->dialect, &t,
				 w->error) < 0)
		return -1;
	if (t.whole)
		return schema_apply(w, t.whole, verb, value);
	if (!t.attribute) {
		bool extension = str_starts_nocase(path, STR("urn:"));

		/* A custom extension of the customer's is nothing to stop a user's whole update
		 * for. */
		if (extension && scim_lenient(w->dialect, LENIENCY_UNKNOWN_ATTRIBUTE))
			return 0;
		return scim_fail(w->error, 400, "invalidPath", "%s has no attribute %.*s",
				 w->resource->name.p, (int)(path.n < 100 ? path.n : 100), path.p);
	}
	if (str_equal(t.attribute->name, STR("schemas")) && !t.attribute->parent)
		return 0;
	if (verb != VERB_REMOVE && !value)
		return scim_fail(w->error, 400, "invalidValue", "the operation needs a value");
	return target_apply(w, &t, verb, value);
}

static int verb_read(struct patch_work *w, const json_t *op, enum verb *ret)
{
	static const str names[] = {{"add", 3}, {"replace", 7}, {"remove", 6}};
	str text = str_of(json_string_value(op));

	for (unsigned i = 0; i < 3; i++)
		if (str_equal_nocase(text, names[i])) {
			if (!str_equal(text, names[i]))
				scim_lenient(w->dialect, LENIENCY_OPERATION_CASE);
			*ret = i;
			return 0;
		}
	return scim_fail(w->error, 400, "invalidSyntax", "op must be add, remove or replace");
}

static int operation_apply(struct patch_work *w, const json_t *operation)
{
	const json_t *op = NULL, *path = NULL, *value = NULL, *item;
	const char *key;
	enum verb verb = VERB_ADD;

	json_object_foreach ((json_t *)(uintptr_t)operation, key, item) {
		if (str_equal_nocase(str_of(key), STR("op")))
			op = item;
		else if (str_equal_nocase(str_of(key), STR("path")))
			path = item;
		else if (str_equal_nocase(str_of(key), STR("value")))
			value = item;
	}
	if (verb_read(w, op, &verb) < 0)
		return -1;
	if (path && !json_is_null(path) && !json_is_string(path))
		return scim_fail(w->error, 400, "invalidPath", "path must be a text");
	if (json_is_string(path) && json_string_length(path) > 0)
		return path_apply(w, str_of(json_string_value(path)), verb, value);
	if (verb == VERB_REMOVE)
		return scim_fail(w->error, 400, "noTarget", "remove needs a path");
	return object_values(w, STR(""), verb, value);
}

static const json_t *operations_find(const json_t *body)
{
	const char *key;
	const json_t *item;

	json_object_foreach ((json_t *)(uintptr_t)body, key, item)
		if (str_equal_nocase(str_of(key), STR("Operations")))
			return item;
	return NULL;
}

int scim_patch_apply(const struct scim_resource *resource, const json_t *attributes,
		     const json_t *body, size_t operations_max, struct scim_dialect *dialect,
		     struct scim_patch *ret, struct scim_error *error)
{
	struct scim_patch patch = {.attributes = json_deep_copy(attributes)};
	struct patch_work work = {resource, dialect, &patch, error};
	const json_t *operations = operations_find(body);
	size_t count = json_array_size(operations);

	if (count == 0)
		scim_fail(error, 400, "invalidSyntax", "`Operations` must be a list, not empty");
	if (count > operations_max)
		scim_fail(error, 413, NULL, "%zu operations are more than the %zu of one request",
			  count, operations_max);
	for (size_t i = 0; i < count && error->status == 0; i++)
		operation_apply(&work, json_array_get(operations, i));
	if (error->status == 0)
		scim_document_check(resource, patch.attributes, error);
	if (error->status != 0) {
		scim_patch_clear(&patch);
		return -1;
	}
	*ret = patch;
	return 0;
}

int scim_document_put(const struct scim_resource *resource, struct scim_document *document, str urn,
		      str key, const json_t *value, struct scim_dialect *dialect,
		      struct scim_error *error)
{
	struct scim_patch patch = {.attributes = document->attributes};
	struct patch_work work = {resource, dialect, &patch, error};
	int result = key_apply(&work, urn, key, VERB_REPLACE, value);

	patch.attributes = NULL;
	scim_patch_clear(&patch);
	return result;
}
