/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying a plan out: batches of independent changes, journaled before and after. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "run/internal.h"

/*
 * A window is what one journal commit covers: large enough that its last requests do not leave the
 * others waiting, small enough that little has to be looked up after a crash.
 */
enum { WINDOW_OBJECTS = 1024, WINDOW_CHANGES = 20000, FAILURES_SHOWN = 100 };

static const uint32_t END = UINT32_MAX;

/* The plan being carried out. By change: taken, told, next; by object: the other arrays. */
struct apply_state {
	struct run_context *run;
	struct plan *plan;
	bool *taken;
	bool *told; /* has an outcome */
	uint32_t *next; /* the next member change of the same team */
	uint32_t *team_first; /* the first member change of the team */
	uint32_t *in_window; /* the window that an object was last part of */
	bool *failed; /* what needs this object cannot be done */
	LIST(struct change *) window;
	uint32_t window_number;
	size_t window_objects;
	uint64_t ended;
	struct err store_err; /* the journal's own failure, told once the batch is over */
	bool store_failed;
};

static bool is_membership_change(enum change_kind kind)
{
	return kind == CHANGE_ADD_MEMBER || kind == CHANGE_REMOVE_MEMBER;
}

static void apply_link_members(struct apply_state *a)
{
	const struct plan *plan = a->plan;

	for (size_t i = 0; i < plan->objects.count; i++)
		a->team_first[i] = END;
	for (size_t i = plan->changes.count; i-- > 0;) {
		const struct change *change = &plan->changes.items[i];

		a->next[i] = END;
		if (is_membership_change(change->kind) && change->team != ROW_NONE) {
			a->next[i] = a->team_first[change->team];
			a->team_first[change->team] = (uint32_t)i;
		}
	}
}

static void apply_init(struct apply_state *a, struct run_context *w, struct arena *arena)
{
	struct plan *plan = &w->result->plan;
	size_t changes = plan->changes.count, objects = plan->objects.count;

	*a = (struct apply_state){
		.run = w,
		.plan = plan,
		.taken = arena_array(arena, bool, changes + 1),
		.told = arena_array(arena, bool, changes + 1),
		.next = arena_array(arena, uint32_t, changes + 1),
		.team_first = arena_array(arena, uint32_t, objects + 1),
		.in_window = arena_array(arena, uint32_t, objects + 1),
		.failed = arena_array(arena, bool, objects + 1),
	};
	apply_link_members(a);
}

static struct object *apply_object(struct apply_state *a, uint32_t index)
{
	return index == ROW_NONE ? NULL : &a->plan->objects.items[index];
}

/* A failure as one line: what was tried, for whom, what the system said. */
static void apply_note_failure(struct apply_state *a, const struct change *change,
			       enum outcome outcome, const struct err *err)
{
	struct run_result *result = a->run->result;
	const struct object *user = apply_object(a, change->user),
			    *team = apply_object(a, change->team);

	if (result->failures.count >= FAILURES_SHOWN)
		return;
	list_push(&result->failures,
		  arena_printf(&a->plan->arena, "%s %.*s%s%.*s: %s: %s",
			       change_kind_text(change->kind),
			       STR_ARG(user ? user->label : STR("")), user && team ? " in " : "",
			       STR_ARG(team ? team->label : STR("")), outcome_text(outcome),
			       err ? err->text : "no reason was given"));
}

static void apply_mark_failed(struct apply_state *a, const struct change *change)
{
	if (change->kind == CHANGE_CREATE_USER || change->kind == CHANGE_INVITE)
		a->failed[change->user] = true;
	if (change->kind == CHANGE_CREATE_TEAM)
		a->failed[change->team] = true;
}

/* The outcome of one change goes into the journal, the tally and, when it failed, the report. */
static void on_outcome(void *context, struct change *change, enum outcome outcome, str ret_id,
		       const struct err *err)
{
	struct apply_state *a = context;
	const struct run_options *o = a->run->options;
	size_t index = (size_t)(change - a->plan->changes.items);

	if (a->told[index])
		return;
	a->told[index] = true;
	a->ended++;
	tally_count(&a->run->result->tally, outcome);
	if (outcome != OUTCOME_DONE && outcome != OUTCOME_ALREADY) {
		apply_mark_failed(a, change);
		if (!run_is_stopped(a->run) || outcome != OUTCOME_LATER)
			apply_note_failure(a, change, outcome, err);
	}
	if (!a->store_failed && state_outcome(o->state, a->run->result->run, a->plan, change,
					      outcome, ret_id, err, &a->store_err) < 0)
		a->store_failed = true;
	if (o->watcher.progress)
		o->watcher.progress(o->watcher.context, "changing", a->ended,
				    a->plan->changes.count);
}

static void window_take(struct apply_state *a, uint32_t index)
{
	a->taken[index] = true;
	list_push(&a->window, &a->plan->changes.items[index]);
}

/* The member changes of a team go with it: one object, one request. */
static void window_take_members(struct apply_state *a, uint32_t team, bool adds_only)
{
	for (uint32_t i = a->team_first[team]; i != END; i = a->next[i])
		if (!a->taken[i] &&
		    (!adds_only || a->plan->changes.items[i].kind == CHANGE_ADD_MEMBER))
			window_take(a, i);
}

/* One write an object is outstanding at a time, so an object that is in the window already ends it.
 */
static bool window_enter(struct apply_state *a, uint32_t object)
{
	if (object == ROW_NONE)
		return true;
	if (a->in_window[object] == a->window_number)
		return false;
	a->in_window[object] = a->window_number;
	a->window_objects++;
	return true;
}

/* A change that another must come before: not in one window with it. */
static bool change_must_wait(const struct apply_state *a, const struct change *change)
{
	return change->after && !a->told[change->after - 1];
}

/* Fills the window with the next changes of one kind; false when none are left. */
static bool window_fill(struct apply_state *a, size_t *cursor)
{
	const struct plan *plan = a->plan;
	enum change_kind kind;

	while (*cursor < plan->changes.count && a->taken[*cursor])
		++*cursor;
	a->window.count = 0;
	a->window_objects = 0;
	a->window_number++;
	if (*cursor == plan->changes.count)
		return false;
	kind = plan->changes.items[*cursor].kind;
	for (size_t i = *cursor; i < plan->changes.count; i++) {
		const struct change *change = &plan->changes.items[i];
		bool members = is_membership_change(kind);

		if (a->taken[i])
			continue;
		if (change->kind != kind || a->window_objects >= WINDOW_OBJECTS ||
		    a->window.count >= WINDOW_CHANGES ||
		    (i > *cursor && change_must_wait(a, change)))
			break;
		if (!window_enter(a, members || change->user == ROW_NONE ? change->team
									 : change->user))
			break;
		if (members) {
			window_take_members(a, change->team, false);
			continue;
		}
		window_take(a, (uint32_t)i);
		if (kind == CHANGE_CREATE_TEAM || kind == CHANGE_UPDATE_TEAM)
			window_take_members(a, change->team, kind == CHANGE_CREATE_TEAM);
	}
	return true;
}

static bool is_change_blocked(const struct apply_state *a, const struct change *change)
{
	return (change->user != ROW_NONE && a->failed[change->user]) ||
	       (change->team != ROW_NONE && a->failed[change->team]);
}

/* Splits off what cannot or need not be sent; the rest is the batch for the connector. */
static size_t window_sort_out(struct apply_state *a, struct change **batch)
{
	struct err blocked;
	size_t count = 0;

	err_set(&blocked, REACH_ENTRY, CODE_PARTLY,
		"not tried, because what it needs could not be made");
	list_each (struct change *, item, &a->window) {
		if (is_change_blocked(a, *item))
			on_outcome(a, *item, OUTCOME_SKIPPED, STR(""), &blocked);
		else if (!change_sends((*item)->kind))
			on_outcome(a, *item, OUTCOME_DONE, STR(""), NULL);
		else
			batch[count++] = *item;
	}
	return count;
}

static void run_abort(struct run_result *result, enum code code, const char *text)
{
	if (result->abort_reason[0])
		return;
	result->code = code;
	snprintf(result->abort_reason, sizeof result->abort_reason, "%s", text);
}

static void note_untried(struct apply_state *a, struct change **batch, size_t count,
			 const struct err *err)
{
	for (size_t i = 0; i < count; i++)
		on_outcome(a, batch[i], OUTCOME_LATER, STR(""), err);
}

/* Sends one window. False when the run cannot go on: the target is out, or the journal is. */
static bool window_send(struct apply_state *a, struct err *err)
{
	const struct run_options *o = a->run->options;
	struct session *s = a->run->session;
	struct err reason = {0};
	struct change **batch;
	size_t count;
	bool out;

	if (state_intend(o->state, a->run->result->run, a->plan, a->window.items, a->window.count,
			 err) < 0) {
		a->store_failed = true;
		a->store_err = *err;
		return false;
	}
	batch = mem_alloc(a->window.count, sizeof *batch);
	count = window_sort_out(a, batch);
	out = count && s->to->apply(s->target, a->plan, batch, count, on_outcome, a, &reason) < 0;
	if (out) {
		note_untried(a, batch, count, &reason);
		run_abort(a->run->result, reason.code, reason.text);
	}
	free(batch);
	if (!a->store_failed && state_flush(o->state, &a->store_err) < 0)
		a->store_failed = true;
	return !out && !a->store_failed;
}

/* What was not sent because of a signal is no failure of the target. */
static void note_stopped(struct run_context *w)
{
	w->result->abort_reason[0] = '\0';
	run_abort(w->result, *w->options->stop == SIGINT ? CODE_INTERRUPTED : CODE_TERMINATED,
		  "stopped by a signal; the next run finishes the work");
}

int apply_plan(struct run_context *w, struct err *err)
{
	struct arena arena = {0};
	struct apply_state a;
	size_t cursor = 0;

	apply_init(&a, w, &arena);
	while (!run_is_stopped(w) && window_fill(&a, &cursor))
		if (!window_send(&a, err))
			break;
	if (run_is_stopped(w))
		note_stopped(w);
	if (a.store_failed)
		*err = a.store_err;
	list_clear(&a.window);
	arena_clear(&arena);
	return a.store_failed ? -1 : 0;
}
