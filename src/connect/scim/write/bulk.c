/* SPDX-License-Identifier: Apache-2.0 */
/* Bulk (RFC 7644 3.7): the first requests of several users' tasks in one; each gets its own answer
 * out of the one. */
#include <stdlib.h>
#include <string.h>

#include "connect/scim/write/internal.h"

struct bulk {
	struct apply *apply;
	struct task *tasks[BULK_MAX];
	size_t count;
	bool replied[BULK_MAX];
};

static json_t *operation_of(const struct task *t, size_t number)
{
	json_t *operation = json_object(), *data;

	json_object_set_new(operation, "method", json_string(http_method_text(t->method)));
	json_object_set_new(operation, "path", json_string(t->target.p));
	json_object_set_new(operation, "bulkId", json_sprintf("%zu", number));
	if (t->etag.n && t->method != HTTP_POST)
		json_object_set_new(operation, "version", json_string(t->etag.p));
	data = t->body.n ? json_loadb(t->body.p, t->body.n, 0, NULL) : NULL;
	if (data)
		json_object_set_new(operation, "data", data);
	return operation;
}

static bool is_creation(const struct bulk *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->tasks[i]->method == HTTP_POST)
			return true;
	return false;
}

static void bulk_status_err(int status, struct err *err)
{
	if (status == 401 || status == 403)
		err_set(err, REACH_ENTRY, CODE_REFUSED, "answered %d in Bulk", status);
	else if (status == 429 || status == 503)
		err_later(err, REACH_ENTRY, CODE_LATER, "answered %d in Bulk", status);
	else if (status >= 500)
		err_later(err, REACH_ENTRY, CODE_UNAVAILABLE, "answered %d in Bulk", status);
	else if (status < 200 || status >= 300)
		err_set(err, REACH_ENTRY, CODE_FAILED, "answered %d in Bulk", status);
}

/* "201" by the standard, 201 or {"code": "201"} from others. */
static int bulk_status(const json_t *operation)
{
	const json_t *status = json_object_get(operation, "status");
	int64_t number = 0;

	if (json_is_object(status))
		status = json_object_get(status, "code");
	if (json_is_integer(status))
		return (int)json_integer_value(status);
	if (json_is_string(status) && str_to_int(str_of(json_string_value(status)), &number))
		return (int)number;
	return 0;
}

static void bulk_put_header(struct http_response *r, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text && !strpbrk(text, "\r\n"))
		buf_printf(&r->header_bytes, "%s: %s\r\n", name, text);
}

static void bulk_hand_reply(struct task *t, const json_t *operation)
{
	struct http_response r = {.outcome = HTTP_ANSWERED, .retry_after = -1, .attempts = 1};
	char *body = json_dumps(json_object_get(operation, "response"), JSON_COMPACT);

	r.status = bulk_status(operation);
	r.body = str_of(body);
	r.perhaps_done = r.status >= 500 || r.status == 0;
	if (r.status == 0)
		r.outcome = HTTP_UNKNOWN;
	bulk_status_err(r.status, &r.err);
	bulk_put_header(&r, "location", json_object_get(operation, "location"));
	bulk_put_header(&r, "etag", json_object_get(operation, "version"));
	t->next(t, &r);
	free(body);
	http_response_clear(&r);
}

/* By bulkId; services that do not give it back are taken to keep the order. */
static size_t bulk_task(const struct bulk *b, const json_t *operation, size_t place)
{
	const char *id = json_string_value(json_object_get(operation, "bulkId"));
	int64_t number;

	if (id && str_to_int(str_of(id), &number) && number >= 0 && (size_t)number < b->count)
		return (size_t)number;
	return id ? b->count : place;
}

static void bulk_hand_replies(struct bulk *b, const struct http_response *response)
{
	json_t *answer =
		json_loadb(response->body.p ? response->body.p : "", response->body.n, 0, NULL);
	const json_t *operations = json_object_get(answer, "Operations");
	struct http_response lost = {.outcome = HTTP_UNKNOWN, .perhaps_done = true};

	for (size_t i = 0; i < json_array_size(operations); i++) {
		const json_t *operation = json_array_get(operations, i);
		size_t task = bulk_task(b, operation, i);

		if (task >= b->count || b->replied[task])
			continue;
		b->replied[task] = true;
		bulk_hand_reply(b->tasks[task], operation);
	}
	json_decref(answer);
	err_later(&lost.err, REACH_ENTRY, CODE_UNAVAILABLE, "the Bulk answer does not speak of it");
	for (size_t i = 0; i < b->count; i++)
		if (!b->replied[i])
			b->tasks[i]->next(b->tasks[i], &lost);
}

/* Bulk was offered and does not work: each by itself, now and from here on. */
static void send_singly(struct bulk *b)
{
	b->apply->c->service.bulk = false;
	for (size_t i = 0; i < b->count; i++)
		task_send(b->tasks[i], b->tasks[i]->next);
}

static void on_bulk(void *user, const struct http_response *response)
{
	struct bulk *b = user;
	int status = response->status;
	bool refused = response->outcome == HTTP_ANSWERED &&
		       (status == 400 || status == 403 || status == 404 || status == 405 ||
			status == 413 || status == 501);

	if (http_is_good(response))
		bulk_hand_replies(b, response);
	else if (refused)
		send_singly(b);
	else
		for (size_t i = 0; i < b->count; i++)
			b->tasks[i]->next(b->tasks[i], response);
	b->apply->go_on(b->apply);
	free(b);
}

static struct task *bulk_next_task(struct apply *a)
{
	for (; a->bulk_at < a->count; a->bulk_at++)
		if (a->tasks[a->bulk_at].may_go_by_bulk && !a->tasks[a->bulk_at].next)
			return &a->tasks[a->bulk_at];
	return NULL;
}

static json_t *bulk_gather(struct bulk *b)
{
	const struct scim_service *s = &b->apply->c->service;
	size_t max = s->bulk_operations < BULK_MAX ? s->bulk_operations : BULK_MAX;
	size_t bytes = 200, limit = s->bulk_bytes - s->bulk_bytes / 8;
	json_t *operations = json_array();
	struct task *t;

	while (b->count < max && (t = bulk_next_task(b->apply))) {
		task_open(t);
		user_prepare(t);
		/* Escapes and the frame of the operation come on top of path and body. */
		bytes += t->body.n + t->target.n + t->etag.n + 120;
		if (b->count && bytes > limit) {
			t->next = NULL;
			break;
		}
		json_array_append_new(operations, operation_of(t, b->count));
		b->tasks[b->count++] = t;
		b->apply->bulk_at++;
	}
	return operations;
}

static void bulk_submit(struct bulk *b, json_t *operations)
{
	json_t *body = json_pack("{s:[s],s:o}", "schemas", SCIM_MESSAGE "BulkRequest", "Operations",
				 operations);
	char *text = json_dumps(body, JSON_COMPACT);
	struct http_request request = {
		.method = HTTP_POST,
		.target = STR("/Bulk"),
		.body = str_of(text),
		.content_type = SCIM_TYPE,
		.accept = SCIM_TYPE ", application/json",
		.repeatable = !is_creation(b),
		.done = on_bulk,
		.user = b,
	};

	http_submit(b->apply->c->http, &request);
	free(text);
	json_decref(body);
}

bool bulk_send(struct apply *a)
{
	struct bulk *b;
	json_t *operations;

	if (!a->c->service.bulk || (a->c->settings.quirks.flags & QUIRK_NO_BULK) ||
	    !bulk_next_task(a))
		return false;
	b = mem_alloc(1, sizeof *b);
	b->apply = a;
	operations = bulk_gather(b);
	if (b->count > 1) {
		bulk_submit(b, operations);
		return true;
	}
	/* One alone goes as it is. */
	task_send(b->tasks[0], b->tasks[0]->next);
	json_decref(operations);
	free(b);
	return true;
}
