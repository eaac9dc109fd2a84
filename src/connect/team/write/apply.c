/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a batch: changes become tasks, one a person or a group of them, each a row of calls.
 */
#include <stdlib.h>
#include <string.h>

#include "connect/team/read/read.h"
#include "connect/team/write/internal.h"
#include "connect/team/write/write.h"

/* --- from changes to tasks */

static int compare_by_role(const void *x, const void *y)
{
	const struct change *a = *(struct change *const *)x, *b = *(struct change *const *)y;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = str_compare(a->role, b->role);
	return order ? order : (a->number > b->number) - (a->number < b->number);
}

static void refuse_change(struct team_apply *a, struct change *change)
{
	struct err err;

	err_set(&err, REACH_ENTRY, CODE_FAILED, "%s has no way to %s", a->c->profile->title.p,
		change_kind_text(change->kind));
	a->batch.sink(a->batch.context, change, OUTCOME_REFUSED, STR(""), &err);
}

/* Does it go into one request with the change before? */
static bool joins_task(const struct team_task *t, const struct change *change, enum team_op op)
{
	return t->op == op && (int64_t)t->count < t->operation->max &&
	       str_equal(t->parts[0]->role, change->role);
}

static void tasks_by_role(struct team_apply *a, struct change **batch, size_t count)
{
	size_t kept = 0;

	a->sorted = arena_array(&a->arena, struct change *, count + 1);
	a->people = arena_array(&a->arena, struct values, count + 1);
	a->tasks = arena_array(&a->arena, struct team_task, 2 * count + 1);
	for (size_t i = 0; i < count; i++) {
		enum team_op op;

		if (op_of_change(batch[i], &op) && a->c->profile->operations[op].steps.count)
			a->sorted[kept++] = batch[i];
		else
			refuse_change(a, batch[i]);
	}
	qsort(a->sorted, kept, sizeof *a->sorted, compare_by_role);
	for (size_t i = 0; i < kept; i++) {
		struct team_task *last = a->count ? &a->tasks[a->count - 1] : NULL;
		enum team_op op = OP_INVITE;

		op_of_change(a->sorted[i], &op);
		person_values(a, a->sorted[i], op, &a->people[i]);
		if (last && joins_task(last, a->sorted[i], op)) {
			last->count++;
			continue;
		}
		a->tasks[a->count++] = (struct team_task){
			.apply = a,
			.op = op,
			.operation = &a->c->profile->operations[op],
			.parts = &a->sorted[i],
			.people = &a->people[i],
			.count = 1,
		};
	}
	a->room = kept;
}

/* --- what the list must tell */

static void lost_task_end(struct team_task *t, enum found found, str id)
{
	struct err err;

	if (id.n) {
		t->id = id;
		values_put(&t->values, STR("id"), id);
		t->did = true;
		t->step++;
		team_task_go(t);
	} else if (found == FOUND) {
		team_task_end(t, OUTCOME_ALREADY, NULL);
	} else if (t->lost_as == OUTCOME_UNKNOWN) {
		team_task_end(t, OUTCOME_UNKNOWN, &t->lost_err);
	} else {
		err_set(&err, REACH_ENTRY, CODE_FAILED,
			"%s says that this person is there already, and its list does not show "
			"that: switched off, perhaps",
			t->apply->c->profile->title.p);
		team_task_end(t, OUTCOME_REFUSED_FOR_GOOD, &err);
	}
}

/* Called when no request is under way. True when some go on. */
static bool lost_tasks_lookup(struct team_apply *a)
{
	bool any = false;

	for (size_t i = 0; i < a->next; i++) {
		struct team_task *t = &a->tasks[i];
		enum found found = FOUND_UNCLEAR;
		str id = STR("");

		if (!t->lost)
			continue;
		t->lost = false;
		t->looked_up = true;
		if (a->batch.out || team_lookup(a->c, values_text(&t->people[0], "email"), !any,
						&found, &a->arena, &id, NULL) < 0)
			team_task_end(t, OUTCOME_UNKNOWN, &t->lost_err);
		else
			lost_task_end(t, found, id);
		any = true;
	}
	return any;
}

int team_apply(struct connection *connection, struct plan *plan, struct change **batch,
	       size_t count, outcome_sink *sink, void *context, struct err *err)
{
	struct team_connection *c = connection_own(team_connection, connection);
	struct team_apply a = {
		.c = c, .plan = plan, .batch = {&c->base, sink, context, 0, false, {0}}};

	if (catalogue_read(c, err) < 0)
		return -1;
	tasks_by_role(&a, batch, count);
	team_tasks_begin(&a);
	do
		http_run(c->http);
	while (lost_tasks_lookup(&a));
	for (size_t i = 0; i < a.count; i++)
		list_clear(&a.tasks[i].values.items);
	for (size_t i = 0; i < a.room; i++)
		list_clear(&a.people[i].items);
	arena_clear(&a.arena);
	return batch_result(&a.batch, err);
}
