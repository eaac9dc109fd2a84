/* SPDX-License-Identifier: Apache-2.0 */
/* Values in canonical form out of what clients send: types, nulls, lists, and the leniencies on the
 * way. */
#include "wire/scim/scim_value.h"

#include <stdlib.h>

json_t *scim_container(const struct scim_resource *resource, json_t *attributes,
		       const struct scim_attribute *attribute, bool make)
{
	json_t *part;

	if (!scim_attribute_extends(resource, attribute))
		return attributes;
	part = json_object_get(attributes, resource->extension->id.p);
	if (!part && make) {
		part = json_object();
		json_object_set_new(attributes, resource->extension->id.p, part);
	}
	return part;
}

static int boolean_read(const struct scim_attribute *a, const json_t *value,
			struct scim_dialect *dialect, json_t **ret, struct scim_error *error)
{
	str text = str_of(json_string_value(value));

	if (json_is_boolean(value)) {
		*ret = json_boolean(json_is_true(value));
		return 0;
	}
	if (json_is_string(value) &&
	    (str_equal_nocase(text, STR("true")) || str_equal_nocase(text, STR("false"))) &&
	    scim_lenient(dialect, LENIENCY_TEXT_BOOLEAN)) {
		*ret = json_boolean(ascii_lower(text.p[0]) == 't');
		return 0;
	}
	return scim_fail(error, 400, "invalidValue", "%s must be true or false", a->name.p);
}

static int text_read(const struct scim_attribute *a, const json_t *value,
		     struct scim_dialect *dialect, json_t **ret, struct scim_error *error)
{
	char *text;

	if (json_is_string(value)) {
		*ret = json_string_nocheck(json_string_value(value));
		return 0;
	}
	if ((json_is_number(value) || json_is_boolean(value)) &&
	    scim_lenient(dialect, LENIENCY_TEXT_NUMBER)) {
		text = json_dumps(value, JSON_ENCODE_ANY);
		*ret = json_string_nocheck(text);
		free(text);
		return 0;
	}
	return scim_fail(error, 400, "invalidValue", "%s must be a text", a->name.p);
}

static int simple_read(const struct scim_attribute *a, const json_t *value,
		       struct scim_dialect *dialect, json_t **ret, struct scim_error *error)
{
	switch (a->type) {
	case SCIM_TYPE_BOOLEAN:
		return boolean_read(a, value, dialect, ret, error);
	case SCIM_TYPE_INTEGER:
	case SCIM_TYPE_DECIMAL:
		if (!json_is_integer(value) &&
		    !(a->type == SCIM_TYPE_DECIMAL && json_is_real(value)))
			return scim_fail(error, 400, "invalidValue", "%s must be a number",
					 a->name.p);
		*ret = json_copy((json_t *)(uintptr_t)value);
		return 0;
	default:
		return text_read(a, value, dialect, ret, error);
	}
}

/* OneLogin's and older clients' names for sub-attributes. */
static const struct scim_attribute *sub_find(const struct scim_attribute *a, str key,
					     struct scim_dialect *dialect)
{
	static const struct {
		str parent, alias, name;
	} aliases[] = {
		{{"manager", 7}, {"managerId", 9}, {"value", 5}},
		{{"members", 7}, {"displayName", 11}, {"display", 7}},
		{{"manager", 7}, {"$ref", 4}, {"$ref", 4}},
	};
	const struct scim_attribute *sub = scim_sub_find(a, key);

	for (size_t i = 0; !sub && i < sizeof aliases / sizeof *aliases; i++)
		if (str_equal(a->name, aliases[i].parent) &&
		    str_equal_nocase(key, aliases[i].alias) &&
		    scim_lenient(dialect, LENIENCY_UNKNOWN_ATTRIBUTE))
			sub = scim_sub_find(a, aliases[i].name);
	return sub;
}

static int complex_read(const struct scim_attribute *a, const json_t *value,
			struct scim_dialect *dialect, json_t **ret, struct scim_error *error)
{
	json_t *object = json_object(), *part = NULL;
	const char *key;
	const json_t *item;

	json_object_foreach ((json_t *)(uintptr_t)value, key, item) {
		const struct scim_attribute *sub = sub_find(a, str_of(key), dialect);

		if (!sub && !scim_lenient(dialect, LENIENCY_UNKNOWN_ATTRIBUTE)) {
			scim_fail(error, 400, "invalidSyntax", "%s has no sub-attribute %.100s",
				  a->name.p, key);
			goto fail;
		}
		if (!sub || sub->mutability == SCIM_MUTABILITY_READ_ONLY)
			continue;
		if (scim_value_read(sub, item, dialect, &part, error) < 0)
			goto fail;
		if (part)
			json_object_set_new(object, sub->name.p, part);
		part = NULL;
	}
	if (json_object_size(object) > 0)
		*ret = json_incref(object);
	json_decref(object);
	return 0;
fail:
	json_decref(object);
	return -1;
}

int scim_element_read(const struct scim_attribute *attribute, const json_t *value,
		      struct scim_dialect *dialect, json_t **ret, struct scim_error *error)
{
	const struct scim_attribute *inner;
	json_t *plain = NULL;

	*ret = NULL;
	if (json_is_null(value))
		return 0;
	if (attribute->type != SCIM_TYPE_COMPLEX)
		return simple_read(attribute, value, dialect, ret, error);
	if (json_is_object(value))
		return complex_read(attribute, value, dialect, ret, error);
	inner = scim_sub_find(attribute, STR("value"));
	if (!inner || json_is_array(value) || !scim_lenient(dialect, LENIENCY_PLAIN_VALUE))
		return scim_fail(error, 400, "invalidValue", "%s must be an object",
				 attribute->name.p);
	if (json_is_string(value) && json_string_length(value) == 0)
		return 0;
	if (simple_read(inner, value, dialect, &plain, error) < 0)
		return -1;
	*ret = json_pack("{s:o}", "value", plain);
	return 0;
}

/* At most one value is primary (RFC 7643 2.4). */
static int primary_check(const struct scim_attribute *a, json_t *list, struct scim_dialect *dialect,
			 struct scim_error *error)
{
	bool seen = false;

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);

		if (!json_is_true(json_object_get(item, "primary")))
			continue;
		if (seen && !scim_lenient(dialect, LENIENCY_PRIMARY))
			return scim_fail(error, 400, "invalidValue",
					 "%s has more than one primary value", a->name.p);
		if (seen)
			json_object_set_new(item, "primary", json_false());
		seen = true;
	}
	return 0;
}

static bool list_has(const json_t *list, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), value))
			return true;
	return false;
}

/* Doubles are dropped; quadratic, hence only for short lists (members drop theirs in the store). */
#define DOUBLES_CHECKED 200

static int list_read(const struct scim_attribute *a, const json_t *value,
		     struct scim_dialect *dialect, json_t **ret, struct scim_error *error)
{
	json_t *list = json_array(), *item = NULL;
	size_t count = json_is_array(value) ? json_array_size(value) : 1;

	if (!json_is_array(value) && !scim_lenient(dialect, LENIENCY_SINGLE_VALUE)) {
		scim_fail(error, 400, "invalidValue", "%s must be a list", a->name.p);
		goto fail;
	}
	for (size_t i = 0; i < count; i++) {
		const json_t *given = json_is_array(value) ? json_array_get(value, i) : value;

		if (scim_element_read(a, given, dialect, &item, error) < 0)
			goto fail;
		/* Passed over, an empty one would turn "these members" into "no members". */
		if (!item && str_equal(a->name, STR("members"))) {
			scim_fail(error, 400, "invalidValue",
				  "a member needs `value`, the id of a user or group");
			goto fail;
		}
		if (item && (count > DOUBLES_CHECKED || !list_has(list, item)))
			json_array_append(list, item);
		json_decref(item);
		item = NULL;
	}
	if (primary_check(a, list, dialect, error) < 0)
		goto fail;
	if (json_array_size(list) > 0)
		*ret = json_incref(list);
	json_decref(list);
	return 0;
fail:
	json_decref(list);
	return -1;
}

int scim_value_read(const struct scim_attribute *attribute, const json_t *value,
		    struct scim_dialect *dialect, json_t **ret, struct scim_error *error)
{
	const json_t *inner;

	*ret = NULL;
	if (json_is_null(value))
		return 0;
	if (attribute->multi)
		return list_read(attribute, value, dialect, ret, error);
	if (!json_is_array(value))
		return scim_element_read(attribute, value, dialect, ret, error);
	if (json_array_size(value) == 0)
		return 0;
	/* Entra's older form: "value": [{"$ref": null, "value": "Ada"}] for a simple attribute. */
	if (json_array_size(value) > 1 || !scim_lenient(dialect, LENIENCY_SINGLE_VALUE))
		return scim_fail(error, 400, "invalidValue", "%s takes one value, not a list",
				 attribute->name.p);
	value = json_array_get(value, 0);
	inner = json_object_get(value, "value");
	if (attribute->type != SCIM_TYPE_COMPLEX && inner)
		value = inner;
	return scim_element_read(attribute, value, dialect, ret, error);
}

int scim_document_check(const struct scim_resource *resource, const json_t *attributes,
			struct scim_error *error)
{
	const struct scim_schema *core = resource->core;

	for (size_t i = 0; i < core->count; i++) {
		const struct scim_attribute *a = &core->attributes[i];
		const json_t *value = json_object_get(attributes, a->name.p);

		if (!a->required)
			continue;
		if (!value || (json_is_string(value) && json_string_length(value) == 0))
			return scim_fail(error, 400, "invalidValue", "a %s needs %s",
					 resource->name.p, a->name.p);
	}
	return 0;
}
