/* SPDX-License-Identifier: Apache-2.0 */
/* What a crash or a lost answer left open is looked up at the target by its mark: never guessed,
 * never repeated blindly. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/internal.h"

/*
 * A request that was under way when we died may still be carried out after we ask, so "not there"
 * is believed only this long after the intent.
 */
enum { BELIEVE_AFTER = 5 /* seconds */, ASK_EVERY = 500 /* milliseconds */ };

/* Only what makes something new can happen twice; the next read shows the truth about everything
 * else (settle_by_read). */
static bool must_be_looked_up(enum change_kind kind)
{
	return kind == CHANGE_CREATE_USER || kind == CHANGE_CREATE_TEAM || kind == CHANGE_INVITE ||
	       kind == CHANGE_RESEND;
}

/* How old an intent must be before "not there" means "not done". */
static int64_t believe_after(const struct session *s)
{
	int64_t grace = s->abilities.eventual ? s->abilities.eventual_grace : 0;

	return grace > BELIEVE_AFTER ? grace : BELIEVE_AFTER;
}

/* Asks until the answer can be believed. A grace of minutes is not waited for: that is the next
 * run's. */
static int settle_look_up(struct run_context *w, const struct journal *j, size_t i, enum found *ret,
			  struct arena *arena, str *ret_id, struct err *err)
{
	struct session *s = w->session;
	int64_t believed = j->entries.items[i].intended + believe_after(s);

	for (;;) {
		if (s->to->find(s->target, &j->plan, &j->plan.changes.items[i], ret, arena, ret_id,
				err) < 0)
			return err_wrap(err, "%s", w->options->sync->to->name);
		if (*ret == FOUND || clock_now() >= believed)
			return 0;
		*ret = FOUND_UNCLEAR;
		if (believed - clock_now() > BELIEVE_AFTER || run_is_stopped(w))
			return 0;
		clock_sleep(ASK_EVERY);
	}
}

static int settle_one_lookup(struct run_context *w, struct journal *j, size_t i, bool *ret_unclear,
			     struct err *err)
{
	struct arena arena = {0};
	enum found found = FOUND_NOT;
	enum outcome outcome;
	str id = STR("");
	int rc = settle_look_up(w, j, i, &found, &arena, &id, err);

	if (rc == 0) {
		outcome = found == FOUND       ? OUTCOME_DONE
			  : found == FOUND_NOT ? OUTCOME_LATER
					       : OUTCOME_UNKNOWN;
		*ret_unclear |= outcome == OUTCOME_UNKNOWN;
		tally_count(&w->result->settled, outcome);
		rc = state_settle(w->options->state, j, i, outcome, id, STR(""), err);
	}
	/* state_settle copies the id. */
	arena_clear(&arena);
	return rc;
}

int settle_by_lookup(struct run_context *w, struct err *err)
{
	const struct run_options *o = w->options;
	struct journal open = {0};
	bool unclear = false;
	int rc = state_unsettled(o->state, o->sync->policy.sync, &open, err);

	if (rc == 0 && open.entries.count)
		log_info(o->sync->name, "settling %zu changes that an earlier run left open",
			 open.entries.count);
	for (size_t i = 0; rc == 0 && i < open.entries.count; i++)
		if (must_be_looked_up(open.plan.changes.items[i].kind))
			rc = settle_one_lookup(w, &open, i, &unclear, err);
	if (rc == 0)
		rc = state_flush(o->state, err);
	if (rc == 0 && unclear)
		rc = err_later(err, REACH_RUN, CODE_UNSETTLED,
			       "%s cannot tell yet whether changes of an earlier run were done; "
			       "nothing was applied, run again later",
			       o->sync->to->name);
	journal_clear(&open);
	return rc;
}
