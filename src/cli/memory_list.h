/* SPDX-License-Identifier: Apache-2.0 */
/* A list of what is remembered of each sync, as text or as one JSON document: `invitations`,
 * `todo`. */
#ifndef CLI_MEMORY_LIST_H
#define CLI_MEMORY_LIST_H

#include "base/json.h"
#include "cli/command.h"

struct remembered_list {
	const char *name; /* of the array in JSON */
	const char *nothing; /* the text where there is nothing */
	void (*text)(struct buf *out, const struct sync *sync, const struct memory *memory);
	void (*json)(struct json_writer *w, const struct sync *sync, const struct memory *memory);
};

enum code remembered_answer(struct cli *cli, const struct remembered_list *list,
			    const struct sync *const *syncs, size_t count);

#endif
