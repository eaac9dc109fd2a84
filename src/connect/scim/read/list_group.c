/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a list's groups, where each group must be read by itself. */
#include <stdlib.h>

#include "connect/scim/read/internal.h"

struct group_read {
	struct list_read *list;
	uint32_t row;
	bool met;
};

static int read_group(void *context, const struct resource *r, const char *defect, struct err *err)
{
	struct group_read *g = context;

	(void)err;
	if (defect)
		return 0;
	g->met = true;
	list_put_members(g->list, g->row, r);
	return 0;
}

static void on_group(void *user, const struct http_response *response)
{
	struct group_read *g = user;
	struct list_read *l = g->list;
	struct err err;

	l->in_flight--;
	if (response->outcome == HTTP_ANSWERED && response->status == 404)
		list_incomplete(l, "changed while it was read: a group is gone");
	else if (response->outcome != HTTP_ANSWERED || response->status != 200)
		list_fail_by_answer(l, response);
	else if (resource_read(l->names, response->body, false, read_group, g, &err) < 0)
		list_fail(l, &err);
	else if (!g->met)
		list_nonsense(l, "a group read by itself is no resource with an id");
	free(g);
	list_request_groups(l);
}

void list_request_groups(struct list_read *l)
{
	char space[37];

	while (!l->failed && l->next_row < l->rows.count && http_room(l->c->http) > 0) {
		struct group_read *g = mem_alloc(1, sizeof *g);
		struct buf target = {0};
		struct http_request request = {
			.accept = SCIM_TYPE ", application/json", .done = on_group, .user = g};

		*g = (struct group_read){.list = l, .row = l->rows.items[l->next_row++]};
		resource_target(ENTRY_GROUP,
				snapshot_id(l->into, &l->into->groups.items[g->row], space),
				&target);
		request.target = buf_str(&target);
		l->in_flight++;
		http_submit(l->c->http, &request);
		buf_clear(&target);
	}
}
