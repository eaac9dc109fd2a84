/* SPDX-License-Identifier: Apache-2.0 */
/* Whole resources out of what clients send: bodies, names, extensions. */
#include "wire/scim/scim_document.h"

#include <string.h>

#include "wire/scim/scim_patch.h"
#include "wire/scim/scim_value.h"

void scim_document_clear(struct scim_document *document)
{
	json_decref(document->attributes);
	json_decref(document->members);
	*document = (struct scim_document){0};
}

/* jansson itself would go 2048 levels down. */
static bool depth_within(str body, int limit)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < body.n; i++) {
		char c = body.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '[') && ++depth > limit)
			return false;
		else if (!quoted && (c == '}' || c == ']'))
			depth--;
	}
	return true;
}

json_t *scim_body_parse(str body, struct scim_error *error)
{
	json_error_t why;
	json_t *json;

	if (!depth_within(body, SCIM_DEPTH_MAX)) {
		scim_fail(error, 400, "invalidSyntax",
			  "the body is nested more than %d levels deep", SCIM_DEPTH_MAX);
		return NULL;
	}
	json = json_loadb(body.p ? body.p : "", body.n, JSON_REJECT_DUPLICATES, &why);
	if (!json)
		scim_fail(error, 400, "invalidSyntax", "the body is not JSON: line %d: %s",
			  why.line, why.text);
	else if (!json_is_object(json)) {
		scim_fail(error, 400, "invalidSyntax", "the body is not a JSON object");
		json_decref(json);
		json = NULL;
	}
	return json;
}

static int attribute_read(const struct scim_resource *resource,
			  const struct scim_attribute *attribute, const json_t *value,
			  struct scim_dialect *dialect, struct scim_document *document,
			  struct scim_error *error)
{
	json_t *canonical = NULL, *into;

	if (attribute->mutability == SCIM_MUTABILITY_READ_ONLY ||
	    str_equal(attribute->name, STR("schemas")))
		return 0;
	if (scim_value_read(attribute, value, dialect, &canonical, error) < 0)
		return -1;
	if (attribute->mutability == SCIM_MUTABILITY_WRITE_ONLY) {
		json_decref(canonical);
		return 0;
	}
	if (resource->core->count > 0 && str_equal(attribute->name, STR("members"))) {
		json_decref(document->members);
		/* null says nothing about who is in the group; [] empties it */
		document->members = canonical                                 ? canonical
				    : json_is_null(value) && !dialect->strict ? NULL
									      : json_array();
		if (json_is_null(value))
			scim_lenient(dialect, LENIENCY_NULL);
		return 0;
	}
	if (!canonical)
		return 0;
	into = scim_container(resource, document->attributes, attribute, true);
	if (json_object_get(into, attribute->name.p)) {
		json_decref(canonical);
		return scim_fail(error, 400, "invalidSyntax", "%s is given twice",
				 attribute->name.p);
	}
	json_object_set_new(into, attribute->name.p, canonical);
	return 0;
}

static int key_read(const struct scim_resource *resource, str urn, const char *key,
		    const json_t *value, struct scim_dialect *dialect,
		    struct scim_document *document, struct scim_error *error)
{
	const struct scim_attribute *attribute = scim_attribute_find(resource, urn, str_of(key));
	bool is_urn =
		str_equal_nocase(str_of(key), resource->core->id) ||
		(resource->extension && str_equal_nocase(str_of(key), resource->extension->id));
	const char *inner_key;
	const json_t *inner;

	if (attribute)
		return attribute_read(resource, attribute, value, dialect, document, error);
	if (is_urn && urn.n == 0 && json_is_object(value)) {
		json_object_foreach ((json_t *)(uintptr_t)value, inner_key, inner)
			if (key_read(resource, str_of(key), inner_key, inner, dialect, document,
				     error) < 0)
				return -1;
		return 0;
	}
	if (is_urn && json_is_null(value))
		return 0;
	if ((strchr(key, '.') || strchr(key, '[')) && !dialect->strict)
		return scim_document_put(resource, document, urn, str_of(key), value, dialect,
					 error);
	if (scim_lenient(dialect, LENIENCY_UNKNOWN_ATTRIBUTE))
		return 0;
	return scim_fail(error, 400, "invalidSyntax", "%s has no attribute %.100s",
			 resource->name.p, key);
}

static int schemas_check(const struct scim_resource *resource, const json_t *body,
			 struct scim_dialect *dialect, struct scim_error *error)
{
	const json_t *list = json_object_get(body, "schemas");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (str_equal_nocase(str_of(json_string_value(json_array_get(list, i))),
				     resource->core->id))
			return 0;
	if (scim_lenient(dialect, LENIENCY_SCHEMAS))
		return 0;
	return scim_fail(error, 400, "invalidSyntax", "`schemas` must name %s",
			 resource->core->id.p);
}

int scim_document_read(const struct scim_resource *resource, const json_t *body,
		       struct scim_dialect *dialect, struct scim_document *ret,
		       struct scim_error *error)
{
	struct scim_document document = {.attributes = json_object()};
	const char *key;
	const json_t *value;

	if (schemas_check(resource, body, dialect, error) < 0)
		goto fail;
	json_object_foreach ((json_t *)(uintptr_t)body, key, value)
		if (key_read(resource, STR(""), key, value, dialect, &document, error) < 0)
			goto fail;
	*ret = document;
	return 0;
fail:
	scim_document_clear(&document);
	return -1;
}
