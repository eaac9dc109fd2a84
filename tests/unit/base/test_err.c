/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: what they keep, how context comes in front, what is cut and made visible. */
#include "lib/unit.h"

#include "base/err.h"

static void test_set(void **state)
{
	struct err err;

	(void)state;
	memset(&err, 0x55, sizeof err);
	assert_int_equal(err_set(&err, REACH_SYSTEM, CODE_UNAVAILABLE, "no %s at %d", "door", 7),
			 -1);
	assert_int_equal(err.reach, REACH_SYSTEM);
	assert_int_equal(err.code, CODE_UNAVAILABLE);
	assert_false(err.again);
	assert_string_equal(err.text, "no door at 7");
	assert_int_equal(err_later(&err, REACH_ENTRY, CODE_LATER, "busy"), -1);
	assert_true(err.again);
	assert_int_equal(err_set(NULL, REACH_RUN, CODE_FAILED, "x"), -1);
	assert_int_equal(err_wrap(NULL, "x"), -1);
}

static void test_wrap(void **state)
{
	struct err err;

	(void)state;
	err_later(&err, REACH_SYSTEM, CODE_LATER, "search: timed out");
	assert_int_equal(err_wrap(&err, "system %s", "corp"), -1);
	assert_string_equal(err.text, "system corp: search: timed out");
	assert_int_equal(err.code, CODE_LATER);
	assert_true(err.again);
}

static void test_control_characters(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, REACH_RUN, CODE_FAILED, "%s", "a\nb\x1b[31mc\x7f\td");
	assert_string_equal(err.text, "a b [31mc  d");
	err_set(&err, REACH_RUN, CODE_FAILED, "plain");
	err_wrap(&err, "x\ny");
	assert_string_equal(err.text, "x y: plain");
}

static void test_cutting(void **state)
{
	char wide[2000];
	struct err err;

	(void)state;
	memset(wide, 'w', sizeof wide - 1);
	wide[sizeof wide - 1] = '\0';
	err_set(&err, REACH_RUN, CODE_FAILED, "%s", wide);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
	assert_string_equal(err.text + sizeof err.text - 5, "w...");
	err_set(&err, REACH_RUN, CODE_FAILED, "%.*s", (int)sizeof err.text - 1, wide);
	assert_string_equal(err.text + sizeof err.text - 5, "wwww");
	err_wrap(&err, "context");
	assert_memory_equal(err.text, "context: www", 12);
	assert_string_equal(err.text + strlen(err.text) - 4, "w...");
	err_wrap(&err, "%s", wide);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

/* Wherever the cut falls, what is left is well-formed UTF-8. */
static void test_cutting_between_characters(void **state)
{
	char wide[2000];
	struct err err;

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(wide, 'x', shift);
		for (size_t i = shift; i + 5 < sizeof wide; i += 4)
			memcpy(wide + i, "𝄞", 5);
		err_set(&err, REACH_RUN, CODE_FAILED, "%s", wide);
		assert_true(str_is_utf8(str_of(err.text)));
		assert_true(str_ends(str_of(err.text), STR("𝄞...")));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_cutting),
		cmocka_unit_test(test_cutting_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
