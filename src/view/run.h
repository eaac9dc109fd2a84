/* SPDX-License-Identifier: Apache-2.0 */
/* How runs are shown: the report of one that just ended, and those of the journal. Taken in by
 * view/view.h. */
#ifndef VIEW_RUN_H
#define VIEW_RUN_H

#include "base/json.h"
#include "model/journal.h"
#include "model/run.h"

/* One sync's part in the answer of `plan`, `sync` and `apply`. */
struct run_report {
	const char *sync;
	enum code code;
	bool acted; /* changes were to be applied, not only shown */
	const struct run_result *result;
};

/* What was settled first, the plan, what became of it; nothing where there is no plan. */
void run_report_text(const struct run_report *report, bool color, size_t lines, struct buf *out);
/* The same as one object: {"sync", "code", "plan", ...}. */
void run_report_json(const struct run_report *report, struct json_writer *w);

/* Past runs, a line each. */
void runs_print_text(const struct run_records *runs, struct buf *out);
/* {"format_version": 1, "runs": [...]} */
void runs_print_json(const struct run_records *runs, struct buf *out);

/* One run and what became of each of its changes (state_run_load). */
void journal_print_text(const struct journal *journal, struct buf *out);
/* {"format_version": 1, the members of the run, "changes": [...]} */
void journal_print_json(const struct journal *journal, struct buf *out);

#endif
