/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a batch: changes become tasks, one a person or a group of them, each a row of calls.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "connect/team/internal.h"

struct apply;

struct task {
	struct apply *apply;
	enum team_op op;
	const struct team_operation *operation;
	struct change **parts;
	struct values *people; /* by part */
	size_t count;
	struct values values; /* what the call is filled with: the first person's, and lists */
	size_t step;
	bool did; /* an earlier step was carried out */
	bool was_there; /* an earlier step met that it was done before */
	str id; /* of the invitation, captured */
	bool lost, looked_up; /* the list is to tell how an earlier step ended; it did */
	enum outcome lost_as;
	struct err lost_err;
};

struct apply {
	struct team_connection *c;
	struct plan *plan;
	outcome_sink *sink;
	void *context;
	struct task *tasks;
	struct values *people; /* by change of the batch */
	struct change **sorted;
	size_t count, room, next;
	uint64_t outcomes;
	bool out;
	struct err err;
	struct arena arena;
};

static bool op_of(const struct change *change, enum team_op *ret)
{
	switch (change->kind) {
	case CHANGE_INVITE:
		*ret = OP_INVITE;
		return true;
	case CHANGE_RESEND:
		*ret = OP_RESEND;
		return true;
	case CHANGE_REVOKE:
		*ret = OP_REVOKE;
		return true;
	case CHANGE_DELETE_USER:
		*ret = OP_REMOVE;
		return true;
	case CHANGE_SET_ROLE:
		*ret = change->invitation.n ? OP_INVITE_ROLE : OP_SET_ROLE;
		return true;
	default:
		return false;
	}
}

/* --- what is known of a person */

static str field_of(const struct object *o, const char *path)
{
	for (size_t i = 0; i < o->field_count; i++)
		if (str_equal(o->fields[i].name, str_of(path)))
			return o->fields[i].value;
	return STR("");
}

static void put(struct values *v, const char *name, str text)
{
	if (text.n)
		values_put(v, str_of(name), text);
}

/* The words for roles differ between members and invitations. */
static bool in_invite_words(enum team_op op)
{
	return op == OP_INVITE || op == OP_INVITE_ROLE || op == OP_RESEND;
}

static void put_roles(const struct apply *a, const struct change *change, enum team_op op,
		      const struct entry_record *last, struct values *v)
{
	bool invite = in_invite_words(op);
	str role = change->role.n ? change->role : last ? last->role : STR("");
	str old = change->old_role.n ? change->old_role : last ? last->role : STR("");

	/* Where nobody speaks of roles, an invitation gives as little as it can. */
	if (!role.n && op == OP_INVITE)
		role = role_lowest(a->c);
	if (role.n)
		put(v, "role", role_to_service(a->c, role, invite));
	if (old.n)
		put(v, "old_role", role_to_service(a->c, old, invite));
}

static void person_values(const struct apply *a, const struct change *change, enum team_op op,
			  struct values *v)
{
	const struct object *o = &a->plan->objects.items[change->user];
	bool invited = change->invitation.n;
	const struct entry_record *last =
		op == OP_INVITE ? NULL
				: last_read_find(a->c, invited ? 'i' : 'm',
						 invited ? change->invitation : o->target_id);
	str email = o->address.n && !last ? o->address : STR("");

	v->outer = last ? &last->values : &a->c->parameters;
	put(v, "email", email);
	if (!last) {
		put(v, "id", invited ? change->invitation : o->target_id);
		put(v, "given", field_of(o, "name.givenName"));
		put(v, "family", field_of(o, "name.familyName"));
	}
	if (!values_find(v, STR("name")))
		put(v, "name", o->name.n ? o->name : values_text(v, "email"));
	put(v, "invitation", change->invitation);
	put_roles(a, change, op, last, v);
}

/* --- outcomes */

/* Refused for good: what a person does about it stands beside what the service said. */
static const struct err *with_advice(const struct apply *a, const struct change *change,
				     const struct err *err, struct err *space)
{
	str advice = a->c->profile->operations[OP_INVITE].refused;

	if (!err || err->code != CODE_DONE || change->kind != CHANGE_INVITE || !advice.n)
		return err;
	*space = *err;
	err_set(space, err->reach, err->code, "%s; %.*s", err->text, STR_ARG(advice));
	return space;
}

static void tell(struct apply *a, struct change *change, enum outcome outcome, str id,
		 const struct err *err)
{
	bool good = outcome == OUTCOME_DONE || outcome == OUTCOME_ALREADY;
	struct err space;

	if (outcome == OUTCOME_REFUSED)
		err = with_advice(a, change, err, &space);
	a->sink(a->context, change, outcome, id, good ? NULL : err);
	a->outcomes++;
	connection_progress(&a->c->base, a->outcomes);
}

static void task_end(struct task *t, enum outcome outcome, const struct err *err)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->parts[i])
			tell(t->apply, t->parts[i], outcome, t->id, err);
	t->count = 0;
}

static void go(struct task *t);

static void go_on(struct apply *a)
{
	while (!a->out && http_room(a->c->http) > 0 && a->next < a->count)
		go(&a->tasks[a->next++]);
}

/* --- good answers */

static void capture(struct task *t, const struct call_step *step, const json_t *json)
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

static str reason_text(const json_t *reason, struct arena *arena)
{
	str text = STR("refused, without a reason");

	if (json_is_array(reason))
		reason = json_array_get(reason, 0);
	json_to_text(reason, arena, &text);
	return text;
}

static void tell_refusal(struct task *t, size_t part, const json_t *reason)
{
	struct apply *a = t->apply;
	str hint, text = reason_text(reason, &a->arena);
	enum answer_class class = reason_class(a->c, t->op, text, &hint);
	struct buf b = {0};
	struct err err;

	text_scrub(text, &t->values, &b);
	err_set(&err, REACH_ENTRY, class == CLASS_PERSON ? CODE_DONE : CODE_FAILED, "\"%s\"%s%.*s",
		b.n ? b.p : "", hint.n ? "; " : "", STR_ARG(hint));
	buf_clear(&b);
	tell(a, t->parts[part],
	     class == CLASS_ALREADY ? OUTCOME_ALREADY
	     : class == CLASS_RETRY ? OUTCOME_LATER
				    : OUTCOME_REFUSED,
	     STR(""), &err);
	t->parts[part] = NULL;
}

/* A good answer may say of some of the people that they were refused. */
static void take_refusals(struct task *t, const json_t *json)
{
	const json_t *reasons = json_path_first(t->operation->refusals, json, &t->values);
	const char *address;
	json_t *reason;

	if (!json_is_object(reasons))
		return;
	for (size_t i = 0; i < t->count; i++) {
		str email = values_text(&t->people[i], "email");

		/* The cast is jansson's iteration, which takes no const object. */
		for (void *at = json_object_iter((json_t *)(uintptr_t)reasons); at;
		     at = json_object_iter_next((json_t *)(uintptr_t)reasons, at)) {
			address = json_object_iter_key(at);
			reason = json_object_iter_value(at);
			if (t->parts[i] && str_equal_nocase(str_of(address), email))
				tell_refusal(t, i, reason);
		}
	}
}

/* --- every answer */

/*
 * Said of several at once, a no ("refused", "is there already", "is not there") may mean one of
 * them only: one by one it shows whom.
 */
static bool split(struct task *t, const struct team_reply *reply)
{
	struct apply *a = t->apply;
	bool of_one = reply->class == CLASS_REFUSED || reply->class == CLASS_PERSON ||
		      reply->class == CLASS_ALREADY || reply->class == CLASS_GONE;

	if (t->count < 2 || !of_one || reply->outcome == OUTCOME_UNKNOWN)
		return false;
	for (size_t i = 0; i < t->count; i++) {
		struct task *one = &a->tasks[a->count++];

		*one = (struct task){.apply = a,
				     .op = t->op,
				     .operation = t->operation,
				     .parts = &t->parts[i],
				     .people = &t->people[i],
				     .count = 1};
	}
	t->count = 0;
	return true;
}

static void system_out(struct task *t, const struct team_reply *reply)
{
	struct apply *a = t->apply;

	if (!a->out)
		a->err = reply->err;
	a->out = true;
	if (t->did)
		task_end(t, OUTCOME_LATER, &reply->err);
	t->count = 0;
}

/*
 * An earlier step of an invitation whose answer was lost, or which says that it was done before
 * without telling the id: the list knows whether to go on.
 */
static bool set_aside(struct task *t, const struct team_reply *reply, bool last)
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

static void task_reply(struct task *t, const struct team_reply *reply)
{
	const struct call_step *step = &t->operation->steps.items[t->step];
	bool last = t->step + 1 == t->operation->steps.count;
	bool good = reply->outcome == OUTCOME_DONE || reply->outcome == OUTCOME_ALREADY;

	if (reply->out) {
		system_out(t, reply);
		return;
	}
	if (split(t, reply))
		return;
	if (good)
		capture(t, step, reply->json);
	if (set_aside(t, reply, last))
		return;
	if (!good) {
		task_end(t, reply->outcome, &reply->err);
		return;
	}
	take_refusals(t, reply->json);
	t->did |= reply->outcome == OUTCOME_DONE;
	t->was_there |= reply->outcome == OUTCOME_ALREADY;
	if (last) {
		task_end(t, t->did ? OUTCOME_DONE : OUTCOME_ALREADY, NULL);
		return;
	}
	t->step++;
	go(t);
}

static void on_reply(void *user, const struct http_response *response)
{
	struct task *t = user;
	struct apply *a = t->apply;
	struct team_reply reply;

	team_reply_read(a->c, t->operation->steps.items[t->step].op, response, &t->values, &reply);
	task_reply(t, &reply);
	team_reply_clear(&reply);
	go_on(a);
}

/* --- requests */

/* Some steps are for certain roles, or take away what somebody need not have. */
static bool is_due(const struct task *t, const struct call_step *step)
{
	const struct change *change = t->parts[0];

	if (step->needs.n && !values_text(&t->values, step->needs.p).n)
		return false;
	for (size_t i = 0; i < step->role_count; i++)
		if (str_equal(step->roles[i].text, change->role))
			return true;
	return step->role_count == 0;
}

static void put_emails(struct task *t)
{
	str *emails = arena_array(&t->apply->arena, str, t->count);

	for (size_t i = 0; i < t->count; i++)
		emails[i] = values_text(&t->people[i], "email");
	list_push(&t->values.items, ((struct named_value){.name = STR("emails"),
							  .list = emails,
							  .count = t->count,
							  .is_list = true}));
}

static int check_address(const struct task *t, struct err *err)
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
static int check_interval(const struct task *t, struct err *err)
{
	const struct change *change = t->parts[0];
	const struct entry_record *last =
		t->operation->every ? last_read_find(t->apply->c, 'i', change->invitation) : NULL;
	int64_t wait = last && last->sent ? last->sent + t->operation->every - clock_now() : 0;

	if (wait <= 0 || t->step > 0)
		return 0;
	return err_later(err, REACH_ENTRY, CODE_LATER,
			 "%s sends no two invitations to one person within %lld s; it can be sent "
			 "again in %lld s",
			 t->apply->c->profile->title.p, (long long)t->operation->every,
			 (long long)wait);
}

static int send(struct task *t, const struct call_step *step, struct err *err)
{
	struct apply *a = t->apply;
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
					.done = on_reply,
					.user = t,
				});
	team_request_clear(&request);
	return 0;
}

/* The next step of a task; steps for other roles are passed over. */
static void go(struct task *t)
{
	const struct call_step *steps = t->operation->steps.items;
	struct err err;

	if (!t->values.outer) {
		t->values.outer = &t->people[0];
		put_emails(t);
	}
	while (t->step < t->operation->steps.count && !is_due(t, &steps[t->step]))
		t->step++;
	if (t->step == t->operation->steps.count) {
		task_end(t, t->did ? OUTCOME_DONE : OUTCOME_ALREADY, NULL);
		return;
	}
	if (check_interval(t, &err) < 0) {
		task_end(t, OUTCOME_LATER, &err);
		return;
	}
	if (send(t, &steps[t->step], &err) == 0)
		return;
	/* What was there before told no id to go on with. */
	if (t->was_there)
		task_end(t, OUTCOME_ALREADY, NULL);
	else
		task_end(t, OUTCOME_REFUSED, &err);
}

/* --- from changes to tasks */

static int compare_changes(const void *x, const void *y)
{
	const struct change *a = *(struct change *const *)x, *b = *(struct change *const *)y;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = str_compare(a->role, b->role);
	return order ? order : (a->number > b->number) - (a->number < b->number);
}

static void refuse(struct apply *a, struct change *change)
{
	struct err err;

	err_set(&err, REACH_ENTRY, CODE_FAILED, "%s has no way to %s", a->c->profile->title.p,
		change_kind_text(change->kind));
	a->sink(a->context, change, OUTCOME_REFUSED, STR(""), &err);
}

/* Does it go into one request with the change before? */
static bool joins(const struct task *t, const struct change *change, enum team_op op)
{
	return t->op == op && (int64_t)t->count < t->operation->max &&
	       str_equal(t->parts[0]->role, change->role);
}

static void make_tasks(struct apply *a, struct change **batch, size_t count)
{
	size_t kept = 0;

	a->sorted = arena_array(&a->arena, struct change *, count + 1);
	a->people = arena_array(&a->arena, struct values, count + 1);
	a->tasks = arena_array(&a->arena, struct task, 2 * count + 1);
	for (size_t i = 0; i < count; i++) {
		enum team_op op;

		if (op_of(batch[i], &op) && a->c->profile->operations[op].steps.count)
			a->sorted[kept++] = batch[i];
		else
			refuse(a, batch[i]);
	}
	qsort(a->sorted, kept, sizeof *a->sorted, compare_changes);
	for (size_t i = 0; i < kept; i++) {
		struct task *last = a->count ? &a->tasks[a->count - 1] : NULL;
		enum team_op op = OP_INVITE;

		op_of(a->sorted[i], &op);
		person_values(a, a->sorted[i], op, &a->people[i]);
		if (last && joins(last, a->sorted[i], op)) {
			last->count++;
			continue;
		}
		a->tasks[a->count++] = (struct task){
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

static void end_lost(struct task *t, enum found found, str id)
{
	struct err err;

	if (id.n) {
		t->id = id;
		values_put(&t->values, STR("id"), id);
		t->did = true;
		t->step++;
		go(t);
	} else if (found == FOUND) {
		task_end(t, OUTCOME_ALREADY, NULL);
	} else if (t->lost_as == OUTCOME_UNKNOWN) {
		task_end(t, OUTCOME_UNKNOWN, &t->lost_err);
	} else {
		err_set(&err, REACH_ENTRY, CODE_DONE,
			"%s says that this person is there already, and its list does not show "
			"that: switched off, perhaps",
			t->apply->c->profile->title.p);
		task_end(t, OUTCOME_REFUSED, &err);
	}
}

/* Called when no request is under way. True when some go on. */
static bool look_up_lost(struct apply *a)
{
	bool any = false;

	for (size_t i = 0; i < a->next; i++) {
		struct task *t = &a->tasks[i];
		enum found found = FOUND_UNCLEAR;
		str id = STR("");

		if (!t->lost)
			continue;
		t->lost = false;
		t->looked_up = true;
		if (a->out || team_lookup(a->c, values_text(&t->people[0], "email"), !any, &found,
					  &a->arena, &id, NULL) < 0)
			task_end(t, OUTCOME_UNKNOWN, &t->lost_err);
		else
			end_lost(t, found, id);
		any = true;
	}
	return any;
}

int team_apply(struct connection *connection, struct plan *plan, struct change **batch,
	       size_t count, outcome_sink *sink, void *context, struct err *err)
{
	struct team_connection *c = connection_own(team_connection, connection);
	struct apply a = {.c = c, .plan = plan, .sink = sink, .context = context};

	if (catalogue_read(c, err) < 0)
		return -1;
	make_tasks(&a, batch, count);
	go_on(&a);
	do
		http_run(c->http);
	while (look_up_lost(&a));
	for (size_t i = 0; i < a.count; i++)
		list_clear(&a.tasks[i].values.items);
	for (size_t i = 0; i < a.room; i++)
		list_clear(&a.people[i].items);
	arena_clear(&a.arena);
	if (a.out && err)
		*err = a.err;
	return a.out ? -1 : 0;
}
