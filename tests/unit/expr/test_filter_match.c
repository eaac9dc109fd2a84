/* SPDX-License-Identifier: Apache-2.0 */
/* Filters against entries: the same questions to flat fields and to a JSON document, through one
 * interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "expr/filter.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define URN ENTERPRISE_URN

static const struct parse_rules ANY = {.lenient = true, .any_attribute = true};

static const struct {
	const char *name, *value;
} FIELDS[] = {
	{"id", "2819c223-7F76"},
	{"externalId", "Bjensen-1"},
	{"userName", "bjensen@Example.com"},
	{"name.familyName", "Jensen"},
	{"name.givenName", "Bärbel"},
	{"displayName", "ÉMILE ΣΊΣΥΦΟΣ Ж"},
	{"title", "Tour Guide, Lead"},
	{"nickName", ""},
	{"active", "true"},
	{"emails[type eq \"work\"].value", "bj@work.example"},
	{"emails[type eq \"work\"].primary", "true"},
	{"emails[type eq \"home\"].value", "bj@home.example"},
	{"phoneNumbers.value", "+49 30 1"},
	{"phoneNumbers.display", "desk"},
	{"phoneNumbers.value", "+49 30 2"},
	{"phoneNumbers.display", "lab"},
	{"roles.value", "editor"},
	{"meta.created", "2011-05-13T04:42:34.25Z"},
	{"meta.version", "W/\"A1\""},
	{URN ":department", "Sales"},
	{URN ":manager.value", "26118915"},
	{URN ":manager.displayName", "John Smith"},
	{"level", "12"},
};

static const char DOCUMENT[] =
	"{\"id\":\"2819c223-7F76\",\"externalId\":\"Bjensen-1\",\"userName\":"
	"\"bjensen@Example.com\",\"name\":{\"familyName\":\"Jensen\",\"givenName\":\"Bärbel\"},"
	"\"displayName\":\"ÉMILE ΣΊΣΥΦΟΣ Ж\",\"title\":\"Tour Guide, Lead\",\"nickName\":\"\","
	"\"active\":true,\"emails\":[{\"type\":\"work\",\"value\":\"bj@work.example\",\"primary\":"
	"true},{\"type\":\"home\",\"value\":\"bj@home.example\"}],"
	"\"phoneNumbers\":[{\"value\":\"+49 30 1\",\"display\":\"desk\"},{\"value\":\"+49 30 "
	"2\",\"display\":\"lab\"}],\"roles\":[{\"value\":\"editor\"}],"
	"\"groups\":[{\"value\":\"g1\",\"display\":\"Staff\"},{\"value\":\"g2\",\"display\":\"eng-"
	"core\"}],\"meta\":{\"created\":\"2011-05-13T04:42:34.25Z\",\"version\":\"W/\\\"A1\\\"\"},"
	"\"" URN "\":{\"department\":\"Sales\",\"manager\":{\"value\":\"26118915\","
	"\"displayName\":\"John Smith\"}},\"level\":12,\"userType\":null,\"ims\":[]}";

/* A view over a JSON document, as a SCIM service would have it. */
struct json_view {
	struct filter_view view;
	json_t *document;
};

static json_t *member(json_t *object, str name)
{
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		if (str_equal_nocase(str_of(key), name))
			return value;
	}
	return NULL;
}

/* The attribute that the path names, in the extension's object if it has a URN. */
static json_t *attribute_of(const struct filter_view *view, const struct path *path)
{
	const struct json_view *json = (const struct json_view *)view;
	json_t *from = path->urn.n ? member(json->document, path->urn) : json->document;

	return from ? member(from, path->name) : NULL;
}

static json_t *nth(json_t *value, size_t at)
{
	if (json_is_array(value))
		return json_array_get(value, at);
	return at == 0 ? value : NULL;
}

static bool json_element(const struct filter_view *view, const struct path *path, size_t *at,
			 struct filter_element *ret)
{
	json_t *element = nth(attribute_of(view, path), *at);

	++*at;
	*ret = (struct filter_element){.p = element};
	return element;
}

static struct filter_value scalar(json_t *value)
{
	if (json_is_string(value))
		return (struct filter_value){.kind = VALUE_TEXT,
					     .text = str_of(json_string_value(value))};
	if (json_is_boolean(value))
		return (struct filter_value){.kind = VALUE_BOOLEAN,
					     .truth = json_boolean_value(value)};
	if (json_is_number(value))
		return (struct filter_value){.kind = VALUE_NUMBER,
					     .number = json_number_value(value)};
	return (struct filter_value){.kind = VALUE_NULL};
}

static bool json_value(const struct filter_view *view, const struct filter_element *inside,
		       const struct path *path, size_t *at, struct filter_value *ret)
{
	json_t *value;

	if (inside) {
		/* What jansson hands out is not changed here. */
		value = *at == 0 ? member((json_t *)(uintptr_t)inside->p, path->name) : NULL;
	} else {
		value = nth(attribute_of(view, path), *at);
		if (json_is_object(value) && path->sub.n)
			value = member(value, path->sub) ? member(value, path->sub) : json_null();
	}
	++*at;
	if (!value)
		return false;
	*ret = scalar(value);
	/* Present as a whole. */
	if (json_is_object(value) && json_object_size(value))
		*ret = (struct filter_value){.kind = VALUE_BOOLEAN, .truth = true};
	return true;
}

static bool match_json(const struct filter *filter)
{
	struct json_view json = {.view = {.value = json_value, .element = json_element}};
	bool matches;

	json.document = json_loads(DOCUMENT, 0, NULL);
	assert_non_null(json.document);
	matches = filter_match(filter, &json.view);
	json_decref(json.document);
	return matches;
}

static bool match_flat(const struct filter *filter)
{
	static const str displays[] = {{"Staff", 5}, {"eng-core", 8}};
	static const str values[] = {{"g1", 2}, {"g2", 2}};
	const struct filter_list lists[] = {{STR("groups"), STR("display"), displays, 2},
					    {STR("groups"), STR("value"), values, 2}};
	struct field fields[COUNT(FIELDS)];
	struct flat_view flat = flat_view_of(fields, COUNT(fields), lists, COUNT(lists));

	for (size_t i = 0; i < COUNT(FIELDS); i++)
		fields[i] = (struct field){str_of(FIELDS[i].name), str_of(FIELDS[i].value)};
	return filter_match(filter, &flat.view);
}

struct row {
	const char *text;
	bool matches;
};

static void expect_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct arena arena = {0};
		const struct filter *filter;
		struct err err;

		if (filter_parse(str_of(rows[i].text), &ANY, &arena, &filter, &err))
			fail_msg("%s: %s", rows[i].text, err.text);
		if (match_flat(filter) != rows[i].matches)
			fail_msg("flat: %s should be %d", rows[i].text, rows[i].matches);
		if (match_json(filter) != rows[i].matches)
			fail_msg("json: %s should be %d", rows[i].text, rows[i].matches);
		arena_clear(&arena);
	}
}

static void test_texts(void **state)
{
	static const struct row rows[] = {
		{"userName eq \"BJENSEN@example.COM\"", true},
		{"userName eq \"bjensen@example.co\"", false},
		{"userName eq \"bjensen@example.comm\"", false},
		{"userName ne \"BJENSEN@example.COM\"", false},
		{"userName ne \"x\"", true},
		{"userName sw \"BJ\"", true},
		{"userName sw \"J\"", false},
		{"userName sw \"bjensen@example.com\"", true},
		{"userName sw \"bjensen@example.com1\"", false},
		{"userName ew \".COM\"", true},
		{"userName ew \"com.\"", false},
		{"userName co \"@EXAMPLE\"", true},
		{"userName co \"@@\"", false},
		{"userName co \"\"", true},
		{"userName sw \"\"", true},
		{"userName gt \"bj\"", true},
		{"userName gt \"BJENSEN@EXAMPLE.COM\"", false},
		{"userName ge \"BJENSEN@EXAMPLE.COM\"", true},
		{"userName le \"BJENSEN@EXAMPLE.COM\"", true},
		{"userName lt \"c\"", true},
		{"userName lt \"a\"", false},
		/* beyond ASCII */
		{"name.givenName eq \"bÄRBEL\"", true},
		{"name.givenName co \"ÄRB\"", true},
		{"name.givenName sw \"BÄ\"", true},
		{"name.givenName eq \"Barbel\"", false},
		{"displayName eq \"émile σίσυφος ж\"", true},
		{"displayName ew \"ς Ж\"", true},
		{"displayName co \"ίσυ\"", true},
		{"displayName co \"ίσυφω\"", false},
		/* exact ones */
		{"id eq \"2819c223-7F76\"", true},
		{"id eq \"2819c223-7f76\"", false},
		{"id ne \"2819c223-7f76\"", true},
		{"id co \"7f\"", false},
		{"id co \"7F\"", true},
		{"id sw \"2819C\"", false},
		{"id ew \"76\"", true},
		{"id gt \"2819\"", true},
		{"externalId eq \"bjensen-1\"", false},
		{"externalId eq \"Bjensen-1\"", true},
		{"meta.version eq \"W/\\\"a1\\\"\"", false},
		{"meta.version eq \"W/\\\"A1\\\"\"", true},
		/* extension */
		{"department eq \"SALES\"", true},
		{URN ":department eq \"sales\"", true},
		{"manager eq \"26118915\"", true},
		{"manager.displayName sw \"john\"", true},
		{"manager[value eq \"26118915\" and displayName co \"smith\"]", true},
		{"manager[value eq \"26118915\" and displayName co \"jones\"]", false},
		{"costCenter pr", false},
		{"department eq \"sale\"", false},
		/* repeated beginnings inside the text */
		{"phoneNumbers co \"30 2\"", true},
		{"title co \"e, le\"", true},
		{"title co \"guide, lead!\"", false},
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void test_presence(void **state)
{
	static const struct row rows[] = {
		{"title pr", true},
		{"locale pr", false},
		{"nickName pr", false},
		{"userType pr", false},
		{"name pr", true},
		{"name.familyName pr", true},
		{"name.middleName pr", false},
		{"emails pr", true},
		{"emails.value pr", true},
		{"emails.display pr", false},
		{"ims pr", false},
		{"photos pr", false},
		{"groups pr", true},
		{"manager pr", true},
		{"active pr", true},
		{"not (locale pr)", true},
		/* null is the absence of a value */
		{"locale eq null", true},
		{"nickName eq null", true},
		{"title eq null", false},
		{"title ne null", true},
		{"locale ne null", false},
		{"userType eq null", true},
		/* what is absent is not equal to anything */
		{"locale eq \"x\"", false},
		{"locale ne \"x\"", true},
		{"locale co \"\"", false},
		{"locale gt \"\"", false},
		{"locale lt \"z\"", false},
		{"userType ne \"Employee\"", true},
		{"not (locale eq \"x\")", true},
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void test_booleans_numbers_dates(void **state)
{
	static const struct row rows[] = {
		{"active eq true", true},
		{"active eq false", false},
		{"active ne false", true},
		{"active ne true", false},
		{"active eq \"True\"", true},
		{"emails.primary eq true", true},
		{"emails.primary eq false", false},
		{"level eq 12", true},
		{"level eq 12.0", true},
		{"level eq \"12\"", true},
		{"level ne 12", false},
		{"level gt 9", true},
		{"level gt 12", false},
		{"level ge 12", true},
		{"level lt 1e2", true},
		{"level le -5", false},
		{"level sw 1", true},
		{"level eq true", false},
		{"title gt 5", true},
		{"meta.created gt \"2011-05-13T04:42:34Z\"", true},
		{"meta.created ge \"2011-05-13T04:42:34.25Z\"", true},
		{"meta.created gt \"2011-05-13T04:42:34.25Z\"", false},
		{"meta.created gt \"2011-05-13T04:42:34.2499999Z\"", true},
		{"meta.created lt \"2011-05-13T04:42:34.3Z\"", true},
		{"meta.created eq \"2011-05-13T06:42:34.250+02:00\"", true},
		{"meta.created eq \"2011-05-12T20:42:34.25-08:00\"", true},
		{"meta.created ne \"2011-05-13T04:42:34.25Z\"", false},
		{"meta.created le \"2011-05-13T04:42:34Z\"", false},
		{"meta.created gt 2010-10-10T14:38:21.8617979-07:00", true},
		{"meta.created gt 2015-10-10T14:38:21.86-07:00", false},
		{"meta.created lt \"2011-05-14\"", true},
		{"meta.created lt \"2011-05-13\"", false},
		{"meta.created sw \"2011-05\"", true},
		{"meta.lastModified gt \"2011-05-13T04:42:34Z\"", false},
		{"meta.lastModified ne \"2011-05-13T04:42:34Z\"", true},
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void test_several_values(void **state)
{
	static const struct row rows[] = {
		{"emails eq \"bj@home.example\"", true},
		{"emails.value eq \"bj@home.example\"", true},
		{"emails co \"work\"", true},
		{"emails.type eq \"work\"", true},
		{"emails.type eq \"other\"", false},
		{"emails[type eq \"work\"]", true},
		{"emails[type eq \"WORK\"]", true},
		{"emails[type eq \"other\"]", false},
		{"emails[type eq \"work\" and value co \"@work\"]", true},
		{"emails[type eq \"work\" and value co \"@home\"]", false},
		{"emails[type eq \"home\" and value co \"@home\"]", true},
		{"emails[type eq \"home\" and primary eq true]", false},
		{"emails[type eq \"work\" and primary eq true]", true},
		{"emails[primary eq true].value ew \"work.example\"", true},
		{"emails[primary eq true].value ew \"home.example\"", false},
		{"emails[not (type eq \"work\")].value sw \"bj@home\"", true},
		{"emails[type eq \"work\"].value eq \"bj@work.example\"", true},
		{"emails[type eq \"work\"].value eq \"bj@home.example\"", false},
		{"emails[type eq \"work\"].value ne \"bj@home.example\"", true},
		{"emails[type eq \"other\"].value ne \"x\"", true},
		{"emails[type eq \"other\"].value pr", false},
		{"emails[type eq \"home\"].primary pr", false},
		{"emails[type eq \"home\" or type eq \"other\"]", true},
		/* ne: no value may be equal */
		{"emails ne \"bj@home.example\"", false},
		{"emails ne \"x\"", true},
		{"groups.display ne \"staff\"", false},
		/* elements without a type */
		{"phoneNumbers[value eq \"+49 30 1\" and display eq \"desk\"]", true},
		{"phoneNumbers[value eq \"+49 30 1\" and display eq \"lab\"]", false},
		{"phoneNumbers[value eq \"+49 30 2\" and display eq \"lab\"]", true},
		{"phoneNumbers[display eq \"lab\"].value ew \"2\"", true},
		{"phoneNumbers[display eq \"lab\"].value ew \"1\"", false},
		{"phoneNumbers[type eq \"work\"]", false},
		{"roles eq \"editor\"", true},
		{"roles[value eq \"editor\"]", true},
		/* groups come as lists */
		{"groups.display eq \"staff\"", true},
		{"groups.display eq \"ops\"", false},
		{"groups eq \"g2\"", true},
		{"groups.value eq \"g3\"", false},
		{"groups[value eq \"g1\" and display eq \"staff\"]", true},
		{"groups[value eq \"g2\" and display eq \"staff\"]", false},
		{"groups[display sw \"eng-\"].value eq \"g2\"", true},
		{"groups[display sw \"eng-\"].value eq \"g1\"", false},
		{"groups[type eq \"direct\"]", false},
		{"name[familyName eq \"jensen\" and givenName sw \"b\"]", true},
		{"name[familyName eq \"jensen\" and givenName sw \"x\"]", false},
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void test_connectives(void **state)
{
	static const struct row rows[] = {
		{"active eq true and groups.display eq \"staff\"", true},
		{"active eq true and groups.display eq \"ops\"", false},
		{"active eq false or groups.display eq \"staff\"", true},
		{"active eq false and title pr or id pr", true},
		{"active eq false and (title pr or id pr)", false},
		{"id pr or title pr and active eq false", true},
		{"(id pr or title pr) and active eq false", false},
		{"not (active eq false) and title pr", true},
		{"not (active eq false and title pr)", true},
		{"not (active eq true or title pr)", false},
		{"title co \"lead\" and not (userName sw \"svc-\") and department eq \"sales\"",
		 true},
		{"locale pr or photos pr or ims pr or level eq 12", true},
		{"locale pr or photos pr or ims pr or level eq 13", false},
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

/* Fields in other orders, doubled selectors, names that only look alike. */
static void test_flat_shapes(void **state)
{
	static const struct {
		const char *fields[12]; /* name, value, ... */
		const char *filter;
		bool matches;
	} rows[] = {
		{{"userNameX", "a"}, "userName pr", false},
		{{"emailsX.value", "a"}, "emails pr", false},
		{{"emails.valueX", "a"}, "emails eq \"a\"", false},
		{{"roles", "admin"}, "roles eq \"admin\"", true},
		{{"roles", "admin"}, "roles[value eq \"admin\"]", true},
		{{"emails[type eq \"work\"", "a"}, "emails pr", false},
		{{"emails[type eq \"work\"]x", "a"}, "emails pr", false},
		{{"emails[type eq \"a.b]c\"].value", "v"}, "emails.type eq \"a.b]c\"", true},
		{{"emails[primary eq true].value", "v"}, "emails[value eq \"v\"]", true},
		{{"emails[type eq \"work\"].value", "1", "emails[type eq \"work\"].display", "one",
		  "emails[type eq \"work\"].value", "2", "emails[type eq \"work\"].display", "two"},
		 "emails[value eq \"2\" and display eq \"two\" and type eq \"work\"]",
		 true},
		{{"emails[type eq \"work\"].value", "1", "emails[type eq \"work\"].display", "one",
		  "emails[type eq \"work\"].value", "2", "emails[type eq \"work\"].display", "two"},
		 "emails[value eq \"2\" and display eq \"one\"]",
		 false},
		/* groups of two types, their fields mixed */
		{{"emails[type eq \"work\"].value", "w", "emails[type eq \"home\"].value", "h",
		  "title", "t", "emails[type eq \"work\"].display", "W",
		  "emails[type eq \"home\"].display", "H"},
		 "emails[value eq \"w\" and display eq \"W\" and not (type eq \"home\")]",
		 true},
		{{"emails[type eq \"work\"].value", "w", "emails[type eq \"home\"].value", "h",
		  "title", "t", "emails[type eq \"work\"].display", "W",
		  "emails[type eq \"home\"].display", "H"},
		 "emails[value eq \"w\" and display eq \"H\"]",
		 false},
		{{"members.value", "a", "members.value", "b", "members.display", "B"},
		 "members[value eq \"b\" and display eq \"B\"]",
		 true},
		{{"members.value", "a", "members.value", "b", "members.display", "B"},
		 "members[value eq \"a\" and display eq \"B\"]",
		 false},
		{{"employeetype", "x"}, "employeeType eq \"X\"", true},
		{{"urn:acme:2.0:Badge:colour.shade", "dark"},
		 "urn:acme:2.0:badge:COLOUR.shade eq \"dark\"",
		 true},
		{{"urn:acme:2.0:Badge:colour.shade", "dark", "urn:acme:2.0:Badge:colour.name",
		  "red"},
		 "urn:acme:2.0:Badge:colour[shade eq \"dark\" and name eq \"red\"]",
		 true},
		{{"active", "TRUE"}, "active eq true", true},
		{{"active", "1"}, "active eq true", false},
		{{"meta.created", "20110513044234Z"},
		 "meta.created eq \"2011-05-13T04:42:34Z\"",
		 true},
		{{"meta.created", "soon"}, "meta.created gt \"2011-05-13T04:42:34Z\"", false},
		{{"title", "\xff\xfe"}, "title co \"a\"", false},
		{{"title", "caf\xc3"}, "title sw \"CAF\"", true},
		{{NULL}, "title pr", false},
		{{NULL}, "emails[type pr]", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = {0};
		const struct filter *filter;
		struct field fields[6];
		struct flat_view flat;
		struct err err;
		size_t n = 0;

		for (; n < 6 && rows[i].fields[2 * n]; n++)
			fields[n] = (struct field){str_of(rows[i].fields[2 * n]),
						   str_of(rows[i].fields[2 * n + 1])};
		flat = flat_view_of(fields, n, NULL, 0);
		assert_int_equal(filter_parse(str_of(rows[i].filter), &ANY, &arena, &filter, &err),
				 0);
		if (filter_match(filter, &flat.view) != rows[i].matches)
			fail_msg("row %zu: %s should be %d", i, rows[i].filter, rows[i].matches);
		arena_clear(&arena);
	}
}

/* A needle made to trouble a naive search, in a text made to trouble it: a second pass would take
 * minutes. */
static void test_search_is_linear(void **state)
{
	enum { SIZE = 1 << 20, NEEDLE = 2000 };
	struct arena arena = {0};
	struct buf text = {0}, value = {0};
	const struct filter *filter;
	struct flat_view flat;
	struct field field;
	struct err err;

	(void)state;
	buf_text(&text, "title co \"");
	for (size_t i = 0; i < NEEDLE; i++)
		buf_char(&text, 'A');
	buf_text(&text, "b\"");
	for (size_t i = 0; i < SIZE; i++)
		buf_char(&value, 'a');
	assert_int_equal(filter_parse(buf_str(&text), NULL, &arena, &filter, &err), 0);
	field = (struct field){STR("title"), buf_str(&value)};
	flat = flat_view_of(&field, 1, NULL, 0);
	assert_false(filter_match(filter, &flat.view));
	buf_char(&value, 'B');
	field.value = buf_str(&value);
	assert_true(filter_match(filter, &flat.view));
	buf_clear(&text);
	buf_clear(&value);
	arena_clear(&arena);
}

static void test_lists_of_unequal_length(void **state)
{
	static const str displays[] = {{"a", 1}, {"b", 1}}, values[] = {{"1", 1}};
	const struct filter_list lists[] = {{STR("members"), STR("type"), NULL, 0},
					    {STR("groups"), STR("value"), values, 1},
					    {STR("groups"), STR("display"), displays, 2}};
	static const struct row rows[] = {
		{"groups[display eq \"b\"]", true},
		{"groups[display eq \"b\"].value pr", false},
		{"groups[display eq \"a\"].value pr", true},
		{"groups.display eq \"b\"", true},
		{"members pr", false},
		{"groups[value eq \"1\" and display eq \"a\"]", true},
	};
	struct flat_view flat = flat_view_of(NULL, 0, lists, COUNT(lists));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = {0};
		const struct filter *filter;
		struct err err;

		assert_int_equal(filter_parse(str_of(rows[i].text), NULL, &arena, &filter, &err),
				 0);
		if (filter_match(filter, &flat.view) != rows[i].matches)
			fail_msg("%s should be %d", rows[i].text, rows[i].matches);
		arena_clear(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_presence),
		cmocka_unit_test(test_booleans_numbers_dates),
		cmocka_unit_test(test_several_values),
		cmocka_unit_test(test_connectives),
		cmocka_unit_test(test_flat_shapes),
		cmocka_unit_test(test_search_is_linear),
		cmocka_unit_test(test_lists_of_unequal_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
