/* SPDX-License-Identifier: Apache-2.0 */
/* What waits at the source: how much has changed there since a sync last took it. */
#include "run/run.h"

static void pending_count(void *context, const struct changed *changed)
{
	(void)changed;
	++*(int64_t *)context;
}

int64_t run_pending(struct state *state, const struct sync *sync)
{
	const struct connector *connector = connector_find(str_of(sync->from->kind->name));
	struct connect_options options = {.name = sync->from->name};
	struct connection *connection = NULL;
	struct arena arena = {0};
	int64_t count = -1;
	struct err err;
	str cursor;

	if (!connector->changes ||
	    state_cursor_load(state, sync->policy.sync, &arena, &cursor, &err) < 0 || !cursor.n ||
	    connector->open(sync->from, &options, &connection, &err) < 0)
		goto out;
	count = 0;
	if (connector->changes(connection, cursor, pending_count, &count, &arena, &cursor, &err) <
	    0)
		count = -1;
	connector->close(connection);
out:
	arena_clear(&arena);
	return count;
}
