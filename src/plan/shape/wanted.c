/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a sync wants at its target and by which address, without looking at the target. */
#include "plan/internal.h"
#include "plan/shape/shape.h"

static int each_wanted(struct plan_context *w, void (*each)(void *context, str source, str address),
		       void *context, struct err *err)
{
	struct person p = {0};
	char space[37];

	if (step_shape(w, err) < 0)
		return -1;
	for (uint32_t row = 0; row < w->source->users.count; row++)
		if (w->wants[row].state == WANT_YES && person_build(w, row, &p, NULL) == 0)
			each(context, snapshot_id(w->source, &w->source->users.items[row], space),
			     buf_str(&p.address));
	person_clear(&p);
	return 0;
}

int plan_wanted(const struct plan_input *in, void (*each)(void *context, str source, str address),
		void *context, struct err *err)
{
	struct plan scratch = {0};
	struct plan_context w;
	int rc;

	context_init(&w, in, &scratch);
	rc = each_wanted(&w, each, context, err);
	context_clear(&w);
	plan_clear(&scratch);
	return rc;
}
