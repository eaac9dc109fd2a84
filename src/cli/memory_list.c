/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the memory of some syncs, entry by entry into one answer. */
#include "cli/memory_list.h"

#include "base/clock.h"

static enum code put_sync(struct cli *cli, const struct remembered_list *list,
			  const struct sync *sync, struct buf *out, struct json_writer *w)
{
	struct memory memory = {0};
	struct err err;
	enum code code = CODE_DONE;

	if (state_memory_brief(cli->state, sync->policy.sync, clock_now(),
			       sync->policy.guard.window, &memory, &err) < 0)
		code = cli_fail(cli, &err);
	else if (cli->json)
		list->json(w, sync, &memory);
	else
		list->text(out, sync, &memory);
	memory_clear(&memory);
	return code;
}

enum code remembered_answer(struct cli *cli, const struct remembered_list *list,
			    const struct sync *const *syncs, size_t count)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	enum code code = CODE_DONE;

	if (cli->json) {
		json_write_object(&w);
		json_write_member_int(&w, "format_version", 1);
		json_write_key(&w, str_of(list->name));
		json_write_array(&w);
	}
	for (size_t i = 0; i < count && code == CODE_DONE; i++)
		code = put_sync(cli, list, syncs[i], &out, &w);
	if (cli->json) {
		json_write_array_end(&w);
		json_write_object_end(&w);
		buf_char(&out, '\n');
	} else if (code == CODE_DONE && out.n == 0) {
		buf_text(&out, list->nothing);
	}
	if (code == CODE_DONE)
		code = cli_answer(cli, buf_str(&out));
	buf_clear(&out);
	return code;
}
