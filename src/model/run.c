/* SPDX-License-Identifier: Apache-2.0 */
/* Counting outcomes, and clearing the result of a run. */
#include "model/run.h"

#include <string.h>

void tally_count(struct outcome_tally *tally, enum outcome outcome)
{
	uint64_t *counts[] = {
		[OUTCOME_DONE] = &tally->done,
		[OUTCOME_ALREADY] = &tally->already,
		[OUTCOME_REFUSED] = &tally->refused,
		[OUTCOME_LATER] = &tally->later,
		[OUTCOME_UNKNOWN] = &tally->unknown,
		[OUTCOME_SKIPPED] = &tally->skipped,
		[OUTCOME_REFUSED_FOR_GOOD] = &tally->refused,
	};

	(*counts[outcome])++;
	tally->for_good += outcome == OUTCOME_REFUSED_FOR_GOOD;
}

uint64_t tally_total(const struct outcome_tally *t)
{
	return t->done + t->already + t->refused + t->later + t->unknown + t->skipped;
}

void run_result_clear(struct run_result *r)
{
	list_clear(&r->failures);
	plan_clear(&r->plan);
	memset(r, 0, sizeof *r);
}
