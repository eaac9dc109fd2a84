/* SPDX-License-Identifier: Apache-2.0 */
/* How the answers of systems to `check` are shown. Taken in by view/view.h. */
#ifndef VIEW_CHECK_H
#define VIEW_CHECK_H

#include "base/err.h"
#include "base/str.h"
#include "model/finding.h"

struct system_check {
	const char *system, *kind;
	struct findings findings;
	enum code code; /* CODE_DONE, or why it could not be reached */
	struct err err; /* then */
};
struct system_checks {
	LIST(struct system_check) items;
};
void system_checks_clear(struct system_checks *checks);

/* A heading a system, a line a finding; + is good, ! is bad. */
void checks_print_text(const struct system_checks *checks, bool color, struct buf *out);
/* {"format_version": 1, "systems": [...]} */
void checks_print_json(const struct system_checks *checks, struct buf *out);

#endif
