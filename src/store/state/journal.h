/* SPDX-License-Identifier: Apache-2.0 */
/* The journal in the state file: runs, what they meant to do, and what became of it. */
#ifndef STORE_STATE_JOURNAL_H
#define STORE_STATE_JOURNAL_H

#include "model/journal.h"
#include "store/state/state.h"

/* Begins a run under the lock of its sync; earlier runs of it that never ended are marked RUN_CUT.
 */
int state_run_begin(struct state *s, str sync, str command, int64_t *ret_run, struct err *err);
/* Flushes, ends the run and moves the write-ahead log into the file. plan: NULL when there was
 * none. */
int state_run_end(struct state *s, int64_t run, int code, const struct plan *plan, str error,
		  struct err *err);
/* sync "": of all syncs. */
int state_runs(struct state *s, str sync, size_t limit, struct run_records *ret, struct err *err);
/* Drops ended runs from before a time, but the newest of each sync and those with something
 * unsettled. */
int state_runs_prune(struct state *s, int64_t before, struct err *err);

/* CODE_USAGE: no such run */
int state_run_load(struct state *s, int64_t run, struct journal *ret, struct err *err);
/* What was done about one user or team of a sync, by an id of either side, the newest first. */
int state_history(struct state *s, str sync, enum entry_kind kind, str source_id, str target_id,
		  size_t limit, struct journal *ret, struct err *err);

/*
 * Commits the intents of a batch before the first of its calls is made, together with the outcomes
 * that wait. Changes that send nothing go the same way. A change is intended once a run.
 */
int state_intend(struct state *s, int64_t run, const struct plan *plan,
		 struct change *const *changes, size_t count, struct err *err);
/*
 * An outcome and what follows from it for links, invitations and hand-offs, in one transaction with
 * up to 63 others: it is committed when 64 wait or the oldest waits for 50 ms, by the next
 * state_intend, or by state_flush. ret_id and failure are copied; plan and change must hold until
 * then. Only DONE and ALREADY have consequences; any other outcome leaves the link as it was,
 * UNKNOWN is to be settled.
 */
int state_outcome(struct state *s, int64_t run, const struct plan *plan,
		  const struct change *change, enum outcome outcome, str ret_id,
		  const struct err *failure, struct err *err);
int state_flush(struct state *s, struct err *err);

/* What a run left without an outcome, in the order of the plans: to be looked up (connector.find),
 * never to be guessed. */
int state_unsettled(struct state *s, str sync, struct journal *ret, struct err *err);
/*
 * Records what a look found for entry `i` of state_unsettled: DONE with the id, LATER when it is
 * surely not there (the next plan decides anew), UNKNOWN when the system cannot tell yet. Waits
 * like state_outcome; `j` must hold until then. The id becomes the object's target_id, also for
 * later changes of the same journal.
 */
int state_settle(struct state *s, struct journal *j, size_t i, enum outcome outcome, str ret_id,
		 str why, struct err *err);

#endif
