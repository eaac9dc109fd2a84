/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client's face: opening, submitting, one call. */
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
	struct url origin;

	if (settings->auth != HTTP_AUTH_TOKEN)
		return 0;
	if (http_url_check(settings, settings->token.url, &origin, err) < 0)
		return err_wrap(err, "token service");
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
	struct url origin;
	struct http_client *c;

	pthread_once(&once, start_curl);
	if (http_url_check(settings, settings->url, &origin, err) < 0 ||
	    check_token_url(settings, err) < 0)
		return -1;
	c = mem_alloc(1, sizeof *c);
	c->settings = *settings;
	c->origin = origin;
	c->local = url_is_local(&origin) || settings->unix_socket;
	put_defaults(&c->settings);
	job_queue_open(&c->ready);
	job_queue_open(&c->delayed);
	http_rate_limit_init(&c->limit, &c->settings, http_ticks(c));
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
	secret_free(c->token);
	free(c);
}

static void job_line_add(struct http_job *job, const char *line)
{
	struct curl_slist *more = curl_slist_append(job->lines, line);

	if (!more)
		mem_out();
	job->lines = more;
}

static void job_header_add(struct http_job *job, const char *name, const char *value)
{
	struct buf line = {0};

	buf_printf(&line, "%s: %s", name, value);
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)line.p[i] < ' ')
			line.p[i] = '?';
	job_line_add(job, line.p);
	buf_clear(&line);
}

void http_submit(struct http_client *c, const struct http_request *request)
{
	struct http_job *job = mem_alloc(1, sizeof *job);
	enum http_method method = request->method;

	*job = (struct http_job){
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
	if (http_url_of(c, request->target, &job->response.url, &job->diag_space) < 0)
		job->fault = &job->diag_space;
	buf_put(&job->body, request->body);
	job_header_add(job, "Accept", request->accept ? request->accept : "application/json");
	/* An empty body has no type; without a word of ours curl would call it a form. */
	if (job->has_body && !request->body.n)
		job_line_add(job, "Content-Type:");
	else if (job->has_body)
		job_header_add(job, "Content-Type",
			       request->content_type ? request->content_type : "application/json");
	for (size_t i = 0; i < request->header_count; i++)
		job_header_add(job, request->headers[i].name, request->headers[i].value);
	job_queue_put(&c->ready, job);
}

size_t http_room(const struct http_client *c)
{
	size_t queued = c->ready.count + c->delayed.count + c->running;
	size_t useful = 2 * (size_t)c->settings.in_flight;

	return queued < useful ? useful - queued : 0;
}

static void on_call(void *user, const struct http_response *response)
{
	struct http_response *ret = user;

	http_response_copy(response, ret);
}

int http_call(struct http_client *c, const struct http_request *request, struct http_response *ret,
	      struct err *err)
{
	struct http_request own = *request;

	*ret = (struct http_response){.retry_after = -1};
	own.done = on_call;
	own.user = ret;
	http_submit(c, &own);
	http_run(c);
	if (ret->outcome == HTTP_ANSWERED && ret->status >= 200 && ret->status < 300)
		return 0;
	if (err)
		*err = ret->err;
	return -1;
}

const struct http_counts *http_counts(const struct http_client *c)
{
	return &c->counts;
}
