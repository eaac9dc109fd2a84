/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client against a server that misbehaves in every way it can; no test waits for real
 * seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "unit/wire/http/tiny_server.h"
#include "wire/http/http.h"
#include "wire/http/internal.h"

/* Time that jumps instead of sleeping; jitter at its upper end. */
struct fake {
	int64_t skew;
	int64_t slept;
};

static int64_t fake_ticks(void *context)
{
	return clock_ticks() + ((struct fake *)context)->skew;
}

static void fake_sleep(void *context, int64_t milliseconds)
{
	((struct fake *)context)->skew += milliseconds;
	((struct fake *)context)->slept += milliseconds;
}

static uint64_t fake_below(void *context, uint64_t limit)
{
	(void)context;
	return limit - 1;
}

static bool begins(const struct tiny_request *r, const char *path)
{
	return strncmp(r->path, path, strlen(path)) == 0;
}

static void answer_status(const struct tiny_request *r, struct buf *out)
{
	tiny_answer(out, atoi(r->path + 8), "", "{}");
}

/* Answers 429 or 503 so many times, then 200. */
static void answer_later(const struct tiny_request *r, struct buf *out)
{
	int status = 0, times = 0;
	char header[64] = "";

	sscanf(r->path, "/later/%d/%d/%40s", &status, &times, header);
	if (*header)
		strcat(header, "\r\n");
	if (r->number <= (unsigned)times)
		tiny_answer(out, status, header, "");
	else
		tiny_answer(out, 200, "", "{\"at\":\"last\"}");
}

/* A token service: each token has a number, and the system takes only the newest. */
static void answer_token(struct tiny_server *s, const struct tiny_request *r, struct buf *out)
{
	struct buf body = {0};

	if (begins(r, "/token/refuses")) {
		tiny_answer(out, 400, "",
			    "{\"error\":\"invalid_client\",\"error_description\":\"unknown\"}");
	} else if (begins(r, "/token/html")) {
		tiny_answer(out, 200, "", "<html>");
	} else if (begins(r, "/token/fails") && r->number < 3) {
		tiny_answer(out, 500, "", "");
	} else {
		buf_printf(&body,
			   "{\"access_token\":\"t%u\",\"token_type\":\"Bearer\",\"expires_in\":%s}",
			   r->number, strchr(r->path, '?') ? "\"100\"" : "3600");
		pthread_mutex_lock(&s->lock);
		buf_put(&s->log, buf_str(&r->body));
		buf_put(&s->log, buf_str(&r->head));
		pthread_mutex_unlock(&s->lock);
		tiny_answer(out, 200, "", body.p);
	}
	buf_clear(&body);
}

static void answer_guarded(const struct tiny_request *r, struct buf *out)
{
	char wanted[64];

	snprintf(wanted, sizeof wanted, "Authorization: Bearer %s\r\n", r->path + 9);
	tiny_answer(out, strstr(r->head.p, wanted) ? 200 : 401, "", "{}");
}

static bool handle(struct tiny_server *s, const struct tiny_request *r, struct buf *out)
{
	if (begins(r, "/token")) {
		answer_token(s, r, out);
	} else if (begins(r, "/guarded/")) {
		answer_guarded(r, out);
	} else if (begins(r, "/status/")) {
		answer_status(r, out);
	} else if (begins(r, "/later/")) {
		answer_later(r, out);
	} else if (begins(r, "/echo")) {
		tiny_answer(out, 200, "ETag: W/\"7\"\r\nX-Odd:  spaced \r\n", r->head.p);
	} else if (begins(r, "/body")) {
		tiny_answer(out, 201, "", r->body.n ? r->body.p : "");
	} else if (begins(r, "/stall")) {
		while (!s->ending)
			usleep(1000);
		return false;
	} else if (begins(r, "/slow")) {
		usleep(20000);
		tiny_answer(out, 200, "", "{}");
	} else if (begins(r, "/half")) {
		buf_text(out, "HTTP/1.1 201 X\r\nContent-Length: 100\r\n\r\n{\"id\":");
		return false;
	} else if (begins(r, "/drop")) {
		return false;
	} else if (begins(r, "/flaky") && r->number == 1) {
		return false;
	} else if (begins(r, "/redirect")) {
		tiny_answer(out, 302, "Location: http://127.0.0.1:1/elsewhere\r\n", "");
	} else if (begins(r, "/bighead")) {
		buf_text(out, "HTTP/1.1 200 X\r\n");
		for (int i = 0; i < 2000; i++)
			buf_printf(out, "X-%d: 01234567890123456789012345678901234567890123\r\n",
				   i);
		buf_text(out, "Content-Length: 0\r\n\r\n");
	} else if (begins(r, "/bigbody")) {
		buf_text(out, "HTTP/1.1 200 X\r\nContent-Length: 4000000\r\n\r\n");
		for (int i = 0; i < 40000; i++)
			buf_printf(out, "%0100d", i);
	} else if (begins(r, "/nonsense")) {
		buf_text(out, "220 mail.example.com ESMTP\r\n");
		return false;
	} else {
		tiny_answer(out, 200, "", "{\"ok\":true}");
	}
	return true;
}

struct fixture {
	struct tiny_server *server;
	struct fake fake;
	struct http_settings settings;
	struct http_client *client;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	f->server = tiny_open(handle, NULL);
	f->settings = (struct http_settings){
		.url = f->server->url,
		.timeout = 300,
		.connect_timeout = 300,
		.hooks = {fake_ticks, fake_sleep, fake_below, &f->fake},
	};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	http_close(f->client);
	tiny_close(f->server);
	free(f);
	return 0;
}

static struct http_client *client(struct fixture *f)
{
	struct err err;

	if (!f->client && http_open(&f->settings, &f->client, &err) < 0)
		fail_msg("%s", err.text);
	return f->client;
}

/* One call; the response is thrown away but for what a test looks at. */
static struct http_response call(struct fixture *f, enum http_method method, const char *target,
				 struct err *err)
{
	struct http_request request = {.method = method, .target = str_of(target)};
	struct http_response response;

	if (method != HTTP_GET)
		request.body = STR("{\"a\":1}");
	*err = (struct err){0};
	http_call(client(f), &request, &response, err);
	http_response_clear(&response);
	return response;
}

static void assert_says(const struct err *err, const char *part)
{
	if (!strstr(err->text, part))
		fail_msg("'%s' does not say '%s'", err->text, part);
}

static void a_plain_call(void **state)
{
	struct fixture *f = *state;
	struct http_request request = {.target = STR("/echo?x=1")};
	struct http_response r;
	struct err err;

	assert_int_equal(http_call(client(f), &request, &r, &err), 0);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	assert_int_equal(r.status, 200);
	assert_true(str_contains(r.body, STR("GET /echo?x=1 HTTP/1.1\r\n")));
	assert_true(str_contains(r.body, STR("User-Agent: muster/")));
	assert_true(str_contains(r.body, STR("Accept: application/json\r\n")));
	assert_false(str_contains(r.body, STR("Expect")));
	assert_true(str_equal(http_header_get(&r, "etag"), STR("W/\"7\"")));
	assert_true(str_equal(http_header_get(&r, "x-odd"), STR("spaced")));
	assert_null(http_header_get(&r, "x-none").p);
	http_response_clear(&r);
}

static void methods_bodies_and_headers(void **state)
{
	struct fixture *f = *state;
	struct http_header headers[] = {{"If-Match", "W/\"1\"\r\nX-Evil: 1"}};
	struct http_request request = {.method = HTTP_PATCH,
				       .target = STR("/echo"),
				       .body = STR("{\"b\":2}"),
				       .content_type = "application/scim+json",
				       .headers = headers,
				       .header_count = 1};
	struct http_response r;
	struct err err;

	assert_int_equal(http_call(client(f), &request, &r, &err), 0);
	assert_true(str_starts(r.body, STR("PATCH /echo")));
	assert_true(str_contains(r.body, STR("Content-Length: 7\r\n")));
	assert_true(str_contains(r.body, STR("Content-Type: application/scim+json\r\n")));
	assert_true(str_contains(r.body, STR("If-Match: W/\"1\"?\?X-Evil: 1\r\n")));
	http_response_clear(&r);
	request.target = STR("/body");
	for (int method = HTTP_POST; method <= HTTP_DELETE; method++) {
		request.method = (enum http_method)method;
		assert_int_equal(http_call(client(f), &request, &r, &err), 0);
		assert_true(str_equal(r.body, STR("{\"b\":2}")));
		http_response_clear(&r);
	}
	request = (struct http_request){.method = HTTP_DELETE, .target = STR("/echo")};
	assert_int_equal(http_call(client(f), &request, &r, &err), 0);
	assert_true(str_starts(r.body, STR("DELETE /echo")));
	assert_false(str_contains(r.body, STR("Content-Type")));
	http_response_clear(&r);
}

struct many {
	struct http_client *c;
	int left, done;
};

static void submit_next(struct many *m);

static void on_one(void *user, const struct http_response *r)
{
	struct many *m = user;

	assert_int_equal(r->status, 200);
	m->done++;
	submit_next(m);
}

static void submit_next(struct many *m)
{
	struct http_request request = {.target = STR("/slow"), .done = on_one, .user = m};

	if (m->left-- > 0)
		http_submit(m->c, &request);
}

static void many_in_flight_on_kept_connections(void **state)
{
	struct fixture *f = *state;
	struct many m = {.left = 64};

	f->settings.in_flight = 8;
	f->settings.timeout = 5000;
	m.c = client(f);
	for (int i = 0; i < 16; i++)
		submit_next(&m);
	http_run(m.c);
	assert_int_equal(m.done, 64);
	assert_int_equal(f->server->max_at_once, 8);
	assert_int_equal(f->server->connections, 8);
	assert_int_equal(http_counts(m.c)->requests, 64);
	assert_int_equal(http_room(m.c), 16);
}

static void a_server_error_is_repeated_where_harmless(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct http_response r = call(f, HTTP_GET, "/later/500/2", &err);

	assert_int_equal(r.status, 200);
	assert_int_equal(r.attempts, 3);
	assert_int_equal(f->fake.slept, 500 + 1000); /* the upper end of 0.5 s, then 1 s */
	assert_int_equal(call(f, HTTP_PUT, "/later/502/1", &err).status, 200);
	r = call(f, HTTP_POST, "/later/500/1", &err);
	assert_int_equal(r.status, 500);
	assert_int_equal(r.attempts, 1);
	assert_true(r.perhaps_done);
	assert_int_equal(err.code, CODE_UNAVAILABLE);
	assert_true(err.again);
	r = call(f, HTTP_PATCH, "/later/503/1", &err);
	assert_int_equal(r.status, 503);
	assert_true(r.perhaps_done);
	assert_int_equal(err.code, CODE_LATER);
	r = call(f, HTTP_POST, "/later/503/1/Retry-After:1", &err);
	assert_int_equal(r.status, 200);
	assert_false(r.perhaps_done);
	assert_int_equal(http_counts(f->client)->repeated, 4);
}

static void too_many_requests_are_waited_for(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct http_response r;

	r = call(f, HTTP_POST, "/later/429/7/Retry-After:3", &err);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.attempts, 8); /* waiting for a rate limit is no failed attempt */
	assert_true(f->fake.slept >= 7 * 2900);
	assert_int_equal(http_counts(f->client)->later, 7);
	f->fake.slept = 0;
	r = call(f, HTTP_POST, "/later/429/100/Retry-After:100", &err);
	assert_int_equal(r.status, 429);
	assert_false(r.perhaps_done);
	assert_int_equal(err.code, CODE_LATER);
	assert_true(f->fake.slept <= 300 * 1000); /* the budget */
	/* Twice the hundred, but for the moments that passed between the answer and the wait. */
	assert_true(f->fake.slept >= 190 * 1000);
}

static void a_long_wait_ends_everything(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct http_request request = {.target = STR("/ok"), .done = on_one};
	struct http_response r = call(f, HTTP_POST, "/later/429/1/Retry-After:3600", &err);

	(void)request;
	assert_int_equal(r.status, 429);
	assert_int_equal(r.attempts, 1);
	assert_int_equal(err.code, CODE_LATER);
	assert_int_equal(f->fake.slept, 0);
	assert_int_equal(r.retry_after, 3600);
}

static void waits_that_headers_ask_for(void **state)
{
	struct http_quota epoch = {"Left", "Reset", HTTP_RESET_EPOCH};
	struct http_quota seconds = {"Left", "Reset", HTTP_RESET_SECONDS};
	struct http_quota epoch_ms = {"Left", "Reset", HTTP_RESET_EPOCH_MS};
	struct http_response r = {0};

	(void)state;
	assert_int_equal(http_retry_after(STR(" 7 "), 0), 7);
	assert_int_equal(http_retry_after(STR("-7"), 0), -1);
	assert_int_equal(http_retry_after(STR("soon"), 0), -1);
	assert_int_equal(http_retry_after(STR(""), 0), -1);
	assert_int_equal(http_retry_after(STR("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777 - 20),
			 20);
	assert_int_equal(http_retry_after(STR("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777 + 9), 0);
	assert_int_equal(http_quota_wait(&epoch, &r, 1000), -1);
	buf_text(&r.header_bytes, "left: 0\r\nreset: 1030\r\n");
	assert_int_equal(http_quota_wait(&epoch, &r, 1000), 30);
	assert_int_equal(http_quota_wait(&epoch, &r, 2000), 0);
	assert_int_equal(http_quota_wait(&seconds, &r, 1000), 1030);
	assert_int_equal(http_quota_wait(&epoch_ms, &r, 1), 0);
	buf_reset(&r.header_bytes);
	buf_text(&r.header_bytes, "left: 3\r\nreset: 1030\r\n");
	assert_int_equal(http_quota_wait(&epoch, &r, 1000), -1);
	http_response_clear(&r);
}

static void the_window_shrinks_and_grows(void **state)
{
	struct fixture *f = *state;
	struct many m = {.left = 100};

	f->settings.in_flight = 16;
	f->settings.timeout = 5000;
	m.c = client(f);
	for (int i = 0; i < 16; i++) {
		struct http_request request = {
			.target = STR("/later/429/16/Retry-After:1"), .done = on_one, .user = &m};

		http_submit(m.c, &request);
	}
	m.left = 0;
	http_run(m.c);
	assert_int_equal(m.done, 16);
	/* One round of 16 refusals halves once, to 8; the answers behind it let it grow to 9 or so.
	 */
	f->server->max_at_once = 0;
	m.left = 6;
	for (int i = 0; i < 6; i++)
		submit_next(&m);
	http_run(m.c);
	m.left = 40;
	f->server->max_at_once = 0;
	for (int i = 0; i < 20; i++)
		submit_next(&m);
	http_run(m.c);
	assert_true(f->server->max_at_once < 16);
	assert_true(f->server->max_at_once >= 8);
}

static void pace_is_kept(void **state)
{
	struct fixture *f = *state;
	struct many m = {.left = 0};

	f->settings.per_second = 10;
	m.c = client(f);
	for (int i = 0; i < 21; i++) {
		struct http_request request = {.target = STR("/ok"), .done = on_one, .user = &m};

		http_submit(m.c, &request);
	}
	http_run(m.c);
	assert_int_equal(m.done, 21);
	assert_in_range(f->fake.slept, 1500, 2100);
}

static void a_stalled_server_ends_in_time(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct http_response r;
	int64_t before = clock_ticks();

	f->settings.attempts = 2;
	r = call(f, HTTP_GET, "/stall", &err);
	assert_int_equal(r.outcome, HTTP_UNKNOWN);
	assert_int_equal(r.attempts, 2);
	assert_false(r.perhaps_done);
	assert_int_equal(err.code, CODE_UNAVAILABLE);
	assert_says(&err, "no complete answer within 1 s");
	r = call(f, HTTP_POST, "/stall", &err);
	assert_int_equal(r.outcome, HTTP_UNKNOWN);
	assert_int_equal(r.attempts, 1);
	assert_true(r.perhaps_done);
	assert_true(clock_ticks() - before < 5000);
}

static void a_tls_stall_is_not_sent(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct http_response r;
	char url[64];

	snprintf(url, sizeof url, "https://127.0.0.1:%d/x", f->server->port);
	f->settings.url = url;
	f->settings.attempts = 2;
	r = call(f, HTTP_POST, "/y", &err);
	assert_int_equal(r.outcome, HTTP_NOT_SENT);
	assert_int_equal(r.attempts, 2);
	assert_int_equal(err.code, CODE_UNAVAILABLE);
	assert_int_equal(err.reach, REACH_SYSTEM);
	assert_says(&err, "/x/y");
}

static void a_half_body_is_no_answer(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct http_response r = call(f, HTTP_POST, "/half", &err);

	assert_int_equal(r.outcome, HTTP_UNKNOWN);
	assert_int_equal(r.status, 201);
	assert_true(r.perhaps_done);
	assert_says(&err, "the answer ended before its end");
	r = call(f, HTTP_GET, "/half", &err);
	assert_int_equal(r.outcome, HTTP_UNKNOWN);
	assert_int_equal(r.attempts, 5);
}

/* A kept connection that dies behind the request: curl itself would send it again. */
static void a_post_is_never_sent_twice_on_a_dead_connection(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct http_request empty = {.method = HTTP_POST, .target = STR("/drop-empty")};
	struct http_response r;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(call(f, HTTP_GET, "/ok", &err).status, 200);
		r = call(f, HTTP_POST, "/drop", &err);
		assert_int_equal(r.outcome, HTTP_UNKNOWN);
		assert_true(r.perhaps_done);
		assert_says(&err, "the connection was closed before an answer came");
		assert_int_equal(tiny_count(f->server, "/drop"), i + 1);
	}
	assert_int_equal(call(f, HTTP_GET, "/ok", &err).status, 200);
	http_call(client(f), &empty, &r, &err);
	http_response_clear(&r);
	assert_int_equal(tiny_count(f->server, "/drop-empty"), 1);
	assert_int_equal(call(f, HTTP_GET, "/ok", &err).status, 200);
	assert_int_equal(call(f, HTTP_PUT, "/flaky", &err).status, 200);
	assert_int_equal(tiny_count(f->server, "/flaky"), 2);
}

static void nobody_listens(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct http_response r;
	char url[64];
	struct tiny_server *gone = tiny_open(handle, NULL);

	snprintf(url, sizeof url, "%s", gone->url);
	tiny_close(gone);
	f->settings.url = url;
	r = call(f, HTTP_POST, "/x", &err);
	assert_int_equal(r.outcome, HTTP_NOT_SENT);
	assert_int_equal(r.attempts, 5);
	assert_false(r.perhaps_done);
	assert_int_equal(err.code, CODE_UNAVAILABLE);
	assert_int_equal(err.reach, REACH_SYSTEM);
	assert_says(&err, "Connection refused");
	assert_says(&err, "(5 attempts)");
}

struct tally {
	int answered, not_sent, unknown;
	struct err err;
};

static void on_tally(void *user, const struct http_response *r)
{
	struct tally *t = user;

	t->answered += r->outcome == HTTP_ANSWERED;
	t->not_sent += r->outcome == HTTP_NOT_SENT;
	t->unknown += r->outcome == HTTP_UNKNOWN;
	t->err = r->err;
}

static void submit_tally(struct fixture *f, const char *target, struct tally *t, int count)
{
	struct http_request request = {.method = HTTP_POST,
				       .target = str_of(target),
				       .body = STR("{}"),
				       .done = on_tally,
				       .user = t};

	while (count--)
		http_submit(client(f), &request);
}

static void a_system_that_is_down_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct tally t = {0};

	f->settings.in_flight = 4;
	submit_tally(f, "/status/500", &t, 1000);
	http_run(f->client);
	assert_int_equal(t.answered + t.not_sent, 1000);
	assert_true(t.answered < 30);
	assert_int_equal(t.err.code, CODE_UNAVAILABLE);
	assert_true(f->server->requests < 30);
	/* Entries that fail beside others that do not say nothing about the system. */
	t = (struct tally){0};
	for (int i = 0; i < 100; i++) {
		submit_tally(f, "/status/500", &t, 1);
		submit_tally(f, "/status/200", &t, 1);
	}
	http_run(f->client);
	assert_int_equal(t.answered, 200);
}

static void refused_credentials_end_everything(void **state)
{
	struct fixture *f = *state;
	struct tally t = {0};

	f->settings.in_flight = 2;
	submit_tally(f, "/status/401", &t, 100);
	http_run(f->client);
	assert_true(t.answered <= 2);
	assert_int_equal(t.not_sent, 100 - t.answered);
	assert_int_equal(t.err.code, CODE_REFUSED);
	assert_int_equal(t.err.reach, REACH_SYSTEM);
}

static void statuses_have_codes(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct http_response r;

	assert_int_equal(call(f, HTTP_POST, "/status/204", &err).status, 204);
	assert_int_equal(err.code, CODE_DONE);
	call(f, HTTP_POST, "/status/403", &err);
	assert_int_equal(err.code, CODE_REFUSED);
	call(f, HTTP_POST, "/status/404", &err);
	assert_int_equal(err.code, CODE_FAILED);
	assert_int_equal(err.reach, REACH_ENTRY);
	call(f, HTTP_GET, "/status/401", &err);
	assert_int_equal(err.code, CODE_REFUSED);
	r = call(f, HTTP_GET, "/redirect?secret=x", &err);
	assert_int_equal(r.status, 302);
	assert_int_equal(err.code, CODE_DATA);
	assert_says(&err, "GET http://127.0.0.1");
	assert_says(&err, "http://127.0.0.1:1/elsewhere");
	assert_null(strstr(err.text, "secret=x"));
}

static void too_large_answers_end(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct http_response r;

	f->settings.body_limit = 1000000;
	r = call(f, HTTP_GET, "/bigbody", &err);
	assert_int_equal(r.outcome, HTTP_UNKNOWN);
	assert_int_equal(r.attempts, 1);
	assert_int_equal(err.code, CODE_DATA);
	assert_says(&err, "longer than 976 KiB");
	call(f, HTTP_GET, "/bighead", &err);
	assert_int_equal(err.code, CODE_DATA);
	assert_says(&err, "headers of the answer are longer than 64 KiB");
	call(f, HTTP_GET, "/nonsense", &err);
	assert_int_equal(err.code, CODE_DATA);
}

static void plain_http_stays_at_home(void **state)
{
	static const char *const allowed[] = {"http://localhost:1", "http://127.3.2.1/x",
					      "http://[::1]:8", "https://example.com/scim"};
	static const char *const refused[] = {
		"http://example.com",           "http://127.0.0.1.example.com",
		"http://127.example.com.org.x", "ftp://127.0.0.1/",
		"https://user:pw@example.com",  "nonsense"};
	struct http_settings settings = {0};
	struct http_client *c;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
		settings.url = allowed[i];
		assert_int_equal(http_open(&settings, &c, &err), 0);
		http_close(c);
	}
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		settings.url = refused[i];
		if (http_open(&settings, &c, &err) == 0)
			fail_msg("%s was taken", refused[i]);
		assert_int_equal(err.code, CODE_CONFIG);
		assert_null(strstr(err.text, "pw@"));
	}
	settings = (struct http_settings){.url = "http://example.com", .insecure = true};
	assert_int_equal(http_open(&settings, &c, &err), 0);
	http_close(c);
}

static void targets_stay_at_their_origin(void **state)
{
	struct fixture *f = *state;
	struct err err;
	char target[128];

	snprintf(target, sizeof target, "%s/ok?cursor=x", f->server->url);
	assert_int_equal(call(f, HTTP_GET, target, &err).status, 200);
	assert_int_equal(call(f, HTTP_GET, "http://127.0.0.1:1/ok", &err).outcome, HTTP_NOT_SENT);
	assert_int_equal(err.code, CODE_DATA);
	assert_says(&err, "refused to go to");
	assert_int_equal(call(f, HTTP_GET, "https://127.0.0.1/ok", &err).outcome, HTTP_NOT_SENT);
	assert_int_equal(call(f, HTTP_GET, "/a b", &err).outcome, HTTP_NOT_SENT);
	assert_int_equal(f->server->requests, 1);
}

static struct secret *secret_of(const char *text)
{
	char copy[64];

	snprintf(copy, sizeof copy, "%s", text);
	return secret_take(copy, strlen(copy));
}

static void assert_sent(struct fixture *f, const char *line)
{
	struct http_request request = {.target = STR("/echo")};
	struct http_response r;
	struct err err;

	http_close(f->client);
	f->client = NULL;
	if (http_call(client(f), &request, &r, &err) < 0)
		fail_msg("%s", err.text);
	if (!str_contains(r.body, str_of(line)))
		fail_msg("'%.*s' does not hold '%s'", STR_ARG(r.body), line);
	http_response_clear(&r);
}

static void credentials(void **state)
{
	struct fixture *f = *state;
	struct secret *secret = secret_of("s3cr3t");
	struct http_secret_header two[] = {{"DD-API-KEY", NULL, secret},
					   {"Authorization", "Token token=", secret}};
	struct http_header more = {"From", "me@example.com"};

	f->settings.headers = &more;
	f->settings.header_count = 1;
	f->settings.auth = HTTP_AUTH_BEARER;
	f->settings.secret = secret;
	assert_sent(f, "Authorization: Bearer s3cr3t\r\n");
	assert_sent(f, "From: me@example.com\r\n");
	f->settings.auth = HTTP_AUTH_BASIC;
	assert_sent(f, "Authorization: Basic czNjcjN0Og==\r\n");
	f->settings.user = "ada";
	assert_sent(f, "Authorization: Basic YWRhOnMzY3IzdA==\r\n");
	f->settings.auth = HTTP_AUTH_HEADERS;
	f->settings.secret_headers = two;
	f->settings.secret_header_count = 2;
	assert_sent(f, "DD-API-KEY: s3cr3t\r\n");
	assert_sent(f, "Authorization: Token token=s3cr3t\r\n");
	secret_free(secret);
}

static void use_tokens(struct fixture *f, char url[96], const char *path, struct secret *secret)
{
	snprintf(url, 96, "%s%s", f->server->url, path);
	http_close(f->client);
	f->client = NULL;
	f->settings.auth = HTTP_AUTH_TOKEN;
	f->settings.token =
		(struct http_token){.url = url, .client_id = "me", .client_secret = secret};
}

static void tokens(void **state)
{
	struct fixture *f = *state;
	struct secret *secret = secret_of("a&b c");
	struct err err;
	char url[96];

	use_tokens(f, url, "/token", secret);
	f->settings.token.scope = "scim admin";
	f->settings.token.audience = "https://x";
	assert_int_equal(call(f, HTTP_GET, "/guarded/t1", &err).status, 200);
	assert_int_equal(call(f, HTTP_POST, "/guarded/t1", &err).status, 200);
	assert_int_equal(tiny_count(f->server, "/token"), 1);
	assert_non_null(strstr(f->server->log.p,
			       "grant_type=client_credentials&client_id=me&client_secret=a%26b%20c"
			       "&scope=scim%20admin&audience=https%3A%2F%2Fx"));
	/* The system has withdrawn it: one new token, one more try; the next 401 is an answer. */
	assert_int_equal(call(f, HTTP_POST, "/guarded/t2", &err).status, 200);
	assert_int_equal(call(f, HTTP_POST, "/guarded/t9", &err).status, 401);
	assert_int_equal(tiny_count(f->server, "/token"), 3);
	f->fake.skew += 3541 * 1000;
	assert_int_equal(call(f, HTTP_GET, "/guarded/t4", &err).status, 200);
	use_tokens(f, url, "/token?short", secret);
	assert_int_equal(call(f, HTTP_GET, "/guarded/t1", &err).status, 200);
	f->fake.skew += 49 * 1000;
	assert_int_equal(call(f, HTTP_GET, "/guarded/t1", &err).status, 200);
	f->fake.skew += 2 * 1000;
	assert_int_equal(call(f, HTTP_GET, "/guarded/t2", &err).status, 200);
	use_tokens(f, url, "/token/basic", secret);
	f->settings.token.basic = true;
	buf_reset(&f->server->log);
	assert_int_equal(call(f, HTTP_GET, "/guarded/t1", &err).status, 200);
	assert_non_null(strstr(f->server->log.p, "Authorization: Basic bWU6YSUyNmIlMjBj\r\n"));
	assert_null(strstr(f->server->log.p, "client_secret"));
	use_tokens(f, url, "/token/fails", secret);
	assert_int_equal(call(f, HTTP_GET, "/guarded/t3", &err).status, 200);
	secret_free(secret);
}

static void tokens_that_do_not_come(void **state)
{
	struct fixture *f = *state;
	struct secret *secret = secret_of("s3cr3t");
	struct err err;
	char url[96];

	use_tokens(f, url, "/token/refuses", secret);
	assert_int_equal(call(f, HTTP_POST, "/ok", &err).outcome, HTTP_NOT_SENT);
	assert_int_equal(err.code, CODE_REFUSED);
	assert_says(&err, "/token/refuses refused the client credentials: invalid_client: unknown");
	use_tokens(f, url, "/token/html", secret);
	assert_int_equal(call(f, HTTP_GET, "/ok", &err).outcome, HTTP_NOT_SENT);
	assert_int_equal(err.code, CODE_DATA);
	use_tokens(f, url, "/status/500", secret);
	assert_int_equal(call(f, HTTP_GET, "/ok", &err).outcome, HTTP_NOT_SENT);
	assert_int_equal(err.code, CODE_UNAVAILABLE);
	use_tokens(f, url, "/later/429/9/Retry-After:999", secret);
	assert_int_equal(call(f, HTTP_GET, "/ok", &err).outcome, HTTP_NOT_SENT);
	assert_int_equal(err.code, CODE_LATER);
	assert_int_equal(tiny_count(f->server, "/ok"), 0);
	assert_null(strstr(err.text, "s3cr3t"));
	secret_free(secret);
}

static void a_unix_socket(void **state)
{
	struct fixture *f = *state;
	char path[] = "/tmp/muster-http-XXXXXX", socket_path[64];
	struct tiny_server *s;

	assert_non_null(mkdtemp(path));
	snprintf(socket_path, sizeof socket_path, "%s/s", path);
	s = tiny_open(handle, socket_path);
	f->settings.url = "http://crm.example.com/scim";
	f->settings.unix_socket = socket_path;
	assert_int_equal(call(f, HTTP_GET, "/Users", &(struct err){0}).status, 200);
	assert_string_equal(s->log.p, "GET /scim/Users\n");
	http_close(f->client);
	f->client = NULL;
	tiny_close(s);
	unlink(socket_path);
	rmdir(path);
}

struct pieces {
	struct buf all;
	size_t stop_at;
	int done;
	struct http_response last;
};

static int on_piece(void *user, str piece, struct err *err)
{
	struct pieces *p = user;

	buf_put(&p->all, piece);
	if (p->stop_at && p->all.n >= p->stop_at)
		return err_set(err, REACH_ENTRY, CODE_DATA, "enough of it");
	return 0;
}

static void on_pieces_done(void *user, const struct http_response *r)
{
	struct pieces *p = user;

	p->done++;
	p->last = *r;
}

static void bodies_in_pieces(void **state)
{
	struct fixture *f = *state;
	struct pieces p = {0};
	struct http_request request = {
		.target = STR("/bigbody"), .done = on_pieces_done, .piece = on_piece, .user = &p};

	f->settings.body_limit = 1000;
	f->settings.timeout = 5000;
	http_submit(client(f), &request);
	http_run(f->client);
	assert_int_equal(p.all.n, 4000000);
	assert_int_equal(p.last.status, 200);
	buf_reset(&p.all);
	p.stop_at = 1000;
	http_submit(f->client, &request);
	http_run(f->client);
	assert_int_equal(p.last.outcome, HTTP_UNKNOWN);
	assert_says(&p.last.err, "enough of it");
	buf_reset(&p.all);
	request.target = STR("/half");
	p.stop_at = 0;
	http_submit(f->client, &request);
	http_run(f->client);
	assert_int_equal(p.last.attempts, 1);
	assert_int_equal(p.done, 3);
	buf_clear(&p.all);
}

static void a_stop_ends_what_waits(void **state)
{
	struct fixture *f = *state;
	struct tally t = {0};
	volatile int stop = 1;

	f->settings.stop = &stop;
	submit_tally(f, "/ok", &t, 10);
	http_run(f->client);
	assert_int_equal(t.not_sent, 10);
	assert_says(&t.err, "asked to stop");
	stop = 0;
	submit_tally(f, "/ok", &t, 10);
	http_run(f->client);
	assert_int_equal(t.answered, 10);
}

static void writes_count_fault_steps(void **state)
{
	struct fixture *f = *state;
	struct err err;
	uint64_t before;

	call(f, HTTP_GET, "/ok", &err);
	before = crashpoint_count();
	call(f, HTTP_GET, "/ok", &err);
	assert_int_equal(crashpoint_count() - before, 0);
	call(f, HTTP_POST, "/ok", &err);
	assert_int_equal(crashpoint_count() - before, 2);
}

static bool next_is(const char *lines, const char *expected)
{
	struct http_response r = {0};
	struct buf link = {0};
	bool equal;

	buf_text(&r.url, "https://a/v1/users?page=1");
	buf_text(&r.header_bytes, lines);
	equal = http_link_next(&r, STR(""), &link) == (*expected != '\0') &&
		str_equal(buf_str(&link), str_of(expected));
	buf_clear(&link);
	http_response_clear(&r);
	return equal;
}

static void link_headers(void **state)
{
	(void)state;
	assert_true(next_is("Link: <https://a/1>; rel=\"prev\", <https://a/3>; rel=\"next\"\r\n",
			    "https://a/3"));
	assert_true(next_is("link: <https://a/3>; rel=next; results=true\r\n", "https://a/3"));
	assert_true(next_is("link: <https://a/3>; rel=\"last\"\r\n", ""));
	assert_true(next_is("", ""));
	/* RFC 8288 3.1: resolved by what was asked, not put behind the base URL. */
	assert_true(
		next_is("link: </v1/users?page=2>; rel=\"next\"\r\n", "https://a/v1/users?page=2"));
	assert_true(next_is("link: <?page=2>; rel=\"next\"\r\n", "https://a/v1/users?page=2"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plain_call),
		TEST(methods_bodies_and_headers),
		TEST(many_in_flight_on_kept_connections),
		TEST(a_server_error_is_repeated_where_harmless),
		TEST(too_many_requests_are_waited_for),
		TEST(a_long_wait_ends_everything),
		cmocka_unit_test(waits_that_headers_ask_for),
		TEST(the_window_shrinks_and_grows),
		TEST(pace_is_kept),
		TEST(a_stalled_server_ends_in_time),
		TEST(a_tls_stall_is_not_sent),
		TEST(a_half_body_is_no_answer),
		TEST(a_post_is_never_sent_twice_on_a_dead_connection),
		TEST(nobody_listens),
		TEST(a_system_that_is_down_is_left_alone),
		TEST(refused_credentials_end_everything),
		TEST(statuses_have_codes),
		TEST(too_large_answers_end),
		cmocka_unit_test(plain_http_stays_at_home),
		TEST(targets_stay_at_their_origin),
		TEST(credentials),
		TEST(tokens),
		TEST(tokens_that_do_not_come),
		TEST(a_unix_socket),
		TEST(bodies_in_pieces),
		TEST(a_stop_ends_what_waits),
		TEST(writes_count_fault_steps),
		cmocka_unit_test(link_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
