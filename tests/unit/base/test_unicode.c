/* SPDX-License-Identifier: Apache-2.0 */
/* Letters beyond ASCII: case without change of length, accents, and bytes that are no UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/unicode.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_compare(void **state)
{
	static const struct {
		const char *a, *b;
		int order;
	} rows[] = {
		{"", "", 0},
		{"a", "A", 0},
		{"a", "b", -1},
		{"B", "a", 1},
		{"a", "ab", -1},
		{"abc", "AB", 1},
		{"É", "é", 0},
		{"Ÿ", "ÿ", 0},
		{"Ł", "ł", 0},
		{"Ž", "ž", 0},
		{"Ň", "ň", 0},
		{"Ő", "ő", 0},
		{"ΆΈΉΊΌΎΏ", "άέήίόύώ", 0},
		{"ΣΑΣ", "σας", 0},
		{"ЁЖЯ", "ёжя", 0},
		{"Ѐ", "ѐ", 0},
		{"Ա", "ա", 0},
		{"Ạ", "ạ", 0},
		{"Ơ", "ơ", 0},
		{"ＡＢ", "ａｂ", 0},
		{"é", "e", 1},
		{"×", "÷", -1},
		{"ß", "ss", 1},
		{"ẞ", "ß", 1},
		{"ΜΆΪΟΣ", "μάϊος", 0},
		{"Μ", "µ", 0}, /* the micro sign */
		{"Ა", "ა", 0},
		{"Ꭰ", "ꭰ", 0},
		{"Ꚁ", "ꚁ", 0},
		{"𐐀", "𐐨", 0},
		{"ǅ", "Ǆ", 0},
		{"\xe2\x84\xaa", "k", 1}, /* the Kelvin sign is a longer text */
		{"ᾈ", "ᾀ", 0},
		{"İ", "i", 1},
		{"\xff", "\xff", 0},
		{"\xc3", "\xc3", 0},
		{"\xc0\x80", "x", 1},
		{"😀", "😀", 0},
		{"\xed\xa0\x80", "\xed\xa0\x80", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		str a = str_of(rows[i].a), b = str_of(rows[i].b);
		int order = text_compare(a, b), back = text_compare(b, a);

		if ((order > 0) - (order < 0) != rows[i].order ||
		    (back > 0) - (back < 0) != -rows[i].order)
			fail_msg("%s : %s is %d", rows[i].a, rows[i].b, order);
		assert_int_equal(text_equal(a, b), rows[i].order == 0);
	}
}

/* Every code point keeps its length when it is folded, and folding twice changes nothing. */
static void test_fold_keeps_lengths(void **state)
{
	struct buf one = {0}, lower = {0}, upper = {0};
	char folded[8], again[8];

	(void)state;
	for (uint32_t c = 1; c < 0x20000; c++) {
		if (c >= 0xd800 && c < 0xe000)
			continue;
		buf_reset(&one);
		buf_reset(&lower);
		buf_reset(&upper);
		text_put(c, &one);
		memset(folded, 0x55, sizeof folded);
		text_fold(buf_str(&one), folded);
		assert_int_equal((unsigned char)folded[one.n], 0x55);
		assert_true(str_is_utf8(str_make(folded, one.n)));
		text_fold(str_make(folded, one.n), again);
		assert_memory_equal(folded, again, one.n);
		text_lower(buf_str(&one), &lower);
		text_upper(buf_str(&one), &upper);
		assert_int_equal(lower.n, one.n);
		assert_int_equal(upper.n, one.n);
		assert_true(text_equal(buf_str(&lower), buf_str(&upper)));
	}
	buf_clear(&one);
	buf_clear(&lower);
	buf_clear(&upper);
}

static void test_parts(void **state)
{
	(void)state;
	assert_true(text_starts(STR("ÉMILE"), STR("ém")));
	assert_false(text_starts(STR("É"), STR("émile")));
	assert_true(text_ends(STR("ANDRÉ"), STR("ré")));
	assert_false(text_ends(STR("ANDRÉ"), STR("re")));
}

static void test_contains(void **state)
{
	static const struct {
		const char *s, *needle;
		bool there;
	} rows[] = {
		{"", "", true},
		{"a", "", true},
		{"", "a", false},
		{"ABABABAC", "ababac", true},
		{"ABABABA", "ababac", false},
		{"aaaab", "aab", true},
		{"xÉMILEx", "émile", true},
		{"émil", "émile", false},
		{"ΟΔΟΣ", "δοσ", true},
		{"abcabcabd", "abcabd", true},
		{"aabaaabaaac", "aabaaac", true},
		{"\xff\xfe", "\xfe", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint16_t borders[32];
		str needle = str_of(rows[i].needle);

		text_borders(needle, borders);
		if (text_contains(str_of(rows[i].s), needle, borders) != rows[i].there)
			fail_msg("%s in %s", rows[i].needle, rows[i].s);
	}
}

static void test_changes(void **state)
{
	static const struct {
		const char *text, *lower, *upper, *ascii;
	} rows[] = {
		{"Ada", "ada", "ADA", "Ada"},
		{"Müller-Straße", "müller-straße", "MÜLLER-STRAßE", "Muller-Strasse"},
		{"Łukasz Żółć", "łukasz żółć", "ŁUKASZ ŻÓŁĆ", "Lukasz Zolc"},
		{"Þórr Æsir Œuvre Ø", "þórr æsir œuvre ø", "ÞÓRR ÆSIR ŒUVRE Ø",
		 "Thorr AEsir OEuvre O"},
		{"Nguyễn Đức", "nguyễn đức", "NGUYỄN ĐỨC", "Nguyen Duc"},
		{"Škoda Dvořák", "škoda dvořák", "ŠKODA DVOŘÁK", "Skoda Dvorak"},
		{"e\xcc\x81", "e\xcc\x81", "E\xcc\x81", "e"},
		{"Иван", "иван", "ИВАН", ""},
		{"a–b ‘c’ “d”…", "a–b ‘c’ “d”…", "A–B ‘C’ “D”…", "a-b 'c' \"d\"..."},
		{"İstanbul ı", "İstanbul ı", "İSTANBUL ı", "Istanbul i"},
		{"x\xffy", "x\xffy", "X\xffY", "xy"},
		{"ǅ ÿ", "ǆ ÿ", "Ǆ Ÿ", "Dz y"},
		{"Ⲁ Ა 𐐀 Ꭰ", "ⲁ ა 𐐨 ꭰ", "Ⲁ Ა 𐐀 Ꭰ", "   "},
		{"Məmmədov", "məmmədov", "MƏMMƏDOV", "Memmedov"},
		{"ẞ ſ", "ẞ ſ", "ẞ ſ", "SS s"},
		{"\xe2\x84\xaa", "\xe2\x84\xaa", "\xe2\x84\xaa", "K"},
		{"Ｙａｍａｄａ ﬁ Ǽ", "ｙａｍａｄａ ﬁ ǽ", "ＹＡＭＡＤＡ ﬁ Ǽ", "Yamada fi AE"},
		/* no spelling of a letter: a superscript, a fraction, a lone accent, half a sign */
		{"Mª ½ ´ ㈱ Ⓐ", "mª ½ ´ ㈱ ⓐ", "Mª ½ ´ ㈱ Ⓐ", "M    "},
		{"山田 नी", "山田 नी", "山田 नी", " "},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = {0};

		text_lower(str_of(rows[i].text), &out);
		assert_string_equal(out.p, rows[i].lower);
		buf_reset(&out);
		text_upper(str_of(rows[i].text), &out);
		assert_string_equal(out.p, rows[i].upper);
		buf_reset(&out);
		text_ascii(str_of(rows[i].text), &out);
		assert_string_equal(out.p ? out.p : "", rows[i].ascii);
		buf_clear(&out);
	}
}

static void test_cells(void **state)
{
	static const struct {
		const char *text;
		size_t cells;
	} rows[] = {
		{"", 0},
		{"Ada", 3},
		{"Zoë", 3},
		{"Zoe\xcc\x88", 3},
		{"山田", 4},
		{"ｶﾅ", 2},
		{"ＡＢ", 4},
		{"한국", 4},
		{"👍 x", 4},
		{"\x1b[2m\x7f", 3},
		{"e\xe2\x80\x8d", 1},
		{"\xff\xc3", 2},
		{"-> \"Łódź\"", 9},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (unicode_cells(str_of(rows[i].text)) != rows[i].cells)
			fail_msg("%s takes %zu cells", rows[i].text,
				 unicode_cells(str_of(rows[i].text)));
}

static void test_clip(void **state)
{
	static const struct {
		const char *text;
		size_t cells;
		const char *left;
	} rows[] = {
		{"Ada", 3, "Ada"},
		{"Ada", 2, "Ad"},
		{"Ada", 0, ""},
		{"山田", 3, "山"},
		{"山田", 4, "山田"},
		{"Zoe\xcc\x88!", 3, "Zoe\xcc\x88"},
		{"a\xff"
		 "b",
		 2, "a\xff"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!str_equal(unicode_clip(str_of(rows[i].text), rows[i].cells),
			       str_of(rows[i].left)))
			fail_msg("%s in %zu cells", rows[i].text, rows[i].cells);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare), cmocka_unit_test(test_fold_keeps_lengths),
		cmocka_unit_test(test_parts),   cmocka_unit_test(test_contains),
		cmocka_unit_test(test_changes), cmocka_unit_test(test_cells),
		cmocka_unit_test(test_clip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
