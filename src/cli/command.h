/* SPDX-License-Identifier: Apache-2.0 */
/* What all commands share: the row of the table, the parsed words, and what was opened for them. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/err.h"
#include "base/list.h"
#include "config/config.h"
#include "store/store.h"

struct cli;

/* An option of a command. `value` names its argument in the help; NULL for a switch. */
struct option_row {
	const char *name; /* "detailed-exitcode" */
	char letter; /* 'o', or 0 */
	const char *value;
	const char *doc;
};

enum option_limit { OPTIONS_MAX = 12 };

enum command_need {
	NEED_CONFIG = 1 << 0, /* the configuration is loaded and without fault */
	NEED_STATE = 1 << 1, /* and the state file is open */
};

struct command {
	const char *name;
	const char *arguments; /* "[SYNC...]" */
	const char *summary; /* one line */
	const char *text; /* the rest of its help, whole paragraphs, or NULL */
	struct option_row options[OPTIONS_MAX]; /* ends with a nameless row */
	size_t min, max; /* how many arguments; max 0 with min 0: none */
	unsigned needs;
	enum code (*run)(struct cli *cli);
};

#define MANY SIZE_MAX

struct cli {
	const struct command *command;
	const char *config_path;
	bool json, quiet, verbose, color;
	/* by row of command->options; NULL: not given; "" for a switch */
	const char *values[OPTIONS_MAX];
	const char **args;
	size_t arg_count;
	struct arena arena;
	struct config *config;
	struct state *state;
};

extern const struct command *const commands[]; /* ends with NULL */
const struct command *command_find(const char *name);

/* The value of an option of the running command; NULL when it was not given. */
const char *cli_option(const struct cli *cli, const char *name);
/* Prints the error on stderr and returns its exit code. */
enum code cli_fail(const struct cli *cli, const struct err *err);
/* A fault in how the command was called: prints it with a hint at the help; CODE_USAGE. */
enum code cli_usage(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same for a command that there is not, with the one that may have been meant. */
enum code command_unknown(const struct cli *cli, const char *name);
/* How long ago, in words: "3 minutes ago", "never" for 0. */
const char *cli_ago(struct cli *cli, int64_t then);
/* Writes an answer on stdout, whole; an error of the pipe is CODE_FAILED. */
enum code cli_answer(const struct cli *cli, str text);
/* The syncs that the arguments name, all when there are none; NULL when a name is not known (it was
 * said). */
const struct sync **cli_syncs(struct cli *cli, size_t *ret_count);
const struct system *cli_system(struct cli *cli, const char *name); /* NULL after saying so */

#endif
