/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the people of a task, told one by one. */
#include "connect/team/call/call.h"
#include "connect/team/write/internal.h"

/* Refused for good: what a person does about it stands beside what the service said. */
static const struct err *with_advice(const struct team_apply *a, const struct change *change,
				     const struct err *err, struct err *space)
{
	str advice = a->c->profile->operations[OP_INVITE].refused;

	if (!err || change->kind != CHANGE_INVITE || !advice.n)
		return err;
	*space = *err;
	err_set(space, err->reach, err->code, "%s; %.*s", err->text, STR_ARG(advice));
	return space;
}

static void tell_outcome(struct team_apply *a, struct change *change, enum outcome outcome, str id,
			 const struct err *err)
{
	struct err space;

	if (outcome == OUTCOME_REFUSED_FOR_GOOD)
		err = with_advice(a, change, err, &space);
	batch_tell(&a->batch, change, outcome, id, err);
}

void team_task_end(struct team_task *t, enum outcome outcome, const struct err *err)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->parts[i])
			tell_outcome(t->apply, t->parts[i], outcome, t->id, err);
	t->count = 0;
}

/* --- people who are refused inside a good answer */

static str reason_text(const json_t *reason, struct arena *arena)
{
	str text = STR("refused, without a reason");

	if (json_is_array(reason))
		reason = json_array_get(reason, 0);
	json_to_text(reason, arena, &text);
	return text;
}

static void person_refused(struct team_task *t, size_t part, const json_t *reason)
{
	struct team_apply *a = t->apply;
	str hint, text = reason_text(reason, &a->arena);
	enum answer_class class = reason_class(a->c, t->op, text, &hint);
	struct buf b = {0};
	struct err err;

	text_scrub(text, &t->values, &b);
	err_set(&err, REACH_ENTRY, CODE_FAILED, "\"%s\"%s%.*s", b.n ? b.p : "", hint.n ? "; " : "",
		STR_ARG(hint));
	buf_clear(&b);
	tell_outcome(a, t->parts[part],
		     class == CLASS_ALREADY  ? OUTCOME_ALREADY
		     : class == CLASS_RETRY  ? OUTCOME_LATER
		     : class == CLASS_PERSON ? OUTCOME_REFUSED_FOR_GOOD
					     : OUTCOME_REFUSED,
		     STR(""), &err);
	t->parts[part] = NULL;
}

/* A good answer may say of some of the people that they were refused. */
void read_refusals(struct team_task *t, const json_t *json)
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
				person_refused(t, i, reason);
		}
	}
}
