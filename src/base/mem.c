/* SPDX-License-Identifier: Apache-2.0 */
/* The heap: a failed allocation ends the process. */
#include "base/mem.h"

#include <stdlib.h>
#include <unistd.h>

_Noreturn void mem_out(void)
{
	static const char text[] = "muster: out of memory\n";

	/* The journal makes an end at any point safe; there is nothing better to do here. */
	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(1);
	_exit(1);
}

void *mem_alloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		mem_out();
	return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		mem_out();
	p = realloc(p, bytes ? bytes : 1);
	if (!p)
		mem_out();
	return p;
}

void *mem_grow(void *items, size_t *room, size_t size)
{
	*room = *room ? *room * 2 : 8;
	return mem_resize(items, *room, size);
}
