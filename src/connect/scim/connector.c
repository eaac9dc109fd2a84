/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of the SCIM connector that are short: open, check, abilities, snapshot, close. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "connect/scim/read/read.h"
#include "connect/scim/scim.h"
#include "connect/scim/write/write.h"
#include "connect/settings_http.h"

static void scim_close(struct connection *connection)
{
	struct scim_connection *c = connection_own(scim_connection, connection);

	if (!c)
		return;
	http_close(c->http);
	secret_free(c->secret);
	secret_free(c->client_secret);
	list_clear(&c->service.attributes);
	arena_clear(&c->arena);
	free(c);
}

static int scim_open(const struct system *system, const struct connect_options *options,
		     struct connection **ret, struct err *err)
{
	struct scim_connection *c = mem_alloc(1, sizeof *c);

	if (scim_settings_read(system, options, c, err) < 0 ||
	    http_open(&c->settings.http, &c->http, err) < 0) {
		scim_close(&c->base);
		return -1;
	}
	*ret = &c->base;
	return 0;
}

static uint64_t scim_scope(const struct scim_settings *s)
{
	static const struct hash_key key = {0, 0};
	struct buf text = {0};
	uint64_t scope;

	buf_printf(&text, "%s\n%.*s\n%.*s", s->http.url, STR_ARG(s->users_filter),
		   STR_ARG(s->groups_filter));
	scope = hash_str(&key, buf_str(&text));
	buf_clear(&text);
	return scope;
}

static int scim_snapshot(struct connection *connection, const struct wanted *wanted,
			 struct snapshot *into, struct err *err)
{
	struct scim_connection *c = connection_own(scim_connection, connection);
	struct http_counts before = *http_counts(c->http);

	if (service_discover(c, err) < 0 || lists_read(c, wanted, into, err) < 0)
		return -1;
	into->scope = scim_scope(&c->settings);
	into->requests = http_counts(c->http)->requests - before.requests;
	into->bytes = http_counts(c->http)->bytes_received - before.bytes_received;
	return snapshot_seal(into, err);
}

static uint32_t scim_ability_flags(const struct scim_quirks *q)
{
	uint32_t flags = ABILITY_CREATE_USERS | ABILITY_DISABLE_USERS;

	if (!(q->flags & QUIRK_NO_UPDATE_USERS))
		flags |= ABILITY_UPDATE_USERS;
	if (!(q->flags & QUIRK_NO_DELETE_USERS))
		flags |= ABILITY_DELETE_USERS;
	if (!(q->flags & QUIRK_NO_GROUPS))
		flags |= ABILITY_MEMBERS;
	if (!(q->flags & (QUIRK_NO_GROUPS | QUIRK_NO_CREATE_GROUPS)))
		flags |= ABILITY_GROUPS;
	if (!(q->flags & (QUIRK_NO_GROUPS | QUIRK_NO_GROUP_MARK)))
		flags |= ABILITY_GROUP_EXTERNALID;
	if (q->roles == ROLE_USER)
		flags |= ABILITY_SET_ROLE;
	return flags;
}

static void scim_put_abilities(const struct scim_connection *c, struct arena *arena,
			       struct abilities *ret)
{
	const char *const *names = c->settings.quirks.attributes;

	if (!names && c->service.attributes.count) {
		list_each (str, name, &c->service.attributes)
			list_push(&ret->attributes, arena_str(arena, *name));
		return;
	}
	for (names = names ? names : scim_attributes; *names; names++)
		list_push(&ret->attributes, str_of(*names));
}

static int scim_abilities(struct connection *connection, struct arena *arena, struct abilities *ret,
			  struct err *err)
{
	struct scim_connection *c = connection_own(scim_connection, connection);
	const struct scim_quirks *q = &c->settings.quirks;

	if (service_discover(c, err) < 0)
		return -1;
	*ret = (struct abilities){
		.flags = scim_ability_flags(q),
		.role_style = q->roles,
		.role_group = arena_str(arena, c->settings.role_group),
		.removal = str_of(q->removal),
	};
	scim_put_abilities(c, arena, ret);
	return 0;
}

static int resource_ignore(void *context, const struct resource *r, const char *defect,
			   struct err *err)
{
	(void)context;
	(void)r;
	(void)defect;
	(void)err;
	return 0;
}

/* How many there are, from a page of one entry; by cursor where nothing else is served. */
static int count_resources(struct scim_connection *c, enum entry_kind kind, int64_t *ret,
			   struct err *err)
{
	bool by_cursor = c->settings.quirks.paging == PAGING_CURSOR ||
			 (c->service.cursor && !c->service.index);
	struct http_request request = {.accept = SCIM_TYPE ", application/json"};
	struct resource_names *names = resource_names_open();
	struct http_response r = {0};
	struct page page = {0};
	struct buf target = {0};
	int result;

	buf_printf(&target, "%s?%scount=1", kind_path(kind),
		   by_cursor ? "cursor=&" : "startIndex=1&");
	request.target = buf_str(&target);
	result = http_call(c->http, &request, &r, err);
	if (result < 0)
		scim_error_explain(&r, err);
	else
		result = page_read(names, r.body, false, &page, resource_ignore, NULL, err);
	*ret = page.total;
	buf_clear(&page.cursor);
	buf_clear(&target);
	http_response_clear(&r);
	resource_names_close(names);
	return result;
}

static int check_count(struct scim_connection *c, enum entry_kind kind, const char *what,
		       struct findings *findings, struct err *err)
{
	struct err why;
	int64_t total;

	if (count_resources(c, kind, &total, &why) == 0) {
		if (total < 0)
			finding_add(findings, false, "%s can be read", what);
		else
			finding_add(findings, false, "%lld %s", (long long)total, what);
		return 0;
	}
	if (why.reach == REACH_SYSTEM || why.again) {
		*err = why;
		return -1;
	}
	finding_add(findings, true, "%s cannot be read: %s", what, why.text);
	return 0;
}

static void check_service(const struct scim_connection *c, struct findings *findings)
{
	const struct scim_service *s = &c->service;

	if (!s->told) {
		finding_add(findings, false, "no ServiceProviderConfig; profile %s",
			    c->settings.quirks.name);
		return;
	}
	finding_add(findings, false, "SCIM 2.0 service, profile %s: %s, %s, %s, %s",
		    c->settings.quirks.name, s->patch ? "PATCH" : "no PATCH",
		    s->bulk ? "Bulk" : "no Bulk", s->filter ? "filters" : "no filters",
		    s->etag ? "versions (ETag)" : "no versions");
}

static int scim_check(struct connection *connection, struct findings *findings, struct err *err)
{
	struct scim_connection *c = connection_own(scim_connection, connection);

	if (service_discover(c, err) < 0)
		return -1;
	check_service(c, findings);
	if (settings_http_are_clear(&c->settings.http))
		finding_add(findings, true,
			    "%s is not encrypted: credentials can be read on the way",
			    c->settings.http.url);
	if (check_count(c, ENTRY_USER, "users", findings, err) < 0)
		return -1;
	if (c->settings.quirks.flags & QUIRK_NO_GROUPS)
		return 0;
	return check_count(c, ENTRY_GROUP, "groups", findings, err);
}

const struct connector scim_connector = {
	.kind = "scim",
	.summary = "a SCIM 2.0 service (a source or a target)",
	.can = CAN_READ | CAN_WRITE | CAN_MANAGE,
	.example = "crm",
	.settings = scim_keys,
	.validate = scim_validate,
	.open = scim_open,
	.check = scim_check,
	.abilities = scim_abilities,
	.snapshot = scim_snapshot,
	.find = scim_find,
	.apply = scim_apply,
	.close = scim_close,
};
