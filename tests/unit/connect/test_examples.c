/* SPDX-License-Identifier: Apache-2.0 */
/* What is printed or shipped as a configuration to start from is one: with every connector there
 * is. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "connect/connect.h"
#include "lib/uncomment.h"

/* -1 with the faults on stderr. `judged`: the connectors have their say too. */
static int check(const char *name, str text, bool judged)
{
	struct arena arena = {0};
	size_t count;
	const struct kind *all = connector_kinds(&arena, &count);
	struct kind *kinds = arena_array(&arena, struct kind, count);
	struct diagnostics diags = {0};
	struct config *config = NULL;
	int rc;

	memcpy(kinds, all, count * sizeof *kinds);
	for (size_t i = 0; i < count && !judged; i++)
		kinds[i].validate = NULL;
	rc = text.p ? config_parse(name, text, kinds, count, &config, &diags)
		    : config_load(name, kinds, count, &config, &diags);

	diag_print(&diags, stderr, false);
	config_free(config);
	diag_clear(&diags);
	arena_clear(&arena);
	return rc;
}

static void the_example_is_good_as_it_is_and_in_full(void **unused)
{
	struct arena arena = {0};
	size_t count, n = 0;
	const struct kind *kinds = connector_kinds(&arena, &count);
	char *text = NULL;
	FILE *to = open_memstream(&text, &n);
	struct buf all = {0};

	(void)unused;
	config_print_example(to, kinds, count);
	fclose(to);
	assert_int_equal(check("example", str_make(text, n), true), 0);
	uncomment_all(str_make(text, n), &all);
	/* In full it has one way to authenticate beside the other, which only its connector minds.
	 */
	assert_int_equal(check("example in full", buf_str(&all), false), 0);
	buf_clear(&all);
	free(text);
	arena_clear(&arena);
}

static void every_configuration_that_is_shipped_is_good(void **unused)
{
	glob_t found;

	(void)unused;
	assert_int_equal(glob("conf/*-to-*.yaml", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 2);
	for (size_t i = 0; i < found.gl_pathc; i++)
		assert_int_equal(check(found.gl_pathv[i], (str){NULL, 0}, true), 0);
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_is_good_as_it_is_and_in_full),
		cmocka_unit_test(every_configuration_that_is_shipped_is_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
