/* SPDX-License-Identifier: Apache-2.0 */
/* `runs`: past runs as a list, or one run in full, read back from the journal. */
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/commands.h"

enum { RUNS_SHOWN = 30 };

static const char *const outcome_names[] = {"done",  "already", "refused",
					    "later", "unknown", "skipped"};

static uint64_t changes_of(const struct run_record *run)
{
	uint64_t sum = run->unsettled;

	for (size_t i = 0; i < 6; i++)
		sum += run->outcomes[i];
	return sum;
}

static const char *end_words(const struct run_record *run, struct arena *arena)
{
	if (run->code == RUN_CUT)
		return "cut short";
	if (run->ended == 0)
		return "running";
	return arena_printf(arena, "exit %d", run->code).p;
}

static void put_text_run(struct cli *cli, struct buf *out, const struct run_record *run)
{
	char when[CLOCK_ISO_SIZE];

	clock_iso(run->started, when);
	buf_printf(out, "%6lld  %s  %-12.*s %-6.*s %5llds  %-9s", (long long)run->number, when,
		   STR_ARG(run->sync), STR_ARG(run->command),
		   (long long)(run->ended ? run->ended - run->started : 0),
		   end_words(run, &cli->arena));
	if (changes_of(run))
		buf_printf(out, "  %llu change%s", (unsigned long long)changes_of(run),
			   changes_of(run) == 1 ? "" : "s");
	if (run->error.n)
		buf_printf(out, "  %.*s", STR_ARG(run->error));
	buf_char(out, '\n');
}

static void put_json_members(struct json_writer *w, const struct run_record *run)
{
	json_write_member_int(w, "run", run->number);
	json_write_member(w, "sync", run->sync);
	json_write_member(w, "command", run->command);
	json_write_member_int(w, "started", run->started);
	json_write_member_int(w, "ended", run->ended);
	json_write_member_int(w, "code", run->code);
	json_write_member(w, "error", run->error);
	json_write_member(w, "checksum", run->checksum);
	json_write_key(w, STR("outcomes"));
	json_write_object(w);
	for (size_t i = 0; i < 6; i++)
		json_write_member_int(w, outcome_names[i], (int64_t)run->outcomes[i]);
	json_write_member_int(w, "unsettled", (int64_t)run->unsettled);
	json_write_object_end(w);
}

static enum code list_runs(struct cli *cli)
{
	struct run_records runs = {0};
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	struct err err;
	enum code code;

	if (state_runs(cli->state, STR(""), RUNS_SHOWN, &runs, &err) < 0) {
		run_records_clear(&runs);
		return cli_fail(cli, &err);
	}
	if (cli->json) {
		json_write_object(&w);
		json_write_member_int(&w, "format_version", 1);
		json_write_key(&w, STR("runs"));
		json_write_array(&w);
	}
	list_each (struct run_record, run, &runs.items) {
		if (!cli->json) {
			put_text_run(cli, &out, run);
			continue;
		}
		json_write_object(&w);
		put_json_members(&w, run);
		json_write_object_end(&w);
	}
	if (cli->json) {
		json_write_array_end(&w);
		json_write_object_end(&w);
		buf_char(&out, '\n');
	} else if (runs.items.count == 0) {
		buf_text(&out, "no runs yet; begin with: muster plan\n");
	}
	code = cli_answer(cli, buf_str(&out));
	buf_clear(&out);
	run_records_clear(&runs);
	return code;
}

static str label_of(const struct plan *plan, uint32_t object)
{
	return object == ROW_NONE ? STR("") : plan->objects.items[object].label;
}

static const char *entry_words(const struct journal_entry *e)
{
	return e->known ? outcome_text(e->outcome) : "unsettled";
}

static void put_text_change(struct buf *out, const struct plan *plan, const struct change *change,
			    const struct journal_entry *entry)
{
	str user = label_of(plan, change->user), team = label_of(plan, change->team);

	buf_printf(out, "  %5u  %-9s %-14s %.*s%s%.*s", entry->number, entry_words(entry),
		   change_kind_text(change->kind), STR_ARG(team), team.n && user.n ? " <- " : "",
		   STR_ARG(user));
	if (change->role.n)
		buf_printf(out, "  role %.*s", STR_ARG(change->role));
	for (size_t i = 0; i < change->edit_count; i++)
		buf_printf(out, "  %.*s: \"%.*s\" -> \"%.*s\"", STR_ARG(change->edits[i].path),
			   STR_ARG(change->edits[i].before), STR_ARG(change->edits[i].after));
	if (change->reason.n)
		buf_printf(out, "  (%.*s)", STR_ARG(change->reason));
	if (entry->error.n)
		buf_printf(out, "  ! %.*s", STR_ARG(entry->error));
	buf_char(out, '\n');
}

static void put_json_change(struct json_writer *w, const struct plan *plan,
			    const struct change *change, const struct journal_entry *entry)
{
	json_write_object(w);
	json_write_member_int(w, "number", entry->number);
	json_write_member(w, "change", str_of(change_kind_text(change->kind)));
	json_write_member(w, "outcome", str_of(entry_words(entry)));
	json_write_member(w, "user", label_of(plan, change->user));
	json_write_member(w, "team", label_of(plan, change->team));
	json_write_member(w, "role", change->role);
	json_write_member(w, "reason", change->reason);
	json_write_member(w, "id", entry->id);
	json_write_member(w, "error", entry->error);
	json_write_key(w, STR("edits"));
	json_write_array(w);
	for (size_t i = 0; i < change->edit_count; i++) {
		json_write_object(w);
		json_write_member(w, "path", change->edits[i].path);
		json_write_member(w, "before", change->edits[i].before);
		json_write_member(w, "after", change->edits[i].after);
		json_write_object_end(w);
	}
	json_write_array_end(w);
	json_write_object_end(w);
}

static void put_json_run(struct buf *out, const struct journal *j)
{
	struct json_writer w = {.out = out};

	json_write_object(&w);
	json_write_member_int(&w, "format_version", 1);
	put_json_members(&w, &j->run);
	json_write_key(&w, STR("changes"));
	json_write_array(&w);
	for (size_t i = 0; i < j->entries.count; i++)
		put_json_change(&w, &j->plan, &j->plan.changes.items[i], &j->entries.items[i]);
	json_write_array_end(&w);
	json_write_object_end(&w);
	buf_char(out, '\n');
}

static enum code show_run(struct cli *cli, int64_t number)
{
	struct journal j = {0};
	struct buf out = {0};
	struct err err;
	enum code code;

	if (state_run_load(cli->state, number, &j, &err) < 0) {
		journal_clear(&j);
		return cli_fail(cli, &err);
	}
	if (cli->json) {
		put_json_run(&out, &j);
	} else {
		put_text_run(cli, &out, &j.run);
		for (size_t i = 0; i < j.entries.count; i++)
			put_text_change(&out, &j.plan, &j.plan.changes.items[i],
					&j.entries.items[i]);
	}
	code = cli_answer(cli, buf_str(&out));
	buf_clear(&out);
	journal_clear(&j);
	return code;
}

static enum code runs_run(struct cli *cli)
{
	int64_t number;

	if (cli->arg_count == 0)
		return list_runs(cli);
	if (!str_to_int(str_of(cli->args[0]), &number) || number <= 0)
		return cli_usage(cli, "'%s' is no number of a run; muster runs lists them",
				 cli->args[0]);
	return show_run(cli, number);
}

const struct command command_runs = {
	.name = "runs",
	.arguments = "[RUN]",
	.summary = "past runs; one run in full",
	.max = 1,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = runs_run,
};
