/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a parsed template. Private to expr. */
#ifndef EXPR_TEMPLATE_PART_H
#define EXPR_TEMPLATE_PART_H

#include "expr/template.h"

enum template_function {
	FUNCTION_LOWER,
	FUNCTION_UPPER,
	FUNCTION_TRIM,
	FUNCTION_STRIP,
	FUNCTION_STRIP_END,
	FUNCTION_BEFORE,
	FUNCTION_AFTER,
	FUNCTION_DEFAULT,
	FUNCTION_REPLACE,
	FUNCTION_MATCH,
	FUNCTION_ONLY_DIGITS,
	FUNCTION_ASCII,
	FUNCTION_SLUG,
	FUNCTION_FIRST,
	FUNCTION_JOIN,
	FUNCTION_IS,
};

struct template_step {
	enum template_function function;
	str arguments[3];
	const void *pattern; /* compiled, for match; its memory is the arena's */
};

struct template_part {
	str text; /* a plain text; or of a reference what stands between the braces */
	size_t at; /* where it stands in the template */
	const uint32_t *names; /* numbers in template.names; NULL for a plain text */
	size_t name_count;
	const struct template_step *steps;
	size_t step_count;
};

/* Compiled into the arena; on failure -1, *ret_at is where and `message` (120 bytes) what. */
int pattern_compile(str pattern, struct arena *arena, const void **ret, size_t *ret_at,
		    char *message);
/*
 * The first group that took part, or the whole match; false when nothing matches within the
 * limits.
 */
bool pattern_match(const void *pattern, str subject, str *ret);

/* One reference: its values after all functions, in the arena; 0 when it is absent. */
size_t template_part_values(const struct template *t, const struct template_part *part,
			    const struct template_source *source, struct arena *arena,
			    const str **ret);

#endif
