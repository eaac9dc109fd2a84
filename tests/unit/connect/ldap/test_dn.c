/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of distinguished names, and names built from awkward values. */
#include "connect/ldap/session/dn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_key(const char *dn, const char *expected)
{
	struct buf fast = {0}, slow = {0}, again = {0};

	assert_true(dn_key(str_of(dn), &fast));
	assert_string_equal(fast.p ? fast.p : "", expected);
	assert_true(dn_key_parsed(str_of(dn), &slow));
	assert_string_equal(slow.p ? slow.p : "", expected);
	assert_true(dn_key(buf_str(&fast), &again));
	assert_string_equal(again.p ? again.p : "", expected);
	buf_clear(&fast);
	buf_clear(&slow);
	buf_clear(&again);
}

static void assert_no_key(str dn)
{
	struct buf key = {0};

	buf_text(&key, "kept");
	assert_false(dn_key(dn, &key));
	assert_string_equal(key.p, "kept");
	buf_clear(&key);
}

static void test_spellings_of_one_name(void **state)
{
	(void)state;
	assert_key("uid=ada,ou=people,dc=example,dc=com", "uid=ada,ou=people,dc=example,dc=com");
	assert_key("UID=Ada, OU = People ,DC=Example,  dc=com",
		   "uid=ada,ou=people,dc=example,dc=com");
	assert_key("cn=Ada   Maria  Lovelace,dc=x", "cn=ada maria lovelace,dc=x");
	assert_key("commonName=a,2.5.4.11=b,domainComponent=x", "cn=a,ou=b,dc=x");
	assert_key("OID.2.5.4.3=a,userid=b,0.9.2342.19200300.100.1.1=c", "cn=a,uid=b,uid=c");
	assert_key("givenName=a,gn=b", "givenname=a,givenname=b");
	/* Longer than what was written: the first room that a key gets would not do. */
	assert_key("gn=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,gn=b",
		   "givenname=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,"
		   "givenname=b");
	assert_key("", "");
}

static void test_escapes_have_one_form(void **state)
{
	(void)state;
	assert_key("cn=a\\,b,dc=x", "cn=a\\2cb,dc=x");
	assert_key("cn=a\\2Cb,dc=x", "cn=a\\2cb,dc=x");
	assert_key("cn=\\61bc,dc=x", "cn=abc,dc=x");
	assert_key("cn=\\ a\\ ,dc=x", "cn=a,dc=x");
	assert_key("cn=\\#a,dc=x", "cn=\\23a,dc=x");
	assert_key("cn=a#b,dc=x", "cn=a#b,dc=x");
	assert_key("cn=a=b,dc=x", "cn=a=b,dc=x");
	assert_key("cn=a\\+b\\\"c\\\\d\\<e\\>f\\;g,dc=x",
		   "cn=a\\2bb\\22c\\5cd\\3ce\\3ef\\3bg,dc=x");
	assert_key("cn=a\\0Ab,dc=x", "cn=a\\0ab,dc=x");
	assert_key("cn=#0403414243,dc=x", "cn=abc,dc=x");
	assert_key("cn=#020101,dc=x", "cn=#020101,dc=x");
}

static void test_letters_beyond_ascii(void **state)
{
	(void)state;
	assert_key("cn=Zo\xc3\x8b Gr\xc3\xb6\xc3\x9f"
		   "e,dc=x",
		   "cn=zo\xc3\xab gr\xc3\xb6\xc3\x9f"
		   "e,dc=x");
	assert_key("cn=\\C3\\89,dc=x", "cn=\xc3\xa9,dc=x");
}

static void test_parts_of_one_rdn_are_sorted(void **state)
{
	(void)state;
	assert_key("uid=b+cn=A,dc=x", "cn=a+uid=b,dc=x");
	assert_key("cn=A + uid=b,dc=x", "cn=a+uid=b,dc=x");
}

static void test_what_is_no_name(void **state)
{
	static char big[DN_LIMIT + 10];

	(void)state;
	assert_no_key(STR("ada"));
	assert_no_key(STR("=ada"));
	assert_no_key(STR("cn=a,,dc=x"));
	assert_no_key(STR("cn=a\\"));
	assert_no_key(STR("1a=x"));
	assert_no_key(STR("cn=a\0b,dc=x"));
	memset(big, 'a', sizeof big);
	memcpy(big, "cn=", 3);
	assert_no_key(str_make(big, sizeof big));
}

static void assert_round(str value)
{
	struct buf dn = {0};
	struct arena arena = {0};
	str type, back;

	buf_text(&dn, "cn=");
	dn_put_value(&dn, value);
	buf_text(&dn, ",ou=groups,dc=x");
	assert_true(dn_first(buf_str(&dn), &arena, &type, &back));
	assert_string_equal(type.p, "cn");
	assert_int_equal(back.n, value.n);
	assert_memory_equal(back.p, value.p, value.n);
	assert_true(str_equal(dn_parent(buf_str(&dn)), STR("ou=groups,dc=x")));
	buf_clear(&dn);
	arena_clear(&arena);
}

static void test_awkward_values_come_back(void **state)
{
	static const char *const values[] = {
		"plain", " lead", "trail ", " ",          "  ",          "#hash", "a#b",
		"a,b",   "a+b",   "a\"b",   "a\\b",       "a<b",         "a>b",   "a;b",
		"a=b",   "\n",    "a\nb",   "Zo\xc3\xab", ",+\"\\<>;=#", "\\,",   "\\2c",
	};

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		assert_round(str_of(values[i]));
}

static void test_parents(void **state)
{
	(void)state;
	assert_true(str_equal(dn_parent(STR("cn=a\\,b, dc=x")), STR("dc=x")));
	assert_true(str_equal(dn_parent(STR("cn=\"a,b\",dc=x")), STR("dc=x")));
	assert_true(str_equal(dn_parent(STR("dc=x")), STR("")));
	assert_true(str_equal(dn_parent(STR("cn=a\\")), STR("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings_of_one_name),
		cmocka_unit_test(test_escapes_have_one_form),
		cmocka_unit_test(test_letters_beyond_ascii),
		cmocka_unit_test(test_parts_of_one_rdn_are_sorted),
		cmocka_unit_test(test_what_is_no_name),
		cmocka_unit_test(test_awkward_values_come_back),
		cmocka_unit_test(test_parents),
	};

	return cmocka_run_group_tests_name("ldap_dn", tests, NULL, NULL);
}
