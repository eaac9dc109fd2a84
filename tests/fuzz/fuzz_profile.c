/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles from anywhere: whatever is taken has paths that can be looked up and texts that can be
 * rendered. */
#include <stdlib.h>

#include "connect/team/profile/internal.h"

static void walk_operation(const struct team_operation *operation, const struct values *values)
{
	list_each (const struct call_step, step, &operation->steps) {
		struct buf b = {0};
		struct json_writer w = {.out = &b};

		render_text(step->call.path, values, RENDER_URL, &b, NULL);
		buf_reset(&b);
		if (step->call.body)
			render_json(step->call.body, values, &w, NULL);
		buf_clear(&b);
	}
}

static void walk_lists(const struct profile *p, const json_t *answer, const struct values *values)
{
	json_list all = {0};

	list_each (const struct list_call, l, &p->lists)
		list_each (const struct entry_set, set, &l->sets) {
			json_path_all(set->items, answer, values, &all);
			json_path_first(set->id, answer, values);
			json_path_first(set->role, answer, values);
		}
	list_clear(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct diagnostics diags = {0};
	struct values values = {0};
	struct profile *p = arena_new(&arena, struct profile);
	json_t *answer = json_loads("[{\"id\":1,\"a\":{\"b\":[{\"c\":\"d\"}]}}]", 0, NULL);

	p->name = "fuzz";
	p->file = "fuzz.yaml";
	values_put(&values, STR("id"), STR("a/b"));
	p->settings = config_parse_table(&arena, "fuzz.yaml", str_make((const char *)data, size),
					 profile_keys, &diags);
	if (p->settings && !diags.errors) {
		profile_read(p, &arena, &diags);
		profile_check(p, &diags);
		for (size_t i = 0; i < OP_COUNT; i++)
			walk_operation(&p->operations[i], &values);
		walk_lists(p, answer, &values);
	}
	profile_clear(p);
	json_decref(answer);
	list_clear(&values.items);
	diag_clear(&diags);
	arena_clear(&arena);
	return 0;
}
