/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, in the order of the help: all commands, and nothing else. */
#include "cli/command/command.h"

const struct command *const commands[] = {
	&command_check,   &command_plan,   &command_sync,  &command_apply,       &command_approve,
	&command_reject,  &command_status, &command_runs,  &command_invitations, &command_todo,
	&command_explain, &command_dump,   &command_token, &command_serve,       &command_config,
	&command_version, &command_help,   NULL,
};
