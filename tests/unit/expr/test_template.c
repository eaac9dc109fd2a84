/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: every function, what makes a result absent, every error, and addresses turned back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "expr/template.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct field FIELDS[] = {
	{{"mail", 4}, {"Ada.Lovelace@Example.COM", 24}},
	{{"name.givenName", 14}, {"Ada", 3}},
	{{"name.familyName", 15}, {"Lovelace", 8}},
	{{"displayName", 11}, {"Eng-Core", 8}},
	{{"cn", 2}, {"  Müller  \t Straße ", 21}},
	{{"empty", 5}, {"", 0}},
	{{"active", 6}, {"TRUE", 4}},
	{{"dn", 2}, {"uid=ada,ou=people,dc=example,dc=com", 35}},
	{{"phone", 5}, {"+49 (30) 12-34", 14}},
	{{"proxy", 5}, {"", 0}},
	{{"proxy", 5}, {"smtp:a@x", 8}},
	{{"proxy", 5}, {"SMTP:b@x", 8}},
	{{"proxy", 5}, {"smtp:c@x", 8}},
	{{"emails[type eq \"work\"].value", 28}, {"work@x", 6}},
	{{"emails[type eq \"home\"].value", 28}, {"home@x", 6}},
	{{"russian", 7}, {"Иван", 8}},
	{{"many", 4}, {"1", 1}},
	{{"many", 4}, {"2", 1}},
	{{"many", 4}, {"3", 1}},
	{{"many", 4}, {"4", 1}},
	{{"many", 4}, {"5", 1}},
	{{"many", 4}, {"6", 1}},
	{{"sAMAccountName;lang-en", 22}, {"ada", 3}},
};

static const struct template *parse(struct arena *arena, const char *text)
{
	const struct template *t;
	struct err err;

	if (template_parse(str_of(text), NULL, arena, &t, &err))
		fail_msg("%s: %s", text, err.text);
	return t;
}

static void expect(const char *text, const char *result)
{
	struct field_source source = field_source_of(FIELDS, COUNT(FIELDS));
	struct arena arena = {0};
	struct buf out = {0};
	const struct template *t = parse(&arena, text);
	bool present;

	buf_text(&out, "before ");
	present = template_build(t, &source.source, &out, NULL);
	if (present != (result != NULL))
		fail_msg("%s: %s", text, present ? out.p : "absent");
	if (strcmp(out.p + 7, result ? result : "") != 0 || strncmp(out.p, "before ", 7) != 0)
		fail_msg("%s: wanted '%s', got '%s'", text, result, out.p + 7);
	buf_clear(&out);
	arena_clear(&arena);
}

struct row {
	const char *text;
	const char *result; /* NULL: absent */
};

static void test_results(void **state)
{
	static const struct row rows[] = {
		{"", ""},
		{"plain", "plain"},
		{"{{}}", "{}"},
		{"a{{b}}c", "a{b}c"},
		{"{{{mail|lower}}}", "{ada.lovelace@example.com}"},
		{"{mail}", "Ada.Lovelace@Example.COM"},
		{"{ mail }", "Ada.Lovelace@Example.COM"},
		{"{MAIL}", "Ada.Lovelace@Example.COM"},
		{"{name.givenName} {name.familyName}", "Ada Lovelace"},
		{"{sAMAccountName;lang-en}", "ada"},
		{"é{cn|trim}", "éMüller Straße"},
		/* absent */
		{"{nothing}", NULL},
		{"{empty}", NULL},
		{"a {nothing} b", NULL},
		{"{mail} {nothing}", NULL},
		{"{nothing|lower|trim}", NULL},
		{"{nothing|default:x}", "x"},
		{"{nothing|default:}", ""},
		{"{empty|default:none}", "none"},
		{"{mail|default:x|lower}", "ada.lovelace@example.com"},
		{"{nothing|default:X|lower}", "x"},
		{"{nothing|lower|default:X}", "X"},
		/* alternatives */
		{"{nothing,mail|lower}", "ada.lovelace@example.com"},
		{"{mail,cn}", "Ada.Lovelace@Example.COM"},
		{"{nothing, empty , mail}", "Ada.Lovelace@Example.COM"},
		{"{nothing,empty}", NULL},
		{"{nothing,empty|default:x}", "x"},
		/* case */
		{"{mail|lower}", "ada.lovelace@example.com"},
		{"{mail|UPPER}", "ADA.LOVELACE@EXAMPLE.COM"},
		{"{cn|trim|lower}", "müller straße"},
		{"{cn|trim|upper}", "MÜLLER STRAßE"},
		/* blanks */
		{"{cn}", "  Müller  \t Straße "},
		{"{cn|trim}", "Müller Straße"},
		/* ends */
		{"{displayName|strip:eng-}", "Core"},
		{"{displayName|strip:ENG-|lower}", "core"},
		{"{displayName|strip:ops-}", "Eng-Core"},
		{"{displayName|strip:eng-core}", NULL},
		{"{displayName|strip:eng-core|default:all}", "all"},
		{"{displayName|strip_end:-CORE}", "Eng"},
		{"{displayName|strip_end:x}", "Eng-Core"},
		{"{mail|strip_end:@example.com}", "Ada.Lovelace"},
		/* parts */
		{"{mail|before:@}", "Ada.Lovelace"},
		{"{mail|after:@}", "Example.COM"},
		{"{mail|before:.}", "Ada"},
		{"{mail|after:.}", "Lovelace@Example.COM"},
		{"{mail|before:Ada}", NULL},
		{"{mail|after:COM}", NULL},
		{"{mail|before:+}", "Ada.Lovelace@Example.COM"},
		{"{mail|after:+}", "Ada.Lovelace@Example.COM"},
		{"{mail|before:ada}", "Ada.Lovelace@Example.COM"},
		{"{proxy|after::}", "a@x"},
		{"{proxy|after:SMTP:|lower}", "smtp:a@x"},
		/* replace */
		{"{mail|replace:.: }", "Ada Lovelace@Example COM"},
		{"{mail|replace:.:}", "AdaLovelace@ExampleCOM"},
		{"{mail|replace:a:aa}", "Adaa.Lovelaace@Exaample.COM"},
		{"{mail|replace:@:::}", "Ada.Lovelace::Example.COM"},
		{"{displayName|replace:Eng-Core:}", NULL},
		{"{displayName|replace:x:y}", "Eng-Core"},
		{"{proxy|replace:\\::=}", "smtp=a@x"},
		/* pattern */
		{"{dn|match:^uid=([^,]+)}", "ada"},
		{"{dn|match:ou=(\\w+)}", "people"},
		{"{dn|match:dc=\\w+}", "dc=example"},
		{"{dn|match:^cn=(.*)}", NULL},
		{"{dn|match:^cn=(.*)|default:nobody}", "nobody"},
		{"{proxy|match:^SMTP:(.*)}", "b@x"},
		{"{proxy|match:^(?i)smtp:(.*)}", "a@x"},
		{"{dn|match:^(cn|uid)=}", "uid"},
		{"{dn|match:^(?:cn=(.*)|uid=(\\w+))}", "ada"},
		{"{phone|match:[|}](x)|default:no}", "no"},
		{"{phone|match:\\d{2}}", "49"},
		{"{phone|match:\\((\\d{1,3})\\)}", "30"},
		{"{phone|match:\"(\\d+)|x\"}", "49"},
		{"{dn|match:\"^uid=([^,\\\"]+)\"|upper}", "ADA"},
		{"{cn|match:(\\w+)}", "Müller"},
		{"{dn|match:(x*)}", NULL},
		/* letters */
		{"{phone|only_digits}", "49301234"},
		{"{mail|only_digits}", NULL},
		{"{cn|ascii|trim}", "Muller Strasse"},
		{"{russian|ascii}", NULL},
		{"{russian|ascii|default:x}", "x"},
		{"{cn|slug}", "muller-strasse"},
		{"{phone|slug}", "49-30-12-34"},
		{"{mail|slug}", "ada-lovelace-example-com"},
		{"{russian|slug}", NULL},
		/* several values */
		{"{proxy}", "smtp:a@x"},
		{"{proxy|first}", "smtp:a@x"},
		{"{proxy|join:, }", "smtp:a@x, SMTP:b@x, smtp:c@x"},
		{"{proxy|join:}", "smtp:a@xSMTP:b@xsmtp:c@x"},
		{"{proxy|join:\\|}", "smtp:a@x|SMTP:b@x|smtp:c@x"},
		{"{proxy|join:\"|}\"}", "smtp:a@x|}SMTP:b@x|}smtp:c@x"},
		{"{proxy|match:^smtp:(.*)|join:;}", "a@x;c@x"},
		{"{proxy|first|join:;}", "smtp:a@x"},
		{"{many|join:}", "123456"},
		{"{nothing|join:;}", NULL},
		{"{emails.value|join: }", "work@x home@x"},
		{"{emails[type eq \"home\"].value}", "home@x"},
		/* is */
		{"{active|is:true:yes:no}", "yes"},
		{"{active|is:false:yes:no}", "no"},
		{"{active|is:true::no}", ""},
		{"{active|is:false:yes:}", ""},
		{"{active|is:false:yes:a:b}", "a:b"},
		{"{nothing|is:true:yes:no}", NULL},
		{"{nothing|default:|is:x:yes:no}", "no"},
		{"{displayName|is:\"eng-core\":\"a:b\":c}", "a:b"},
		/* arguments */
		{"{nothing|default:a\\}b\\|c\\{d\\\\e\\:f\\\"g\\n}", "a}b|c{d\\e:f\"g\\n"},
		{"{nothing|default:\"a}b|c{d\\\\e:f\\\"g\\n\"}", "a}b|c{d\\e:f\"g\\n"},
		{"{nothing|default:12:30}", "12:30"},
		{"{nothing|default: x }", " x "},
		{"{nothing|default:\"\"}", ""},
		{"{nothing|default:a\"b}", "a\"b"},
		{"{nothing| default:x}", "x"},
		{"{nothing|lower | default:x}", "x"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].text, rows[i].result);
}

static void test_absent_says_what(void **state)
{
	struct field_source source = field_source_of(FIELDS, COUNT(FIELDS));
	struct arena arena = {0};
	struct buf out = {0};
	str absent = {NULL, 0};

	(void)state;
	assert_false(template_build(parse(&arena, "{cn} {nothing,empty|lower} {mail}"),
				    &source.source, &out, &absent));
	assert_true(str_equal(absent, STR("nothing,empty|lower")));
	assert_int_equal(out.n, 0);
	buf_clear(&out);
	arena_clear(&arena);
}

static void test_build_all(void **state)
{
	static const struct {
		const char *text;
		const char *values[4];
	} rows[] = {
		{"{proxy|after::}", {"a@x", "b@x", "c@x"}},
		{"{proxy|match:^smtp:(.*)}", {"a@x", "c@x"}},
		{"{proxy|first}", {"smtp:a@x"}},
		{"<{proxy|after::}>", {"<a@x>"}},
		{"x", {"x"}},
		{"{nothing}", {NULL}},
		{"x{nothing}", {NULL}},
		{"{nothing|default:y}", {"y"}},
	};
	struct field_source source = field_source_of(FIELDS, COUNT(FIELDS));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = {0};
		const str *values;
		size_t n = template_build_all(parse(&arena, rows[i].text), &source.source, &arena,
					      &values);

		for (size_t k = 0; k < n; k++)
			assert_string_equal(values[k].p, rows[i].values[k]);
		assert_null(rows[i].values[n]);
		arena_clear(&arena);
	}
}

static void test_names(void **state)
{
	struct arena arena = {0};
	const struct template *t = parse(&arena, "{a}{b,a}{c|default:{}x}}");

	(void)state;
	assert_int_equal(t->name_count, 3);
	assert_true(str_equal(t->names[0], STR("a")));
	assert_true(str_equal(t->names[1], STR("b")));
	assert_true(str_equal(t->names[2], STR("c")));
	assert_true(str_equal(t->text, STR("{a}{b,a}{c|default:{}x}}")));
	arena_clear(&arena);
}

static void test_rules(void **state)
{
	static const struct parse_rules strict = {0};
	static const struct template_rules paths = {.paths = &strict};
	const str names[] = {STR("local"), STR("domain"), STR("team")};
	const struct template_rules listed = {.names = names, .name_count = 3};
	struct arena arena = {0};
	const struct template *t;
	struct err err;

	(void)state;
	assert_int_equal(template_parse(STR("{EMAILS[type eq \"Work\"]|lower} {Department} "
					    "{username,displayname}"),
					&paths, &arena, &t, &err),
			 0);
	assert_int_equal(t->name_count, 4);
	assert_true(str_equal(t->names[0], STR("emails[type eq \"work\"].value")));
	assert_true(str_equal(t->names[1], STR(ENTERPRISE_URN ":department")));
	assert_true(str_equal(t->names[2], STR("userName")));
	assert_true(str_equal(t->names[3], STR("displayName")));
	assert_int_equal(template_parse(STR("é{id,usrName}"), &paths, &arena, &t, &err), -1);
	assert_string_equal(err.text,
			    "column 6: unknown attribute 'usrName'; did you mean 'userName'?");
	assert_int_equal(err.column, 6);
	assert_int_equal(template_parse(STR("x {name}"), &paths, &arena, &t, &err), -1);
	assert_int_equal(err.column, 4);
	assert_non_null(strstr(err.text, "'name' consists of parts"));

	assert_int_equal(template_parse(STR("{LOCAL}+{team}@{domain}"), &listed, &arena, &t, &err),
			 0);
	assert_true(str_equal(t->names[0], STR("local")));
	assert_int_equal(template_parse(STR("{local}+{tem}@{domain}"), &listed, &arena, &t, &err),
			 -1);
	assert_string_equal(err.text, "column 10: unknown name 'tem'; did you mean 'team'?");
	arena_clear(&arena);
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		uint32_t column;
		const char *part;
	} rows[] = {
		{"{", 2, "expected a name, met the end"},
		{"{}", 2, "expected a name, met '}'"},
		{"{|lower}", 2, "expected a name, met '|'"},
		{"{mail,}", 7, "expected a name, met '}'"},
		{"{,mail}", 2, "expected a name, met ','"},
		{"ab{mail", 3, "the brace that opens here is not closed"},
		{"ab{mail|lower", 3, "the brace that opens here is not closed"},
		{"ab}", 3, "a brace that nothing opened; a plain one is written }}"},
		{"{mail}}", 7, "a brace that nothing opened"},
		{"{mail{x}", 6, "expected '|' or '}', met '{'"},
		{"{ma il}", 4, "expected a name of letters"},
		{"{ma\"il}", 4, "met '\"'"},
		{"{mail|}", 7, "expected the name of a function behind '|'"},
		{"{mail||lower}", 7, "expected the name of a function"},
		{"{mail|lowr}", 7, "unknown function 'lowr'; did you mean 'lower'?"},
		{"{mail|lowercase}", 7, "did you mean 'lower'?"},
		{"{mail|regex:x}", 7, "did you mean 'match'?"},
		{"{mail|onlydigits}", 7, "did you mean 'only_digits'?"},
		{"{mail|frobnicate}", 7,
		 "unknown function 'frobnicate'; expected lower, upper, trim"},
		{"{mail|lower:x}", 12, "'lower' takes no argument"},
		{"{mail|strip}", 12, "'strip' expects 1 argument: strip:PREFIX"},
		{"{mail|strip:}", 13, "expected a text that is not empty: strip:PREFIX"},
		{"{mail|before:}", 14, "expected a text that is not empty"},
		{"{mail|match:}", 13, "expected a text that is not empty: match:PATTERN"},
		{"{mail|replace:a}", 16, "'replace' expects 2 arguments: replace:FROM:TO"},
		{"{mail|replace::b}", 15, "expected a text that is not empty: replace:FROM:TO"},
		{"{mail|is:a:b}", 13, "'is' expects 3 arguments: is:VALUE:THEN:ELSE"},
		{"{mail|join}", 11, "'join' expects 1 argument"},
		{"{mail|default:\"a}", 15, "has no closing quote"},
		{"{mail|default:\"a\"b}", 18, "expected '|' or '}', met 'b'"},
		{"{mail|match:(a}", 16, "missing closing parenthesis"},
		{"{mail|match:\"(a\"}", 16,
		 "the pattern is not well-formed: missing closing parenthesis"},
		{"{mail|match:ab[z-a]}", 18, "the pattern is not well-formed: range out of order"},
		{"{mail|match:\\C}", 15, "the pattern is not well-formed"},
		{"{mail|default:x", 1, "not closed"},
		{"é{mail|foo}", 8, "unknown function 'foo'"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = {0};
		const struct template *t = NULL;
		struct err err;

		if (template_parse(str_of(rows[i].text), NULL, &arena, &t, &err) == 0)
			fail_msg("accepted: %s", rows[i].text);
		assert_null(t);
		if (err.column != rows[i].column || !strstr(err.text, rows[i].part))
			fail_msg("%s\n  wanted %u: %s\n  got %s", rows[i].text, rows[i].column,
				 rows[i].part, err.text);
		assert_int_equal(err.code, CODE_DATA);
		arena_clear(&arena);
	}
}

static int parse_repeated(const char *head, const char *piece, size_t count, const char *tail,
			  struct err *err)
{
	struct arena arena = {0};
	struct buf text = {0};
	const struct template *t;
	int rc;

	buf_text(&text, head);
	for (size_t i = 0; i < count; i++)
		buf_text(&text, piece);
	buf_text(&text, tail);
	rc = template_parse(buf_str(&text), NULL, &arena, &t, err);
	buf_clear(&text);
	arena_clear(&arena);
	return rc;
}

static void test_limits(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(parse_repeated("", "{a}", 64, "", &err), 0);
	assert_int_equal(parse_repeated("", "{a}", 65, "", &err), -1);
	assert_non_null(strstr(err.text, "more than 64 parts"));
	assert_int_equal(parse_repeated("{a", ",b", 7, "}", &err), 0);
	assert_int_equal(parse_repeated("{a", ",b", 8, "}", &err), -1);
	assert_non_null(strstr(err.text, "more than 8 alternatives"));
	assert_int_equal(parse_repeated("{a", "|lower", 16, "}", &err), 0);
	assert_int_equal(parse_repeated("{a", "|lower", 17, "}", &err), -1);
	assert_non_null(strstr(err.text, "more than 16 functions"));
	assert_int_equal(parse_repeated("", "x", 4096, "", &err), 0);
	assert_int_equal(parse_repeated("", "x", 4097, "", &err), -1);
	assert_string_equal(err.text, "the template has 4097 bytes; at most 4096 are allowed");
	assert_int_equal(parse_repeated("\xff", "", 0, "", &err), -1);
	assert_string_equal(err.text, "the template is not UTF-8");
	assert_int_equal(parse_repeated("{a|match:", "()", 33, "}", &err), -1);
	assert_non_null(strstr(err.text, "more than 32 groups"));
}

/* Nothing that a template can be made to do takes long or grows without end. */
static void test_bounded(void **state)
{
	static const struct row rows[] = {
		{"{a|match:^(a+)+$}", NULL},         {"{a|match:(a|a)*b}", NULL},
		{"{a|match:a*a*a*a*a*[^a!]}", NULL}, {"{a|match:(a*)*c\\1}", NULL},
		{"{a|match:(?:(?:a|aa)+)+$}", NULL}, {"{a|match:((a(?1)?b)|a+a+a+)*$}", NULL},
	};
	struct arena arena = {0};
	struct buf value = {0}, out = {0};
	struct field_source source;
	struct field field;
	int64_t start = clock_ticks();

	(void)state;
	for (size_t i = 0; i < TEMPLATE_SUBJECT_MAX - 1; i++)
		buf_char(&value, 'a');
	buf_char(&value, '!');
	field = (struct field){STR("a"), buf_str(&value)};
	source = field_source_of(&field, 1);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_false(
			template_build(parse(&arena, rows[i].text), &source.source, &out, NULL));
	/* The sanitizers slow it down tenfold; without the limits it would be years. */
	assert_true(clock_ticks() - start < 60000);

	/* 2048 letters, four times 16 times as long each. */
	assert_false(template_build(
		parse(&arena, "{a|replace:a:aaaaaaaaaaaaaaaa|replace:a:aaaaaaaaaaaaaaaa|replace:a:"
			      "aaaaaaaaaaaaaaaa|replace:a:aaaaaaaaaaaaaaaa}"),
		&source.source, &out, NULL));
	assert_true(template_build(parse(&arena, "{a|replace:a:aaaaaaaaaaaaaaaa}"), &source.source,
				   &out, NULL));
	buf_reset(&out);
	assert_false(template_build(
		parse(&arena, "{a|replace:a:aaaaaaaaaaaaaaaa}{a|replace:a:aaaaaaaaaaaaaaaaa}"),
		&source.source, &out, NULL));
	assert_int_equal(out.n, 0);
	/* A subject that is too long is not tried at all. */
	buf_char(&value, 'b');
	field.value = buf_str(&value);
	assert_false(template_build(parse(&arena, "{a|match:b$}"), &source.source, &out, NULL));
	assert_true(template_build(parse(&arena, "{a|after:!}"), &source.source, &out, NULL));
	assert_string_equal(out.p, "b");
	buf_clear(&value);
	buf_clear(&out);
	arena_clear(&arena);
}

/* A source that never ends. */
static bool endless(const struct template_source *source, str name, size_t nth, str *ret)
{
	(void)source;
	(void)name;
	assert_true(nth < TEMPLATE_VALUES_MAX);
	*ret = STR("x");
	return true;
}

static void test_endless_values(void **state)
{
	struct template_source source = {.value = endless};
	struct arena arena = {0};
	struct buf out = {0};

	(void)state;
	assert_true(template_build(parse(&arena, "{a|join:}"), &source, &out, NULL));
	assert_int_equal(out.n, TEMPLATE_VALUES_MAX);
	buf_clear(&out);
	arena_clear(&arena);
}

static void test_recover(void **state)
{
	static const struct {
		const char *text, *address;
		const char *tag; /* known, or NULL */
		const char *local, *domain; /* NULL: does not fit */
	} rows[] = {
		{"{local}+{tag}@{domain}", "joe+second@x.com", "second", "joe", "x.com"},
		{"{local}+{tag}@{domain}", "joe+SECOND@X.com", "second", "joe", "X.com"},
		{"{local}+{tag}@{domain}", "joe+a+second@x.com", "second", "joe+a", "x.com"},
		{"{local}+{tag}@{domain}", "joe@x.com", "second", NULL, NULL},
		{"{local}+{tag}@{domain}", "joe+other@x.com", "second", NULL, NULL},
		{"{local}+{tag}@{domain}", "+second@x.com", "second", NULL, NULL},
		{"{local}+{tag}@{domain}", "joe+second@", "second", NULL, NULL},
		{"{local}+annotators@{domain}", "joe+annotators@x.com", NULL, "joe", "x.com"},
		{"{local}+annotators@{domain}", "joe@x.com", NULL, NULL, NULL},
		{"{local}@{domain}", "joe+tag@x.com", NULL, "joe+tag", "x.com"},
		{"{local}@{domain}", "\"a@b\"@x.com", NULL, "\"a@b\"", "x.com"},
		{"{local}@{domain}", "joe", NULL, NULL, NULL},
		{"{local}@{domain}", "@", NULL, NULL, NULL},
		{"{local}@{domain}", "a@", NULL, NULL, NULL},
		{"{local}@{domain}", "@b", NULL, NULL, NULL},
		{"{local}@{domain}", "a@b", NULL, "a", "b"},
		{"{local}@{domain}", "", NULL, NULL, NULL},
		{"{local|lower}@{domain|lower}", "Joe@X", NULL, "Joe", "X"},
		{"{domain}!{local}", "x.com!joe", NULL, "joe", "x.com"},
		{"<{local}@{domain}>", "<joe@x>", NULL, "joe", "x"},
		{"<{local}@{domain}>", "joe@x", NULL, NULL, NULL},
		{"{local}@example.com", "joe@EXAMPLE.com", NULL, "joe", ""},
		{"{local}@example.com", "joe@example.org", NULL, NULL, NULL},
		{"{tag|lower|slug}-{local}@{domain}", "my-team-joe@x", "My Team", "joe", "x"},
		{"{local}+é@{domain}", "joe+É@x", NULL, "joe", "x"},
		{"{tag}", "second", "second", "", ""},
		{"{tag}", "third", "second", NULL, NULL},
		{"{local}", "anything", NULL, "anything", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct variable v[] = {{STR("local"), {NULL, 0}},
				       {STR("domain"), {NULL, 0}},
				       {STR("tag"), str_of(rows[i].tag)}};
		struct arena arena = {0};
		const struct template *t = parse(&arena, rows[i].text);
		const str known[] = {STR("tag")};
		bool fits;

		assert_int_equal(template_check_recover(t, known, rows[i].tag != NULL, NULL), 0);
		fits = template_recover(t, str_of(rows[i].address), v, COUNT(v));
		if (fits != (rows[i].local != NULL))
			fail_msg("%s from %s", rows[i].text, rows[i].address);
		if (fits && (!str_equal(v[0].value, str_of(rows[i].local)) ||
			     !str_equal(v[1].value, str_of(rows[i].domain))))
			fail_msg("%s from %s: %.*s, %.*s", rows[i].text, rows[i].address,
				 STR_ARG(v[0].value), STR_ARG(v[1].value));
		if (!fits)
			assert_true(!v[0].value.p && !v[1].value.p);
		arena_clear(&arena);
	}
}

static void test_check_recover(void **state)
{
	static const struct {
		const char *text;
		uint32_t column;
		const char *part; /* NULL: fine */
	} rows[] = {
		{"{local}+{tag}@{domain}", 0, NULL},
		{"{local}{tag}{domain}", 0, NULL},
		{"{tag|upper|slug}{local}", 0, NULL},
		{"x", 0, NULL},
		{"{local}{domain}", 8, "expected some text between {local} and {domain}"},
		{"{local|strip:x}@{domain}", 1, "only 'lower' can stand here"},
		{"{local}@{domain,tag}", 9, "alternatives cannot be turned back"},
		{"{local}@{local}", 9, "{local} stands here a second time"},
	};
	const str known[] = {STR("tag")};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = {0};
		const struct template *t = parse(&arena, rows[i].text);
		struct err err = {0};
		int rc = template_check_recover(t, known, 1, &err);

		assert_int_equal(rc, rows[i].part ? -1 : 0);
		if (rows[i].part &&
		    (!strstr(err.text, rows[i].part) || err.column != rows[i].column))
			fail_msg("%s: %s", rows[i].text, err.text);
		arena_clear(&arena);
	}
}

static void test_address_split(void **state)
{
	static const struct {
		const char *address, *local, *domain;
	} rows[] = {
		{"a@b", "a", "b"},  {"a+t@b.c", "a+t", "b.c"}, {"a@b@c", "a@b", "c"},
		{"@b", NULL, NULL}, {"a@", NULL, NULL},        {"ab", NULL, NULL},
		{"", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		str local, domain;
		bool split = address_split(str_of(rows[i].address), &local, &domain);

		assert_int_equal(split, rows[i].local != NULL);
		if (split) {
			assert_true(str_equal(local, str_of(rows[i].local)));
			assert_true(str_equal(domain, str_of(rows[i].domain)));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),        cmocka_unit_test(test_absent_says_what),
		cmocka_unit_test(test_build_all),      cmocka_unit_test(test_names),
		cmocka_unit_test(test_rules),          cmocka_unit_test(test_errors),
		cmocka_unit_test(test_limits),         cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_endless_values), cmocka_unit_test(test_recover),
		cmocka_unit_test(test_check_recover),  cmocka_unit_test(test_address_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
