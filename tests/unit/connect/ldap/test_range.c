/* SPDX-License-Identifier: Apache-2.0 */
/* The ranges in which a server gives long lists of members, read to their end from a server of our
 * own that answers with what it was told. */
#include "connect/ldap/session/range.h"

#include "connect/ldap/session/session.h"
#include "unit/connect/ldap/stub.h"

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

static void collect_value(void *context, str value)
{
	buf_put(context, value);
	buf_char(context, ' ');
}

static enum range_end read_from(const struct stub_answer *answers, const struct range_query *query,
				struct buf *values, struct buf *asked)
{
	struct ldap_settings settings = {.timeout = 10};
	struct ldap_session session = {.settings = &settings, .url = "ldap://here"};
	enum range_end end;
	struct stub stub;

	stub_open(&stub, answers, &session.ld);
	assert_int_equal(range_read(&session, query, collect_value, values, &end, NULL), 0);
	stub_close(&stub, session.ld);
	buf_put(asked, buf_str(&stub.asked));
	buf_clear(&stub.asked);
	return end;
}

static void assert_read(const struct stub_answer *answers, const struct range_query *query,
			enum range_end end, const char *values, const char *asked)
{
	struct buf met_values = {0}, met_asked = {0};

	assert_int_equal(read_from(answers, query, &met_values, &met_asked), end);
	assert_string_equal(met_values.p ? met_values.p : "", values);
	assert_string_equal(met_asked.p, asked);
	buf_clear(&met_values);
	buf_clear(&met_asked);
}

static void test_a_list_is_read_to_its_end(void **state)
{
	static const struct stub_answer ranges[] = {
		{"member;range=0-1", {"cn=a", "cn=b"}},
		{"member;range=2-3", {"cn=c", "cn=d"}},
		{"member;range=4-*", {"cn=e"}},
	};
	static const struct stub_answer at_once[] = {{"memberUid", {"ada", "bob"}}};
	const struct range_query all = {"cn=eng,dc=x", "member", true, 0};
	const struct range_query tail = {"cn=eng,dc=x", "member", true, 2};
	const struct range_query plain = {"cn=eng,dc=x", "memberUid", false, 0};

	(void)state;
	assert_read(ranges, &all, RANGE_WHOLE, "cn=a cn=b cn=c cn=d cn=e ",
		    "member;range=0-*\nmember;range=2-*\nmember;range=4-*\n");
	assert_read(ranges + 1, &tail, RANGE_WHOLE, "cn=c cn=d cn=e ",
		    "member;range=2-*\nmember;range=4-*\n");
	assert_read(at_once, &plain, RANGE_WHOLE, "ada bob ", "memberUid\n");
}

static void test_a_list_without_an_end_is_cut(void **state)
{
	static const struct stub_answer circle[] = {
		{"member;range=0-1", {"cn=a", "cn=b"}},
		{"member;range=0-1", {"cn=a", "cn=b"}},
	};
	const struct range_query all = {"cn=eng,dc=x", "member", true, 0};

	(void)state;
	assert_read(circle, &all, RANGE_CUT, "cn=a cn=b cn=a cn=b ",
		    "member;range=0-*\nmember;range=2-*\n");
}

static void test_a_group_that_vanishes_is_gone(void **state)
{
	static const struct stub_answer vanishing[] = {
		{"member;range=0-1", {"cn=a", "cn=b"}},
		{NULL, {NULL}},
	};
	const struct range_query all = {"cn=eng,dc=x", "member", true, 0};

	(void)state;
	assert_read(vanishing, &all, RANGE_GONE, "cn=a cn=b ",
		    "member;range=0-*\nmember;range=2-*\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_a_list_is_read_to_its_end),
		cmocka_unit_test(test_a_list_without_an_end_is_cut),
		cmocka_unit_test(test_a_group_that_vanishes_is_gone),
	};

	return cmocka_run_group_tests_name("ldap_range", tests, NULL, NULL);
}
