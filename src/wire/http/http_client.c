/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a client that all its parts see: its clock, its queues, and that its system is down.
 */
#include "wire/http/internal.h"

int64_t http_ticks(const struct http_client *c)
{
	return c->settings.hooks.ticks(c->settings.hooks.context);
}

void http_down(struct http_client *c, const struct err *err)
{
	if (c->down)
		return;
	c->down = true;
	c->down_err = *err;
	c->down_err.reach = REACH_SYSTEM;
}

void job_queue_open(struct job_queue *q)
{
	*q = (struct job_queue){.end = &q->first};
}

void job_queue_put(struct job_queue *q, struct http_job *job)
{
	job->next = NULL;
	*q->end = job;
	q->end = &job->next;
	q->count++;
}

void job_queue_put_first(struct job_queue *q, struct http_job *job)
{
	job->next = q->first;
	q->first = job;
	if (!job->next)
		q->end = &job->next;
	q->count++;
}

struct http_job *job_queue_take(struct job_queue *q, struct http_job **at)
{
	struct http_job *job = *at;

	*at = job->next;
	if (!job->next)
		q->end = at;
	q->count--;
	return job;
}

const char *http_method_text(enum http_method method)
{
	static const char *const texts[] = {
		[HTTP_GET] = "GET",     [HTTP_POST] = "POST",     [HTTP_PUT] = "PUT",
		[HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
	};

	return texts[method];
}
