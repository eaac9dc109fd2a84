/* SPDX-License-Identifier: Apache-2.0 */
/* `todo`: hand-offs, what a target's API cannot do and a person must. */
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/memory_list.h"

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

static enum code todo_run(struct cli *cli)
{
	static const struct remembered_list list = {"handoffs", "nothing to do by hand\n", put_text,
						    put_json};
	size_t count;
	const struct sync **syncs = cli_syncs(cli, &count);

	return syncs ? remembered_answer(cli, &list, syncs, count) : CODE_USAGE;
}

const struct command command_todo = {
	.name = "todo",
	.arguments = "[SYNC...]",
	.summary = "hand-offs: what a target's API cannot do and a person must",
	.text = "Each says whom it is about, what is to be done, where, and why. It closes itself "
		"when a later\n"
		"run sees it done.",
	.max = MANY,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = todo_run,
};
