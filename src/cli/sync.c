/* SPDX-License-Identifier: Apache-2.0 */
/* `plan`, `sync` and `apply`: the same road, ended at three different places. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "run/run.h"

static volatile sig_atomic_t stop_signal;

static void note_signal(int number)
{
	stop_signal = number;
}

/* The first signal asks the run to end between two requests; a second one ends the process, which
 * is safe too. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static struct run_options options_for(struct cli *cli, const struct sync *sync)
{
	return (struct run_options){
		.config = cli->config,
		.sync = sync,
		.state = cli->state,
		.command = cli->command->name,
		.now = clock_now(),
		.stop = &stop_signal,
	};
}

/* The code that says most about several syncs: the first that is not good. */
static enum code code_join(enum code a, enum code b)
{
	return a == CODE_DONE || a == CODE_PENDING ? (b == CODE_DONE ? a : b) : a;
}

typedef int road(const struct run_options *options, struct run_result *ret, struct err *err);

static enum code walk_one(struct cli *cli, const struct sync *sync, road *walk,
			  struct run_result *result)
{
	struct run_options options = options_for(cli, sync);
	struct progress progress;
	struct err err;
	int rc;

	options.watcher = progress_watcher(&progress, sync->name, cli->quiet);
	rc = walk(&options, result, &err);
	progress_end(&progress);
	if (rc == 0)
		return result->code;
	log_error(sync->name, "%s", err.text);
	return err.code;
}

/* Walks the syncs that were named, one after the other; the answer holds all of them. */
static enum code walk_all(struct cli *cli, road *walk, bool acted,
			  enum code (*judge)(struct cli *cli, const struct run_result *result))
{
	struct report report;
	size_t count;
	const struct sync **syncs = cli_syncs(cli, &count);
	enum code code = CODE_DONE;

	if (!syncs)
		return CODE_USAGE;
	catch_signals();
	report_begin(&report, cli, acted);
	for (size_t i = 0; i < count && !stop_signal; i++) {
		struct run_result result;
		enum code one = walk_one(cli, syncs[i], walk, &result);

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

static enum code judge_pending(struct cli *cli, const struct run_result *result)
{
	return cli_option(cli, "detailed-exitcode") && !plan_is_empty(&result->plan) ? CODE_PENDING
										     : CODE_DONE;
}

/* -o FILE: one plan in one file, so that `apply FILE` is sure what is meant. */
static enum code plan_save(struct cli *cli, const char *path)
{
	size_t count;
	const struct sync **syncs = cli_syncs(cli, &count);
	struct run_result result;
	struct buf json = {0};
	struct report report;
	struct err err;
	enum code code;

	if (!syncs)
		return CODE_USAGE;
	if (count != 1)
		return cli_usage(
			cli, "a file holds the plan of one sync; name it: muster plan -o %s SYNC",
			path);
	catch_signals();
	report_begin(&report, cli, false);
	code = walk_one(cli, syncs[0], run_plan, &result);
	report_sync(&report, syncs[0], code, &result);
	if (code == CODE_DONE || code == CODE_HELD) {
		plan_print_json(&result.plan, &json);
		if (file_replace(path, buf_str(&json), 0600, &err) < 0)
			code = cli_fail(cli, &err);
		else if (code == CODE_DONE)
			code = judge_pending(cli, &result);
	}
	buf_clear(&json);
	run_result_clear(&result);
	return report_end(&report) == CODE_DONE ? code : CODE_FAILED;
}

static enum code plan_run(struct cli *cli)
{
	const char *path = cli_option(cli, "output");

	return path ? plan_save(cli, path) : walk_all(cli, run_plan, false, judge_pending);
}

const struct command command_plan = {
	.name = "plan",
	.arguments = "[SYNC...]",
	.summary = "shows what would change and why; changes nothing",
	.text = "Reads both sides, decides and guards exactly as `sync` does, and ends there. A "
		"plan that the\n"
		"guard would hold exits 12 and says what to type next.",
	.options = {{"output", 'o', "FILE", "save the plan, for `muster apply FILE`"},
		    {"detailed-exitcode", 0, NULL, "exit 2 when changes are pending"},
		    {"all", 'a', NULL, "show every line, however many there are"}},
	.max = MANY,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = plan_run,
};

static enum code sync_run(struct cli *cli)
{
	return walk_all(cli, run_sync, true, NULL);
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

/* What `apply` was pointed at: the sync and the checksum that must come out again. */
struct target {
	str sync, checksum;
};

static enum code target_from_store(struct cli *cli, int64_t number, struct target *ret)
{
	struct held_plan held;
	struct err err;

	if (state_plan_load(cli->state, number, &cli->arena, &held, &err) < 0)
		return cli_fail(cli, &err);
	*ret = (struct target){held.sync, held.checksum};
	return CODE_DONE;
}

static enum code target_from_file(struct cli *cli, const char *path, struct target *ret)
{
	struct buf text = {0};
	struct err err;
	enum code code = CODE_DONE;

	if (access(path, F_OK) != 0)
		return cli_usage(cli,
				 "%s: %s; a plan is saved by muster plan -o FILE SYNC, and muster "
				 "status lists those that are held",
				 path, strerror(errno));
	if (file_read(path, (size_t)1 << 30, &text, &err) < 0)
		return cli_fail(cli, &err);
	if (report_plan_head(buf_str(&text), &cli->arena, &ret->sync, &ret->checksum) < 0) {
		log_error(NULL,
			  "%s is no saved plan of muster; make one with: muster plan -o FILE SYNC",
			  path);
		code = CODE_DATA;
	}
	buf_clear(&text);
	return code;
}

static enum code apply_target(struct cli *cli, const struct target *target)
{
	const struct sync *sync = config_sync(cli->config, target->sync);
	struct run_options options;
	struct run_result result;
	struct progress progress;
	struct report report;
	struct err err;
	enum code code;
	int rc;

	if (!sync) {
		config_no_sync(cli->config, target->sync, &err);
		log_error(NULL, "the plan is of another configuration: %s", err.text);
		return CODE_STALE;
	}
	catch_signals();
	options = options_for(cli, sync);
	options.watcher = progress_watcher(&progress, sync->name, cli->quiet);
	report_begin(&report, cli, true);
	rc = run_apply(&options, target->checksum, &result, &err);
	progress_end(&progress);
	code = rc == 0 ? result.code : err.code;
	if (rc < 0)
		log_error(sync->name, "%s", err.text);
	if (code == CODE_STALE)
		log_error(sync->name,
			  "something moved since the plan was made: nothing was applied; look at "
			  "the new one with: muster plan %s",
			  sync->name);
	report_sync(&report, sync, code, &result);
	run_result_clear(&result);
	return report_end(&report) == CODE_DONE ? code : CODE_FAILED;
}

static enum code apply_run(struct cli *cli)
{
	struct target target;
	int64_t number;
	enum code code;

	if (str_to_int(str_of(cli->args[0]), &number) && number > 0)
		code = target_from_store(cli, number, &target);
	else
		code = target_from_file(cli, cli->args[0], &target);
	return code == CODE_DONE ? apply_target(cli, &target) : code;
}

const struct command command_apply = {
	.name = "apply",
	.arguments = "FILE|PLAN",
	.summary = "applies exactly that plan, or nothing when something moved since",
	.text = "FILE was saved by `plan -o`; PLAN is the number of a held plan that was approved. "
		"The plan is\n"
		"made anew and its checksum compared: exit 14 when it differs.",
	.options = {{"all", 'a', NULL, "show every line, however many there are"}},
	.min = 1,
	.max = 1,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = apply_run,
};
