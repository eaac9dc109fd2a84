/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: taken, wiped, compared, and files of them that others must not be able to read. */
#include "lib/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

static void test_take(void **state)
{
	char original[] = "s3cret\r\n";
	struct secret *s = secret_take(original, sizeof original - 1);

	(void)state;
	assert_string_equal(secret_reveal(s), "s3cret");
	assert_int_equal(secret_size(s), 6);
	for (size_t i = 0; i < sizeof original; i++)
		assert_int_equal(original[i], 0);
	secret_free(s);
	secret_free(NULL);
}

static void test_only_line_ends_are_cut(void **state)
{
	char text[] = " a\nb \n\n";
	struct secret *s = secret_take(text, sizeof text - 1);

	(void)state;
	assert_string_equal(secret_reveal(s), " a\nb ");
	secret_free(s);
}

static void test_equal(void **state)
{
	(void)state;
	assert_true(secret_equal(STR("abc"), STR("abc")));
	assert_false(secret_equal(STR("abc"), STR("abd")));
	assert_false(secret_equal(STR("abc"), STR("ab")));
	assert_true(secret_equal(STR(""), STR("")));
}

static const char *write_file(const char *folder, const char *text, unsigned mode)
{
	static char path[100];
	int fd;

	snprintf(path, sizeof path, "%s/secret", folder);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

static void test_files(void **state)
{
	static const unsigned open_modes[] = {0640, 0604, 0620, 0602, 0610, 0666, 0660};
	struct secret *s = NULL;
	char folder[32];
	struct err err;

	(void)state;
	folder_make(folder);
	assert_int_equal(secret_read_file(write_file(folder, "tok-en\n", 0600), &s, &err), 0);
	assert_string_equal(secret_reveal(s), "tok-en");
	secret_free(s);
	s = NULL;
	assert_int_equal(secret_read_file(write_file(folder, "x", 0400), &s, &err), 0);
	secret_free(s);
	s = NULL;
	for (size_t i = 0; i < COUNT(open_modes); i++) {
		assert_int_equal(
			secret_read_file(write_file(folder, "tok-en", open_modes[i]), &s, &err),
			-1);
		assert_int_equal(err.code, CODE_CONFIG);
		assert_non_null(strstr(err.text, "chmod 0600"));
		assert_null(strstr(err.text, "tok-en"));
	}
	assert_int_equal(secret_read_file(write_file(folder, "", 0600), &s, &err), -1);
	assert_null(s);
	folder_remove(folder);
}

static void test_what_is_no_file(void **state)
{
	struct secret *s = NULL;
	char folder[32], path[100];
	struct err err;

	(void)state;
	folder_make(folder);
	assert_int_equal(secret_read_file(folder, &s, &err), -1);
	assert_non_null(strstr(err.text, "not a regular file"));
	snprintf(path, sizeof path, "%s/pipe", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(secret_read_file(path, &s, &err), -1);
	snprintf(path, sizeof path, "%s/none", folder);
	assert_int_equal(secret_read_file(path, &s, &err), -1);
	assert_non_null(strstr(err.text, path));
	assert_null(s);
	folder_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_only_line_ends_are_cut),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_what_is_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
