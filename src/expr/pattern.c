/* SPDX-License-Identifier: Apache-2.0 */
/* PCRE2 for `match`: in an arena, without JIT (systemd forbids such code), never for long. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>

#include "expr/template_part.h"

/*
 * The match limit counts anew at every place where a match may begin, hence it and
 * TEMPLATE_SUBJECT_MAX bound the time together.
 */
enum { MATCH_LIMIT = 10000, DEPTH_LIMIT = 1000, HEAP_LIMIT = 1024 /* KiB */, GROUPS_MAX = 32 };

static void *take_memory(size_t size, void *arena)
{
	return arena_alloc(arena, size);
}

static void leave_memory(void *p, void *arena)
{
	(void)p;
	(void)arena;
}

int pattern_compile(str pattern, struct arena *arena, const void **ret, size_t *ret_at,
		    char *message)
{
	pcre2_general_context *memory =
		pcre2_general_context_create(take_memory, leave_memory, arena);
	pcre2_compile_context *context = pcre2_compile_context_create(memory);
	pcre2_code *code;
	uint32_t groups = 0;
	PCRE2_SIZE at = 0;
	int error = 0;

	code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
			     PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &at, context);
	if (!code) {
		pcre2_get_error_message(error, (PCRE2_UCHAR *)message, 120);
		*ret_at = at;
		return -1;
	}
	pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
	if (groups > GROUPS_MAX) {
		snprintf(message, 120, "more than %d groups", GROUPS_MAX);
		*ret_at = pattern.n;
		return -1;
	}
	*ret = code;
	return 0;
}

/* The first group that took part, or the whole. */
static void pattern_take_group(pcre2_match_data *data, int count, str subject, str *ret)
{
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(data);

	for (int i = 1; i < count; i++)
		if (ends[2 * i] != PCRE2_UNSET) {
			*ret = str_slice(subject, ends[2 * i], ends[2 * i + 1]);
			return;
		}
	*ret = str_slice(subject, ends[0], ends[1]);
}

bool pattern_match(const void *pattern, str subject, str *ret)
{
	pcre2_match_context *context;
	pcre2_match_data *data;
	int count;

	if (subject.n > TEMPLATE_SUBJECT_MAX)
		return false;
	/*
	 * From the heap: pcre2_match_data_create_from_pattern would take the pattern's arena,
	 * which others share.
	 */
	context = pcre2_match_context_create(NULL);
	data = pcre2_match_data_create(GROUPS_MAX + 1, NULL);
	if (!context || !data)
		mem_out();
	pcre2_set_match_limit(context, MATCH_LIMIT);
	pcre2_set_depth_limit(context, DEPTH_LIMIT);
	pcre2_set_heap_limit(context, HEAP_LIMIT);
	count = pcre2_match(pattern, (PCRE2_SPTR)(subject.p ? subject.p : ""), subject.n, 0, 0,
			    data, context);
	if (count > 0)
		pattern_take_group(data, count, subject, ret);
	pcre2_match_data_free(data);
	pcre2_match_context_free(context);
	return count > 0;
}
