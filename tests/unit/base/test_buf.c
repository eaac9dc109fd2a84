/* SPDX-License-Identifier: Apache-2.0 */
/* The builder of text: it grows, stays terminated, and can be used again. */
#include "lib/unit.h"

static void test_put(void **state)
{
	struct buf b = {0};

	(void)state;
	assert_int_equal(buf_str(&b).n, 0);
	buf_text(&b, "a");
	buf_char(&b, '\0');
	buf_put(&b, STR("bc"));
	buf_put(&b, (str){NULL, 0});
	buf_text(&b, NULL);
	assert_int_equal(b.n, 4);
	assert_memory_equal(b.p, "a\0bc", 5);
	buf_clear(&b);
	assert_null(b.p);
}

static void test_growth(void **state)
{
	struct buf b = {0};

	(void)state;
	for (int i = 0; i < 100000; i++) {
		buf_char(&b, (char)('a' + i % 26));
		assert_int_equal(b.p[b.n], 0);
	}
	assert_int_equal(b.n, 100000);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.p[i], 'a' + (int)(i % 26));
	assert_true(b.room < 400000);
	buf_clear(&b);
}

static void test_reset_keeps_the_memory(void **state)
{
	struct buf b = {0};
	char *before;

	(void)state;
	buf_reset(&b);
	buf_text(&b, "something");
	before = b.p;
	buf_reset(&b);
	assert_str_equal(buf_str(&b), "");
	assert_ptr_equal(b.p, before);
	buf_text(&b, "x");
	assert_string_equal(b.p, "x");
	buf_clear(&b);
}

static void test_printf(void **state)
{
	struct buf b = {0};
	char wide[3000];

	(void)state;
	memset(wide, 'w', sizeof wide - 1);
	wide[sizeof wide - 1] = '\0';
	buf_printf(&b, "%d %s", 42, "x");
	buf_printf(&b, "%s", "");
	buf_printf(&b, "%s|", wide);
	assert_int_equal(b.n, 4 + 2999 + 1);
	assert_memory_equal(b.p, "42 xwww", 7);
	assert_string_equal(b.p + b.n - 2, "w|");
	buf_clear(&b);
}

static void test_reserve(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_reserve(&b, 1000);
	assert_true(b.room > 1000);
	assert_int_equal(b.n, 0);
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_reset_keeps_the_memory),
		cmocka_unit_test(test_printf),
		cmocka_unit_test(test_reserve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
