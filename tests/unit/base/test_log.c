/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines as they reach stderr: levels, prefixes, one line a call, nothing that harms a terminal.
 */
#include "lib/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

static int saved = -1, pipe_ends[2];

static int setup(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_level_set(LOG_LEVEL_INFO);
	saved = dup(STDERR_FILENO);
	return pipe(pipe_ends) < 0 || dup2(pipe_ends[1], STDERR_FILENO) < 0;
}

static int teardown(void **state)
{
	(void)state;
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	log_before_set(NULL);
	unsetenv("JOURNAL_STREAM");
	return 0;
}

/* What was written since the last call; a mark at the end makes the read sure to return. */
static const char *written(void)
{
	static char text[5000];
	ssize_t n;

	assert_int_equal(write(pipe_ends[1], "$", 1), 1);
	n = read(pipe_ends[0], text, sizeof text - 1);
	assert_true(n > 0);
	text[n - 1] = '\0';
	return text;
}

static void test_levels(void **state)
{
	(void)state;
	log_error("crm", "lost %d", 3);
	assert_string_equal(written(), "error: crm: lost 3\n");
	log_warn(NULL, "x");
	assert_string_equal(written(), "warning: x\n");
	log_info("", "x");
	assert_string_equal(written(), "x\n");
	log_debug("a", "x");
	assert_string_equal(written(), "");
	assert_false(log_shows(LOG_LEVEL_DEBUG));
	log_level_set(LOG_LEVEL_DEBUG);
	log_debug("a", "x");
	assert_string_equal(written(), "debug: a: x\n");
	log_level_set(LOG_LEVEL_ERROR);
	log_warn("a", "x");
	assert_string_equal(written(), "");
}

static void test_journal_prefixes(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "8:12345", 1);
	log_level_set(LOG_LEVEL_DEBUG);
	log_error("a", "x");
	log_warn("a", "x");
	log_info("a", "x");
	log_debug("a", "x");
	assert_string_equal(written(), "<3>a: x\n<4>a: x\n<6>a: x\n<7>a: x\n");
}

static void test_one_line_a_call(void **state)
{
	(void)state;
	log_info("a\nb", "%s", "one\ntwo\x1b[0m\x7f");
	assert_string_equal(written(), "a b: one two [0m \n");
}

static void test_long_lines_are_cut(void **state)
{
	char wide[4000];
	str seen;

	(void)state;
	for (size_t shift = 0; shift < 3; shift++) {
		memset(wide, 'x', shift);
		for (size_t i = shift; i + 4 < sizeof wide; i += 3)
			memcpy(wide + i, "€", 4);
		log_info(NULL, "%s", wide);
		seen = str_of(written());
		assert_true(seen.n <= 2048);
		assert_true(str_is_utf8(seen));
		assert_true(str_ends(seen, STR("€...\n")));
	}
	memset(wide, 's', sizeof wide - 1);
	wide[sizeof wide - 1] = '\0';
	log_info(wide, "text");
	assert_true(str_ends(str_of(written()), STR("s...\n")));
}

static void step_aside(void)
{
	assert_int_equal(write(STDERR_FILENO, "|", 1), 1);
}

static void test_before_each_line(void **state)
{
	(void)state;
	log_before_set(step_aside);
	log_info("a", "x");
	log_debug("a", "not shown");
	assert_string_equal(written(), "|a: x\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_levels, setup, teardown),
		cmocka_unit_test_setup_teardown(test_journal_prefixes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_line_a_call, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_lines_are_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_before_each_line, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
