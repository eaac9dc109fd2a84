/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of a profile, against an answer or an entry of it. */
#include "connect/team/profile/profile.h"

bool condition_holds(const struct condition *c, const json_t *at, const struct values *values)
{
	const json_t *value = json_path_first(c->path, at, values);
	struct arena scratch = {0};
	bool holds = false;
	str text;

	if (c->kind == CONDITION_ABSENT)
		return !value;
	if (c->kind == CONDITION_PRESENT)
		return value;
	if (value && json_to_text(value, &scratch, &text))
		for (size_t i = 0; i < c->count; i++)
			holds = holds || str_equal(c->texts[i].text, text);
	arena_clear(&scratch);
	return holds;
}

bool conditions_all_hold(const condition_list *list, const json_t *at, const struct values *values)
{
	list_each (const struct condition, c, list)
		if (!condition_holds(c, at, values))
			return false;
	return true;
}

bool conditions_any_holds(const condition_list *list, const json_t *at, const struct values *values)
{
	list_each (const struct condition, c, list)
		if (condition_holds(c, at, values))
			return true;
	return false;
}
