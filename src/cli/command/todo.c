/* SPDX-License-Identifier: Apache-2.0 */
/* `todo`: hand-offs, what a target's API cannot do and a person must. */
#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/gather.h"
#include "cli/open.h"

static enum code todo_run(struct cli *cli)
{
	struct sync_memories memories = {0};
	struct buf out = {0};
	size_t count;
	const struct sync **syncs = cli_syncs(cli, &count);
	enum code code;

	if (!syncs)
		return CODE_USAGE;
	code = memories_gather(cli, syncs, count, &memories);
	if (code == CODE_DONE) {
		if (cli->json)
			todo_print_json(&memories, &out);
		else
			todo_print_text(&memories, &out);
		code = cli_answer_buf(&out);
	}
	sync_memories_clear(&memories);
	return code;
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
