/* SPDX-License-Identifier: Apache-2.0 */
/* Any requests through the whole service, in memory: every answer is sound SCIM, nothing is half
 * done. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "serve/auth/auth.h"
#include "serve/probes.h"
#include "serve/scim/internal.h"
#include "serve/scim/scim.h"
#include "store/inbox/internal.h"

/*
 * The input is text: requests with "\n---\n" between them, each as HTTP writes it: "METHOD TARGET",
 * lines "Name: value", an empty line, the body. "@@" in a header or a form stands for a good token;
 * without an Authorization header there is one. Everything is rolled back at the end.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADERS_MAX = 12, BODY_MAX = 32768 };

struct header {
	const char *name, *value;
};

struct http_inbound {
	enum inbound_method method;
	struct http_target target;
	struct arena arena;
	struct header in[HEADERS_MAX], out[HEADERS_MAX];
	size_t in_count, out_count;
	str body;
	void *user;
	int status;
	const char *content_type;
	struct buf answer;
	bool answered;
};

static struct service *service;
static char token[80]; /* of an admin, who is a user of the inbox as well */

/* wire/httpd/httpd.h ----------------------------------------------------------- */

const struct http_server *inbound_server(const struct http_inbound *r)
{
	(void)r;
	return NULL;
}

enum inbound_method inbound_method(const struct http_inbound *r)
{
	return r->method;
}

const char *inbound_method_text(enum inbound_method method)
{
	static const char *const texts[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OTHER"};

	return texts[method];
}

str inbound_path(const struct http_inbound *r)
{
	return r->target.path;
}

str inbound_query(const struct http_inbound *r, const char *name)
{
	return http_target_find(&r->target, name);
}

str inbound_header(const struct http_inbound *r, const char *name)
{
	for (size_t i = 0; i < r->in_count; i++)
		if (str_equal_nocase(str_of(r->in[i].name), str_of(name)))
			return str_of(r->in[i].value);
	return (str){NULL, 0};
}

str inbound_body(const struct http_inbound *r)
{
	return r->body;
}

const char *inbound_peer(struct http_inbound *r)
{
	(void)r;
	return "127.0.0.1";
}

bool inbound_is_tls(const struct http_inbound *r)
{
	(void)r;
	return false;
}

struct arena *inbound_arena(struct http_inbound *r)
{
	return &r->arena;
}

void *inbound_user(const struct http_inbound *r)
{
	return r->user;
}

void inbound_user_set(struct http_inbound *r, void *user)
{
	r->user = user;
}

void inbound_answer_header(struct http_inbound *r, const char *name, const char *value)
{
	if (strpbrk(value, "\r\n") || r->out_count == HEADERS_MAX)
		abort();
	r->out[r->out_count++] = (struct header){name, arena_text(&r->arena, str_of(value))};
}

void inbound_answer(struct http_inbound *r, int status, const char *content_type, struct buf *body)
{
	if (r->answered)
		abort();
	r->status = status;
	r->content_type = content_type;
	if (body) {
		r->answer = *body;
		*body = (struct buf){0};
	}
	r->answered = true;
}

void inbound_answer_drop(struct http_inbound *r)
{
	buf_clear(&r->answer);
	r->out_count = 0;
	r->answered = false;
}

void inbound_defer(struct http_inbound *r)
{
	(void)r;
}

void inbound_resume(struct http_inbound *r)
{
	(void)r;
}

unsigned http_server_busy(const struct http_server *server)
{
	(void)server;
	return 0;
}

/* serve/readers.h, serve/workers.h: everything at once, on one connection -------------- */

static struct inbox_reader only_reader; /* remembers within an input who was let in */

struct inbox_reader reader_acquire(struct service *s)
{
	only_reader.inbox = s->workers.inbox;
	return only_reader;
}

void reader_release(struct service *s, struct inbox_reader reader)
{
	(void)s;
	only_reader = reader;
}

void reader_renew(struct service *s, struct inbox_reader *reader)
{
	(void)s;
	(void)reader;
}

bool workers_are_alive(struct service *s)
{
	(void)s;
	return true;
}

bool queue_put(struct queue *q, struct request *r)
{
	if (q == &service->workers.writes)
		r->api->write(r, service->workers.inbox);
	else
		r->api->read(r, service->workers.inbox);
	return true;
}

/* The inbox that each input finds -------------------------------------------------- */

static struct inbox_resource seed(enum inbox_kind kind, const char *id, const char *name,
				  const char *body)
{
	struct inbox_resource r = {.kind = kind,
				   .id = str_of(id),
				   .active = true,
				   .name = str_of(name),
				   .label = str_of(kind == INBOX_GROUP ? name : ""),
				   .external = str_of(strcmp(name, "ada") == 0 ? "x" : ""),
				   .body = str_of(body)};
	struct arena arena = {0};

	inbox_put(service->workers.inbox, &r, &arena);
	arena_clear(&arena);
	return r;
}

static void seeds_put(void)
{
	struct inbox *inbox = service->workers.inbox;
	struct inbox_resource ada = seed(
		INBOX_USER, "00000000-0000-4000-8000-00000000000a", "ada",
		"\"userName\":\"ada\",\"active\":true,\"externalId\":\"x\",\"emails\":[{\"value\":"
		"\"a@x\",\"type\":\"work\"}]");
	struct inbox_resource bob = seed(INBOX_USER, "00000000-0000-4000-8000-00000000000b", "bob",
					 "\"userName\":\"bob\",\"active\":true");
	struct inbox_resource eng = seed(INBOX_GROUP, "00000000-0000-4000-8000-00000000000c", "eng",
					 "\"displayName\":\"eng\"");
	struct inbox_resource all = seed(INBOX_GROUP, "00000000-0000-4000-8000-00000000000d", "all",
					 "\"displayName\":\"all\"");
	str address = STR("a@x");

	inbox_addresses_change(inbox, ada.row, NULL, 0, &address, 1);
	inbox_member_add(inbox, eng.row, ada.row, STR(""));
	inbox_member_add(inbox, eng.row, bob.row, STR("Bob"));
	inbox_member_add(inbox, all.row, eng.row, STR(""));
	inbox_member_add(inbox, all.row, inbox_row_make(inbox, STR("nobody")), STR(""));
}

static void must(int rc, const struct err *err)
{
	if (rc == 0)
		return;
	fprintf(stderr, "%s\n", err->text);
	abort();
}

static void inbox_make(void)
{
	char folder[] = "/tmp/muster.fuzz.XXXXXX", path[64], name[80];
	struct token made;
	struct secret *secret;
	struct err err;

	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof path, "%s/inbox.db", folder);
	must(inbox_open(path, INBOX_WRITE, &service->workers.inbox, &err), &err);
	inbox_begin(service->workers.inbox);
	seeds_put();
	must(inbox_commit(service->workers.inbox, &err), &err);
	must(inbox_token_create(service->workers.inbox, STR("fuzz"), TOKEN_ALL, 0,
				STR("00000000-0000-4000-8000-00000000000b"), &made, &secret, &err),
	     &err);
	snprintf(token, sizeof token, "%s", secret_reveal(secret));
	secret_free(secret);
	/* Open files need no names; this leaves nothing behind. */
	for (size_t i = 0; i < 3; i++) {
		const char *const ends[] = {"", "-wal", "-shm"};

		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(folder);
}

static const struct api *const apis[] = {&probe_api, &oauth_api, &scim_api, NULL};

static void service_make(void)
{
	service = mem_alloc(1, sizeof *service);
	service->options = (struct serve_options){
		.per_second = 1u << 30, .body_max = BODY_MAX, .guard = {2, 10, 86400}};
	log_level_set(LOG_LEVEL_ERROR);
	clock_set(1700000000);
	service->apis = apis;
	service->scim = scim_server_open();
	inbox_make();
}

/* What must hold ------------------------------------------------------------------ */

static int64_t number(const char *sql)
{
	struct query *q = db_query(service->workers.inbox->db, sql);
	int64_t n = query_next(q) ? query_int(q, 0) : 0;

	query_end(q);
	return n;
}

static void check_inbox(void)
{
	struct inbox_totals totals = inbox_totals(service->workers.inbox);

	if (inbox_error(service->workers.inbox, NULL) < 0 ||
	    totals.users != number("SELECT count(*) FROM resource WHERE kind = 1 AND held = 0") ||
	    totals.groups != number("SELECT count(*) FROM resource WHERE kind = 2 AND held = 0") ||
	    totals.members != number("SELECT count(*) FROM member WHERE held = 0") ||
	    number("SELECT count(*) FROM member WHERE team NOT IN (SELECT row FROM resource WHERE "
		   "kind = 2) OR person NOT IN (SELECT row FROM resource)") != 0 ||
	    number("SELECT count(*) FROM address WHERE row NOT IN (SELECT row FROM resource WHERE "
		   "kind = 1)") != 0 ||
	    number("SELECT count(*) FROM resource WHERE kind <> 0 AND name IS NULL") != 0)
		abort();
}

static const char *text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* An error of the service speaks SCIM, one of the token endpoint OAuth. */
static void check_error(const struct http_inbound *v, const json_t *body)
{
	const char *urn = json_string_value(json_array_get(json_object_get(body, "schemas"), 0));
	const char *status = text_at(body, "status"), *detail = text_at(body, "detail");

	if (v->user && ((struct request *)v->user)->api == &oauth_api && text_at(body, "error"))
		return;
	if (!urn || strcmp(urn, SCIM_MESSAGE_URN "Error") != 0 || !status ||
	    atoi(status) != v->status || !detail || !*detail)
		abort();
}

static void check_answer(const struct http_inbound *v)
{
	json_t *body;

	if (!v->answered || v->status < 200 || v->status >= 506 || v->status == 500 ||
	    v->status == 503)
		abort();
	if (v->content_type && strstr(v->content_type, "text/plain"))
		return;
	if (v->answer.n == 0) {
		if (v->status != 204 && v->status != 304)
			abort();
		return;
	}
	body = json_loadb(v->answer.p, v->answer.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(body) || !v->content_type)
		abort();
	if (v->status >= 400)
		check_error(v, body);
	json_decref(body);
}

/* The requests ----------------------------------------------------------------------- */

static bool line_take(str *rest, str *ret)
{
	return str_split(rest, '\n', ret);
}

/* "@@" becomes the token. */
static const char *filled(struct arena *arena, str text)
{
	struct buf out = {0};
	const char *done;

	for (size_t i = 0; i < text.n; i++)
		if (i + 1 < text.n && text.p[i] == '@' && text.p[i + 1] == '@')
			buf_text(&out, token), i++;
		else
			buf_char(&out, text.p[i]);
	done = arena_text(arena, buf_str(&out));
	buf_clear(&out);
	return done;
}

static void header_add(struct http_inbound *v, const char *name, const char *value)
{
	if (v->in_count < HEADERS_MAX)
		v->in[v->in_count++] = (struct header){name, value};
}

static void headers_read(struct http_inbound *v, str *rest)
{
	str line;

	while (line_take(rest, &line) && line.n > 0) {
		ptrdiff_t colon = str_find(line, ':');

		if (colon > 0)
			header_add(v, arena_text(&v->arena, str_slice(line, 0, (size_t)colon)),
				   filled(&v->arena,
					  str_trim(str_slice(line, (size_t)colon + 1, line.n))));
	}
	if (!inbound_header(v, "Host").p)
		header_add(v, "Host", "h");
	if (!inbound_header(v, "Authorization").p)
		header_add(v, "Authorization", filled(&v->arena, STR("Bearer @@")));
}

static enum inbound_method method_of(str text)
{
	for (unsigned m = 0; m < INBOUND_OTHER; m++)
		if (str_equal(text, str_of(inbound_method_text(m))))
			return m;
	return INBOUND_OTHER;
}

/* What was refused left no trace; a bulk request may have done a part. */
static void check_untouched(const struct http_inbound *v, int64_t version)
{
	const struct request *r = v->user;
	bool bulk =
		r->api == &scim_api && ((const struct scim_request *)v->user)->route == ROUTE_BULK;

	if (v->status >= 400 && !bulk && inbox_version(service->workers.inbox) != version)
		abort();
}

static void serve_one(struct http_inbound *v)
{
	int64_t version = inbox_version(service->workers.inbox);

	if (request_begin(service, v)) {
		if (v->body.n > BODY_MAX)
			request_too_large(service, v);
		else
			request_handle(service, v);
	}
	check_answer(v);
	check_untouched(v, version);
	request_done(service, v, v->status);
}

static void request_run(str text)
{
	struct http_inbound v = {0};
	str line, method;

	if (line_take(&text, &line) && str_split(&line, ' ', &method)) {
		v.method = method_of(method);
		if (http_target_parse(line, false, &v.arena, &v.target) == 0) {
			headers_read(&v, &text);
			v.body = text;
			if (str_contains(v.target.path, STR("oauth2")))
				v.body = str_of(filled(&v.arena, text));
			serve_one(&v);
		}
	}
	buf_clear(&v.answer);
	arena_clear(&v.arena);
}

static void requests_run(str all, bool strict)
{
	static const char between[] = "\n---\n";

	service->options.strict = strict;
	memset(&service->clients, 0, sizeof service->clients);
	clients_open(&service->clients);
	/* No input finds what another one left. */
	list_cache_close(service->scim->list_cache);
	service->scim->list_cache = list_cache_open();
	inbox_begin(service->workers.inbox);
	while (all.n > 0) {
		const char *end = memmem(all.p, all.n, between, sizeof between - 1);
		size_t n = end ? (size_t)(end - all.p) : all.n;

		request_run(str_slice(all, 0, n));
		all = str_slice(all, end ? n + sizeof between - 1 : n, all.n);
	}
	check_inbox();
	inbox_rollback(service->workers.inbox);
	removals_recount(service->scim);
	secret_free(only_reader.let_in);
	only_reader.let_in = NULL;
	clients_close(&service->clients);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!service)
		service_make();
	for (int strict = 0; strict < 2; strict++)
		requests_run(str_make((const char *)data, size), strict);
	return 0;
}
