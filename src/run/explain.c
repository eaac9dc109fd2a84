/* SPDX-License-Identifier: Apache-2.0 */
/* Why a person is, or is not, where they are: both sides are read and planned, and nothing is done.
 */
#include "run/run.h"
#include "view/view.h"

static int explain_read(struct session *s, str who, str team, bool json, struct buf *out,
			struct err *err)
{
	struct explanation explanation = {0};
	struct plan plan = {0};
	struct plan_input input;
	int rc = session_collect(s, err);

	if (rc == 0)
		rc = session_recall(s, err);
	if (rc == 0)
		rc = session_plan(s, &plan, err);
	if (rc == 0) {
		input = session_input(s);
		rc = plan_explain(&input, &plan, who, team, &explanation, err);
	}
	if (rc == 0 && json)
		explain_print_json(&explanation, out);
	else if (rc == 0)
		explain_print_text(&explanation, out);
	explanation_clear(&explanation);
	plan_clear(&plan);
	return rc;
}

int run_explain(const struct run_options *options, str who, str team, bool json, struct buf *out,
		struct err *err)
{
	struct session s;
	int rc = session_open(options, &s, err);

	if (rc == 0) {
		rc = explain_read(&s, who, team, json, out, err);
		session_close(&s);
	}
	return rc;
}
