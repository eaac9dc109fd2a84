/* SPDX-License-Identifier: Apache-2.0 */
/* Runs read back from the journal: a line each, or one in full with its changes. */
#include <stdio.h>

#include "base/clock.h"
#include "view/internal.h"

/* Of run_record.outcomes. */
enum { OUTCOMES = sizeof((struct run_record *)0)->outcomes / sizeof(uint64_t) };

static uint64_t run_changes(const struct run_record *run)
{
	uint64_t sum = run->unsettled;

	for (size_t i = 0; i < OUTCOMES; i++)
		sum += run->outcomes[i];
	return sum;
}

static void run_end_print(const struct run_record *run, char *ret, size_t size)
{
	if (run->code == RUN_CUT)
		snprintf(ret, size, "cut short");
	else if (run->ended == 0)
		snprintf(ret, size, "running");
	else
		snprintf(ret, size, "exit %d", run->code);
}

static void run_put(struct buf *out, const struct run_record *run)
{
	char when[CLOCK_ISO_SIZE], end[24];

	clock_iso(run->started, when);
	run_end_print(run, end, sizeof end);
	buf_printf(out, "%6lld  %s  ", (long long)run->number, when);
	put_padded(out, run->sync, 12);
	buf_char(out, ' ');
	put_padded(out, run->command, 6);
	buf_printf(out, " %5llds  %-9s", (long long)(run->ended ? run->ended - run->started : 0),
		   end);
	if (run_changes(run)) {
		buf_text(out, "  ");
		put_amount(out, run_changes(run), "change", "changes");
	}
	if (run->error.n)
		buf_printf(out, "  %.*s", STR_ARG(run->error));
	buf_char(out, '\n');
}

void runs_print_text(const struct run_records *runs, struct buf *out)
{
	list_each (const struct run_record, run, &runs->items)
		run_put(out, run);
	if (runs->items.count == 0)
		buf_text(out, "no runs yet; begin with: muster plan\n");
}

static void run_write(struct json_writer *w, const struct run_record *run)
{
	static const char *const names[OUTCOMES] = {"done",  "already", "refused",
						    "later", "unknown", "skipped"};

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
	for (size_t i = 0; i < OUTCOMES; i++)
		json_write_member_int(w, names[i], (int64_t)run->outcomes[i]);
	json_write_member_int(w, "unsettled", (int64_t)run->unsettled);
	json_write_object_end(w);
}

void runs_print_json(const struct run_records *runs, struct buf *out)
{
	struct json_writer w = {.out = out};

	document_begin(&w);
	json_write_key(&w, STR("runs"));
	json_write_array(&w);
	list_each (const struct run_record, run, &runs->items) {
		json_write_object(&w);
		run_write(&w, run);
		json_write_object_end(&w);
	}
	json_write_array_end(&w);
	document_end(&w);
}

static const char *journal_entry_words(const struct journal_entry *e)
{
	return e->known ? outcome_text(e->outcome) : "unsettled";
}

static void journal_entry_put(struct buf *out, const struct plan *plan, const struct change *change,
			      const struct journal_entry *entry)
{
	str user = object_label(plan, change->user), team = object_label(plan, change->team);

	buf_printf(out, "  %5u  %-9s %-14s ", entry->number, journal_entry_words(entry),
		   change_kind_text(change->kind));
	put_safe_between(out, "", team, team.n && user.n ? " <- " : "");
	put_safe(out, user);
	if (change->role.n)
		put_safe_between(out, "  role ", change->role, "");
	for (size_t i = 0; i < change->edit_count; i++) {
		put_safe_between(out, "  ", change->edits[i].path, ": \"");
		put_safe_between(out, "", change->edits[i].before, "\" -> \"");
		put_safe_between(out, "", change->edits[i].after, "\"");
	}
	if (change->reason.n)
		put_safe_between(out, "  (", change->reason, ")");
	if (entry->error.n)
		put_safe_between(out, "  ! ", entry->error, "");
	buf_char(out, '\n');
}

void journal_print_text(const struct journal *j, struct buf *out)
{
	run_put(out, &j->run);
	for (size_t i = 0; i < j->entries.count; i++)
		journal_entry_put(out, &j->plan, &j->plan.changes.items[i], &j->entries.items[i]);
}

static void journal_entry_write(struct json_writer *w, const struct plan *plan,
				const struct change *change, const struct journal_entry *entry)
{
	json_write_object(w);
	json_write_member_int(w, "number", entry->number);
	json_write_member(w, "change", str_of(change_kind_text(change->kind)));
	json_write_member(w, "outcome", str_of(journal_entry_words(entry)));
	json_write_member(w, "user", object_label(plan, change->user));
	json_write_member(w, "team", object_label(plan, change->team));
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

void journal_print_json(const struct journal *j, struct buf *out)
{
	struct json_writer w = {.out = out};

	document_begin(&w);
	run_write(&w, &j->run);
	json_write_key(&w, STR("changes"));
	json_write_array(&w);
	for (size_t i = 0; i < j->entries.count; i++)
		journal_entry_write(&w, &j->plan, &j->plan.changes.items[i], &j->entries.items[i]);
	json_write_array_end(&w);
	document_end(&w);
}
