/* SPDX-License-Identifier: Apache-2.0 */
/* Places in JSON answers and texts with holes: what profiles are made of. */
#include "lib/unit.h"

#include <string.h>

#include "config/yaml/yaml.h"
#include "connect/team/profile/internal.h"

static const char ANSWER[] =
	"{\"data\":{\"members\":[{\"id\":9007199254740993,\"role\":\"a\"},{\"id\":2,\"ok\":true}]},"
	"\"memberships\":[{\"org\":\"o1\",\"roles\":[{\"name\":\"x\"},{\"name\":\"y\"}]},"
	"{\"org\":\"o2\",\"roles\":[{\"name\":\"z\"}]}],"
	"\"flags\":{\"idp:provisioned\":false,\"a.b\":1},\"none\":null,\"half\":0.5}";

/* Every value at a place, joined by commas; "?" for what is no text. */
static void assert_place(const char *text, const char *wanted)
{
	struct arena arena = {0};
	struct values values = {0};
	const struct place *place;
	json_t *root = json_loads(ANSWER, 0, NULL);
	json_list all = {0};
	struct buf b = {0};
	struct err err;

	values_put(&values, STR("organization"), STR("o2"));
	if (place_parse(str_of(text), &arena, &place, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	place_all(place, root, &values, &all);
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

static void test_places(void **state)
{
	(void)state;
	assert_place("data.members[].id", "9007199254740993,2");
	assert_place("data.members[1].ok", "true");
	assert_place("data.members[7].id", "");
	assert_place("$.data.members[0].role", "a");
	assert_place("memberships[org={organization}].roles[].name", "z");
	assert_place("memberships[org=o1].roles[].name", "x,y");
	assert_place("memberships[org=\"o1\"].roles[0].name", "x");
	assert_place("flags.\"idp:provisioned\"", "false");
	assert_place("flags.idp:provisioned", "false");
	assert_place("flags.\"a.b\"", "1");
	assert_place("none | nothing | data.members[0].role", "a");
	assert_place("none", "");
	assert_place("half", "?");
	assert_place("$", "?");
}

static void test_faults_of_places(void **state)
{
	static const struct {
		const char *text;
		uint32_t column;
	} rows[] = {{"", 1},    {"a.", 3},  {"a[", 3},    {"a[1", 4},     {"a[x]", 4}, {"a b", 3},
		    {"\"a", 3}, {"a |", 4}, {"a[b=]", 5}, {"a[b={c]", 7}, {"$x", 2}};
	struct arena arena = {0};
	const struct place *place;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err err = {0};

		if (place_parse(str_of(rows[i].text), &arena, &place, &err) == 0)
			fail_msg("'%s' was taken", rows[i].text);
		if (err.column != rows[i].column)
			fail_msg("'%s': column %u, %s", rows[i].text, err.column, err.text);
	}
	arena_clear(&arena);
}

static void assert_filled(const char *pattern, enum fill_manner manner, enum filled wanted,
			  const char *text)
{
	struct values values = {0};
	struct buf b = {0};
	struct err err;

	values_put(&values, STR("id"), STR("auth0|a/b+c@d"));
	values_put(&values, STR("empty"), STR(""));
	assert_int_equal(fill_text(str_of(pattern), &values, manner, &b, &err), wanted);
	if (wanted == FILL_DONE)
		assert_string_equal(b.p, text);
	buf_clear(&b);
	list_clear(&values.items);
}

static void test_filling(void **state)
{
	(void)state;
	assert_filled("/users:x/{id}", FILL_URL, FILL_DONE, "/users:x/auth0%7Ca%2Fb%2Bc%40d");
	assert_filled("{{{id}}}", FILL_PLAIN, FILL_DONE, "{auth0|a/b+c@d}");
	assert_filled("x{empty?}", FILL_PLAIN, FILL_LEFT_OUT, "");
	assert_filled("{empty}", FILL_PLAIN, FILL_ERROR, "");
	assert_filled("{nobody}", FILL_URL, FILL_ERROR, "");
	assert_filled("{id", FILL_PLAIN, FILL_ERROR, "");
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
		fill_json(yaml_parse(&arena, "body", str_of(yaml), &diags), &values, &w, &err), 0);
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

static void assert_places(const char *json, const char *wanted)
{
	json_t *root = json_loads(json, JSON_DECODE_ANY, NULL);
	struct buf b = {0};

	json_places(root, &b);
	assert_string_equal(b.n ? b.p : "", wanted);
	buf_clear(&b);
	json_decref(root);
}

static void test_places_of_an_answer(void **state)
{
	(void)state;
	assert_places("[{\"id\":1,\"user\":{\"email\":\"x\"},\"roles\":[{\"id\":2}]}]",
		      "$[].id, $[].user.email, $[].roles[]");
	assert_places("{\"data\":{\"members\":[],\"a b\":null}}", "data.members, data.\"a b\"");
	assert_places("{}", "");
	assert_places("7", "");
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
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_faults_of_places),
		cmocka_unit_test(test_filling),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_places_of_an_answer),
		cmocka_unit_test(test_embedded_profiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
