/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer: commas, both layouts, escapes, and bytes that are not UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/json.h"

static void write_sample(struct json_writer *w)
{
	json_write_object(w);
	json_write_member(w, "id", STR("7"));
	json_write_key(w, STR("list"));
	json_write_array(w);
	json_write_int(w, INT64_MIN);
	json_write_bool(w, false);
	json_write_null(w);
	json_write_raw(w, STR("{\"raw\":1}"));
	json_write_object(w);
	json_write_object_end(w);
	json_write_array(w);
	json_write_array_end(w);
	json_write_array_end(w);
	json_write_member_int(w, "n", 3);
	json_write_member_bool(w, "on", true);
	json_write_object_end(w);
}

static void compact(void **state)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};

	(void)state;
	write_sample(&w);
	assert_string_equal(out.p, "{\"id\":\"7\",\"list\":[-9223372036854775808,false,null,"
				   "{\"raw\":1},{},[]],\"n\":3,\"on\":true}");
	buf_clear(&out);
}

static void pretty(void **state)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out, .pretty = true};

	(void)state;
	write_sample(&w);
	assert_string_equal(out.p,
			    "{\n  \"id\": \"7\",\n  \"list\": [\n    -9223372036854775808,\n"
			    "    false,\n    null,\n    {\"raw\":1},\n    {},\n    []\n  ],\n"
			    "  \"n\": 3,\n  \"on\": true\n}");
	buf_clear(&out);
}

static void expect_text(str text, const char *expected)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_write_string(&w, text);
	assert_string_equal(out.p, expected);
	buf_clear(&out);
}

static void strings(void **state)
{
	(void)state;
	expect_text(STR(""), "\"\"");
	expect_text(STR("a\"b\\c/\b\f\n\r\t\x01\x7f"),
		    "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u007f\"");
	expect_text(STR("a\0b"), "\"a\\u0000b\"");
	expect_text(STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
		    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
	expect_text(STR("a\xff"
			"b"),
		    "\"a\xef\xbf\xbd"
		    "b\"");
	expect_text(STR("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	expect_text(STR("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void every_byte_pair_is_valid_json(void **state)
{
	struct buf out = {0};

	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		char pair[2] = {(char)(i >> 8), (char)(i & 0xff)};
		struct json_writer w = {.out = &out};
		json_t *read;

		buf_reset(&out);
		json_write_string(&w, str_make(pair, 2));
		read = json_loadb(out.p, out.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(read);
		if (str_is_utf8(str_make(pair, 2)))
			assert_true(str_equal(
				str_make(json_string_value(read), json_string_length(read)),
				str_make(pair, 2)));
		json_decref(read);
	}
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compact),
		cmocka_unit_test(pretty),
		cmocka_unit_test(strings),
		cmocka_unit_test(every_byte_pair_is_valid_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
