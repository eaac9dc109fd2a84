/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent to a SCIM service: new users and groups, PATCH operations, documents edited for PUT,
 * profiles. */
#include "lib/unit.h"

#include "connect/scim/write/internal.h"

static void expect_json(json_t *given, const char *expected)
{
	json_t *wanted = json_loads(expected, 0, NULL);
	char *text = json_dumps(given, JSON_COMPACT);

	assert_non_null(wanted);
	if (!json_equal(given, wanted))
		fail_msg("%s\nexpected %s", text, expected);
	free(text);
	json_decref(wanted);
	json_decref(given);
}

static void paths(void **state)
{
	struct flat_path p = flat_path_split(STR("emails[type eq \"work\"].value"));

	(void)state;
	assert_str_equal(p.name, "emails");
	assert_str_equal(p.where, "type");
	assert_str_equal(p.type, "work");
	assert_str_equal(p.sub, "value");
	p = flat_path_split(STR(ENTERPRISE_URN ":manager.value"));
	assert_str_equal(p.urn, ENTERPRISE_URN);
	assert_str_equal(p.name, "manager");
	assert_str_equal(p.sub, "value");
	p = flat_path_split(STR("urn:example:2.0:User:list[type eq \"a:b.c\"].value"));
	assert_str_equal(p.urn, "urn:example:2.0:User");
	assert_str_equal(p.name, "list");
	assert_str_equal(p.type, "a:b.c");
	p = flat_path_split(STR("title"));
	assert_str_equal(p.name, "title");
	assert_int_equal(p.sub.n, 0);
}

static struct field fields[] = {
	{STR("userName"), STR("ada")},
	{STR("name.givenName"), STR("Ada")},
	{STR("name.familyName"), STR("L")},
	{STR("emails[type eq \"home\"].value"), STR("h@x")},
	{STR("emails[type eq \"work\"].value"), STR("a@x")},
	{STR("emails[type eq \"work\"].display"), STR("Ada")},
	{STR("emails[type eq \"work\"].value"), STR("b@x")},
	{STR("active"), STR("true")},
	{STR(ENTERPRISE_URN ":department"), STR("R")},
	{STR(ENTERPRISE_URN ":manager.value"), STR("9")},
	{STR("dn"), STR("cn=x")},
};

static struct object ada = {.kind = ENTRY_USER,
			    .source_id = STR("s-1"),
			    .label = STR("ada"),
			    .fields = fields,
			    .field_count = COUNT(fields)};

static void a_new_user(void **state)
{
	struct scim_connection c = {.settings = {.quirks = scim_quirks_rows[0]}};

	(void)state;
	expect_json(user_document(&c, &ada, STR("admin")),
		    "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\",\"" ENTERPRISE_URN
		    "\"],"
		    "\"userName\":\"ada\",\"name\":{\"givenName\":\"Ada\",\"familyName\":\"L\"},"
		    "\"emails\":[{\"type\":\"home\",\"value\":\"h@x\"},{\"type\":\"work\","
		    "\"value\":\"a@x\","
		    "\"display\":\"Ada\",\"primary\":true},{\"type\":\"work\",\"value\":\"b@x\"}],"
		    "\"active\":true,"
		    "\"" ENTERPRISE_URN "\":{\"department\":\"R\",\"manager\":{\"value\":\"9\"}},"
		    "\"externalId\":\"s-1\"}");
	c.settings.quirks.roles = ROLE_USER;
	c.settings.quirks.flags = QUIRK_NO_USER_MARK;
	ada.field_count = 1;
	expect_json(user_document(&c, &ada, STR("admin")),
		    "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":"
		    "\"ada\",\"active\":true,\"roles\":[{\"value\":\"admin\"}]}");
	ada.field_count = COUNT(fields);
}

static json_t *patch_for(struct edit *edits, size_t count, unsigned flags)
{
	struct scim_connection c = {.settings = {.quirks = scim_quirks_rows[0]}};
	struct change change = {.kind = CHANGE_UPDATE_USER, .edits = edits, .edit_count = count};
	struct object object = {.kind = ENTRY_USER};
	json_t *patch = patch_document(), *operations;

	c.settings.quirks.flags = flags;
	patch_edits(patch, &c, &object, &change);
	operations = json_incref(json_object_get(patch, "Operations"));
	json_decref(patch);
	return operations;
}

#define NONE ((str){NULL, 0})

static void single_values(void **state)
{
	struct edit edits[] = {{STR("title"), STR("a"), STR("b")},
			       {STR("nickName"), NONE, STR("n")},
			       {STR("name.givenName"), STR("x"), NONE},
			       {STR(ENTERPRISE_URN ":department"), NONE, STR("R")},
			       {STR("active"), STR("false"), STR("true")}};

	(void)state;
	expect_json(patch_for(edits, 5, 0),
		    "[{\"op\":\"replace\",\"path\":\"title\",\"value\":\"b\"},"
		    "{\"op\":\"replace\",\"path\":\"nickName\",\"value\":\"n\"},"
		    "{\"op\":\"remove\",\"path\":\"name.givenName\"},"
		    "{\"op\":\"replace\",\"path\":\"" ENTERPRISE_URN
		    ":department\",\"value\":\"R\"},"
		    "{\"op\":\"replace\",\"path\":\"active\",\"value\":true}]");
	expect_json(patch_for(edits + 4, 1, QUIRK_TEXT_BOOLEANS),
		    "[{\"op\":\"replace\",\"path\":\"active\",\"value\":\"true\"}]");
}

static void many_values(void **state)
{
	struct edit change[] = {{STR("emails[type eq \"work\"].value"), STR("a"), STR("b")}};
	struct edit add[] = {{STR("emails[type eq \"work\"].value"), NONE, STR("a")},
			     {STR("emails[type eq \"work\"].display"), NONE, STR("A")},
			     {STR("emails[type eq \"home\"].value"), NONE, STR("h")}};
	struct edit take[] = {{STR("emails[type eq \"work\"].value"), STR("a"), NONE}};
	struct edit two[] = {{STR("emails[type eq \"work\"].value"), STR("a"), NONE},
			     {STR("emails[type eq \"work\"].value"), STR("b"), STR("c")}};
	struct edit untyped[] = {{STR("emails.value"), STR("a"), STR("b")}};
	struct edit part[] = {{STR("addresses[type eq \"work\"].locality"), STR("x"), NONE},
			      {STR("addresses[type eq \"work\"].region"), NONE, STR("y")}};

	(void)state;
	expect_json(patch_for(change, 1, 0), "[{\"op\":\"replace\",\"path\":\"emails[type eq "
					     "\\\"work\\\"].value\",\"value\":\"b\"}]");
	expect_json(patch_for(add, 3, 0),
		    "[{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"type\":\"work\",\"value\":"
		    "\"a\",\"display\":\"A\"},{\"type\":\"home\",\"value\":\"h\"}]}]");
	expect_json(patch_for(take, 1, 0),
		    "[{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work\\\"]\"}]");
	expect_json(patch_for(two, 2, 0), "[{\"op\":\"remove\",\"path\":\"emails[type eq "
					  "\\\"work\\\" and value eq \\\"a\\\"]\"},"
					  "{\"op\":\"replace\",\"path\":\"emails[type eq "
					  "\\\"work\\\" and value eq \\\"b\\\"].value\","
					  "\"value\":\"c\"}]");
	expect_json(patch_for(untyped, 1, 0), "[{\"op\":\"replace\",\"path\":\"emails[value eq "
					      "\\\"a\\\"].value\",\"value\":\"b\"}]");
	expect_json(patch_for(part, 2, 0),
		    "[{\"op\":\"remove\",\"path\":\"addresses[type eq \\\"work\\\"].locality\"},"
		    "{\"op\":\"replace\",\"path\":\"addresses[type eq "
		    "\\\"work\\\"].region\",\"value\":\"y\"}]");
}

static void members(void **state)
{
	struct scim_connection c = {.settings = {.quirks = scim_quirks_rows[0]}};
	str ids[] = {STR("1"), STR("a\"b")};
	json_t *patch = patch_document();

	(void)state;
	patch_members(patch, &c, ids, 2, true);
	patch_members(patch, &c, ids, 2, false);
	c.settings.quirks.flags = QUIRK_REMOVE_BY_VALUE;
	patch_members(patch, &c, ids, 1, false);
	patch_members(patch, &c, ids, 0, false);
	expect_json(
		patch,
		"{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":["
		"{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"1\"},{\"value\":"
		"\"a\\\"b\"}]},{\"op\":\"remove\",\"path\":\"members[value eq \\\"1\\\"]\"},"
		"{\"op\":\"remove\",\"path\":\"members[value eq \\\"a\\\\\\\"b\\\"]\"},"
		"{\"op\":\"remove\",\"path\":\"members\",\"value\":[{\"value\":\"1\"}]}]}");
}

static void edited_documents(void **state)
{
	json_t *user = json_loads(
		"{\"userName\":\"a\",\"Title\":\"x\",\"emails\":[{\"type\":\"work\",\"value\":"
		"\"a\","
		"\"primary\":true},{\"type\":\"home\",\"value\":\"h\"}],\"unknown\":{\"x\":[1]},"
		"\"active\":true,\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"]}",
		0, NULL);
	struct edit edits[] = {{STR("title"), STR("x"), STR("y")},
			       {STR("emails[type eq \"work\"].value"), STR("a"), STR("b")},
			       {STR("emails[type eq \"home\"].value"), STR("h"), NONE},
			       {STR("phoneNumbers[type eq \"work\"].value"), NONE, STR("1")},
			       {STR("active"), STR("true"), STR("false")},
			       {STR(ENTERPRISE_URN ":costCenter"), NONE, STR("C")}};
	struct change change = {.edits = edits, .edit_count = COUNT(edits)};

	(void)state;
	document_edit(user, &change);
	expect_json(user,
		    "{\"userName\":\"a\",\"title\":\"y\",\"emails\":[{\"type\":\"work\",\"value\":"
		    "\"b\",\"primary\":true}],\"unknown\":{\"x\":[1]},\"active\":false,"
		    "\"phoneNumbers\":[{\"type\":\"work\",\"value\":\"1\"}],"
		    "\"" ENTERPRISE_URN "\":{\"costCenter\":\"C\"},"
		    "\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\",\"" ENTERPRISE_URN
		    "\"]}");
}

static void profiles_are_whole(void **state)
{
	size_t count = 0;

	(void)state;
	for (const struct scim_quirks *p = scim_quirks_rows; p->name; p++, count++) {
		assert_non_null(scim_quirks_names[count]);
		assert_string_equal(p->name, scim_quirks_names[count]);
		assert_non_null(p->removal);
		assert_int_equal(strncmp(p->url, "https://", 8), 0);
		for (const char *const *a = p->attributes; a && *a; a++)
			assert_non_null(attribute_find(flat_path_split(str_of(*a)).urn,
						       flat_path_split(str_of(*a)).name));
	}
	assert_null(scim_quirks_names[count]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(a_new_user),
		cmocka_unit_test(single_values),
		cmocka_unit_test(many_values),
		cmocka_unit_test(members),
		cmocka_unit_test(edited_documents),
		cmocka_unit_test(profiles_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
