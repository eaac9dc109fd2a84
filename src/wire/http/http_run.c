/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client's queue: what is sent when, what is sent again, and when to give up. */
#include <stdlib.h>
#include <string.h>

#include "wire/http/internal.h"

enum { POLL_MAX = 500 }; /* milliseconds that a stop may go unseen */

void job_queue_open(struct job_queue *q)
{
	*q = (struct job_queue){.end = &q->first};
}

void job_queue_put(struct job_queue *q, struct job *job)
{
	job->next = NULL;
	*q->end = job;
	q->end = &job->next;
	q->count++;
}

static void job_queue_put_first(struct job_queue *q, struct job *job)
{
	job->next = q->first;
	q->first = job;
	if (!job->next)
		q->end = &job->next;
	q->count++;
}

/* Takes the job that *at points to out of the queue. */
static struct job *job_queue_take(struct job_queue *q, struct job **at)
{
	struct job *job = *at;

	*at = job->next;
	if (!job->next)
		q->end = at;
	q->count--;
	return job;
}

static void finish(struct job *job)
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
	buf_clear(&job->url);
	buf_clear(&job->body);
	free(job);
}

static void finish_untried(struct job *job, const struct err *err)
{
	job->response.outcome = HTTP_NOT_SENT;
	job->response.retry_after = -1;
	job->response.err = *err;
	finish(job);
}

void http_down(struct http_client *c, const struct err *err)
{
	if (c->down)
		return;
	c->down = true;
	c->down_err = *err;
	c->down_err.reach = REACH_SYSTEM;
}

static bool is_stopped(const struct http_client *c)
{
	return c->settings.stop && *c->settings.stop;
}

/* Ends everything that waits; those that were tried keep the answer they had. */
static void give_up_waiting(struct http_client *c)
{
	struct job *job = c->token_job;

	c->token_job = NULL;
	if (job)
		finish_untried(job, &c->down_err);
	while (c->delayed.first) {
		job = job_queue_take(&c->delayed, &c->delayed.first);
		finish(job);
	}
	while (c->ready.first) {
		job = job_queue_take(&c->ready, &c->ready.first);
		if (job->first_try >= 0)
			finish(job);
		else
			finish_untried(job, &c->down_err);
	}
}

static bool is_good(const struct http_response *r)
{
	return r->outcome == HTTP_ANSWERED && r->status < 500 && r->status != 401 &&
	       !http_is_refusal(r);
}

/* Milliseconds until the job may be tried again; what the other side asks for counts more than our
 * own rule. */
static int64_t wait_after(struct http_client *c, struct job *job)
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
	if (!job->is_token && http_ticks(c) + own > c->pace.not_before)
		c->pace.not_before = http_ticks(c) + own;
	return own;
}

static bool may_wait(const struct http_client *c, const struct job *job, int64_t wait)
{
	const struct http_settings *s = &c->settings;

	return http_may_repeat(job) && !c->down && !is_stopped(c) && job->failures < s->attempts &&
	       wait <= s->budget && http_ticks(c) + wait - job->first_try <= s->budget;
}

/* A final failure says something about the whole system when nothing good came since its first
 * attempt. */
static void judge_system(struct http_client *c, const struct job *job, int64_t wait)
{
	const struct http_response *r = &job->response;
	bool exhausted = job->failures >= c->settings.attempts || http_is_refusal(r);
	bool lasting = r->outcome == HTTP_NOT_SENT && !r->err.again;

	if (job->is_token || is_stopped(c))
		return;
	if (wait == INT64_MAX ||
	    (r->outcome == HTTP_ANSWERED && r->status == 401 && c->last_good < 0))
		http_down(c, &r->err);
	else if (c->last_good < job->first_try && (exhausted || lasting))
		http_down(c, &r->err);
	else if (c->bad_in_row >= 2 * c->settings.attempts && c->last_good < job->first_try)
		http_down(c, &r->err);
}

static void after_good(struct http_client *c, struct job *job)
{
	if (!job->is_token) {
		c->last_good = http_ticks(c);
		c->bad_in_row = 0;
		http_pace_good(&c->pace);
	}
	finish(job);
}

static void after_bad(struct http_client *c, struct job *job)
{
	const struct http_response *r = &job->response;
	int64_t now = http_ticks(c), wait;

	c->bad_in_row++;
	if (http_is_refusal(r) || (r->outcome == HTTP_ANSWERED && r->status == 503))
		c->counts.later++;
	/* A small service that is flooded with connections closes some of them. */
	if (!job->is_token &&
	    (r->outcome != HTTP_ANSWERED || http_is_refusal(r) || r->status == 503))
		http_pace_bad(&c->pace, job->tried_at, now);
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
	finish(job);
}

static bool collect_ended(struct http_client *c)
{
	struct CURLMsg *message;
	int left;
	bool any = false;

	while ((message = curl_multi_info_read(c->multi, &left))) {
		struct job *job = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		any = true;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&job);
		c->running--;
		http_transfer_end(c, job, message->data.result);
		if (is_good(&job->response))
			after_good(c, job);
		else
			after_bad(c, job);
	}
	return any;
}

/* The delayed job that is due, or NULL and in *ret_wait when the first of them will be (-1: there
 * is none). */
static struct job *take_due(struct http_client *c, int64_t *ret_wait)
{
	int64_t now = http_ticks(c);

	*ret_wait = -1;
	for (struct job **at = &c->delayed.first; *at; at = &(*at)->next) {
		int64_t wait = (*at)->not_before - now;

		if (wait <= 0)
			return job_queue_take(&c->delayed, at);
		if (*ret_wait < 0 || wait < *ret_wait)
			*ret_wait = wait;
	}
	return NULL;
}

static struct job *take_next(struct http_client *c, int64_t *ret_wait)
{
	struct job *job = take_due(c, ret_wait);

	if (job || !c->ready.first)
		return job;
	/* What failed and waits keeps its place in the window: a sick server is not flooded. */
	if (c->delayed.count + c->running >= c->settings.in_flight)
		return NULL;
	return job_queue_take(&c->ready, &c->ready.first);
}

static void start(struct http_client *c, struct job *job)
{
	if (job->fault) {
		finish_untried(job, job->fault);
		return;
	}
	if (!job->is_token)
		http_pace_take(&c->pace);
	c->running++;
	http_transfer_start(c, job);
}

/*
 * The token request goes before everything and past every limit. True: nothing else may start
 * before it is answered; *ret_wait says when it will be sent, -1 when it was.
 */
static bool token_first(struct http_client *c, int64_t *ret_wait)
{
	struct job *job;

	if (!c->token_asked && http_token_needed(c))
		c->token_job = http_token_ask(c);
	job = c->token_job;
	*ret_wait = -1;
	if (job && job->not_before <= http_ticks(c)) {
		c->token_job = NULL;
		start(c, job);
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
	struct job *job;

	while (c->ready.count + c->delayed.count > 0) {
		if (token_first(c, &wait))
			return wait;
		wait = http_pace_wait(&c->pace, c->running, http_ticks(c));
		if (wait != 0)
			return wait;
		job = take_next(c, &wait);
		if (!job)
			return wait;
		start(c, job);
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

static void check_stop(struct http_client *c)
{
	struct err err;

	if (is_stopped(c) && c->stopped_at < 0)
		c->stopped_at = http_ticks(c);
	if (is_stopped(c) && !c->down) {
		err_later(&err, REACH_SYSTEM, CODE_FAILED,
			  "not sent: the program was asked to stop");
		http_down(c, &err);
	}
}

static bool is_busy(const struct http_client *c)
{
	return c->ready.count + c->delayed.count + c->running > 0;
}

void http_run(struct http_client *c)
{
	int running;

	c->down = false;
	c->stopped_at = -1;
	c->bad_in_row = 0;
	while (is_busy(c)) {
		int64_t wait = -1;

		check_stop(c);
		if (c->down)
			give_up_waiting(c);
		else
			wait = start_some(c);
		if (curl_multi_perform(c->multi, &running) != CURLM_OK)
			mem_out();
		if (!collect_ended(c) && is_busy(c))
			wait_for_more(c, wait);
	}
}
