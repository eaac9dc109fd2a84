/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP service against clients that are slow, or say two things at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "wire/wire.h"

struct place {
	struct http_server *server;
	uint16_t port;
};

static bool begin(void *context, struct http_inbound *r)
{
	(void)context;
	(void)r;
	return true;
}

static void too_large(void *context, struct http_inbound *r)
{
	(void)context;
	inbound_answer(r, 413, NULL, NULL);
}

static void handle(void *context, struct http_inbound *r)
{
	struct buf body = {0};

	(void)context;
	buf_printf(&body, "%zu bytes", inbound_body(r).n);
	inbound_answer(r, 200, "text/plain", &body);
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	struct http_server_options o = {.connections_max = 100,
					.idle_seconds = 2,
					.request_seconds = 1,
					.header_max = 32768,
					.body_max = 1000,
					.begin = begin,
					.too_large = too_large,
					.handle = handle};
	char address[128];
	struct err err;

	if (http_socket_open("127.0.0.1:0", &o.socket, address, &err) < 0 ||
	    http_server_start(&o, &p->server, &err) < 0)
		fail_msg("%s", err.text);
	p->port = (uint16_t)atoi(strrchr(address, ':') + 1);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	http_server_stop(p->server);
	free(p);
	return 0;
}

static int reach(const struct place *p)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(p->port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

/* Sends a whole request; the status of its answer. */
static int ask(int fd, const char *request)
{
	char answer[2000];
	ssize_t n;

	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	n = recv(fd, answer, sizeof answer - 1, 0);
	assert_true(n > 12);
	answer[n] = '\0';
	assert_int_equal(strncmp(answer, "HTTP/1.1 ", 9), 0);
	return atoi(answer + 9);
}

/* Milliseconds until the server hung up on a client that sends a byte of `text` now and then, for
 * ever. */
static int64_t drip(int fd, const char *head, char for_ever, int other, const char *request)
{
	int64_t begun = clock_ticks();
	struct pollfd watched = {.fd = fd, .events = POLLIN};

	assert_true(send(fd, head, strlen(head), MSG_NOSIGNAL) > 0);
	while (clock_ticks() - begun < 20000) {
		if (poll(&watched, 1, 50) > 0)
			return clock_ticks() - begun;
		send(fd, &for_ever, 1, MSG_NOSIGNAL);
		/* Who is quick lives on, on one connection for all the time. */
		assert_int_equal(ask(other, request), 200);
	}
	return clock_ticks() - begun;
}

static void test_slow(void **state)
{
	const char *good = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
	int other = reach(*state);
	int in_head = reach(*state), in_body = reach(*state);
	int64_t took;

	took = drip(in_head, "GET / HTTP/1.1\r\nX: ", 'x', other, good);
	assert_in_range(took, 1000, 10000);
	took = drip(in_body, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\n", 'x',
		    other, good);
	assert_in_range(took, 0, 10000);
	close(in_head);
	close(in_body);
	close(other);
}

/* A part of a request, and then nothing: closed, at most with a word about it. */
static void test_silent(void **state)
{
	static const char *const parts[] = {
		"",
		"GET",
		"GET / HTTP/1.1\r\nHost",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf",
		"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
	};
	enum { COUNT = sizeof parts / sizeof *parts };
	struct pollfd watched[COUNT];
	char answer[200];

	for (size_t i = 0; i < COUNT; i++) {
		watched[i] = (struct pollfd){.fd = reach(*state), .events = POLLIN};
		send(watched[i].fd, parts[i], strlen(parts[i]), MSG_NOSIGNAL);
	}
	for (size_t i = 0; i < COUNT; i++) {
		ssize_t n;

		assert_int_equal(poll(&watched[i], 1, 20000), 1);
		n = recv(watched[i].fd, answer, sizeof answer, 0);
		assert_true(n <= 0 || strncmp(answer, "HTTP/1.1 4", 10) == 0);
		close(watched[i].fd);
	}
}

static void test_two_lengths(void **state)
{
	static const char *const requests[] = {
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab",
		"PUT / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"};

	for (size_t i = 0; i < 3; i++) {
		int fd = reach(*state);

		assert_int_equal(ask(fd, requests[i]), 400);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_slow, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_silent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_lengths, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
