/* SPDX-License-Identifier: Apache-2.0 */
/* Words are read by the command's own table of options, then by that of all commands. */
#include "cli/words.h"

#include <string.h>

#include "cli/answer.h"

/* Options that every command takes. */
enum global {
	GLOBAL_CONFIG,
	GLOBAL_JSON,
	GLOBAL_QUIET,
	GLOBAL_VERBOSE,
	GLOBAL_NO_COLOR,
	GLOBAL_HELP
};

static const struct option_row globals[] = {
	[GLOBAL_CONFIG] = {"config", 'c', "FILE", "the configuration"},
	[GLOBAL_JSON] = {"json", 0, NULL, "answer in JSON"},
	[GLOBAL_QUIET] = {"quiet", 'q', NULL, "errors only on stderr"},
	[GLOBAL_VERBOSE] = {"verbose", 'v', NULL, "say more on stderr"},
	[GLOBAL_NO_COLOR] = {"no-color", 0, NULL, "no colour, also on a terminal"},
	[GLOBAL_HELP] = {"help", 'h', NULL, "help for the command"},
	{NULL, 0, NULL, NULL},
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static const struct option_row *row_by_name(const struct option_row *rows, str name)
{
	for (; rows->name; rows++)
		if (str_equal(str_of(rows->name), name))
			return rows;
	return NULL;
}

static const struct option_row *row_by_letter(const struct option_row *rows, char letter)
{
	for (; rows->name; rows++)
		if (rows->letter == letter)
			return rows;
	return NULL;
}

static void global_set(struct cli *cli, const struct option_row *row, const char *value,
		       bool *ret_help)
{
	switch ((enum global)(row - globals)) {
	case GLOBAL_CONFIG:
		cli->config_path = value;
		break;
	case GLOBAL_JSON:
		cli->json = true;
		break;
	case GLOBAL_QUIET:
		cli->quiet = true;
		break;
	case GLOBAL_VERBOSE:
		cli->verbose = true;
		break;
	case GLOBAL_NO_COLOR:
		cli->color = false;
		break;
	case GLOBAL_HELP:
		*ret_help = true;
		break;
	}
}

/* argv being read; `end` once "--" was met. */
struct words {
	int argc, at;
	char **argv;
	bool end, help;
};

/* Finds the row that a word starting with "-" names, and its inline value (--name=value, -oVALUE).
 */
static const struct option_row *option_find(const struct cli *cli, const char *word,
					    bool *ret_global, const char **ret_value)
{
	const struct option_row *row = NULL, *own = cli->command ? cli->command->options : NULL;
	str name = str_of(word + 2);
	ptrdiff_t equals = str_find(name, '=');

	*ret_value = NULL;
	*ret_global = false;
	if (word[1] == '-') {
		if (equals >= 0) {
			*ret_value = name.p + equals + 1;
			name.n = (size_t)equals;
		}
		row = own ? row_by_name(own, name) : NULL;
		if (!row && (row = row_by_name(globals, name)))
			*ret_global = true;
		return row;
	}
	row = own ? row_by_letter(own, word[1]) : NULL;
	if (!row && (row = row_by_letter(globals, word[1])))
		*ret_global = true;
	if (word[2])
		*ret_value = word + 2;
	return row;
}

static enum code option_unknown(const struct cli *cli, const char *word)
{
	const struct option_row *tables[] = {cli->command ? cli->command->options : globals,
					     globals};
	const char *names[64] = {NULL};
	size_t n = 0;
	str name = str_of(word), near = {NULL, 0};

	for (size_t t = 0; t < 2; t++)
		for (const struct option_row *row = tables[t]; row->name && n + 1 < 64; row++)
			names[n++] = row->name;
	if (word[1] == '-')
		near = word_near(str_slice(name, 2, name.n), names);
	if (near.n)
		return cli_usage(cli, "unknown option %s; did you mean --%.*s?", word,
				 STR_ARG(near));
	return cli_usage(cli, "unknown option %s", word);
}

static enum code option_read(struct cli *cli, struct words *w)
{
	const char *word = w->argv[w->at++], *value;
	bool global;
	const struct option_row *row = option_find(cli, word, &global, &value);

	if (!row)
		return option_unknown(cli, word);
	if (!row->value && value)
		return cli_usage(cli, "option --%s takes no value", row->name);
	if (row->value && !value) {
		if (w->at >= w->argc)
			return cli_usage(cli, "option --%s needs a value: %s", row->name,
					 row->value);
		value = w->argv[w->at++];
	}
	if (global)
		global_set(cli, row, value, &w->help);
	else
		cli->values[row - cli->command->options] = value ? value : "";
	return CODE_DONE;
}

enum code command_unknown(const struct cli *cli, const char *name)
{
	const char *names[64] = {NULL};
	str near;

	for (size_t n = 0; commands[n] && n + 1 < 64; n++)
		names[n] = commands[n]->name;
	near = word_near(str_of(name), names);
	if (near.n)
		return cli_usage(cli, "unknown command '%s'; did you mean '%.*s'?", name,
				 STR_ARG(near));
	return cli_usage(cli, "unknown command '%s'", name);
}

static enum code command_read(struct cli *cli, const char *name)
{
	cli->command = command_find(name);
	return cli->command ? CODE_DONE : command_unknown(cli, name);
}

static enum code words_each(struct cli *cli, struct words *w)
{
	enum code code = CODE_DONE;

	while (w->at < w->argc && code == CODE_DONE) {
		char *word = w->argv[w->at];

		if (!w->end && strcmp(word, "--") == 0) {
			w->end = true;
			w->at++;
		} else if (!w->end && word[0] == '-' && word[1]) {
			code = option_read(cli, w);
		} else if (!cli->command) {
			code = command_read(cli, word);
			w->at++;
		} else {
			cli->args[cli->arg_count++] = word;
			w->at++;
		}
	}
	return code;
}

/* `muster COMMAND --help` is `muster help COMMAND`. */
static void turn_to_help(struct cli *cli)
{
	if (cli->command) {
		cli->args[0] = cli->command->name;
		cli->arg_count = 1;
	} else {
		cli->arg_count = 0;
	}
	cli->command = command_find("help");
}

static enum code arguments_check(const struct cli *cli)
{
	const struct command *c = cli->command;

	if (cli->arg_count < c->min)
		return cli_usage(cli, "%s needs: %s", c->name, c->arguments);
	if (cli->arg_count > c->max)
		return cli_usage(cli, "%s does not take '%s'", c->name, cli->args[c->max]);
	return CODE_DONE;
}

enum code words_read(struct cli *cli, int argc, char **argv)
{
	struct words words = {.argc = argc, .at = 1, .argv = argv};
	enum code code = words_each(cli, &words);

	if (code != CODE_DONE)
		return code;
	if (words.help || !cli->command)
		turn_to_help(cli);
	return arguments_check(cli);
}
