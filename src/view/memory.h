/* SPDX-License-Identifier: Apache-2.0 */
/* How what is remembered is shown: invitations, and what is to be done by hand. Taken in by
 * view/view.h. */
#ifndef VIEW_MEMORY_H
#define VIEW_MEMORY_H

#include "base/json.h"
#include "model/memory.h"

/* What is remembered of one sync, and the names a person knows it by. */
struct sync_memory {
	const char *sync, *system; /* the sync, its target */
	struct memory memory;
};

/* Zero-initialise; sync_memories_clear frees. */
struct sync_memories {
	int64_t now;
	LIST(struct sync_memory) items;
};
void sync_memories_clear(struct sync_memories *memories);

/* A line each, or "no invitations". */
void invitations_print_text(const struct sync_memories *memories, struct buf *out);
/* {"format_version": 1, "invitations": [...]} */
void invitations_print_json(const struct sync_memories *memories, struct buf *out);

/* Hand-offs by sync, or "nothing to do by hand". */
void todo_print_text(const struct sync_memories *memories, struct buf *out);
/* {"format_version": 1, "handoffs": [...]} */
void todo_print_json(const struct sync_memories *memories, struct buf *out);

#endif
