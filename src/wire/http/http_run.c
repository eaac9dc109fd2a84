/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client's queue: what is sent when, what is sent again, and when to give up. */
#include <stdlib.h>
#include <string.h>

#include "wire/http/internal.h"

enum { POLL_MAX = 500 }; /* milliseconds that a stop may go unseen */

static void job_finish(struct http_job *job)
{
	struct http_response *r = &job->response;

	/* A later attempt that was not sent does not undo an earlier one. */
	if (r->outcome == HTTP_NOT_SENT && job->perhaps_done && !job->reads)
		r->outcome = HTTP_UNKNOWN;
	r->perhaps_done = job->perhaps_done && !job->reads &&
			  !(r->outcome == HTTP_ANSWERED && r->status >= 200 && r->status < 300);
	job->done(job->user, r);
	http_response_clear(r);
	curl_slist_free_all(job->lines);
	if (job->is_token && job->body.n)
		explicit_bzero(job->body.p, job->body.n);
	buf_clear(&job->body);
	free(job);
}

static void job_finish_untried(struct http_job *job, const struct err *err)
{
	job->response.outcome = HTTP_NOT_SENT;
	job->response.retry_after = -1;
	job->response.err = *err;
	job_finish(job);
}

static bool client_is_stopped(const struct http_client *c)
{
	return c->settings.stop && *c->settings.stop;
}

/* Ends everything that waits; those that were tried keep the answer they had. */
static void give_up_waiting(struct http_client *c)
{
	struct http_job *job = c->token_job;

	c->token_job = NULL;
	if (job)
		job_finish_untried(job, &c->down_err);
	while (c->delayed.first) {
		job = job_queue_take(&c->delayed, &c->delayed.first);
		job_finish(job);
	}
	while (c->ready.first) {
		job = job_queue_take(&c->ready, &c->ready.first);
		if (job->first_try >= 0)
			job_finish(job);
		else
			job_finish_untried(job, &c->down_err);
	}
}

static bool response_is_good(const struct http_response *r)
{
	return r->outcome == HTTP_ANSWERED && r->status < 500 && r->status != 401 &&
	       !http_is_refusal(r);
}

/* Milliseconds until the job may be tried again; what the other side asks for counts more than our
 * own rule. */
static int64_t wait_after(struct http_client *c, struct http_job *job)
{
	const struct http_response *r = &job->response;
	int64_t own;

	if (!http_is_refusal(r))
		return http_backoff(&c->settings.hooks, ++job->failures);
	own = http_backoff(&c->settings.hooks, ++job->refusals);
	if (r->retry_after < 0)
		return own;
	if (r->retry_after > c->settings.wait_limit / 1000)
		return INT64_MAX;
	own = r->retry_after * 1000 > own ? r->retry_after * 1000 : own;
	if (!job->is_token && http_ticks(c) + own > c->limit.not_before)
		c->limit.not_before = http_ticks(c) + own;
	return own;
}

static bool may_wait(const struct http_client *c, const struct http_job *job, int64_t wait)
{
	const struct http_settings *s = &c->settings;

	return http_may_repeat(job) && !c->down && !client_is_stopped(c) &&
	       job->failures < s->attempts && wait <= s->budget &&
	       http_ticks(c) + wait - job->first_try <= s->budget;
}

/* A final failure says something about the whole system when nothing good came since its first
 * attempt. */
static void judge_system(struct http_client *c, const struct http_job *job, int64_t wait)
{
	const struct http_response *r = &job->response;
	bool exhausted = job->failures >= c->settings.attempts || http_is_refusal(r);
	bool lasting = r->outcome == HTTP_NOT_SENT && !r->err.again;

	if (job->is_token || client_is_stopped(c))
		return;
	if (wait == INT64_MAX ||
	    (r->outcome == HTTP_ANSWERED && r->status == 401 && c->last_good < 0))
		http_down(c, &r->err);
	else if (c->last_good < job->first_try && (exhausted || lasting))
		http_down(c, &r->err);
	else if (c->bad_in_row >= 2 * c->settings.attempts && c->last_good < job->first_try)
		http_down(c, &r->err);
}

static void after_good(struct http_client *c, struct http_job *job)
{
	if (!job->is_token) {
		c->last_good = http_ticks(c);
		c->bad_in_row = 0;
		http_rate_limit_good(&c->limit);
	}
	job_finish(job);
}

static void after_bad(struct http_client *c, struct http_job *job)
{
	const struct http_response *r = &job->response;
	int64_t now = http_ticks(c), wait;

	c->bad_in_row++;
	if (http_is_refusal(r) || (r->outcome == HTTP_ANSWERED && r->status == 503))
		c->counts.later++;
	/* A small service that is flooded with connections closes some of them. */
	if (!job->is_token &&
	    (r->outcome != HTTP_ANSWERED || http_is_refusal(r) || r->status == 503))
		http_rate_limit_bad(&c->limit, job->tried_at, now);
	if (r->outcome == HTTP_ANSWERED && r->status == 401 && !job->is_token &&
	    c->settings.auth == HTTP_AUTH_TOKEN && !job->token_renewed) {
		job->token_renewed = true;
		http_token_drop(c, job->token_number);
		job_queue_put_first(&c->ready, job);
		return;
	}
	wait = wait_after(c, job);
	if (may_wait(c, job, wait)) {
		job->not_before = now + wait;
		if (job->is_token)
			c->token_job = job;
		else
			job_queue_put(&c->delayed, job);
		return;
	}
	judge_system(c, job, wait);
	job_finish(job);
}

static bool collect_ended(struct http_client *c)
{
	struct CURLMsg *message;
	int left;
	bool any = false;

	while ((message = curl_multi_info_read(c->multi, &left))) {
		struct http_job *job = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		any = true;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&job);
		c->running--;
		http_transfer_end(c, job, message->data.result);
		if (response_is_good(&job->response))
			after_good(c, job);
		else
			after_bad(c, job);
	}
	return any;
}

/* The delayed job that is due, or NULL and in *ret_wait when the first of them will be (-1: there
 * is none). */
static struct http_job *take_due(struct http_client *c, int64_t *ret_wait)
{
	int64_t now = http_ticks(c);

	*ret_wait = -1;
	for (struct http_job **at = &c->delayed.first; *at; at = &(*at)->next) {
		int64_t wait = (*at)->not_before - now;

		if (wait <= 0)
			return job_queue_take(&c->delayed, at);
		if (*ret_wait < 0 || wait < *ret_wait)
			*ret_wait = wait;
	}
	return NULL;
}

static struct http_job *take_next(struct http_client *c, int64_t *ret_wait)
{
	struct http_job *job = take_due(c, ret_wait);

	if (job || !c->ready.first)
		return job;
	/* What failed and waits keeps its place in the window: a sick server is not flooded. */
	if (c->delayed.count + c->running >= c->settings.in_flight)
		return NULL;
	return job_queue_take(&c->ready, &c->ready.first);
}

static void job_start(struct http_client *c, struct http_job *job)
{
	if (job->fault) {
		job_finish_untried(job, job->fault);
		return;
	}
	if (!job->is_token)
		http_rate_limit_take(&c->limit);
	c->running++;
	http_transfer_start(c, job);
}

/*
 * The token request goes before everything and past every limit. True: nothing else may start
 * before it is answered; *ret_wait says when it will be sent, -1 when it was.
 */
static bool token_first(struct http_client *c, int64_t *ret_wait)
{
	struct http_job *job;

	if (!c->token_asked && http_token_needed(c))
		c->token_job = http_token_ask(c);
	job = c->token_job;
	*ret_wait = -1;
	if (job && job->not_before <= http_ticks(c)) {
		c->token_job = NULL;
		job_start(c, job);
	} else if (job) {
		*ret_wait = job->not_before - http_ticks(c);
	}
	return c->token_asked;
}

/* Starts what may start now; returns the milliseconds until more may, -1 when only an answer can
 * tell. */
static int64_t start_some(struct http_client *c)
{
	int64_t wait;
	struct http_job *job;

	while (c->ready.count + c->delayed.count > 0) {
		if (token_first(c, &wait))
			return wait;
		wait = http_rate_limit_wait(&c->limit, c->running, http_ticks(c));
		if (wait != 0)
			return wait;
		job = take_next(c, &wait);
		if (!job)
			return wait;
		job_start(c, job);
	}
	return -1;
}

static void wait_for_more(struct http_client *c, int64_t wait)
{
	if (wait < 0 || wait > POLL_MAX)
		wait = POLL_MAX;
	if (c->running)
		curl_multi_poll(c->multi, NULL, 0, (int)wait, NULL);
	else
		c->settings.hooks.sleep(c->settings.hooks.context, wait);
}

static void stop_check(struct http_client *c)
{
	struct err err;

	if (client_is_stopped(c) && c->stopped_at < 0)
		c->stopped_at = http_ticks(c);
	if (client_is_stopped(c) && !c->down) {
		err_later(&err, REACH_SYSTEM, CODE_FAILED,
			  "not sent: the program was asked to stop");
		http_down(c, &err);
	}
}

static bool client_is_busy(const struct http_client *c)
{
	return c->ready.count + c->delayed.count + c->running > 0;
}

void http_run(struct http_client *c)
{
	int running;

	c->down = false;
	c->stopped_at = -1;
	c->bad_in_row = 0;
	while (client_is_busy(c)) {
		int64_t wait = -1;

		stop_check(c);
		if (c->down)
			give_up_waiting(c);
		else
			wait = start_some(c);
		if (curl_multi_perform(c->multi, &running) != CURLM_OK)
			mem_out();
		if (!collect_ended(c) && client_is_busy(c))
			wait_for_more(c, wait);
	}
}
