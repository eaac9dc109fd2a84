/* SPDX-License-Identifier: Apache-2.0 */
/* What the service says about itself: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7644 4).
 */
#include "base/json.h"
#include "serve/scim/internal.h"

static void schemas_write(struct json_writer *w, const char *urn)
{
	json_write_key(w, STR("schemas"));
	json_write_array(w);
	json_write_string(w, str_of(urn));
	json_write_array_end(w);
}

static void meta_write(struct json_writer *w, const struct scim_request *x, const char *type,
		       str place)
{
	struct buf location = {0};

	buf_printf(&location, "%.*s%.*s", STR_ARG(x->base), STR_ARG(place));
	json_write_key(w, STR("meta"));
	json_write_object(w);
	json_write_member(w, "resourceType", str_of(type));
	json_write_member(w, "location", buf_str(&location));
	json_write_object_end(w);
	buf_clear(&location);
}

static void supported_write(struct json_writer *w, const char *key, bool is)
{
	json_write_key(w, str_of(key));
	json_write_object(w);
	json_write_member_bool(w, "supported", is);
	json_write_object_end(w);
}

static void pages_write(struct json_writer *w)
{
	json_write_key(w, STR("pagination"));
	json_write_object(w);
	json_write_member_bool(w, "cursor", true);
	json_write_member_bool(w, "index", true);
	json_write_member(w, "defaultPaginationMethod", STR("index"));
	json_write_member_int(w, "defaultPageSize", PAGE_DEFAULT);
	json_write_member_int(w, "maxPageSize", PAGE_MAX);
	json_write_member_int(w, "cursorTimeout", CURSOR_SECONDS);
	json_write_object_end(w);
}

static void schemes_write(struct json_writer *w)
{
	static const char *const schemes[][3] = {
		{"oauthbearertoken", "OAuth Bearer Token",
		 "A token made with `muster token create`, sent as a bearer token (RFC 6750)."},
		{"oauth2", "OAuth 2.0 client credentials",
		 "POST /oauth2/token with the token's id and the token as client credentials "
		 "(RFC 6749 4.4)."},
	};

	json_write_key(w, STR("authenticationSchemes"));
	json_write_array(w);
	for (size_t i = 0; i < 2; i++) {
		json_write_object(w);
		json_write_member(w, "type", str_of(schemes[i][0]));
		json_write_member(w, "name", str_of(schemes[i][1]));
		json_write_member(w, "description", str_of(schemes[i][2]));
		json_write_member(w, "specUri",
				  i == 0 ? STR("https://www.rfc-editor.org/info/rfc6750")
					 : STR("https://www.rfc-editor.org/info/rfc6749"));
		json_write_member_bool(w, "primary", i == 0);
		json_write_object_end(w);
	}
	json_write_array_end(w);
}

static void config_write(struct scim_request *x, struct buf *out)
{
	struct json_writer w = {.out = out};

	json_write_object(&w);
	schemas_write(&w, "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig");
	supported_write(&w, "patch", true);
	json_write_key(&w, STR("bulk"));
	json_write_object(&w);
	json_write_member_bool(&w, "supported", true);
	json_write_member_int(&w, "maxOperations", BULK_MAX);
	json_write_member_int(&w, "maxPayloadSize", (int64_t)x->request.service->options.body_max);
	json_write_object_end(&w);
	json_write_key(&w, STR("filter"));
	json_write_object(&w);
	json_write_member_bool(&w, "supported", true);
	json_write_member_int(&w, "maxResults", PAGE_MAX);
	json_write_object_end(&w);
	supported_write(&w, "changePassword", false);
	supported_write(&w, "sort", true);
	supported_write(&w, "etag", true);
	pages_write(&w);
	schemes_write(&w);
	meta_write(&w, x, "ServiceProviderConfig", STR("/ServiceProviderConfig"));
	json_write_object_end(&w);
}

static void type_write(struct scim_request *x, const struct scim_resource *r, struct json_writer *w)
{
	struct buf place = {0};

	json_write_object(w);
	schemas_write(w, "urn:ietf:params:scim:schemas:core:2.0:ResourceType");
	json_write_member(w, "id", r->name);
	json_write_member(w, "name", r->name);
	json_write_member(w, "description", r->description);
	json_write_member(w, "endpoint", r->endpoint);
	json_write_member(w, "schema", r->core->id);
	json_write_key(w, STR("schemaExtensions"));
	json_write_array(w);
	if (r->extension) {
		json_write_object(w);
		json_write_member(w, "schema", r->extension->id);
		json_write_member_bool(w, "required", false);
		json_write_object_end(w);
	}
	json_write_array_end(w);
	buf_printf(&place, "/ResourceTypes/%s", r->name.p);
	meta_write(w, x, "ResourceType", buf_str(&place));
	buf_clear(&place);
	json_write_object_end(w);
}

static void schema_write(struct scim_request *x, const struct scim_schema *s, struct json_writer *w)
{
	struct buf text = {0};
	struct json_writer place = {.out = &text};

	buf_put(&text, s->text);
	buf_printf(&text, ",\"meta\":{\"resourceType\":\"Schema\",\"location\":");
	json_write_string(&place, arena_printf(x->request.arena, "%.*s/Schemas/%s",
					       STR_ARG(x->base), s->id.p));
	buf_text(&text, "}}");
	json_write_raw(w, buf_str(&text));
	buf_clear(&text);
}

static void list_head(struct json_writer *w, int64_t count)
{
	json_write_object(w);
	schemas_write(w, SCIM_MESSAGE_URN "ListResponse");
	json_write_member_int(w, "totalResults", count);
	json_write_member_int(w, "itemsPerPage", count);
	json_write_member_int(w, "startIndex", 1);
	json_write_key(w, STR("Resources"));
	json_write_array(w);
}

static void list_tail(struct json_writer *w)
{
	json_write_array_end(w);
	json_write_object_end(w);
}

static bool types_write(struct scim_request *x, struct json_writer *w)
{
	const struct scim_resource *types[] = {&x->scim->schemas.user, &x->scim->schemas.group};

	if (x->id.n == 0)
		list_head(w, 2);
	for (size_t i = 0; i < 2; i++) {
		if (x->id.n == 0 || str_equal_nocase(x->id, types[i]->name))
			type_write(x, types[i], w);
		if (x->id.n > 0 && str_equal_nocase(x->id, types[i]->name))
			return true;
	}
	if (x->id.n == 0)
		list_tail(w);
	return x->id.n == 0;
}

static bool schemas_answer(struct scim_request *x, struct json_writer *w)
{
	const struct scim_schemas *all = &x->scim->schemas;
	const struct scim_schema *one = scim_schema_find(all, x->id);

	if (x->id.n > 0) {
		if (one)
			schema_write(x, one, w);
		return one != NULL;
	}
	list_head(w, (int64_t)all->count);
	for (size_t i = 0; i < all->count; i++)
		schema_write(x, &all->items[i], w);
	list_tail(w);
	return true;
}

void discovery_answer(struct scim_request *x)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	bool found = true;

	if (inbound_method(x->request.inbound) != INBOUND_GET) {
		inbound_answer_header(x->request.inbound, "Allow", "GET");
		answer_fail(&x->request, 405, NULL, "this endpoint can only be read");
		return;
	}
	if (inbound_query(x->request.inbound, "filter").p) {
		answer_fail(&x->request, 403, NULL, "this endpoint takes no filter (RFC 7644 4)");
		return;
	}
	if (x->route == ROUTE_CONFIG)
		config_write(x, &out);
	else
		found = x->route == ROUTE_TYPES ? types_write(x, &w) : schemas_answer(x, &w);
	if (found)
		answer_json(&x->request, 200, &out);
	else
		answer_fail(&x->request, 404, NULL, "there is no %s of that name",
			    x->route == ROUTE_TYPES ? "resource type" : "schema");
	buf_clear(&out);
}
