/* SPDX-License-Identifier: Apache-2.0 */
/* What a PATCH does to the values of an attribute: a whole one, the elements of a list, the parts
 * of an object. */
#include "wire/scim/internal.h"

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
		return scim_patch_path_fail(t, w->error, "is required and cannot be removed");
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

static int put_null(struct patch_work *w, const struct scim_patch_path *t, enum patch_verb verb)
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

static int patch_put_whole(struct patch_work *w, const struct scim_patch_path *t,
			   enum patch_verb verb, const json_t *value)
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
		     enum patch_verb verb, const json_t *value)
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
			 size_t i, enum patch_verb verb, const json_t *value)
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

static int list_apply(struct patch_work *w, const struct scim_patch_path *t, enum patch_verb verb,
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

static int object_apply(struct patch_work *w, const struct scim_patch_path *t, enum patch_verb verb,
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

int patch_values_apply(struct patch_work *w, const struct scim_patch_path *t, enum patch_verb verb,
		       const json_t *value)
{
	if (t->filter || (t->sub && t->attribute->multi))
		return list_apply(w, t, verb, value);
	if (t->sub)
		return object_apply(w, t, verb, value);
	return verb == VERB_REMOVE ? remove_whole(w, t, value) : patch_put_whole(w, t, verb, value);
}
