/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to a SCIM service: the connector's verb `apply`. */
#ifndef CONNECT_SCIM_WRITE_WRITE_H
#define CONNECT_SCIM_WRITE_WRITE_H

#include "connect/connect.h"

/* Users one by one or by Bulk (RFC 7644 3.7), teams each as a row of requests; many at a time. */
int scim_apply(struct connection *connection, struct plan *plan, struct change **batch,
	       size_t count, outcome_sink *sink, void *context, struct err *err);

#endif
