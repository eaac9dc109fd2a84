/* SPDX-License-Identifier: Apache-2.0 */
/* The edits of a change as they are kept: one JSON text. */
#include <jansson.h>

#include "base/json.h"
#include "store/state/internal.h"

void edits_write(const struct edit *edits, size_t count, struct buf *out)
{
	struct json_writer w = {.out = out};

	json_write_array(&w);
	for (size_t i = 0; i < count; i++) {
		const str *const sides[] = {&edits[i].before, &edits[i].after};

		json_write_array(&w);
		json_write_string(&w, edits[i].path);
		for (int side = 0; side < 2; side++) {
			if (sides[side]->p)
				json_write_string(&w, *sides[side]);
			else
				json_write_null(&w);
		}
		json_write_array_end(&w);
	}
	json_write_array_end(&w);
}

static str edit_text(const json_t *value, struct arena *arena)
{
	if (!json_is_string(value))
		return (str){NULL, 0};
	return arena_str(arena, str_make(json_string_value(value), json_string_length(value)));
}

void edits_read(str text, struct arena *arena, struct edit **ret, size_t *ret_count)
{
	json_t *all = text.n ? json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL) : NULL;
	size_t count = json_array_size(all);
	struct edit *edits = count ? arena_array(arena, struct edit, count) : NULL;

	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(all, i);

		edits[i].path = edit_text(json_array_get(one, 0), arena);
		edits[i].before = edit_text(json_array_get(one, 1), arena);
		edits[i].after = edit_text(json_array_get(one, 2), arena);
	}
	json_decref(all);
	*ret = edits;
	*ret_count = count;
}
