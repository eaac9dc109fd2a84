/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of a PATCH, one after the other, on a copy of the resource. */
#include "wire/scim/scim_patch.h"

#include "wire/scim/internal.h"

void scim_patch_clear(struct scim_patch *patch)
{
	list_each (struct scim_members_change, change, &patch->members)
		json_decref(change->list);
	list_clear(&patch->members);
	json_decref(patch->attributes);
	arena_clear(&patch->arena);
	*patch = (struct scim_patch){0};
}

static bool is_members(const struct patch_work *w, const struct scim_attribute *a)
{
	return str_equal(a->name, STR("members")) && !scim_attribute_extends(w->resource, a);
}

static int target_apply(struct patch_work *w, const struct scim_patch_path *t, enum patch_verb verb,
			const json_t *value)
{
	if (t->attribute->mutability == SCIM_MUTABILITY_READ_ONLY ||
	    (t->sub && t->sub->mutability == SCIM_MUTABILITY_READ_ONLY))
		return scim_patch_path_fail(t, w->error, "is read-only");
	if (is_members(w, t->attribute))
		return patch_members_apply(w, t, verb, value);
	return patch_values_apply(w, t, verb, value);
}

static int object_values(struct patch_work *w, str urn, enum patch_verb verb, const json_t *value);

static int schema_apply(struct patch_work *w, const struct scim_schema *schema,
			enum patch_verb verb, const json_t *value)
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
static int key_apply(struct patch_work *w, str urn, str key, enum patch_verb verb,
		     const json_t *value)
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

static int object_values(struct patch_work *w, str urn, enum patch_verb verb, const json_t *value)
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

static int path_apply(struct patch_work *w, str path, enum patch_verb verb, const json_t *value)
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

static int verb_read(struct patch_work *w, const json_t *op, enum patch_verb *ret)
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
	enum patch_verb verb = VERB_ADD;

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
