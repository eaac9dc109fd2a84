/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of syncs for the commands that make some: with a progress line, and stopped by a signal. */
#ifndef CLI_RUNNER_H
#define CLI_RUNNER_H

#include "cli/internal.h"
#include "run/run.h"

/* What a run is asked with, without a watcher and a signal to stop it. */
struct run_options runner_options(const struct cli *cli, const struct sync *sync);

/* The first SIGINT or SIGTERM asks the run to end between two requests; a second one ends the
 * process, which is safe too. */
void runner_catch_signals(void);

/* run_plan, run_sync, or what ends like them. */
typedef int run_fn(const struct run_options *options, struct run_result *ret, struct err *err);
/* Runs one sync; an error is said. */
enum code runner_run(const struct cli *cli, const struct sync *sync, run_fn *run,
		     struct run_result *ret);
/* The same for run_apply with the plan of this checksum. */
enum code runner_apply(const struct cli *cli, const struct sync *sync, str checksum,
		       struct run_result *ret);
/*
 * Runs the syncs that were named, one after the other; the answer holds all of them. `judge` (may
 * be NULL) sees each that was done. The code is that of the first that is not.
 */
enum code runner_run_all(struct cli *cli, run_fn *run, bool acted,
			 enum code (*judge)(const struct cli *cli,
					    const struct run_result *result));

#endif
