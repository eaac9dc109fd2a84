/* SPDX-License-Identifier: Apache-2.0 */
/* `status`: health at a glance, a few lines a sync. */
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/inbox_holds.h"
#include "run/run.h"

enum { HELD_SHOWN = 20 };

const char *cli_ago(struct cli *cli, int64_t then)
{
	int64_t seconds = clock_now() - then;
	const struct {
		int64_t size;
		const char *name;
	} units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};

	if (then == 0)
		return "never";
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		int64_t count = seconds / units[i].size;

		if (count > 0)
			return arena_printf(&cli->arena, "%lld %s%s ago", (long long)count,
					    units[i].name, count == 1 ? "" : "s")
				.p;
	}
	return "just now";
}

static const char *code_words(int code)
{
	switch (code) {
	case CODE_DONE:
		return "done";
	case CODE_PARTLY:
		return "partly done";
	case CODE_HELD:
		return "held by the guard";
	case CODE_UNTRUSTED:
		return "source not trustworthy";
	case CODE_UNSETTLED:
		return "outcomes unknown";
	case CODE_STALE:
		return "stale plan";
	case RUN_CUT:
		return "cut short";
	default:
		return "failed";
	}
}

static void put_waiting(struct buf *out, const struct sync_status *s)
{
	const struct {
		uint64_t count;
		const char *words;
	} rows[] = {
		{s->unsettled, "changes with an unknown outcome; the next run settles them"},
		{s->pending_invitations,
		 s->pending_invitations == 1 ? "pending invitation" : "pending invitations"},
	};
	char day[11];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].count)
			buf_printf(out, "  %llu %s\n", (unsigned long long)rows[i].count,
				   rows[i].words);
	if (!s->open_handoffs)
		return;
	clock_date(s->oldest_handoff, day);
	buf_printf(out,
		   "  %llu hand-off%s for a person, the oldest since %s (%lld days): muster todo\n",
		   (unsigned long long)s->open_handoffs, s->open_handoffs == 1 ? "" : "s", day,
		   (long long)((clock_now() - s->oldest_handoff) / 86400));
}

static void put_lines(struct buf *out, str lines)
{
	str line;

	while (str_split(&lines, '\n', &line))
		buf_printf(out, "    %.*s\n", STR_ARG(line));
}

static void put_held(struct cli *cli, struct buf *out, const struct held_plans *plans)
{
	list_each (struct held_plan, p, &plans->items) {
		if (p->state != PLAN_HELD && p->state != PLAN_APPROVED)
			continue;
		buf_printf(out, "  plan %lld %s %s:\n", (long long)p->number,
			   plan_state_text(p->state), cli_ago(cli, p->held));
		put_lines(out, p->reasons);
		if (p->state == PLAN_HELD && p->approvable)
			buf_printf(out,
				   "    look: muster plan %.*s   decide: muster approve %lld "
				   "%.12s, or reject\n",
				   STR_ARG(p->sync), (long long)p->number, p->checksum.p);
	}
}

static void put_text(struct cli *cli, struct buf *out, const struct sync *sync,
		     const struct sync_status *s, const struct held_plans *plans)
{
	int64_t changes = run_pending(cli->state, sync);

	buf_printf(out, "%s: %s -> %s\n", sync->name, sync->from->name, sync->to->name);
	if (s->running)
		buf_printf(out, "  running now, process %lld\n", (long long)s->running);
	if (s->last_run)
		buf_printf(out, "  last run %lld, %s: %s (%d)\n", (long long)s->last_run,
			   cli_ago(cli, s->last_run_at), code_words(s->last_code), s->last_code);
	buf_printf(out, "  last success %s, source last read whole %s\n",
		   cli_ago(cli, s->last_success), cli_ago(cli, s->last_complete));
	buf_printf(out, "  %llu user%s and %llu team%s linked\n", (unsigned long long)s->users,
		   s->users == 1 ? "" : "s", (unsigned long long)s->groups,
		   s->groups == 1 ? "" : "s");
	if (changes > 0)
		buf_printf(out, "  %lld changed at %s since; the next run takes them\n",
			   (long long)changes, sync->from->name);
	put_waiting(out, s);
	put_held(cli, out, plans);
}

static void put_json_plans(struct json_writer *w, const struct held_plans *plans)
{
	json_write_key(w, STR("plans"));
	json_write_array(w);
	list_each (struct held_plan, p, &plans->items) {
		if (p->state != PLAN_HELD && p->state != PLAN_APPROVED)
			continue;
		json_write_object(w);
		json_write_member_int(w, "plan", p->number);
		json_write_member(w, "checksum", p->checksum);
		json_write_member(w, "state", str_of(plan_state_text(p->state)));
		json_write_member_bool(w, "approvable", p->approvable);
		json_write_member(w, "reasons", p->reasons);
		json_write_member_int(w, "held", p->held);
		json_write_member_int(w, "expires", p->expires);
		json_write_object_end(w);
	}
	json_write_array_end(w);
}

static void put_json(struct cli *cli, struct json_writer *w, const struct sync *sync,
		     const struct sync_status *s, const struct held_plans *plans)
{
	int64_t changes = run_pending(cli->state, sync);

	json_write_object(w);
	json_write_member(w, "sync", str_of(sync->name));
	json_write_member(w, "from", str_of(sync->from->name));
	json_write_member(w, "to", str_of(sync->to->name));
	json_write_member_int(w, "last_run", s->last_run);
	json_write_member_int(w, "last_run_at", s->last_run_at);
	json_write_member_int(w, "last_code", s->last_code);
	json_write_member_int(w, "last_success", s->last_success);
	json_write_member_int(w, "last_complete", s->last_complete);
	json_write_member_int(w, "users", (int64_t)s->users);
	json_write_member_int(w, "teams", (int64_t)s->groups);
	json_write_member_int(w, "pending_invitations", (int64_t)s->pending_invitations);
	json_write_member_int(w, "open_handoffs", (int64_t)s->open_handoffs);
	json_write_member_int(w, "oldest_handoff", s->oldest_handoff);
	json_write_member_int(w, "unsettled", (int64_t)s->unsettled);
	json_write_member_int(w, "running", s->running);
	if (changes >= 0)
		json_write_member_int(w, "changed_since", changes);
	put_json_plans(w, plans);
	json_write_object_end(w);
}

/* Worth a look: a held plan or something unsettled makes `status` a check for monitoring too. */
static enum code judge(const struct sync_status *s)
{
	if (s->unsettled)
		return CODE_UNSETTLED;
	return s->held_plans ? CODE_HELD : CODE_DONE;
}

static enum code put_sync(struct cli *cli, struct buf *out, struct json_writer *w,
			  const struct sync *sync)
{
	struct sync_status status = {0};
	struct held_plans plans = {0};
	struct err err;
	enum code code = CODE_DONE;

	if (state_status(cli->state, sync->policy.sync, &status, &err) < 0 ||
	    state_plans(cli->state, sync->policy.sync, HELD_SHOWN, &plans, &err) < 0)
		code = cli_fail(cli, &err);
	else if (cli->json)
		put_json(cli, w, sync, &status, &plans);
	else
		put_text(cli, out, sync, &status, &plans);
	held_plans_clear(&plans);
	return code == CODE_DONE ? judge(&status) : code;
}

/* Is the inbox of interest: all are, or it is the source of a sync that was asked for. */
static bool is_shown(const struct cli *cli, const struct system *system, const struct sync **syncs,
		     size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (syncs[i]->from == system)
			return true;
	return cli->arg_count == 0;
}

static enum code put_inboxes(struct cli *cli, struct buf *out, struct json_writer *w,
			     const struct sync **syncs, size_t count)
{
	enum code code = CODE_DONE, one;

	list_each (const struct system, system, &cli->config->systems) {
		if (!system_is_inbox(system) || !is_shown(cli, system, syncs, count))
			continue;
		one = cli->json ? held_json(cli, system, w) : held_text(cli, system, out);
		code = code == CODE_DONE ? one : code;
	}
	return code;
}

static void array_begin(struct cli *cli, struct json_writer *w, str name)
{
	if (!cli->json)
		return;
	json_write_key(w, name);
	json_write_array(w);
}

static void array_end(struct cli *cli, struct json_writer *w)
{
	if (cli->json)
		json_write_array_end(w);
}

static enum code put_all(struct cli *cli, struct buf *out, struct json_writer *w,
			 const struct sync **syncs, size_t count)
{
	enum code code = CODE_DONE, one;

	array_begin(cli, w, STR("syncs"));
	for (size_t i = 0; i < count; i++) {
		one = put_sync(cli, out, w, syncs[i]);
		code = code == CODE_DONE ? one : code;
	}
	array_end(cli, w);
	array_begin(cli, w, STR("inboxes"));
	one = put_inboxes(cli, out, w, syncs, count);
	array_end(cli, w);
	return code == CODE_DONE ? one : code;
}

static enum code status_run(struct cli *cli)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	size_t count;
	const struct sync **syncs = cli_syncs(cli, &count);
	enum code code;

	if (!syncs)
		return CODE_USAGE;
	if (cli->json) {
		json_write_object(&w);
		json_write_member_int(&w, "format_version", 1);
	}
	code = put_all(cli, &out, &w, syncs, count);
	if (cli->json) {
		json_write_object_end(&w);
		buf_char(&out, '\n');
	}
	if (cli_answer(cli, buf_str(&out)) != CODE_DONE)
		code = CODE_FAILED;
	buf_clear(&out);
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
