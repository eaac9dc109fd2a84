/* SPDX-License-Identifier: Apache-2.0 */
/* The table of attributes: spelling, characteristics of RFC 7643, and guesses for what was
 * mistyped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "expr/attribute.h"
#include "model/entry.h"

static void test_find(void **state)
{
	const struct attribute *a;

	(void)state;
	a = attribute_find(STR(""), STR("EXTERNALID"));
	assert_string_equal(a->name, "externalId");
	assert_true(a->exact);
	assert_string_equal(a->urn, "");
	a = attribute_find(STR(""), STR("userName"));
	assert_false(a->exact);
	assert_false(a->multiple);
	assert_true(attribute_find(STR(""), STR("password"))->secret);
	a = attribute_find(STR(""), STR("costcenter"));
	assert_string_equal(a->urn, ENTERPRISE_URN);
	assert_ptr_equal(a, attribute_find(STR(ENTERPRISE_URN), STR("costCenter")));
	assert_null(attribute_find(STR(ENTERPRISE_URN), STR("userName")));
	assert_null(attribute_find(STR(CORE_USER_URN), STR("costCenter")));
	assert_non_null(attribute_find(STR(CORE_GROUP_URN), STR("members")));
	assert_null(attribute_find(STR(""), STR("mail")));
	a = attribute_find(STR(""), STR("members"));
	assert_int_equal(attribute_find_part(a, STR("$ref"))->type, ATTRIBUTE_REFERENCE);
	assert_null(attribute_find_part(a, STR("primary")));
	assert_null(attribute_find_part(attribute_find(STR(""), STR("title")), STR("value")));
	assert_string_equal(schema_find(STR("URN:ietf:params:scim:schemas:core:2.0:user")),
			    CORE_USER_URN);
	assert_null(schema_find(STR("urn:x")));
}

static void test_guess(void **state)
{
	static const struct {
		const char *of, *word, *guess;
	} rows[] = {
		{NULL, "usrName", "userName"},
		{NULL, "usernaem", "userName"},
		{NULL, "email", "emails"},
		{NULL, "departmnt", "department"},
		{NULL, "actve", "active"},
		{NULL, "titel", "title"},
		{NULL, "i", "id"},
		{NULL, "xyzzy", NULL},
		{NULL, "", NULL},
		{"emails", "vlaue", "value"},
		{"emails", "TPYE", "type"},
		{"name", "firstName", NULL},
		{"name", "givenname1", "givenName"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct attribute *of =
			rows[i].of ? attribute_find(STR(""), str_of(rows[i].of)) : NULL;
		size_t best = SIZE_MAX;
		const char *guess = attribute_guess(of, str_of(rows[i].word), &best);

		if (!rows[i].guess != !guess || (guess && strcmp(guess, rows[i].guess) != 0))
			fail_msg("%s: %s", rows[i].word, guess ? guess : "nothing");
	}
}

static void test_nearer(void **state)
{
	size_t best = SIZE_MAX;

	(void)state;
	assert_true(str_nearer(STR("Paln"), STR("plan"), &best));
	assert_int_equal(best, 1); /* two letters swapped are one mistake */
	assert_false(str_nearer(STR("Paln"), STR("plan"), &best)); /* not nearer than itself */
	assert_true(str_nearer(STR("paln"), STR("paln"), &best));
	best = SIZE_MAX;
	assert_false(str_nearer(STR("ab"), STR("xy"), &best)); /* all of it would change */
	assert_false(str_nearer(STR(""), STR("a"), &best));
	assert_false(str_nearer(
		STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
		STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), &best));
	assert_int_equal(best, SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_guess),
		cmocka_unit_test(test_nearer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
