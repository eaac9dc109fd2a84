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

static str bearer_of(struct exchange *x)
{
	str header = visit_header(x->visit, "Authorization");

	if (!str_starts_nocase(header, STR("Bearer ")))
		return STR("");
	return str_trim(str_slice(header, 7, header.n));
}

static enum token_verdict judge(struct exchange *x, struct inbox *inbox, str presented)
{
	if (str_starts(presented, STR("mat.")))
		return oauth_judge(x->service, inbox, presented, &x->token);
	return inbox_token_judge(inbox, presented, clock_now(), &x->token);
}

static void refuse(struct exchange *x, enum token_verdict verdict, bool given)
{
	atomic_fetch_add(&x->service->metrics.failed_logins, 1);
	if (client_failed(&x->service->clients, visit_peer(x->visit))) {
		atomic_fetch_add(&x->service->metrics.limited, 1);
		visit_answer_header(x->visit, "Retry-After", "60");
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

static struct pass *pass_make(struct exchange *x, str presented)
{
	struct pass *pass = mem_alloc(1, sizeof *pass);
	char *copy = mem_alloc(presented.n + 1, 1);

	memcpy(copy, presented.p, presented.n);
	pass->presented = secret_take(copy, presented.n);
	pass->token = x->token;
	free(copy);
	return pass;
}

static enum token_verdict judge_once(struct exchange *x, struct reader *reader, str presented)
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

static bool authenticate(struct exchange *x)
{
	struct service *s = x->service;
	struct reader reader = reader_take(s);
	str presented = bearer_of(x);
	enum token_verdict verdict = judge_once(x, &reader, presented);
	int64_t wait;

	reader_give(s, reader);
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
static void me_find(struct exchange *x)
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
static bool is_local(struct exchange *x)
{
	str peer = str_of(visit_peer(x->visit));

	return !visit_header(x->visit, "X-Forwarded-For").p &&
	       !visit_header(x->visit, "Forwarded").p &&
	       (str_starts(peer, STR("127.")) || str_equal(peer, STR("::1")) ||
		str_equal(peer, STR("unix")));
}

/* What the token must allow for this request. */
static unsigned scope_needed(const struct exchange *x)
{
	enum visit_method method = visit_method(x->visit);

	if (method == VISIT_GET || x->route == ROUTE_SEARCH || x->route == ROUTE_METRICS)
		return TOKEN_READ;
	if (x->route == ROUTE_BULK)
		return 0; /* judged operation by operation */
	return x->kind == INBOX_GROUP ? TOKEN_GROUPS : TOKEN_USERS;
}

/* What is asked for -------------------------------------------------------- */

static bool method_fits(struct exchange *x)
{
	static const struct {
		enum route route;
		unsigned methods;
		const char *allow;
	} allowed[] = {
		{ROUTE_HEALTH, 1 << VISIT_GET, "GET"},
		{ROUTE_READY, 1 << VISIT_GET, "GET"},
		{ROUTE_METRICS, 1 << VISIT_GET, "GET"},
		{ROUTE_TOKEN, 1 << VISIT_POST, "POST"},
		{ROUTE_BULK, 1 << VISIT_POST, "POST"},
		{ROUTE_SEARCH, 1 << VISIT_POST, "POST"},
		{ROUTE_ROOT, 1 << VISIT_GET, "GET"},
		{ROUTE_LIST, 1 << VISIT_GET | 1 << VISIT_POST, "GET, POST"},
		{ROUTE_ONE, 1 << VISIT_GET | 1 << VISIT_PUT | 1 << VISIT_PATCH | 1 << VISIT_DELETE,
		 "GET, PUT, PATCH, DELETE"},
	};

	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		if (x->route == allowed[i].route &&
		    !(allowed[i].methods >> visit_method(x->visit) & 1)) {
			visit_answer_header(x->visit, "Allow", allowed[i].allow);
			answer_fail(x, 405, NULL, "this endpoint takes %s only", allowed[i].allow);
			return false;
		}
	return true;
}

static bool media_fits(struct exchange *x)
{
	str type = visit_header(x->visit, "Content-Type");
	ptrdiff_t end = str_find(type, ';');

	if (end >= 0)
		type = str_slice(type, 0, (size_t)end);
	type = str_trim(type);
	if (x->route == ROUTE_TOKEN || visit_method(x->visit) == VISIT_GET ||
	    visit_method(x->visit) == VISIT_DELETE || type.n == 0 ||
	    str_equal_nocase(type, STR("application/scim+json")) ||
	    str_equal_nocase(type, STR("application/json")))
		return true;
	answer_fail(x, 415, NULL, "send application/scim+json or application/json");
	return false;
}

static bool wants_plain_json(struct exchange *x)
{
	str accept = visit_header(x->visit, "Accept");

	return str_contains(accept, STR("application/json")) &&
	       !str_contains(accept, STR("application/scim+json"));
}

static struct exchange *exchange_new(struct service *s, struct visit *visit)
{
	struct exchange *x = arena_new(visit_arena(visit), struct exchange);

	x->service = s;
	x->visit = visit;
	x->arena = visit_arena(visit);
	x->dialect.strict = s->options.strict;
	x->started = clock_ticks();
	x->plain_json = wants_plain_json(x);
	visit_user_set(visit, x);
	route_find(x);
	return x;
}

bool exchange_begin(void *service, struct visit *visit)
{
	struct exchange *x = exchange_new(service, visit);
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
			visit_answer_header(
				x->visit, "WWW-Authenticate",
				"Bearer realm=\"muster\", error=\"insufficient_scope\"");
			answer_fail(x, 403, NULL, "the token's scopes do not allow this");
			return false;
		}
	}
	return method_fits(x) && media_fits(x);
}

void exchange_too_large(void *service, struct visit *visit)
{
	struct exchange *x = visit_user(visit);

	if (!x)
		x = exchange_new(service, visit);
	answer_fail(x, 413, NULL, "the body is larger than maxPayloadSize, %zu bytes",
		    x->service->options.body_max);
}

void exchange_done(void *service, struct visit *visit, int status)
{
	struct service *s = service;
	struct exchange *x = visit_user(visit);

	if (!x)
		return;
	metrics_count(&s->metrics, visit_method(visit), status, clock_ticks() - x->started);
	json_decref(x->body);
	teams_clear(x);
	buf_clear(&x->operation.answer);
	log_debug("serve", "%s %.*s %d %s", visit_method_text(visit_method(visit)),
		  STR_ARG(visit_path(visit)), status, x->token.id);
}

/* Which hands -------------------------------------------------------------- */

static void health_answer(struct exchange *x)
{
	struct buf body = {0};
	struct reader reader;
	bool good = true;

	if (x->route == ROUTE_READY) {
		reader = reader_take(x->service);
		inbox_totals(reader.inbox);
		good = inbox_error(reader.inbox, NULL) == 0 && service_alive(x->service);
		reader_give(x->service, reader);
	}
	if (!good) {
		answer_fail(x, 503, NULL, "the inbox cannot be read or written");
		return;
	}
	buf_text(&body, "ok\n");
	visit_answer(x->visit, 200, "text/plain; charset=utf-8", &body);
}

static void metrics_answer(struct exchange *x)
{
	struct service *s = x->service;
	struct reader reader = reader_take(s);
	struct buf body = {0};

	metrics_write(&s->metrics, &s->clients, reader.inbox, http_server_busy(s->server), &body);
	reader_give(s, reader);
	visit_answer(x->visit, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static bool body_read(struct exchange *x)
{
	x->body = scim_body_parse(visit_body(x->visit), &x->error);
	if (x->body)
		return true;
	answer_error(x, &x->error);
	return false;
}

static void hand_to(struct exchange *x, struct queue *queue)
{
	visit_defer(x->visit);
	if (queue_put(queue, x))
		return;
	answer_fail(x, 503, NULL, "too many requests are waiting");
	visit_resume(x->visit);
}

static void read_begin(struct exchange *x)
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
	reader = reader_take(x->service);
	exchange_read(x, reader.inbox);
	reader_give(x->service, reader);
}

static void write_begin(struct exchange *x)
{
	x->operation = (struct operation){.method = visit_method(x->visit),
					  .resource = x->resource,
					  .kind = x->kind,
					  .id = x->id,
					  .body = x->body,
					  .if_match = visit_header(x->visit, "If-Match")};
	hand_to(x, &x->service->writes);
}

void exchange_handle(void *service, struct visit *visit)
{
	struct exchange *x = visit_user(visit);
	enum visit_method method = visit_method(visit);
	bool writes = method != VISIT_GET && x->route != ROUTE_SEARCH;

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
	if ((method == VISIT_POST || method == VISIT_PUT || method == VISIT_PATCH) && !body_read(x))
		return;
	if (x->route != ROUTE_SEARCH &&
	    projection_read(x, visit_query(visit, "attributes"),
			    visit_query(visit, "excludedAttributes")) < 0)
		return answer_error(x, &x->error);
	if (writes)
		write_begin(x);
	else
		read_begin(x);
}

/* Answers ------------------------------------------------------------------ */

static void location_put(struct exchange *x, str id)
{
	visit_answer_header(x->visit, "Location",
			    arena_printf(x->arena, "%.*s%s/%.*s", STR_ARG(x->base),
					 x->resource->endpoint.p, STR_ARG(id))
				    .p);
}

static void tag_put(struct exchange *x, int64_t version)
{
	char tag[32];

	etag_text(version, tag);
	visit_answer_header(x->visit, "ETag", tag);
}

static void one_answer(struct exchange *x, struct inbox *inbox)
{
	struct inbox_resource r;
	struct buf body = {0};
	str known = visit_header(x->visit, "If-None-Match");

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

void exchange_read(struct exchange *x, struct inbox *inbox)
{
	struct err err;

	if (x->route == ROUTE_ONE)
		one_answer(x, inbox);
	else
		listing_answer(x, inbox);
	/* An error that stuck made rows look empty: the answer must not be believed. */
	if (inbox_error(inbox, &err) < 0) {
		log_warn("serve", "%s", err.text);
		visit_answer_drop(x->visit);
		answer_fail(x, 500, NULL, "the inbox cannot be read");
	}
	client_dialects(&x->service->clients, x->client, x->dialect.met);
}

/* Inside the writer's transaction; the answer waits for its commit. */
void exchange_write(struct exchange *x, struct inbox *inbox)
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
		visit_answer_header(x->visit, "ETag", tag);
	}
	if (op->status == 201 || (x->me && op->ret_id.n > 0))
		location_put(x, op->ret_id);
	if (op->answer.n > 0)
		answer_json(x, op->status, &op->answer);
	else
		answer_empty(x, op->status);
}
