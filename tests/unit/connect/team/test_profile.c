/* SPDX-License-Identifier: Apache-2.0 */
/* The profiles in the program, and the tables of words that every profile is written with. */
#include "lib/unit.h"

#include "connect/team/profile/internal.h"

/* Each profile in the program is without fault, and says what nobody could verify. */
static void test_embedded_profiles(void **state)
{
	(void)state;
	for (size_t i = 0; profile_names[i]; i++) {
		struct arena arena = {0};
		struct diagnostics diags = {0};
		const struct profile *p = profile_load(str_of(profile_names[i]), ".",
						       (struct source_pos){0}, &arena, &diags);
		size_t count;

		if (!p) {
			diag_print(&diags, stderr, false);
			fail_msg("%s", profile_names[i]);
		}
		setting_items(p->settings, "unverified", &count);
		assert_true(count > 0);
		assert_true(p->removal.n > 0);
		profile_clear(p);
		diag_clear(&diags);
		arena_clear(&arena);
	}
}

/* Each operation is found by its name and by the change that it carries out. */
static void test_operations_of_changes(void **state)
{
	(void)state;
	for (enum team_op op = 0; op < OP_COUNT; op++) {
		struct change change = {.kind = op_traits[op].change};
		enum team_op met;

		if (op_traits[op].of_invitation)
			change.invitation = STR("i1");
		assert_true(op_of_change(&change, &met));
		assert_int_equal(met, op);
		assert_int_equal(op_find(str_of(op_names[op])), op);
	}
	assert_int_equal(op_find(STR("list")), OP_COUNT);
	assert_false(op_of_change(&(struct change){.kind = CHANGE_ADD_MEMBER}, &(enum team_op){0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_embedded_profiles),
		cmocka_unit_test(test_operations_of_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
