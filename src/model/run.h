/* SPDX-License-Identifier: Apache-2.0 */
/* What came of a run: the plan, how many changes ended how, and why it ended early. */
#ifndef MODEL_RUN_H
#define MODEL_RUN_H

#include "base/err.h"
#include "base/list.h"
#include "model/plan.h"

/* How many changes ended how. */
struct outcome_tally {
	uint64_t done, already, refused, later, unknown, skipped;
	uint64_t for_good; /* of the refused: told, and no failure of the run */
};

void tally_count(struct outcome_tally *tally, enum outcome outcome);
/* Of all outcomes together. */
uint64_t tally_total(const struct outcome_tally *tally);

struct run_result {
	enum code code;
	struct plan plan; /* without a sync's name when it did not come to a plan */
	int64_t run; /* number of the run; 0 when nothing was recorded */
	int64_t held_as; /* number of the stored plan when it is held, else 0 */
	int64_t approved_as; /* number of the approval that let it pass, else 0 */
	struct outcome_tally tally;
	struct outcome_tally settled; /* intents of an earlier run that were settled first */
	LIST(str) failures; /* one line each, in the plan's arena; the first hundred */
	char abort_reason[1000]; /* why the run ended early, "" when it did not */
};

void run_result_clear(struct run_result *r);

#endif
