/* SPDX-License-Identifier: Apache-2.0 */
/* One sync from reading to report: each step of the road is one call. */
#include "run/run.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/internal.h"

enum { LOCK_LOOK_EVERY = 100 /* milliseconds */ };

bool run_is_stopped(const struct run_context *w)
{
	return w->options->stop && *w->options->stop;
}

static enum code verdict_code(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_GO:
		return CODE_DONE;
	case VERDICT_HELD:
	case VERDICT_REFUSED:
		return CODE_HELD;
	case VERDICT_UNTRUSTED:
		return CODE_UNTRUSTED;
	}
	return CODE_FAILED;
}

/* Stores a held plan whole, so that it can be looked at and decided. */
static int run_hold(struct run_context *w, struct err *err)
{
	struct plan *plan = &w->result->plan;
	struct buf text = {0}, json = {0};
	int rc;

	plan_print_text(plan, &(struct print_options){0}, &text);
	plan_print_json(plan, &json);
	rc = state_plan_hold(w->options->state, plan, buf_str(&text), buf_str(&json),
			     &w->result->held_as, err);
	buf_clear(&text);
	buf_clear(&json);
	return rc;
}

int run_plan(const struct run_options *options, struct run_result *ret, struct err *err)
{
	struct session s;
	struct run_context w = {options, &s, ret};
	int rc;

	memset(ret, 0, sizeof *ret);
	if (session_open(options, &s, err) < 0)
		return -1;
	rc = session_collect(&s, err);
	if (rc == 0)
		rc = session_recall(&s, err);
	if (rc == 0)
		rc = session_plan(&s, &ret->plan, err);
	ret->code = rc == 0 ? verdict_code(ret->plan.verdict) : err->code;
	/* What a person is about to decide needs a number; a plan that cannot be kept is shown all
	 * the same. */
	if (rc == 0 && ret->plan.verdict != VERDICT_GO && ret->plan.approvable &&
	    run_hold(&w, err) < 0)
		log_debug(options->sync->name, "the held plan is not kept: %s", err->text);
	session_close(&s);
	return rc;
}

/* What a cut read of the target does not show waits, and somebody has to see that it does not wait
 * for ever. */
static enum code outcome_code(const struct run_result *r, bool target_complete)
{
	if (r->tally.unknown)
		return CODE_UNSETTLED;
	if (r->tally.refused > r->tally.for_good || r->tally.later || r->tally.skipped ||
	    !target_complete)
		return CODE_PARTLY;
	return CODE_DONE;
}

/* What a good read teaches: how much there was, and under which rules it was read. */
static int run_remember(struct run_context *w, struct err *err)
{
	const struct snapshot *read = &w->session->source_read;
	const struct policy *policy = &w->options->sync->policy;
	const struct trusted_read trusted = {
		.users = read->users.count,
		.groups = read->groups.count,
		.edges = read->edges.count,
		.scope = read->scope,
		.mapping = policy->fingerprint,
	};

	if (read->cursor.n &&
	    state_cursor_save(w->options->state, policy->sync, read->cursor, err) < 0)
		return -1;
	return state_trust_save(w->options->state, policy->sync, &trusted, err);
}

static int run_act(struct run_context *w, struct err *err)
{
	struct run_result *r = w->result;

	if (state_invitations_see(w->options->state, r->plan.sync, r->plan.seen_invitations.items,
				  r->plan.seen_invitations.count, err) < 0 ||
	    state_handoffs_keep(w->options->state, r->plan.sync, r->plan.open_handoffs.items,
				r->plan.open_handoffs.count, err) < 0 ||
	    apply_plan(w, err) < 0)
		return -1;
	if (r->abort_reason[0])
		return 0;
	r->code = outcome_code(r, w->session->target_read.complete);
	return run_remember(w, err);
}

/* What the guard did not let pass goes ahead when a person approved exactly this plan. */
static int run_decide(struct run_context *w, bool *ret_go, struct err *err)
{
	struct plan *plan = &w->result->plan;
	struct state *state = w->options->state;
	int64_t approved = 0;

	*ret_go = plan->verdict == VERDICT_GO;
	if (*ret_go)
		return state_plans_replace(state, plan->sync, err);
	if (!plan->approvable)
		return 0;
	if (state_plan_approved(state, plan->sync, str_of(plan->checksum), &approved, err) < 0)
		return -1;
	if (!approved)
		return run_hold(w, err);
	*ret_go = true;
	w->result->approved_as = approved;
	return state_plan_used(state, approved, err);
}

static int run_guarded(struct run_context *w, struct err *err)
{
	bool go;

	w->result->code = verdict_code(w->result->plan.verdict);
	if (run_decide(w, &go, err) < 0)
		return -1;
	return go ? run_act(w, err) : 0;
}

/* The record of the run is ended whatever happened; its own failure must not hide the first one. */
static int run_record_end(struct run_context *w, int rc, struct err *err)
{
	struct run_result *r = w->result;
	struct err second;
	int end;

	if (rc < 0)
		r->code = err->code;
	end = state_run_end(w->options->state, r->run, (int)r->code,
			    r->plan.sync.n ? &r->plan : NULL,
			    str_of(rc < 0 ? err->text : r->abort_reason), &second);
	if (end == 0)
		end = state_runs_prune(w->options->state,
				       w->options->now - w->options->config->keep_runs, &second);
	if (rc == 0 && end < 0) {
		*err = second;
		return -1;
	}
	return rc;
}

static int run_steps(struct run_context *w, const char *checksum, struct err *err)
{
	if (settle_by_lookup(w, err) < 0 || session_collect(w->session, err) < 0 ||
	    settle_by_read(w, err) < 0)
		return -1;
	if (session_recall(w->session, err) < 0 ||
	    session_plan(w->session, &w->result->plan, err) < 0)
		return -1;
	if (checksum && strcmp(checksum, w->result->plan.checksum) != 0) {
		w->result->code = CODE_STALE;
		return 0;
	}
	return run_guarded(w, err);
}

static int run_locked(const struct run_options *options, const char *checksum,
		      struct run_result *ret, struct err *err)
{
	struct session s;
	struct run_context w = {options, &s, ret};
	int rc;

	if (state_run_begin(options->state, options->sync->policy.sync, str_of(options->command),
			    &ret->run, err) < 0)
		return -1;
	rc = session_open(options, &s, err);
	if (rc == 0)
		rc = run_steps(&w, checksum, err);
	rc = run_record_end(&w, rc, err);
	session_close(&s);
	return rc;
}

/* Another run of the same sync is waited for as long as the configuration says. */
static int run_lock_wait(const struct run_options *options, str sync, struct err *err)
{
	int64_t end = clock_ticks() + options->config->lock_wait * 1000;

	while (state_lock(options->state, sync, err) < 0) {
		if (err->code != CODE_LOCKED || clock_ticks() >= end ||
		    (options->stop && *options->stop))
			return -1;
		clock_sleep(LOCK_LOOK_EVERY);
	}
	return 0;
}

static int run_exclusive(const struct run_options *options, const char *checksum,
			 struct run_result *ret, struct err *err)
{
	str sync = options->sync->policy.sync;
	int rc;

	memset(ret, 0, sizeof *ret);
	if (run_lock_wait(options, sync, err) < 0)
		return -1;
	rc = run_locked(options, checksum, ret, err);
	state_unlock(options->state, sync);
	return rc;
}

int run_sync(const struct run_options *options, struct run_result *ret, struct err *err)
{
	return run_exclusive(options, NULL, ret, err);
}

int run_apply(const struct run_options *options, str checksum, struct run_result *ret,
	      struct err *err)
{
	char text[65] = "";

	snprintf(text, sizeof text, "%.*s", STR_ARG(checksum));
	return run_exclusive(options, text, ret, err);
}
