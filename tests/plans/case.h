/* SPDX-License-Identifier: Apache-2.0 */
/* A golden case: one text that says what is, what is wanted and what is remembered, and what the
 * plan must say. */
#ifndef PLANS_CASE_H
#define PLANS_CASE_H

#include "config/config.h"
#include "plan/plan.h"

/*
 * Sections begin with "@name" at the start of a line; '#' begins a comment line. README.md beside
 * this file tells a colleague how to write one.
 */
struct plan_case {
	struct arena arena;
	str about, expect;
	str ask, answer; /* what is asked of explain, "WHO" or "WHO TEAM", and what it must say */
	struct config *config;
	const struct policy *policy;
	struct abilities abilities;
	struct snapshot source, target;
	struct memory memory;
	int64_t now;
	const char *path;
};

/* Errors name file and line. The case must not move while it is open. */
int case_load(const char *path, struct plan_case *ret, struct err *err);
/* The same with everything in the reads and links the other way round: the plan must be the same.
 */
int case_load_reversed(const char *path, struct plan_case *ret, struct err *err);
void case_clear(struct plan_case *c);
struct plan_input case_input(const struct plan_case *c);
/* Blanks that follow each other count as one, those at the ends of lines and empty lines not at
 * all. */
void case_squeeze(str text, struct buf *out);

#endif
