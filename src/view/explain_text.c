/* SPDX-License-Identifier: Apache-2.0 */
/* An explanation as text: a line a fact. */
#include "view/explain_lines.h"
#include "view/explanation.h"

void explain_print_text(const struct explanation *e, struct buf *out)
{
	struct explain_lines lines;

	explain_lines_init(&lines, e);
	buf_printf(out, "%.*s: %.*s%s%.*s\n", STR_ARG(e->sync), STR_ARG(e->who),
		   e->team.n ? " in " : "", STR_ARG(e->team));
	list_each (struct explain_line, line, &lines.list)
		buf_printf(out, "  %-8s %.*s\n", line->topic, STR_ARG(line->text));
	explain_lines_clear(&lines);
}
