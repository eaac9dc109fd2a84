/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets: made from a text, or taken over from systemd. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "wire/httpd/httpd.h"

enum { BACKLOG = 1024 };

static int socket_fail(const char *text, const char *why, struct err *err)
{
	return err_set(err, REACH_RUN, CODE_CONFIG, "cannot listen on %s: %s", text, why);
}

/* A socket that nobody listens on any more may be replaced; one in use, or another file, may not.
 */
static int path_clear(const char *text, const struct sockaddr_un *address, struct err *err)
{
	struct stat facts;
	int fd, used;

	if (lstat(address->sun_path, &facts) < 0)
		return 0;
	if (!S_ISSOCK(facts.st_mode))
		return socket_fail(text, "there is a file of that name", err);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	used = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
	if (fd >= 0)
		close(fd);
	if (used)
		return socket_fail(text, "another process listens there", err);
	return unlink(address->sun_path) < 0 ? socket_fail(text, strerror(errno), err) : 0;
}

static int open_path(const char *text, const char *path, int *ret, char ret_address[128],
		     struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, bound;

	if (strlen(path) >= sizeof address.sun_path)
		return socket_fail(text, "the path is too long for a socket", err);
	strcpy(address.sun_path, path);
	if (path_clear(text, &address, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return socket_fail(text, strerror(errno), err);
	mask = umask(0117);
	bound = bind(fd, (struct sockaddr *)&address, sizeof address);
	umask(mask);
	if (bound < 0 || listen(fd, BACKLOG) < 0) {
		socket_fail(text, strerror(errno), err);
		close(fd);
		return -1;
	}
	snprintf(ret_address, 128, "unix:%s", path);
	*ret = fd;
	return 0;
}

static int bound_address(int fd, char ret[128])
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	char host[64], port[16];

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0 ||
	    getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return -1;
	snprintf(ret, 128, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
	return 0;
}

static int open_found(const struct addrinfo *found, int *ret)
{
	int on = 1;
	int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
		int why = errno;

		close(fd);
		errno = why;
		return -1;
	}
	*ret = fd;
	return 0;
}

int http_socket_open(const char *listen_text, int *ret, char ret_address[128], struct err *err)
{
	struct addrinfo wanted = {.ai_family = AF_UNSPEC,
				  .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found;
	char host[100];
	const char *colon = strrchr(listen_text, ':'), *from = listen_text;
	size_t n;
	int opened;

	if (strncmp(listen_text, "unix:", 5) == 0)
		return open_path(listen_text, listen_text + 5, ret, ret_address, err);
	if (listen_text[0] == '/')
		return open_path(listen_text, listen_text, ret, ret_address, err);
	n = colon ? (size_t)(colon - listen_text) : 0;
	if (!colon || n >= sizeof host)
		return socket_fail(listen_text, "expected HOST:PORT or a path", err);
	if (*from == '[' && n > 1 && from[n - 1] == ']') {
		from++;
		n -= 2;
	}
	memcpy(host, from, n);
	host[n] = '\0';
	opened = getaddrinfo(n == 0 || strcmp(host, "*") == 0 ? NULL : host, colon + 1, &wanted,
			     &found);
	if (opened != 0)
		return socket_fail(listen_text, gai_strerror(opened), err);
	opened = open_found(found, ret);
	freeaddrinfo(found);
	if (opened < 0)
		return socket_fail(listen_text, strerror(errno), err);
	return bound_address(*ret, ret_address);
}

int http_socket_inherited(int *ret_count)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	int64_t number, who;

	*ret_count = 0;
	if (!pid || !count || !str_to_int(str_of(pid), &who) || who != getpid() ||
	    !str_to_int(str_of(count), &number) || number < 1 || number > 100)
		return -1;
	/* SD_LISTEN_FDS_START */
	for (int fd = 3; fd < 3 + (int)number; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(3, F_SETFL, fcntl(3, F_GETFL) | O_NONBLOCK);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	*ret_count = (int)number;
	return 3;
}
