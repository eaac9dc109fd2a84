/* SPDX-License-Identifier: Apache-2.0 */
/* `sync`: the main job, one pass over the syncs. */
#include "cli/command/command.h"
#include "cli/runner.h"

static enum code sync_run(struct cli *cli)
{
	return runner_run_all(cli, run_sync, true, NULL);
}

const struct command command_sync = {
	.name = "sync",
	.arguments = "[SYNC...]",
	.summary = "plans, guards, applies, reports: the main job, one pass, what the timer runs",
	.text = "All syncs of the configuration, or those that are named. A run that was stopped "
		"at any\n"
		"point is finished by the next one; a second run right after a first one changes "
		"nothing.",
	.options = {{"all", 'a', NULL, "show every line, however many there are"}},
	.max = MANY,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = sync_run,
};
