/* SPDX-License-Identifier: Apache-2.0 */
/* Resolves PATCH paths against the schema and applies their filters to elements. */
#include "wire/scim/scim_patch_path.h"

#include "expr/filter.h"
#include "expr/path.h"
#include "wire/scim/scim_view.h"

static const struct scim_schema *patch_path_schema(const struct scim_resource *resource, str urn)
{
	if (str_equal_nocase(urn, resource->core->id))
		return resource->core;
	if (resource->extension && str_equal_nocase(urn, resource->extension->id))
		return resource->extension;
	return NULL;
}

static int path_read(str path, struct arena *arena, struct scim_dialect *dialect, struct path *ret,
		     struct scim_error *error)
{
	struct parse_rules rules = {.lenient = !dialect->strict, .any_attribute = true};
	struct err err;

	if (path_parse(path, &rules, arena, ret, &err) == 0)
		return 0;
	return scim_fail(error, 400, str_find(path, '[') >= 0 ? "invalidFilter" : "invalidPath",
			 "%s", err.text);
}

int scim_patch_path_read(const struct scim_resource *resource, str urn, str path,
			 struct arena *arena, struct scim_dialect *dialect,
			 struct scim_patch_path *ret, struct scim_error *error)
{
	struct path parsed;
	struct scim_patch_path target = {.whole = urn.n == 0 ? patch_path_schema(resource, path)
							     : NULL};

	*ret = target;
	if (target.whole)
		return 0;
	/* A plain name needs no parser, and a short enterprise name only its own schema. */
	target.attribute = scim_attribute_find(resource, urn, path);
	if (target.attribute) {
		*ret = target;
		return 0;
	}
	if (path_read(path, arena, dialect, &parsed, error) < 0)
		return -1;
	if (parsed.name.n == 0)
		return 0;
	target.attribute =
		scim_attribute_find(resource, parsed.urn.n > 0 ? parsed.urn : urn, parsed.name);
	if (!target.attribute)
		return 0;
	target.filter = parsed.where;
	if (parsed.where && !target.attribute->multi)
		return scim_fail(error, 400, "invalidPath", "%s has one value and takes no filter",
				 target.attribute->name.p);
	if (parsed.sub.n > 0 && !(target.sub = scim_sub_find(target.attribute, parsed.sub)))
		return scim_fail(error, 400, "invalidPath", "%s has no sub-attribute %.*s",
				 target.attribute->name.p,
				 (int)(parsed.sub.n < 100 ? parsed.sub.n : 100), parsed.sub.p);
	*ret = target;
	return 0;
}

int scim_patch_path_fail(const struct scim_patch_path *t, struct scim_error *error, const char *why)
{
	return scim_fail(error, 400, "mutability", "%s%s%s %s", t->attribute->name.p,
			 t->sub ? "." : "", t->sub ? t->sub->name.p : "", why);
}

bool scim_element_matches(const struct scim_attribute *attribute, const struct filter_node *filter,
			  const json_t *element)
{
	struct json_view view = json_view_of(NULL);
	struct filter_element inside = {element, 0};

	(void)attribute;
	return filter_match_node(filter, &view.view, &inside);
}

static bool patch_path_describe(const struct scim_attribute *attribute,
				const struct filter_node *node, json_t *into)
{
	const struct scim_attribute *sub;
	json_t *value;

	if (node->kind == FILTER_AND) {
		for (const struct filter_node *child = node->first; child; child = child->next)
			if (!patch_path_describe(attribute, child, into))
				return false;
		return true;
	}
	if (node->kind != FILTER_COMPARE || node->op != FILTER_EQ)
		return false;
	sub = scim_sub_find(attribute, node->path.name);
	if (!sub || node->value.kind == VALUE_NULL || node->value.kind == VALUE_NUMBER)
		return false;
	if (sub->type == SCIM_TYPE_BOOLEAN)
		value = json_boolean(node->value.kind == VALUE_BOOLEAN
					     ? node->value.truth
					     : str_equal_nocase(node->value.text, STR("true")));
	else
		value = json_stringn_nocheck(node->value.text.p, node->value.text.n);
	json_object_set_new(into, sub->name.p, value);
	return true;
}

json_t *scim_element_from_filter(const struct scim_attribute *attribute,
				 const struct filter_node *filter)
{
	json_t *element = json_object();

	if (attribute->type == SCIM_TYPE_COMPLEX && filter &&
	    patch_path_describe(attribute, filter, element))
		return element;
	/* No filter: `add emails.value` where there are no e-mails describes an empty element. */
	if (attribute->type == SCIM_TYPE_COMPLEX && !filter)
		return element;
	json_decref(element);
	return NULL;
}
