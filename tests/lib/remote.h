/* SPDX-License-Identifier: Apache-2.0 */
/* A target in memory whose state outlives the process: a file that every write replaces, with a
 * connector in front. */
#ifndef TESTS_LIB_REMOTE_H
#define TESTS_LIB_REMOTE_H

#include "connect/connect.h"

/* How the remote behaves at one chosen write (counted from 1; 0: never). */
struct remote_trouble {
	uint64_t lose_answer_at; /* it is done, and the answer is lost: OUTCOME_UNKNOWN */
	uint64_t fail_at; /* it is not done, and nobody can tell: OUTCOME_UNKNOWN */
	uint64_t refuse_at; /* it is refused */
	uint64_t out_at; /* the system goes out of reach: apply returns -1 */
};

/* What both connectors of a test read; held by the test while they are open. */
struct remote {
	const char *path; /* the file of the target's state */
	const struct abilities *abilities;
	const struct snapshot *source; /* what the source shows, always */
	struct remote_trouble trouble;
	uint64_t writes; /* of this process */
};

/* Writes the target's first state from what a case's target shows. */
void remote_seed(const char *path, const struct snapshot *target);
/*
 * The state in words that do not depend on ids the remote gave: users by name with their fields,
 * teams with their members, invitations. Sorted; equal states give equal texts.
 */
str remote_describe(const char *path, struct arena *arena);
/* How many entries were ever made for the source id that was made most often: 1 at most when
 * nothing is done twice. */
uint64_t remote_max_created(const char *path);

/* The connectors; their system's name carries nothing, `remote` is handed over through remote_use.
 */
extern const struct connector remote_source, remote_target;
void remote_use(struct remote *remote);

#endif
