/* SPDX-License-Identifier: Apache-2.0 */
/* `approve` and `reject`: a person decides a held plan, by its number and its checksum, or the held
 * removals of an inbox, by its name. */
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/gather.h"

/* Who decides, for the record: the user behind sudo where there is one. */
static const char *who_decides(struct arena *arena)
{
	const char *behind = getenv("SUDO_USER");
	const struct passwd *entry = behind ? NULL : getpwuid(getuid());

	if (behind)
		return behind;
	return entry ? entry->pw_name : arena_printf(arena, "uid %ld", (long)getuid()).p;
}

static enum code decide_plan(struct cli *cli, int64_t number, str checksum, bool approve)
{
	struct held_plan held;
	struct buf out = {0};
	struct err err;

	if (state_plan_decide(cli->state, number, checksum, approve,
			      str_of(who_decides(&cli->arena)), &err) < 0 ||
	    state_plan_load(cli->state, number, &cli->arena, &held, &err) < 0)
		return cli_fail(&err);
	if (cli->json)
		plan_decided_json(&held, approve, &out);
	else
		plan_decided_text(&held, approve, &out);
	return cli_answer_buf(&out);
}

static enum code decide_inbox(const struct cli *cli, const struct system *system, str checksum,
			      bool approve)
{
	struct inbox_held held;
	struct inbox *inbox;
	struct buf out = {0};
	struct err err;
	int rc;

	if (inbox_open(inbox_path(system), INBOX_CHANGE, &inbox, &err) < 0)
		return cli_fail(&err);
	rc = inbox_decide(inbox, checksum, approve, &held, &err);
	inbox_close(inbox);
	if (rc < 0) {
		err_wrap(&err, "%s", system->name);
		return cli_fail(&err);
	}
	if (cli->json)
		inbox_decided_json(system->name, &held, approve, &out);
	else
		inbox_decided_text(system->name, &held, approve, &out);
	return cli_answer_buf(&out);
}

static enum code decide_run(struct cli *cli, bool approve)
{
	str checksum = str_of(cli->arg_count > 1 ? cli->args[1] : NULL);
	int64_t number;

	if (!str_to_int(str_of(cli->args[0]), &number)) {
		const struct system *system = config_system(cli->config, str_of(cli->args[0]));

		if (system && system_is_inbox(system))
			return decide_inbox(cli, system, checksum, approve);
		number = 0;
	}
	if (number <= 0)
		return cli_usage(cli,
				 "'%s' is no number of a plan and no inbox; muster status lists "
				 "what is held",
				 cli->args[0]);
	return decide_plan(cli, number, checksum, approve);
}

static enum code approve_run(struct cli *cli)
{
	return decide_run(cli, true);
}

static enum code reject_run(struct cli *cli)
{
	return decide_run(cli, false);
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
