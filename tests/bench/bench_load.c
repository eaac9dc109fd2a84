/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP load on kept connections: bench_load HOST PORT TOKEN CONNECTIONS SECONDS FILE [LIMIT].
 * FILE has lines METHOD PATH [BODY], taken in turn; {n} in them is a number that grows. Prints one
 * line of JSON. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/list.h"

struct line {
	str method, path, body;
};

struct wire {
	int fd;
	struct buf out, in;
	size_t sent;
	double began;
};

struct load {
	const char *host, *token;
	LIST(struct line) lines;
	LIST(double) times;
	size_t next, limit, failed, bytes;
	double end;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put_numbered(struct buf *out, str text, size_t n)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.n - i >= 3 && memcmp(text.p + i, "{n}", 3) == 0) {
			buf_printf(out, "%zu", n);
			i += 2;
		} else {
			buf_char(out, text.p[i]);
		}
}

static void request_next(struct load *l, struct wire *w)
{
	size_t n = l->next++;
	const struct line *line = &l->lines.items[n % l->lines.count];
	struct buf body = {0};

	buf_reset(&w->out);
	buf_reset(&w->in);
	w->sent = 0;
	put_numbered(&body, line->body, n);
	buf_put(&w->out, line->method);
	buf_char(&w->out, ' ');
	put_numbered(&w->out, line->path, n);
	buf_printf(&w->out, " HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n", l->host,
		   l->token);
	if (body.n > 0)
		buf_printf(&w->out,
			   "Content-Type: application/scim+json\r\nContent-Length: %zu\r\n",
			   body.n);
	buf_text(&w->out, "\r\n");
	buf_put(&w->out, buf_str(&body));
	buf_clear(&body);
	w->began = now();
}

static void send_more(struct wire *w)
{
	ssize_t n = send(w->fd, w->out.p + w->sent, w->out.n - w->sent, MSG_NOSIGNAL);

	if (n > 0)
		w->sent += (size_t)n;
}

/* The whole answer is there when its head is, and as many bytes as that says. */
static bool answer_whole(const struct wire *w, int *ret_status)
{
	const char *end = w->in.p ? strstr(w->in.p, "\r\n\r\n") : NULL;
	const char *length;

	if (!end)
		return false;
	*ret_status = atoi(w->in.p + 9);
	length = strcasestr(w->in.p, "\r\nContent-Length:");
	if (!length || length > end)
		return true;
	return w->in.n >= (size_t)(end + 4 - w->in.p) + (size_t)atoll(length + 17);
}

static bool read_more(struct load *l, struct wire *w)
{
	int status = 0;
	ssize_t n;

	buf_reserve(&w->in, 1 << 16);
	n = recv(w->fd, w->in.p + w->in.n, 1 << 16, 0);
	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	w->in.n += (size_t)n;
	w->in.p[w->in.n] = '\0';
	if (!answer_whole(w, &status))
		return true;
	list_push(&l->times, now() - w->began);
	l->bytes += w->in.n;
	if (status >= 400)
		l->failed++;
	if (now() >= l->end || (l->limit && l->next >= l->limit))
		return false;
	request_next(l, w);
	send_more(w);
	return true;
}

static int wire_open(const char *host, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, host, &address.sin_addr);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		perror("connect");
		exit(1);
	}
	return fd;
}

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void lines_read(struct load *l, struct buf *text)
{
	str rest = buf_str(text), line;

	while (str_split(&rest, '\n', &line)) {
		struct line *item = list_add(&l->lines);

		str_split(&line, ' ', &item->method);
		str_split(&line, ' ', &item->path);
		item->body = line;
	}
}

static void drive(struct load *l, struct wire *wires, size_t count)
{
	int epoll = epoll_create1(0);
	struct epoll_event events[256];
	size_t open = count;

	for (size_t i = 0; i < count; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = &wires[i]};

		epoll_ctl(epoll, EPOLL_CTL_ADD, wires[i].fd, &e);
		request_next(l, &wires[i]);
		send_more(&wires[i]);
	}
	while (open > 0) {
		int n = epoll_wait(epoll, events, 256, 10000);

		if (n <= 0)
			break;
		for (int i = 0; i < n; i++) {
			struct wire *w = events[i].data.ptr;

			if (!read_more(l, w)) {
				epoll_ctl(epoll, EPOLL_CTL_DEL, w->fd, NULL);
				open--;
			}
		}
	}
	close(epoll);
}

int main(int argc, char **argv)
{
	struct load l = {0};
	struct buf text = {0};
	struct err err;
	struct wire *wires;
	size_t count;
	double began;

	if (argc < 7 || file_read(argv[6], 1 << 28, &text, &err) < 0) {
		fprintf(stderr,
			"usage: bench_load HOST PORT TOKEN CONNECTIONS SECONDS FILE [LIMIT]\n");
		return 64;
	}
	l.host = argv[1];
	l.token = argv[3];
	count = (size_t)atoi(argv[4]);
	l.limit = argc > 7 ? (size_t)atoll(argv[7]) : 0;
	lines_read(&l, &text);
	wires = mem_alloc(count, sizeof *wires);
	for (size_t i = 0; i < count; i++)
		wires[i].fd = wire_open(argv[1], atoi(argv[2]));
	began = now();
	l.end = began + atof(argv[5]);
	drive(&l, wires, count);
	began = now() - began;
	qsort(l.times.items, l.times.count, sizeof(double), order);
	printf("{\"requests\": %zu, \"seconds\": %.3f, \"per_second\": %.1f, \"p50_ms\": %.3f, "
	       "\"p99_ms\": %.3f, \"failed\": %zu, \"megabytes\": %.1f}\n",
	       l.times.count, began, (double)l.times.count / began,
	       l.times.items[l.times.count / 2] * 1000,
	       l.times.items[l.times.count * 99 / 100] * 1000, l.failed, (double)l.bytes / 1e6);
	return 0;
}
