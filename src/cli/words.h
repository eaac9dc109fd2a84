/* SPDX-License-Identifier: Apache-2.0 */
/* The words of argv: options, the command, its arguments. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "cli/internal.h"

/*
 * Reads argv into cli: command, values, args (as many as argv has fit into it). `-h` and no word at
 * all turn it into `help`. What does not fit the command's table is said: CODE_USAGE.
 */
enum code words_read(struct cli *cli, int argc, char **argv);

const struct command *command_find(const char *name);
/* Says that there is no such command, and which one may have been meant; CODE_USAGE. */
enum code command_unknown(const struct cli *cli, const char *name);

#endif
