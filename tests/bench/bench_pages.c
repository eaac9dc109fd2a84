/* SPDX-License-Identifier: Apache-2.0 */
/* A service that answers from a recording, at next to no cost of its own: bench_pages INDEX DATA.
 * A line of INDEX is TARGET OFFSET LENGTH: the bytes of DATA that answer a GET of TARGET, head
 * included. Prints its port, complains of targets that it does not know, ends with its standard
 * input. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/intern.h"
#include "base/list.h"

struct answer {
	off_t offset;
	size_t length;
};

struct client {
	int fd;
	struct buf in; /* what came of the request */
	struct answer out; /* what is still to be sent */
};

struct service {
	int epoll, listener, data;
	struct intern targets;
	LIST(struct answer) answers; /* by number of the target */
};

static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

static void index_read(struct service *s, const char *path, struct buf *text)
{
	struct err err;
	str rest, line, target, offset;

	if (file_read(path, 1 << 28, text, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	rest = buf_str(text);
	while (str_split(&rest, '\n', &line)) {
		str_split(&line, ' ', &target);
		str_split(&line, ' ', &offset);
		if (intern_put(&s->targets, target) != s->answers.count)
			continue;
		list_push(&s->answers, ((struct answer){(off_t)strtoull(offset.p, NULL, 10),
							strtoull(line.p, NULL, 10)}));
	}
}

static void watch(struct service *s, struct client *c, int operation, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = c};

	epoll_ctl(s->epoll, operation, c->fd, &e);
}

static void client_open(struct service *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), yes = 1;
	struct client *c;

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	c = mem_alloc(1, sizeof *c);
	c->fd = fd;
	watch(s, c, EPOLL_CTL_ADD, EPOLLIN);
}

static void client_close(struct client *c)
{
	close(c->fd);
	buf_clear(&c->in);
	free(c);
}

/* False when the client is gone. */
static bool client_send(struct service *s, struct client *c)
{
	while (c->out.length > 0) {
		ssize_t n = sendfile(c->fd, s->data, &c->out.offset, c->out.length);

		if (n < 0 && errno == EAGAIN) {
			watch(s, c, EPOLL_CTL_MOD, EPOLLOUT);
			return true;
		}
		if (n <= 0)
			return false;
		c->out.length -= (size_t)n;
	}
	watch(s, c, EPOLL_CTL_MOD, EPOLLIN);
	return true;
}

/* The target of "GET TARGET HTTP/1.1". */
static str target_of(str request)
{
	str method, target;

	str_split(&request, ' ', &method);
	str_split(&request, ' ', &target);
	return str_equal(method, STR("GET")) ? target : (str){"", 0};
}

static bool client_answer(struct service *s, struct client *c)
{
	str target = target_of(buf_str(&c->in));
	uint32_t number = intern_find(&s->targets, target);

	if (number == INTERN_NONE) {
		fprintf(stderr, "unknown target %.*s\n", STR_ARG(target));
		buf_reset(&c->in);
		return send(c->fd, not_found, sizeof not_found - 1, MSG_NOSIGNAL) > 0;
	}
	buf_reset(&c->in);
	c->out = s->answers.items[number];
	return client_send(s, c);
}

static bool client_read(struct service *s, struct client *c)
{
	ssize_t n;

	buf_reserve(&c->in, 1 << 14);
	n = recv(c->fd, c->in.p + c->in.n, 1 << 14, 0);
	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	c->in.n += (size_t)n;
	c->in.p[c->in.n] = '\0';
	return strstr(c->in.p, "\r\n\r\n") ? client_answer(s, c) : true;
}

static int listen_anywhere(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
	    listen(fd, 128) < 0 || getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
		perror("listen");
		exit(1);
	}
	printf("port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void serve(struct service *s)
{
	struct client listener = {.fd = s->listener}, input = {.fd = STDIN_FILENO};
	struct epoll_event events[64];

	watch(s, &listener, EPOLL_CTL_ADD, EPOLLIN);
	watch(s, &input, EPOLL_CTL_ADD, EPOLLIN);
	for (;;) {
		int n = epoll_wait(s->epoll, events, 64, -1);

		for (int i = 0; i < n; i++) {
			struct client *c = events[i].data.ptr;

			if (c == &input)
				return;
			if (c == &listener)
				client_open(s);
			else if (!(c->out.length > 0 ? client_send(s, c) : client_read(s, c)))
				client_close(c);
		}
	}
}

int main(int argc, char **argv)
{
	struct service s = {0};
	struct buf index = {0};
	FILE *data = argc == 3 ? fopen(argv[2], "rb") : NULL;

	if (!data) {
		fprintf(stderr, "usage: bench_pages INDEX DATA\n");
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	s.data = fileno(data);
	index_read(&s, argv[1], &index);
	s.epoll = epoll_create1(EPOLL_CLOEXEC);
	s.listener = listen_anywhere();
	serve(&s);
	buf_clear(&index);
	return 0;
}
