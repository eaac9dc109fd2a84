/* SPDX-License-Identifier: Apache-2.0 */
/* The journal in the state file: runs, what they meant to do, and what became of it. */
#ifndef STORE_STATE_JOURNAL_H
#define STORE_STATE_JOURNAL_H

#include "store/state/state.h"

#define RUN_CUT (-1) /* in place of an exit code: the process died before the run ended */

/* A run as it is listed. Texts live with the list or the journal that holds it. */
struct run_record {
	int64_t number;
	str sync, command;
	int64_t started;
	int64_t ended; /* 0: still running, or cut and nobody ran since */
	int code;
	str error; /* why it ended so; "" when all went well */
	bool planned; /* it came as far as a plan; else what follows is empty */
	enum verdict verdict;
	struct counts counts;
	str checksum;
	uint64_t source_users, source_groups, source_edges;
	bool source_complete;
	uint64_t outcomes[6]; /* by enum outcome, as the journal has them */
	uint64_t unsettled; /* intents of which nobody knows what became */
};
struct run_records {
	struct arena arena;
	LIST(struct run_record) items; /* the newest first */
};
void run_records_clear(struct run_records *runs);

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

/*
 * Changes read back. plan.changes[i] and entries[i] belong together; the plan holds what was
 * journaled: objects (one for each entry that is spoken of, for a create with its fields), edits
 * and reasons, and nothing else. Zero-initialise; journal_clear.
 */
struct journal_entry {
	int64_t run;
	uint32_t number; /* within the run */
	int64_t intended, at; /* when it was meant, when the outcome was known */
	bool known; /* it has an outcome */
	enum outcome outcome;
	str id; /* what the target made of a create */
	str error;
	uint32_t looks; /* how often settling looked in vain; `at` says when last */
};
struct journal {
	struct run_record run; /* of state_run_load only */
	struct plan plan;
	LIST(struct journal_entry) entries;
};
void journal_clear(struct journal *j);

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
