/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a path: what is accepted prints and parses to the same, canonical names stay. */
#include <stdlib.h>

#include "expr/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(str text, const struct parse_rules *rules)
{
	const struct parse_rules any = {.any_attribute = true, .length = 1 << 20};
	struct arena arena = {0};
	struct buf out = {0};
	struct path path, again;
	struct err err = {0};
	str name, same;

	if (path_parse(text, rules, &arena, &path, &err) == 0) {
		path_print(&path, &out);
		if (path_parse(buf_str(&out), &any, &arena, &again, &err) ||
		    !path_equal(&path, &again))
			abort();
	} else if (err.text[0] == '\0') {
		abort();
	}
	if (path_canonical(text, rules, &arena, &name, &err) == 0 &&
	    (path_canonical(name, &any, &arena, &same, &err) || !str_equal(name, same)))
		abort();
	buf_clear(&out);
	arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str text = str_make((const char *)data, size), rest = text, part;

	check(text, NULL);
	check(text, &(struct parse_rules){.lenient = true, .any_attribute = true});
	while (path_split(&rest, &part))
		check(part, NULL);
	return 0;
}
