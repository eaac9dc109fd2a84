/* SPDX-License-Identifier: Apache-2.0 */
/* The one growing step behind every LIST. */
#include "base/list.h"

#include <string.h>

void *list_room(void *items, size_t count, size_t *room, size_t size)
{
	if (count == *room) {
		*room = *room ? *room * 2 : 8;
		items = mem_resize(items, *room, size);
	}
	memset((char *)items + count * size, 0, size);
	return items;
}
