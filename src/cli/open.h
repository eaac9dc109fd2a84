/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what a command needs before it runs, and closing it behind it. */
#ifndef CLI_OPEN_H
#define CLI_OPEN_H

#include "cli/internal.h"

/* Opens what cli->command->needs; says what is wrong and returns its code otherwise. */
enum code cli_open(struct cli *cli);
/* For commands that need the configuration only at times; says what is wrong with it. */
enum code cli_open_config(struct cli *cli);
void cli_close(struct cli *cli);

/* The syncs that the arguments name, all when there are none; NULL when a name is not known (it was
 * said). */
const struct sync **cli_syncs(struct cli *cli, size_t *ret_count);
const struct system *cli_system(struct cli *cli, const char *name); /* NULL after saying so */

#endif
