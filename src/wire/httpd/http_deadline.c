/* SPDX-License-Identifier: Apache-2.0 */
/* The time a client has for one request: the library only knows when the last byte came. */
#include "wire/httpd/http_deadline.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"

struct http_line {
	struct http_line *next, **back;
	int fd;
	atomic_llong since; /* clock_ticks when its client's turn began; 0: it is ours */
};

struct http_lines {
	int64_t patience; /* milliseconds */
	pthread_t watcher;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool ending;
	struct http_line *first;
};

/* Ends reading and writing; the library sees the end of the connection and closes it as any other.
 */
static void lines_cut(struct http_lines *lines)
{
	int64_t now = clock_ticks();

	for (struct http_line *line = lines->first; line; line = line->next) {
		int64_t since = atomic_load(&line->since);

		if (since != 0 && now - since > lines->patience)
			shutdown(line->fd, SHUT_RDWR);
	}
}

static void *deadline_watch(void *context)
{
	struct http_lines *lines = context;
	int64_t pause = lines->patience / 8 + 50;
	struct timespec until;

	pthread_mutex_lock(&lines->lock);
	while (!lines->ending) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += pause / 1000;
		until.tv_nsec += pause % 1000 * 1000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
		pthread_cond_timedwait(&lines->ended, &lines->lock, &until);
		lines_cut(lines);
	}
	pthread_mutex_unlock(&lines->lock);
	return NULL;
}

int http_lines_open(unsigned seconds, struct http_lines **ret, struct err *err)
{
	struct http_lines *lines = mem_alloc(1, sizeof *lines);

	lines->patience = (int64_t)seconds * 1000;
	pthread_mutex_init(&lines->lock, NULL);
	pthread_cond_init(&lines->ended, NULL);
	if (pthread_create(&lines->watcher, NULL, deadline_watch, lines) != 0) {
		free(lines);
		return err_set(err, REACH_RUN, CODE_FAILED, "no thread can be started");
	}
	*ret = lines;
	return 0;
}

void http_lines_close(struct http_lines *lines)
{
	if (!lines)
		return;
	pthread_mutex_lock(&lines->lock);
	lines->ending = true;
	pthread_cond_signal(&lines->ended);
	pthread_mutex_unlock(&lines->lock);
	pthread_join(lines->watcher, NULL);
	pthread_mutex_destroy(&lines->lock);
	pthread_cond_destroy(&lines->ended);
	free(lines);
}

struct http_line *http_line_open(struct http_lines *lines, int fd)
{
	struct http_line *line = mem_alloc(1, sizeof *line);

	line->fd = fd;
	http_line_client(line);
	pthread_mutex_lock(&lines->lock);
	line->next = lines->first;
	line->back = &lines->first;
	if (line->next)
		line->next->back = &line->next;
	lines->first = line;
	pthread_mutex_unlock(&lines->lock);
	return line;
}

void http_line_close(struct http_lines *lines, struct http_line *line)
{
	pthread_mutex_lock(&lines->lock);
	*line->back = line->next;
	if (line->next)
		line->next->back = line->back;
	pthread_mutex_unlock(&lines->lock);
	free(line);
}

void http_line_client(struct http_line *line)
{
	int64_t now = clock_ticks();

	atomic_store(&line->since, now > 0 ? now : 1);
}

void http_line_ours(struct http_line *line)
{
	atomic_store(&line->since, 0);
}
