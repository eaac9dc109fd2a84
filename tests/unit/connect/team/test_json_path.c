/* SPDX-License-Identifier: Apache-2.0 */
/* Paths in JSON answers: what they lead to, and each fault one can have. */
#include "lib/unit.h"

#include "connect/team/profile/json_path.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_faults_of_paths),
		cmocka_unit_test(test_paths_of_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
