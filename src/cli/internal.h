/* SPDX-License-Identifier: Apache-2.0 */
/* What all commands share: the row of the table, the parsed words, and what was opened for them. */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

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

/* The table, in the order of the help; ends with NULL (commands.c). */
extern const struct command *const commands[];

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

#endif
