/* SPDX-License-Identifier: Apache-2.0 */
/* A task goes its steps: request, answer, next request, until its people have an outcome. */
#include <string.h>

#include "base/clock.h"
#include "connect/team/call/call.h"
#include "connect/team/write/internal.h"

/* --- answers */

static void step_capture(struct team_task *t, const struct call_step *step, const json_t *json)
{
	list_each (const struct named_path, n, &step->capture) {
		const json_t *value = json_path_first(n->path, json, &t->values);
		str text;

		if (!json || !json_to_text(value, &t->apply->arena, &text) || !text.n)
			continue;
		values_put(&t->values, n->name, text);
		if (str_equal(n->name, STR("id")))
			t->id = text;
	}
}

/*
 * Said of several at once, a no ("refused", "is there already", "is not there") may mean one of
 * them only: one by one it shows whom.
 */
static bool task_split(struct team_task *t, const struct team_reply *reply)
{
	struct team_apply *a = t->apply;
	bool of_one = reply->class == CLASS_REFUSED || reply->class == CLASS_PERSON ||
		      reply->class == CLASS_ALREADY || reply->class == CLASS_GONE;

	if (t->count < 2 || !of_one || reply->outcome == OUTCOME_UNKNOWN)
		return false;
	for (size_t i = 0; i < t->count; i++) {
		struct team_task *one = &a->tasks[a->count++];

		*one = (struct team_task){.apply = a,
					  .op = t->op,
					  .operation = t->operation,
					  .parts = &t->parts[i],
					  .people = &t->people[i],
					  .count = 1};
	}
	t->count = 0;
	return true;
}

static void team_task_system_out(struct team_task *t, const struct team_reply *reply)
{
	batch_stop(&t->apply->batch, &reply->err);
	if (t->did)
		team_task_end(t, OUTCOME_LATER, &reply->err);
	t->count = 0;
}

/*
 * An earlier step of an invitation whose answer was lost, or which says that it was done before
 * without telling the id: the list knows whether to go on.
 */
static bool task_set_aside(struct team_task *t, const struct team_reply *reply, bool last)
{
	bool unclear = reply->outcome == OUTCOME_UNKNOWN ||
		       (reply->outcome == OUTCOME_ALREADY && !t->id.n);

	if (last || !unclear || t->op != OP_INVITE || t->looked_up)
		return false;
	t->lost = true;
	t->lost_as = reply->outcome;
	t->lost_err = reply->err;
	return true;
}

static void task_read_reply(struct team_task *t, const struct team_reply *reply)
{
	const struct call_step *step = &t->operation->steps.items[t->step];
	bool last = t->step + 1 == t->operation->steps.count;
	bool good = reply->outcome == OUTCOME_DONE || reply->outcome == OUTCOME_ALREADY;

	if (reply->out) {
		team_task_system_out(t, reply);
		return;
	}
	if (task_split(t, reply))
		return;
	if (good)
		step_capture(t, step, reply->json);
	if (task_set_aside(t, reply, last))
		return;
	if (!good) {
		team_task_end(t, reply->outcome, &reply->err);
		return;
	}
	read_refusals(t, reply->json);
	t->did |= reply->outcome == OUTCOME_DONE;
	t->was_there |= reply->outcome == OUTCOME_ALREADY;
	if (last) {
		team_task_end(t, t->did ? OUTCOME_DONE : OUTCOME_ALREADY, NULL);
		return;
	}
	t->step++;
	team_task_go(t);
}

static void on_team_reply(void *user, const struct http_response *response)
{
	struct team_task *t = user;
	struct team_apply *a = t->apply;
	struct team_reply reply;

	team_reply_read(a->c, t->operation->steps.items[t->step].op, response, &t->values, &reply);
	task_read_reply(t, &reply);
	team_reply_clear(&reply);
	team_tasks_begin(a);
}

/* --- requests */

/* Some steps are for certain roles, or take away what somebody need not have. */
static bool is_step_due(const struct team_task *t, const struct call_step *step)
{
	const struct change *change = t->parts[0];

	if (step->needs.n && !values_text(&t->values, step->needs.p).n)
		return false;
	for (size_t i = 0; i < step->role_count; i++)
		if (str_equal(step->roles[i].text, change->role))
			return true;
	return step->role_count == 0;
}

static void put_emails(struct team_task *t)
{
	str *emails = arena_array(&t->apply->arena, str, t->count);

	for (size_t i = 0; i < t->count; i++)
		emails[i] = values_text(&t->people[i], "email");
	list_push(&t->values.items, ((struct named_value){.name = STR("emails"),
							  .list = emails,
							  .count = t->count,
							  .is_list = true}));
}

static int check_address(const struct team_task *t, struct err *err)
{
	str email = values_text(&t->people[0], "email");
	int64_t max = t->apply->c->profile->address_max;

	if (t->op != OP_INVITE || !max || (int64_t)email.n <= max)
		return 0;
	return err_set(err, REACH_ENTRY, CODE_FAILED,
		       "its address has %zu bytes, and %s takes %lld at most", email.n,
		       t->apply->c->profile->title.p, (long long)max);
}

/* Some services send no two mails in a row: they need not be asked to know that. */
static int check_interval(const struct team_task *t, struct err *err)
{
	const struct change *change = t->parts[0];
	const struct entry_record *last =
		t->operation->every
			? last_read_find(t->apply->c, RECORD_INVITATION, change->invitation)
			: NULL;
	int64_t wait = last && last->sent ? last->sent + t->operation->every - clock_now() : 0;

	if (wait <= 0 || t->step > 0)
		return 0;
	return err_later(err, REACH_ENTRY, CODE_LATER,
			 "%s sends no two invitations to one person within %lld s; it can be sent "
			 "again in %lld s",
			 t->apply->c->profile->title.p, (long long)t->operation->every,
			 (long long)wait);
}

static int step_send(struct team_task *t, const struct call_step *step, struct err *err)
{
	struct team_apply *a = t->apply;
	const struct values **people = arena_array(&a->arena, const struct values *, t->count);
	struct team_request request;

	for (size_t i = 0; i < t->count; i++)
		people[i] = &t->people[i];
	if (check_address(t, err) < 0 ||
	    team_request_render(&step->call, &t->values, people, t->count, &request, err) < 0)
		return -1;
	http_submit(a->c->http, &(struct http_request){
					.method = step->call.method,
					.target = buf_str(&request.target),
					.body = buf_str(&request.body),
					.content_type = request.content_type,
					.accept = a->c->accept,
					.headers = request.headers,
					.header_count = request.header_count,
					.repeatable = t->operation->repeatable,
					.done = on_team_reply,
					.user = t,
				});
	team_request_clear(&request);
	return 0;
}

/* The next step of a task; steps for other roles are passed over. */
void team_task_go(struct team_task *t)
{
	const struct call_step *steps = t->operation->steps.items;
	struct err err;

	if (!t->values.outer) {
		t->values.outer = &t->people[0];
		put_emails(t);
	}
	while (t->step < t->operation->steps.count && !is_step_due(t, &steps[t->step]))
		t->step++;
	if (t->step == t->operation->steps.count) {
		team_task_end(t, t->did ? OUTCOME_DONE : OUTCOME_ALREADY, NULL);
		return;
	}
	if (check_interval(t, &err) < 0) {
		team_task_end(t, OUTCOME_LATER, &err);
		return;
	}
	if (step_send(t, &steps[t->step], &err) == 0)
		return;
	/* What was there before told no id to go on with. */
	if (t->was_there)
		team_task_end(t, OUTCOME_ALREADY, NULL);
	else
		team_task_end(t, OUTCOME_REFUSED, &err);
}

void team_tasks_begin(struct team_apply *a)
{
	while (!a->batch.out && http_room(a->c->http) > 0 && a->next < a->count)
		team_task_go(&a->tasks[a->next++]);
}
