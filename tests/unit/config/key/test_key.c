/* SPDX-License-Identifier: Apache-2.0 */
/* Filled tables: getters, defaults, places, durations, paths, and tables outside of the
 * configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "unit/config/kinds.h"

static int validate_even(str value, struct err *err)
{
	int64_t number = 0;

	str_to_int(value, &number);
	if (number % 2 == 0)
		return 0;
	return err_set(err, REACH_RUN, CODE_CONFIG, "expected an even number, not %.*s",
		       STR_ARG(value));
}

static const struct key inner_keys[] = {
	{.name = "deep", .type = KEY_TEXT, .fallback = "below", .doc = "d"},
	{.name = NULL},
};

static const struct key keys[] = {
	{.name = "text", .type = KEY_TEXT, .doc = "d"},
	{.name = "even",
	 .type = KEY_INTEGER,
	 .fallback = "4",
	 .validate = validate_even,
	 .doc = "d"},
	{.name = "path", .type = KEY_PATH, .doc = "d"},
	{.name = "wait", .type = KEY_DURATION, .fallback = "90s", .doc = "d"},
	{.name = "words",
	 .type = KEY_TEXT,
	 .shape = KEY_LIST,
	 .fallback = "[a, 'b c']",
	 .doc = "d"},
	{.name = "flag", .type = KEY_BOOLEAN, .fallback = "true", .doc = "d"},
	{.name = "server", .type = KEY_CHOICE, .words = server_words, .fallback = "ad", .doc = "d"},
	{.name = "inner", .type = KEY_TABLE, .keys = inner_keys, .fallback = "{}", .doc = "d"},
	{.name = "other", .type = KEY_TABLE, .keys = inner_keys, .doc = "d"},
	{.name = "names", .type = KEY_INTEGER, .shape = KEY_MAP, .doc = "d"},
	{.name = "secret", .type = KEY_SECRET, .doc = "d"},
	{.name = NULL},
};

struct state {
	struct arena arena;
	struct diagnostics diags;
	const struct settings *settings;
};

static void fill(struct state *s, const char *text)
{
	const struct fill_options options = {.folder = "/etc/x"};
	const struct yaml_node *root;

	*s = (struct state){0};
	root = yaml_parse(&s->arena, "t.yaml", str_of(text), &s->diags);
	assert_non_null(root);
	s->settings = settings_fill(&s->arena, root, keys, "top", &options, &s->diags);
}

static void end(struct state *s)
{
	diag_clear(&s->diags);
	arena_clear(&s->arena);
}

static void defaults_fill_what_is_not_written(void **unused)
{
	struct state s;
	const struct setting *items;
	size_t count;

	(void)unused;
	fill(&s, "{}");
	assert_int_equal(s.diags.errors, 0);
	assert_string_equal(setting_text(s.settings, "text").p, "");
	assert_null(setting_find(s.settings, "text"));
	assert_int_equal(setting_number(s.settings, "even"), 4);
	assert_int_equal(setting_number(s.settings, "wait"), 90);
	assert_true(setting_bool(s.settings, "flag"));
	assert_int_equal(setting_choice(s.settings, "server"), 3);
	assert_string_equal(setting_text(s.settings, "server").p, "ad");
	items = setting_items(s.settings, "words", &count);
	assert_int_equal(count, 2);
	assert_string_equal(items[1].text.p, "b c");
	assert_false(items[1].given);
	assert_string_equal(setting_text(setting_table(s.settings, "inner"), "deep").p, "below");
	assert_null(setting_table(s.settings, "other"));
	assert_null(setting_secret(s.settings, "secret"));
	items = setting_items(s.settings, "names", &count);
	assert_int_equal(count, 0);
	assert_string_equal(setting_place(s.settings, "even", &s.arena).p, "top.even (default)");
	assert_int_equal(setting_pos(s.settings, "even").line, 1);
	assert_null(setting_extra(s.settings, STR("zzz")));
	end(&s);
}

static void what_is_written_has_its_place(void **unused)
{
	struct state s;
	const struct setting *items;
	size_t count;

	(void)unused;
	fill(&s, "text: 12\neven: 8\nflag: false\nwords: []\n"
		 "names: {b: 2, a: 1}\ninner:\n  deep: x\nother:\npath: a/b\n");
	assert_int_equal(s.diags.errors, 0);
	assert_string_equal(setting_text(s.settings, "text").p, "12");
	assert_true(setting_given(s.settings, "flag"));
	assert_false(setting_bool(s.settings, "flag"));
	setting_items(s.settings, "words", &count);
	assert_int_equal(count, 0);
	items = setting_items(s.settings, "names", &count);
	assert_int_equal(count, 2);
	assert_true(str_equal(items[0].name, STR("b")) && items[0].number == 2);
	assert_string_equal(setting_place(setting_table(s.settings, "inner"), "deep", &s.arena).p,
			    "top.inner.deep at t.yaml:7:9");
	assert_null(setting_table(s.settings, "other"));
	assert_string_equal(setting_text(s.settings, "path").p, "/etc/x/a/b");
	assert_int_equal(setting_pos(s.settings, "even").column, 7);
	end(&s);
}

static void a_rows_own_check_is_asked(void **unused)
{
	struct state s;

	(void)unused;
	fill(&s, "even: 7\n");
	assert_int_equal(s.diags.errors, 1);
	assert_string_equal(s.diags.items.items[0].text, "'even': expected an even number, not 7");
	assert_int_equal(s.diags.items.items[0].pos.column, 7);
	assert_null(setting_find(s.settings, "even"));
	assert_int_equal(setting_number(s.settings, "even"), 0);
	end(&s);
}

static void durations_read_and_print(void **unused)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {{"0s", 0}, {"30s", 30}, {"15m", 900}, {"12h", 43200}, {"7d", 604800}};
	static const char *const bad[] = {"",
					  "s",
					  "30",
					  "-1s",
					  "1.5h",
					  "1w",
					  "1 h",
					  "1hh",
					  "+1s",
					  "0x1s",
					  "9223372036854775807d",
					  NULL};
	char text[DURATION_SIZE];
	int64_t seconds;

	(void)unused;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(duration_parse(str_of(good[i].text), &seconds));
		assert_int_equal(seconds, good[i].seconds);
		duration_print(seconds, text);
		assert_string_equal(text, good[i].text);
	}
	for (const char *const *word = bad; *word; word++)
		assert_false(duration_parse(str_of(*word), &seconds));
	duration_print(90, text);
	assert_string_equal(text, "90s");
	duration_print(7200, text);
	assert_string_equal(text, "2h");
}

static void files_of_their_own_have_tables_too(void **unused)
{
	char path[] = "/tmp/muster-table-XXXXXX";
	struct state s = {0};
	struct err err;
	int fd = mkstemp(path);

	(void)unused;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(file_replace(path, STR("text: x\npath: y\n"), 0600, &err), 0);
	s.settings = config_load_table(&s.arena, path, keys, &s.diags);
	assert_int_equal(s.diags.errors, 0);
	assert_string_equal(setting_text(s.settings, "path").p, "/tmp/y");
	assert_string_equal(s.settings->path, "");
	unlink(path);
	end(&s);
	s = (struct state){0};
	assert_null(config_load_table(&s.arena, path, keys, &s.diags));
	assert_int_equal(s.diags.errors, 1);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_fill_what_is_not_written),
		cmocka_unit_test(what_is_written_has_its_place),
		cmocka_unit_test(a_rows_own_check_is_asked),
		cmocka_unit_test(durations_read_and_print),
		cmocka_unit_test(files_of_their_own_have_tables_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
