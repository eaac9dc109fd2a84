/* SPDX-License-Identifier: Apache-2.0 */
/* Letting go of what was read from the journal. */
#include "model/journal.h"

void run_records_clear(struct run_records *runs)
{
	list_clear(&runs->items);
	arena_clear(&runs->arena);
}

void journal_clear(struct journal *j)
{
	plan_clear(&j->plan);
	list_clear(&j->entries);
}
