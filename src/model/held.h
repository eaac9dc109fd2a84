/* SPDX-License-Identifier: Apache-2.0 */
/* A held plan as data: what waits for a person's decision, and what became of it. */
#ifndef MODEL_HELD_H
#define MODEL_HELD_H

#include "model/plan.h"

enum plan_state {
	PLAN_HELD,
	PLAN_APPROVED,
	PLAN_REJECTED,
	PLAN_USED, /* carried out; an approval counts for one run */
	PLAN_REPLACED, /* the sync held another plan since, or none */
	PLAN_EXPIRED,
};
const char *plan_state_text(enum plan_state state); /* as it is kept and in JSON */
/* A word that nobody knows, of a newer program, no longer stands. */
enum plan_state plan_state_find(str text);

struct held_plan {
	int64_t number;
	str sync, checksum;
	enum plan_state state; /* as of now */
	enum verdict verdict;
	bool approvable;
	str reasons; /* one a line */
	str text, json; /* the whole plan, as printed; only state_plan_load fills them */
	int64_t made, held; /* held first, held last */
	int64_t expires;
	str decided_by;
	int64_t decided;
};
struct held_plans {
	struct arena arena;
	LIST(struct held_plan) items; /* the newest first */
};
void held_plans_clear(struct held_plans *plans);

#endif
