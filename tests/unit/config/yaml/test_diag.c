/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: their order, their limit, the line that is shown, and that no secret is shown with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/yaml/diag.h"

static struct source_pos at(uint32_t line, uint32_t column)
{
	return (struct source_pos){"f.yaml", line, column};
}

static char *printed(const struct diagnostics *f)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	diag_print(f, to, false);
	fclose(to);
	return text;
}

static void faults_are_sorted_and_told_once(void **unused)
{
	struct diagnostics f = {0};
	char *met;

	(void)unused;
	diag_source(&f, "f.yaml", STR("one\n  two\n"));
	diag_add(&f, at(2, 3), "second %d", 2);
	diag_add(&f, at(1, 1), "first");
	diag_warn(&f, at(2, 1), "mind\nthis");
	diag_add(&f, at(1, 1), "first");
	diag_add(&f, (struct source_pos){"f.yaml", 0, 0}, "as a whole");
	met = printed(&f);
	assert_string_equal(met, "f.yaml: error: as a whole\n"
				 "f.yaml:1:1: error: first\none\n^\n"
				 "f.yaml:2:1: warning: mind this\n  two\n^\n"
				 "f.yaml:2:3: error: second 2\n  two\n  ^\n");
	assert_int_equal(f.errors, 3);
	assert_int_equal(f.warnings, 1);
	free(met);
	diag_clear(&f);
}

static void a_hundred_are_kept(void **unused)
{
	struct diagnostics f = {0};
	struct err err;
	char *met;

	(void)unused;
	for (uint32_t i = 130; i > 0; i--)
		diag_add(&f, at(i, 1), "number %u", i);
	assert_int_equal(f.items.count, DIAG_MAX);
	assert_int_equal(f.errors, 130);
	assert_string_equal(f.items.items[0].text, "number 1");
	assert_string_equal(f.items.items[99].text, "number 100");
	met = printed(&f);
	assert_non_null(strstr(met, "\n... and 30 more\n"));
	free(met);
	assert_int_equal(diag_err(&f, &err), -1);
	assert_string_equal(err.text, "f.yaml:1:1: number 1 (and 129 more)");
	assert_int_equal(err.code, CODE_CONFIG);
	diag_clear(&f);
}

static void expect_line(const char *text, uint32_t line, const char *shown)
{
	struct diagnostics f = {0};
	struct arena arena = {0};
	size_t column;
	str met;

	diag_source(&f, "f.yaml", str_of(text));
	met = diag_line(&f, at(line, 1), &arena, &column);
	assert_string_equal(met.p, shown);
	diag_clear(&f);
	arena_clear(&arena);
}

static void what_looks_secret_is_covered(void **unused)
{
	(void)unused;
	expect_line("password: hunter2\n", 1, "password: *******");
	expect_line("corp: {url: x, bind_password: hunter2, base: y}", 1,
		    "corp: {url: x, bind_password: *****************");
	expect_line("  \"token\":\"abc\"", 1, "  \"token\":*****");
	expect_line("client_secret : abc # why", 1, "client_secret : *********");
	expect_line("password: {credential: corp}", 1, "password: {credential: corp}");
	expect_line("token: {file: /etc/x}", 1, "token: {file: /etc/x}");
	expect_line("key_kind: live", 1, "key_kind: live");
	expect_line("url: https://a.example/keys", 1, "url: https://a.example/keys");
}

static void the_lines_of_a_secret_block_are_covered(void **unused)
{
	const char *text = "a: 1\n"
			   "tls:\n"
			   "  key: |\n"
			   "    -----BEGIN\n"
			   "\n"
			   "    abc\n"
			   "  cert: x\n"
			   "auth:\n"
			   "  credential: x\n"
			   "  hunter2\n"
			   "  user: me\n"
			   "  password:\n"
			   "    hunter2\n"
			   "token: 'a\n"
			   "  b: c'\n"
			   "end: 1\n";

	(void)unused;
	expect_line(text, 4, "    **********");
	expect_line(text, 6, "    ***");
	expect_line(text, 7, "  cert: x");
	expect_line(text, 9, "  credential: x");
	expect_line(text, 10, "  *******");
	expect_line(text, 11, "  user: me");
	expect_line(text, 13, "    *******");
	expect_line(text, 15, "  *****");
	expect_line(text, 16, "end: 1");
}

static void masks_cover_exactly_their_stretch(void **unused)
{
	struct diagnostics f = {0};
	struct arena arena = {0};
	size_t column;

	(void)unused;
	diag_source(&f, "f.yaml",
		    STR("{a: \xc3\xa4"
			"bc, d: e}\nnext\nlast\n"));
	diag_mask(&f, at(1, 5), 1, 8);
	assert_string_equal(diag_line(&f, at(1, 10), &arena, &column).p, "{a: ***, d: e}");
	assert_int_equal(column, 9);
	diag_mask(&f, at(2, 3), 3, 2);
	assert_string_equal(diag_line(&f, at(2, 1), &arena, &column).p, "ne**");
	assert_string_equal(diag_line(&f, at(3, 1), &arena, &column).p, "*ast");
	diag_clear(&f);
	arena_clear(&arena);
}

static void long_and_wild_lines_stay_readable(void **unused)
{
	struct diagnostics f = {0};
	struct arena arena = {0};
	char line[1001];
	size_t column;
	str met;

	(void)unused;
	memset(line, 'x', 1000);
	line[1000] = '\0';
	line[499] = '!';
	diag_source(&f, "f.yaml", str_of(line));
	met = diag_line(&f, at(1, 500), &arena, &column);
	assert_int_equal(met.n, 166);
	assert_int_equal(met.p[column], '!');
	assert_memory_equal(met.p, "...x", 4);
	diag_clear(&f);
	f = (struct diagnostics){0};
	diag_source(&f, "f.yaml", STR("a\tb\033[31m\xe2\x80\xae\xc2\x9b\xf0\x9f\x90\xa7"));
	assert_string_equal(diag_line(&f, at(1, 1), &arena, &column).p,
			    "a b?[31m??\xf0\x9f\x90\xa7");
	diag_clear(&f);
	arena_clear(&arena);
}

static void near_words_are_found_and_far_ones_not(void **unused)
{
	static const char *const words[] = {"attributes", "base", "bind_dn", "filter",
					    "url",        "tls",  NULL};

	(void)unused;
	assert_true(str_equal(word_near(STR("attribtes"), words), STR("attributes")));
	assert_true(str_equal(word_near(STR("Bind-DN"), words), STR("bind_dn")));
	assert_true(str_equal(word_near(STR("fliter"), words), STR("filter")));
	assert_true(str_equal(word_near(STR("urls"), words), STR("url")));
	assert_true(str_equal(word_near(STR("bas"), words), STR("base")));
	assert_int_equal(word_near(STR("x"), words).n, 0);
	assert_int_equal(word_near(STR("password"), words).n, 0);
	assert_int_equal(word_near(STR(""), words).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_sorted_and_told_once),
		cmocka_unit_test(a_hundred_are_kept),
		cmocka_unit_test(what_looks_secret_is_covered),
		cmocka_unit_test(the_lines_of_a_secret_block_are_covered),
		cmocka_unit_test(masks_cover_exactly_their_stretch),
		cmocka_unit_test(long_and_wild_lines_stay_readable),
		cmocka_unit_test(near_words_are_found_and_far_ones_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
