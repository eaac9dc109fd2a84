/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute paths: what they mean, how they are spelled, under which name an entry keeps them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "expr/filter.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define URN ENTERPRISE_URN

static const struct parse_rules ANY = {.any_attribute = true};

static void test_print(void **state)
{
	static const struct {
		const char *text, *printed, *base, *sub;
	} rows[] = {
		{"userName", "userName", "userName", ""},
		{" username ", "userName", "userName", ""},
		{"ID", "id", "id", ""},
		{"externalID", "externalId", "externalId", ""},
		{"password", "password", "password", ""},
		{"name.givenname", "name.givenName", "name", "givenName"},
		{"emails", "emails", "emails", ""},
		{"Emails.Value", "emails.value", "emails", "value"},
		{"emails[type eq \"work\"]", "emails[type eq \"work\"]", "emails", ""},
		{"emails[type EQ \"work\"].value", "emails[type eq \"work\"].value", "emails",
		 "value"},
		{"members[value eq \"x\"]", "members[value eq \"x\"]", "members", ""},
		{"members[value eq \"x\"].display", "members[value eq \"x\"].display", "members",
		 "display"},
		{"members.$REF", "members.$ref", "members", "$ref"},
		{"addresses[type eq \"work\" and primary eq true].postalcode",
		 "addresses[type eq \"work\" and primary eq true].postalCode", "addresses",
		 "postalCode"},
		{"department", URN ":department", URN ":department", ""},
		{"employeeNumber", URN ":employeeNumber", URN ":employeeNumber", ""},
		{"costcenter", URN ":costCenter", URN ":costCenter", ""},
		{"organization", URN ":organization", URN ":organization", ""},
		{"division", URN ":division", URN ":division", ""},
		{"manager", URN ":manager", URN ":manager", ""},
		{"manager.$ref", URN ":manager.$ref", URN ":manager", "$ref"},
		{URN ":department", URN ":department", URN ":department", ""},
		{"URN:ietf:params:scim:schemas:extension:enterprise:2.0:user:Manager.displayname",
		 URN ":manager.displayName", URN ":manager", "displayName"},
		{"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName", "name.familyName",
		 "name", "familyName"},
		{"urn:ietf:params:scim:schemas:core:2.0:Group:members", "members", "members", ""},
		{URN ".manager.value", URN ":manager.value", URN ":manager", "value"},
		{URN, URN, URN, ""},
		{"urn:ietf:params:scim:schemas:core:2.0:user", CORE_USER_URN, CORE_USER_URN, ""},
		{"urn:acme:2.0:Badge:colour", "urn:acme:2.0:Badge:colour",
		 "urn:acme:2.0:Badge:colour", ""},
		{"urn:acme:2.0:Badge:colour.shade", "urn:acme:2.0:Badge:colour.shade",
		 "urn:acme:2.0:Badge:colour", "shade"},
		{"urn:acme:2.0:Badge:colours[type eq \"x\"].shade",
		 "urn:acme:2.0:Badge:colours[type eq \"x\"].shade", "urn:acme:2.0:Badge:colours",
		 "shade"},
		{"http://schemas.example.com/2006/11/Group:level",
		 "http://schemas.example.com/2006/11/Group:level",
		 "http://schemas.example.com/2006/11/Group:level", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = {0};
		struct buf out = {0};
		struct path path, again;
		struct err err;

		if (path_parse(str_of(rows[i].text), &ANY, &arena, &path, &err))
			fail_msg("%s: %s", rows[i].text, err.text);
		path_print(&path, &out);
		assert_string_equal(out.p, rows[i].printed);
		assert_true(str_equal(path.base, str_of(rows[i].base)));
		assert_true(str_equal(path.sub, str_of(rows[i].sub)));
		assert_int_equal(path_parse(buf_str(&out), &ANY, &arena, &again, &err), 0);
		assert_true(path_equal(&path, &again));
		buf_clear(&out);
		arena_clear(&arena);
	}
}

static void test_known(void **state)
{
	struct arena arena = {0};
	struct path path;
	struct err err;

	(void)state;
	assert_int_equal(path_parse(STR("meta.created"), NULL, &arena, &path, &err), 0);
	assert_int_equal(path.attribute->type, ATTRIBUTE_COMPLEX);
	assert_int_equal(path.part->type, ATTRIBUTE_DATE);
	assert_true(path.part->exact);
	assert_int_equal(path_parse(STR("emails"), NULL, &arena, &path, &err), 0);
	assert_true(path.attribute->multiple);
	assert_false(path.attribute->exact);
	assert_null(path.part);
	assert_int_equal(path_parse(STR(URN), NULL, &arena, &path, &err), 0);
	assert_int_equal(path.name.n, 0);
	assert_true(str_equal(path.urn, STR(URN)));
	assert_int_equal(path_parse(STR("urn:acme:2.0:Badge:colour"), NULL, &arena, &path, &err),
			 0);
	assert_null(path.attribute);
	assert_true(str_equal(path.urn, STR("urn:acme:2.0:Badge")));
	arena_clear(&arena);
}

/* What a caller knows beside RFC 7643. */
static void test_further_names(void **state)
{
	const str names[] = {STR("dn"), STR("login")};
	const str schemas[] = {STR("urn:acme:2.0:Badge"), STR("urn:acme:2.0:Badge:Gold"),
			       STR("urn:acme:2.0")};
	const struct parse_rules rules = {
		.names = names, .name_count = 2, .schemas = schemas, .schema_count = 3};
	struct arena arena = {0};
	struct path path;
	struct err err;
	str name;

	(void)state;
	assert_int_equal(path_parse(STR("urn:ACME:2.0:badge"), &rules, &arena, &path, &err), 0);
	assert_int_equal(path.name.n, 0);
	assert_true(str_equal(path.urn, schemas[0]));
	assert_int_equal(path_parse(STR("urn:acme:2.0:Badge:Gold:x"), &rules, &arena, &path, &err),
			 0);
	assert_true(str_equal(path.urn, schemas[1]));
	assert_int_equal(path_parse(STR("urn:acme:2.0:Badge:x"), &rules, &arena, &path, &err), 0);
	assert_true(str_equal(path.urn, schemas[0]));
	assert_true(str_equal(path.name, STR("x")));
	assert_int_equal(path_canonical(STR("DN"), &rules, &arena, &name, &err), 0);
	assert_true(str_equal(name, STR("dn")));
	assert_int_equal(path_canonical(STR("logn"), &rules, &arena, &name, &err), -1);
	assert_non_null(strstr(err.text, "did you mean 'login'?"));
	arena_clear(&arena);
}

static void test_canonical(void **state)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{"userName", "userName"},
		{"USERNAME", "userName"},
		{"displayname", "displayName"},
		{"nickname", "nickName"},
		{"profileurl", "profileUrl"},
		{"usertype", "userType"},
		{"preferredlanguage", "preferredLanguage"},
		{"Locale", "locale"},
		{"TimeZone", "timezone"},
		{"Active", "active"},
		{"Title", "title"},
		{"externalid", "externalId"},
		{"schemas", "schemas"},
		{"name.honorificprefix", "name.honorificPrefix"},
		{"emails", "emails.value"},
		{"emails.value", "emails.value"},
		{"EMAILS[TYPE EQ \"Work\"]", "emails[type eq \"work\"].value"},
		{"EMAILS[TYPE EQ \"WORK\"].VALUE", "emails[type eq \"work\"].value"},
		{"emails[type eq \"work\"].primary", "emails[type eq \"work\"].primary"},
		{"emails[type eq \"Lab\"].value", "emails[type eq \"Lab\"].value"},
		{"phoneNumbers[type eq \"MOBILE\"]", "phoneNumbers[type eq \"mobile\"].value"},
		{"photos[type eq \"thumbnail\"].value", "photos[type eq \"thumbnail\"].value"},
		{"addresses[type eq \"work\"].streetaddress",
		 "addresses[type eq \"work\"].streetAddress"},
		{"addresses.country", "addresses.country"},
		{"groups", "groups.value"},
		{"groups.display", "groups.display"},
		{"members", "members.value"},
		{"roles", "roles.value"},
		{"entitlements", "entitlements.value"},
		{"ims[type eq \"Skype\"]", "ims[type eq \"skype\"].value"},
		{"x509certificates", "x509Certificates.value"},
		{"meta.lastmodified", "meta.lastModified"},
		{"department", URN ":department"},
		{"manager", URN ":manager.value"},
		{"manager.displayname", URN ":manager.displayName"},
		{"urn:ietf:params:scim:schemas:core:2.0:User:userName", "userName"},
		{URN ":COSTCENTER", URN ":costCenter"},
		{"urn:acme:2.0:Badge:colour", "urn:acme:2.0:Badge:colour"},
		{"urn:acme:2.0:Badge:colours[type eq \"x\"]",
		 "urn:acme:2.0:Badge:colours[type eq \"x\"].value"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = {0};
		struct err err;
		str name, again;

		if (path_canonical(str_of(rows[i].text), NULL, &arena, &name, &err))
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_string_equal(name.p, rows[i].name);
		assert_int_equal(path_canonical(name, NULL, &arena, &again, &err), 0);
		assert_true(str_equal(name, again));
		arena_clear(&arena);
	}
}

static void test_canonical_errors(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{"name",
		 "'name' consists of parts; expected one of name.formatted, name.familyName"},
		{"meta", "expected one of meta.resourceType"},
		{"addresses", "'addresses' consists of parts"},
		{"addresses[type eq \"work\"]", "'addresses' consists of parts"},
		{URN, "is a schema; expected an attribute of it"},
		{"emails[type eq \"work\" and primary eq true].value", "only one SUB eq \"TEXT\""},
		{"emails[type sw \"work\"].value", "only one SUB eq \"TEXT\""},
		{"emails[primary eq true].value", "only one SUB eq \"TEXT\""},
		{"emails[type pr]", "only one SUB eq \"TEXT\""},
		{"mail", "unknown attribute 'mail'"},
		{"attribtes", "unknown attribute 'attribtes'"},
		{"email", "did you mean 'emails'?"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = {0};
		struct err err;
		str name;

		assert_int_equal(path_canonical(str_of(rows[i].text), NULL, &arena, &name, &err),
				 -1);
		if (!strstr(err.text, rows[i].part))
			fail_msg("%s\n  wanted %s\n  got %s", rows[i].text, rows[i].part, err.text);
		assert_int_equal(err.code, CODE_DATA);
		arena_clear(&arena);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		uint32_t column;
		const char *part;
	} rows[] = {
		{"", 1, "expected an attribute name, met the end"},
		{"  ", 3, "expected an attribute name, met the end"},
		{"username eq", 10, "expected the end of the path, met 'eq'"},
		{"emails[type eq \"work\"].value.x", 29, "met '.x'"},
		{"emails[type eq \"work\"]value", 23, "expected the end of the path, met 'value'"},
		{"emails[type eq \"work\"][type pr]", 23, "expected the end of the path, met '['"},
		{"emails[type eq \"work\"", 22, "expected ']', met the end"},
		{"emails[type eq \"work", 16, "has no closing quote"},
		{"emails[type eq work]", 16, "expected a value"},
		{"emails[]", 8, "expected the name of a sub-attribute"},
		{"emails]", 7, "expected the end of the path, met ']'"},
		{".value", 1, "an attribute name"},
		{"emails.", 8, "the name of a sub-attribute, met the end"},
		{"emails..value", 8, "met '.value'"},
		{"name.first", 6, "unknown sub-attribute 'first' of 'name'"},
		{"name.givenNam", 6, "did you mean 'givenName'?"},
		{"usernam", 1, "did you mean 'userName'?"},
		{"title.x", 7, "'title' has no sub-attributes"},
		{"title[x pr]", 6, "'title' has no sub-attributes to choose by"},
		{URN ":", 60, "expected an attribute name after the schema URN"},
		{"urn:acme:", 10, "expected an attribute name after the schema URN"},
		{"a b", 1, "unknown attribute 'a'"},
		{"user/name", 5, "met '/name'"},
		{"emails[0].value", 8, "begins with a letter, met '0'"},
		{"\"userName\"", 1, "met '\"'"},
		{"userName,title", 9, "expected the end of the path, met ','"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = {0};
		struct path path;
		struct err err;

		if (path_parse(str_of(rows[i].text), NULL, &arena, &path, &err) == 0)
			fail_msg("accepted: %s", rows[i].text);
		if (err.column != rows[i].column || !strstr(err.text, rows[i].part))
			fail_msg("%s\n  wanted %u: %s\n  got %s", rows[i].text, rows[i].column,
				 rows[i].part, err.text);
		arena_clear(&arena);
	}
}

static void test_equal(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{"userName", "USERNAME", true},
		{"userName", "title", false},
		{"emails", "emails.value", false},
		{"department", URN ":Department", true},
		{"urn:acme:2.0:Badge:x", "URN:ACME:2.0:badge:X", true},
		{"urn:acme:2.0:Badge:x", "urn:acme:2.1:Badge:x", false},
		{"emails[type eq \"work\"]", "emails[TYPE eq \"WORK\"]", true},
		{"emails[type eq \"work\"]", "emails", false},
		{"emails[type eq \"work\"].value", "emails[type eq \"work\"].display", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = {0};
		struct path a, b;
		struct err err;

		assert_int_equal(path_parse(str_of(rows[i].a), NULL, &arena, &a, &err), 0);
		assert_int_equal(path_parse(str_of(rows[i].b), NULL, &arena, &b, &err), 0);
		assert_int_equal(path_equal(&a, &b), rows[i].equal);
		arena_clear(&arena);
	}
}

static void test_split(void **state)
{
	static const struct {
		const char *list;
		const char *parts[4];
	} rows[] = {
		{"", {NULL}},
		{"  ", {NULL}},
		{"userName", {"userName"}},
		{"userName, title ,id", {"userName", "title", "id"}},
		{"emails[type eq \"work\"],id", {"emails[type eq \"work\"]", "id"}},
		{"emails[type eq \"a,b]\\\",\"],id", {"emails[type eq \"a,b]\\\",\"]", "id"}},
		{"a,,b", {"a", "", "b"}},
		{"a,", {"a"}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		str rest = str_of(rows[i].list), part;
		size_t n = 0;

		for (; path_split(&rest, &part); n++) {
			assert_non_null(rows[i].parts[n]);
			assert_true(str_equal(part, str_of(rows[i].parts[n])));
		}
		assert_null(rows[i].parts[n]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_further_names),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_canonical_errors),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
