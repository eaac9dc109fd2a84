/* SPDX-License-Identifier: Apache-2.0 */
/* The one growing step behind every LIST. */
#include "base/list.h"

void *list_grow(void *items, size_t *room, size_t size)
{
	*room = *room ? *room * 2 : 8;
	return mem_resize(items, *room, size);
}
