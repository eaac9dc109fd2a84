/* SPDX-License-Identifier: Apache-2.0 */
/* `approve` and `reject`: a person decides a held plan, by its number and its checksum, or the held
 * removals of an inbox, by its name. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/inbox_holds.h"

/* Who decides, for the record: the user behind sudo where there is one. */
static const char *who_decides(struct arena *arena)
{
	const char *behind = getenv("SUDO_USER");
	const struct passwd *entry = behind ? NULL : getpwuid(getuid());

	if (behind)
		return behind;
	return entry ? entry->pw_name : arena_printf(arena, "uid %ld", (long)getuid()).p;
}

static enum code answer(struct cli *cli, const struct held_plan *held, const char *word,
			const char *next)
{
	if (cli->json)
		return cli_answer(
			cli, arena_printf(&cli->arena,
					  "{\"format_version\":1,\"plan\":%lld,\"state\":\"%s\"}\n",
					  (long long)held->number, word));
	return cli_answer(cli, arena_printf(&cli->arena, "plan %lld of %.*s is %s%s%.*s\n",
					    (long long)held->number, STR_ARG(held->sync), word,
					    next, STR_ARG(*next ? held->sync : STR(""))));
}

static enum code decide(struct cli *cli, bool approve)
{
	str checksum = str_of(cli->arg_count > 1 ? cli->args[1] : NULL);
	struct held_plan held;
	struct err err;
	int64_t number;

	if (!str_to_int(str_of(cli->args[0]), &number)) {
		const struct system *system = config_system(cli->config, str_of(cli->args[0]));

		if (system && system_is_inbox(system))
			return held_decide(cli, system, approve);
		number = 0;
	}
	if (number <= 0)
		return cli_usage(cli,
				 "'%s' is no number of a plan and no inbox; muster status lists "
				 "what is held",
				 cli->args[0]);
	if (state_plan_decide(cli->state, number, checksum, approve,
			      str_of(who_decides(&cli->arena)), &err) < 0 ||
	    state_plan_load(cli->state, number, &cli->arena, &held, &err) < 0)
		return cli_fail(cli, &err);
	return approve ? answer(cli, &held, "approved", "; carry it out with: muster sync ")
		       : answer(cli, &held, "rejected", "");
}

static enum code approve_run(struct cli *cli)
{
	return decide(cli, true);
}

static enum code reject_run(struct cli *cli)
{
	return decide(cli, false);
}

const struct command command_approve = {
	.name = "approve",
	.arguments = "PLAN|INBOX CHECKSUM",
	.summary = "lets a held plan pass, once, when it is made again with this checksum; or held "
		   "removals",
	.text = "The next `sync` (or `apply PLAN`) carries it out if the plan made then has the "
		"same checksum;\n"
		"else it is held anew. The first 6 digits of the checksum are enough. An approval "
		"expires\n"
		"after 24 hours. What the guard refuses outright (too few admins, a protected "
		"entry, muster's\n"
		"own account) nobody can approve.\n"
		"With the name of an inbox: the removals that the SCIM service held there (see "
		"`status`)\n"
		"happen, if what is held still has this checksum; the next sync carries them on.",
	.min = 2,
	.max = 2,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = approve_run,
};

const struct command command_reject = {
	.name = "reject",
	.arguments = "PLAN|INBOX [CHECKSUM]",
	.summary = "says no to a held plan, or to held removals",
	.text = "The plan is held again when the next run comes to the same result: mend the "
		"source, or the\n"
		"configuration. With the name of an inbox: what the SCIM service held there did "
		"not happen,\n"
		"everybody is back, for the identity provider too.",
	.min = 1,
	.max = 2,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = reject_run,
};
