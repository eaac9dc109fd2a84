/* SPDX-License-Identifier: Apache-2.0 */
/* The line on the terminal that tells how far long work is: what, how many, how fast, how long
 * still. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "run/run.h"

struct progress {
	const char *subject; /* the sync */
	bool shown; /* a terminal, and not -q */
	int64_t began, drawn; /* clock_ticks */
	const char *phase;
};

/* A watcher that draws on stderr when that is a terminal; `p` outlives the run. */
struct run_watcher progress_watcher(struct progress *p, const char *subject, bool quiet);
/* Takes the line away again. */
void progress_end(struct progress *p);

#endif
