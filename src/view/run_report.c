/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a run that just ended: its plan, and how many changes ended how. */
#include "view/internal.h"

static bool has_plan(const struct run_result *result)
{
	return result->plan.sync.n > 0;
}

static void tally_put(struct buf *out, const char *name, const struct outcome_tally *t)
{
	const struct {
		const char *word;
		uint64_t count;
	} rows[] = {
		{"done", t->done},       {"already there", t->already},
		{"refused", t->refused}, {"to try later", t->later},
		{"unknown", t->unknown}, {"not tried", t->skipped},
	};
	const char *comma = "";

	buf_printf(out, "%s: ", name);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].count == 0)
			continue;
		buf_printf(out, "%s%llu %s", comma, (unsigned long long)rows[i].count,
			   rows[i].word);
		comma = ", ";
	}
}

static void settled_put(struct buf *out, const struct outcome_tally *t)
{
	if (tally_total(t) == 0)
		return;
	buf_printf(out,
		   "settled first: %llu changes an earlier run left open, %llu of them were done\n",
		   (unsigned long long)tally_total(t), (unsigned long long)t->done);
}

static void outcomes_put(struct buf *out, const char *sync, const struct run_result *result)
{
	if (tally_total(&result->tally)) {
		tally_put(out, sync, &result->tally);
		buf_printf(out, "; run %lld\n", (long long)result->run);
	}
	list_each (str, line, &result->failures)
		put_safe_between(out, "  ! ", *line, "\n");
	if (result->abort_reason[0])
		buf_printf(out, "%s: ended early: %s\n", sync, result->abort_reason);
}

void run_report_text(const struct run_report *report, bool color, size_t lines, struct buf *out)
{
	const struct run_result *result = report->result;
	struct print_options options = {
		.color = color,
		.lines = lines,
		.number = (uint64_t)(result->approved_as ? result->approved_as : result->held_as),
		.approved = result->approved_as != 0,
	};

	if (!has_plan(result))
		return;
	settled_put(out, &result->settled);
	plan_print_text(&result->plan, &options, out);
	if (report->acted)
		outcomes_put(out, report->sync, result);
}

static void tally_write(struct json_writer *w, const char *key, const struct outcome_tally *t)
{
	json_write_key(w, str_of(key));
	json_write_object(w);
	json_write_member_int(w, "done", (int64_t)t->done);
	json_write_member_int(w, "already", (int64_t)t->already);
	json_write_member_int(w, "refused", (int64_t)t->refused);
	json_write_member_int(w, "later", (int64_t)t->later);
	json_write_member_int(w, "unknown", (int64_t)t->unknown);
	json_write_member_int(w, "skipped", (int64_t)t->skipped);
	json_write_object_end(w);
}

static void outcomes_write(struct json_writer *w, const struct run_result *result)
{
	json_write_member_int(w, "run", result->run);
	tally_write(w, "outcomes", &result->tally);
	tally_write(w, "settled", &result->settled);
	json_write_key(w, STR("failures"));
	json_write_array(w);
	list_each (str, line, &result->failures)
		json_write_string(w, *line);
	json_write_array_end(w);
	if (result->approved_as)
		json_write_member_int(w, "approved_as", result->approved_as);
	if (result->abort_reason[0])
		json_write_member(w, "trouble", str_of(result->abort_reason));
}

void run_report_json(const struct run_report *report, struct json_writer *w)
{
	const struct run_result *result = report->result;
	struct buf plan = {0};

	json_write_object(w);
	json_write_member(w, "sync", str_of(report->sync));
	json_write_member_int(w, "code", report->code);
	if (has_plan(result)) {
		plan_print_json(&result->plan, &plan);
		json_write_key(w, STR("plan"));
		json_write_raw(w, str_trim(buf_str(&plan)));
		if (result->held_as)
			json_write_member_int(w, "held_as", result->held_as);
		if (report->acted)
			outcomes_write(w, result);
	}
	json_write_object_end(w);
	buf_clear(&plan);
}
