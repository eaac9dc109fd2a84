/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a filter: what is accepted prints, parses to the same again, does no harm. */
#include <stdlib.h>
#include <string.h>

#include "expr/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void match(const struct filter *filter, str text)
{
	const str groups[] = {STR("staff"), text};
	const struct filter_list lists[] = {{STR("groups"), STR("display"), groups, 2},
					    {STR("groups"), STR("value"), groups, 1}};
	const struct field fields[] = {
		{STR("userName"), text},
		{STR("active"), STR("true")},
		{STR("emails[type eq \"work\"].value"), STR("a@b")},
		{STR("emails[type eq \"work\"].primary"), STR("true")},
		{STR("emails.value"), text},
		{STR("meta.created"), STR("2011-05-13T04:42:34.25Z")},
		{text, STR("12")},
	};
	struct flat_view flat = flat_view_of(fields, sizeof fields / sizeof *fields, lists, 2);

	filter_match(filter, &flat.view);
}

static void check(str text, const struct parse_rules *rules)
{
	const struct parse_rules any = {.any_attribute = true, .length = 1 << 20};
	struct arena arena = {0};
	const struct filter *filter, *again;
	struct buf out = {0};
	struct err err = {0};

	if (filter_parse(text, rules, &arena, &filter, &err)) {
		if (err.text[0] == '\0')
			abort();
		goto out;
	}
	filter_print(filter->root, &out);
	if (filter_parse(buf_str(&out), &any, &arena, &again, &err) ||
	    !filter_equal(filter->root, again->root))
		abort();
	match(filter, text);
out:
	buf_clear(&out);
	arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str text = str_make((const char *)data, size);

	check(text, NULL);
	check(text, &(struct parse_rules){.lenient = true});
	check(text, &(struct parse_rules){.lenient = true, .any_attribute = true});
	return 0;
}
