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

/* The plan being carried out. By change: taken and its next member change of the same team; by
 * object: the rest. */
struct carrier {
	struct work *work;
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

void tally_count(struct tally *tally, enum outcome outcome)
{
	uint64_t *counts[] = {
		[OUTCOME_DONE] = &tally->done,       [OUTCOME_ALREADY] = &tally->already,
		[OUTCOME_REFUSED] = &tally->refused, [OUTCOME_LATER] = &tally->later,
		[OUTCOME_UNKNOWN] = &tally->unknown, [OUTCOME_SKIPPED] = &tally->skipped,
	};

	(*counts[outcome])++;
}

static bool is_member_change(enum change_kind kind)
{
	return kind == CHANGE_ADD_MEMBER || kind == CHANGE_REMOVE_MEMBER;
}

static void link_member_changes(struct carrier *c)
{
	const struct plan *plan = c->plan;

	for (size_t i = 0; i < plan->objects.count; i++)
		c->team_first[i] = END;
	for (size_t i = plan->changes.count; i-- > 0;) {
		const struct change *change = &plan->changes.items[i];

		c->next[i] = END;
		if (is_member_change(change->kind) && change->team != ROW_NONE) {
			c->next[i] = c->team_first[change->team];
			c->team_first[change->team] = (uint32_t)i;
		}
	}
}

static void carrier_init(struct carrier *c, struct work *w, struct arena *arena)
{
	struct plan *plan = &w->result->plan;
	size_t changes = plan->changes.count, objects = plan->objects.count;

	*c = (struct carrier){
		.work = w,
		.plan = plan,
		.taken = arena_array(arena, bool, changes + 1),
		.told = arena_array(arena, bool, changes + 1),
		.next = arena_array(arena, uint32_t, changes + 1),
		.team_first = arena_array(arena, uint32_t, objects + 1),
		.in_window = arena_array(arena, uint32_t, objects + 1),
		.failed = arena_array(arena, bool, objects + 1),
	};
	link_member_changes(c);
}

static struct object *object_of(struct carrier *c, uint32_t index)
{
	return index == ROW_NONE ? NULL : &c->plan->objects.items[index];
}

static bool is_stopped(const struct work *w)
{
	return w->options->stop && *w->options->stop;
}

/* A failure as one line: what was tried, for whom, what the system said. */
static void note_failure(struct carrier *c, const struct change *change, enum outcome outcome,
			 const struct err *err)
{
	struct run_result *result = c->work->result;
	const struct object *user = object_of(c, change->user), *team = object_of(c, change->team);

	if (result->failures.count >= FAILURES_SHOWN)
		return;
	list_push(&result->failures,
		  arena_printf(&c->plan->arena, "%s %.*s%s%.*s: %s: %s",
			       change_kind_text(change->kind),
			       STR_ARG(user ? user->label : STR("")), user && team ? " in " : "",
			       STR_ARG(team ? team->label : STR("")), outcome_text(outcome),
			       err ? err->text : "no reason was given"));
}

static void mark_failed(struct carrier *c, const struct change *change)
{
	if (change->kind == CHANGE_CREATE_USER || change->kind == CHANGE_INVITE)
		c->failed[change->user] = true;
	if (change->kind == CHANGE_CREATE_TEAM)
		c->failed[change->team] = true;
}

/* The outcome of one change goes into the journal, the tally and, when it failed, the report. */
static void tell(void *context, struct change *change, enum outcome outcome, str ret_id,
		 const struct err *err)
{
	struct carrier *c = context;
	const struct run_options *o = c->work->options;
	size_t index = (size_t)(change - c->plan->changes.items);

	if (c->told[index])
		return;
	c->told[index] = true;
	c->ended++;
	tally_count(&c->work->result->tally, outcome);
	if (outcome == OUTCOME_REFUSED && err && err->code == CODE_DONE)
		c->work->result->tally.for_good++;
	if (outcome != OUTCOME_DONE && outcome != OUTCOME_ALREADY) {
		mark_failed(c, change);
		if (!is_stopped(c->work) || outcome != OUTCOME_LATER)
			note_failure(c, change, outcome, err);
	}
	if (!c->store_failed && state_outcome(o->state, c->work->result->run, c->plan, change,
					      outcome, ret_id, err, &c->store_err) < 0)
		c->store_failed = true;
	if (o->watcher.progress)
		o->watcher.progress(o->watcher.context, "changing", c->ended,
				    c->plan->changes.count);
}

static void take(struct carrier *c, uint32_t index)
{
	c->taken[index] = true;
	list_push(&c->window, &c->plan->changes.items[index]);
}

/* The member changes of a team go with it: one object, one request. */
static void take_members(struct carrier *c, uint32_t team, bool adds_only)
{
	for (uint32_t i = c->team_first[team]; i != END; i = c->next[i])
		if (!c->taken[i] &&
		    (!adds_only || c->plan->changes.items[i].kind == CHANGE_ADD_MEMBER))
			take(c, i);
}

/* One write an object is outstanding at a time, so an object that is in the window already ends it.
 */
static bool enter_object(struct carrier *c, uint32_t object)
{
	if (object == ROW_NONE)
		return true;
	if (c->in_window[object] == c->window_number)
		return false;
	c->in_window[object] = c->window_number;
	c->window_objects++;
	return true;
}

/* A change that another must come before: not in one window with it. */
static bool must_wait(const struct carrier *c, const struct change *change)
{
	return change->after && !c->told[change->after - 1];
}

/* Fills the window with the next changes of one kind; false when none are left. */
static bool window_fill(struct carrier *c, size_t *cursor)
{
	const struct plan *plan = c->plan;
	enum change_kind kind;

	while (*cursor < plan->changes.count && c->taken[*cursor])
		++*cursor;
	c->window.count = 0;
	c->window_objects = 0;
	c->window_number++;
	if (*cursor == plan->changes.count)
		return false;
	kind = plan->changes.items[*cursor].kind;
	for (size_t i = *cursor; i < plan->changes.count; i++) {
		const struct change *change = &plan->changes.items[i];
		bool members = is_member_change(kind);

		if (c->taken[i])
			continue;
		if (change->kind != kind || c->window_objects >= WINDOW_OBJECTS ||
		    c->window.count >= WINDOW_CHANGES || (i > *cursor && must_wait(c, change)))
			break;
		if (!enter_object(c, members || change->user == ROW_NONE ? change->team
									 : change->user))
			break;
		if (members) {
			take_members(c, change->team, false);
			continue;
		}
		take(c, (uint32_t)i);
		if (kind == CHANGE_CREATE_TEAM || kind == CHANGE_UPDATE_TEAM)
			take_members(c, change->team, kind == CHANGE_CREATE_TEAM);
	}
	return true;
}

static bool is_blocked(const struct carrier *c, const struct change *change)
{
	return (change->user != ROW_NONE && c->failed[change->user]) ||
	       (change->team != ROW_NONE && c->failed[change->team]);
}

/* Splits off what cannot or need not be sent; the rest is the batch for the connector. */
static size_t window_sort_out(struct carrier *c, struct change **batch)
{
	struct err blocked;
	size_t count = 0;

	err_set(&blocked, REACH_ENTRY, CODE_PARTLY,
		"not tried, because what it needs could not be made");
	list_each (struct change *, item, &c->window) {
		if (is_blocked(c, *item))
			tell(c, *item, OUTCOME_SKIPPED, STR(""), &blocked);
		else if (!change_sends((*item)->kind))
			tell(c, *item, OUTCOME_DONE, STR(""), NULL);
		else
			batch[count++] = *item;
	}
	return count;
}

static void trouble(struct run_result *result, enum code code, const char *text)
{
	if (result->trouble[0])
		return;
	result->code = code;
	snprintf(result->trouble, sizeof result->trouble, "%s", text);
}

static void tell_untried(struct carrier *c, struct change **batch, size_t count,
			 const struct err *err)
{
	for (size_t i = 0; i < count; i++)
		tell(c, batch[i], OUTCOME_LATER, STR(""), err);
}

/* Sends one window. False when the run cannot go on: the target is out, or the journal is. */
static bool window_send(struct carrier *c, struct err *err)
{
	const struct run_options *o = c->work->options;
	struct session *s = c->work->session;
	struct err reason = {0};
	struct change **batch;
	size_t count;
	bool out;

	if (state_intend(o->state, c->work->result->run, c->plan, c->window.items, c->window.count,
			 err) < 0) {
		c->store_failed = true;
		c->store_err = *err;
		return false;
	}
	batch = mem_alloc(c->window.count, sizeof *batch);
	count = window_sort_out(c, batch);
	out = count && s->to->apply(s->target, c->plan, batch, count, tell, c, &reason) < 0;
	if (out) {
		tell_untried(c, batch, count, &reason);
		trouble(c->work->result, reason.code, reason.text);
	}
	free(batch);
	if (!c->store_failed && state_flush(o->state, &c->store_err) < 0)
		c->store_failed = true;
	return !out && !c->store_failed;
}

/* What was not sent because of a signal is no failure of the target. */
static void note_stop(struct work *w)
{
	w->result->trouble[0] = '\0';
	trouble(w->result, *w->options->stop == SIGINT ? CODE_INTERRUPTED : CODE_TERMINATED,
		"stopped by a signal; the next run finishes the work");
}

int apply(struct work *w, struct err *err)
{
	struct arena arena = {0};
	struct carrier c;
	size_t cursor = 0;

	carrier_init(&c, w, &arena);
	while (!is_stopped(w) && window_fill(&c, &cursor))
		if (!window_send(&c, err))
			break;
	if (is_stopped(w))
		note_stop(w);
	if (c.store_failed)
		*err = c.store_err;
	list_clear(&c.window);
	arena_clear(&arena);
	return c.store_failed ? -1 : 0;
}
