/* SPDX-License-Identifier: Apache-2.0 */
/* Views of text: comparing, cutting, numbers, UTF-8 and near misses. */
#include "lib/unit.h"

static const str NOTHING = {NULL, 0};

static void test_make(void **state)
{
	(void)state;
	assert_int_equal(str_of(NULL).n, 0);
	assert_null(str_of(NULL).p);
	assert_str_equal(str_of("abc"), "abc");
	assert_int_equal(STR("a\0b").n, 3);
}

static void test_equal(void **state)
{
	(void)state;
	assert_true(str_equal(NOTHING, STR("")));
	assert_true(str_equal(STR("abc"), STR("abc")));
	assert_false(str_equal(STR("abc"), STR("abd")));
	assert_false(str_equal(STR("abc"), STR("abcd")));
	assert_false(str_equal(STR("a\0b"), STR("a\0c")));
	assert_true(str_equal_nocase(STR("AbC[`z"), STR("aBc[`Z")));
	assert_false(str_equal_nocase(STR("@"), STR("`")));
	assert_false(str_equal_nocase(STR("\xc3\x84"), STR("\xc3\xa4")));
}

static void test_compare(void **state)
{
	(void)state;
	assert_int_equal(str_compare(NOTHING, NOTHING), 0);
	assert_true(str_compare(STR("a"), STR("b")) < 0);
	assert_true(str_compare(STR("a"), STR("ab")) < 0);
	assert_true(str_compare(STR("\xff"), STR("a")) > 0);
	assert_true(str_compare(STR("B"), STR("a")) < 0);
	assert_true(str_compare_nocase(STR("B"), STR("a")) > 0);
	assert_int_equal(str_compare_nocase(STR("ADA"), STR("ada")), 0);
	assert_true(str_compare_nocase(STR("\xff"), STR("A")) > 0);
}

static void test_parts(void **state)
{
	(void)state;
	assert_true(str_starts(STR("cn=staff"), STR("cn=")));
	assert_false(str_starts(STR("cn"), STR("cn=")));
	assert_true(str_starts(NOTHING, STR("")));
	assert_true(str_ends(STR("a.yaml"), STR(".yaml")));
	assert_false(str_ends(STR("yaml"), STR(".yaml")));
	assert_true(str_starts_nocase(STR("CN=x"), STR("cn=")));
	assert_true(str_contains(STR("abc"), STR("bc")));
	assert_true(str_contains(STR("abc"), STR("")));
	assert_true(str_contains(NOTHING, NOTHING));
	assert_false(str_contains(STR("abc"), STR("abcd")));
	assert_int_equal(str_find(STR("a,b,c"), ','), 1);
	assert_int_equal(str_find_last(STR("a,b,c"), ','), 3);
	assert_int_equal(str_find(NOTHING, ','), -1);
	assert_int_equal(str_find_last(STR("abc"), ','), -1);
}

static void test_slice(void **state)
{
	(void)state;
	assert_str_equal(str_slice(STR("abcdef"), 2, 4), "cd");
	assert_str_equal(str_slice(STR("abc"), 1, 99), "bc");
	assert_str_equal(str_slice(STR("abc"), 9, 99), "");
	assert_str_equal(str_slice(STR("abc"), 2, 1), "");
	assert_null(str_slice(NOTHING, 0, 5).p);
	assert_str_equal(str_trim(STR(" \t a b\r\n ")), "a b");
	assert_str_equal(str_trim(STR(" \n ")), "");
	assert_str_equal(str_trim(NOTHING), "");
}

static void check_split(str text, size_t count, const char *const parts[])
{
	str part = NOTHING;
	size_t i = 0;

	for (; str_split(&text, ',', &part); i++) {
		assert_true(i < count);
		assert_str_equal(part, parts[i]);
	}
	assert_int_equal(i, count);
}

static void test_split(void **state)
{
	(void)state;
	check_split(STR("a,b,,c"), 4, (const char *const[]){"a", "b", "", "c"});
	check_split(STR("a"), 1, (const char *const[]){"a"});
	check_split(STR(",a"), 2, (const char *const[]){"", "a"});
	check_split(STR("a,"), 1, (const char *const[]){"a"});
	check_split(STR(""), 0, NULL);
	check_split(NOTHING, 0, NULL);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {
		{"0", 0},
		{"-0", 0},
		{"+7", 7},
		{"007", 7},
		{"-42", -42},
		{"9223372036854775807", INT64_MAX},
		{"-9223372036854775808", INT64_MIN},
	};
	static const char *const bad[] = {
		"",
		"-",
		"+",
		"+-1",
		"1 ",
		" 1",
		"0x1",
		"1.0",
		"9223372036854775808",
		"-9223372036854775809",
		"١",
		"1e3",
		"99999999999999999999",
	};
	int64_t value = 5;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(str_to_int(str_of(good[i].text), &value));
		assert_int_equal(value, good[i].value);
	}
	value = 5;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(str_to_int(str_of(bad[i]), &value));
	assert_int_equal(value, 5);
}

static void test_utf8(void **state)
{
	static const char *const good[] = {
		"",
		"plain",
		"Größe",
		"€",
		"𝄞",
		"\x7f",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xf4\x8f\xbf\xbf",
		"\xc2\x80",
		"\xe0\xa0\x80",
		"\xf0\x90\x80\x80",
	};
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc3",
		"a\xc3",
		"\xc3(",
		"\xe0\x9f\xbf",
		"\xe2\x82",
		"\xe2\x82(",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xfe",
		"\xf0\x9d\x84",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(str_is_utf8(str_of(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(str_is_utf8(str_of(bad[i])));
	assert_true(str_is_utf8(STR("a\0b")));
	assert_true(str_is_utf8(NOTHING));
}

static void test_distance(void **state)
{
	char space[64];

	(void)state;
	assert_int_equal(str_distance(STR("attribtes"), STR("attributes"), 3), 1);
	assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 3), 3);
	assert_int_equal(str_distance(STR("snyc"), STR("sync"), 3), 1);
	assert_int_equal(str_distance(STR("cmr"), STR("crm"), 3), 1);
	assert_int_equal(str_distance(STR("badc"), STR("abcd"), 3), 2);
	assert_int_equal(str_distance(STR("aa"), STR("aa"), 3), 0);
	assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 2), 3);
	assert_int_equal(str_distance(STR(""), STR("ab"), 5), 2);
	assert_int_equal(str_distance(STR("ab"), STR(""), 5), 2);
	assert_int_equal(str_distance(STR("same"), STR("same"), 0), 0);
	memset(space, 'x', sizeof space);
	assert_int_equal(str_distance(str_make(space, 64), str_make(space, 64), 3), 4);
	assert_int_equal(str_distance(str_make(space, 63), str_make(space, 63), 3), 0);
}

static void test_nearer(void **state)
{
	size_t best = SIZE_MAX;

	(void)state;
	assert_false(str_nearer(STR("attribtes"), STR("users"), &best));
	assert_true(str_nearer(STR("attribtes"), STR("Attributes"), &best));
	assert_int_equal(best, 1);
	assert_false(str_nearer(STR("attribtes"), STR("attribute"), &best));
	best = SIZE_MAX;
	assert_false(str_nearer(STR(""), STR("a"), &best));
	assert_false(str_nearer(STR("ab"), STR("xy"), &best));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),     cmocka_unit_test(test_equal),
		cmocka_unit_test(test_compare),  cmocka_unit_test(test_parts),
		cmocka_unit_test(test_slice),    cmocka_unit_test(test_split),
		cmocka_unit_test(test_numbers),  cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_distance), cmocka_unit_test(test_nearer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
