/* SPDX-License-Identifier: Apache-2.0 */
/* Growing arrays of any type: LIST(type) is the struct, list_add the only way in. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/arena.h"

/* Zero-initialise; list_clear frees. Items move when the list grows: keep indexes, not pointers. */
#define LIST(type)                                                                                 \
	struct {                                                                                   \
		type *items;                                                                       \
		size_t count, room;                                                                \
	}

/* Adds one zeroed item and yields a pointer to it. */
#define list_add(list)                                                                             \
	((list)->items =                                                                           \
		 list_room((list)->items, (list)->count, &(list)->room, sizeof *(list)->items),    \
	 &(list)->items[(list)->count++])
#define list_push(list, value) (*list_add(list) = (value))
#define list_clear(list)                                                                           \
	(free((list)->items), (list)->items = NULL, (list)->count = 0, (list)->room = 0)
/* The item is tested first: adding to the NULL of an empty list is undefined. */
#define list_each(type, item, list)                                                                \
	for (type *item = (list)->items; item && item < (list)->items + (list)->count; item++)

/* Makes room for one item more behind `count` and zeroes it; used by list_add only. */
static inline void *list_room(void *items, size_t count, size_t *room, size_t size)
{
	if (count == *room)
		items = mem_grow(items, room, size);
	memset((char *)items + count * size, 0, size);
	return items;
}

#include <stdlib.h>

#endif
