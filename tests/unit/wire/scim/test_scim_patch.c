/* SPDX-License-Identifier: Apache-2.0 */
/* Documents and PATCH: each operation of RFC 7644 3.5.2, its errors, and the dialects of identity
 * providers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire.h"

static struct scim_schemas schemas;

static int load(void **state)
{
	(void)state;
	scim_schemas_load(&schemas);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	scim_schemas_clear(&schemas);
	return 0;
}

static json_t *parse(const char *text)
{
	json_error_t why;
	json_t *json = json_loads(text, JSON_DECODE_ANY, &why);

	if (!json)
		fail_msg("%s: %s", text, why.text);
	return json;
}

static void assert_json(const json_t *is, const char *expected)
{
	json_t *wanted = parse(expected);

	if (!json_equal(is, wanted)) {
		char *text = json_dumps(is, JSON_COMPACT);

		fail_msg("is %s, expected %s", text, expected);
	}
	json_decref(wanted);
}

#define ADA                                                                                        \
	"{\"userName\":\"ada\",\"name\":{\"givenName\":\"Ada\",\"familyName\":\"L\"},\"active\":"  \
	"true,\"emails\":[{\"value\":\"a@x\",\"type\":\"work\",\"primary\":true},{\"value\":"      \
	"\"h@x\",\"type\":\"home\"}]}"
#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

struct patched {
	struct scim_patch patch;
	struct scim_error error;
	struct scim_dialect dialect;
};

static struct patched apply(const struct scim_resource *resource, const char *before,
			    const char *operations, bool strict)
{
	struct patched o = {.dialect = {.strict = strict}};
	json_t *attributes = parse(before), *list = parse(operations);
	json_t *body = json_pack("{s:o}", "Operations", list);

	scim_patch_apply(resource, attributes, body, 100, &o.dialect, &o.patch, &o.error);
	assert_json(attributes, before);
	json_decref(attributes);
	json_decref(body);
	return o;
}

/* Applies to a user and expects what comes out. */
static void user_becomes(const char *before, const char *operations, const char *after)
{
	struct patched o = apply(&schemas.user, before, operations, false);

	if (o.error.status)
		fail_msg("%s: %d %s", operations, o.error.status, o.error.detail);
	assert_json(o.patch.attributes, after);
	scim_patch_clear(&o.patch);
}

static void user_fails(const char *before, const char *operations, bool strict, const char *type)
{
	struct patched o = apply(&schemas.user, before, operations, strict);

	if (o.error.status != 400)
		fail_msg("%s was taken", operations);
	assert_string_equal(o.error.type, type);
	assert_null(o.patch.attributes);
}

static void test_simple(void **state)
{
	(void)state;
	user_becomes("{\"userName\":\"a\"}",
		     "[{\"op\":\"add\",\"path\":\"title\",\"value\":\"Lead\"}]",
		     "{\"userName\":\"a\",\"title\":\"Lead\"}");
	user_becomes("{\"userName\":\"a\",\"title\":\"x\"}",
		     "[{\"op\":\"remove\",\"path\":\"TITLE\"}]", "{\"userName\":\"a\"}");
	user_becomes("{\"userName\":\"a\"}",
		     "[{\"op\":\"replace\",\"value\":{\"userName\":\"b\",\"title\":\"T\"}}]",
		     "{\"userName\":\"b\",\"title\":\"T\"}");
	user_becomes("{\"userName\":\"a\",\"name\":{\"givenName\":\"A\",\"familyName\":\"B\"}}",
		     "[{\"op\":\"replace\",\"path\":\"name\",\"value\":{\"givenName\":\"C\"}}]",
		     "{\"userName\":\"a\",\"name\":{\"givenName\":\"C\",\"familyName\":\"B\"}}");
	user_becomes("{\"userName\":\"a\",\"name\":{\"givenName\":\"A\"}}",
		     "[{\"op\":\"remove\",\"path\":\"name.givenName\"}]", "{\"userName\":\"a\"}");
	user_becomes("{\"userName\":\"a\"}",
		     "[{\"op\":\"add\",\"path\":\"" ENTERPRISE ":department\",\"value\":\"IT\"}]",
		     "{\"userName\":\"a\",\"" ENTERPRISE "\":{\"department\":\"IT\"}}");
	user_becomes("{\"userName\":\"a\",\"" ENTERPRISE "\":{\"department\":\"IT\"}}",
		     "[{\"op\":\"remove\",\"path\":\"" ENTERPRISE ":department\"}]",
		     "{\"userName\":\"a\"}");
	user_becomes("{\"userName\":\"a\"}",
		     "[{\"op\":\"add\",\"path\":\"" ENTERPRISE
		     "\",\"value\":{\"department\":\"IT\",\"costCenter\":\"7\"}}]",
		     "{\"userName\":\"a\",\"" ENTERPRISE
		     "\":{\"department\":\"IT\",\"costCenter\":\"7\"}}");
	user_becomes("{\"userName\":\"a\",\"" ENTERPRISE "\":{\"department\":\"IT\"}}",
		     "[{\"op\":\"remove\",\"path\":\"" ENTERPRISE "\"}]", "{\"userName\":\"a\"}");
}

static void test_lists(void **state)
{
	(void)state;
	/* what is there already changes nothing */
	user_becomes(ADA,
		     "[{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"a@x\",\"type\":"
		     "\"work\"}]}]",
		     ADA);
	/* the newest primary wins */
	user_becomes("{\"userName\":\"a\",\"emails\":[{\"value\":\"1\",\"primary\":true}]}",
		     "[{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"2\",\"primary\":"
		     "true}]}]",
		     "{\"userName\":\"a\",\"emails\":[{\"value\":\"1\",\"primary\":false},{"
		     "\"value\":\"2\",\"primary\":true}]}");
	user_becomes("{\"userName\":\"a\",\"emails\":[{\"value\":\"1\"},{\"value\":\"2\"}]}",
		     "[{\"op\":\"replace\",\"path\":\"emails\",\"value\":[{\"value\":\"3\"}]}]",
		     "{\"userName\":\"a\",\"emails\":[{\"value\":\"3\"}]}");
	user_becomes("{\"userName\":\"a\",\"emails\":[{\"value\":\"1\",\"type\":\"work\"},{"
		     "\"value\":\"2\",\"type\":\"home\"},{\"value\":\"3\",\"type\":\"work\"}]}",
		     "[{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work\\\"]\"}]",
		     "{\"userName\":\"a\",\"emails\":[{\"value\":\"2\",\"type\":\"home\"}]}");
	user_becomes("{\"userName\":\"a\",\"emails\":[{\"value\":\"1\",\"type\":\"work\"}]}",
		     "[{\"op\":\"replace\",\"path\":\"emails[type eq \\\"work\\\"].value\","
		     "\"value\":\"9\"}]",
		     "{\"userName\":\"a\",\"emails\":[{\"value\":\"9\",\"type\":\"work\"}]}");
	/* both e-mails of one filter, the last of them takes the attribute along */
	user_becomes("{\"userName\":\"a\",\"emails\":[{\"value\":\"1\"}]}",
		     "[{\"op\":\"remove\",\"path\":\"emails[value eq \\\"1\\\"]\"}]",
		     "{\"userName\":\"a\"}");
}

static void test_errors(void **state)
{
	(void)state;
	user_fails(ADA, "[{\"op\":\"remove\"}]", false, "noTarget");
	user_fails(ADA, "[{\"op\":\"remove\",\"path\":\"userName\"}]", false, "mutability");
	user_fails(ADA, "[{\"op\":\"replace\",\"path\":\"id\",\"value\":\"x\"}]", false,
		   "mutability");
	user_fails(ADA, "[{\"op\":\"replace\",\"path\":\"meta.created\",\"value\":\"x\"}]", false,
		   "mutability");
	user_fails(ADA, "[{\"op\":\"add\",\"path\":\"nonsense\",\"value\":\"x\"}]", false,
		   "invalidPath");
	user_fails(ADA, "[{\"op\":\"add\",\"path\":\"emails[\",\"value\":\"x\"}]", false,
		   "invalidFilter");
	user_fails(ADA, "[{\"op\":\"add\",\"path\":\"name..x\",\"value\":\"x\"}]", false,
		   "invalidPath");
	user_fails(ADA,
		   "[{\"op\":\"replace\",\"path\":\"emails[type eq \\\"other\\\"].value\","
		   "\"value\":\"x\"}]",
		   false, "noTarget");
	user_fails(ADA, "[{\"op\":\"replace\",\"path\":\"active\",\"value\":\"maybe\"}]", false,
		   "invalidValue");
	user_fails(ADA, "[{\"op\":\"replace\",\"value\":\"text\"}]", false, "invalidValue");
	user_fails(ADA, "[{\"op\":\"increase\",\"path\":\"title\"}]", false, "invalidSyntax");
	user_fails(ADA, "[]", false, "invalidSyntax");
	/* the second operation's fault undoes the first: nothing comes out */
	user_fails(ADA, "[{\"op\":\"add\",\"path\":\"title\",\"value\":\"x\"},{\"op\":\"remove\"}]",
		   false, "noTarget");
	user_fails(ADA, "[{\"op\":\"replace\",\"path\":\"active\",\"value\":\"False\"}]", true,
		   "invalidValue");
	user_fails(ADA, "[{\"op\":\"replace\",\"value\":{\"userName\":\"\"}}]", false,
		   "invalidValue");
}

static void test_dialects(void **state)
{
	(void)state;
	user_becomes("{\"userName\":\"a\",\"active\":true}",
		     "[{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}]",
		     "{\"userName\":\"a\",\"active\":false}");
	user_becomes("{\"userName\":\"a\",\"active\":false}",
		     "[{\"op\":\"Replace\",\"path\":\"active\",\"value\":null}]",
		     "{\"userName\":\"a\",\"active\":false}");
	user_becomes("{\"userName\":\"a\"}",
		     "[{\"op\":\"Add\",\"path\":\"emails[type eq \\\"work\\\"].value\",\"value\":"
		     "\"a@x\"}]",
		     "{\"userName\":\"a\",\"emails\":[{\"type\":\"work\",\"value\":\"a@x\"}]}");
	user_becomes(
		"{\"userName\":\"a\"}",
		"[{\"op\":\"replace\",\"value\":{\"name.givenName\":\"A\",\"" ENTERPRISE
		":department\":\"IT\",\"emails[type eq \\\"work\\\"].value\":\"x\"}}]",
		"{\"userName\":\"a\",\"name\":{\"givenName\":\"A\"},\"" ENTERPRISE
		"\":{\"department\":\"IT\"},\"emails\":[{\"type\":\"work\",\"value\":\"x\"}]}");
}

static void test_entra_manager(void **state)
{
	(void)state;
	user_becomes("{\"userName\":\"a\"}",
		     "[{\"op\":\"Add\",\"path\":\"" ENTERPRISE ":manager\",\"value\":\"77\"}]",
		     "{\"userName\":\"a\",\"" ENTERPRISE "\":{\"manager\":{\"value\":\"77\"}}}");
	user_becomes("{\"userName\":\"a\"}",
		     "[{\"op\":\"Replace\",\"path\":\"displayName\",\"value\":[{\"$ref\":null,"
		     "\"value\":\"Ada\"}]}]",
		     "{\"userName\":\"a\",\"displayName\":\"Ada\"}");
	user_becomes("{\"userName\":\"a\"}",
		     "[{\"op\":\"replace\",\"value\":{\"id\":\"7\",\"displayName\":\"G\"}}]",
		     "{\"userName\":\"a\",\"displayName\":\"G\"}");
	user_becomes("{\"userName\":\"a\"}",
		     "[{\"op\":\"add\",\"path\":\"urn:x:custom:2.0:User:tag\",\"value\":\"v\"}]",
		     "{\"userName\":\"a\"}");
}

static void group_asks(const char *operations, size_t count, enum scim_members_verb verb,
		       const char *list)
{
	struct patched o = apply(&schemas.group, "{\"displayName\":\"g\"}", operations, false);

	if (o.error.status)
		fail_msg("%s: %s", operations, o.error.detail);
	assert_int_equal(o.patch.members.count, count);
	if (count > 0) {
		assert_int_equal(o.patch.members.items[0].verb, verb);
		if (list)
			assert_json(o.patch.members.items[0].list, list);
	}
	scim_patch_clear(&o.patch);
}

static void test_members(void **state)
{
	(void)state;
	group_asks("[{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"1\"}]}]", 1,
		   SCIM_MEMBERS_ADD, "[{\"value\":\"1\"}]");
	group_asks("[{\"op\":\"Add\",\"path\":\"members\",\"value\":\"one\"}]", 1, SCIM_MEMBERS_ADD,
		   "[{\"value\":\"one\"}]");
	group_asks("[{\"op\":\"Remove\",\"path\":\"members\",\"value\":[{\"$ref\":null,\"value\":"
		   "\"1\"}]}]",
		   1, SCIM_MEMBERS_REMOVE, "[{\"value\":\"1\"}]");
	group_asks("[{\"op\":\"remove\",\"path\":\"members[value eq \\\"1\\\"]\"}]", 1,
		   SCIM_MEMBERS_REMOVE_WHERE, NULL);
	group_asks("[{\"op\":\"remove\",\"path\":\"members\"}]", 1, SCIM_MEMBERS_REPLACE, "[]");
	group_asks("[{\"op\":\"remove\",\"path\":\"members\",\"value\":[]}]", 1,
		   SCIM_MEMBERS_REMOVE, "[]");
	group_asks("[{\"op\":\"replace\",\"value\":{\"id\":\"g\",\"displayName\":\"h\"}}]", 0, 0,
		   NULL);
	group_asks("[{\"op\":\"replace\",\"value\":{\"displayName\":\"h\",\"members\":null}}]", 0,
		   0, NULL);
	group_asks("[{\"op\":\"replace\",\"path\":\"members\",\"value\":[]}]", 1,
		   SCIM_MEMBERS_REPLACE, "[]");
}

static void document_reads(const char *body, const char *attributes)
{
	struct scim_document document = {0};
	struct scim_error error = {0};
	struct scim_dialect dialect = {0};
	json_t *json = parse(body);

	if (scim_document_read(&schemas.user, json, &dialect, &document, &error) < 0)
		fail_msg("%s: %s", body, error.detail);
	assert_json(document.attributes, attributes);
	scim_document_clear(&document);
	json_decref(json);
}

static void test_document(void **state)
{
	(void)state;
	document_reads("{\"UserName\":\"a\",\"Active\":\"True\",\"id\":null,\"meta\":{\"x\":1},"
		       "\"roles\":[],\"password\":\"secret\",\"nonsense\":1,\"groups\":[]}",
		       "{\"userName\":\"a\",\"active\":true}");
	document_reads("{\"userName\":\"a\",\"" ENTERPRISE
		       "\":{\"Department\":\"IT\",\"Manager\":{\"Value\":\"S\",\"displayName\":"
		       "\"x\"}}}",
		       "{\"userName\":\"a\",\"" ENTERPRISE
		       "\":{\"department\":\"IT\",\"manager\":{\"value\":\"S\"}}}");
	document_reads("{\"userName\":\"a\",\"name.givenName\":\"A\"}",
		       "{\"userName\":\"a\",\"name\":{\"givenName\":\"A\"}}");
	document_reads("{\"userName\":\"a\",\"" ENTERPRISE
		       "\":{\"manager\":{\"managerId\":\"7\",\"displayName\":\"B\"}}}",
		       "{\"userName\":\"a\",\"" ENTERPRISE "\":{\"manager\":{\"value\":\"7\"}}}");
}

static void test_bodies(void **state)
{
	struct scim_error error = {0};
	struct buf deep = {0};

	(void)state;
	for (int i = 0; i < 40; i++)
		buf_text(&deep, "{\"a\":");
	assert_null(scim_body_parse(buf_str(&deep), &error));
	assert_string_equal(error.type, "invalidSyntax");
	buf_clear(&deep);
	error = (struct scim_error){0};
	assert_null(scim_body_parse(STR("{\"a\":1,\"a\":2}"), &error));
	error = (struct scim_error){0};
	assert_null(scim_body_parse(STR("{\"a\":\"\\u0000\"}"), &error));
	error = (struct scim_error){0};
	assert_null(scim_body_parse(STR("{\"a\":\"\xff\"}"), &error));
	error = (struct scim_error){0};
	assert_null(scim_body_parse(STR("[1]"), &error));
	assert_int_equal(error.status, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simple),        cmocka_unit_test(test_lists),
		cmocka_unit_test(test_errors),        cmocka_unit_test(test_dialects),
		cmocka_unit_test(test_entra_manager), cmocka_unit_test(test_members),
		cmocka_unit_test(test_document),      cmocka_unit_test(test_bodies),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
