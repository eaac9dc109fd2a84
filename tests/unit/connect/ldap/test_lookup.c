/* SPDX-License-Identifier: Apache-2.0 */
/* User names of people, looked up once and remembered. */
#include "connect/ldap/write/internal.h"

#include <signal.h>

#include "unit/connect/ldap/stub.h"

static const struct object ada = {.dn = STR("cn=ada,dc=x")}, bob = {.dn = STR("cn=bob,dc=x")},
			   uma = {.dn = STR("uid=uma,dc=x")};

static void assert_uid(struct ldap_connection *c, const struct object *user, const char *expected)
{
	const struct group_class *posix = group_class_find(STR("posixGroup"));
	struct arena arena = {0};
	str uid;

	assert_int_equal(member_lookup(c, posix, user, &arena, &uid, NULL), expected ? 0 : -1);
	if (expected)
		assert_true(str_equal(uid, str_of(expected)));
	arena_clear(&arena);
}

/* A search that fails must not leave ada's place to bob's name. */
static void test_a_lost_connection_mixes_up_nobody(void **state)
{
	static const struct stub_answer answers[] = {{"uid", {"bob"}}, {"uid", {"ada"}}};
	struct ldap_session session = {.url = "ldap://here"};
	struct ldap_connection c = {.settings = {.timeout = 10}, .session = &session};
	struct stub gone, stub;

	(void)state;
	session.settings = &c.settings;
	stub_open(&gone, NULL, &session.ld);
	assert_uid(&c, &ada, NULL);
	stub_close(&gone, session.ld);
	stub_open(&stub, answers, &session.ld);
	assert_uid(&c, &bob, "bob");
	assert_uid(&c, &ada, "ada");
	assert_uid(&c, &bob, "bob");
	assert_uid(&c, &ada, "ada");
	assert_uid(&c, &uma, "uma");
	stub_close(&stub, session.ld);
	assert_string_equal(stub.asked.p, "uid\nuid\n");
	buf_clear(&stub.asked);
	intern_clear(&c.uid_keys);
	list_clear(&c.uids);
	arena_clear(&c.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_lost_connection_mixes_up_nobody),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("ldap_lookup", tests, NULL, NULL);
}
