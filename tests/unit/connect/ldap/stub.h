/* SPDX-License-Identifier: Apache-2.0 */
/* A directory server behind a socket pair that answers each search with the next of its answers. */
#ifndef TESTS_UNIT_CONNECT_LDAP_STUB_H
#define TESTS_UNIT_CONNECT_LDAP_STUB_H

#include <ldap.h>
#include <openldap.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"

/* One entry with one attribute; without an attribute there is no such entry. */
struct stub_answer {
	const char *attribute;
	const char *values[3];
};

struct stub {
	const struct stub_answer *answers;
	int fd;
	struct buf
		asked; /* the last attribute of each search, one a line; read it after the close */
	pthread_t thread;
};

static inline void stub_put(int fd, BerElement *ber)
{
	struct berval bytes;

	assert_int_equal(ber_flatten2(ber, &bytes, 0), 0);
	assert_int_equal(write(fd, bytes.bv_val, bytes.bv_len), bytes.bv_len);
	ber_free(ber, 1);
}

static inline void stub_put_entry(int fd, int id, const struct stub_answer *answer)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	ber_printf(ber, "{it{s{{s[", id, LDAP_RES_SEARCH_ENTRY, "cn=eng,dc=x", answer->attribute);
	for (size_t i = 0; i < 3 && answer->values[i]; i++)
		ber_printf(ber, "s", answer->values[i]);
	ber_printf(ber, "]}}}}");
	stub_put(fd, ber);
}

static inline void stub_put_done(int fd, int id, int code)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	ber_printf(ber, "{it{ess}}", id, LDAP_RES_SEARCH_RESULT, code, "", "");
	stub_put(fd, ber);
}

/* A search ends with the last attribute that it asks for: a tag, its length, its text. */
static inline str stub_last_attribute(const char *bytes, size_t n)
{
	for (size_t i = n; i-- > 2;)
		if (bytes[i - 2] == LBER_OCTETSTRING && (size_t)bytes[i - 1] == n - i)
			return str_make(bytes + i, n - i);
	return STR("");
}

static inline void *stub_serve(void *argument)
{
	struct stub *stub = argument;
	char bytes[512];

	for (int id = 1;; id++) {
		const struct stub_answer *answer = &stub->answers[id - 1];
		ssize_t n = read(stub->fd, bytes, sizeof bytes);
		str asked = n > 0 ? stub_last_attribute(bytes, (size_t)n) : STR("");

		/* The unbind asks for nothing. */
		if (asked.n == 0)
			return NULL;
		buf_put(&stub->asked, asked);
		buf_char(&stub->asked, '\n');
		if (answer->attribute)
			stub_put_entry(stub->fd, id, answer);
		stub_put_done(stub->fd, id, answer->attribute ? LDAP_SUCCESS : LDAP_NO_SUCH_OBJECT);
	}
}

/* A handle that is connected to it. answers NULL: to a server that is gone. */
static inline void stub_open(struct stub *stub, const struct stub_answer *answers, LDAP **ret)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	*stub = (struct stub){.answers = answers, .fd = fds[1]};
	assert_int_equal(ldap_init_fd(fds[0], LDAP_PROTO_TCP, "ldap://here", ret), 0);
	if (answers)
		assert_int_equal(pthread_create(&stub->thread, NULL, stub_serve, stub), 0);
	else
		close(stub->fd);
}

static inline void stub_close(struct stub *stub, LDAP *ld)
{
	ldap_unbind_ext(ld, NULL, NULL);
	if (!stub->answers)
		return;
	assert_int_equal(pthread_join(stub->thread, NULL), 0);
	close(stub->fd);
}

#endif
