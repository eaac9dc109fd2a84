/* SPDX-License-Identifier: Apache-2.0 */
/* A template (first line) over values (the rest): it ends, stays in bounds, and leads back. */
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"
#include "expr/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every name has the same values: those of the input, or the one that was recovered. */
struct any_source {
	struct template_source source;
	str values[3];
	const struct variable *variables;
	size_t variable_count;
};

static bool any_value(const struct template_source *source, str name, size_t nth, str *ret)
{
	const struct any_source *any = (const struct any_source *)source;

	for (size_t i = 0; i < any->variable_count; i++)
		if (str_equal(any->variables[i].name, name)) {
			*ret = any->variables[i].value;
			return nth == 0;
		}
	if (nth >= 3)
		return false;
	*ret = any->values[nth];
	return true;
}

/* What was built must be readable again, and the reading must build the same. */
static void lead_back(const struct template *t, str result)
{
	struct variable variables[TEMPLATE_PARTS_MAX * TEMPLATE_NAMES_MAX] = {0};
	struct any_source again = {.source = {.value = any_value},
				   .variables = variables,
				   .variable_count = t->name_count};
	struct buf out = {0};

	for (size_t i = 0; i < t->name_count; i++)
		variables[i].name = t->names[i];
	if (result.n == 0 || result.n > TEMPLATE_LENGTH_MAX)
		return;
	if (!template_recover(t, result, variables, t->name_count) ||
	    !template_build(t, &again.source, &out, NULL) || !text_equal(buf_str(&out), result))
		abort();
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct parse_rules any = {.any_attribute = true};
	static const struct template_rules paths = {.paths = &any};
	str rest = str_make((const char *)data, size), text = {"", 0};
	struct any_source source = {.source = {.value = any_value}};
	struct arena arena = {0};
	struct buf out = {0};
	const struct template *t;
	const str *values;
	struct err err = {0};

	str_split(&rest, '\n', &text);
	for (size_t i = 0; i < 3; i++)
		str_split(&rest, '\n', &source.values[i]);
	if (template_parse(text, NULL, &arena, &t, &err)) {
		if (err.text[0] == '\0')
			abort();
	} else {
		if (template_build(t, &source.source, &out, NULL) && out.n > TEMPLATE_RESULT_MAX)
			abort();
		if (out.n && template_check_recover(t, NULL, 0, NULL) == 0)
			lead_back(t, buf_str(&out));
		template_build_all(t, &source.source, &arena, &values);
	}
	template_parse(text, &paths, &arena, &t, &err);
	buf_clear(&out);
	arena_clear(&arena);
	return 0;
}
