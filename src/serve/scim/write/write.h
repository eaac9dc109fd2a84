/* SPDX-License-Identifier: Apache-2.0 */
/* Changes: POST, PUT, PATCH and DELETE, alone or many in one bulk request (RFC 7644 3.3, 3.5
 * to 3.7). */
#ifndef SERVE_SCIM_WRITE_WRITE_H
#define SERVE_SCIM_WRITE_WRITE_H

#include <jansson.h>

#include "store/store.h"
#include "wire/wire.h"

struct scim_request;
struct scim_server;

/* One change: a request of its own, or one of a bulk request. */
struct scim_operation {
	enum inbound_method method; /* POST, PUT, PATCH, DELETE */
	const struct scim_resource *resource;
	enum inbox_kind kind;
	str id; /* of PUT, PATCH, DELETE; for POST the id to give, "" for a new one */
	const json_t *body;
	str if_match;
	bool quiet; /* no body is wanted in the answer */

	/* What became of it. */
	struct scim_error error; /* status 0: none */
	int status;
	str ret_id;
	int64_t version;
	struct buf answer;
};

/* Inside a transaction: wholly, or not at all when op->error is set. */
void scim_operation_run(struct scim_request *x, struct inbox *inbox, struct scim_operation *op);
/* All of x->body, in the order that its references need; -1 when it is no bulk request at all: then
 * x->error says why. */
int bulk_run(struct scim_request *x, struct inbox *inbox, struct buf *out);

/* What was counted for the guard was undone: its sums are asked of the inbox anew. */
void removals_recount(struct scim_server *s);

#endif
