/* SPDX-License-Identifier: Apache-2.0 */
/* Reads out of the stores what several commands show. */
#include "cli/gather.h"

#include <unistd.h>

#include "base/clock.h"
#include "cli/answer.h"

enum code memories_gather(const struct cli *cli, const struct sync *const *syncs, size_t count,
			  struct sync_memories *ret)
{
	struct err err;

	ret->now = clock_now();
	for (size_t i = 0; i < count; i++) {
		const struct policy *policy = &syncs[i]->policy;
		struct sync_memory *m = list_add(&ret->items);

		m->sync = syncs[i]->name;
		m->system = syncs[i]->to->name;
		if (state_memory_brief(cli->state, policy->sync, ret->now, policy->guard.window,
				       &m->memory, &err) < 0)
			return cli_fail(&err);
	}
	return CODE_DONE;
}

bool system_is_inbox(const struct system *system)
{
	return setting_of_role(system->settings, KEY_ROLE_INBOX) != NULL;
}

const char *inbox_path(const struct system *system)
{
	return setting_of_role(system->settings, KEY_ROLE_INBOX)->text.p;
}

static int inbox_gather_held(struct inbox *inbox, int64_t limit, struct arena *arena,
			     struct inbox_health *ret)
{
	inbox_begin_read(inbox);
	ret->held = inbox_held(inbox);
	inbox_held_checksum(inbox, ret->checksum);
	if (inbox_held_list(inbox, limit, arena, &ret->list, &ret->err) < 0 ||
	    inbox_token_list(inbox, &ret->tokens, &ret->err) < 0)
		return -1;
	return inbox_commit(inbox, &ret->err);
}

enum code inbox_gather(const struct system *system, int64_t limit, struct arena *arena,
		       struct inbox_health *ret)
{
	struct inbox *inbox;

	*ret = (struct inbox_health){.system = system->name, .store = inbox_path(system)};
	if (access(ret->store, F_OK) != 0)
		return CODE_DONE;
	if (inbox_open(ret->store, INBOX_READ, &inbox, &ret->err) < 0) {
		ret->unread = true;
		return ret->err.code;
	}
	ret->unread = inbox_gather_held(inbox, limit, arena, ret) < 0;
	inbox_close(inbox);
	if (ret->unread)
		return ret->err.code;
	return inbox_holds(&ret->held) ? CODE_HELD : CODE_DONE;
}
