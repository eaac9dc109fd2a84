/* SPDX-License-Identifier: Apache-2.0 */
/* Filters as text: the grammar of RFC 7644 figure 1, precedence, dialects of real clients, and
 * every error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "expr/filter.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define URN ENTERPRISE_URN

struct row {
	const char *text;
	const char *printed; /* NULL: as text */
};

static const struct parse_rules LENIENT = {.lenient = true};
static const struct parse_rules ANY = {.any_attribute = true};
static const struct parse_rules SERVICE = {.lenient = true, .any_attribute = true};

static void expect_printed(const struct row *row, const struct parse_rules *rules)
{
	const char *printed = row->printed ? row->printed : row->text;
	struct arena arena = {0};
	struct buf out = {0}, again = {0};
	const struct filter *filter, *second;
	struct err err = {0};

	if (filter_parse(str_of(row->text), rules, &arena, &filter, &err))
		fail_msg("%s: %s", row->text, err.text);
	filter_print(filter->root, &out);
	assert_string_equal(out.p, printed);

	/* What is printed says the same again, in any mood. */
	assert_int_equal(filter_parse(buf_str(&out), &ANY, &arena, &second, &err), 0);
	filter_print(second->root, &again);
	assert_string_equal(again.p, printed);
	assert_true(filter_equal(filter->root, second->root));
	buf_clear(&out);
	buf_clear(&again);
	arena_clear(&arena);
}

static void expect_rows(const struct row *rows, size_t count, const struct parse_rules *rules)
{
	for (size_t i = 0; i < count; i++)
		expect_printed(&rows[i], rules);
}

static void test_grammar(void **state)
{
	static const struct row rows[] = {
		/* the examples of RFC 7644 figure 2 */
		{"userName eq \"bjensen\"", NULL},
		{"name.familyName co \"O'Malley\"", NULL},
		{"userName sw \"J\"", NULL},
		{"urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"J\"",
		 "userName sw \"J\""},
		{"title pr", NULL},
		{"meta.lastModified gt \"2011-05-13T04:42:34Z\"", NULL},
		{"meta.lastModified ge \"2011-05-13T04:42:34Z\"", NULL},
		{"meta.lastModified lt \"2011-05-13T04:42:34Z\"", NULL},
		{"meta.lastModified le \"2011-05-13T04:42:34Z\"", NULL},
		{"title pr and userType eq \"Employee\"", NULL},
		{"title pr or userType eq \"Intern\"", NULL},
		{"schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"", NULL},
		{"userType eq \"Employee\" and (emails co \"example.com\" or emails.value co "
		 "\"example.org\")",
		 "userType eq \"Employee\" and (emails.value co \"example.com\" or emails.value co "
		 "\"example.org\")"},
		{"userType ne \"Employee\" and not (emails co \"example.com\" or emails.value co "
		 "\"example.org\")",
		 "userType ne \"Employee\" and not (emails.value co \"example.com\" or "
		 "emails.value co \"example.org\")"},
		{"userType eq \"Employee\" and (emails.type eq \"work\")",
		 "userType eq \"Employee\" and emails.type eq \"work\""},
		{"userType eq \"Employee\" and emails[type eq \"work\" and value co "
		 "\"@example.com\"]",
		 NULL},
		{"emails[type eq \"work\" and value co \"@example.com\"] or ims[type eq \"xmpp\" "
		 "and value co \"@foo.com\"]",
		 NULL},
		/* every operator, in any case */
		{"title eq \"x\"", NULL},
		{"title NE \"x\"", "title ne \"x\""},
		{"title Co \"x\"", "title co \"x\""},
		{"title sW \"x\"", "title sw \"x\""},
		{"title EW \"x\"", "title ew \"x\""},
		{"title GT \"x\"", "title gt \"x\""},
		{"title Ge \"x\"", "title ge \"x\""},
		{"title LT \"x\"", "title lt \"x\""},
		{"title lE \"x\"", "title le \"x\""},
		{"title PR", "title pr"},
		{"title pr AND userName pr Or id PR", "title pr and userName pr or id pr"},
		/* names in any case, short and long */
		{"USERNAME eq \"x\"", "userName eq \"x\""},
		{"Name.GivenName eq \"x\"", "name.givenName eq \"x\""},
		{"Emails[Type eq \"work\"].Value eq \"x\"",
		 "emails[type eq \"work\"].value eq \"x\""},
		{"department eq \"x\"", URN ":department eq \"x\""},
		{"EmployeeNumber eq \"x\"", URN ":employeeNumber eq \"x\""},
		{"manager eq \"x\"", URN ":manager.value eq \"x\""},
		{"manager.displayName eq \"x\"", URN ":manager.displayName eq \"x\""},
		{"URN:IETF:PARAMS:SCIM:SCHEMAS:EXTENSION:ENTERPRISE:2.0:USER:DEPARTMENT eq \"x\"",
		 URN ":department eq \"x\""},
		{URN ":manager.value eq \"x\"", NULL},
		{"urn:ietf:params:scim:schemas:core:2.0:Group:members eq \"x\"",
		 "members.value eq \"x\""},
		{"urn:acme:params:2.0:Badge:colour.shade eq \"x\"", NULL},
		{"http://example.com/2006/11/Thing:level eq \"x\"", NULL},
		{"members.$ref eq \"x\"", NULL},
		{"members[$ref sw \"https://\"]", NULL},
		{"x509Certificates eq \"aGk=\"", "x509Certificates.value eq \"aGk=\""},
		/* values */
		{"active eq true", NULL},
		{"active eq false", NULL},
		{"active eq \"True\"", "active eq true"},
		{"active ne \"FALSE\"", "active ne false"},
		{"emails[primary eq true]", NULL},
		{"title eq null", NULL},
		{"title ne null", NULL},
		{"active eq null", NULL},
		{"emails eq null", "emails.value eq null"},
		{"title eq \"\"", NULL},
		{"title eq \"a\\\"b\\\\c\"", NULL},
		{"title eq \"\\/\\b\\f\\n\\r\\t\"",
		 "title eq \"/\\u0008\\u000c\\u000a\\u000d\\u0009\""},
		{"title eq \"\\u00e9\\ud83d\\ude00\"", "title eq \"é😀\""},
		{"title eq \"é😀\"", NULL},
		{"title eq \"not (a) and [b] or \"", NULL},
		{"meta.created sw \"2011\"", NULL},
		{"meta.created gt \"2011-05-13\"", NULL},
		{"meta.created gt \"20110513044234.5Z\"", NULL},
		/* blanks */
		{"  title   pr  ", "title pr"},
		{"title\tpr\r\nand\n(userName pr)", "title pr and userName pr"},
		{"(title pr)and(userName pr)", "title pr and userName pr"},
		{"not(title pr)", "not (title pr)"},
		{"not    (title pr)", "not (title pr)"},
		{"NOT (title pr)", "not (title pr)"},
		{"( ( title pr ) )", "title pr"},
		{"emails[ type eq \"work\" ]", "emails[type eq \"work\"]"},
		{"title eq \"a\"and userName pr", "title eq \"a\" and userName pr"},
		/* complex filters */
		{"emails[not (type eq \"work\")]", NULL},
		{"emails[type eq \"work\" or (type eq \"home\" and primary eq true)]",
		 "emails[type eq \"work\" or type eq \"home\" and primary eq true]"},
		{"emails[type eq \"work\"].value eq \"x\"", NULL},
		{"emails[type eq \"work\"].value pr", NULL},
		{"addresses[type eq \"work\"].country eq \"DE\"", NULL},
		{"name[familyName eq \"x\"]", NULL},
		{"groups.display eq \"staff\" and groups eq \"1\"",
		 "groups.display eq \"staff\" and groups.value eq \"1\""},
		{"emails pr", NULL},
		{"name pr", NULL},
	};

	(void)state;
	expect_rows(rows, COUNT(rows), NULL);
}

static void test_precedence(void **state)
{
	static const struct row rows[] = {
		{"id pr or title pr and locale pr", NULL},
		{"id pr and title pr or locale pr", NULL},
		{"(id pr or title pr) and locale pr", NULL},
		{"id pr or (title pr and locale pr)", "id pr or title pr and locale pr"},
		{"id pr and (title pr or locale pr) and active eq true", NULL},
		{"not (id pr) and title pr", NULL},
		{"not (id pr and title pr)", NULL},
		{"not (id pr) or not (title pr) and locale pr", NULL},
		{"not (not (id pr))", NULL},
		{"(id pr and title pr) and locale pr", "id pr and title pr and locale pr"},
		{"id pr and (title pr and locale pr)", "id pr and title pr and locale pr"},
		{"(id pr or title pr) or (locale pr or active eq true)",
		 "id pr or title pr or locale pr or active eq true"},
		{"((id pr or title pr) and (locale pr or active eq true)) or userType pr",
		 "(id pr or title pr) and (locale pr or active eq true) or userType pr"},
	};

	(void)state;
	expect_rows(rows, COUNT(rows), NULL);
}

static void test_lenient(void **state)
{
	static const struct row rows[] = {
		{"userName sw O", "userName sw \"O\""},
		{"meta.Created gt 2015-10-10T14:38:21.8617979-07:00",
		 "meta.created gt \"2015-10-10T14:38:21.8617979-07:00\""},
		{"meta.created ge 2015-10-10", "meta.created ge \"2015-10-10\""},
		{"id eq a-b-c", "id eq \"a-b-c\""},
		{"externalId eq jyoung", "externalId eq \"jyoung\""},
		{"externalId eq 701984", "externalId eq \"701984\""},
		{"externalId eq true", "externalId eq \"true\""},
		{"name.FamilyName eq Employee and (emails.Value co example.com or emails.Value co "
		 "example.org)",
		 "name.familyName eq \"Employee\" and (emails.value co \"example.com\" or "
		 "emails.value co \"example.org\")"},
		{"active eq True", "active eq true"},
		{"active eq FALSE", "active eq false"},
		{"title eq NULL", "title eq null"},
		{"DisplayName eq \"BobIsAmazing\"", "displayName eq \"BobIsAmazing\""},
		{"externalId eq cn=ada,ou=people", "externalId eq \"cn=ada,ou=people\""},
		{"emails[type eq work].value eq ada@example.com",
		 "emails[type eq \"work\"].value eq \"ada@example.com\""},
		{"emails eq ada@example.com", "emails.value eq \"ada@example.com\""},
		{"not title pr and id pr", "not (title pr) and id pr"},
		{"not (title pr)", NULL},
		{"active eq true and (meta.lastModified ge \"2020-01-01T00:00:00Z\" and "
		 "meta.lastModified le \"2021-01-01T00:00:00Z\")",
		 "active eq true and meta.lastModified ge \"2020-01-01T00:00:00Z\" and "
		 "meta.lastModified le \"2021-01-01T00:00:00Z\""},
	};

	(void)state;
	expect_rows(rows, COUNT(rows), &LENIENT);
}

static void test_any_attribute(void **state)
{
	static const struct row rows[] = {
		{"rooms.number eq 5", NULL},
		{"rooms[number gt 4.5]", NULL},
		{"colour eq \"red\" or level ge -1.5e3", NULL},
		{"colour sw 12", "colour sw \"12\""},
		{"flag eq true", NULL},
		{"emails.shade eq \"x\"", NULL},
		{URN ":badge eq \"x\"", NULL},
		{"urn:ietf:params:scim:schemas:core:2.0:User:badge eq \"x\"", "badge eq \"x\""},
		{"id eq 5x", "id eq \"5x\""},
		{"pi eq 3.14159", NULL},
	};

	(void)state;
	expect_rows(rows, COUNT(rows), &SERVICE);
}

struct error_row {
	const char *text;
	uint32_t column;
	const char *part; /* of the error's text */
};

static void expect_errors(const struct error_row *rows, size_t count,
			  const struct parse_rules *rules)
{
	for (size_t i = 0; i < count; i++) {
		struct arena arena = {0};
		const struct filter *filter = NULL;
		struct err err = {.reach = REACH_RUN};
		char prefix[32];

		if (filter_parse(str_of(rows[i].text), rules, &arena, &filter, &err) == 0)
			fail_msg("accepted: %s", rows[i].text);
		assert_null(filter);
		if (err.column != rows[i].column || !strstr(err.text, rows[i].part))
			fail_msg("%s\n  wanted %u: %s\n  got %s", rows[i].text, rows[i].column,
				 rows[i].part, err.text);
		snprintf(prefix, sizeof prefix, "column %u: ", err.column);
		assert_true(err.column == 0 || strncmp(err.text, prefix, strlen(prefix)) == 0);
		assert_int_equal(err.code, CODE_DATA);
		assert_int_equal(err.reach, REACH_ENTRY);
		assert_false(err.again);
		arena_clear(&arena);
	}
}

static void test_errors(void **state)
{
	static const struct error_row rows[] = {
		{"", 1, "expected an attribute name, met the end"},
		{"   ", 4, "expected an attribute name, met the end"},
		{"usrName eq \"x\"", 1, "unknown attribute 'usrName'; did you mean 'userName'?"},
		{"id pr and displaynam pr", 11, "did you mean 'displayName'?"},
		{"departement pr", 1, "did you mean 'department'?"},
		{"zzz pr", 1, "unknown attribute 'zzz'"},
		{"emails.valu eq \"x\"", 8,
		 "unknown sub-attribute 'valu' of 'emails'; did you mean 'value'?"},
		{"emails[typ eq \"work\"]", 8,
		 "unknown sub-attribute 'typ' of 'emails'; did you mean 'type'?"},
		{"emails[type eq \"work\"].valeu eq \"x\"", 24, "did you mean 'value'?"},
		{URN ":departmnt eq \"x\"", 60, "did you mean 'department'?"},
		{"userName.first eq \"x\"", 10, "'userName' has no sub-attributes"},
		{"userName[type eq \"x\"]", 9, "'userName' has no sub-attributes to choose by"},
		{"name.givenName.x pr", 15, "met '.x'"},
		{"emails[value.x pr]", 13, "met '.x'"},
		{"emails[value[type pr]]", 13, "a filter in [] cannot hold another one"},
		{"emails.value[type pr] pr", 13, "expected an operator"},
		{"userName", 9,
		 "expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr), met the end"},
		{"userName equals \"x\"", 10, "met 'equals'; did you mean 'eq'?"},
		{"userName = \"x\"", 10, "met '='; did you mean 'eq'?"},
		{"userName contains \"x\"", 10, "did you mean 'co'?"},
		{"userName startsWith \"x\"", 10, "did you mean 'sw'?"},
		{"userName >= \"x\"", 10, "did you mean 'ge'?"},
		{"userName e \"x\"", 10, "did you mean 'eq'?"},
		{"userName regex \"x\"", 10, "met 'regex'"},
		{"userName=\"x\"", 9, "met '='"},
		{"userName \"x\"", 10, "met '\"'"},
		{"userName eq", 12, "expected a value"},
		{"userName eq bob", 13,
		 "expected a value (a text in double quotes, a number, true, false or null), met "
		 "'bob'"},
		{"userName eq 'bob'", 13, "met ''bob''"},
		{"userName eq \"bob", 13, "has no closing quote"},
		{"userName eq \"bob\\\"", 13, "has no closing quote"},
		{"userName eq \"a\\qb\"", 15, "unknown escape"},
		{"userName eq \"\\u12g4\"", 14, "unknown escape"},
		{"userName eq \"\\u0000\"", 14, "unknown escape"},
		{"userName eq \"\\ud800\"", 14, "unknown escape"},
		{"userName eq \"\\ud800\\u0041\"", 14, "unknown escape"},
		{"userName eq \"\\udc00\"", 14, "unknown escape"},
		{"userName eq \"a\nb\"", 15, "a control character"},
		{"userName eq \"x\" userType pr", 17,
		 "expected 'and', 'or' or the end, met 'userType'"},
		{"userName eq \"x\" and", 20, "expected an attribute name, met the end"},
		{"userName eq \"x\" and and id pr", 21, "unknown attribute 'and'"},
		{"or id pr", 1, "unknown attribute 'or'"},
		{"(userName pr", 13, "expected 'and', 'or' or ')', met the end"},
		{"userName pr)", 12, "expected 'and', 'or' or the end, met ')'"},
		{"()", 2, "expected an attribute name, met ')'"},
		{"not id pr", 5, "expected '(' after 'not', met 'id'"},
		{"not", 4, "expected '(' after 'not', met the end"},
		{"not (id pr", 11, "met the end"},
		{"emails[type eq \"work\"", 22, "expected ']', met the end"},
		{"emails[]", 8, "expected the name of a sub-attribute, met ']'"},
		{"emails[type eq \"work\"].", 24,
		 "expected the name of a sub-attribute, met the end"},
		{"emails[type eq \"work\"] eq \"x\"", 24, "expected 'and', 'or' or the end"},
		{"emails. eq \"x\"", 8, "expected the name of a sub-attribute"},
		{"active gt true", 11, "'gt' cannot compare 'active', which is true or false"},
		{"active ge \"true\"", 11, "expected eq or ne"},
		{"active lt false", 11, "expected eq or ne"},
		{"active le false", 11, "expected eq or ne"},
		{"active co \"tr\"", 11, "expected eq or ne"},
		{"active eq \"yes\"", 11, "'active' expects true or false"},
		{"active eq 1", 11, "'active' expects true or false, met '1'"},
		{"emails[primary gt true]", 19, "'gt' cannot compare 'primary'"},
		{"x509Certificates.value gt \"a\"", 27,
		 "'gt' cannot compare 'value', which is binary"},
		{"title eq 5", 10, "'title' expects a text in double quotes, met '5'"},
		{"title eq true", 10, "'title' expects a text in double quotes, met 'true'"},
		{"title eq True", 10, "expected a value"},
		{"title gt null", 10, "null can only be compared by eq and ne"},
		{"title co null", 10, "null can only be compared by eq and ne"},
		{"meta.created gt \"yesterday\"", 17, "'created' expects a date and time such as"},
		{"meta.created eq \"\"", 17, "'created' expects a date and time such as"},
		{"meta.lastModified gt 5", 22, "'lastModified' expects a date and time"},
		{"name eq \"x\"", 1,
		 "'name' consists of parts; expected one of name.formatted, name."},
		{"meta co \"x\"", 1, "'meta' consists of parts"},
		{"addresses eq \"x\"", 1, "'addresses' consists of parts"},
		{"password eq \"x\"", 1, "'password' is never compared"},
		{"password pr", 1, "'password' is never compared"},
		{URN " eq \"x\"", 1, "a schema has no value to compare"},
		{URN ": eq \"x\"", 60, "expected an attribute name after the schema URN"},
		{"foo:bar eq \"x\"", 1, "expected a schema URN (urn:...) before ':', met 'foo'"},
		{":bar eq \"x\"", 1, "expected a schema URN"},
		{"urn:x:y:9z eq \"x\"", 9, "begins with a letter, met '9z'"},
		{"3abc eq \"x\"", 1, "begins with a letter"},
		{"user$Name eq \"x\"", 5, "met '$Name'"},
		{"é eq \"x\"", 1, "met 'é'"},
		{"title eq \"é\" und id pr", 14, "expected 'and', 'or' or the end, met 'und'"},
		{"title eq 01", 10, "expected a value"},
		{"title eq -", 10, "expected a value"},
		{"title eq 1.", 10, "expected a value"},
		{"title eq 1e", 10, "expected a value"},
		{"title eq .5", 10, "expected a value"},
		{"title eq +5", 10, "expected a value"},
	};
	static const struct error_row lenient[] = {
		{"title eq Tour Guide", 15, "expected 'and', 'or' or the end, met 'Guide'"},
		{"title eq", 9, "expected a value"},
		{"title eq )", 10, "expected a value"},
		{"title eq bob\"", 13, "met '\"'"},
		{"not", 4, "expected an attribute name"},
		{"active eq yes", 11, "'active' expects true or false, met 'yes'"},
		{"meta.created gt today", 17, "date and time"},
		{"meta.created gt 2015", 17, "date and time"},
	};
	static const struct error_row any[] = {
		{"flag gt true", 9, "'gt' cannot compare 'flag'"},
		{"userName.x pr", 10, "'userName' has no sub-attributes"},
		{"password sw \"a\"", 1, "'password' is never compared"},
	};

	(void)state;
	expect_errors(rows, COUNT(rows), NULL);
	expect_errors(lenient, COUNT(lenient), &LENIENT);
	expect_errors(any, COUNT(any), &SERVICE);
}

/* PIECE PIECE ... with `between` in between. */
static void repeat(struct buf *out, const char *piece, const char *between, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_text(out, i ? between : "");
		buf_text(out, piece);
	}
}

static int parse_buf(struct buf *text, const struct parse_rules *rules, struct err *err)
{
	struct arena arena = {0};
	const struct filter *filter;
	int rc = filter_parse(buf_str(text), rules, &arena, &filter, err);

	buf_clear(text);
	arena_clear(&arena);
	return rc;
}

static void test_limits(void **state)
{
	struct parse_rules small = {.length = 20, .depth = 2, .nodes = 3};
	struct buf text = {0};
	struct err err;

	(void)state;
	repeat(&text, "id pr", " and ", 199);
	assert_int_equal(parse_buf(&text, NULL, &err), 0);
	repeat(&text, "id pr", " or ", 200);
	assert_int_equal(parse_buf(&text, NULL, &err), -1);
	assert_non_null(strstr(err.text, "more than 200 parts"));

	repeat(&text, "(", "", 16);
	buf_text(&text, "id pr");
	repeat(&text, ")", "", 16);
	assert_int_equal(parse_buf(&text, NULL, &err), 0);
	repeat(&text, "(", "", 17);
	assert_int_equal(parse_buf(&text, NULL, &err), -1);
	assert_non_null(strstr(err.text, "nested more than 16 deep"));
	/* Side by side is not deep. */
	repeat(&text, "(not (emails[(type pr)]))", " and ", 40);
	assert_int_equal(parse_buf(&text, NULL, &err), 0);
	repeat(&text, "not", " ", 100);
	assert_int_equal(parse_buf(&text, &LENIENT, &err), -1);
	assert_non_null(strstr(err.text, "nested more than 16 deep"));
	repeat(&text, "not (", "", 1000);
	assert_int_equal(parse_buf(&text, NULL, &err), -1);

	buf_text(&text, "title eq \"");
	repeat(&text, "a", "", 4096 - 11);
	buf_text(&text, "\"");
	assert_int_equal(parse_buf(&text, NULL, &err), 0);
	repeat(&text, " ", "", 4097);
	assert_int_equal(parse_buf(&text, NULL, &err), -1);
	assert_string_equal(err.text, "the filter has 4097 bytes; at most 4096 are allowed");
	assert_int_equal(err.column, 0);

	buf_text(&text, "id pr and title pr pr");
	assert_int_equal(parse_buf(&text, &small, &err), -1);
	assert_non_null(strstr(err.text, "at most 20"));
	buf_text(&text, "((id pr)) or title pr");
	small.length = 100;
	assert_int_equal(parse_buf(&text, &small, &err), 0);
	buf_text(&text, "((emails[type pr]))");
	assert_int_equal(parse_buf(&text, &small, &err), -1);
	buf_text(&text, "id pr or title pr or locale pr");
	assert_int_equal(parse_buf(&text, &small, &err), -1);
	assert_non_null(strstr(err.text, "more than 3 parts"));
}

static void test_not_utf8(void **state)
{
	struct buf text = {0};
	struct err err;

	(void)state;
	buf_text(&text, "title eq \"\xff\"");
	assert_int_equal(parse_buf(&text, NULL, &err), -1);
	assert_string_equal(err.text, "the filter is not UTF-8");
	buf_put(&text, str_make("id pr\0", 6));
	assert_int_equal(parse_buf(&text, NULL, &err), -1);
}

static void test_shapes(void **state)
{
	struct arena arena = {0};
	const struct filter *filter;
	const struct filter_node *n;
	struct err err;

	(void)state;
	/* What a translator to SQL looks at. */
	assert_int_equal(filter_parse(STR("UserName eq \"BJensen\" and (id eq \"1\" or emails[type "
					  "eq \"work\"].value co \"@X\")"),
				      NULL, &arena, &filter, &err),
			 0);
	n = filter->root;
	assert_int_equal(n->kind, FILTER_AND);
	assert_int_equal(filter->nodes, 6);
	n = n->first;
	assert_int_equal(n->kind, FILTER_COMPARE);
	assert_int_equal(n->op, FILTER_EQ);
	assert_true(str_equal(n->path.base, STR("userName")));
	assert_true(str_equal(n->value.text, STR("BJensen")));
	assert_true(str_equal(n->needle, STR("bjensen")));
	assert_int_equal(n->rule, RULE_FOLD);
	n = n->next;
	assert_int_equal(n->kind, FILTER_OR);
	assert_null(n->next);
	n = n->first;
	assert_int_equal(n->rule, RULE_EXACT);
	n = n->next;
	assert_int_equal(n->path.where->kind, FILTER_COMPARE);
	assert_true(str_equal(n->path.where->path.name, STR("type")));
	assert_true(str_equal(n->inner->name, STR("value")));
	assert_null(n->next);
	arena_clear(&arena);
}

static void test_equal(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{"userName eq \"A\"", "USERNAME EQ \"a\"", true},
		{"id eq \"A\"", "id eq \"a\"", false},
		{"title pr", "title pr", true},
		{"title pr", "title eq \"x\"", false},
		{"title pr", "locale pr", false},
		{"id pr and title pr", "id pr and title pr", true},
		{"id pr and title pr", "id pr and title pr and locale pr", false},
		{"id pr and title pr", "id pr or title pr", false},
		{"emails[type eq \"work\"]", "emails[type eq \"WORK\"]", true},
		{"emails[type eq \"work\"]", "emails[type eq \"home\"]", false},
		{"active eq true", "active eq false", false},
		{"active eq true", "active eq \"TRUE\"", true},
		{"title eq null", "title eq \"null\"", false},
		{"n eq 1", "n eq 1.0", true},
		{"n eq 1", "n eq 2", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = {0};
		const struct filter *a, *b;
		struct err err;

		assert_int_equal(filter_parse(str_of(rows[i].a), &ANY, &arena, &a, &err), 0);
		assert_int_equal(filter_parse(str_of(rows[i].b), &ANY, &arena, &b, &err), 0);
		assert_int_equal(filter_equal(a->root, b->root), rows[i].equal);
		arena_clear(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),  cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_lenient),  cmocka_unit_test(test_any_attribute),
		cmocka_unit_test(test_errors),   cmocka_unit_test(test_limits),
		cmocka_unit_test(test_not_utf8), cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
