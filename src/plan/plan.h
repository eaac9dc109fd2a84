/* SPDX-License-Identifier: Apache-2.0 */
/* The door of thinking: what is, what is wanted and what is remembered go in; changes with reasons
 * and a verdict come out. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "base/err.h"
#include "model/ability.h"
#include "model/explanation.h"
#include "model/memory.h"
#include "model/plan.h"
#include "model/policy.h"
#include "model/snapshot.h"

/* All that a plan depends on; nothing of it is changed. The same input makes the same plan. */
struct plan_input {
	const struct policy *policy;
	const struct abilities *abilities; /* of the target */
	const struct snapshot *source, *target; /* sealed */
	const struct memory *memory;
	int64_t now; /* seconds since 1970 */
};

/*
 * Makes the plan: shape, join, diff, order, guard. Ill entries become notices, a target that can do
 * little gets hand-offs, and what must not be done on its own is in the verdict; an error
 * (CODE_DATA) means that the input is beyond what a plan can hold. On success ret is filled,
 * checksum included, and stands alone: the input may go, only object.target_row and source_row
 * still speak of the snapshots. Use plan_clear.
 */
int plan_build(const struct plan_input *in, struct plan *ret, struct err *err);

/*
 * The SHA-256 of what the changes would do, as 64 hex digits. Equal for plans that do the same to
 * the same objects of the same sync: it does not depend on the order of entries in the reads, on
 * dates in the reasons, on counts, or on the verdict.
 */
void plan_checksum(const struct plan *plan, char ret[65]);

/*
 * Everyone whom the policy wants at a target where people are invited: source id and address, both
 * valid during the call only. in->target may be empty.
 */
int plan_wanted(const struct plan_input *in, void (*each)(void *context, str source, str address),
		void *context, struct err *err);

/*
 * Why a person is, or is not, at the target, or in one team of it: source entry, rule, nested path,
 * link, target entry, what is planned and what blocks it. who: a userName, e-mail, id or display
 * name of either side; team: its name at either side, "" for all teams. -1 with CODE_DATA when
 * nobody is known by `who`, or when several are. `plan` is what plan_build made of the same input;
 * the explanation speaks of its changes. On success ret is filled; use explanation_clear.
 */
int plan_explain(const struct plan_input *in, const struct plan *plan, str who, str team,
		 struct explanation *ret, struct err *err);

#endif
