/* SPDX-License-Identifier: Apache-2.0 */
/* A SCIM request from its headers to the hands that answer it: who asks, for what, on which thread.
 */
#include "base/log.h"
#include "serve/auth/auth.h"
#include "serve/scim/internal.h"

/* A request of this API: its head stands first in it. */
static struct scim_request *scim_request_of(struct request *r)
{
	return (struct scim_request *)r;
}

/* Who asks ----------------------------------------------------------------- */

/* /Me is the user that the token belongs to, from here on as if named by its id (RFC 7644 3.11). */
static void me_find(struct scim_request *x)
{
	if (x->route != ROUTE_ME || x->request.token.person[0] == '\0')
		return;
	x->me = true;
	x->route = ROUTE_ONE;
	x->resource = &x->scim->schemas.user;
	x->kind = INBOX_USER;
	x->id = str_of(x->request.token.person);
}

/* What the service says about itself needs no token. */
static bool route_is_open(enum route route)
{
	return route == ROUTE_CONFIG || route == ROUTE_TYPES || route == ROUTE_SCHEMAS;
}

/* What the token must allow for this request. */
static unsigned scope_needed(const struct scim_request *x)
{
	enum inbound_method method = inbound_method(x->request.inbound);

	if (method == INBOUND_GET || x->route == ROUTE_SEARCH)
		return TOKEN_READ;
	if (x->route == ROUTE_BULK)
		return 0; /* judged operation by operation */
	return x->kind == INBOX_GROUP ? TOKEN_GROUPS : TOKEN_USERS;
}

/* What is asked for -------------------------------------------------------- */

static bool method_admit(struct scim_request *x)
{
	static const struct {
		enum route route;
		unsigned methods;
		const char *allow;
	} allowed[] = {
		{ROUTE_BULK, 1 << INBOUND_POST, "POST"},
		{ROUTE_SEARCH, 1 << INBOUND_POST, "POST"},
		{ROUTE_ROOT, 1 << INBOUND_GET, "GET"},
		{ROUTE_LIST, 1 << INBOUND_GET | 1 << INBOUND_POST, "GET, POST"},
		{ROUTE_ONE,
		 1 << INBOUND_GET | 1 << INBOUND_PUT | 1 << INBOUND_PATCH | 1 << INBOUND_DELETE,
		 "GET, PUT, PATCH, DELETE"},
	};

	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		if (x->route == allowed[i].route)
			return request_method_admit(&x->request, allowed[i].methods,
						    allowed[i].allow);
	return true;
}

static bool media_admit(struct scim_request *x)
{
	str type = inbound_header(x->request.inbound, "Content-Type");
	ptrdiff_t end = str_find(type, ';');

	if (end >= 0)
		type = str_slice(type, 0, (size_t)end);
	type = str_trim(type);
	if (inbound_method(x->request.inbound) == INBOUND_GET ||
	    inbound_method(x->request.inbound) == INBOUND_DELETE || type.n == 0 ||
	    str_equal_nocase(type, STR("application/scim+json")) ||
	    str_equal_nocase(type, STR("application/json")))
		return true;
	answer_fail(&x->request, 415, NULL, "send application/scim+json or application/json");
	return false;
}

bool scim_request_begin(struct request *r)
{
	struct scim_request *x = scim_request_of(r);

	x->scim = r->service->scim;
	x->dialect.strict = r->service->options.strict;
	route_find(x);
	if (x->route == ROUTE_NONE) {
		answer_fail(r, 404, NULL, "there is no such endpoint");
		return false;
	}
	if (!route_is_open(x->route)) {
		if (!auth_admit(r))
			return false;
		me_find(x);
		if (!auth_admit_scopes(r, scope_needed(x)))
			return false;
	}
	return method_admit(x) && media_admit(x);
}

void scim_request_done(struct request *r)
{
	struct scim_request *x = scim_request_of(r);

	json_decref(x->body);
	group_cache_clear(x);
	buf_clear(&x->operation.answer);
}

/* Logs each dialect once a token. */
static void dialects_note(struct scim_request *x)
{
	struct client *client = x->request.client;
	unsigned fresh;

	if (!client || x->dialect.met == 0)
		return;
	fresh = client_note(&x->request.service->clients, client, x->dialect.met);
	for (unsigned i = 0; i < LENIENCY_COUNT; i++)
		if (fresh >> i & 1)
			log_info("serve", "token %s (%s) speaks a dialect, taken as meant: %s",
				 client->id, client->name, scim_leniency_text(i));
}

/* Which hands -------------------------------------------------------------- */

static bool body_read(struct scim_request *x)
{
	x->body = scim_body_parse(inbound_body(x->request.inbound), &x->error);
	if (x->body)
		return true;
	answer_error(&x->request, &x->error);
	return false;
}

static void read_begin(struct scim_request *x)
{
	struct inbox_reader reader;
	bool quick = x->route == ROUTE_ONE && (x->kind == INBOX_USER || !x->projection.members);

	if (x->route != ROUTE_ONE) {
		if ((x->route == ROUTE_SEARCH ? list_query_read_body(x) : list_query_read(x)) < 0) {
			answer_error(&x->request, &x->error);
			return;
		}
		quick = list_is_quick(x);
	}
	if (!quick) {
		request_defer(&x->request, &x->request.service->workers.scans);
		return;
	}
	reader = reader_acquire(x->request.service);
	scim_request_read(&x->request, reader.inbox);
	reader_release(x->request.service, reader);
}

static void write_begin(struct scim_request *x)
{
	x->operation =
		(struct scim_operation){.method = inbound_method(x->request.inbound),
					.resource = x->resource,
					.kind = x->kind,
					.id = x->id,
					.body = x->body,
					.if_match = inbound_header(x->request.inbound, "If-Match")};
	request_defer(&x->request, &x->request.service->workers.writes);
}

void scim_request_handle(struct request *r)
{
	struct scim_request *x = scim_request_of(r);
	enum inbound_method method = inbound_method(r->inbound);
	bool writes = method != INBOUND_GET && x->route != ROUTE_SEARCH;

	if (route_is_open(x->route))
		return discovery_answer(x);
	if (x->route == ROUTE_ME) {
		answer_fail(r, 501, NULL,
			    "this token belongs to no user, so there is no /Me for it; see "
			    "muster token create --user");
		return;
	}
	if ((method == INBOUND_POST || method == INBOUND_PUT || method == INBOUND_PATCH) &&
	    !body_read(x))
		return;
	if (x->route != ROUTE_SEARCH &&
	    projection_read(x, inbound_query(r->inbound, "attributes"),
			    inbound_query(r->inbound, "excludedAttributes")) < 0)
		return answer_error(r, &x->error);
	if (writes)
		write_begin(x);
	else
		read_begin(x);
}

/* Answers ------------------------------------------------------------------ */

static void location_put(struct scim_request *x, str id)
{
	inbound_answer_header(x->request.inbound, "Location",
			      arena_printf(x->request.arena, "%.*s%s/%.*s", STR_ARG(x->base),
					   x->resource->endpoint.p, STR_ARG(id))
				      .p);
}

static void tag_put(struct scim_request *x, int64_t version)
{
	char tag[32];

	etag_text(version, tag);
	inbound_answer_header(x->request.inbound, "ETag", tag);
}

static void one_answer(struct scim_request *x, struct inbox *inbox)
{
	struct inbox_resource r;
	struct buf body = {0};
	str known = inbound_header(x->request.inbound, "If-None-Match");

	if (!inbox_find(inbox, x->id, x->request.arena, &r) || r.kind != x->kind) {
		answer_fail(&x->request, 404, NULL, "there is no %s %.*s", x->resource->name.p,
			    (int)(x->id.n < 100 ? x->id.n : 100), x->id.p);
		return;
	}
	tag_put(x, r.version);
	if (x->me)
		location_put(x, r.id);
	if (known.n > 0 && etag_listed(known, r.version)) {
		answer_empty(&x->request, 304);
		return;
	}
	buf_reserve(&body, r.body.n + 700);
	render_resource(x, inbox, &r, &body);
	answer_json(&x->request, 200, &body);
}

void scim_request_read(struct request *r, struct inbox *inbox)
{
	struct scim_request *x = scim_request_of(r);
	struct err err;

	if (x->route == ROUTE_ONE)
		one_answer(x, inbox);
	else
		list_answer(x, inbox);
	/* An error that stuck made rows look empty: the answer must not be believed. */
	if (inbox_error(inbox, &err) < 0) {
		log_warn("serve", "%s", err.text);
		inbound_answer_drop(x->request.inbound);
		answer_fail(&x->request, 500, NULL, "the inbox cannot be read");
	}
	dialects_note(x);
}

static void bulk_answer(struct scim_request *x, struct inbox *inbox)
{
	struct buf out = {0};

	if (bulk_run(x, inbox, &out) < 0)
		answer_error(&x->request, &x->error);
	else
		answer_json(&x->request, 200, &out);
	buf_clear(&out);
}

static void operation_answer(struct scim_request *x, struct inbox *inbox)
{
	struct scim_operation *op = &x->operation;

	scim_operation_run(x, inbox, op);
	if (op->error.status) {
		answer_error(&x->request, &op->error);
		return;
	}
	if (op->version)
		tag_put(x, op->version);
	if (op->status == 201 || (x->me && op->ret_id.n > 0))
		location_put(x, op->ret_id);
	if (op->answer.n > 0)
		answer_json(&x->request, op->status, &op->answer);
	else
		answer_empty(&x->request, op->status);
}

void scim_request_write(struct request *r, struct inbox *inbox)
{
	struct scim_request *x = scim_request_of(r);

	if (x->route == ROUTE_BULK)
		bulk_answer(x, inbox);
	else
		operation_answer(x, inbox);
	dialects_note(x);
}
