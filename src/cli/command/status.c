/* SPDX-License-Identifier: Apache-2.0 */
/* `status`: health at a glance, a few lines a sync. */
#include "base/clock.h"
#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/gather.h"
#include "cli/open.h"
#include "run/run.h"

enum { PLANS_SHOWN = 20, HELD_TEXT = 10, HELD_JSON = 1000 /* removals of an inbox */ };

/* Worth a look: a held plan or something unsettled makes `status` a check for monitoring too. */
static enum code sync_code(const struct sync_status *s)
{
	if (s->unsettled)
		return CODE_UNSETTLED;
	return s->held_plans ? CODE_HELD : CODE_DONE;
}

static enum code sync_gather(const struct cli *cli, const struct sync *sync, struct health *health)
{
	struct sync_health *h = list_add(&health->syncs);
	struct err err;

	*h = (struct sync_health){
		.sync = sync->name, .from = sync->from->name, .to = sync->to->name};
	if (state_status(cli->state, sync->policy.sync, &h->status, &err) < 0 ||
	    state_plans(cli->state, sync->policy.sync, PLANS_SHOWN, &h->plans, &err) < 0) {
		held_plans_clear(&h->plans);
		health->syncs.count--;
		return cli_fail(&err);
	}
	h->changed = run_pending(cli->state, sync);
	return sync_code(&h->status);
}

/* Is the inbox of interest: all are, or it is the source of a sync that was asked for. */
static bool is_inbox_shown(const struct cli *cli, const struct system *system,
			   const struct sync **syncs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (syncs[i]->from == system)
			return true;
	return cli->arg_count == 0;
}

/* The code is that of the first that has one. */
static enum code health_gather(const struct cli *cli, const struct sync **syncs, size_t count,
			       struct health *health)
{
	enum code code = CODE_DONE, one;

	health->now = clock_now();
	for (size_t i = 0; i < count; i++) {
		one = sync_gather(cli, syncs[i], health);
		code = code == CODE_DONE ? one : code;
	}
	list_each (const struct system, system, &cli->config->systems) {
		if (!system_is_inbox(system) || !is_inbox_shown(cli, system, syncs, count))
			continue;
		one = inbox_gather(system, cli->json ? HELD_JSON : HELD_TEXT, &health->arena,
				   list_add(&health->inboxes));
		code = code == CODE_DONE ? one : code;
	}
	return code;
}

static enum code status_run(struct cli *cli)
{
	struct health health = {0};
	struct buf out = {0};
	size_t count;
	const struct sync **syncs = cli_syncs(cli, &count);
	enum code code;

	if (!syncs)
		return CODE_USAGE;
	code = health_gather(cli, syncs, count, &health);
	if (cli->json)
		status_print_json(&health, &out);
	else
		status_print_text(&health, &out);
	health_clear(&health);
	if (cli_answer_buf(&out) != CODE_DONE)
		code = CODE_FAILED;
	/* The state could be shown; only monitoring wants to hear of it by the exit code. */
	return cli_option(cli, "detailed-exitcode") || (code != CODE_HELD && code != CODE_UNSETTLED)
		       ? code
		       : CODE_DONE;
}

const struct command command_status = {
	.name = "status",
	.arguments = "[SYNC...]",
	.summary = "health at a glance: last success, last complete read, what is held, what waits",
	.options = {{"detailed-exitcode", 0, NULL,
		     "exit 12 with a held plan or held removals, 15 with unknown outcomes"}},
	.max = MANY,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = status_run,
};
