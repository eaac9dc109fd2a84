/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks that are only ever added to. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024, ALIGNMENT = 16 };

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(ALIGNMENT) char bytes[];
};

void arena_clear(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	*a = (struct arena){NULL, 0, 0};
}

void arena_reset(struct arena *a)
{
	struct arena_block *kept = NULL, *next;

	for (; a->blocks; a->blocks = next) {
		next = a->blocks->next;
		if (!kept && a->blocks->size == BLOCK_SIZE)
			kept = a->blocks;
		else
			free(a->blocks);
	}
	if (kept)
		kept->next = NULL;
	*a = (struct arena){kept, 0, kept ? BLOCK_SIZE : 0};
}

static struct arena_block *block_new(struct arena *a, size_t size)
{
	struct arena_block *block = malloc(sizeof *block + size);

	if (!block)
		mem_out();
	block->size = size;
	a->total += size;
	return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *block = a->blocks;
	char *p;

	if (size > SIZE_MAX / 2)
		mem_out();
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (size > BLOCK_SIZE / 4 && block) {
		/* A large piece gets a block of its own behind the newest, which is used on. */
		struct arena_block *own = block_new(a, size);

		own->next = block->next;
		block->next = own;
		return memset(own->bytes, 0, size);
	}
	if (!block || size > block->size - a->used) {
		block = block_new(a, size > BLOCK_SIZE ? size : BLOCK_SIZE);
		block->next = a->blocks;
		a->blocks = block;
		a->used = 0;
	}
	p = block->bytes + a->used;
	a->used += size;
	return memset(p, 0, size);
}

void *arena_alloc_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		mem_out();
	return arena_alloc(a, bytes);
}

const char *arena_text(struct arena *a, str s)
{
	char *copy = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

str arena_str(struct arena *a, str s)
{
	return (str){arena_text(a, s), s.n};
}

str arena_printf(struct arena *a, const char *format, ...)
{
	struct buf b = {0};
	va_list args;

	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	return buf_keep(&b, a);
}

str buf_keep(struct buf *b, struct arena *a)
{
	str kept = arena_str(a, buf_str(b));

	buf_clear(b);
	return kept;
}
