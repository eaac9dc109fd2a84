/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and bodies with placeholders: encoded for where they go, left out where they may be. */
#include "lib/unit.h"

#include "config/yaml/yaml.h"
#include "connect/team/profile/render.h"

static void assert_rendered(const char *pattern, enum render_encoding encoding,
			    enum rendered wanted, const char *text)
{
	struct values values = {0};
	struct buf b = {0};
	struct err err;

	values_put(&values, STR("id"), STR("auth0|a/b+c@d"));
	values_put(&values, STR("empty"), STR(""));
	assert_int_equal(render_text(str_of(pattern), &values, encoding, &b, &err), wanted);
	if (wanted == RENDER_DONE)
		assert_string_equal(b.p, text);
	buf_clear(&b);
	list_clear(&values.items);
}

static void test_rendering(void **state)
{
	(void)state;
	assert_rendered("/users:x/{id}", RENDER_URL, RENDER_DONE, "/users:x/auth0%7Ca%2Fb%2Bc%40d");
	assert_rendered("{{{id}}}", RENDER_PLAIN, RENDER_DONE, "{auth0|a/b+c@d}");
	assert_rendered("x{empty?}", RENDER_PLAIN, RENDER_LEFT_OUT, "");
	assert_rendered("{empty}", RENDER_PLAIN, RENDER_FAILED, "");
	assert_rendered("{nobody}", RENDER_URL, RENDER_FAILED, "");
	assert_rendered("{id", RENDER_PLAIN, RENDER_FAILED, "");
}

static void assert_body(const char *yaml, const char *wanted)
{
	struct arena arena = {0};
	struct diagnostics diags = {0};
	struct values values = {0};
	struct buf b = {0};
	struct json_writer w = {.out = &b};
	struct err err;

	values_put(&values, STR("id"), STR("7"));
	assert_int_equal(
		render_json(yaml_parse(&arena, "body", str_of(yaml), &diags), &values, &w, &err),
		0);
	assert_string_equal(b.p, wanted);
	buf_clear(&b);
	list_clear(&values.items);
	diag_clear(&diags);
	arena_clear(&arena);
}

/* What has nothing to show is left out, with the maps and lists that would be empty. */
static void test_bodies(void **state)
{
	(void)state;
	assert_body("{a: \"{id}\", b: \"{id:integer}\", c: true}",
		    "{\"a\":\"7\",\"b\":7,\"c\":true}");
	assert_body("{a: \"{id}\", b: \"{none?}\"}", "{\"a\":\"7\"}");
	assert_body("{a: \"{id}\", m: {roles: [{name: \"{none?}\"}], x: \"{none?}\"}}",
		    "{\"a\":\"7\"}");
	assert_body("{a: {b: \"{none?}\", c: 1}, l: []}", "{\"a\":{\"c\":1},\"l\":[]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rendering),
		cmocka_unit_test(test_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
