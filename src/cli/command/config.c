/* SPDX-License-Identifier: Apache-2.0 */
/* `config`: an example, the effective configuration, the JSON Schema; all from the tables of keys.
 */
#include <stdio.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/open.h"
#include "connect/connect.h"

static enum code config_command_show(struct cli *cli)
{
	enum code code = cli_open_config(cli);

	if (code != CODE_DONE)
		return code;
	if (cli->json)
		config_show_json(cli->config, stdout);
	else
		config_show(cli->config, stdout);
	return cli_answer(STR(""));
}

static enum code config_command_run(struct cli *cli)
{
	const char *word = cli->arg_count ? cli->args[0] : "show";
	size_t count;
	const struct kind *kinds = connector_kinds(&cli->arena, &count);

	if (strcmp(word, "show") == 0)
		return config_command_show(cli);
	if (strcmp(word, "example") == 0)
		config_print_example(stdout, kinds, count);
	else if (strcmp(word, "schema") == 0)
		config_print_schema(stdout, kinds, count);
	else if (strcmp(word, "manual") == 0)
		config_print_manual(stdout, kinds, count);
	else
		return cli_usage(cli, "'%s' is none of example, show, schema, manual", word);
	return cli_answer(STR("")); /* what was printed goes out */
}

const struct command command_config = {
	.name = "config",
	.arguments = "[example|show|schema|manual]",
	.summary = "a commented example; the effective configuration, secrets redacted; the JSON "
		   "Schema",
	.text = "`manual` prints the list of keys of muster.yaml(5). Without a word: show.",
	.max = 1,
	.run = config_command_run,
};
