/* SPDX-License-Identifier: Apache-2.0 */
/* Bulk (RFC 7644 3.7): many changes in one request, with references between them in any direction.
 */
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "serve/scim/internal.h"

enum item_state { ITEM_WAITING, ITEM_RUNNING, ITEM_DONE };

struct bulk_item {
	const json_t *given;
	str bulk_id, path;
	struct scim_operation op;
	/* without projection: answers in a bulk have no bodies but for errors */
	struct scim_request x;
	json_t *body; /* with references resolved; owned */
	char id[37]; /* that a POST will have, known before it runs */
	enum item_state state;
	bool named_early; /* somebody in a circle has used `id` already */
};

struct bulk_request {
	struct scim_request *x;
	struct inbox *inbox;
	struct bulk_item *items;
	size_t count;
	int64_t errors, errors_max; /* 0: no limit */
};

static struct bulk_item *item_named(struct bulk_request *b, str bulk_id)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->items[i].bulk_id.n > 0 && str_equal(b->items[i].bulk_id, bulk_id))
			return &b->items[i];
	return NULL;
}

static void item_run(struct bulk_request *b, struct bulk_item *item);

/* References ------------------------------------------------------------------ */

/* The id that "bulkId:..." stands for; an operation that makes it is carried out first where that
 * is possible. */
static int reference_find(struct bulk_request *b, struct bulk_item *item, str name, str *ret)
{
	struct bulk_item *target = item_named(b, name);

	if (!target || target->op.method != INBOUND_POST)
		return scim_fail(&item->op.error, 400, "invalidValue",
				 "no POST of this request has the bulkId %.*s",
				 (int)(name.n < 100 ? name.n : 100), name.p);
	if (target->state == ITEM_WAITING)
		item_run(b, target);
	if (target->state == ITEM_RUNNING) {
		/* A circle: the id is known although the resource is still to come. */
		target->named_early = true;
		*ret = str_of(target->id);
		return 0;
	}
	if (target->op.error.status != 0)
		return scim_fail(&item->op.error, 409, NULL,
				 "the operation with the bulkId %.*s failed",
				 (int)(name.n < 100 ? name.n : 100), name.p);
	*ret = target->op.ret_id;
	return 0;
}

/* A copy of the JSON with every "bulkId:..." replaced, also inside texts such as paths. NULL on
 * failure. */
static json_t *references_resolve(struct bulk_request *b, struct bulk_item *item,
				  const json_t *json)
{
	json_t *copy, *part;
	const char *key;
	const json_t *value;
	str text, id;
	const char *at;

	if (json_is_object(json)) {
		copy = json_object();
		json_object_foreach ((json_t *)(uintptr_t)json, key, value) {
			part = references_resolve(b, item, value);
			if (!part)
				goto fail;
			json_object_set_new(copy, key, part);
		}
		return copy;
	}
	if (json_is_array(json)) {
		copy = json_array();
		for (size_t i = 0; i < json_array_size(json); i++) {
			part = references_resolve(b, item, json_array_get(json, i));
			if (!part)
				goto fail;
			json_array_append_new(copy, part);
		}
		return copy;
	}
	at = json_is_string(json) ? strstr(json_string_value(json), "bulkId:") : NULL;
	if (!at)
		return json_deep_copy(json);
	text = str_of(at + 7);
	for (size_t i = 0; i < text.n; i++)
		if (strchr("\"] )/", text.p[i])) {
			text.n = i;
			break;
		}
	if (reference_find(b, item, text, &id) < 0)
		return NULL;
	return json_string_nocheck(
		arena_printf(b->x->request.arena, "%.*s%.*s%s", (int)(at - json_string_value(json)),
			     json_string_value(json), STR_ARG(id), text.p + text.n)
			.p);
fail:
	json_decref(copy);
	return NULL;
}

/* Operations -------------------------------------------------------------------- */

static int item_path_read(struct bulk_request *b, struct bulk_item *item)
{
	const struct scim_schemas *all = &b->x->scim->schemas;
	str path = item->path, first, id;
	ptrdiff_t slash;

	if (str_starts(path, STR("/")))
		path = str_slice(path, 1, path.n);
	slash = str_find(path, '/');
	first = slash < 0 ? path : str_slice(path, 0, (size_t)slash);
	id = slash < 0 ? STR("") : str_slice(path, (size_t)slash + 1, path.n);
	if (str_equal_nocase(first, STR("Users"))) {
		item->op.resource = &all->user;
		item->op.kind = INBOX_USER;
	} else if (str_equal_nocase(first, STR("Groups"))) {
		item->op.resource = &all->group;
		item->op.kind = INBOX_GROUP;
	} else {
		return scim_fail(&item->op.error, 400, "invalidPath",
				 "path must be /Users or /Groups, with an id behind it unless it "
				 "is a POST");
	}
	if ((item->op.method == INBOUND_POST) != (id.n == 0))
		return scim_fail(&item->op.error, 400, "invalidPath",
				 "POST takes no id in its path, the others need one");
	if (str_starts(id, STR("bulkId:")) &&
	    reference_find(b, item, str_slice(id, 7, id.n), &id) < 0)
		return -1;
	item->op.id = id;
	return 0;
}

static int item_prepare(struct bulk_request *b, struct bulk_item *item)
{
	const json_t *data = document_find_nocase(item->given, STR("data"));
	unsigned needed;

	if (item_path_read(b, item) < 0)
		return -1;
	needed = item->op.kind == INBOX_GROUP ? TOKEN_GROUPS : TOKEN_USERS;
	if (!(b->x->request.token.scopes & needed))
		return scim_fail(&item->op.error, 403, NULL,
				 "the token's scopes do not allow this");
	if (item->op.method != INBOUND_DELETE && !json_is_object(data))
		return scim_fail(&item->op.error, 400, "invalidSyntax", "data must be an object");
	if (item->op.method != INBOUND_DELETE && !(item->body = references_resolve(b, item, data)))
		return -1;
	item->op.body = item->body;
	item->op.if_match = document_text_nocase(item->given, "version");
	if (item->named_early)
		item->op.id = str_of(item->id);
	return 0;
}

static bool item_method_read(struct bulk_item *item)
{
	str method = document_text_nocase(item->given, "method");

	for (unsigned m = INBOUND_POST; m <= INBOUND_DELETE; m++)
		if (str_equal_nocase(method, str_of(inbound_method_text(m)))) {
			item->op.method = m;
			return true;
		}
	scim_fail(&item->op.error, 400, "invalidSyntax",
		  "method must be POST, PUT, PATCH or DELETE");
	return false;
}

static void item_run(struct bulk_request *b, struct bulk_item *item)
{
	item->state = ITEM_RUNNING;
	/* The answer carries no resource (RFC 7644 3.7: the response is only needed for errors). */
	item->op.quiet = true;
	if (item->op.error.status == 0 && item_prepare(b, item) == 0) {
		item->x = *b->x;
		item->x.dialect.met = 0;
		scim_operation_run(&item->x, b->inbox, &item->op);
		b->x->dialect.met |= item->x.dialect.met;
	}
	if (item->op.error.status != 0)
		b->errors++;
	item->state = ITEM_DONE;
}

static void item_write(struct bulk_request *b, struct bulk_item *item, struct json_writer *w)
{
	struct buf text = {0};
	char status[12], tag[32];
	bool failed = item->op.error.status != 0;
	str id = item->op.method == INBOUND_POST ? item->op.ret_id : item->op.id;

	json_write_object(w);
	json_write_member(w, "method", document_text_nocase(item->given, "method"));
	if (item->bulk_id.n > 0)
		json_write_member(w, "bulkId", item->bulk_id);
	if (id.n > 0 && item->op.resource && !(failed && item->op.method == INBOUND_POST)) {
		buf_printf(&text, "%.*s%s/%.*s", STR_ARG(b->x->base), item->op.resource->endpoint.p,
			   STR_ARG(id));
		json_write_member(w, "location", buf_str(&text));
	}
	if (!failed && item->op.version) {
		etag_text(item->op.version, tag);
		json_write_member(w, "version", str_of(tag));
	}
	snprintf(status, sizeof status, "%d", failed ? item->op.error.status : item->op.status);
	json_write_member(w, "status", str_of(status));
	if (failed) {
		buf_reset(&text);
		error_write(&item->op.error, &text);
		json_write_key(w, STR("response"));
		json_write_raw(w, buf_str(&text));
	}
	json_write_object_end(w);
	buf_clear(&text);
}

static void items_read(struct bulk_request *b, const json_t *operations)
{
	b->items = arena_array(b->x->request.arena, struct bulk_item, b->count);
	for (size_t i = 0; i < b->count; i++) {
		struct bulk_item *item = &b->items[i];

		item->given = json_array_get(operations, i);
		item->bulk_id = document_text_nocase(item->given, "bulkId");
		item->path = document_text_nocase(item->given, "path");
		uuid_make(item->id);
		if (item_method_read(item) && item->op.method == INBOUND_POST &&
		    item->bulk_id.n > 0 && item_named(b, item->bulk_id) != item)
			scim_fail(&item->op.error, 400, "invalidValue",
				  "the bulkId %.*s is used twice", STR_ARG(item->bulk_id));
	}
}

/* A circle whose other half failed leaves a member that never came: its operation fails too. */
static void circles_settle(struct bulk_request *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->items[i].state == ITEM_DONE && b->items[i].op.error.status != 0 &&
		    b->items[i].op.method == INBOUND_POST)
			inbox_forget(b->inbox, str_of(b->items[i].id));
}

int bulk_run(struct scim_request *x, struct inbox *inbox, struct buf *out)
{
	const json_t *operations = document_find_nocase(x->body, STR("Operations"));
	const json_t *limit = document_find_nocase(x->body, STR("failOnErrors"));
	struct bulk_request b = {.x = x, .inbox = inbox, .count = json_array_size(operations)};
	struct json_writer w = {.out = out};

	if (!json_is_array(operations))
		return scim_fail(&x->error, 400, "invalidSyntax", "`Operations` must be a list");
	if (b.count > BULK_MAX)
		return scim_fail(&x->error, 413, NULL,
				 "%zu operations are more than maxOperations, %d", b.count,
				 BULK_MAX);
	b.errors_max = json_is_integer(limit) ? json_integer_value(limit) : 0;
	items_read(&b, operations);
	for (size_t i = 0; i < b.count && !(b.errors_max > 0 && b.errors >= b.errors_max); i++)
		if (b.items[i].state == ITEM_WAITING)
			item_run(&b, &b.items[i]);
	circles_settle(&b);
	json_write_object(&w);
	json_write_key(&w, STR("schemas"));
	json_write_array(&w);
	json_write_string(&w, STR(SCIM_MESSAGE_URN "BulkResponse"));
	json_write_array_end(&w);
	json_write_key(&w, STR("Operations"));
	json_write_array(&w);
	for (size_t i = 0; i < b.count; i++) {
		if (b.items[i].state == ITEM_DONE)
			item_write(&b, &b.items[i], &w);
		json_decref(b.items[i].body);
	}
	json_write_array_end(&w);
	json_write_object_end(&w);
	return 0;
}
