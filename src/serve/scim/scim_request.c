/* SPDX-License-Identifier: Apache-2.0 */
/* A request from its headers to the hands that answer it: who asks, for what, and on which thread.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "serve/internal.h"

/* Who asks ----------------------------------------------------------------- */

static str bearer_of(struct scim_request *x)
{
	str header = inbound_header(x->inbound, "Authorization");

	if (!str_starts_nocase(header, STR("Bearer ")))
		return STR("");
	return str_trim(str_slice(header, 7, header.n));
}

static enum token_verdict judge(struct scim_request *x, struct inbox *inbox, str presented)
{
	if (str_starts(presented, STR("mat.")))
		return oauth_judge(x->service, inbox, presented, &x->token);
	return inbox_token_judge(inbox, presented, clock_now(), &x->token);
}

static void refuse(struct scim_request *x, enum token_verdict verdict, bool given)
{
	atomic_fetch_add(&x->service->metrics.failed_logins, 1);
	if (client_failed(&x->service->clients, inbound_peer(x->inbound))) {
		atomic_fetch_add(&x->service->metrics.limited, 1);
		inbound_answer_header(x->inbound, "Retry-After", "60");
		answer_fail(x, 429, NULL, "too many requests without a valid token");
		return;
	}
	answer_fail(x, 401, NULL, "%s",
		    !given                     ? "this service needs a bearer token"
		    : verdict == TOKEN_EXPIRED ? "the token has expired"
		    : verdict == TOKEN_REVOKED ? "the token was revoked"
					       : "the token is not valid");
}

/* A token that was good, and is for as long as the view in which it was judged. */
struct pass {
	struct secret *presented;
	struct token token;
};

void pass_forget(struct pass *pass)
{
	if (!pass)
		return;
	secret_free(pass->presented);
	free(pass);
}

static bool pass_fits(const struct pass *pass, str presented)
{
	return pass &&
	       secret_equal(str_make(secret_reveal(pass->presented), secret_size(pass->presented)),
			    presented) &&
	       (pass->token.expires == 0 || clock_now() < pass->token.expires);
}

static struct pass *pass_make(struct scim_request *x, str presented)
{
	struct pass *pass = mem_alloc(1, sizeof *pass);
	char *copy = mem_alloc(presented.n + 1, 1);

	memcpy(copy, presented.p, presented.n);
	pass->presented = secret_take(copy, presented.n);
	pass->token = x->token;
	free(copy);
	return pass;
}

static enum token_verdict judge_once(struct scim_request *x, struct reader *reader, str presented)
{
	enum token_verdict verdict;

	if (pass_fits(reader->pass, presented)) {
		x->token = reader->pass->token;
		return TOKEN_GOOD;
	}
	verdict = judge(x, reader->inbox, presented);
	/* It may have been made a moment ago, by another process. */
	if (verdict != TOKEN_GOOD && presented.n > 0) {
		reader_renew(x->service, reader);
		verdict = judge(x, reader->inbox, presented);
	}
	if (verdict == TOKEN_GOOD) {
		pass_forget(reader->pass);
		reader->pass = pass_make(x, presented);
	}
	return verdict;
}

static bool authenticate(struct scim_request *x)
{
	struct service *s = x->service;
	struct reader reader = reader_acquire(s);
	str presented = bearer_of(x);
	enum token_verdict verdict = judge_once(x, &reader, presented);
	int64_t wait;

	reader_release(s, reader);
	x->presented = presented.n > 0;
	if (verdict != TOKEN_GOOD) {
		refuse(x, verdict, presented.n > 0);
		return false;
	}
	x->client = client_admit(&s->clients, &x->token, s->options.per_second, &wait);
	if (x->client)
		return true;
	atomic_fetch_add(&s->metrics.limited, 1);
	answer_fail(x, 429, NULL, "more than %llu requests a second with this token",
		    (unsigned long long)s->options.per_second);
	return false;
}

/* /Me is the user that the token belongs to, from here on as if named by its id (RFC 7644 3.11). */
static void me_find(struct scim_request *x)
{
	if (x->route != ROUTE_ME || x->token.person[0] == '\0')
		return;
	x->me = true;
	x->route = ROUTE_ONE;
	x->resource = &x->service->schemas.user;
	x->kind = INBOX_USER;
	x->id = str_of(x->token.person);
}

static bool is_open(enum route route)
{
	return route == ROUTE_HEALTH || route == ROUTE_READY || route == ROUTE_TOKEN ||
	       route == ROUTE_CONFIG || route == ROUTE_TYPES || route == ROUTE_SCHEMAS;
}

/* A scraper on the same machine; what came through a proxy is not. */
static bool is_local(struct scim_request *x)
{
	str peer = str_of(inbound_peer(x->inbound));

	return !inbound_header(x->inbound, "X-Forwarded-For").p &&
	       !inbound_header(x->inbound, "Forwarded").p &&
	       (str_starts(peer, STR("127.")) || str_equal(peer, STR("::1")) ||
		str_equal(peer, STR("unix")));
}

/* What the token must allow for this request. */
static unsigned scope_needed(const struct scim_request *x)
{
	enum inbound_method method = inbound_method(x->inbound);

	if (method == INBOUND_GET || x->route == ROUTE_SEARCH || x->route == ROUTE_METRICS)
		return TOKEN_READ;
	if (x->route == ROUTE_BULK)
		return 0; /* judged operation by operation */
	return x->kind == INBOX_GROUP ? TOKEN_GROUPS : TOKEN_USERS;
}

/* What is asked for -------------------------------------------------------- */

static bool method_fits(struct scim_request *x)
{
	static const struct {
		enum route route;
		unsigned methods;
		const char *allow;
	} allowed[] = {
		{ROUTE_HEALTH, 1 << INBOUND_GET, "GET"},
		{ROUTE_READY, 1 << INBOUND_GET, "GET"},
		{ROUTE_METRICS, 1 << INBOUND_GET, "GET"},
		{ROUTE_TOKEN, 1 << INBOUND_POST, "POST"},
		{ROUTE_BULK, 1 << INBOUND_POST, "POST"},
		{ROUTE_SEARCH, 1 << INBOUND_POST, "POST"},
		{ROUTE_ROOT, 1 << INBOUND_GET, "GET"},
		{ROUTE_LIST, 1 << INBOUND_GET | 1 << INBOUND_POST, "GET, POST"},
		{ROUTE_ONE,
		 1 << INBOUND_GET | 1 << INBOUND_PUT | 1 << INBOUND_PATCH | 1 << INBOUND_DELETE,
		 "GET, PUT, PATCH, DELETE"},
	};

	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		if (x->route == allowed[i].route &&
		    !(allowed[i].methods >> inbound_method(x->inbound) & 1)) {
			inbound_answer_header(x->inbound, "Allow", allowed[i].allow);
			answer_fail(x, 405, NULL, "this endpoint takes %s only", allowed[i].allow);
			return false;
		}
	return true;
}

static bool media_fits(struct scim_request *x)
{
	str type = inbound_header(x->inbound, "Content-Type");
	ptrdiff_t end = str_find(type, ';');

	if (end >= 0)
		type = str_slice(type, 0, (size_t)end);
	type = str_trim(type);
	if (x->route == ROUTE_TOKEN || inbound_method(x->inbound) == INBOUND_GET ||
	    inbound_method(x->inbound) == INBOUND_DELETE || type.n == 0 ||
	    str_equal_nocase(type, STR("application/scim+json")) ||
	    str_equal_nocase(type, STR("application/json")))
		return true;
	answer_fail(x, 415, NULL, "send application/scim+json or application/json");
	return false;
}

static bool wants_plain_json(struct scim_request *x)
{
	str accept = inbound_header(x->inbound, "Accept");

	return str_contains(accept, STR("application/json")) &&
	       !str_contains(accept, STR("application/scim+json"));
}

static struct scim_request *scim_request_new(struct service *s, struct http_inbound *inbound)
{
	struct scim_request *x = arena_new(inbound_arena(inbound), struct scim_request);

	x->service = s;
	x->inbound = inbound;
	x->arena = inbound_arena(inbound);
	x->dialect.strict = s->options.strict;
	x->started = clock_ticks();
	x->plain_json = wants_plain_json(x);
	inbound_user_set(inbound, x);
	route_find(x);
	return x;
}

bool scim_request_begin(void *service, struct http_inbound *inbound)
{
	struct scim_request *x = scim_request_new(service, inbound);
	unsigned scope;

	if (x->route == ROUTE_NONE) {
		answer_fail(x, 404, NULL, "there is no such endpoint");
		return false;
	}
	if (!is_open(x->route) && !(x->route == ROUTE_METRICS && is_local(x))) {
		if (!authenticate(x))
			return false;
		me_find(x);
		scope = scope_needed(x);
		if ((x->token.scopes & scope) != scope) {
			/* RFC 6750 3.1 */
			inbound_answer_header(
				x->inbound, "WWW-Authenticate",
				"Bearer realm=\"muster\", error=\"insufficient_scope\"");
			answer_fail(x, 403, NULL, "the token's scopes do not allow this");
			return false;
		}
	}
	return method_fits(x) && media_fits(x);
}

void scim_request_too_large(void *service, struct http_inbound *inbound)
{
	struct scim_request *x = inbound_user(inbound);

	if (!x)
		x = scim_request_new(service, inbound);
	answer_fail(x, 413, NULL, "the body is larger than maxPayloadSize, %zu bytes",
		    x->service->options.body_max);
}

void scim_request_done(void *service, struct http_inbound *inbound, int status)
{
	struct service *s = service;
	struct scim_request *x = inbound_user(inbound);

	if (!x)
		return;
	metrics_count(&s->metrics, inbound_method(inbound), status, clock_ticks() - x->started);
	json_decref(x->body);
	group_cache_clear(x);
	buf_clear(&x->operation.answer);
	log_debug("serve", "%s %.*s %d %s", inbound_method_text(inbound_method(inbound)),
		  STR_ARG(inbound_path(inbound)), status, x->token.id);
}

/* Which hands -------------------------------------------------------------- */

static void health_answer(struct scim_request *x)
{
	struct buf body = {0};
	struct reader reader;
	bool good = true;

	if (x->route == ROUTE_READY) {
		reader = reader_acquire(x->service);
		inbox_totals(reader.inbox);
		good = inbox_error(reader.inbox, NULL) == 0 && service_alive(x->service);
		reader_release(x->service, reader);
	}
	if (!good) {
		answer_fail(x, 503, NULL, "the inbox cannot be read or written");
		return;
	}
	buf_text(&body, "ok\n");
	inbound_answer(x->inbound, 200, "text/plain; charset=utf-8", &body);
}

static void metrics_answer(struct scim_request *x)
{
	struct service *s = x->service;
	struct reader reader = reader_acquire(s);
	struct buf body = {0};

	metrics_write(&s->metrics, &s->clients, reader.inbox,
		      http_server_busy(inbound_server(x->inbound)), &body);
	reader_release(s, reader);
	inbound_answer(x->inbound, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static bool body_read(struct scim_request *x)
{
	x->body = scim_body_parse(inbound_body(x->inbound), &x->error);
	if (x->body)
		return true;
	answer_error(x, &x->error);
	return false;
}

static void hand_to(struct scim_request *x, struct queue *queue)
{
	inbound_defer(x->inbound);
	if (queue_put(queue, x))
		return;
	answer_fail(x, 503, NULL, "too many requests are waiting");
	inbound_resume(x->inbound);
}

static void read_begin(struct scim_request *x)
{
	struct reader reader;
	bool quick = x->route == ROUTE_ONE && (x->kind == INBOX_USER || !x->projection.members);

	if (x->route != ROUTE_ONE) {
		if ((x->route == ROUTE_SEARCH ? listing_read_body(x) : listing_read_query(x)) < 0) {
			answer_error(x, &x->error);
			return;
		}
		quick = listing_is_quick(x);
	}
	if (!quick) {
		hand_to(x, &x->service->scans);
		return;
	}
	reader = reader_acquire(x->service);
	scim_request_read(x, reader.inbox);
	reader_release(x->service, reader);
}

static void write_begin(struct scim_request *x)
{
	x->operation = (struct operation){.method = inbound_method(x->inbound),
					  .resource = x->resource,
					  .kind = x->kind,
					  .id = x->id,
					  .body = x->body,
					  .if_match = inbound_header(x->inbound, "If-Match")};
	hand_to(x, &x->service->writes);
}

void scim_request_handle(void *service, struct http_inbound *inbound)
{
	struct scim_request *x = inbound_user(inbound);
	enum inbound_method method = inbound_method(inbound);
	bool writes = method != INBOUND_GET && x->route != ROUTE_SEARCH;

	(void)service;
	if (x->route == ROUTE_HEALTH || x->route == ROUTE_READY)
		return health_answer(x);
	if (x->route == ROUTE_METRICS)
		return metrics_answer(x);
	if (x->route == ROUTE_TOKEN)
		return oauth_answer(x);
	if (x->route == ROUTE_CONFIG || x->route == ROUTE_TYPES || x->route == ROUTE_SCHEMAS)
		return discovery_answer(x);
	if (x->route == ROUTE_ME) {
		answer_fail(x, 501, NULL,
			    "this token belongs to no user, so there is no /Me for it; see "
			    "muster token create --user");
		return;
	}
	if ((method == INBOUND_POST || method == INBOUND_PUT || method == INBOUND_PATCH) &&
	    !body_read(x))
		return;
	if (x->route != ROUTE_SEARCH &&
	    projection_read(x, inbound_query(inbound, "attributes"),
			    inbound_query(inbound, "excludedAttributes")) < 0)
		return answer_error(x, &x->error);
	if (writes)
		write_begin(x);
	else
		read_begin(x);
}

/* Answers ------------------------------------------------------------------ */

static void location_put(struct scim_request *x, str id)
{
	inbound_answer_header(x->inbound, "Location",
			      arena_printf(x->arena, "%.*s%s/%.*s", STR_ARG(x->base),
					   x->resource->endpoint.p, STR_ARG(id))
				      .p);
}

static void tag_put(struct scim_request *x, int64_t version)
{
	char tag[32];

	etag_text(version, tag);
	inbound_answer_header(x->inbound, "ETag", tag);
}

static void one_answer(struct scim_request *x, struct inbox *inbox)
{
	struct inbox_resource r;
	struct buf body = {0};
	str known = inbound_header(x->inbound, "If-None-Match");

	if (!inbox_find(inbox, x->id, x->arena, &r) || r.kind != x->kind) {
		answer_fail(x, 404, NULL, "there is no %s %.*s", x->resource->name.p,
			    (int)(x->id.n < 100 ? x->id.n : 100), x->id.p);
		return;
	}
	tag_put(x, r.version);
	if (x->me)
		location_put(x, r.id);
	if (known.n > 0 && etag_listed(known, r.version)) {
		answer_empty(x, 304);
		return;
	}
	buf_reserve(&body, r.body.n + 700);
	render_resource(x, inbox, &r, &body);
	answer_json(x, 200, &body);
}

void scim_request_read(struct scim_request *x, struct inbox *inbox)
{
	struct err err;

	if (x->route == ROUTE_ONE)
		one_answer(x, inbox);
	else
		listing_answer(x, inbox);
	/* An error that stuck made rows look empty: the answer must not be believed. */
	if (inbox_error(inbox, &err) < 0) {
		log_warn("serve", "%s", err.text);
		inbound_answer_drop(x->inbound);
		answer_fail(x, 500, NULL, "the inbox cannot be read");
	}
	client_dialects(&x->service->clients, x->client, x->dialect.met);
}

/* Inside the writer's transaction; the answer waits for its commit. */
void scim_request_write(struct scim_request *x, struct inbox *inbox)
{
	struct operation *op = &x->operation;
	char tag[32];

	if (x->route == ROUTE_BULK) {
		struct buf out = {0};

		bulk_run(x, inbox, &out, &x->error);
		if (x->error.status)
			answer_error(x, &x->error);
		else
			answer_json(x, 200, &out);
		buf_clear(&out);
		return;
	}
	operation_run(x, inbox, op);
	if (op->error.status) {
		answer_error(x, &op->error);
		return;
	}
	if (op->version) {
		etag_text(op->version, tag);
		inbound_answer_header(x->inbound, "ETag", tag);
	}
	if (op->status == 201 || (x->me && op->ret_id.n > 0))
		location_put(x, op->ret_id);
	if (op->answer.n > 0)
		answer_json(x, op->status, &op->answer);
	else
		answer_empty(x, op->status);
}
