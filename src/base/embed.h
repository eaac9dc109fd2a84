/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a file of the repository into the program at build time, as a NUL-terminated text. */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include "base/str.h"

/*
 * EMBED(state_sql, "schemas/state.sql") at file scope declares and defines `state_sql`;
 * EMBEDDED(state_sql) is its str. The path is seen from the top of the repository; the Makefile
 * lists what is embedded.
 */
#define EMBED(name, path)                                                                          \
	__asm__(".pushsection .rodata\n"                                                           \
		".global embed_" #name "\n"                                                        \
		"embed_" #name ":\n"                                                               \
		".incbin \"" path "\"\n"                                                           \
		".global embed_" #name "_end\n"                                                    \
		"embed_" #name "_end:\n"                                                           \
		".byte 0\n"                                                                        \
		".popsection\n");                                                                  \
	extern const char embed_##name[], embed_##name##_end[]

#define EMBEDDED(name) str_make(embed_##name, (size_t)(embed_##name##_end - embed_##name))

#endif
