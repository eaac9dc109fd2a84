/* SPDX-License-Identifier: Apache-2.0 */
/* How a plan is shown. Taken in by view/view.h. */
#ifndef VIEW_PLAN_H
#define VIEW_PLAN_H

#include "model/plan.h"

struct print_options {
	bool color;
	size_t lines; /* of each kind of change at most; 0: all */
	/* under which the run stored the plan, for "muster approve N"; 0: it did not */
	uint64_t number;
	bool approved; /* under that number a person let it pass */
};

/* The plan as muster(1) shows it: head, changes, notices, verdict and what to type next. */
void plan_print_text(const struct plan *plan, const struct print_options *options, struct buf *out);

/* One JSON object, format_version 1; its shape is described in plan_json.c and in muster(1). */
void plan_print_json(const struct plan *plan, struct buf *out);

#endif
