/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the table of commands, one or a few a file. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command command_check, command_plan, command_sync, command_apply,
	command_approve, command_reject, command_status, command_runs, command_explain,
	command_dump, command_token, command_serve, command_config, command_version, command_help,
	command_invitations, command_todo;

#endif
