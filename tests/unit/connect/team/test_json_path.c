/* SPDX-License-Identifier: Apache-2.0 */
/* Paths in JSON answers and texts with placeholders: what profiles are made of. */
#include "lib/unit.h"

#include <string.h>

#include "config/yaml/yaml.h"
#include "connect/team/profile/internal.h"

static const char ANSWER[] =
	"{\"data\":{\"members\":[{\"id\":9007199254740993,\"role\":\"a\"},{\"id\":2,\"ok\":true}]},"
	"\"memberships\":[{\"org\":\"o1\",\"roles\":[{\"name\":\"x\"},{\"name\":\"y\"}]},"
	"{\"org\":\"o2\",\"roles\":[{\"name\":\"z\"}]}],"
	"\"flags\":{\"idp:provisioned\":false,\"a.b\":1},\"none\":null,\"half\":0.5}";

/* Every value at a path, joined by commas; "?" for what is no text. */
static void assert_path(const char *text, const char *wanted)
{
	struct arena arena = {0};
	struct values values = {0};
	const struct json_path *path;
	json_t *root = json_loads(ANSWER, 0, NULL);
	json_list all = {0};
	struct buf b = {0};
	struct err err;

	values_put(&values, STR("organization"), STR("o2"));
	if (json_path_parse(str_of(text), &arena, &path, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	json_path_all(path, root, &values, &all);
	list_each (const json_t *, value, &all) {
		str s = STR("?");

		json_to_text(*value, &arena, &s);
		buf_printf(&b, "%s%.*s", b.n ? "," : "", STR_ARG(s));
	}
	assert_string_equal(b.n ? b.p : "", wanted);
	buf_clear(&b);
	list_clear(&all);
	list_clear(&values.items);
	json_decref(root);
	arena_clear(&arena);
}

static void test_paths(void **state)
{
	(void)state;
	assert_path("data.members[].id", "9007199254740993,2");
	assert_path("data.members[1].ok", "true");
	assert_path("data.members[7].id", "");
	assert_path("$.data.members[0].role", "a");
	assert_path("memberships[org={organization}].roles[].name", "z");
	assert_path("memberships[org=o1].roles[].name", "x,y");
	assert_path("memberships[org=\"o1\"].roles[0].name", "x");
	assert_path("flags.\"idp:provisioned\"", "false");
	assert_path("flags.idp:provisioned", "false");
	assert_path("flags.\"a.b\"", "1");
	assert_path("none | nothing | data.members[0].role", "a");
	assert_path("none", "");
	assert_path("half", "?");
	assert_path("$", "?");
}

static void test_faults_of_paths(void **state)
{
	static const struct {
		const char *text;
		uint32_t column;
	} rows[] = {{"", 1},    {"a.", 3},  {"a[", 3},    {"a[1", 4},     {"a[x]", 4}, {"a b", 3},
		    {"\"a", 3}, {"a |", 4}, {"a[b=]", 5}, {"a[b={c]", 7}, {"$x", 2}};
	struct arena arena = {0};
	const struct json_path *path;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err err = {0};

		if (json_path_parse(str_of(rows[i].text), &arena, &path, &err) == 0)
			fail_msg("'%s' was taken", rows[i].text);
		if (err.column != rows[i].column)
			fail_msg("'%s': column %u, %s", rows[i].text, err.column, err.text);
	}
	arena_clear(&arena);
}

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

static void assert_paths_of(const char *json, const char *wanted)
{
	json_t *root = json_loads(json, JSON_DECODE_ANY, NULL);
	struct buf b = {0};

	json_paths_put(root, &b);
	assert_string_equal(b.n ? b.p : "", wanted);
	buf_clear(&b);
	json_decref(root);
}

static void test_paths_of_an_answer(void **state)
{
	(void)state;
	assert_paths_of("[{\"id\":1,\"user\":{\"email\":\"x\"},\"roles\":[{\"id\":2}]}]",
			"$[].id, $[].user.email, $[].roles[]");
	assert_paths_of("{\"data\":{\"members\":[],\"a b\":null}}", "data.members, data.\"a b\"");
	assert_paths_of("{}", "");
	assert_paths_of("7", "");
}

/* Each profile in the program is without fault, and says what nobody could verify. */
static void test_embedded_profiles(void **state)
{
	(void)state;
	for (size_t i = 0; profile_names[i]; i++) {
		struct arena arena = {0};
		struct diagnostics diags = {0};
		const struct profile *p = profile_load(str_of(profile_names[i]), ".",
						       (struct source_pos){0}, &arena, &diags);
		size_t count;

		if (!p) {
			diag_print(&diags, stderr, false);
			fail_msg("%s", profile_names[i]);
		}
		setting_items(p->settings, "unverified", &count);
		assert_true(count > 0);
		assert_true(p->removal.n > 0);
		profile_clear(p);
		diag_clear(&diags);
		arena_clear(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_faults_of_paths),
		cmocka_unit_test(test_rendering),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_paths_of_an_answer),
		cmocka_unit_test(test_embedded_profiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
