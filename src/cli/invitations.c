/* SPDX-License-Identifier: Apache-2.0 */
/* `invitations`: those that muster follows, and what a person may do about one. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/memory_list.h"
#include "run/run.h"

static void put_text(struct buf *out, const struct sync *sync, const struct sent_invitation *i)
{
	char day[11] = "", last[11] = "";

	clock_date(i->first_sent, day);
	clock_date(i->last_sent, last);
	buf_printf(out, "%-16s %-32.*s %-10s %-12.*s sent %s", sync->to->name, STR_ARG(i->address),
		   invitation_state_text(i->state), STR_ARG(i->role), day);
	if (i->resent)
		buf_printf(out, ", again %u time%s, last %s", i->resent, i->resent == 1 ? "" : "s",
			   last);
	if (i->expires_at && i->state == INVITATION_PENDING) {
		clock_date(i->expires_at, day);
		buf_printf(out, ", ends %s", day);
	}
	buf_char(out, '\n');
}

static void put_json(struct json_writer *w, const struct sync *sync,
		     const struct sent_invitation *i)
{
	bool by_hand = i->state == INVITATION_WITHDRAWN;

	json_write_object(w);
	json_write_member(w, "sync", str_of(sync->name));
	json_write_member(w, "system", str_of(sync->to->name));
	json_write_member(w, "user", i->source);
	json_write_member(w, "address", i->address);
	json_write_member(w, "role", i->role);
	json_write_member(w, "state",
			  str_of(invitation_state_text(by_hand ? INVITATION_REVOKED : i->state)));
	json_write_member_bool(w, "by_hand", by_hand);
	json_write_member_int(w, "first_sent", i->first_sent);
	json_write_member_int(w, "last_sent", i->last_sent);
	json_write_member_int(w, "resent", i->resent);
	json_write_member_int(w, "expires_at", i->expires_at);
	json_write_object_end(w);
}

static void list_text(struct buf *out, const struct sync *sync, const struct memory *memory)
{
	list_each (const struct sent_invitation, i, &memory->invitations)
		put_text(out, sync, i);
}

static void list_json(struct json_writer *w, const struct sync *sync, const struct memory *memory)
{
	list_each (const struct sent_invitation, i, &memory->invitations)
		put_json(w, sync, i);
}

/* Of one system, or of all. */
static enum code list_run(struct cli *cli, const struct system *system)
{
	static const struct remembered_list list = {"invitations", "no invitations\n", list_text,
						    list_json};
	const struct sync **syncs =
		arena_array(&cli->arena, const struct sync *, cli->config->syncs.count + 1);
	size_t count = 0;

	list_each (const struct sync, sync, &cli->config->syncs)
		if (!system || sync->to == system)
			syncs[count++] = sync;
	return remembered_answer(cli, &list, syncs, count);
}

static struct run_options options_for(struct cli *cli, const struct sync *sync)
{
	return (struct run_options){
		.config = cli->config,
		.sync = sync,
		.state = cli->state,
		.command = cli->command->name,
		.now = clock_now(),
	};
}

/* The sync whose invitation it is: the one to that system that sent it, else the only one. */
static const struct sync *sync_for(struct cli *cli, const struct system *system, str address)
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

static enum code act_run(struct cli *cli, const struct system *system, enum change_kind kind)
{
	str address = str_of(cli->args[2]);
	const struct sync *sync = sync_for(cli, system, address);
	struct run_options options;
	struct run_result result;
	struct err err;
	enum code code;

	if (!sync)
		return CODE_USAGE;
	options = options_for(cli, sync);
	if (run_invitation(&options, kind, address, &result, &err) < 0) {
		code = cli_fail(cli, &err);
	} else {
		code = result.code;
		list_each (str, line, &result.failures)
			log_error(sync->name, "%.*s", STR_ARG(*line));
		if (result.abort_reason[0])
			log_error(sync->name, "%s", result.abort_reason);
		if (code == CODE_DONE && !cli->json)
			code = cli_answer(
				cli, arena_printf(&cli->arena, "%s: %s, %.*s\n", system->name,
						  kind == CHANGE_REVOKE ? "revoked" : "sent again",
						  STR_ARG(address)));
		else if (cli->json)
			cli_answer(cli, arena_printf(&cli->arena,
						     "{\"format_version\":1,\"run\":%lld,"
						     "\"code\":%d}\n",
						     (long long)result.run, (int)code));
	}
	run_result_clear(&result);
	return code;
}

static enum code link_run(struct cli *cli, const struct system *system)
{
	struct err err;
	size_t count = 0;

	list_each (const struct sync, sync, &cli->config->syncs) {
		struct run_options options = options_for(cli, sync);

		if (sync->to != system)
			continue;
		count++;
		if (run_link(&options, str_of(cli->args[2]), str_of(cli->args[3]), &err) < 0)
			return cli_fail(cli, &err);
	}
	if (!count)
		return cli_usage(cli, "no sync has the target '%s'", system->name);
	if (cli->json)
		return cli_answer(cli, STR("{\"format_version\":1}\n"));
	return cli_answer(
		cli, arena_printf(&cli->arena, "%s: %s is %s there; the next sync takes it up\n",
				  system->name, cli->args[2],
				  *cli->args[3] ? cli->args[3] : "known by no other address"));
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
		return list_run(cli, system);
	return which == 3 ? link_run(cli, system)
			  : act_run(cli, system, which == 1 ? CHANGE_RESEND : CHANGE_REVOKE);
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
