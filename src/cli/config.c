/* SPDX-License-Identifier: Apache-2.0 */
/* `config`: an example, the effective configuration, the JSON Schema; all from the tables of keys.
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/open.h"
#include "connect/connect.h"

static enum code flush(struct cli *cli)
{
	return cli_answer(cli, STR(""));
}

static enum code show(struct cli *cli)
{
	/* The other two words need no configuration, so this one opens it itself. */
	const struct command needy = {.needs = NEED_CONFIG};
	const struct command *own = cli->command;
	enum code code;

	cli->command = &needy;
	code = cli_open(cli);
	cli->command = own;
	if (code != CODE_DONE)
		return code;
	if (cli->json)
		config_show_json(cli->config, stdout);
	else
		config_show(cli->config, stdout);
	return flush(cli);
}

static enum code config_run(struct cli *cli)
{
	const char *word = cli->arg_count ? cli->args[0] : "show";
	size_t count;
	const struct kind *kinds = connector_kinds(&cli->arena, &count);

	if (strcmp(word, "show") == 0)
		return show(cli);
	if (strcmp(word, "example") == 0)
		config_print_example(stdout, kinds, count);
	else if (strcmp(word, "schema") == 0)
		config_print_schema(stdout, kinds, count);
	else if (strcmp(word, "manual") == 0)
		config_print_manual(stdout, kinds, count);
	else
		return cli_usage(cli, "'%s' is none of example, show, schema, manual", word);
	return flush(cli);
}

const struct command command_config = {
	.name = "config",
	.arguments = "[example|show|schema|manual]",
	.summary = "a commented example; the effective configuration, secrets redacted; the JSON "
		   "Schema",
	.text = "`manual` prints the list of keys of muster.yaml(5). Without a word: show.",
	.max = 1,
	.run = config_run,
};
