/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of plans and runs. */
#include "cli/report.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

enum { LINES_SHOWN = 50 };

void report_begin(struct report *r, const struct cli *cli, bool acted)
{
	*r = (struct report){.cli = cli, .acted = acted};
	if (cli->json)
		buf_text(&r->out, "{\"format_version\":1,\"syncs\":[");
}

static void put_tally(struct buf *out, const char *name, const struct outcome_tally *t)
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

static void put_settled(struct buf *out, const struct run_result *result)
{
	const struct outcome_tally *t = &result->settled;

	if (tally_total(t) == 0)
		return;
	buf_printf(out,
		   "settled first: %llu changes an earlier run left open, %llu of them were done\n",
		   (unsigned long long)tally_total(t), (unsigned long long)t->done);
}

static void put_outcome(struct buf *out, const struct sync *sync, const struct run_result *result)
{
	if (tally_total(&result->tally)) {
		put_tally(out, sync->name, &result->tally);
		buf_printf(out, "; run %lld\n", (long long)result->run);
	}
	list_each (str, line, &result->failures)
		buf_printf(out, "  ! %.*s\n", STR_ARG(*line));
	if (result->abort_reason[0])
		buf_printf(out, "%s: ended early: %s\n", sync->name, result->abort_reason);
}

static bool has_plan(const struct run_result *result)
{
	return result->plan.sync.n > 0;
}

static void report_text(struct report *r, const struct sync *sync, const struct run_result *result)
{
	struct print_options options = {
		.color = r->cli->color,
		.lines = cli_option(r->cli, "all") ? 0 : LINES_SHOWN,
		.number = (uint64_t)(result->approved_as ? result->approved_as : result->held_as),
		.approved = result->approved_as != 0,
	};

	put_settled(&r->out, result);
	plan_print_text(&result->plan, &options, &r->out);
	if (r->acted)
		put_outcome(&r->out, sync, result);
	if (!r->cli->quiet)
		cli_answer(r->cli, buf_str(&r->out));
	buf_reset(&r->out);
}

static void put_json_tally(struct json_writer *w, const char *key, const struct outcome_tally *t)
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

static void put_json_outcome(struct json_writer *w, const struct run_result *result)
{
	json_write_member_int(w, "run", result->run);
	put_json_tally(w, "outcomes", &result->tally);
	put_json_tally(w, "settled", &result->settled);
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

static void report_json(struct report *r, const struct sync *sync, enum code code,
			const struct run_result *result)
{
	struct buf part = {0}, plan = {0};
	struct json_writer w = {.out = &part};

	json_write_object(&w);
	json_write_member(&w, "sync", str_of(sync->name));
	json_write_member_int(&w, "code", code);
	if (has_plan(result)) {
		plan_print_json(&result->plan, &plan);
		json_write_key(&w, STR("plan"));
		json_write_raw(&w, str_trim(buf_str(&plan)));
		if (result->held_as)
			json_write_member_int(&w, "held_as", result->held_as);
		if (r->acted)
			put_json_outcome(&w, result);
	}
	json_write_object_end(&w);
	buf_printf(&r->out, "%s", r->syncs ? "," : "");
	buf_put(&r->out, buf_str(&part));
	buf_clear(&part);
	buf_clear(&plan);
}

void report_sync(struct report *r, const struct sync *sync, enum code code,
		 const struct run_result *result)
{
	if (r->cli->json)
		report_json(r, sync, code, result);
	else if (has_plan(result))
		report_text(r, sync, result);
	r->syncs++;
}

enum code report_end(struct report *r)
{
	enum code code = CODE_DONE;

	if (r->cli->json) {
		buf_text(&r->out, "]}\n");
		code = cli_answer(r->cli, buf_str(&r->out));
	}
	buf_clear(&r->out);
	return code;
}

static str member_text(const json_t *object, const char *key, struct arena *arena)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return STR("");
	return arena_str(arena, str_make(json_string_value(value), json_string_length(value)));
}

int report_plan_head(str json, struct arena *arena, str *ret_sync, str *ret_checksum)
{
	json_t *plan = json_loadb(json.p ? json.p : "", json.n, JSON_REJECT_DUPLICATES, NULL);

	*ret_sync = member_text(plan, "sync", arena);
	*ret_checksum = member_text(plan, "checksum", arena);
	json_decref(plan);
	return ret_sync->n && ret_checksum->n == 64 ? 0 : -1;
}
