/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client's face: opening, submitting, one call, and what a response says. */
#include "wire/http/http.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "wire/http/internal.h"

static int64_t real_ticks(void *context)
{
	(void)context;
	return clock_ticks();
}

static void real_sleep(void *context, int64_t milliseconds)
{
	(void)context;
	clock_sleep(milliseconds);
}

static uint64_t real_below(void *context, uint64_t limit)
{
	(void)context;
	return random_below(limit);
}

static void start_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		mem_out();
}

static void put_defaults(struct http_settings *s)
{
	if (!s->connect_timeout)
		s->connect_timeout = 10 * 1000;
	if (!s->timeout)
		s->timeout = 30 * 1000;
	if (!s->body_limit)
		s->body_limit = 64 * 1024 * 1024;
	if (!s->in_flight)
		s->in_flight = 32;
	if (!s->attempts)
		s->attempts = 5;
	if (!s->budget)
		s->budget = 5 * 60 * 1000;
	if (!s->wait_limit)
		s->wait_limit = 2 * 60 * 1000;
	if (!s->hooks.ticks)
		s->hooks.ticks = real_ticks;
	if (!s->hooks.sleep)
		s->hooks.sleep = real_sleep;
	if (!s->hooks.below)
		s->hooks.below = real_below;
}

static int check_token_url(const struct http_settings *settings, struct err *err)
{
	struct http_origin o;
	bool local;

	if (settings->auth != HTTP_AUTH_TOKEN)
		return 0;
	if (http_origin_allowed(settings, settings->token.url, &o, &local, err) < 0)
		return err_wrap(err, "token service");
	http_origin_clear(&o);
	return 0;
}

static void set_multi(struct http_client *c)
{
	c->multi = curl_multi_init();
	if (!c->multi)
		mem_out();
	curl_multi_setopt(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)c->settings.in_flight + 4);
	curl_multi_setopt(c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)c->settings.in_flight);
}

int http_open(const struct http_settings *settings, struct http_client **ret, struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http_origin origin;
	struct http_client *c;
	bool local;

	pthread_once(&once, start_curl);
	if (http_origin_allowed(settings, settings->url, &origin, &local, err) < 0)
		return -1;
	if (check_token_url(settings, err) < 0) {
		http_origin_clear(&origin);
		return -1;
	}
	c = mem_alloc(1, sizeof *c);
	c->settings = *settings;
	c->origin = origin;
	c->local = local || settings->unix_socket;
	put_defaults(&c->settings);
	job_queue_open(&c->ready);
	job_queue_open(&c->delayed);
	http_pace_open(&c->pace, &c->settings, http_ticks(c));
	c->last_good = -1;
	set_multi(c);
	*ret = c;
	return 0;
}

void http_close(struct http_client *c)
{
	if (!c)
		return;
	assert(c->running == 0 && c->ready.count == 0 && c->delayed.count == 0);
	list_each (CURL *, easy, &c->idle)
		curl_easy_cleanup(*easy);
	list_clear(&c->idle);
	curl_multi_cleanup(c->multi);
	http_origin_clear(&c->origin);
	secret_free(c->token);
	free(c);
}

static void add_line(struct job *job, const char *line)
{
	struct curl_slist *more = curl_slist_append(job->lines, line);

	if (!more)
		mem_out();
	job->lines = more;
}

static void add_header(struct job *job, const char *name, const char *value)
{
	struct buf line = {0};

	buf_printf(&line, "%s: %s", name, value);
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)line.p[i] < ' ')
			line.p[i] = '?';
	add_line(job, line.p);
	buf_clear(&line);
}

void http_submit(struct http_client *c, const struct http_request *request)
{
	struct job *job = mem_alloc(1, sizeof *job);
	enum http_method method = request->method;

	*job = (struct job){
		.client = c,
		.method = method,
		.reads = request->reads || method == HTTP_GET,
		.may_repeat = request->reads || request->repeatable || method == HTTP_GET ||
			      method == HTTP_PUT || method == HTTP_DELETE,
		.has_body = request->body.n || (method != HTTP_GET && method != HTTP_DELETE),
		.done = request->done,
		.piece = request->piece,
		.user = request->user,
		.first_try = -1,
	};
	if (http_target(c, request->target, &job->url, &job->diag_space) < 0)
		job->fault = &job->diag_space;
	buf_put(&job->body, request->body);
	add_header(job, "Accept", request->accept ? request->accept : "application/json");
	/* An empty body has no type; without a word of ours curl would call it a form. */
	if (job->has_body && !request->body.n)
		add_line(job, "Content-Type:");
	else if (job->has_body)
		add_header(job, "Content-Type",
			   request->content_type ? request->content_type : "application/json");
	for (size_t i = 0; i < request->header_count; i++)
		add_header(job, request->headers[i].name, request->headers[i].value);
	job_queue_put(&c->ready, job);
}

size_t http_room(const struct http_client *c)
{
	size_t queued = c->ready.count + c->delayed.count + c->running;
	size_t useful = 2 * (size_t)c->settings.in_flight;

	return queued < useful ? useful - queued : 0;
}

struct call {
	struct http_response *ret;
};

static void on_call(void *user, const struct http_response *response)
{
	struct call *call = user;

	*call->ret = *response;
	call->ret->body_bytes = (struct buf){0};
	call->ret->header_bytes = (struct buf){0};
	buf_put(&call->ret->body_bytes, response->body);
	buf_put(&call->ret->header_bytes, buf_str(&response->header_bytes));
	call->ret->body = buf_str(&call->ret->body_bytes);
}

int http_call(struct http_client *c, const struct http_request *request, struct http_response *ret,
	      struct err *err)
{
	struct http_request own = *request;
	struct call call = {ret};

	*ret = (struct http_response){.retry_after = -1};
	own.done = on_call;
	own.user = &call;
	http_submit(c, &own);
	http_run(c);
	if (ret->outcome == HTTP_ANSWERED && ret->status >= 200 && ret->status < 300)
		return 0;
	if (err)
		*err = ret->err;
	return -1;
}

void http_response_clear(struct http_response *r)
{
	buf_clear(&r->body_bytes);
	buf_clear(&r->header_bytes);
}

str http_header_get(const struct http_response *r, const char *name)
{
	str rest = buf_str(&r->header_bytes), line, wanted = str_of(name);

	while (str_split(&rest, '\n', &line)) {
		if (line.n > wanted.n && line.p[wanted.n] == ':' && str_starts_nocase(line, wanted))
			return str_trim(str_slice(line, wanted.n + 1, line.n));
	}
	return str_make(NULL, 0);
}

str http_link_next(const struct http_response *r)
{
	return http_link_next_with(r, (str){NULL, 0});
}

str http_link_next_with(const struct http_response *r, str attribute)
{
	str rest = http_header_get(r, "link"), found = {NULL, 0};

	while (rest.n) {
		ptrdiff_t from = str_find(rest, '<'), to = str_find(rest, '>');
		str address, parameters;
		ptrdiff_t next;

		if (from < 0 || to < from)
			break;
		address = str_slice(rest, (size_t)from + 1, (size_t)to);
		rest = str_slice(rest, (size_t)to + 1, rest.n);
		next = str_find(rest, '<');
		parameters = next < 0 ? rest : str_slice(rest, 0, (size_t)next);
		if ((str_contains(parameters, STR("rel=\"next\"")) ||
		     str_contains(parameters, STR("rel=next"))) &&
		    (!attribute.n || str_contains(parameters, attribute)))
			found = address;
	}
	return found;
}

const struct http_counts *http_counts(const struct http_client *c)
{
	return &c->counts;
}

const char *http_method_text(enum http_method method)
{
	static const char *const texts[] = {
		[HTTP_GET] = "GET",     [HTTP_POST] = "POST",     [HTTP_PUT] = "PUT",
		[HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
	};

	return texts[method];
}
