/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes first: cmocka with what it needs, and asserts for our own types. */
#ifndef LIB_UNIT_H
#define LIB_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define assert_str_equal(value, text)                                                              \
	do {                                                                                       \
		str unit_value = (value);                                                          \
		assert_int_equal(unit_value.n, strlen(text));                                      \
		assert_memory_equal(unit_value.n ? unit_value.p : "", text, unit_value.n);         \
	} while (0)

/* Runs the rest of the test's child part in a process of its own; the parent gets its exit code. */
int run_apart(void (*part)(void *), void *data);
/* A fresh folder under /tmp that folder_remove takes away with all that is in it. */
const char *folder_make(char space[32]);
void folder_remove(const char *folder);

#endif
