/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt on the wire: the curl handle made ready, and what came back taken apart. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "wire/http/internal.h"

enum { STOP_GRACE = 5000 /* milliseconds */ };

static size_t on_header(char *p, size_t size, size_t n, void *user)
{
	struct http_job *job = user;
	struct buf *lines = &job->response.header_bytes;
	str line = str_make(p, size * n);

	/* An interim answer (100, 103) has headers of its own. */
	if (str_starts(line, STR("HTTP/")))
		buf_reset(lines);
	if (lines->n + line.n > HEADERS_LIMIT) {
		err_set(&job->diag_space, REACH_ENTRY, CODE_DATA,
			"the headers of the answer are longer than %d KiB", HEADERS_LIMIT / 1024);
		job->fault = &job->diag_space;
		return 0;
	}
	buf_put(lines, line);
	return line.n;
}

static bool is_success(struct http_job *job)
{
	long status = 0;

	curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300;
}

static size_t on_body(char *p, size_t size, size_t n, void *user)
{
	struct http_job *job = user;
	struct http_client *c = job->client;
	str piece = str_make(p, size * n);

	c->counts.bytes_received += piece.n;
	if (job->piece && is_success(job)) {
		job->piece_given = true;
		if (job->piece(job->user, piece, &job->diag_space) == 0)
			return piece.n;
		job->fault = &job->diag_space;
		return CURL_WRITEFUNC_ERROR;
	}
	if (job->response.body_bytes.n + piece.n > c->settings.body_limit) {
		err_set(&job->diag_space, REACH_ENTRY, CODE_DATA,
			"the answer is longer than %zu KiB", c->settings.body_limit / 1024);
		job->fault = &job->diag_space;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_put(&job->response.body_bytes, piece);
	return piece.n;
}

static size_t on_send(char *p, size_t size, size_t n, void *user)
{
	struct http_job *job = user;
	str rest = str_slice(buf_str(&job->body), job->body_sent, job->body_sent + size * n);

	if (rest.n)
		memcpy(p, rest.p, rest.n);
	job->body_sent += rest.n;
	return rest.n;
}

/*
 * When a kept connection turns out to be dead, curl sends the request again by itself and asks for
 * the body anew. The first copy may have been carried out, so only harmless requests get it.
 */
static int on_rewind(void *user, curl_off_t offset, int origin)
{
	struct http_job *job = user;

	if (!job->may_repeat || offset != 0 || origin != SEEK_SET)
		return CURL_SEEKFUNC_FAIL;
	job->body_sent = 0;
	return CURL_SEEKFUNC_OK;
}

/*
 * Once a stop was asked for, a read is of no use any more; a write is given a moment, for an answer
 * that is not waited for leaves its outcome to be settled.
 */
static int on_progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct http_job *job = user;
	const struct http_client *client = job->client;
	int64_t since = client->stopped_at;

	(void)a, (void)b, (void)c, (void)d;
	if (since < 0 || (!job->reads && http_ticks(client) - since < STOP_GRACE))
		return 0;
	err_later(&job->diag_space, REACH_ENTRY, CODE_UNAVAILABLE,
		  "no answer had come when the program was asked to stop");
	job->fault = &job->diag_space;
	return 1;
}

static void wipe_lines(struct http_job *job)
{
	for (struct curl_slist *line = job->sent_lines; line; line = line->next)
		explicit_bzero(line->data, strlen(line->data));
	curl_slist_free_all(job->sent_lines);
	job->sent_lines = NULL;
}

static void sent_line_add(struct http_job *job, const char *name, const char *prefix,
			  const char *value)
{
	struct buf line = {0};
	struct curl_slist *more;

	buf_printf(&line, "%s: %s%s", name, prefix ? prefix : "", value);
	/* A value from elsewhere (an ETag) must not begin a header of its own. */
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)line.p[i] < ' ')
			line.p[i] = '?';
	more = curl_slist_append(job->sent_lines, line.p);
	if (!more)
		mem_out();
	job->sent_lines = more;
	explicit_bzero(line.p, line.n);
	buf_clear(&line);
}

static void add_credentials(struct http_client *c, struct http_job *job)
{
	const struct http_settings *s = &c->settings;

	if (job->is_token)
		return;
	if (s->auth == HTTP_AUTH_BEARER)
		sent_line_add(job, "Authorization", "Bearer ", secret_reveal(s->secret));
	if (s->auth == HTTP_AUTH_TOKEN)
		sent_line_add(job, "Authorization", "Bearer ", secret_reveal(c->token));
	for (size_t i = 0; s->auth == HTTP_AUTH_HEADERS && i < s->secret_header_count; i++)
		sent_line_add(job, s->secret_headers[i].name, s->secret_headers[i].prefix,
			      secret_reveal(s->secret_headers[i].secret));
	job->token_number = c->token_number;
}

static void add_lines(struct http_client *c, struct http_job *job)
{
	struct curl_slist *more;

	for (struct curl_slist *line = job->lines; line; line = line->next) {
		more = curl_slist_append(job->sent_lines, line->data);
		if (!more)
			mem_out();
		job->sent_lines = more;
	}
	for (size_t i = 0; !job->is_token && i < c->settings.header_count; i++)
		sent_line_add(job, c->settings.headers[i].name, NULL, c->settings.headers[i].value);
	add_credentials(c, job);
	more = curl_slist_append(job->sent_lines, "Expect:");
	if (!more)
		mem_out();
	job->sent_lines = more;
	curl_easy_setopt(job->easy, CURLOPT_HTTPHEADER, job->sent_lines);
}

static void set_basic(CURL *easy, const char *user, const char *password)
{
	curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(easy, CURLOPT_USERNAME, user);
	curl_easy_setopt(easy, CURLOPT_PASSWORD, password);
}

static void set_token_basic(CURL *easy, const struct http_token *token)
{
	struct buf user = {0}, password = {0};

	/* RFC 6749 2.3.1: both are form-encoded first. */
	url_escape(str_of(token->client_id), &user);
	url_escape(str_make(secret_reveal(token->client_secret), secret_size(token->client_secret)),
		   &password);
	set_basic(easy, user.p ? user.p : "", password.p ? password.p : "");
	if (password.p)
		explicit_bzero(password.p, password.n);
	buf_clear(&user);
	buf_clear(&password);
}

static void set_credentials(const struct http_client *c, const struct http_job *job)
{
	const struct http_settings *s = &c->settings;

	if (job->is_token) {
		if (s->token.basic)
			set_token_basic(job->easy, &s->token);
		return;
	}
	if (s->auth != HTTP_AUTH_BASIC)
		return;
	if (s->user)
		set_basic(job->easy, s->user, s->secret ? secret_reveal(s->secret) : "");
	else
		set_basic(job->easy, secret_reveal(s->secret), "");
}

static void set_connection(const struct http_client *c, const struct http_job *job)
{
	const struct http_settings *s = &c->settings;
	bool tls = str_starts(buf_str(&job->response.url), STR("https:"));
	CURL *easy = job->easy;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)s->connect_timeout);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)s->timeout);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256 * 1024L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (s->ca_file) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, s->ca_file);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (tls) {
		curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
		curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	} else {
		curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	}
	if (s->unix_socket && !job->is_token)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, s->unix_socket);
	if (c->local)
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

static void set_body(struct http_job *job)
{
	CURL *easy = job->easy;

	if (job->has_body) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->body.n);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
		curl_easy_setopt(easy, CURLOPT_READDATA, job);
		curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_rewind);
		curl_easy_setopt(easy, CURLOPT_SEEKDATA, job);
		/* Without a body curl would not ask before it sends again: see on_rewind. */
		if (job->body.n == 0 && !job->may_repeat)
			curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	}
	if (job->method != HTTP_GET && job->method != HTTP_POST)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, http_method_text(job->method));
}

static void set_callbacks(struct http_job *job)
{
	CURL *easy = job->easy;

	curl_easy_setopt(easy, CURLOPT_URL, job->response.url.p);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "muster/" MUSTER_VERSION);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, job);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, job);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, job);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, job->words);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, job);
}

static CURL *take_handle(struct http_client *c)
{
	CURL *easy = c->idle.count ? c->idle.items[--c->idle.count] : curl_easy_init();

	if (!easy)
		mem_out();
	curl_easy_reset(easy);
	return easy;
}

static void forget_attempt(struct http_job *job)
{
	job->fault = NULL;
	job->body_sent = 0;
	job->words[0] = '\0';
	job->response.err.text[0] = '\0';
	job->response.err.code = CODE_DONE;
	job->response.status = 0;
	job->response.retry_after = -1;
	job->response.body = STR("");
	buf_reset(&job->response.body_bytes);
	buf_reset(&job->response.header_bytes);
}

void http_transfer_start(struct http_client *c, struct http_job *job)
{
	forget_attempt(job);
	c->counts.requests++;
	c->counts.repeated += job->response.attempts > 0;
	job->response.attempts++;
	job->tried_at = http_ticks(c);
	if (job->first_try < 0)
		job->first_try = job->tried_at;
	job->easy = take_handle(c);
	set_connection(c, job);
	set_body(job);
	set_credentials(c, job);
	set_callbacks(job);
	add_lines(c, job);
	if (!job->reads)
		crashpoint_pass("before a request is sent");
	if (curl_multi_add_handle(c->multi, job->easy) != CURLM_OK)
		mem_out();
}

static bool was_sent(const struct http_job *job)
{
	long size = 0;

	curl_easy_getinfo(job->easy, CURLINFO_REQUEST_SIZE, &size);
	return size > 0 || job->body_sent > 0;
}

static void answer_end(struct http_client *c, struct http_job *job)
{
	struct http_response *r = &job->response;
	int64_t now = clock_now();

	r->outcome = HTTP_ANSWERED;
	r->body = buf_str(&r->body_bytes);
	r->retry_after = http_retry_after(http_header_get(r, "retry-after"), now);
	if (r->retry_after < 0 && (r->status == 429 || r->status == 403))
		r->retry_after = http_quota_wait(&c->settings.quota, r, now);
	/* 501 and 505 say that it was not even understood. */
	if (r->status >= 500 && r->status != 501 && r->status != 505 && !http_is_refusal(r))
		job->perhaps_done = true;
	http_explain_status(c, job);
}

static void failure_end(struct http_client *c, struct http_job *job, CURLcode code)
{
	struct http_response *r = &job->response;

	r->outcome = was_sent(job) ? HTTP_UNKNOWN : HTTP_NOT_SENT;
	job->perhaps_done |= r->outcome == HTTP_UNKNOWN;
	if (job->fault)
		r->err = *job->fault;
	http_explain(c, job, job->fault ? CURLE_OK : code);
}

void http_transfer_end(struct http_client *c, struct http_job *job, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
	job->response.status = (int)status;
	c->counts.bytes_sent += job->body_sent;
	if (code == CURLE_OK)
		answer_end(c, job);
	else
		failure_end(c, job, code);
	if (!job->reads)
		crashpoint_pass("after an answer came");
	curl_multi_remove_handle(c->multi, job->easy);
	list_push(&c->idle, job->easy);
	job->easy = NULL;
	wipe_lines(job);
}
