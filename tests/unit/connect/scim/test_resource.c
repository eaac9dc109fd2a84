/* SPDX-License-Identifier: Apache-2.0 */
/* SCIM resources read from JSON: canonical names, odd spellings, lists, errors as one line. */
#include "lib/unit.h"

#include "connect/scim/read/read.h"

struct seen {
	struct buf out;
	int stop_at;
	int count;
};

static int note(void *context, const struct resource *r, const char *defect, struct err *err)
{
	struct seen *seen = context;

	buf_printf(&seen->out, "(%.*s", STR_ARG(r->id));
	if (defect)
		buf_printf(&seen->out, " !%s", defect);
	if (r->inactive)
		buf_text(&seen->out, " off");
	if (r->etag.n)
		buf_printf(&seen->out, " etag=%.*s", STR_ARG(r->etag));
	for (size_t i = 0; i < r->field_count; i++)
		buf_printf(&seen->out, " %.*s=%.*s", STR_ARG(r->fields[i].name),
			   STR_ARG(r->fields[i].value));
	for (size_t i = 0; i < r->member_count; i++)
		buf_printf(&seen->out, " <%.*s>", STR_ARG(r->members[i]));
	buf_text(&seen->out, ")");
	if (++seen->count == seen->stop_at)
		return err_set(err, REACH_RUN, CODE_FAILED, "enough");
	return 0;
}

static void expect_resource(const char *json, const char *expected)
{
	struct resource_names *names = resource_names_open();
	struct seen seen = {0};
	struct err err;

	if (resource_read(names, str_of(json), true, note, &seen, &err) < 0)
		fail_msg("%s: %s", json, err.text);
	assert_string_equal(seen.out.p, expected);
	buf_clear(&seen.out);
	resource_names_close(names);
}

static void plain_and_nested(void **state)
{
	(void)state;
	expect_resource("{\"schemas\":[\"x\"],\"id\":\"7\",\"userName\":\"ada\",\"active\":true,"
			"\"name\":{\"givenName\":\"Ada\",\"formatted\":null},\"meta\":{\"version\":"
			"\"W/\\\"1\\\"\"},\"groups\":[{\"value\":\"g\"}],\"nickName\":\"\"}",
			"(7 etag=W/\"1\" userName=ada active=true name.givenName=Ada)");
}

static void many_values(void **state)
{
	(void)state;
	expect_resource(
		"{\"id\":\"7\",\"emails\":[{\"value\":\"a@x\",\"primary\":true,\"type\":\"work\"},"
		"{\"value\":\"b@x\",\"primary\":false},{\"type\":\"a\\\"b\",\"value\":\"c@x\"}],"
		"\"phoneNumbers\":[],\"roles\":[{\"value\":\"admin\",\"type\":\"x\",\"primary\":"
		"true}]}",
		"(7 emails[type eq \"work\"].value=a@x emails[type eq \"work\"].primary=true"
		" emails.value=b@x emails[type eq \"a\\\"b\"].value=c@x roles.value=admin)");
	expect_resource("{\"id\":\"7\",\"roles\":[\"admin\",\"user\"],\"emails\":[\"a@x\"],"
			"\"x509Certificates\":[null]}",
			"(7 roles.value=admin roles.value=user emails.value=a@x)");
}

static void the_extension(void **state)
{
	(void)state;
	expect_resource("{\"id\":\"7\",\"" ENTERPRISE_URN
			"\":{\"department\":\"R\",\"manager\":{\"value\":\"9\","
			"\"displayName\":\"Boss\",\"$ref\":\"u\"},\"employeeNumber\":12},"
			"\"urn:example:2.0:User\":{\"tags\":[\"a\",\"b\"],\"box\":{\"x\":1},"
			"\"list\":[{\"type\":\"t\",\"value\":\"v\"}]}}",
			"(7 " ENTERPRISE_URN ":department=R " ENTERPRISE_URN
			":manager.value=9 " ENTERPRISE_URN
			":manager.displayName=Boss " ENTERPRISE_URN ":employeeNumber=12"
			" urn:example:2.0:User:tags=a urn:example:2.0:User:tags=b "
			"urn:example:2.0:User:box.x=1"
			" urn:example:2.0:User:list[type eq \"t\"].value=v)");
}

static void odd_spellings(void **state)
{
	(void)state;
	expect_resource(
		"{\"ID\":12,\"UserName\":\"ada\",\"Active\":\"False\",\"Name\":{\"FAMILYNAME\":"
		"\"L\"},"
		"\"name.givenName\":\"Ada\",\"Emails\":[{\"Type\":\"work\",\"Value\":\"a@x\"}]}",
		"(12 off userName=ada active=false name.familyName=L name.givenName=Ada"
		" emails[type eq \"work\"].value=a@x)");
}

static void members(void **state)
{
	(void)state;
	expect_resource(
		"{\"id\":\"g\",\"displayName\":\"eng\",\"members\":[{\"value\":\"1\",\"$ref\":null,"
		"\"display\":\"x\"},\"2\",{\"display\":\"none\"},{\"value\":\"3\",\"type\":"
		"\"Group\"}]}",
		"(g displayName=eng <1> <2> <3>)");
	expect_resource("{\"id\":\"g\",\"members\":null}", "(g)");
}

static void no_resource(void **state)
{
	(void)state;
	expect_resource("{\"userName\":\"x\"}", "( !it has no id userName=x)");
	expect_resource("{\"id\":\"\"}", "( !it has no id)");
	expect_resource("[1]", "( !it is no JSON object)");
}

static void expect_page(const char *json, int64_t total, uint64_t resources, const char *expected,
			const char *cursor)
{
	struct resource_names *names = resource_names_open();
	struct seen seen = {0};
	struct page page = {0};
	struct err err;

	buf_text(&seen.out, "");
	if (page_read(names, str_of(json), false, &page, note, &seen, &err) < 0)
		fail_msg("%s: %s", json, err.text);
	assert_string_equal(seen.out.p ? seen.out.p : "", expected);
	assert_int_equal(page.total, total);
	assert_int_equal(page.resources, resources);
	assert_int_equal(page.has_cursor, cursor != NULL);
	if (cursor)
		assert_string_equal(page.cursor.p, cursor);
	buf_clear(&seen.out);
	buf_clear(&page.cursor);
	resource_names_close(names);
}

static void pages(void **state)
{
	(void)state;
	expect_page("{\"totalResults\":2,\"startIndex\":1,\"itemsPerPage\":2,\"Resources\":[{"
		    "\"id\":\"1\"},{\"id\":\"2\",\"meta\":{\"version\":\"1\"}}]}",
		    2, 2, "(1)(2)", NULL);
	expect_page("{\"Resources\":[{\"id\":\"1\"}],\"nextCursor\":\"abc\"}", -1, 1, "(1)", "abc");
	expect_page("{\"totalResults\":\"3\",\"resources\":[]}", 3, 0, "", NULL);
	expect_page("{\"totalResults\":0,\"Resources\":null,\"nextCursor\":\"\"}", 0, 0, "", NULL);
	expect_page("{\"totalResults\":1,\"Resources\":[\"x\",[{\"id\":\"no\"}],7]}", 1, 3,
		    "( !it is no JSON object)( !it is no JSON object)( !it is no JSON object)",
		    NULL);
	expect_page("{\"Errors\":{\"code\":1,\"Resources\":[{\"id\":\"1\"}]}}", -1, 0, "", NULL);
	expect_page("[]", -1, 0, "", NULL);
	expect_page("\"text\"", -1, 0, "", NULL);
}

static void a_sink_can_stop(void **state)
{
	struct resource_names *names = resource_names_open();
	struct seen seen = {.stop_at = 2};
	struct page page = {0};
	struct err err;

	(void)state;
	assert_int_equal(
		page_read(names,
			  STR("{\"Resources\":[{\"id\":\"1\"},{\"id\":\"2\"},{\"id\":\"3\"}]}"),
			  false, &page, note, &seen, &err),
		-1);
	assert_string_equal(err.text, "enough");
	assert_string_equal(seen.out.p, "(1)(2)");
	buf_clear(&seen.out);
	resource_names_close(names);
}

static void expect_problem(int status, const char *body, const char *expected)
{
	struct http_response r = {.outcome = HTTP_ANSWERED, .status = status, .body = str_of(body)};
	struct err err;

	err_set(&r.err, REACH_ENTRY, CODE_FAILED, "POST /Users: answered %d", status);
	scim_error_explain(&r, &err);
	assert_string_equal(err.text, expected);
	assert_int_equal(err.code, CODE_FAILED);
}

static void problems(void **state)
{
	(void)state;
	expect_problem(409,
		       "{\"schemas\":[\"x\"],\"status\":\"409\",\"scimType\":\"uniqueness\","
		       "\"detail\":\"in use\"}",
		       "POST /Users: answered 409, uniqueness \"in use\"");
	expect_problem(400, "{\"code\":300,\"message\":\"no\\nsuch thing\"}",
		       "POST /Users: answered 400 \"no such thing\"");
	expect_problem(400, "{\"Errors\":{\"description\":\"user_not_found\",\"code\":404}}",
		       "POST /Users: answered 400 \"user_not_found\"");
	expect_problem(500, "<html>broken</html>", "POST /Users: answered 500");
	expect_problem(500, "", "POST /Users: answered 500");
	expect_problem(400, "{\"detail\":{\"x\":1}}", "POST /Users: answered 400");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_and_nested),
		cmocka_unit_test(many_values),
		cmocka_unit_test(the_extension),
		cmocka_unit_test(odd_spellings),
		cmocka_unit_test(members),
		cmocka_unit_test(no_resource),
		cmocka_unit_test(pages),
		cmocka_unit_test(a_sink_can_stop),
		cmocka_unit_test(problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
