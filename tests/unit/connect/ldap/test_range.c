/* SPDX-License-Identifier: Apache-2.0 */
/* The ranges in which a server gives long lists of members. */
#include "connect/ldap/session/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_ranges(void **state)
{
	uint64_t from = 7;

	(void)state;
	assert_true(range_parse(STR("member;range=0-1499"), &from));
	assert_int_equal(from, 1500);
	assert_true(range_parse(STR("Member;Range=1500-*"), &from));
	assert_int_equal(from, 0);
	assert_false(range_parse(STR("member"), &from));
	assert_false(range_parse(STR("member;range=1500"), &from));
	assert_false(range_parse(STR("member;range=0-x"), &from));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests_name("ldap_range", tests, NULL, NULL);
}
