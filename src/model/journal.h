/* SPDX-License-Identifier: Apache-2.0 */
/* What the journal tells, as data: runs as they are listed, and changes read back with what became
 * of them. */
#ifndef MODEL_JOURNAL_H
#define MODEL_JOURNAL_H

#include "model/plan.h"

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
	uint64_t outcomes[OUTCOME_SKIPPED + 1]; /* by enum outcome, as the journal has them */
	uint64_t unsettled; /* intents of which nobody knows what became */
};
struct run_records {
	struct arena arena;
	LIST(struct run_record) items; /* the newest first */
};
void run_records_clear(struct run_records *runs);

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

#endif
