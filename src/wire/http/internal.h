/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the HTTP client share: the client, a queued request, and the rules of waiting.
 * Private. */
#ifndef WIRE_HTTP_INTERNAL_H
#define WIRE_HTTP_INTERNAL_H

#include <curl/curl.h>

#include "base/list.h"
#include "base/url.h"
#include "wire/http/http.h"

enum { HEADERS_LIMIT = 64 * 1024 };

/* When the next attempt may begin. Times are ticks. */
struct http_rate_limit {
	double window, window_max; /* how many may be in flight */
	int64_t halved_at;
	bool was_halved;
	int64_t not_before; /* Retry-After, for everybody */
	double per_second, tokens;
	int64_t filled_at;
};

struct http_job {
	struct http_job *next;
	struct http_client *client;
	CURL *easy;
	enum http_method method;
	bool may_repeat, reads, is_token, has_body;
	struct buf body;
	size_t body_sent;
	struct curl_slist *lines; /* own header lines */
	struct curl_slist *sent_lines; /* those of the attempt under way; may hold secrets */
	http_done *done;
	http_piece *piece;
	void *user;
	struct http_response response;
	/* attempts that failed; that were too many for the other side */
	unsigned failures, refusals;
	int64_t first_try, tried_at, not_before; /* ticks; first_try -1: never tried */
	bool perhaps_done, token_renewed, piece_given;
	uint64_t token_number; /* the token it was sent with */
	struct err *fault; /* set by a curl callback that refused to go on */
	struct err diag_space;
	char words[CURL_ERROR_SIZE];
};

struct job_queue {
	struct http_job *first, **end;
	size_t count;
};

struct http_client {
	struct http_settings settings;
	struct url origin;
	bool local; /* loopback or a unix socket: no proxy */
	CURLM *multi;
	LIST(CURL *) idle;
	struct job_queue ready, delayed;
	size_t running;
	struct http_rate_limit limit;
	struct http_counts counts;
	int64_t last_good; /* ticks of the last answer that was no failure; -1: none yet */
	unsigned bad_in_row; /* failed attempts since */
	bool down; /* what waits is not tried */
	int64_t stopped_at; /* ticks when a stop was first seen; -1: none was */
	struct err down_err;
	struct secret *token;
	int64_t token_until; /* ticks */
	uint64_t token_number;
	struct http_job *token_job; /* waits to be sent */
	bool token_asked; /* a token request waits or is in flight */
};

/* http_client.c */
int64_t http_ticks(const struct http_client *c);
void http_down(struct http_client *c, const struct err *err); /* what waits is not tried */
void job_queue_open(struct job_queue *q);
void job_queue_put(struct job_queue *q, struct http_job *job);
void job_queue_put_first(struct job_queue *q, struct http_job *job);
/* The job that *at points to, out of the queue. */
struct http_job *job_queue_take(struct job_queue *q, struct http_job **at);

/* http_url.c */
/* May credentials go to this URL? https, or plain http where the settings allow it. */
int http_url_check(const struct http_settings *settings, const char *url, struct url *ret_origin,
		   struct err *err);
/* The whole URL of a target; -1 when it leads elsewhere. */
int http_url_of(const struct http_client *c, str target, struct buf *ret, struct err *err);

/* http_response.c */
/* *ret has bytes of its own: http_response_clear. */
void http_response_copy(const struct http_response *from, struct http_response *ret);
/* The other side asks to come back later. */
bool http_is_refusal(const struct http_response *r);

/* http_transfer.c: one attempt on the wire */
void http_transfer_start(struct http_client *c, struct http_job *job);
/* Takes the answer apart: outcome, status, error. */
void http_transfer_end(struct http_client *c, struct http_job *job, CURLcode code);

/* http_rate_limit.c: rules without a network */
int64_t http_retry_after(str value, int64_t now); /* seconds; -1: not said or not understood */
int64_t http_quota_wait(const struct http_quota *q, const struct http_response *r, int64_t now);
int64_t http_backoff(const struct http_hooks *hooks, unsigned failures); /* milliseconds */
void http_rate_limit_init(struct http_rate_limit *p, const struct http_settings *settings,
			  int64_t now);
void http_rate_limit_good(struct http_rate_limit *p);
void http_rate_limit_bad(struct http_rate_limit *p, int64_t tried_at, int64_t now);
/* Milliseconds until one more may start, given how many are in flight; -1: not before one of them
 * ends. */
int64_t http_rate_limit_wait(struct http_rate_limit *p, size_t in_flight, int64_t now);
void http_rate_limit_take(struct http_rate_limit *p);
/* Is another attempt allowed by its kind and harmless? */
bool http_may_repeat(const struct http_job *job);

/* http_error.c */
void http_explain(const struct http_client *c, struct http_job *job, CURLcode code);
void http_explain_status(const struct http_client *c, struct http_job *job);

/* http_token.c */
bool http_token_needed(const struct http_client *c);
struct http_job *http_token_ask(struct http_client *c);
void http_token_drop(struct http_client *c, uint64_t number);

#endif
