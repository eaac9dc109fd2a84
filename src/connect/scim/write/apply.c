/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a batch: changes become tasks, tasks keep the window full, answers become outcomes.
 */
#include <stdlib.h>
#include <string.h>

#include "connect/scim/write/internal.h"

static void task_begin(struct task *t)
{
	task_open(t);
	if (t->object->kind == ENTRY_USER)
		user_begin(t);
	else
		team_begin(t);
}

static void apply_go_on(struct apply *a)
{
	while (!a->batch.out && http_room(a->c->http) > 0) {
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

static uint32_t object_row(const struct change *change)
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
static int compare_by_object(const void *a, const void *b)
{
	const struct change *x = *(struct change *const *)a, *y = *(struct change *const *)b;
	uint32_t p = object_row(x), q = object_row(y);

	if (p != q)
		return p < q ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static void refuse_kind(const struct apply *a, struct change *change)
{
	struct err err;

	if (!change_sends(change->kind)) {
		a->batch.sink(a->batch.context, change, OUTCOME_DONE, STR(""), NULL);
		return;
	}
	err_set(&err, REACH_ENTRY, CODE_FAILED, "a SCIM service has no way to %s",
		change_kind_text(change->kind));
	a->batch.sink(a->batch.context, change, OUTCOME_REFUSED, STR(""), &err);
}

static void tasks_by_object(struct apply *a, struct change **batch, size_t count)
{
	size_t kept = 0;

	a->sorted = mem_alloc(count, sizeof *a->sorted);
	a->tasks = mem_alloc(count, sizeof *a->tasks);
	for (size_t i = 0; i < count; i++) {
		if (object_row(batch[i]) == ROW_NONE)
			refuse_kind(a, batch[i]);
		else
			a->sorted[kept++] = batch[i];
	}
	qsort(a->sorted, kept, sizeof *a->sorted, compare_by_object);
	for (size_t i = 0; i < kept; i++) {
		uint32_t object = object_row(a->sorted[i]);
		struct task *t = &a->tasks[a->count];

		if (i > 0 && object == object_row(a->sorted[i - 1])) {
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
	struct apply a = {.c = c,
			  .plan = plan,
			  .batch = {&c->base, sink, context, 0, false, {0}},
			  .go_on = apply_go_on};

	if (service_discover(c, err) < 0)
		return -1;
	tasks_by_object(&a, batch, count);
	for (size_t i = 0; i < a.count; i++)
		a.tasks[i].may_go_by_bulk = user_may_go_by_bulk(&a.tasks[i]);
	apply_go_on(&a);
	http_run(c->http);
	for (size_t i = 0; i < a.count; i++)
		task_end(&a.tasks[i]);
	free(a.tasks);
	free(a.sorted);
	return batch_result(&a.batch, err);
}
