/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader: events, places, pieces of any size, limits, and what it says of broken text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/json/json.h"

struct trace {
	struct buf out;
	const char *skip_at; /* path of an array or object that is skipped */
	const char *stop_at;
};

static int note(void *user, struct json_reader *r, enum json_event event, str text, struct err *err)
{
	static const char signs[] = "{}[]snTF0";
	struct trace *t = user;

	json_reader_path(r, &t->out);
	buf_printf(&t->out, "%c%.*s;", signs[event], STR_ARG(text));
	if (t->skip_at && json_reader_at(r, t->skip_at))
		json_reader_skip(r);
	if (t->stop_at && json_reader_at(r, t->stop_at))
		return err_set(err, REACH_ENTRY, CODE_FAILED, "enough");
	return 0;
}

static int read_in_pieces(str text, size_t size, struct trace *t, struct err *err)
{
	struct json_reader r;
	int result = 0;

	json_reader_open(&r, NULL, note, t);
	for (size_t i = 0; i < text.n && result == 0; i += size)
		result = json_reader_feed(&r, str_slice(text, i, i + size), err);
	if (result == 0)
		result = json_reader_finish(&r, err);
	json_reader_close(&r);
	return result;
}

/* Whole and in pieces of every size the same events must come. */
static void expect_events(str text, const char *expected)
{
	struct trace t = {0};
	struct err err = {0};

	if (json_read(text, NULL, note, &t, &err) < 0)
		fail_msg("%.*s: %s", STR_ARG(text), err.text);
	assert_string_equal(t.out.p, expected);
	for (size_t size = 1; size <= text.n; size++) {
		buf_reset(&t.out);
		if (read_in_pieces(text, size, &t, &err) < 0)
			fail_msg("%.*s in pieces of %zu: %s", STR_ARG(text), size, err.text);
		assert_string_equal(t.out.p, expected);
	}
	buf_clear(&t.out);
}

static void expect_fault(str text, const char *expected)
{
	struct trace t = {0};
	struct err err = {0};

	if (json_read(text, NULL, note, &t, &err) == 0)
		fail_msg("'%.*s' was taken", STR_ARG(text));
	assert_int_equal(err.code, CODE_DATA);
	assert_int_equal(err.reach, REACH_SYSTEM);
	if (!strstr(err.text, expected))
		fail_msg("'%.*s': %s, expected: %s", STR_ARG(text), err.text, expected);
	for (size_t size = 1; size <= text.n; size++)
		if (read_in_pieces(text, size, &t, &err) == 0)
			fail_msg("'%.*s' was taken in pieces of %zu", STR_ARG(text), size);
	buf_clear(&t.out);
}

static void events_and_places(void **state)
{
	(void)state;
	expect_events(STR("{\"a\":1,\"b\":[true,{\"c\":\"x\"},null],\"d\":{}}"),
		      "{;an1;b[;b[0]Ttrue;b[1]{;b[1].csx;b[1]};b[2]0null;b];d{;d};};");
	expect_events(STR(" [ ] "), "[;];");
	expect_events(STR("[[],[[-0.5e+10]],false]"), "[;[0][;[0]];[1][;[1][0][;[1][0][0]n-0.5e+10;"
						      "[1][0]];[1]];[2]Ffalse;];");
	expect_events(STR("12"), "n12;");
	expect_events(STR("\"x\""), "sx;");
	expect_events(STR("\n\ttrue\r\n"), "Ttrue;");
	expect_events(STR("\xef\xbb\xbf{}"), "{;};");
	expect_events(STR("{\"\":{\"a.b\":0}}"), "{;{;.a.bn0;};};");
}

static void strings(void **state)
{
	(void)state;
	expect_events(STR("\"a\\\"b\\\\c\\/\\b\\f\\n\\r\\t\""), "sa\"b\\c/\b\f\n\r\t;");
	expect_events(STR("\"\\u00e9\\u20AC\\ud83d\\ude00\""),
		      "s\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80;");
	expect_events(STR("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 plain ascii behind it\""),
		      "s\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 plain ascii behind it;");
	expect_events(STR("[\"0123456\",\"01234567\",\"0123456789abcdef\\n\"]"),
		      "[;[0]s0123456;[1]s01234567;[2]s0123456789abcdef\n;];");
	expect_events(STR("{\"k\\u0065y\":1}"), "{;keyn1;};");
}

static void broken_strings(void **state)
{
	(void)state;
	expect_fault(STR("\"\\ud83d\""), "escape");
	expect_fault(STR("\"\\ude00\""), "escape");
	expect_fault(STR("\"\\ud83d\\u0041\""), "escape");
	expect_fault(STR("\"\\x\""), "escape");
	expect_fault(STR("\"\\u12g4\""), "escape");
	expect_fault(STR("\"a\nb\""), "control characters");
	expect_fault(STR("\"\xc0\x80\""), "UTF-8");
	expect_fault(STR("\"\xed\xa0\x80\""), "UTF-8");
	expect_fault(STR("\"\xe0\x80\x80\""), "UTF-8");
	expect_fault(STR("\"\xf4\x90\x80\x80\""), "UTF-8");
	expect_fault(STR("\"\xf0\x80\x80\x80\""), "UTF-8");
	expect_fault(STR("\"\xff\""), "UTF-8");
	expect_fault(STR("\"\x80\""), "UTF-8");
	expect_fault(STR("\"\xc3(\""), "UTF-8");
	expect_fault(STR("\"abc"), "end of the string");
	expect_fault(STR("\"abc\\"), "end of the string");
	expect_fault(STR("\"abc\xc3"), "end of the string");
}

static void broken_grammar(void **state)
{
	(void)state;
	expect_fault(STR(""), "expected a value, met the end of the text");
	expect_fault(STR("   "), "expected a value");
	expect_fault(STR("{\"a\":1,}"), "expected a key in double quotes, met '}'");
	expect_fault(STR("[1,]"), "expected a value, met ']'");
	expect_fault(STR("[1 2]"), "expected ',' or ']', met '2]'");
	expect_fault(STR("{\"a\" 1}"), "expected ':'");
	expect_fault(STR("{a:1}"), "expected a key in double quotes");
	expect_fault(STR("{\"a\":1]"), "expected ',' or '}'");
	expect_fault(STR("[1}"), "expected ',' or ']'");
	expect_fault(STR("]"), "expected a value");
	expect_fault(STR("{} x"), "expected nothing behind the value, met 'x'");
	expect_fault(STR("[1"), "expected the end of an array or object");
	expect_fault(STR("{"), "expected a key or '}'");
	expect_fault(STR("{\"a\":"), "expected a value");
	expect_fault(STR("tru"), "expected a value");
	expect_fault(STR("trux"), "expected a value");
	expect_fault(STR("nul"), "expected a value");
	expect_fault(STR("NaN"), "expected a value");
	expect_fault(STR("\xef\xbb"), "expected a value");
	expect_fault(
		STR("<html><body>Bad gateway</body></html>"),
		"line 1 column 1 (byte 0): expected a value, met '<html><body>Bad gateway<...'");
	expect_fault(STR("{\n \"a\": 1,\n \"b\": x}"), "line 3 column 7 (byte 17)");
}

static void numbers(void **state)
{
	(void)state;
	expect_events(STR("[0,-0,10,1.5,1e5,1E-5,-1.25e+10]"),
		      "[;[0]n0;[1]n-0;[2]n10;[3]n1.5;[4]n1e5;[5]n1E-5;[6]n-1.25e+10;];");
	expect_fault(STR("01"), "expected nothing");
	expect_fault(STR("-"), "expected a digit");
	expect_fault(STR("1."), "expected a digit");
	expect_fault(STR(".5"), "expected a value");
	expect_fault(STR("1e"), "expected a digit");
	expect_fault(STR("1e+"), "expected a digit");
	expect_fault(STR("+1"), "expected a value");
	expect_fault(STR("[-x]"), "expected a digit, met 'x]'");
}

static void limits_hold(void **state)
{
	struct json_limits limits = {.depth = 3, .text = 5};
	struct trace t = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(json_read(STR("[[[12345]]]"), &limits, note, &t, &err), 0);
	assert_int_equal(json_read(STR("[[[[]]]]"), &limits, note, &t, &err), -1);
	assert_non_null(strstr(err.text, "deeper"));
	assert_int_equal(json_read(STR("[\"12345\"]"), &limits, note, &t, &err), 0);
	assert_int_equal(json_read(STR("[\"123456\"]"), &limits, note, &t, &err), -1);
	assert_non_null(strstr(err.text, "longer than the limit"));
	assert_int_equal(json_read(STR("[123456]"), &limits, note, &t, &err), -1);
	assert_int_equal(json_read(STR("{\"123456\":1}"), &limits, note, &t, &err), -1);
	buf_clear(&t.out);
}

static void an_endless_string_ends_at_the_limit(void **state)
{
	struct json_limits limits = {.text = 1000};
	struct json_reader r;
	struct trace t = {0};
	struct err err = {0};
	int fed = 0;

	(void)state;
	json_reader_open(&r, &limits, note, &t);
	assert_int_equal(json_reader_feed(&r, STR("\""), &err), 0);
	while (fed < 100 &&
	       json_reader_feed(&r, STR("0123456789abcdef0123456789abcdef"), &err) == 0)
		fed++;
	assert_true(fed < 33);
	assert_true(r.carry.n < 1100);
	json_reader_close(&r);
	buf_clear(&t.out);
}

static void skips_and_stops(void **state)
{
	str text = STR("{\"a\":{\"x\":[1,{}]},\"b\":[[1],{\"y\":2}],\"c\":3}");
	struct trace t = {.skip_at = "a"};
	struct err err = {0};

	(void)state;
	assert_int_equal(json_read(text, NULL, note, &t, &err), 0);
	assert_string_equal(t.out.p,
			    "{;a{;b[;b[0][;b[0][0]n1;b[0]];b[1]{;b[1].yn2;b[1]};b];cn3;};");
	buf_reset(&t.out);
	t.skip_at = "b";
	assert_int_equal(json_read(text, NULL, note, &t, &err), 0);
	assert_string_equal(t.out.p, "{;a{;a.x[;a.x[0]n1;a.x[1]{;a.x[1]};a.x];a};b[;cn3;};");
	buf_reset(&t.out);
	t.skip_at = "";
	assert_int_equal(json_read(text, NULL, note, &t, &err), 0);
	assert_string_equal(t.out.p, "{;");
	/* What is skipped is checked all the same. */
	assert_int_equal(json_read(STR("{\"a\":{\"x\":[1,}}"), NULL, note, &t, &err), -1);
	buf_reset(&t.out);
	t = (struct trace){.out = t.out, .stop_at = "b[].y"};
	assert_int_equal(json_read(text, NULL, note, &t, &err), -1);
	assert_string_equal(err.text, "enough");
	buf_clear(&t.out);
}

struct places {
	int emails, names, ids, keys;
};

static int count_places(void *user, struct json_reader *r, enum json_event event, str text,
			struct err *err)
{
	struct places *p = user;

	(void)err;
	(void)text;
	if (event != JSON_EVENT_STRING)
		return 0;
	p->emails += json_reader_at(r, "Resources[].emails[].value");
	p->names += json_reader_at(r, "Resources[].name.given");
	p->ids += json_reader_at(r, "Resources[].id");
	if (json_reader_level(r) == 3 && str_equal(json_reader_key(r, 2), STR("id"))) {
		assert_int_equal(json_reader_index(r, 1), p->keys);
		assert_true(json_reader_in_array(r, 1));
		p->keys++;
	}
	return 0;
}

static void places_by_pattern(void **state)
{
	struct places p = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(
		json_read(STR("{\"Resources\":[{\"id\":\"1\",\"emails\":[{\"value\":\"a\"},"
			      "{\"value\":\"b\",\"values\":\"c\"}]},{\"id\":\"2\","
			      "\"name\":{\"given\":\"x\"},\"name.given\":\"y\"}],\"id\":\"0\"}"),
			  NULL, count_places, &p, &err),
		0);
	assert_int_equal(p.emails, 2);
	assert_int_equal(p.names, 2); /* a key with a dot in it reads the same */
	assert_int_equal(p.ids, 2);
	assert_int_equal(p.keys, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_and_places),
		cmocka_unit_test(strings),
		cmocka_unit_test(broken_strings),
		cmocka_unit_test(broken_grammar),
		cmocka_unit_test(numbers),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(an_endless_string_ends_at_the_limit),
		cmocka_unit_test(skips_and_stops),
		cmocka_unit_test(places_by_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
