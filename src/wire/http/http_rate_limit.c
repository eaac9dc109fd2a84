/* SPDX-License-Identifier: Apache-2.0 */
/* When the next attempt may begin: the window, rate limits, Retry-After, back-off; and what may be
 * repeated. */
#include <string.h>

#include "base/clock.h"
#include "wire/http/internal.h"

enum { BACKOFF_FIRST = 500, BACKOFF_MAX = 30000, WINDOW_FIRST = 8 };

int64_t http_retry_after(str value, int64_t now)
{
	char text[64];
	int64_t seconds;
	time_t date;

	value = str_trim(value);
	if (str_to_int(value, &seconds))
		return seconds < 0 ? -1 : seconds;
	if (value.n == 0 || value.n >= sizeof text)
		return -1;
	memcpy(text, value.p, value.n);
	text[value.n] = '\0';
	date = curl_getdate(text, NULL);
	if (date == -1)
		return -1;
	return date > now ? date - now : 0;
}

int64_t http_quota_wait(const struct http_quota *q, const struct http_response *r, int64_t now)
{
	int64_t left, reset;

	if (!q->remaining || !q->reset ||
	    !str_to_int(str_trim(http_header_get(r, q->remaining)), &left) || left > 0 ||
	    !str_to_int(str_trim(http_header_get(r, q->reset)), &reset))
		return -1;
	if (q->unit == HTTP_RESET_SECONDS)
		return reset < 0 ? 0 : reset;
	if (q->unit == HTTP_RESET_EPOCH_MS)
		reset /= 1000;
	return reset > now ? reset - now : 0;
}

/* Full jitter: anything up to the doubled bound, so that many clients do not come back together. */
int64_t http_backoff(const struct http_hooks *hooks, unsigned failures)
{
	uint64_t max = BACKOFF_MAX;

	if (failures < 7)
		max = (uint64_t)BACKOFF_FIRST << (failures ? failures - 1 : 0);
	if (max > BACKOFF_MAX)
		max = BACKOFF_MAX;
	return (int64_t)hooks->below(hooks->context, max) + 1;
}

void http_rate_limit_init(struct http_rate_limit *p, const struct http_settings *settings,
			  int64_t now)
{
	*p = (struct http_rate_limit){
		.window = settings->in_flight < WINDOW_FIRST ? settings->in_flight : WINDOW_FIRST,
		.window_max = settings->in_flight,
		.halved_at = now - 1,
		.per_second = settings->per_second,
		.tokens = 1,
		.filled_at = now,
	};
}

/* Doubles with each round until the first refusal, then grows by one a round. */
void http_rate_limit_good(struct http_rate_limit *p)
{
	p->window += p->was_halved ? 1 / p->window : 1;
	if (p->window > p->window_max)
		p->window = p->window_max;
}

/* Requests sent before the last halving say nothing new. */
void http_rate_limit_bad(struct http_rate_limit *p, int64_t tried_at, int64_t now)
{
	if (tried_at < p->halved_at)
		return;
	p->window = p->window > 2 ? p->window / 2 : 1;
	p->halved_at = now;
	p->was_halved = true;
}

/* Up to a second's worth may be saved, so that a burst after a pause does not exceed what was
 * promised. */
static void tokens_refill(struct http_rate_limit *p, int64_t now)
{
	double max = p->per_second > 1 ? p->per_second : 1;

	p->tokens += (double)(now - p->filled_at) * p->per_second / 1000;
	if (p->tokens > max)
		p->tokens = max;
	p->filled_at = now;
}

int64_t http_rate_limit_wait(struct http_rate_limit *p, size_t in_flight, int64_t now)
{
	if ((double)in_flight >= (p->window < 1 ? 1 : (double)(size_t)p->window))
		return -1;
	if (now < p->not_before)
		return p->not_before - now;
	if (p->per_second <= 0)
		return 0;
	tokens_refill(p, now);
	return p->tokens >= 1 ? 0 : (int64_t)((1 - p->tokens) * 1000 / p->per_second) + 1;
}

void http_rate_limit_take(struct http_rate_limit *p)
{
	if (p->per_second > 0)
		p->tokens -= 1;
}

bool http_may_repeat(const struct http_job *job)
{
	const struct http_response *r = &job->response;

	if (job->piece_given)
		return false;
	if (r->outcome == HTTP_NOT_SENT)
		return r->err.again;
	if (r->outcome == HTTP_UNKNOWN)
		return job->may_repeat && r->err.again;
	if (http_is_refusal(r))
		return true;
	switch (r->status) {
	case 408:
	case 425:
	case 500:
	case 502:
	case 503:
	case 504:
		return job->may_repeat;
	default:
		return false;
	}
}
