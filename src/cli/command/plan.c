/* SPDX-License-Identifier: Apache-2.0 */
/* `plan`: the way of `sync`, ended after the guard. */
#include "base/file.h"
#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/open.h"
#include "cli/report.h"
#include "cli/runner.h"

static enum code pending_code(const struct cli *cli, const struct run_result *result)
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
	runner_catch_signals();
	report_begin(&report, cli, false);
	code = runner_run(cli, syncs[0], run_plan, &result);
	report_sync(&report, syncs[0], code, &result);
	if (code == CODE_DONE || code == CODE_HELD) {
		plan_print_json(&result.plan, &json);
		if (file_replace(path, buf_str(&json), 0600, &err) < 0)
			code = cli_fail(&err);
		else if (code == CODE_DONE)
			code = pending_code(cli, &result);
	}
	buf_clear(&json);
	run_result_clear(&result);
	return report_end(&report) == CODE_DONE ? code : CODE_FAILED;
}

static enum code plan_run(struct cli *cli)
{
	const char *path = cli_option(cli, "output");

	return path ? plan_save(cli, path) : runner_run_all(cli, run_plan, false, pending_code);
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
