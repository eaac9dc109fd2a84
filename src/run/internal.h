/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share; nobody outside includes it. */
#ifndef RUN_INTERNAL_H
#define RUN_INTERNAL_H

#include "run/run.h"

/* A run that acts: what run_sync and run_apply hand from step to step. */
struct run_context {
	const struct run_options *options;
	struct session *session;
	struct run_result *result;
};

/* Did a signal ask for the end? */
bool run_is_stopped(const struct run_context *w);
/*
 * Looks up at the target what an earlier run left without an outcome. Returns -1 with
 * CODE_UNSETTLED when the target cannot tell yet: then nothing is to be applied.
 */
int settle_by_lookup(struct run_context *w, struct err *err);
/*
 * Then the rest, by what the target's read shows: done or not. An incomplete read shows nothing,
 * and what is open stays open: the guard counts it as done.
 */
int settle_by_read(struct run_context *w, struct err *err);
/*
 * Carries the plan out, window by window: intents are on disk before the first request they cover.
 * Fills the tally, the failures and, when the target went out of reach or a signal came, the
 * abort_reason; -1 only for a failing state file.
 */
int apply_plan(struct run_context *w, struct err *err);

/* Fills memory.claims where a person can be in one team of the target's service only. */
int claims_load(struct session *s, struct err *err);

#endif
