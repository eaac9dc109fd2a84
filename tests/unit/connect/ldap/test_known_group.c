/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection remembers of groups. */
#include "connect/ldap/known_group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_groups_are_known_by_their_id(void **state)
{
	const struct known_group eng = {.dn = STR("cn=eng,dc=x"), .has_empty_member = true};
	const struct known_group ops = {.dn = STR("cn=ops,dc=x")};
	struct known_groups groups = {0};

	(void)state;
	assert_null(known_groups_find(&groups, STR("1")));
	known_groups_put(&groups, STR("1"), &eng);
	known_groups_put(&groups, STR("2"), &ops);
	assert_true(str_equal(known_groups_find(&groups, STR("1"))->dn, eng.dn));
	assert_true(known_groups_find(&groups, STR("1"))->has_empty_member);
	assert_true(str_equal(known_groups_find(&groups, STR("2"))->dn, ops.dn));
	assert_null(known_groups_find(&groups, STR("3")));
	known_groups_clear(&groups);
	assert_null(known_groups_find(&groups, STR("1")));
	known_groups_clear(&groups);
}

static void test_a_put_and_a_rename_replace(void **state)
{
	const struct known_group before = {.dn = STR("cn=eng,dc=x"), .has_empty_member = true};
	const struct known_group after = {.dn = STR("cn=dev,dc=x")};
	struct known_groups groups = {0};

	(void)state;
	known_groups_rename(&groups, STR("1"), STR("cn=nobody,dc=x"));
	assert_null(known_groups_find(&groups, STR("1")));
	known_groups_put(&groups, STR("1"), &before);
	known_groups_rename(&groups, STR("1"), STR("cn=lab,dc=x"));
	assert_true(str_equal(known_groups_find(&groups, STR("1"))->dn, STR("cn=lab,dc=x")));
	assert_true(known_groups_find(&groups, STR("1"))->has_empty_member);
	known_groups_put(&groups, STR("1"), &after);
	assert_true(str_equal(known_groups_find(&groups, STR("1"))->dn, after.dn));
	assert_false(known_groups_find(&groups, STR("1"))->has_empty_member);
	known_groups_clear(&groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups_are_known_by_their_id),
		cmocka_unit_test(test_a_put_and_a_rename_replace),
	};

	return cmocka_run_group_tests_name("ldap_known_group", tests, NULL, NULL);
}
