/* SPDX-License-Identifier: Apache-2.0 */
/* The road from two reads and a memory to a plan, one step a line. */
#include "plan/plan.h"

#include "plan/diff/diff.h"
#include "plan/guard/guard.h"
#include "plan/internal.h"
#include "plan/invite/invite.h"
#include "plan/join/join.h"
#include "plan/shape/shape.h"

int plan_build(const struct plan_input *in, struct plan *ret, struct err *err)
{
	struct plan plan = {0};
	struct plan_context w;
	int result = -1;

	context_init(&w, in, &plan);
	if (step_shape(&w, err) < 0 || step_join(&w, err) < 0)
		goto out;
	invitation_index_init(&w);
	step_diff(&w);
	step_order(&w);
	step_guard(&w);
	plan_checksum(&plan, plan.checksum);
	result = 0;
out:
	context_clear(&w);
	if (result < 0)
		plan_clear(&plan);
	else
		*ret = plan;
	return result;
}
