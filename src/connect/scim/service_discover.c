/* SPDX-License-Identifier: Apache-2.0 */
/* What the service says of itself: ServiceProviderConfig (RFC 7643 5, RFC 9865 5) and the
 * attributes in /Schemas. */
#include <string.h>

#include "connect/scim/internal.h"

static bool is_supported(const json_t *object, const char *name, bool otherwise)
{
	const json_t *value = json_object_get(json_object_get(object, name), "supported");

	return value ? json_is_true(value) : otherwise;
}

static size_t config_number(const json_t *object, const char *name, const char *part)
{
	json_int_t n = json_integer_value(json_object_get(json_object_get(object, name), part));

	return n > 0 && n < 100000000 ? (size_t)n : 0;
}

static void read_paging(struct scim_service *s, const json_t *config)
{
	const json_t *paging = json_object_get(config, "pagination");
	size_t max = config_number(config, "pagination", "maxPageSize");

	s->index = true;
	s->page_max = config_number(config, "filter", "maxResults");
	if (!json_is_object(paging))
		return;
	s->cursor = json_is_true(json_object_get(paging, "cursor"));
	s->index = !json_is_false(json_object_get(paging, "index"));
	if (max)
		s->page_max = max;
}

static void read_provider_config(struct scim_service *s, const json_t *config)
{
	s->told = true;
	s->patch = is_supported(config, "patch", true);
	s->bulk = is_supported(config, "bulk", false);
	s->bulk_operations = config_number(config, "bulk", "maxOperations");
	s->bulk_bytes = config_number(config, "bulk", "maxPayloadSize");
	s->filter = is_supported(config, "filter", true);
	s->etag = is_supported(config, "etag", false);
	read_paging(s, config);
	if (s->bulk_operations < 2 || s->bulk_bytes < 4096)
		s->bulk = false;
}

static bool may_write(const json_t *attribute)
{
	const char *mutability = json_string_value(json_object_get(attribute, "mutability"));

	return !mutability || (strcasecmp(mutability, "readOnly") != 0);
}

static const char *name_of(const json_t *attribute)
{
	return json_string_value(json_object_get(attribute, "name"));
}

static json_t *find_named(json_t *attributes, str name)
{
	size_t i;
	json_t *a;

	json_array_foreach (attributes, i, a)
		if (name_of(a) && str_equal_nocase(str_of(name_of(a)), name))
			return a;
	return NULL;
}

/* Does the schema have what the path names? */
static bool schema_has(json_t *attributes, const struct flat_path *path)
{
	json_t *a = find_named(attributes, path->name);
	json_t *parts = json_object_get(a, "subAttributes");

	if (!a || !may_write(a))
		return false;
	if (!path->sub.n)
		return true;
	if (path->where.n && !find_named(parts, path->where))
		return false;
	a = find_named(parts, path->sub);
	return a && may_write(a);
}

static json_t *discovered_schema(json_t *list, str urn)
{
	json_t *resources = json_is_array(list) ? list : json_object_get(list, "Resources");
	size_t i;
	json_t *schema;

	json_array_foreach (resources, i, schema) {
		const char *id = json_string_value(json_object_get(schema, "id"));

		if (id && str_equal_nocase(str_of(id), urn))
			return json_object_get(schema, "attributes");
	}
	return NULL;
}

/* A schema without types on its e-mails takes them bare. */
static void add_bare(struct scim_connection *c, json_t *user, const char *attribute)
{
	json_t *parts = json_object_get(find_named(user, str_of(attribute)), "subAttributes");

	if (find_named(parts, STR("value")) && !find_named(parts, STR("type")))
		list_push(&c->service.attributes, arena_printf(&c->arena, "%s.value", attribute));
}

static void read_schemas(struct scim_connection *c, json_t *list)
{
	json_t *user = discovered_schema(list, STR(CORE_USER_URN));
	json_t *enterprise = discovered_schema(list, STR(ENTERPRISE_URN));
	struct flat_path roles = flat_path_split(STR("roles.value"));

	if (!find_named(user, STR(PATH_USERNAME)))
		return;
	for (const char *const *name = scim_attributes; *name; name++) {
		struct flat_path path = flat_path_split(str_of(*name));
		json_t *schema = path.urn.n ? enterprise : user;

		/* externalId is common to all resources and need not be in a schema (RFC 7643 3.1).
		 */
		if (str_equal(path.name, STR(PATH_EXTERNALID)) || schema_has(schema, &path))
			list_push(&c->service.attributes, str_of(*name));
	}
	add_bare(c, user, "emails");
	add_bare(c, user, "phoneNumbers");
	if (c->settings.quirks.flags & QUIRK_ROLES_ANNOUNCED && schema_has(user, &roles))
		c->settings.quirks.roles = ROLE_USER;
}

/* A discovery document, or NULL when the service has none; only what keeps everything else from
 * working is an error. */
static int discovery_get(struct scim_connection *c, const char *target, json_t **ret,
			 struct err *err)
{
	struct http_request request = {.target = str_of(target),
				       .accept = SCIM_TYPE ", application/json"};
	struct http_response r = {0};
	int result = 0;

	*ret = NULL;
	if (http_call(c->http, &request, &r, err) == 0)
		*ret = json_loadb(r.body.p ? r.body.p : "", r.body.n, 0, NULL);
	else if (r.outcome != HTTP_ANSWERED || r.status == 401 || r.status == 429 ||
		 r.status >= 500)
		result = r.status == 501 ? 0 : -1;
	http_response_clear(&r);
	return result;
}

int service_discover(struct scim_connection *c, struct err *err)
{
	json_t *config = NULL, *schemas = NULL;

	if (c->service.asked)
		return 0;
	c->service = (struct scim_service){.patch = true, .filter = true, .index = true};
	if (!(c->settings.quirks.flags & QUIRK_NO_CONFIG) &&
	    discovery_get(c, "/ServiceProviderConfig", &config, err) < 0)
		return -1;
	if (json_is_object(config))
		read_provider_config(&c->service, config);
	json_decref(config);
	if (c->service.told && !c->settings.quirks.attributes) {
		if (discovery_get(c, "/Schemas", &schemas, err) < 0)
			return -1;
		read_schemas(c, schemas);
		json_decref(schemas);
	}
	c->service.asked = true;
	return 0;
}

static enum update_style update_style_of(const struct scim_connection *c, enum update_style said)
{
	if (said != UPDATE_AUTO)
		return said;
	return c->service.patch ? UPDATE_PATCH : UPDATE_PUT;
}

enum update_style user_update(const struct scim_connection *c)
{
	return update_style_of(c, c->settings.quirks.users);
}

enum update_style group_update(const struct scim_connection *c)
{
	return update_style_of(c, c->settings.quirks.groups);
}

bool can_search(const struct scim_connection *c, enum search_by by)
{
	unsigned said = c->settings.quirks.search;

	if (!c->service.filter)
		return false;
	return said ? (said & by) != 0 : true;
}
