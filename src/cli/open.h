/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what a command needs before it runs, and closing it behind it. */
#ifndef CLI_OPEN_H
#define CLI_OPEN_H

#include "cli/command.h"

/* Opens what cli->command->needs; says what is wrong and returns its code otherwise. */
enum code cli_open(struct cli *cli);
/* For commands that need the configuration only at times; says what is wrong with it. */
enum code cli_open_config(struct cli *cli);
void cli_close(struct cli *cli);

#endif
