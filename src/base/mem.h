/* SPDX-License-Identifier: Apache-2.0 */
/* The heap's door for what an arena is wrong for. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Never NULL, checked for overflow. Free with free(). */
void *mem_alloc(size_t count, size_t size); /* zeroed */
void *mem_resize(void *p, size_t count, size_t size);
void *mem_grow(void *items, size_t *room, size_t size); /* twice the room, at first 8 items */
_Noreturn void mem_out(void); /* says so and ends the process */

#endif
