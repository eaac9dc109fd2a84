/* SPDX-License-Identifier: Apache-2.0 */
/* One change on its way into the inbox; shared by the parts that carry changes out. */
#ifndef SERVE_SCIM_WRITE_INTERNAL_H
#define SERVE_SCIM_WRITE_INTERNAL_H

#include <jansson.h>

#include "serve/scim/write/write.h"

struct write_ctx {
	struct scim_request *x;
	struct inbox *inbox;
	struct scim_operation *op;
	struct inbox_resource resource;
	bool stored; /* the resource was written, with a new version */
	bool members_changed;
	bool counted; /* in the sum of the guard's window */
};

/* member.c: all -1 with d->op->error when the change is refused */
/* `list` is what a document has as its members: who is not in it leaves. */
int members_replace(struct write_ctx *d, const json_t *list);
/* One operation of a PATCH. */
int members_change(struct write_ctx *d, const struct scim_members_change *wanted);
/*
 * Lets this many removals go, and returns 0; or the time since when they are to be held, when they
 * are more than the guard lets go in its window. Counts them when `counts` is set (they were not
 * counted before).
 */
int64_t removals_admit(struct write_ctx *d, enum inbox_kind kind, int64_t count, bool counts);
/* Notes removals in the inbox and in the sum; held: as in inbox_removal_add. */
void removal_count(struct write_ctx *d, enum inbox_kind kind, int64_t count, int64_t held);
void held_note(struct write_ctx *d, int64_t count); /* says that something was held */

#endif
