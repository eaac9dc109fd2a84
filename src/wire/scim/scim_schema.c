/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the embedded schema documents into tables once, at the start. */
#include "wire/scim/scim_schema.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "base/embed.h"

EMBED(scim_common, "schemas/scim/common.json");
EMBED(scim_user, "schemas/scim/user.json");
EMBED(scim_group, "schemas/scim/group.json");
EMBED(scim_enterprise, "schemas/scim/enterprise_user.json");
EMBED(scim_config, "schemas/scim/service_provider_config.json");
EMBED(scim_resource_type, "schemas/scim/resource_type.json");
EMBED(scim_schema_schema, "schemas/scim/schema.json");

static unsigned word_index(const char *word, const char *const *words)
{
	for (unsigned i = 0; words[i]; i++)
		if (word && strcmp(word, words[i]) == 0)
			return i;
	return 0;
}

static void attributes_load(struct arena *arena, const json_t *list,
			    const struct scim_attribute *parent, struct scim_attribute **ret,
			    size_t *ret_count)
{
	static const char *const types[] = {"string", "boolean",   "decimal", "integer", "dateTime",
					    "binary", "reference", "complex", NULL};
	static const char *const mutabilities[] = {"readWrite", "readOnly", "immutable",
						   "writeOnly", NULL};
	static const char *const returns[] = {"default", "always", "never", "request", NULL};
	size_t count = json_array_size(list);
	struct scim_attribute *items = arena_array(arena, struct scim_attribute, count);

	for (size_t i = 0; i < count; i++) {
		const json_t *o = json_array_get(list, i);
		struct scim_attribute *a = &items[i];
		const char *mutability = json_string_value(json_object_get(o, "mutability"));

		a->name = arena_str(arena, str_of(json_string_value(json_object_get(o, "name"))));
		assert(a->name.n > 0);
		a->type = word_index(json_string_value(json_object_get(o, "type")), types);
		a->multi = json_is_true(json_object_get(o, "multiValued"));
		a->required = json_is_true(json_object_get(o, "required"));
		a->case_exact = json_is_true(json_object_get(o, "caseExact"));
		a->mutability = word_index(mutability, mutabilities);
		a->returned =
			word_index(json_string_value(json_object_get(o, "returned")), returns);
		a->parent = parent;
		attributes_load(arena, json_object_get(o, "subAttributes"), a, &a->subs,
				&a->sub_count);
	}
	*ret = items;
	*ret_count = count;
}

static void schema_load(struct arena *arena, str text, struct scim_schema *s)
{
	json_t *o = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	char *compact;

	assert(json_is_object(o));
	compact = json_dumps(o, JSON_COMPACT);
	if (!compact)
		mem_out();
	s->id = arena_str(arena, str_of(json_string_value(json_object_get(o, "id"))));
	s->name = arena_str(arena, str_of(json_string_value(json_object_get(o, "name"))));
	s->text = arena_str(arena, str_make(compact, strlen(compact) - 1));
	attributes_load(arena, json_object_get(o, "attributes"), NULL, &s->attributes, &s->count);
	free(compact);
	json_decref(o);
}

void scim_schemas_load(struct scim_schemas *schemas)
{
	const str texts[] = {EMBEDDED(scim_user),          EMBEDDED(scim_group),
			     EMBEDDED(scim_enterprise),    EMBEDDED(scim_config),
			     EMBEDDED(scim_resource_type), EMBEDDED(scim_schema_schema)};

	*schemas = (struct scim_schemas){.count = sizeof texts / sizeof *texts};
	schemas->items = arena_array(&schemas->arena, struct scim_schema, schemas->count);
	for (size_t i = 0; i < schemas->count; i++)
		schema_load(&schemas->arena, texts[i], &schemas->items[i]);
	schema_load(&schemas->arena, EMBEDDED(scim_common), &schemas->common);
	schemas->user =
		(struct scim_resource){STR("User"),        STR("/Users"),      STR("User account"),
				       &schemas->items[0], &schemas->items[2], &schemas->common};
	schemas->group =
		(struct scim_resource){STR("Group"),       STR("/Groups"), STR("Group"),
				       &schemas->items[1], NULL,           &schemas->common};
}

void scim_schemas_clear(struct scim_schemas *schemas)
{
	arena_clear(&schemas->arena);
	*schemas = (struct scim_schemas){0};
}

const struct scim_schema *scim_schema_find(const struct scim_schemas *schemas, str urn)
{
	for (size_t i = 0; i < schemas->count; i++)
		if (str_equal_nocase(schemas->items[i].id, urn))
			return &schemas->items[i];
	return NULL;
}

static const struct scim_attribute *attribute_in(const struct scim_attribute *items, size_t count,
						 str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal_nocase(items[i].name, name))
			return &items[i];
	return NULL;
}

const struct scim_attribute *scim_attribute_find(const struct scim_resource *resource, str urn,
						 str name)
{
	const struct scim_schema *core = resource->core, *extension = resource->extension;
	const struct scim_attribute *found;

	if (urn.n > 0 && extension && str_equal_nocase(urn, extension->id))
		return attribute_in(extension->attributes, extension->count, name);
	if (urn.n > 0 && !str_equal_nocase(urn, core->id))
		return NULL;
	found = attribute_in(core->attributes, core->count, name);
	return found ? found
		     : attribute_in(resource->common->attributes, resource->common->count, name);
}

const struct scim_attribute *scim_sub_find(const struct scim_attribute *attribute, str name)
{
	return attribute_in(attribute->subs, attribute->sub_count, name);
}

bool scim_attribute_extends(const struct scim_resource *resource,
			    const struct scim_attribute *attribute)
{
	const struct scim_schema *extension = resource->extension;

	return extension && attribute >= extension->attributes &&
	       attribute < extension->attributes + extension->count;
}
