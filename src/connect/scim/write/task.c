/* SPDX-License-Identifier: Apache-2.0 */
/* One task's requests and outcomes, whatever it is about. */
#include <string.h>

#include "connect/scim/write/internal.h"

bool task_system_out(struct task *t, const struct http_response *r)
{
	struct err err;

	if (r->err.reach != REACH_SYSTEM || http_is_good(r) || r->outcome == HTTP_UNKNOWN)
		return false;
	scim_error_explain(r, &err);
	batch_stop(&t->apply->batch, &err);
	task_end(t);
	return true;
}

void task_outcome(struct task *t, struct change *change, enum outcome outcome, str id,
		  const struct err *err)
{
	batch_tell(&t->apply->batch, change, outcome, id, err);
}

str object_id(const struct task *t)
{
	return t->object->target_id;
}

void object_created(struct task *t, str id)
{
	t->object->target_id = arena_str(&t->apply->plan->arena, id);
}

void task_target(struct task *t, enum http_method method, enum entry_kind kind, str id)
{
	t->method = method;
	t->repeatable = true;
	buf_reset(&t->target);
	buf_reset(&t->body);
	if (id.n)
		resource_target(kind, id, &t->target);
	else
		buf_text(&t->target, kind_path(kind));
}

static int put_json_piece(const char *p, size_t n, void *out)
{
	buf_put(out, str_make(p, n));
	return 0;
}

void task_body(struct task *t, json_t *body)
{
	buf_reset(&t->body);
	json_dump_callback(body, put_json_piece, &t->body, JSON_COMPACT);
	json_decref(body);
}

static void on_task_reply(void *user, const struct http_response *response)
{
	struct task *t = user;

	t->next(t, response);
	t->apply->go_on(t->apply);
}

/* If-Match where versions are kept; for a second write to the same object only with the version it
 * just told. */
static size_t put_version(const struct task *t, struct http_header *header)
{
	bool writes = t->method == HTTP_PUT || t->method == HTTP_PATCH || t->method == HTTP_DELETE;

	if (!writes || !t->apply->c->service.etag || !t->etag.n)
		return 0;
	*header = (struct http_header){"If-Match", t->etag.p};
	return 1;
}

void task_send(struct task *t, task_step *next)
{
	struct http_header header;
	struct http_request request = {
		.method = t->method,
		.target = buf_str(&t->target),
		.body = buf_str(&t->body),
		.content_type = SCIM_TYPE,
		.accept = SCIM_TYPE ", application/json",
		.headers = &header,
		.header_count = put_version(t, &header),
		.repeatable = t->repeatable,
		.done = on_task_reply,
		.user = t,
	};

	t->next = next;
	http_submit(t->apply->c->http, &request);
}

void task_end(struct task *t)
{
	t->done = true;
	list_clear(&t->ranges);
	buf_clear(&t->etag);
	buf_clear(&t->target);
	buf_clear(&t->body);
}

void task_open(struct task *t)
{
	buf_reset(&t->etag);
	if (t->apply->c->service.etag)
		buf_put(&t->etag, t->object->etag);
}
