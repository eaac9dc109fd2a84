/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read a case share. */
#ifndef PLANS_CASE_INNER_H
#define PLANS_CASE_INNER_H

#include <stdio.h>

#include "plans/case.h"

struct reader {
	struct plan_case *c;
	struct err *err;
	str text;
	size_t line;
	str kind, address, nested; /* of @abilities */
	struct snapshot *into; /* the side at hand */
	bool reversed;
	bool applied[256]; /* by link: its digest is that of what is wanted */
};

struct sections {
	str about, policy, abilities, source, target, links, memory, now, expect, ask, answer;
};

bool word_next(str *line, str *ret); /* a "quoted part" keeps its blanks */
bool word_pair(str word, str *ret_key, str *ret_value); /* key=value, key="va lue" */
int64_t word_time(str word); /* 2026-11-22, with a time, or seconds */
int case_error(const struct reader *r, const char *what, str word);
/* Calls `read` for each line that is neither empty nor a comment; backwards when the case is
 * reversed. */
int each_line_either_way(struct reader *r, str text, int (*read)(struct reader *r, str line));
int each_line(struct reader *r, str text, int (*read)(struct reader *r, str line));

int read_snapshot(struct reader *r, struct snapshot *into, str text);
int read_memory(struct reader *r, const struct sections *s);

#endif
