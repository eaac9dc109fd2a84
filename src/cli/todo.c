/* SPDX-License-Identifier: Apache-2.0 */
/* `todo`: hand-offs, what a target's API cannot do and a person must. */
#include "base/clock.h"
#include "base/json.h"
#include "cli/commands.h"

static void put_text(struct buf *out, const struct sync *sync, const struct memory *memory)
{
	char day[11];
	int64_t now = clock_now();

	if (memory->handoffs.count == 0)
		return;
	buf_printf(out, "%s: %zu to do at %s\n", sync->name, memory->handoffs.count,
		   sync->to->name);
	list_each (const struct handoff, h, &memory->handoffs) {
		clock_date(h->opened, day);
		buf_printf(out, "  ! %.*s\n    since %s, %lld days\n", STR_ARG(h->what), day,
			   (long long)((now - h->opened) / 86400));
	}
}

static void put_json(struct json_writer *w, const struct sync *sync, const struct memory *memory)
{
	list_each (const struct handoff, h, &memory->handoffs) {
		json_write_object(w);
		json_write_member(w, "sync", str_of(sync->name));
		json_write_member(w, "system", str_of(sync->to->name));
		json_write_member(w, "key", h->key);
		json_write_member(w, "what", h->what);
		json_write_member_int(w, "opened", h->opened);
		json_write_member_int(w, "days", (clock_now() - h->opened) / 86400);
		json_write_object_end(w);
	}
}

static enum code put_sync(struct cli *cli, const struct sync *sync, struct buf *out,
			  struct json_writer *w)
{
	struct memory memory = {0};
	struct err err;
	enum code code = CODE_DONE;

	if (state_memory_brief(cli->state, sync->policy.sync, clock_now(),
			       sync->policy.guard.window, &memory, &err) < 0)
		code = cli_fail(cli, &err);
	else if (cli->json)
		put_json(w, sync, &memory);
	else
		put_text(out, sync, &memory);
	memory_clear(&memory);
	return code;
}

static enum code todo_run(struct cli *cli)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	enum code code = CODE_DONE;
	size_t count;
	const struct sync **syncs = cli_syncs(cli, &count);

	if (!syncs)
		return CODE_USAGE;
	if (cli->json) {
		json_write_object(&w);
		json_write_member_int(&w, "format_version", 1);
		json_write_key(&w, STR("handoffs"));
		json_write_array(&w);
	}
	for (size_t i = 0; i < count && code == CODE_DONE; i++)
		code = put_sync(cli, syncs[i], &out, &w);
	if (cli->json) {
		json_write_array_end(&w);
		json_write_object_end(&w);
		buf_char(&out, '\n');
	} else if (code == CODE_DONE && out.n == 0) {
		buf_text(&out, "nothing to do by hand\n");
	}
	if (code == CODE_DONE)
		code = cli_answer(cli, buf_str(&out));
	buf_clear(&out);
	return code;
}

const struct command command_todo = {
	.name = "todo",
	.arguments = "[SYNC...]",
	.summary = "hand-offs: what a target's API cannot do and a person must",
	.text = "Each says whom it is about, what is to be done, where, and why. It closes itself "
		"when a later\n"
		"run sees it done.",
	.most = MANY,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = todo_run,
};
