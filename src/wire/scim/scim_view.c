/* SPDX-License-Identifier: Apache-2.0 */
/* Values and elements of a JSON document for the filter matcher; `*at` is the index of the next
 * one. */
#include "wire/scim/scim_view.h"
#include "base/json.h"

/* Canonical names are NUL-terminated in documents but not in paths. */
static const json_t *object_find(const json_t *object, str name)
{
	char key[256];

	if (name.n >= sizeof key)
		return NULL;
	for (size_t i = 0; i < name.n; i++)
		key[i] = name.p[i];
	key[name.n] = '\0';
	return json_object_get(object, key);
}

static const json_t *member_find(const json_t *document, const struct path *path)
{
	if (path->urn.n > 0)
		document = object_find(document, path->urn);
	return object_find(document, path->name);
}

static bool value_yield(const json_t *value, struct filter_value *ret)
{
	switch (json_typeof(value)) {
	case JSON_TRUE:
	case JSON_FALSE:
		*ret = (struct filter_value){.kind = VALUE_BOOLEAN, .truth = json_is_true(value)};
		return true;
	case JSON_INTEGER:
	case JSON_REAL:
		*ret = (struct filter_value){.kind = VALUE_NUMBER,
					     .number = json_number_value(value)};
		return true;
	case JSON_STRING:
		*ret = (struct filter_value){.kind = VALUE_TEXT, .text = json_str(value)};
		return true;
	default:
		return false;
	}
}

/* The n-th simple value of an object, for a complex attribute that is compared as a whole. */
static bool nth_yield(const json_t *object, size_t n, struct filter_value *ret)
{
	const char *key;
	const json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		if (n-- == 0)
			return value_yield(value, ret);
	return false;
}

/* One element, from its index in *at on: `sub` of it, itself, or all its parts. */
static bool view_element_value(const json_t *element, str sub, size_t *at, struct filter_value *ret)
{
	const json_t *value;

	if (!json_is_object(element) || sub.n > 0) {
		if (*at > 0)
			return false;
		*at = 1;
		value = sub.n > 0 ? object_find(element, sub) : element;
		return value && value_yield(value, ret);
	}
	while (*at < json_object_size(element))
		if (nth_yield(element, (*at)++, ret))
			return true;
	return false;
}

/* *at of a list: the element's index above the low 16 bits, the place inside the element in them.
 */
static bool view_list_value(const json_t *list, str sub, size_t *at, struct filter_value *ret)
{
	for (size_t i = *at >> 16; i < json_array_size(list); i++) {
		size_t inside = *at & 0xffff;

		if (view_element_value(json_array_get(list, i), sub, &inside, ret)) {
			*at = i << 16 | inside;
			return true;
		}
		*at = (i + 1) << 16;
	}
	return false;
}

static bool json_value(const struct filter_view *view, const struct filter_element *inside,
		       const struct path *path, size_t *at, struct filter_value *ret)
{
	const json_t *document = ((const struct json_view *)(const void *)view)->document;
	const json_t *value;

	if (inside)
		return view_element_value(inside->p, path->name, at, ret);
	value = member_find(document, path);
	if (json_is_array(value))
		return view_list_value(value, path->sub, at, ret);
	return value && view_element_value(value, path->sub, at, ret);
}

static bool json_element(const struct filter_view *view, const struct path *path, size_t *at,
			 struct filter_element *ret)
{
	const json_t *document = ((const struct json_view *)(const void *)view)->document;
	const json_t *value = member_find(document, path);

	if (!value || (json_is_array(value) ? *at >= json_array_size(value) : *at > 0))
		return false;
	*ret = (struct filter_element){json_is_array(value) ? json_array_get(value, *at) : value,
				       0};
	++*at;
	return true;
}

struct json_view json_view_of(const json_t *document)
{
	return (struct json_view){{json_value, json_element}, document};
}
