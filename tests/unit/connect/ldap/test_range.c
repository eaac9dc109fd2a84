/* SPDX-License-Identifier: Apache-2.0 */
/* The ranges in which a server gives long lists of members, read to their end from a server of our
 * own that answers with what it was told. */
#include "connect/ldap/session/range.h"

#include <openldap.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "connect/ldap/session/session.h"

static void test_ranges(void **state)
{
	uint64_t from = 7;

	(void)state;
	assert_true(range_parse(STR("member;range=0-1499"), &from));
	assert_int_equal(from, 1500);
	assert_true(range_parse(STR("Member;Range=1500-*"), &from));
	assert_int_equal(from, 0);
	assert_false(range_parse(STR("member"), &from));
	assert_false(range_parse(STR("member;range=1500"), &from));
	assert_false(range_parse(STR("member;range=0-x"), &from));
}

/* --- a server that answers each request with the next of its answers */

struct answer_to_range {
	const char *attribute; /* NULL: there is no such entry */
	const char *values[3];
};

struct range_server {
	const struct answer_to_range *answers;
	int fd;
	struct buf asked; /* the ranges that were asked for, one a line */
};

static void put(int fd, BerElement *ber)
{
	struct berval bytes;

	assert_int_equal(ber_flatten2(ber, &bytes, 0), 0);
	assert_int_equal(write(fd, bytes.bv_val, bytes.bv_len), bytes.bv_len);
	ber_free(ber, 1);
}

static void put_entry(int fd, int id, const struct answer_to_range *answer)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	ber_printf(ber, "{it{s{{s[", id, LDAP_RES_SEARCH_ENTRY, "cn=eng,dc=x", answer->attribute);
	for (size_t i = 0; i < 3 && answer->values[i]; i++)
		ber_printf(ber, "s", answer->values[i]);
	ber_printf(ber, "]}}}}");
	put(fd, ber);
}

static void put_done(int fd, int id, int code)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	ber_printf(ber, "{it{ess}}", id, LDAP_RES_SEARCH_RESULT, code, "", "");
	put(fd, ber);
}

/* The request is a few bytes behind one write; what is asked for is the text at its end. */
static void *serve(void *argument)
{
	struct range_server *server = argument;
	char bytes[512];

	for (int id = 1;; id++) {
		const struct answer_to_range *answer = &server->answers[id - 1];
		ssize_t n = read(server->fd, bytes, sizeof bytes);
		const char *member = n > 0 ? memmem(bytes, (size_t)n, "member", 6) : NULL;

		if (!member)
			return NULL;
		buf_put(&server->asked, str_make(member, (size_t)(bytes + n - member)));
		buf_char(&server->asked, '\n');
		if (answer->attribute)
			put_entry(server->fd, id, answer);
		put_done(server->fd, id, answer->attribute ? LDAP_SUCCESS : LDAP_NO_SUCH_OBJECT);
	}
}

static void collect_value(void *context, str value)
{
	buf_put(context, value);
	buf_char(context, ' ');
}

static enum range_end read_from(const struct answer_to_range *answers,
				const struct range_query *query, struct buf *values,
				struct buf *asked)
{
	struct ldap_settings settings = {.timeout = 10};
	struct ldap_session session = {.settings = &settings, .url = "ldap://here"};
	struct range_server server = {.answers = answers};
	enum range_end end;
	pthread_t thread;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	server.fd = fds[1];
	assert_int_equal(ldap_init_fd(fds[0], LDAP_PROTO_TCP, session.url, &session.ld), 0);
	assert_int_equal(pthread_create(&thread, NULL, serve, &server), 0);
	assert_int_equal(range_read(&session, query, collect_value, values, &end, NULL), 0);
	ldap_unbind_ext(session.ld, NULL, NULL);
	assert_int_equal(pthread_join(thread, NULL), 0);
	close(fds[1]);
	buf_put(asked, buf_str(&server.asked));
	buf_clear(&server.asked);
	return end;
}

static void assert_read(const struct answer_to_range *answers, const struct range_query *query,
			enum range_end end, const char *values, const char *asked)
{
	struct buf met_values = {0}, met_asked = {0};

	assert_int_equal(read_from(answers, query, &met_values, &met_asked), end);
	assert_string_equal(met_values.p ? met_values.p : "", values);
	assert_string_equal(met_asked.p, asked);
	buf_clear(&met_values);
	buf_clear(&met_asked);
}

static void test_a_list_is_read_to_its_end(void **state)
{
	static const struct answer_to_range ranges[] = {
		{"member;range=0-1", {"cn=a", "cn=b"}},
		{"member;range=2-3", {"cn=c", "cn=d"}},
		{"member;range=4-*", {"cn=e"}},
	};
	static const struct answer_to_range at_once[] = {{"memberUid", {"ada", "bob"}}};
	const struct range_query all = {"cn=eng,dc=x", "member", true, 0};
	const struct range_query tail = {"cn=eng,dc=x", "member", true, 2};
	const struct range_query plain = {"cn=eng,dc=x", "memberUid", false, 0};

	(void)state;
	assert_read(ranges, &all, RANGE_WHOLE, "cn=a cn=b cn=c cn=d cn=e ",
		    "member;range=0-*\nmember;range=2-*\nmember;range=4-*\n");
	assert_read(ranges + 1, &tail, RANGE_WHOLE, "cn=c cn=d cn=e ",
		    "member;range=2-*\nmember;range=4-*\n");
	assert_read(at_once, &plain, RANGE_WHOLE, "ada bob ", "memberUid\n");
}

static void test_a_list_without_an_end_is_cut(void **state)
{
	static const struct answer_to_range circle[] = {
		{"member;range=0-1", {"cn=a", "cn=b"}},
		{"member;range=0-1", {"cn=a", "cn=b"}},
	};
	const struct range_query all = {"cn=eng,dc=x", "member", true, 0};

	(void)state;
	assert_read(circle, &all, RANGE_CUT, "cn=a cn=b cn=a cn=b ",
		    "member;range=0-*\nmember;range=2-*\n");
}

static void test_a_group_that_vanishes_is_gone(void **state)
{
	static const struct answer_to_range vanishing[] = {
		{"member;range=0-1", {"cn=a", "cn=b"}},
		{NULL, {NULL}},
	};
	const struct range_query all = {"cn=eng,dc=x", "member", true, 0};

	(void)state;
	assert_read(vanishing, &all, RANGE_GONE, "cn=a cn=b ",
		    "member;range=0-*\nmember;range=2-*\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_a_list_is_read_to_its_end),
		cmocka_unit_test(test_a_list_without_an_end_is_cut),
		cmocka_unit_test(test_a_group_that_vanishes_is_gone),
	};

	return cmocka_run_group_tests_name("ldap_range", tests, NULL, NULL);
}
