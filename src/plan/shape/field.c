/* SPDX-License-Identifier: Apache-2.0 */
/* Entries as fields: what filters and templates are asked about. */
#include <string.h>

#include "plan/internal.h"
#include "plan/shape/shape.h"

void fields_read(const struct snapshot *s, const struct entry *e, field_list *into)
{
	struct field_walk walk = field_walk_begin(s, e);
	bool active = !(e->flags & ENTRY_INACTIVE);
	char space[37];
	uint32_t number;
	str value;

	into->count = 0;
	while (field_next(&walk, &number, &value)) {
		str name = intern_text(&s->names, number, space);

		if (value.n == 0)
			continue;
		if (str_equal(name, STR(PATH_ACTIVE)))
			active = active && !str_equal_nocase(value, STR("false"));
		else
			list_push(into, ((struct field){name, value}));
	}
	list_push(into, ((struct field){STR(PATH_ACTIVE), active ? STR("true") : STR("false")}));
}

str fields_value(const field_list *fields, str path)
{
	list_each (struct field, f, fields)
		if (str_equal(f->name, path))
			return f->value;
	return (str){NULL, 0};
}

str path_bare(str path, char space[PATH_SPACE])
{
	ptrdiff_t open = str_find(path, '['), close = str_find_last(path, ']');
	size_t rest;

	if (open < 0 || close < open || path.n > PATH_SPACE)
		return path;
	rest = path.n - (size_t)close - 1;
	memcpy(space, path.p, (size_t)open);
	memcpy(space + open, path.p + close + 1, rest);
	return str_make(space, (size_t)open + rest);
}
