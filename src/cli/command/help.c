/* SPDX-License-Identifier: Apache-2.0 */
/* `help` and `version`: printed from the same tables that read the command line. */
#include <stdio.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/words.h"

static void help_put_row(struct buf *b, const struct option_row *row)
{
	char left[64];

	snprintf(left, sizeof left, "%c%c%s--%s%s%s", row->letter ? '-' : ' ',
		 row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
		 row->value ? " " : "", row->value ? row->value : "");
	buf_printf(b, "  %-28s %s\n", left, row->doc);
}

static void help_put_global(struct buf *b)
{
	buf_text(b, "Everywhere:\n"
		    "  -c, --config FILE            the configuration (default "
		    "/etc/muster/muster.yaml or\n"
		    "                               $XDG_CONFIG_HOME/muster/muster.yaml)\n"
		    "      --json                   answer in JSON\n"
		    "  -q, --quiet                  errors only on stderr\n"
		    "  -v, --verbose                say more on stderr\n"
		    "      --no-color               no colour, also on a terminal (NO_COLOR is "
		    "honoured)\n"
		    "  -h, --help                   help for the command\n");
}

static void help_put_overview(struct buf *b)
{
	buf_text(b, "muster keeps team membership and roles the same everywhere.\n\n"
		    "usage: muster [-c FILE] COMMAND [ARGUMENTS]\n\n");
	for (size_t i = 0; commands[i]; i++)
		buf_printf(b, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
	buf_text(b, "\n");
	help_put_global(b);
	buf_text(b, "\nmuster help COMMAND   more about a command\n"
		    "muster help exit-codes\n"
		    "man muster, man muster.yaml\n");
}

static const struct {
	enum code code;
	const char *text;
} code_rows[] = {
	{CODE_DONE, "done, nothing to do, or plan made"},
	{CODE_FAILED, "failed"},
	{CODE_PENDING, "changes pending (only with --detailed-exitcode)"},
	{CODE_PARTLY,
	 "partly done: some changes failed, or wait because the target could not be read in full"},
	{CODE_LOCKED, "another run holds the lock"},
	{CODE_HELD, "held by the guard, nothing applied"},
	{CODE_UNTRUSTED, "the source's read is not trustworthy, nothing applied"},
	{CODE_STALE, "stale plan: something moved since it was made"},
	{CODE_UNSETTLED, "outcomes unknown, waiting to be settled"},
	{CODE_USAGE, "usage"},
	{CODE_DATA, "bad data: a system's answers make no sense"},
	{CODE_UNAVAILABLE, "a system is unavailable"},
	{CODE_LATER, "a system says: try later"},
	{CODE_REFUSED, "refused: credentials or rights"},
	{CODE_CONFIG, "configuration"},
	{CODE_INTERRUPTED, "stopped by SIGINT, safely"},
	{CODE_TERMINATED, "stopped by SIGTERM, safely"},
};

static void help_put_codes(struct buf *b)
{
	for (size_t i = 0; i < sizeof code_rows / sizeof *code_rows; i++)
		buf_printf(b, "%5d  %s\n", code_rows[i].code, code_rows[i].text);
	buf_text(b, "Any other code is a failure.\n");
}

enum { TEXT_COLUMNS = 90 };

/* Fills lines with the words of a paragraph, however the table breaks it. */
static void help_put_text(struct buf *b, const char *text)
{
	str rest = str_of(text), word;
	size_t column = 0;

	while (rest.n) {
		size_t n = 0;

		while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\n'))
			rest = str_slice(rest, 1, rest.n);
		while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '\n')
			n++;
		word = str_slice(rest, 0, n);
		rest = str_slice(rest, n, rest.n);
		if (column && column + 1 + word.n > TEXT_COLUMNS) {
			buf_char(b, '\n');
			column = 0;
		}
		buf_printf(b, "%s%.*s", column ? " " : "", STR_ARG(word));
		column += word.n + 1;
	}
	buf_char(b, '\n');
}

static void help_put_command(struct buf *b, const struct command *c)
{
	const char *arguments = c->arguments ? c->arguments : "";

	buf_printf(b, "usage: muster %s%s%s%s\n\n%s\n", c->name,
		   c->options[0].name ? " [OPTIONS]" : "", *arguments ? " " : "", arguments,
		   c->summary);
	if (c->text) {
		buf_char(b, '\n');
		help_put_text(b, c->text);
	}
	if (c->options[0].name)
		buf_text(b, "\nOptions:\n");
	for (const struct option_row *row = c->options; row->name; row++)
		help_put_row(b, row);
	buf_text(b, "\n");
	help_put_global(b);
}

static enum code help_run(struct cli *cli)
{
	struct buf b = {0};
	const struct command *about = cli->arg_count ? command_find(cli->args[0]) : NULL;

	if (cli->arg_count == 0)
		help_put_overview(&b);
	else if (strcmp(cli->args[0], "exit-codes") == 0)
		help_put_codes(&b);
	else if (about)
		help_put_command(&b, about);
	else
		return command_unknown(cli, cli->args[0]);
	return cli_answer_buf(&b);
}

const struct command command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "what the commands do; `help exit-codes` lists the exit codes",
	.max = 1,
	.run = help_run,
};

static enum code version_run(struct cli *cli)
{
	if (cli->json)
		return cli_answer(
			STR("{\"format_version\":1,\"version\":\"" MUSTER_VERSION "\"}\n"));
	return cli_answer(STR("muster " MUSTER_VERSION "\n"));
}

const struct command command_version = {
	.name = "version",
	.arguments = "",
	.summary = "the version of the program",
	.run = version_run,
};
