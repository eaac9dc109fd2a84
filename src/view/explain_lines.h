/* SPDX-License-Identifier: Apache-2.0 */
/* An explanation in words, for every way to show it. Private to this room. */
#ifndef VIEW_EXPLAIN_LINES_H
#define VIEW_EXPLAIN_LINES_H

#include "model/explanation.h"

struct explain_line {
	const char *topic; /* "source", "scope", "target", "role", "team", "planned", ... */
	str text;
};

struct explain_lines {
	LIST(struct explain_line) list;
	struct arena arena; /* of the texts */
};

void explain_lines_init(struct explain_lines *lines, const struct explanation *e);
void explain_lines_clear(struct explain_lines *lines);

#endif
