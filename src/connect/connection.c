/* SPDX-License-Identifier: Apache-2.0 */
/* What connections of every kind ask of their options. */
#include "connect/connection.h"

void connection_progress(const struct connection *c, uint64_t done)
{
	if (c->options.progress)
		c->options.progress(c->options.progress_context, done);
}

bool connection_is_stopped(const struct connection *c)
{
	return c->options.stop && *c->options.stop;
}
