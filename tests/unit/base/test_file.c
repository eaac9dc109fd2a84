/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: limits when reading, all or nothing when writing, a stop at each step. */
#include "lib/unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crashpoint.h"
#include "base/file.h"

static char folder[32], path[64];

static int setup(void **state)
{
	(void)state;
	folder_make(folder);
	snprintf(path, sizeof path, "%s/file", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	folder_remove(folder);
	return 0;
}

static void check_content(const char *text)
{
	struct buf b = {0};
	struct err err;

	assert_int_equal(file_read(path, 1000000, &b, &err), 0);
	assert_str_equal(buf_str(&b), text);
	buf_clear(&b);
}

static void test_write_and_read(void **state)
{
	struct stat st;
	struct err err;

	(void)state;
	assert_int_equal(file_replace(path, STR("first"), 0640, &err), 0);
	check_content("first");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(file_replace(path, STR(""), 0600, &err), 0);
	check_content("");
}

static void test_read_limit(void **state)
{
	struct buf b = {0};
	struct err err;
	static char large[200000];

	(void)state;
	memset(large, 'x', sizeof large);
	assert_int_equal(file_replace(path, str_make(large, sizeof large), 0600, &err), 0);
	assert_int_equal(file_read(path, sizeof large, &b, &err), 0);
	assert_int_equal(b.n, sizeof large);
	buf_reset(&b);
	assert_int_equal(file_read(path, sizeof large - 1, &b, &err), -1);
	assert_int_equal(err.code, CODE_DATA);
	buf_clear(&b);
}

static void test_what_is_not_there(void **state)
{
	struct buf b = {0};
	struct err err;

	(void)state;
	assert_int_equal(file_read("/tmp/muster.not.there", 10, &b, &err), -1);
	assert_int_equal(err.code, CODE_CONFIG);
	assert_non_null(strstr(err.text, "/tmp/muster.not.there"));
	assert_int_equal(file_read(folder, 10, &b, &err), -1);
	assert_int_equal(file_replace("/tmp/muster.not.there/x", STR("y"), 0600, &err), -1);
	assert_non_null(strstr(err.text, "/tmp/muster.not.there/x"));
	buf_clear(&b);
}

static void replace(void *step)
{
	struct err err;

	crashpoint_set(*(uint64_t *)step);
	file_replace(path, STR("new"), 0600, &err);
	_exit(0);
}

/* At whatever step it ends: the old content or the new, never a mixture. */
static void test_stops(void **state)
{
	static const char *const after[] = {"old", "new"};
	struct err err;

	(void)state;
	for (uint64_t step = 1; step <= 3; step++) {
		assert_int_equal(file_replace(path, STR("old"), 0600, &err), 0);
		assert_int_equal(run_apart(replace, &step), step <= 2 ? CRASHPOINT_EXIT : 0);
		check_content(after[step > 1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_write_and_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_not_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stops, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
