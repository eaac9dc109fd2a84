/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the inbox in one transaction: what the SCIM service holds at this moment, held removals
 * included. */
#include "connect/inbox/inbox.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "config/config.h"
#include "store/store.h"

struct inbox_connection {
	struct connection base;
	const char *path;
};

static const struct key inbox_settings[] = {
	{.name = "store",
	 .type = KEY_PATH,
	 .role = KEY_ROLE_INBOX,
	 .required = true,
	 .doc = "the file that muster serve fills (serve.store)",
	 .example = "/var/lib/muster/inbox.db"},
	{.name = NULL},
};

static int inbox_connection_open(const struct system *system, const struct connect_options *options,
				 struct connection **ret, struct err *err)
{
	struct inbox_connection *c = mem_alloc(1, sizeof *c);

	(void)err;
	*c = (struct inbox_connection){{*options}, setting_text(system->settings, "store").p};
	*ret = &c->base;
	return 0;
}

static void inbox_connection_close(struct connection *c)
{
	free(connection_own(inbox_connection, c));
}

/* Fields ---------------------------------------------------------------------- */

struct inbox_reading {
	struct snapshot *into;
	struct buf name, text;
};

static void inbox_scalar_put(struct inbox_reading *r, str prefix, const char *sub,
			     const json_t *value)
{
	str text;

	if (json_is_null(value) || json_is_object(value) || json_is_array(value))
		return;
	r->name.n = 0;
	buf_put(&r->name, prefix);
	if (sub) {
		buf_char(&r->name, '.');
		buf_text(&r->name, sub);
	}
	buf_reset(&r->text);
	if (json_is_string(value))
		text = json_str(value);
	else if (json_is_boolean(value))
		text = json_is_true(value) ? STR("true") : STR("false");
	else {
		if (json_is_integer(value))
			buf_printf(&r->text, "%lld", (long long)json_integer_value(value));
		else
			buf_printf(&r->text, "%.17g", json_real_value(value));
		text = buf_str(&r->text);
	}
	if (text.n > 0)
		snapshot_field(r->into, buf_str(&r->name), text);
}

/* What `primary: false` says is what its absence says; roles are spoken of by value alone. */
static bool inbox_is_said(str attribute, const char *sub, const json_t *value)
{
	if (strcmp(sub, "type") == 0 || strcmp(sub, "$ref") == 0)
		return false;
	if (str_equal(attribute, STR("roles")) && strcmp(sub, "value") != 0)
		return false;
	return strcmp(sub, "primary") != 0 || json_is_true(value);
}

static void inbox_object_put(struct inbox_reading *r, str attribute, bool in_list,
			     const json_t *object)
{
	const char *type = json_string_value(json_object_get(object, "type"));
	struct buf prefix = {0};
	struct json_writer w = {.out = &prefix};
	const char *sub;
	const json_t *value;

	buf_put(&prefix, attribute);
	if (in_list && type && *type && !str_equal(attribute, STR("roles"))) {
		buf_text(&prefix, "[type eq ");
		json_write_string(&w, str_of(type));
		buf_char(&prefix, ']');
	}
	json_object_foreach ((json_t *)(uintptr_t)object, sub, value)
		if (!in_list || inbox_is_said(attribute, sub, value))
			inbox_scalar_put(r, buf_str(&prefix), sub, value);
	buf_clear(&prefix);
}

static void inbox_attribute_put(struct inbox_reading *r, str name, const json_t *value)
{
	if (json_is_object(value)) {
		inbox_object_put(r, name, false, value);
		return;
	}
	if (!json_is_array(value)) {
		inbox_scalar_put(r, name, NULL, value);
		return;
	}
	for (size_t i = 0; i < json_array_size(value); i++)
		inbox_object_put(r, name, true, json_array_get(value, i));
}

static void inbox_extension_put(struct inbox_reading *r, const char *urn, const json_t *values)
{
	struct buf name = {0};
	const char *key;
	const json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)values, key, value) {
		buf_reset(&name);
		buf_printf(&name, "%s:%s", urn, key);
		inbox_attribute_put(r, buf_str(&name), value);
	}
	buf_clear(&name);
}

static void inbox_fields_put(struct inbox_reading *r, const struct inbox_resource *resource)
{
	json_t *document = inbox_document(resource);
	const char *key;
	const json_t *value;

	json_object_foreach (document, key, value) {
		if (strncmp(key, "urn:", 4) == 0)
			inbox_extension_put(r, key, value);
		else if (strcmp(key, PATH_ACTIVE) != 0)
			inbox_attribute_put(r, str_of(key), value);
	}
	if (resource->kind == INBOX_USER)
		snapshot_field(r->into, STR(PATH_ACTIVE),
			       resource->active ? STR("true") : STR("false"));
	json_decref(document);
}

/* Entries --------------------------------------------------------------------- */

static void inbox_entry_put(struct inbox_reading *r, const struct inbox_resource *resource)
{
	enum entry_kind kind = resource->kind == INBOX_USER ? ENTRY_USER : ENTRY_GROUP;
	bool inactive = kind == ENTRY_USER && !resource->active;
	struct err err;
	uint32_t row;

	snapshot_begin(r->into);
	inbox_fields_put(r, resource);
	if (snapshot_end(r->into, kind, resource->id, inactive ? ENTRY_INACTIVE : 0, &row, &err) <
	    0)
		snapshot_reject(r->into, kind, resource->name, resource->id, "%s", err.text);
	else
		snapshot_key(r->into, kind, row, resource->id);
}

static void progress_say(struct inbox_connection *c, const struct snapshot *into)
{
	size_t done = into->users.count + into->groups.count;

	if (done % 1000 == 0)
		connection_progress(&c->base, done);
}

static void inbox_entries_read(struct inbox_connection *c, struct inbox *inbox,
			       struct inbox_reading *r, enum inbox_kind kind)
{
	struct inbox_selection all = {.kind = kind, .limit = -1, .held = true};
	struct inbox_walk walk = inbox_resources_begin(inbox, &all);
	struct inbox_resource resource;
	char space[37];

	while (inbox_resource_next(&walk, &resource, space)) {
		inbox_entry_put(r, &resource);
		progress_say(c, r->into);
	}
}

/* All rows of groups, in the order in which they became entries. */
static void inbox_members_read(struct inbox *inbox, struct inbox_reading *r)
{
	struct inbox_member m;
	char space[37], id_space[37];

	for (uint32_t group = 0; group < r->into->groups.count; group++) {
		str id = snapshot_id(r->into, &r->into->groups.items[group], id_space);
		struct inbox_walk walk =
			inbox_members_begin(inbox, inbox_row_find(inbox, id), 0, true);

		while (inbox_member_next(&walk, &m, space))
			if (m.kind != INBOX_NOBODY)
				snapshot_member(r->into, group, m.id, STR(""));
	}
}

static int inbox_reach(struct inbox_connection *c, struct inbox **ret, struct err *err)
{
	if (inbox_open(c->path, INBOX_READ, ret, err) == 0)
		return 0;
	err->reach = REACH_SYSTEM;
	if (err->code == CODE_CONFIG)
		err->code = CODE_UNAVAILABLE;
	return -1;
}

static int inbox_snapshot(struct connection *connection, const struct wanted *wanted,
			  struct snapshot *into, struct err *err)
{
	struct inbox_connection *c = connection_own(inbox_connection, connection);
	struct inbox_reading r = {.into = into};
	struct inbox *inbox;
	int64_t version;
	int rc = -1;

	if (inbox_reach(c, &inbox, err) < 0)
		return -1;
	inbox_begin_read(inbox);
	version = inbox_version(inbox);
	inbox_entries_read(c, inbox, &r, INBOX_USER);
	if (wanted->groups || wanted->as_source) {
		inbox_entries_read(c, inbox, &r, INBOX_GROUP);
		inbox_members_read(inbox, &r);
	}
	if (inbox_commit(inbox, err) < 0) {
		err->reach = REACH_SYSTEM;
		goto out;
	}
	into->cursor = arena_printf(&into->arena, "%lld", (long long)version);
	into->scope = hash_str(&(struct hash_key){0, 0}, str_of(c->path));
	into->complete = true;
	rc = snapshot_seal(into, err);
out:
	inbox_close(inbox);
	buf_clear(&r.name);
	buf_clear(&r.text);
	return rc;
}

static enum entry_kind inbox_entry_kind(enum inbox_kind kind)
{
	return kind == INBOX_USER ? ENTRY_USER : ENTRY_GROUP;
}

/* An id that was deleted and is in use again is no entry that is gone. */
static void gone_tell(struct inbox *inbox, int64_t after, changed_sink *sink, void *context)
{
	struct inbox_walk walk = inbox_tombstones_begin(inbox, after);
	struct inbox_resource again;
	struct arena arena = {0};
	enum inbox_kind kind;
	int64_t version;
	char id[37];

	while (inbox_tombstone_next(&walk, &kind, &version, id)) {
		if (!inbox_find(inbox, str_of(id), &arena, &again))
			sink(context, &(struct changed){inbox_entry_kind(kind), str_of(id), true});
		arena_reset(&arena);
	}
	arena_clear(&arena);
}

static void changed_tell(struct inbox *inbox, int64_t after, changed_sink *sink, void *context)
{
	struct inbox_walk walk = inbox_changes_begin(inbox, after);
	struct inbox_resource resource;
	char space[37];

	while (inbox_resource_next(&walk, &resource, space))
		sink(context,
		     &(struct changed){inbox_entry_kind(resource.kind), resource.id, false});
}

static int inbox_changes(struct connection *connection, str cursor, changed_sink *sink,
			 void *context, struct arena *arena, str *ret_cursor, struct err *err)
{
	struct inbox_connection *c = connection_own(inbox_connection, connection);
	struct inbox *inbox;
	int64_t after, version;
	int rc;

	if (inbox_reach(c, &inbox, err) < 0)
		return -1;
	inbox_begin_read(inbox);
	version = inbox_version(inbox);
	if (!str_to_int(cursor, &after) || after < 0 || after > version) {
		rc = err_set(err, REACH_SYSTEM, CODE_STALE,
			     "inbox %s does not know the cursor '%.*s': it is of another file",
			     c->path, STR_ARG(cursor));
		goto out;
	}
	gone_tell(inbox, after, sink, context);
	changed_tell(inbox, after, sink, context);
	rc = inbox_commit(inbox, err);
	if (rc == 0)
		*ret_cursor = arena_printf(arena, "%lld", (long long)version);
out:
	inbox_close(inbox);
	return rc;
}

static int inbox_check(struct connection *connection, struct findings *findings, struct err *err)
{
	struct inbox_connection *c = connection_own(inbox_connection, connection);
	struct inbox_totals totals;
	struct inbox_held held;
	struct inbox *inbox;
	int rc;

	if (inbox_reach(c, &inbox, err) < 0)
		return -1;
	totals = inbox_totals(inbox);
	held = inbox_held(inbox);
	rc = inbox_error(inbox, err);
	inbox_close(inbox);
	if (rc < 0)
		return -1;
	finding_add(findings, false, "inbox %s: %lld users, %lld groups, %lld memberships", c->path,
		    (long long)totals.users, (long long)totals.groups, (long long)totals.members);
	if (held.since != 0)
		finding_add(
			findings, true,
			"held: deletions of %lld users and %lld groups and %lld memberships that "
			"the identity provider removed in a landslide; they are still in force; "
			"`muster status` shows them",
			(long long)held.users, (long long)held.groups, (long long)held.members);
	return 0;
}

const struct connector inbox_connector = {
	.kind = "inbox",
	.summary = "what identity providers push to `muster serve` (a source)",
	.can = CAN_READ | CAN_CHANGES,
	.example = "okta",
	.settings = inbox_settings,
	.open = inbox_connection_open,
	.check = inbox_check,
	.snapshot = inbox_snapshot,
	.changes = inbox_changes,
	.close = inbox_connection_close,
};
