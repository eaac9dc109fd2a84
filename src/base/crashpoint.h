/* SPDX-License-Identifier: Apache-2.0 */
/* The fault counter: every side effect counts a step, and a test can stop the process at any of
 * them. */
#ifndef BASE_CRASHPOINT_H
#define BASE_CRASHPOINT_H

#include <stdint.h>

#define CRASHPOINT_EXIT 100

/*
 * Call right before and right after each effect on the world (a commit, a request, a rename).
 * With MUSTER_FAULT_AT=N in the environment the process ends at step N with _exit(CRASHPOINT_EXIT),
 * as a power cut would: nothing is flushed, no handler runs.
 */
void crashpoint_pass(const char *what);
uint64_t crashpoint_count(void); /* how many were counted so far */
/* tests: the same as the variable; 0 for never; the count starts anew */
void crashpoint_set(uint64_t step);

#endif
