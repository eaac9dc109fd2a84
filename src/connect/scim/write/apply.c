/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a batch: changes become tasks, tasks keep the window full, answers become outcomes.
 */
#include <stdlib.h>
#include <string.h>

#include "connect/scim/write/task.h"

bool task_system_out(struct task *t, const struct http_response *r)
{
	struct apply *a = t->apply;

	if (r->err.reach != REACH_SYSTEM || is_success(r) || r->outcome == HTTP_UNKNOWN)
		return false;
	if (!a->out) {
		a->out = true;
		problem_explain(r, &a->err);
	}
	task_end(t);
	return true;
}

void task_outcome(struct task *t, struct change *change, enum outcome outcome, str id,
		  const struct err *err)
{
	struct apply *a = t->apply;
	bool good = outcome == OUTCOME_DONE || outcome == OUTCOME_ALREADY;

	a->sink(a->context, change, outcome, id, good ? NULL : err);
	a->outcomes++;
	connection_progress(&a->c->base, a->outcomes);
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

static int put_piece(const char *p, size_t n, void *out)
{
	buf_put(out, str_make(p, n));
	return 0;
}

void task_body(struct task *t, json_t *body)
{
	buf_reset(&t->body);
	json_dump_callback(body, put_piece, &t->body, JSON_COMPACT);
	json_decref(body);
}

static void on_answer(void *user, const struct http_response *response)
{
	struct task *t = user;

	t->next(t, response);
	apply_go_on(t->apply);
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
		.done = on_answer,
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

static void open_task(struct task *t)
{
	buf_reset(&t->etag);
	if (t->apply->c->service.etag)
		buf_put(&t->etag, t->object->etag);
}

static void task_begin(struct task *t)
{
	open_task(t);
	if (t->object->kind == ENTRY_USER)
		user_begin(t);
	else
		team_begin(t);
}

void task_prepare(struct task *t)
{
	open_task(t);
	user_prepare(t);
}

void apply_go_on(struct apply *a)
{
	while (!a->out && http_room(a->c->http) > 0) {
		if (bulk_send(a))
			continue;
		while (a->next < a->count && a->tasks[a->next].next)
			a->next++;
		if (a->next == a->count)
			return;
		task_begin(&a->tasks[a->next++]);
	}
}

/* --- from changes to tasks */

static uint32_t object_of(const struct change *change)
{
	switch (change->kind) {
	case CHANGE_CREATE_TEAM:
	case CHANGE_UPDATE_TEAM:
	case CHANGE_DELETE_TEAM:
	case CHANGE_ADD_MEMBER:
	case CHANGE_REMOVE_MEMBER:
		return change->team;
	case CHANGE_CREATE_USER:
	case CHANGE_UPDATE_USER:
	case CHANGE_DISABLE_USER:
	case CHANGE_DELETE_USER:
		return change->user;
	case CHANGE_SET_ROLE:
		return change->team == ROW_NONE ? change->user : ROW_NONE;
	default:
		return ROW_NONE;
	}
}

/* Kinds in the order in which they go into requests: a team is made, renamed, filled, emptied,
 * deleted. */
static int compare_changes(const void *a, const void *b)
{
	const struct change *x = *(struct change *const *)a, *y = *(struct change *const *)b;
	uint32_t p = object_of(x), q = object_of(y);

	if (p != q)
		return p < q ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static void refuse(const struct apply *a, struct change *change)
{
	struct err err;

	if (!change_sends(change->kind)) {
		a->sink(a->context, change, OUTCOME_DONE, STR(""), NULL);
		return;
	}
	err_set(&err, REACH_ENTRY, CODE_FAILED, "a SCIM service has no way to %s",
		change_kind_text(change->kind));
	a->sink(a->context, change, OUTCOME_REFUSED, STR(""), &err);
}

static void make_tasks(struct apply *a, struct change **batch, size_t count)
{
	size_t kept = 0;

	a->sorted = mem_alloc(count, sizeof *a->sorted);
	a->tasks = mem_alloc(count, sizeof *a->tasks);
	for (size_t i = 0; i < count; i++) {
		if (object_of(batch[i]) == ROW_NONE)
			refuse(a, batch[i]);
		else
			a->sorted[kept++] = batch[i];
	}
	qsort(a->sorted, kept, sizeof *a->sorted, compare_changes);
	for (size_t i = 0; i < kept; i++) {
		uint32_t object = object_of(a->sorted[i]);
		struct task *t = &a->tasks[a->count];

		if (i > 0 && object == object_of(a->sorted[i - 1])) {
			a->tasks[a->count - 1].part_count++;
			continue;
		}
		*t = (struct task){.apply = a,
				   .object = &a->plan->objects.items[object],
				   .parts = &a->sorted[i],
				   .part_count = 1};
		a->count++;
	}
}

int scim_apply(struct connection *connection, struct plan *plan, struct change **batch,
	       size_t count, outcome_sink *sink, void *context, struct err *err)
{
	struct scim_connection *c = connection_own(scim_connection, connection);
	struct apply a = {.c = c, .plan = plan, .sink = sink, .context = context};

	if (service_ask(c, err) < 0)
		return -1;
	make_tasks(&a, batch, count);
	for (size_t i = 0; i < a.count; i++)
		a.tasks[i].may_go_by_bulk = user_may_go_by_bulk(&a.tasks[i]);
	apply_go_on(&a);
	http_run(c->http);
	for (size_t i = 0; i < a.count; i++)
		task_end(&a.tasks[i]);
	free(a.tasks);
	free(a.sorted);
	if (a.out && err)
		*err = a.err;
	return a.out ? -1 : 0;
}

static int id_event(void *user, struct json_reader *r, enum json_event event, str text,
		    struct err *err)
{
	struct buf *id = user;

	(void)err;
	if ((event == JSON_EVENT_STRING || event == JSON_EVENT_NUMBER) && json_reader_at(r, "id")) {
		buf_reset(id);
		buf_put(id, text);
	}
	return 0;
}

/* The last segment of a URL, without query, percent-decoding left to those who send such. */
static str last_segment(str url)
{
	ptrdiff_t end = str_find(url, '?');

	if (end >= 0)
		url = str_slice(url, 0, (size_t)end);
	return str_slice(url, (size_t)(str_find_last(url, '/') + 1), url.n);
}

str answer_id(const struct http_response *r, struct arena *arena)
{
	struct buf id = {0};
	str found;

	if (answer_is_json(r))
		json_read(r->body, NULL, id_event, &id, NULL);
	found = id.n ? buf_str(&id) : last_segment(http_header_get(r, "location"));
	found = arena_str(arena, found);
	buf_clear(&id);
	return found;
}
