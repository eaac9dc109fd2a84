/* SPDX-License-Identifier: Apache-2.0 */
/* `explain`: why a person is, or is not, where they are. */
#include <string.h>

#include "base/log.h"
#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/progress.h"
#include "cli/runner.h"

static enum code explain_sync(struct cli *cli, const struct sync *sync, struct buf *out)
{
	str who = str_of(cli->args[0]), team = str_of(cli->arg_count > 1 ? cli->args[1] : NULL);
	struct progress progress;
	struct run_options options = runner_options(cli, sync);
	struct err err;
	int rc;

	options.watcher = progress_watcher(&progress, sync->name, cli->quiet);
	rc = run_explain(&options, who, team, cli->json, out, &err);
	progress_end(&progress);
	if (rc < 0)
		log_error(sync->name, "%s", err.text);
	return rc < 0 ? err.code : CODE_DONE;
}

static enum code explain_no_sync(struct cli *cli, const char *name, struct buf *out)
{
	struct err err;

	buf_clear(out);
	config_no_sync(cli->config, str_of(name), &err);
	return cli_usage(cli, "%s", err.text);
}

/* What was in the way of an answer matters more than a name that nobody bears. */
static enum code code_worse(enum code a, enum code b)
{
	return a == CODE_DONE || (a == CODE_DATA && b != CODE_DONE) ? b : a;
}

static enum code explain_run(struct cli *cli)
{
	const char *only = cli_option(cli, "sync");
	struct buf out = {0}, part = {0};
	enum code code = CODE_DONE;
	size_t asked = 0, head;
	bool known = false;

	if (cli->json)
		buf_text(&out, "{\"format_version\":1,\"syncs\":[");
	head = out.n;
	for (size_t i = 0; i < cli->config->syncs.count; i++) {
		const struct sync *sync = &cli->config->syncs.items[i];
		enum code one;

		if (only && strcmp(sync->name, only) != 0)
			continue;
		asked++;
		one = explain_sync(cli, sync, &part);
		if (cli->json && part.n && out.n > head)
			buf_char(&out, ',');
		buf_put(&out, buf_str(&part));
		buf_reset(&part);
		known |= one == CODE_DONE;
		code = code_worse(code, one);
	}
	buf_clear(&part);
	/* Whoever is known in one sync need not be known in every other. */
	if (known && code == CODE_DATA)
		code = CODE_DONE;
	if (asked == 0)
		return explain_no_sync(cli, only, &out);
	if (cli->json)
		buf_text(&out, "]}\n");
	return cli_answer_buf(&out) == CODE_DONE ? code : CODE_FAILED;
}

const struct command command_explain = {
	.name = "explain",
	.arguments = "USER [TEAM]",
	.summary = "why is, or isn't, this person there",
	.text = "Names the source entry, the rules that matched, the path through nested groups, "
		"the link, the\n"
		"target entry, what is planned and what blocks it. USER is a userName, e-mail or "
		"id of either\n"
		"side; TEAM a team's name at either side.",
	.options = {{"sync", 0, "SYNC", "this sync only"}},
	.min = 1,
	.max = 2,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = explain_run,
};
