/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong with a request, in one line that a person can act on. */
#include <string.h>

#include "wire/http/internal.h"

/* The query may hold names of people and is long: the path is enough to see what was asked. */
static str shown_url(const struct http_job *job)
{
	str url = buf_str(&job->response.url);
	ptrdiff_t query = str_find(url, '?');

	return query < 0 ? url : str_slice(url, 0, (size_t)query);
}

static void request_wrap(struct http_job *job)
{
	str url = shown_url(job);

	if (job->response.attempts > 1)
		err_wrap(&job->response.err, "%s %.*s (%u attempts)", http_method_text(job->method),
			 STR_ARG(url), job->response.attempts);
	else
		err_wrap(&job->response.err, "%s %.*s", http_method_text(job->method),
			 STR_ARG(url));
}

static void explain_time(const struct http_client *c, struct http_job *job)
{
	struct err *err = &job->response.err;
	curl_off_t connected = 0;

	curl_easy_getinfo(job->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
	if (connected == 0)
		err_later(err, REACH_SYSTEM, CODE_UNAVAILABLE,
			  "no connection within %lld s (connect_timeout)",
			  (long long)(c->settings.connect_timeout + 999) / 1000);
	else
		err_later(err, REACH_ENTRY, CODE_UNAVAILABLE,
			  "no complete answer within %lld s (timeout)",
			  (long long)(c->settings.timeout + 999) / 1000);
}

static void explain_connect(const struct http_client *c, struct http_job *job)
{
	struct err *err = &job->response.err;
	long number = 0;

	curl_easy_getinfo(job->easy, CURLINFO_OS_ERRNO, &number);
	if (c->settings.unix_socket && !job->is_token)
		err_later(err, REACH_SYSTEM, CODE_UNAVAILABLE, "cannot connect to %s: %s",
			  c->settings.unix_socket,
			  number ? strerror((int)number) : "nobody listens");
	else
		err_later(err, REACH_SYSTEM, CODE_UNAVAILABLE, "cannot connect: %s",
			  number ? strerror((int)number) : "nobody answers there");
}

static void explain_tls(const struct http_client *c, struct http_job *job, CURLcode code)
{
	const char *words = *job->words ? job->words : curl_easy_strerror(code);

	if (code == CURLE_PEER_FAILED_VERIFICATION)
		err_set(&job->response.err, REACH_SYSTEM, CODE_UNAVAILABLE,
			"the server's certificate was not accepted: %s%s", words,
			c->settings.ca_file ? ""
					    : "; for a private authority set 'tls: {ca: FILE}'");
	else if (code == CURLE_SSL_CACERT_BADFILE)
		err_set(&job->response.err, REACH_SYSTEM, CODE_CONFIG,
			"the file of trusted authorities %s cannot be used: %s",
			c->settings.ca_file ? c->settings.ca_file : "of this machine", words);
	else
		err_later(&job->response.err, REACH_SYSTEM, CODE_UNAVAILABLE,
			  "TLS could not be agreed on: %s", words);
}

static void explain_rest(struct http_job *job, CURLcode code)
{
	struct err *err = &job->response.err;

	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		err_later(err, REACH_SYSTEM, CODE_UNAVAILABLE, "the name of the host is not known");
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		err_later(err, REACH_SYSTEM, CODE_UNAVAILABLE,
			  "the name of the proxy is not known");
		break;
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_SEND_FAIL_REWIND:
		err_later(err, REACH_ENTRY, CODE_UNAVAILABLE,
			  "the connection was closed before an answer came");
		break;
	case CURLE_PARTIAL_FILE:
		err_later(err, REACH_ENTRY, CODE_UNAVAILABLE, "the answer ended before its end");
		break;
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		err_later(err, REACH_ENTRY, CODE_UNAVAILABLE, "the HTTP/2 connection broke: %s",
			  *job->words ? job->words : curl_easy_strerror(code));
		break;
	default:
		err_set(err, REACH_ENTRY, CODE_DATA, "the answer is no proper HTTP: %s",
			*job->words ? job->words : curl_easy_strerror(code));
	}
}

void http_explain(const struct http_client *c, struct http_job *job, CURLcode code)
{
	switch (code) {
	case CURLE_OK: /* a callback refused to go on and said why */
		break;
	case CURLE_OPERATION_TIMEDOUT:
		explain_time(c, job);
		break;
	case CURLE_COULDNT_CONNECT:
		explain_connect(c, job);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
		explain_tls(c, job, code);
		break;
	default:
		explain_rest(job, code);
	}
	request_wrap(job);
}

static void explain_redirect(struct http_job *job)
{
	str to = http_header_get(&job->response, "location");

	err_set(&job->response.err, REACH_ENTRY, CODE_DATA,
		"answered %d, a redirect to '%.*s': refused, as credentials would go along; "
		"set the url to the final address",
		job->response.status, to.n > 200 ? 200 : (int)to.n, to.p ? to.p : "");
}

void http_explain_status(const struct http_client *c, struct http_job *job)
{
	struct http_response *r = &job->response;
	struct err *err = &r->err;

	(void)c;
	if (r->status >= 200 && r->status < 300)
		return;
	if (r->status == 401)
		err_set(err, REACH_SYSTEM, CODE_REFUSED,
			"answered 401: the credentials were not accepted");
	else if (r->status == 429)
		err_later(err, REACH_ENTRY, CODE_LATER, "answered 429: too many requests");
	else if (http_is_refusal(r))
		err_later(err, REACH_ENTRY, CODE_LATER, "answered %d: asks to come back in %lld s",
			  r->status, (long long)r->retry_after);
	else if (r->status == 403)
		err_set(err, REACH_ENTRY, CODE_REFUSED,
			"answered 403: these credentials have no right to do that");
	else if (r->status == 503)
		err_later(err, REACH_ENTRY, CODE_LATER, "answered 503: not available now");
	else if (r->status >= 500 || r->status == 408)
		err_later(err, REACH_ENTRY, CODE_UNAVAILABLE, "answered %d: the server failed",
			  r->status);
	else if (r->status >= 300 && r->status < 400)
		explain_redirect(job);
	else
		err_set(err, REACH_ENTRY, CODE_FAILED, "answered %d", r->status);
	request_wrap(job);
}
