/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of server calls things: ids, locks, classes, filters, the default mapping. */
#include "connect/ldap/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_binary(const char *attribute, str value, const char *expected)
{
	struct buf text = {0};

	assert_true(server_is_binary(str_of(attribute)));
	if (expected) {
		assert_true(server_binary_text(str_of(attribute), value, &text));
		assert_string_equal(text.p, expected);
	} else {
		assert_false(server_binary_text(str_of(attribute), value, &text));
		assert_int_equal(text.n, 0);
	}
	buf_clear(&text);
}

static void test_guids_and_sids(void **state)
{
	const str guid = STR("\xf5\x5c\x8f\xfa\xac\x00\x18\x48\x81\x02\x03\x04\x05\x06\x07\x08");

	(void)state;
	assert_binary("objectGUID", guid, "fa8f5cf5-00ac-4818-8102-030405060708");
	assert_binary("OBJECTGUID", str_slice(guid, 0, 15), NULL);
	assert_binary("objectSid",
		      STR("\x01\x05\0\0\0\0\0\x05\x15\0\0\0\x01\x02\0\0\x03\0\0\0\xff\xff\xff\xff"
			  "\xf4\x01\0\0"),
		      "S-1-5-21-513-3-4294967295-500");
	assert_binary("objectSid", STR("\x01\x05\0\0\0\0\0\x05\x15\0\0\0"), NULL);
	assert_false(server_is_binary(STR("entryUUID")));
}

static void assert_id_filter(const char *attribute, const char *id, const char *expected)
{
	struct buf filter = {0};

	server_put_id_filter(attribute, str_of(id), &filter);
	assert_string_equal(filter.p, expected);
	buf_clear(&filter);
}

static void test_filters_find_ids(void **state)
{
	(void)state;
	assert_id_filter("entryUUID", "ab-1", "(entryUUID=ab-1)");
	assert_id_filter("entryUUID", "a*(b)\\\xc3\xa4", "(entryUUID=a\\2a\\28b\\29\\5c\\c3\\a4)");
	assert_id_filter(
		"objectGUID", "fa8f5cf5-00ac-4818-8102-030405060708",
		"(objectGUID=\\f5\\5c\\8f\\fa\\ac\\00\\18\\48\\81\\02\\03\\04\\05\\06\\07\\08)");
	assert_id_filter("objectGUID", "no-guid", "(objectGUID=no-guid)");
	assert_id_filter("objectGUID", "fa8f5cf5-00ac-4818-8102-0304050607081",
			 "(objectGUID=fa8f5cf5-00ac-4818-8102-0304050607081)");
}

static const int64_t NOW = 1800000000;

static void assert_locked(enum server_kind kind, const char *attribute, const char *value,
			  bool locked)
{
	assert_int_equal(server_says_locked(kind, str_of(attribute), str_of(value), NOW), locked);
}

static void test_locks(void **state)
{
	(void)state;
	assert_locked(SERVER_OPENLDAP, "pwdAccountLockedTime", "000001010000Z", true);
	assert_locked(SERVER_OPENLDAP, "pwdaccountlockedtime", "20260101000000Z", false);
	assert_locked(SERVER_OPENLDAP, "pwdEndTime", "20260101000000Z", true);
	assert_locked(SERVER_OPENLDAP, "pwdEndTime", "20990101000000Z", false);
	assert_locked(SERVER_OPENLDAP, "pwdEndTime", "soon", false);
	assert_locked(SERVER_389DS, "nsAccountLock", "TRUE", true);
	assert_locked(SERVER_389DS, "nsAccountLock", "false", false);
	assert_locked(SERVER_AD, "userAccountControl", "514", true);
	assert_locked(SERVER_AD, "userAccountControl", "512", false);
	assert_locked(SERVER_AD, "userAccountControl", "x", false);
	assert_locked(SERVER_AD, "accountExpires", "0", false);
	assert_locked(SERVER_AD, "accountExpires", "9223372036854775807", false);
	assert_locked(SERVER_AD, "accountExpires", "133000000000000000", true);
	assert_locked(SERVER_AD, "accountExpires", "154000000000000000", false);
}

static void test_classes(void **state)
{
	const struct group_class *names = group_class_find(STR("GROUPOFNAMES"));

	(void)state;
	assert_non_null(names);
	assert_string_equal(names->members, "member");
	assert_false(group_may_be_empty(SERVER_OPENLDAP, names));
	assert_true(group_may_be_empty(SERVER_389DS, names));
	assert_true(group_may_be_empty(SERVER_AD, group_class_find(STR("group"))));
	assert_false(group_class_find(STR("posixGroup"))->members_are_dns);
	assert_null(group_class_find(STR("top")));
}

/* What a read asks for and in which order, row by row. */
static void assert_defaults(bool ad, const char *expected)
{
	struct buf text = {0};

	for (const struct server_default *d = server_user_defaults; d->path; d++) {
		const char *attribute = ad ? d->ad_attribute : d->attribute;

		if (attribute)
			buf_printf(&text, "%s%s%s", text.n ? " " : "", attribute,
				   d->lower ? "|lower" : "");
	}
	assert_string_equal(text.p, expected);
	buf_clear(&text);
}

static void test_default_mapping_of_people(void **state)
{
	(void)state;
	assert_defaults(false,
			"mail|lower givenName sn displayName cn mail title telephoneNumber l "
			"preferredLanguage employeeType employeeNumber departmentNumber o manager");
	assert_defaults(true, "userPrincipalName|lower givenName sn displayName cn mail title "
			      "telephoneNumber l preferredLanguage employeeType employeeID "
			      "employeeNumber department division company manager");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guids_and_sids),
		cmocka_unit_test(test_filters_find_ids),
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_default_mapping_of_people),
	};

	return cmocka_run_group_tests_name("ldap_server", tests, NULL, NULL);
}
