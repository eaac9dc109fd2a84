/* SPDX-License-Identifier: Apache-2.0 */
/* An explanation as text: a line a fact. */
#include "view/explain_lines.h"
#include "view/explanation.h"
#include "view/internal.h"

void explain_print_text(const struct explanation *e, struct buf *out)
{
	struct explain_lines lines;

	explain_lines_init(&lines, e);
	put_safe_between(out, "", e->sync, ": ");
	put_safe_between(out, "", e->who, e->team.n ? " in " : "");
	put_safe_between(out, "", e->team, "\n");
	list_each (struct explain_line, line, &lines.list) {
		buf_printf(out, "  %-8s ", line->topic);
		put_safe_between(out, "", line->text, "\n");
	}
	explain_lines_clear(&lines);
}
