/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives as long as a run or a request and is freed in one go; out of memory ends the
 * process. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/mem.h"
#include "base/str.h"

struct arena_block;

/* Zero-initialise; arena_clear frees all that came from it. Not for sharing between threads. */
struct arena {
	struct arena_block *blocks;
	size_t used; /* bytes used in the newest block */
	size_t total; /* bytes held in all blocks */
};

void arena_clear(struct arena *a);
void arena_reset(struct arena *a); /* empties it, keeps memory for the next use */
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any type */
void *arena_alloc_array(struct arena *a, size_t count, size_t size);
str arena_str(struct arena *a, str s); /* a copy, NUL-terminated behind its length */
const char *arena_text(struct arena *a, str s); /* the same copy as a C string */
str arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
str buf_keep(struct buf *b, struct arena *a); /* a copy of what was built; the buf is cleared */

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, count) ((type *)arena_alloc_array((a), (count), sizeof(type)))

#endif
