/* SPDX-License-Identifier: Apache-2.0 */
/* The commands: one file each, a row or two of the table (cli/commands.c) in it. */
#ifndef CLI_COMMAND_COMMAND_H
#define CLI_COMMAND_COMMAND_H

#include "cli/internal.h"

extern const struct command command_check, command_plan, command_sync, command_apply,
	command_approve, command_reject, command_status, command_runs, command_explain,
	command_dump, command_token, command_serve, command_config, command_version, command_help,
	command_invitations, command_todo;

#endif
