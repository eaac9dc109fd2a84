/* SPDX-License-Identifier: Apache-2.0 */
/* `runs`: past runs as a list, or one run in full, read back from the journal. */
#include "cli/answer.h"
#include "cli/command/command.h"
#include "view/view.h"

enum { RUNS_SHOWN = 30 };

static enum code runs_list(struct cli *cli)
{
	struct run_records runs = {0};
	struct buf out = {0};
	struct err err;
	enum code code;

	if (state_runs(cli->state, STR(""), RUNS_SHOWN, &runs, &err) < 0) {
		code = cli_fail(&err);
	} else {
		if (cli->json)
			runs_print_json(&runs, &out);
		else
			runs_print_text(&runs, &out);
		code = cli_answer_buf(&out);
	}
	run_records_clear(&runs);
	return code;
}

static enum code runs_show(struct cli *cli, int64_t number)
{
	struct journal journal = {0};
	struct buf out = {0};
	struct err err;
	enum code code;

	if (state_run_load(cli->state, number, &journal, &err) < 0) {
		code = cli_fail(&err);
	} else {
		if (cli->json)
			journal_print_json(&journal, &out);
		else
			journal_print_text(&journal, &out);
		code = cli_answer_buf(&out);
	}
	journal_clear(&journal);
	return code;
}

static enum code runs_run(struct cli *cli)
{
	int64_t number;

	if (cli->arg_count == 0)
		return runs_list(cli);
	if (!str_to_int(str_of(cli->args[0]), &number) || number <= 0)
		return cli_usage(cli, "'%s' is no number of a run; muster runs lists them",
				 cli->args[0]);
	return runs_show(cli, number);
}

const struct command command_runs = {
	.name = "runs",
	.arguments = "[RUN]",
	.summary = "past runs; one run in full",
	.max = 1,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = runs_run,
};
