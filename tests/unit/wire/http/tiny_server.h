/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP server on loopback, one thread a connection, that misbehaves as the path of the
 * request says. */
#ifndef TESTS_TINY_SERVER_H
#define TESTS_TINY_SERVER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

enum { TINY_CONNECTIONS = 256 };

/* What a request looked like; `head` has all its lines. */
struct tiny_request {
	char method[16], path[512];
	struct buf head, body;
	unsigned number; /* of this path, from 1 */
};

struct tiny_server;
/* Writes the answer into `out`; false: the connection is closed after what was written. */
typedef bool tiny_handler(struct tiny_server *s, const struct tiny_request *r, struct buf *out);

struct tiny_server {
	int fd;
	int port;
	char url[64];
	tiny_handler *handler;
	pthread_t acceptor, workers[TINY_CONNECTIONS];
	int sockets[TINY_CONNECTIONS];
	_Atomic int connections;
	_Atomic int requests, at_once, max_at_once;
	_Atomic bool ending;
	pthread_mutex_t lock;
	struct {
		char path[512];
		unsigned count;
	} seen[64];
	struct buf log; /* "METHOD path\n" of each request, in order */
};

struct tiny_worker {
	struct tiny_server *server;
	int fd;
};

static inline void tiny_answer(struct buf *out, int status, const char *headers, const char *body)
{
	buf_printf(out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body),
		   headers, body);
}

static inline unsigned tiny_count(struct tiny_server *s, const char *path)
{
	unsigned count = 0;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < 64; i++)
		if (strcmp(s->seen[i].path, path) == 0)
			count = s->seen[i].count;
	pthread_mutex_unlock(&s->lock);
	return count;
}

static inline void tiny_note(struct tiny_server *s, struct tiny_request *r)
{
	pthread_mutex_lock(&s->lock);
	buf_printf(&s->log, "%s %s\n", r->method, r->path);
	for (size_t i = 0; i < 64; i++) {
		if (!*s->seen[i].path)
			snprintf(s->seen[i].path, sizeof s->seen[i].path, "%s", r->path);
		if (strcmp(s->seen[i].path, r->path) == 0) {
			r->number = ++s->seen[i].count;
			break;
		}
	}
	pthread_mutex_unlock(&s->lock);
}

/* Reads one request; false at the end of the connection. */
static inline bool tiny_read(int fd, struct buf *in, struct tiny_request *r)
{
	size_t wanted = 0;
	char piece[4096];

	buf_reset(&r->head);
	buf_reset(&r->body);
	for (;;) {
		char *end = in->n ? memmem(in->p, in->n, "\r\n\r\n", 4) : NULL;
		ssize_t n;

		if (end) {
			char *length = strcasestr(in->p, "\r\ncontent-length:");
			size_t head = (size_t)(end + 4 - in->p);

			wanted = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
			if (in->n - head >= wanted) {
				buf_put(&r->head, str_make(in->p, head));
				buf_put(&r->body, str_make(in->p + head, wanted));
				memmove(in->p, in->p + head + wanted, in->n - head - wanted);
				in->n -= head + wanted;
				return sscanf(r->head.p, "%15s %511s", r->method, r->path) == 2;
			}
		}
		n = recv(fd, piece, sizeof piece, 0);
		if (n <= 0)
			return false;
		buf_put(in, str_make(piece, (size_t)n));
	}
}

static inline bool tiny_write(int fd, const struct buf *out)
{
	for (size_t sent = 0; sent < out->n;) {
		ssize_t n = send(fd, out->p + sent, out->n - sent, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		sent += (size_t)n;
	}
	return true;
}

static void *tiny_work(void *user)
{
	struct tiny_worker *w = user;
	struct tiny_server *s = w->server;
	struct tiny_request r = {0};
	struct buf in = {0}, out = {0};
	bool keep = true;

	while (keep && tiny_read(w->fd, &in, &r)) {
		int now = ++s->at_once;

		if (now > s->max_at_once)
			s->max_at_once = now;
		s->requests++;
		tiny_note(s, &r);
		buf_reset(&out);
		keep = s->handler(s, &r, &out);
		s->at_once--;
		keep = tiny_write(w->fd, &out) && keep;
	}
	shutdown(w->fd, SHUT_RDWR);
	buf_clear(&in);
	buf_clear(&out);
	buf_clear(&r.head);
	buf_clear(&r.body);
	free(w);
	return NULL;
}

static void *tiny_accept(void *user)
{
	struct tiny_server *s = user;

	for (;;) {
		int fd = accept(s->fd, NULL, NULL), n;
		struct tiny_worker *w;

		if (fd < 0)
			return NULL;
		n = s->connections;
		if (s->ending || n == TINY_CONNECTIONS) {
			close(fd);
			continue;
		}
		w = calloc(1, sizeof *w);
		*w = (struct tiny_worker){s, fd};
		s->sockets[n] = fd;
		pthread_create(&s->workers[n], NULL, tiny_work, w);
		s->connections = n + 1;
	}
}

/* socket_path NULL: a free port on 127.0.0.1. */
static inline struct tiny_server *tiny_open(tiny_handler *handler, const char *socket_path)
{
	struct tiny_server *s = calloc(1, sizeof *s);
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	socklen_t size = sizeof in;

	s->handler = handler;
	pthread_mutex_init(&s->lock, NULL);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (socket_path)
		snprintf(un.sun_path, sizeof un.sun_path, "%s", socket_path);
	s->fd = socket(socket_path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s->fd, socket_path ? (struct sockaddr *)&un : (struct sockaddr *)&in,
		 socket_path ? sizeof un : sizeof in) < 0 ||
	    listen(s->fd, 128) < 0)
		abort();
	if (!socket_path)
		getsockname(s->fd, (struct sockaddr *)&in, &size);
	s->port = ntohs(in.sin_port);
	snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", s->port);
	pthread_create(&s->acceptor, NULL, tiny_accept, s);
	return s;
}

static inline void tiny_close(struct tiny_server *s)
{
	s->ending = true;
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->acceptor, NULL);
	close(s->fd);
	for (int i = 0; i < s->connections; i++)
		shutdown(s->sockets[i], SHUT_RDWR);
	for (int i = 0; i < s->connections; i++) {
		pthread_join(s->workers[i], NULL);
		close(s->sockets[i]);
	}
	pthread_mutex_destroy(&s->lock);
	buf_clear(&s->log);
	free(s);
}

#endif
