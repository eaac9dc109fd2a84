/* SPDX-License-Identifier: Apache-2.0 */
/* The SCIM API in the terms of the service: its calls, and what it keeps from request to request.
 */
#include "serve/scim/scim.h"

#include <stdlib.h>

#include "base/clock.h"
#include "serve/scim/internal.h"

enum { FORGET_SECONDS = 3600 };

struct scim_server *scim_server_open(void)
{
	struct scim_server *scim = mem_alloc(1, sizeof *scim);

	scim_schemas_load(&scim->schemas);
	scim->list_cache = list_cache_open();
	return scim;
}

void scim_server_close(struct scim_server *scim)
{
	if (!scim)
		return;
	list_cache_close(scim->list_cache);
	scim_schemas_clear(&scim->schemas);
	free(scim);
}

static bool scim_takes(str path)
{
	(void)path;
	return true;
}

static void scim_undone(struct request *r)
{
	removals_recount(r->service->scim);
}

/* Once an hour: what fell out of the guard's window. */
static bool scim_idle(struct service *s, struct inbox *inbox)
{
	int64_t now = clock_now();

	if (now - s->scim->forgotten_at < FORGET_SECONDS)
		return false;
	s->scim->forgotten_at = now;
	inbox_removals_forget(inbox, now - s->options.guard.window);
	return true;
}

const struct api scim_api = {
	.takes = scim_takes,
	.request_size = sizeof(struct scim_request),
	.begin = scim_request_begin,
	.handle = scim_request_handle,
	.read = scim_request_read,
	.write = scim_request_write,
	.undone = scim_undone,
	.idle = scim_idle,
	.done = scim_request_done,
};
