/* SPDX-License-Identifier: Apache-2.0 */
/* The spool: views that stay, trimming that loses nothing, a folder that is not there, a full disk.
 */
#include "lib/unit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/spool.h"

static void test_put_and_read(void **state)
{
	struct spool *s = NULL;
	uint64_t places[3];
	struct err err;

	(void)state;
	assert_int_equal(spool_open(NULL, &s, &err), 0);
	assert_int_equal(spool_put(s, STR("one"), &places[0], &err), 0);
	assert_int_equal(spool_put(s, (str){NULL, 0}, &places[1], &err), 0);
	assert_int_equal(spool_put(s, STR("two"), &places[2], &err), 0);
	assert_str_equal(spool_at(s, places[0], 3), "one");
	assert_int_equal(places[1], 3);
	assert_str_equal(spool_at(s, places[2], 3), "two");
	assert_int_equal(spool_size(s), 6);
	spool_close(s);
	spool_close(NULL);
}

/* 40 MB: several steps of growth; early views must not move and trimmed pages must come back. */
static void test_views_stay_through_growth_and_trimming(void **state)
{
	enum { PIECE = 10007, PIECES = 4000 };
	static char piece[PIECE];
	struct spool *s = NULL;
	uint64_t place;
	struct err err;
	str first;

	(void)state;
	assert_int_equal(spool_open(NULL, &s, &err), 0);
	for (int i = 0; i < PIECES; i++) {
		memset(piece, 'a' + i % 26, sizeof piece);
		assert_int_equal(spool_put(s, str_make(piece, PIECE), &place, &err), 0);
		assert_int_equal(place, (uint64_t)i * PIECE);
		if (i == 0)
			first = spool_at(s, 0, PIECE);
	}
	spool_trim(s, spool_size(s));
	assert_ptr_equal(first.p, spool_at(s, 0, PIECE).p);
	for (int i = 0; i < PIECES; i++) {
		str seen = spool_at(s, (uint64_t)i * PIECE, PIECE);

		assert_int_equal(seen.p[0], 'a' + i % 26);
		assert_int_equal(seen.p[PIECE - 1], 'a' + i % 26);
	}
	spool_close(s);
}

static void test_one_piece_larger_than_a_step(void **state)
{
	size_t size = 20 * 1024 * 1024;
	char *large = malloc(size);
	struct spool *s = NULL;
	uint64_t place;
	struct err err;

	(void)state;
	memset(large, 'L', size);
	assert_int_equal(spool_open(NULL, &s, &err), 0);
	assert_int_equal(spool_put(s, str_make(large, size), &place, &err), 0);
	assert_int_equal(spool_at(s, place, size).p[size - 1], 'L');
	spool_close(s);
	free(large);
}

static void test_folders(void **state)
{
	struct spool *s = NULL;
	char folder[32];
	struct err err;

	(void)state;
	assert_int_equal(spool_open("/tmp/muster.not.there", &s, &err), -1);
	assert_int_equal(err.reach, REACH_RUN);
	assert_non_null(strstr(err.text, "/tmp/muster.not.there"));
	assert_null(s);
	folder_make(folder);
	setenv("TMPDIR", folder, 1);
	assert_int_equal(spool_open(NULL, &s, &err), 0);
	unsetenv("TMPDIR");
	/* Nothing is left to see: the folder is empty while the spool is open. */
	assert_int_equal(rmdir(folder), 0);
	spool_close(s);
}

static void fill_disk(void *data)
{
	static const char piece[64 * 1024];
	struct rlimit limit = {4 * 1024 * 1024, 4 * 1024 * 1024};
	struct spool *s = NULL;
	struct err err = {0};
	uint64_t place;
	int rc = 0;

	(void)data;
	signal(SIGXFSZ, SIG_IGN);
	if (spool_open(NULL, &s, &err) < 0 || setrlimit(RLIMIT_FSIZE, &limit) < 0)
		_exit(50);
	/* More than the limit in pieces of 64 KiB: the disk is full before the last of them. */
	for (int i = 0; i < 128 && rc == 0; i++)
		rc = spool_put(s, str_make(piece, sizeof piece), &place, &err);
	if (rc == 0)
		_exit(51);
	_exit(err.reach == REACH_RUN && strstr(err.text, "temporary file") ? 52 : 53);
}

static void test_a_full_disk_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(run_apart(fill_disk, NULL), 52);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_and_read),
		cmocka_unit_test(test_views_stay_through_growth_and_trimming),
		cmocka_unit_test(test_one_piece_larger_than_a_step),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
