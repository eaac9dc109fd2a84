/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of syncs: options, signals, progress, report. */
#include "cli/runner.h"

#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/open.h"
#include "cli/progress.h"
#include "cli/report.h"

static volatile sig_atomic_t stop_signal;

static void note_signal(int number)
{
	stop_signal = number;
}

void runner_catch_signals(void)
{
	struct sigaction action = {.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

struct run_options runner_options(const struct cli *cli, const struct sync *sync)
{
	return (struct run_options){
		.config = cli->config,
		.sync = sync,
		.state = cli->state,
		.command = cli->command->name,
		.now = clock_now(),
	};
}

/* A run under way. */
struct runner {
	struct run_options options;
	struct progress progress;
};

static void runner_begin(struct runner *r, const struct cli *cli, const struct sync *sync)
{
	r->options = runner_options(cli, sync);
	r->options.stop = &stop_signal;
	r->options.watcher = progress_watcher(&r->progress, sync->name, cli->quiet);
}

static enum code runner_end(struct runner *r, int rc, const struct run_result *result,
			    const struct err *err)
{
	progress_end(&r->progress);
	if (rc == 0)
		return result->code;
	log_error(r->options.sync->name, "%s", err->text);
	return err->code;
}

enum code runner_run(const struct cli *cli, const struct sync *sync, run_fn *run,
		     struct run_result *ret)
{
	struct runner r;
	struct err err;
	int rc;

	runner_begin(&r, cli, sync);
	rc = run(&r.options, ret, &err);
	return runner_end(&r, rc, ret, &err);
}

enum code runner_apply(const struct cli *cli, const struct sync *sync, str checksum,
		       struct run_result *ret)
{
	struct runner r;
	struct err err;
	int rc;

	runner_begin(&r, cli, sync);
	rc = run_apply(&r.options, checksum, ret, &err);
	return runner_end(&r, rc, ret, &err);
}

/* The code that says most about several syncs: the first that is not good. */
static enum code code_join(enum code a, enum code b)
{
	return a == CODE_DONE || a == CODE_PENDING ? (b == CODE_DONE ? a : b) : a;
}

enum code runner_run_all(struct cli *cli, run_fn *run, bool acted,
			 enum code (*judge)(const struct cli *cli, const struct run_result *result))
{
	struct report report;
	size_t count;
	const struct sync **syncs = cli_syncs(cli, &count);
	enum code code = CODE_DONE;

	if (!syncs)
		return CODE_USAGE;
	runner_catch_signals();
	report_begin(&report, cli, acted);
	for (size_t i = 0; i < count && !stop_signal; i++) {
		struct run_result result;
		enum code one = runner_run(cli, syncs[i], run, &result);

		report_sync(&report, syncs[i], one, &result);
		if (judge && one == CODE_DONE)
			one = judge(cli, &result);
		code = code_join(code, one);
		run_result_clear(&result);
	}
	if (stop_signal)
		code = stop_signal == SIGINT ? CODE_INTERRUPTED : CODE_TERMINATED;
	return report_end(&report) == CODE_DONE ? code : CODE_FAILED;
}
