/* SPDX-License-Identifier: Apache-2.0 */
/* Plain data out of the stores, for view to show. */
#ifndef CLI_GATHER_H
#define CLI_GATHER_H

#include "cli/internal.h"
#include "view/view.h"

/* What is remembered of some syncs; an error is said. sync_memories_clear in any case. */
enum code memories_gather(const struct cli *cli, const struct sync *const *syncs, size_t count,
			  struct sync_memories *ret);

bool system_is_inbox(const struct system *system);
/* The file of an inbox. */
const char *inbox_path(const struct system *system);
/*
 * What an inbox holds, `limit` removals of it at most, and its tokens; texts go to the arena. One
 * that nobody has pushed to yet holds nothing. Returns how it stands: CODE_HELD, or why it could
 * not be read.
 */
enum code inbox_gather(const struct system *system, int64_t limit, struct arena *arena,
		       struct inbox_health *ret);

#endif
