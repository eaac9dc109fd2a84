/* SPDX-License-Identifier: Apache-2.0 */
/* `invitations`: those that muster follows, and what a person may do about one. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/gather.h"
#include "cli/open.h"
#include "cli/runner.h"

/* Of one system, or of all. */
static enum code invitations_list(struct cli *cli, const struct system *system)
{
	const struct sync **syncs =
		arena_array(&cli->arena, const struct sync *, cli->config->syncs.count + 1);
	struct sync_memories memories = {0};
	struct buf out = {0};
	size_t count = 0;
	enum code code;

	list_each (const struct sync, sync, &cli->config->syncs)
		if (!system || sync->to == system)
			syncs[count++] = sync;
	code = memories_gather(cli, syncs, count, &memories);
	if (code == CODE_DONE) {
		if (cli->json)
			invitations_print_json(&memories, &out);
		else
			invitations_print_text(&memories, &out);
		code = cli_answer_buf(&out);
	}
	sync_memories_clear(&memories);
	return code;
}

/* The sync whose invitation it is: the one to that system that sent it, else the only one. */
static const struct sync *invitation_sync(struct cli *cli, const struct system *system, str address)
{
	const struct sync *only = NULL;
	size_t count = 0;

	list_each (const struct sync, sync, &cli->config->syncs) {
		struct memory memory = {0};
		bool sent = false;
		struct err err;

		if (sync->to != system)
			continue;
		if (state_memory_brief(cli->state, sync->policy.sync, clock_now(),
				       sync->policy.guard.window, &memory, &err) == 0)
			list_each (const struct sent_invitation, i, &memory.invitations)
				sent = sent || str_equal_nocase(i->address, address);
		memory_clear(&memory);
		if (sent)
			return sync;
		only = sync;
		count++;
	}
	if (count == 0)
		cli_usage(cli, "no sync has the target '%s'", system->name);
	else if (count > 1)
		cli_usage(cli, "several syncs have the target '%s', and none invited %.*s",
			  system->name, STR_ARG(address));
	return count == 1 ? only : NULL;
}

/* What became of it: the failures on stderr, the answer on stdout. */
static enum code invitation_acted(struct cli *cli, const struct sync *sync, enum change_kind kind,
				  const struct run_result *result)
{
	list_each (str, line, &result->failures)
		log_error(sync->name, "%.*s", STR_ARG(*line));
	if (result->abort_reason[0])
		log_error(sync->name, "%s", result->abort_reason);
	if (cli->json) {
		cli_answer(arena_printf(&cli->arena,
					"{\"format_version\":1,\"run\":%lld,\"code\":%d}\n",
					(long long)result->run, (int)result->code));
		return result->code;
	}
	if (result->code != CODE_DONE)
		return result->code;
	return cli_answer(arena_printf(&cli->arena, "%s: %s, %s\n", sync->to->name,
				       kind == CHANGE_REVOKE ? "revoked" : "sent again",
				       cli->args[2]));
}

static enum code invitation_act_run(struct cli *cli, const struct system *system,
				    enum change_kind kind)
{
	str address = str_of(cli->args[2]);
	const struct sync *sync = invitation_sync(cli, system, address);
	struct run_options options;
	struct run_result result;
	struct err err;
	enum code code;

	if (!sync)
		return CODE_USAGE;
	options = runner_options(cli, sync);
	if (run_invitation(&options, kind, address, &result, &err) < 0)
		code = cli_fail(&err);
	else
		code = invitation_acted(cli, sync, kind, &result);
	run_result_clear(&result);
	return code;
}

static enum code invitation_link_run(struct cli *cli, const struct system *system)
{
	struct err err;
	size_t count = 0;

	list_each (const struct sync, sync, &cli->config->syncs) {
		struct run_options options = runner_options(cli, sync);

		if (sync->to != system)
			continue;
		count++;
		if (run_link(&options, str_of(cli->args[2]), str_of(cli->args[3]), &err) < 0)
			return cli_fail(&err);
	}
	if (!count)
		return cli_usage(cli, "no sync has the target '%s'", system->name);
	if (cli->json)
		return cli_answer(STR("{\"format_version\":1}\n"));
	return cli_answer(arena_printf(
		&cli->arena, "%s: %s is %s there; the next sync takes it up\n", system->name,
		cli->args[2], *cli->args[3] ? cli->args[3] : "known by no other address"));
}

static enum code invitations_run(struct cli *cli)
{
	static const struct {
		const char *word;
		size_t arguments;
	} words[] = {{"list", 0}, {"resend", 3}, {"revoke", 3}, {"link", 4}};
	size_t which = 0, count = sizeof words / sizeof *words;
	const struct system *system = NULL;

	for (which = 0; cli->arg_count && which < count; which++)
		if (strcmp(cli->args[0], words[which].word) == 0)
			break;
	if (which == count)
		return cli_usage(cli, "'%s' is none of list, resend, revoke, link", cli->args[0]);
	if (words[which].arguments ? cli->arg_count != words[which].arguments : cli->arg_count > 2)
		return cli_usage(cli, "'%s' takes %s", words[which].word,
				 which == 0   ? "a system at most"
				 : which == 3 ? "a system, a user and an address"
					      : "a system and an address");
	if (cli->arg_count > 1 && !(system = cli_system(cli, cli->args[1])))
		return CODE_USAGE;
	if (which == 0)
		return invitations_list(cli, system);
	return which == 3 ? invitation_link_run(cli, system)
			  : invitation_act_run(cli, system,
					       which == 1 ? CHANGE_RESEND : CHANGE_REVOKE);
}

const struct command command_invitations = {
	.name = "invitations",
	.arguments = "[list [SYSTEM] | resend SYSTEM ADDRESS | revoke SYSTEM ADDRESS | "
		     "link SYSTEM USER ADDRESS]",
	.summary = "the life of invitations: shows them, sends one again, takes one back",
	.text = "`link` says under which address someone is in SYSTEM who accepted under another "
		"one than that\n"
		"of the source; USER is the id, user name or e-mail there. The empty address takes "
		"it back.",
	.max = 4,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = invitations_run,
};
