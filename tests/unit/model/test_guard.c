/* SPDX-License-Identifier: Apache-2.0 */
/* What each change counts for, how the window adds up, and how a limit is made. */
#include "model/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void each_change_has_its_weight(void **state)
{
	static const struct {
		struct change change;
		enum weight weight;
	} rows[] = {
		{{.kind = CHANGE_DISABLE_USER}, WEIGHT_USER_REMOVED},
		{{.kind = CHANGE_DELETE_USER}, WEIGHT_USER_REMOVED},
		{{.kind = CHANGE_REVOKE}, WEIGHT_USER_REMOVED},
		{{.kind = CHANGE_REVOKE, .why = REVOKE_BY_HAND}, WEIGHT_USER_REMOVED},
		{{.kind = CHANGE_REVOKE, .why = REVOKE_REPLACED}, WEIGHT_NONE},
		{{.kind = CHANGE_HANDOFF, .key = STR("remove: 17")}, WEIGHT_USER_REMOVED},
		{{.kind = CHANGE_HANDOFF, .key = STR("revoke 17: 17")}, WEIGHT_NONE},
		{{.kind = CHANGE_HANDOFF, .key = STR("role admin: 17")}, WEIGHT_NONE},
		{{.kind = CHANGE_REMOVE_MEMBER}, WEIGHT_MEMBER_REMOVED},
		{{.kind = CHANGE_INVITE}, WEIGHT_INVITATION},
		{{.kind = CHANGE_INVITE, .after = 1}, WEIGHT_INVITATION},
		{{.kind = CHANGE_RESEND}, WEIGHT_INVITATION},
		{{.kind = CHANGE_UPDATE_USER}, WEIGHT_REWRITE},
		{{.kind = CHANGE_UPDATE_USER, .returns = true}, WEIGHT_NONE},
		{{.kind = CHANGE_UPDATE_TEAM}, WEIGHT_NONE},
		{{.kind = CHANGE_DELETE_TEAM}, WEIGHT_NONE},
		{{.kind = CHANGE_CREATE_USER}, WEIGHT_NONE},
		{{.kind = CHANGE_ADD_MEMBER}, WEIGHT_NONE},
		{{.kind = CHANGE_SET_ROLE}, WEIGHT_NONE},
		{{.kind = CHANGE_ADOPT_USER, .created = true}, WEIGHT_NONE},
		{{.kind = CHANGE_MISS}, WEIGHT_NONE},
		{{.kind = CHANGE_FORGET}, WEIGHT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (change_weight(&rows[i].change) != rows[i].weight)
			fail_msg("row %zu (%s) counts for: %s", i,
				 change_kind_text(rows[i].change.kind),
				 weight_text(change_weight(&rows[i].change)));
	for (int weight = 0; weight < WEIGHT_COUNT; weight++)
		assert_int_equal(weight_find(str_of(weight_text((enum weight)weight))), weight);
	assert_int_equal(weight_find(STR("a word of tomorrow")), WEIGHT_NONE);
}

static void a_window_adds_up(void **state)
{
	struct window window = {0};

	(void)state;
	guard_window_add(&window, WEIGHT_USER_REMOVED, STR(""), 2);
	guard_window_add(&window, WEIGHT_MEMBER_REMOVED, STR("eng"), 3);
	guard_window_add(&window, WEIGHT_MEMBER_REMOVED, STR("eng"), 1);
	guard_window_add(&window, WEIGHT_MEMBER_REMOVED, STR("ops"), 1);
	guard_window_add(&window, WEIGHT_INVITATION, STR(""), 4);
	guard_window_add(&window, WEIGHT_REWRITE, STR(""), 5);
	guard_window_add(&window, WEIGHT_NONE, STR(""), 9);
	assert_int_equal(window.users_removed, 2);
	assert_int_equal(window.memberships_removed, 5);
	assert_int_equal(window.invitations, 4);
	assert_int_equal(window.rewrites, 5);
	assert_int_equal(window.teams.count, 2);
	assert_int_equal(window.teams.items[0].removed, 4);
	list_clear(&window.teams);
}

static void a_limit_is_a_share_or_a_number(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_int_equal(guard_limit(10, 5, 1000), 100);
	assert_int_equal(guard_limit(10, 5, 59), 5);
	assert_int_equal(guard_limit(10, 5, 60), 6);
	assert_int_equal(guard_limit(10, 5, 0), 5);
	assert_int_equal(guard_limit(30, 0, 9), 2);
	assert_true(str_equal(guard_limit_text(&arena, 10, 5), STR("10 %, at least 5")));
	assert_false(guard_is_over(5, 0, 5));
	assert_true(guard_is_over(6, 0, 5));
	assert_true(guard_is_over(1, 5, 5));
	/* What was done before holds nothing up by itself. */
	assert_false(guard_is_over(0, 9, 5));
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_change_has_its_weight),
		cmocka_unit_test(a_window_adds_up),
		cmocka_unit_test(a_limit_is_a_share_or_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
