/* SPDX-License-Identifier: Apache-2.0 */
/* POST, PUT, PATCH and DELETE, each inside the writer's transaction, each wholly or not at all. */
#include <stdlib.h>
#include <string.h>

#include "serve/scim/internal.h"
#include "serve/scim/write/internal.h"

enum {
	OPERATIONS_MAX = 1000, /* of one PATCH */
	MEMBERS_SHOWN = 100, /* of a group, in the answer to a PATCH */
};

/* Storing documents ---------------------------------------------------------- */

/* The columns that mirror the document. */
static void resource_fill(struct write_ctx *d, const json_t *document)
{
	struct inbox_resource *r = &d->resource;
	const struct scim_schema *extension = d->op->resource->extension;
	char *text = json_dumps(document, JSON_COMPACT);
	bool user = r->kind == INBOX_USER;
	str name = document_text(document, user ? "userName" : "displayName");

	if (!text)
		mem_out();
	r->body = arena_str(d->x->request.arena, str_make(text + 1, strlen(text) - 2));
	free(text);
	r->name = text_folded(d->x->request.arena, name);
	r->label = user ? STR("") : arena_str(d->x->request.arena, name);
	r->external = arena_str(d->x->request.arena, document_text(document, "externalId"));
	r->extended = extension && json_object_get(document, extension->id.p);
	/* A user whose `active` was taken away stays what it was. */
	if (json_is_boolean(json_object_get(document, "active")))
		r->active = json_is_true(json_object_get(document, "active"));
}

struct addresses {
	str *items;
	size_t count;
};

static struct addresses addresses_of(struct arena *arena, const json_t *document)
{
	const json_t *list = json_object_get(document, "emails");
	struct addresses a = {arena_array(arena, str, json_array_size(list) + 1), 0};

	for (size_t i = 0; i < json_array_size(list); i++) {
		str value = document_text(json_array_get(list, i), "value");

		if (value.n > 0)
			a.items[a.count++] = text_folded(arena, value);
	}
	return a;
}

static void addresses_store(struct write_ctx *d, const json_t *before, const json_t *now)
{
	struct addresses old = {0}, fresh = {0};

	if (d->resource.kind != INBOX_USER)
		return;
	if (before && now &&
	    json_equal(json_object_get(before, "emails"), json_object_get(now, "emails")))
		return;
	if (before)
		old = addresses_of(d->x->request.arena, before);
	if (now)
		fresh = addresses_of(d->x->request.arena, now);
	inbox_addresses_change(d->inbox, d->resource.row, old.items, old.count, fresh.items,
			       fresh.count);
}

/* Uniqueness and coming back ------------------------------------------------ */

static void resource_delete(struct write_ctx *d, const struct inbox_resource *r)
{
	json_t *document = inbox_document(r);
	struct addresses old = addresses_of(d->x->request.arena, document);

	if (r->kind == INBOX_USER)
		inbox_addresses_change(d->inbox, r->row, old.items, old.count, NULL, 0);
	json_decref(document);
	inbox_delete(d->inbox, r);
}

static int fail_taken(struct write_ctx *d, const struct inbox_resource *other)
{
	return scim_fail(&d->op->error, 409, "uniqueness",
			 "another user, %.*s, has this userName%s", STR_ARG(other->id),
			 other->active ? "" : " (it is inactive and has another externalId)");
}

/* A userName is free when nobody has it; one that the API deleted and the guard holds gives it up.
 */
static int name_claim(struct write_ctx *d, str name)
{
	struct inbox_resource other;

	if (d->resource.kind != INBOX_USER ||
	    !inbox_find_user(d->inbox, name, d->x->request.arena, &other) ||
	    other.row == d->resource.row)
		return 0;
	if (!other.held)
		return fail_taken(d, &other);
	resource_delete(d, &other);
	return 0;
}

/*
 * A rehire: the user of that userName is inactive or was deleted and is held, and no externalId
 * speaks against it being the same person. Then the POST is a PUT that wakes the user up.
 */
static int revival_prepare(struct write_ctx *d, str name, str external, bool *ret)
{
	struct inbox_resource other;
	bool held = false;

	*ret = false;
	if (!inbox_find_user(d->inbox, name, d->x->request.arena, &other)) {
		held = external.n > 0 &&
		       inbox_find_held(d->inbox, external, d->x->request.arena, &other);
		if (!held)
			return 0;
	}
	if (external.n > 0 && other.external.n > 0 && !str_equal(external, other.external)) {
		if (!other.held)
			return fail_taken(d, &other);
		resource_delete(d, &other);
		return 0;
	}
	if (!other.held && other.active)
		return fail_taken(d, &other);
	d->resource = other;
	*ret = true;
	return 0;
}

/* Storing ------------------------------------------------------------------- */

static void operation_answer_fill(struct write_ctx *d, int status)
{
	struct scim_operation *op = d->op;

	op->status = status;
	op->ret_id = d->resource.id;
	op->version = d->resource.version;
	if (!op->quiet && status != 204)
		render_resource(d->x, d->inbox, &d->resource, &op->answer);
}

/* Puts a whole document and its members over what is stored, or makes it new. */
static int document_store(struct write_ctx *d, const json_t *before, const json_t *document)
{
	bool was_active = before && d->resource.active;

	if (scim_document_check(d->op->resource, document, &d->op->error) < 0)
		return -1;
	if (before && json_equal(before, document) && !d->resource.held)
		return 0;
	resource_fill(d, document);
	if (name_claim(d, d->resource.name) < 0)
		return -1;
	d->resource.held = 0;
	inbox_put(d->inbox, &d->resource, d->x->request.arena);
	d->stored = true;
	addresses_store(d, before, document);
	if (was_active && !d->resource.active && d->resource.kind == INBOX_USER)
		removal_count(d, INBOX_USER, 1, 0);
	return 0;
}

static int post_new(struct write_ctx *d, struct scim_document *document)
{
	str external = document_text(document->attributes, "externalId");
	char old_id[37];

	d->resource = (struct inbox_resource){.kind = d->op->kind, .id = d->op->id, .active = true};
	/* The same person by externalId gets the id back that others may remember. */
	if (d->op->id.n == 0 && d->op->kind == INBOX_USER && external.n > 0 &&
	    inbox_find_tombstone(d->inbox, external, old_id))
		d->resource.id = arena_str(d->x->request.arena, str_of(old_id));
	return document_store(d, NULL, document->attributes);
}

/* The same for a group: by its name, where no externalId speaks against it. */
static bool group_revival_find(struct write_ctx *d, const json_t *attributes)
{
	str name = text_folded(d->x->request.arena, document_text(attributes, "displayName"));
	str external = document_text(attributes, "externalId");
	struct inbox_resource other;

	if (d->op->id.n > 0 || !inbox_find_held_group(d->inbox, name, d->x->request.arena, &other))
		return false;
	if (external.n > 0 && other.external.n > 0 && !str_equal(external, other.external))
		return false;
	d->resource = other;
	return true;
}

static int post_revived(struct write_ctx *d, struct scim_document *document)
{
	json_t *before = inbox_document(&d->resource);
	int result;

	/*
	 * Its own state before counts for nothing: it comes back as it was posted. Its memberships
	 * were to go with it; those that are not pushed again stay held.
	 */
	if (d->resource.held) {
		inbox_memberships_hold(d->inbox, d->resource.row, d->resource.held);
		inbox_unhold(d->inbox, &d->resource);
		d->resource.held = 0;
	}
	d->resource.active = true;
	result = document_store(d, before, document->attributes);
	if (result == 0 && !d->stored)
		inbox_touch(d->inbox, &d->resource);
	json_decref(before);
	return result;
}

static int operation_post(struct write_ctx *d)
{
	struct scim_operation *op = d->op;
	struct scim_document document;
	bool revives = false;
	int result = -1;

	if (scim_document_read(op->resource, op->body, &d->x->dialect, &document, &op->error) < 0)
		return -1;
	if (op->kind == INBOX_USER && !json_object_get(document.attributes, "active"))
		json_object_set_new(document.attributes, "active", json_true());
	if (scim_document_check(op->resource, document.attributes, &op->error) < 0)
		goto out;
	if (op->kind == INBOX_USER &&
	    revival_prepare(d,
			    text_folded(d->x->request.arena,
					document_text(document.attributes, "userName")),
			    document_text(document.attributes, "externalId"), &revives) < 0)
		goto out;
	if (op->kind == INBOX_GROUP)
		revives = group_revival_find(d, document.attributes);
	if ((revives ? post_revived(d, &document) : post_new(d, &document)) < 0)
		goto out;
	if (document.members && members_replace(d, document.members) < 0)
		goto out;
	operation_answer_fill(d, 201);
	result = 0;
out:
	scim_document_clear(&document);
	return result;
}

/* Finds the resource of PUT, PATCH and DELETE and checks If-Match. */
static int resource_get(struct write_ctx *d)
{
	struct scim_operation *op = d->op;

	if (!inbox_find(d->inbox, op->id, d->x->request.arena, &d->resource) ||
	    d->resource.kind != op->kind)
		return scim_fail(&op->error, 404, NULL, "there is no %s %.*s", op->resource->name.p,
				 (int)(op->id.n < 100 ? op->id.n : 100), op->id.p);
	if (op->if_match.n > 0 && !etag_listed(op->if_match, d->resource.version))
		return scim_fail(&op->error, 412, NULL,
				 "the resource is of version W/\"%lld\" by now",
				 (long long)d->resource.version);
	return 0;
}

/* What says nothing about `active` neither locks nor wakes anybody. */
static void active_keep(const struct write_ctx *d, json_t *attributes)
{
	if (d->op->kind == INBOX_USER && !json_object_get(attributes, "active"))
		json_object_set_new(attributes, "active", json_boolean(d->resource.active));
}

static int operation_put(struct write_ctx *d)
{
	struct scim_operation *op = d->op;
	struct scim_document document;
	json_t *before;
	int result = -1;

	if (resource_get(d) < 0 ||
	    scim_document_read(op->resource, op->body, &d->x->dialect, &document, &op->error) < 0)
		return -1;
	before = inbox_document(&d->resource);
	active_keep(d, document.attributes);
	/* Nor does PUT without `members` empty a group, unless the letter of the standard is asked
	 * for. */
	if (op->kind == INBOX_GROUP && !document.members && d->x->dialect.strict)
		document.members = json_array();
	if (document_store(d, before, document.attributes) < 0)
		goto out;
	if (document.members && members_replace(d, document.members) < 0)
		goto out;
	if (d->members_changed && !d->stored)
		inbox_touch(d->inbox, &d->resource);
	operation_answer_fill(d, 200);
	result = 0;
out:
	json_decref(before);
	scim_document_clear(&document);
	return result;
}

/*
 * Entra wants no member list back, and nobody wants a long one; whoever names attributes gets them
 * (RFC 7644 3.5.2).
 */
static bool patch_is_terse(struct write_ctx *d)
{
	const unsigned microsoft = 1u << LENIENCY_OPERATION_CASE | 1u << LENIENCY_PLAIN_VALUE |
				   1u << LENIENCY_VALUE_LIST;

	return d->op->kind == INBOX_GROUP && !d->x->projection.given &&
	       (d->x->dialect.met & microsoft ||
		inbox_members_exceed(d->inbox, d->resource.row, MEMBERS_SHOWN));
}

static int operation_patch(struct write_ctx *d)
{
	struct scim_operation *op = d->op;
	struct scim_patch patch;
	json_t *before;
	int result = -1;

	if (resource_get(d) < 0)
		return -1;
	before = inbox_document(&d->resource);
	if (scim_patch_apply(op->resource, before, op->body, OPERATIONS_MAX, &d->x->dialect, &patch,
			     &op->error) < 0) {
		json_decref(before);
		return -1;
	}
	if (document_store(d, before, patch.attributes) < 0)
		goto out;
	for (size_t i = 0; i < patch.members.count; i++)
		if (members_change(d, &patch.members.items[i]) < 0)
			goto out;
	if (d->members_changed && !d->stored)
		inbox_touch(d->inbox, &d->resource);
	operation_answer_fill(d, patch_is_terse(d) ? 204 : 200);
	result = 0;
out:
	json_decref(before);
	scim_patch_clear(&patch);
	return result;
}

static int operation_delete(struct write_ctx *d)
{
	enum inbox_kind kind = d->op->kind == INBOX_USER ? INBOX_USER : INBOX_MEMBERSHIP;
	int64_t count = 1, held;
	bool counts = true;

	if (resource_get(d) < 0)
		return -1;
	if (kind == INBOX_MEMBERSHIP)
		count = inbox_members_count(d->inbox, d->resource.row);
	else
		/* Who was deactivated within the window was counted then. */
		counts = d->resource.active;
	held = removals_admit(d, kind, count, counts);
	if (held) {
		inbox_hold(d->inbox, &d->resource, held);
		held_note(d, 1);
	} else {
		resource_delete(d, &d->resource);
	}
	d->op->status = 204;
	return 0;
}

void scim_operation_run(struct scim_request *x, struct inbox *inbox, struct scim_operation *op)
{
	struct write_ctx d = {.x = x, .inbox = inbox, .op = op};
	int result;

	inbox_savepoint(inbox);
	switch (op->method) {
	case INBOUND_POST:
		result = operation_post(&d);
		break;
	case INBOUND_PUT:
		result = operation_put(&d);
		break;
	case INBOUND_PATCH:
		result = operation_patch(&d);
		break;
	default:
		result = operation_delete(&d);
		break;
	}
	if (result == 0) {
		inbox_savepoint_release(inbox);
		return;
	}
	inbox_savepoint_rollback(inbox);
	/* What it had counted did not happen either. */
	if (d.counted)
		removals_recount(x->scim);
}
