/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting to a URL, and the socket below libldap: it never blocks, reads ahead, and raises no
 * signal. */
#include <arpa/inet.h>
#include <errno.h>
#include <lber.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openldap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "connect/ldap/session/internal.h"

enum {
	IDLE = 60,
	PROBES = 4,
	INTERVAL = 15, /* keep-alive: a dead peer is found after two minutes */
	UNSENT = 60 * 1000,
};

/* No message of a sane directory is larger: a group of two million members. */
static const ber_len_t MESSAGE_LIMIT = 256 << 20;

/* --- the layer */

/*
 * libldap 2.5 takes O_NONBLOCK off a socket in the middle of a TLS handshake (ldap_int_poll), and
 * then waits in read() for ever when the server stalls. So every read and write here says
 * MSG_DONTWAIT for itself.
 */
struct ahead {
	int fd;
	size_t from, to; /* what was read and not yet taken */
	char bytes[64 * 1024];
};

static int layer_setup(Sockbuf_IO_Desc *d, void *fd)
{
	struct ahead *ahead = mem_alloc(1, sizeof *ahead);

	ahead->fd = *(const int *)fd;
	d->sbiod_pvt = ahead;
	return 0;
}

static int layer_remove(Sockbuf_IO_Desc *d)
{
	free(d->sbiod_pvt);
	d->sbiod_pvt = NULL;
	return 0;
}

static int layer_ctrl(Sockbuf_IO_Desc *d, int option, void *arg)
{
	const struct ahead *ahead = d->sbiod_pvt;

	(void)arg;
	return option == LBER_SB_OPT_DATA_READY && ahead->from < ahead->to;
}

static ber_slen_t layer_read(Sockbuf_IO_Desc *d, void *to, ber_len_t size)
{
	struct ahead *ahead = d->sbiod_pvt;
	size_t n = ahead->to - ahead->from;

	if (n == 0) {
		ssize_t got;

		if (size >= sizeof ahead->bytes)
			return recv(ahead->fd, to, size, MSG_DONTWAIT);
		got = recv(ahead->fd, ahead->bytes, sizeof ahead->bytes, MSG_DONTWAIT);
		if (got <= 0)
			return got;
		ahead->from = 0;
		ahead->to = n = (size_t)got;
	}
	if (n > size)
		n = size;
	memcpy(to, ahead->bytes + ahead->from, n);
	ahead->from += n;
	return (ber_slen_t)n;
}

static ber_slen_t layer_write(Sockbuf_IO_Desc *d, void *from, ber_len_t size)
{
	const struct ahead *ahead = d->sbiod_pvt;

	return send(ahead->fd, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int layer_close(Sockbuf_IO_Desc *d)
{
	const struct ahead *ahead = d->sbiod_pvt;

	shutdown(ahead->fd, SHUT_RDWR);
	return close(ahead->fd);
}

static const Sockbuf_IO layer = {
	layer_setup, layer_remove, layer_ctrl, layer_read, layer_write, layer_close,
};

/* --- connecting */

/* Waits until the socket is connected. 0, or an errno. */
static int wait_connected(int fd, int64_t deadline, const volatile int *stop)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int64_t left;
	int error = 0;
	socklen_t size = sizeof error;

	while ((left = deadline - clock_ticks()) > 0) {
		int ready = poll(&p, 1, (int)(left < STOP_SLICE ? left : STOP_SLICE));

		if (stop_is_asked(stop))
			return EINTR;
		if (ready < 0 && errno != EINTR)
			return errno;
		if (ready > 0)
			return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno
										       : error;
	}
	return ETIMEDOUT;
}

/* A connected, non-blocking socket, or -1 with errno. */
static int connect_address(const struct sockaddr *address, socklen_t size, int64_t deadline,
			   const volatile int *stop)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return -1;
	if (connect(fd, address, size) < 0)
		error = errno == EINPROGRESS ? wait_connected(fd, deadline, stop) : errno;
	if (error) {
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static void tcp_set_options(int fd)
{
	const struct {
		int level, name, value;
	} options[] = {
		{IPPROTO_TCP, TCP_NODELAY, 1},          {SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, IDLE},      {IPPROTO_TCP, TCP_KEEPCNT, PROBES},
		{IPPROTO_TCP, TCP_KEEPINTVL, INTERVAL}, {IPPROTO_TCP, TCP_USER_TIMEOUT, UNSENT},
	};

	/* Each makes a good connection better; none is needed. */
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			   sizeof options[i].value);
}

static const char *url_text(const LDAPURLDesc *url, char space[300])
{
	bool local = strcmp(url->lud_scheme, "ldapi") == 0;
	const char *host = url->lud_host ? url->lud_host : "";

	if (local)
		snprintf(space, 300, "ldapi://%.280s", host);
	else
		snprintf(space, 300, strchr(host, ':') ? "%s://[%.250s]:%d" : "%s://%.250s:%d",
			 url->lud_scheme, host, url->lud_port);
	return space;
}

static int connect_err(const LDAPURLDesc *url, const char *why, struct err *err)
{
	char space[300];

	return err_later(err, REACH_SYSTEM, CODE_UNAVAILABLE, "cannot connect to %s: %s",
			 url_text(url, space), why);
}

/* All addresses of the name share the time that there is. */
static int connect_tcp(const struct ldap_settings *settings, const volatile int *stop,
		       const LDAPURLDesc *url, int *ret, struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *all;
	int64_t deadline = clock_ticks() + settings->connect_timeout * 1000;
	char port[16];
	int fd = -1, left = 0, code;

	snprintf(port, sizeof port, "%d", url->lud_port);
	code = getaddrinfo(url->lud_host && *url->lud_host ? url->lud_host : "localhost", port,
			   &hints, &all);
	if (code != 0)
		return connect_err(url, gai_strerror(code), err);
	for (struct addrinfo *a = all; a; a = a->ai_next)
		left++;
	for (struct addrinfo *a = all; a && fd < 0; a = a->ai_next, left--) {
		int64_t share = (deadline - clock_ticks()) / left;

		fd = connect_address(a->ai_addr, a->ai_addrlen, clock_ticks() + share, stop);
	}
	freeaddrinfo(all);
	if (fd < 0 && stop_is_asked(stop))
		return stop_err(err, *stop);
	if (fd < 0)
		return connect_err(url, strerror(errno), err);
	tcp_set_options(fd);
	*ret = fd;
	return 0;
}

static int connect_local(const struct ldap_settings *settings, const volatile int *stop,
			 const LDAPURLDesc *url, int *ret, struct err *err)
{
	const char *path = url->lud_host && *url->lud_host ? url->lud_host : "/run/slapd/ldapi";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof address.sun_path)
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "ldapi://%s: the path of a socket has at most %zu bytes", path,
			       sizeof address.sun_path - 1);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	fd = connect_address((const struct sockaddr *)&address, sizeof address,
			     clock_ticks() + settings->connect_timeout * 1000, stop);
	if (fd < 0)
		return connect_err(url, strerror(errno), err);
	*ret = fd;
	return 0;
}

/*
 * libldap waits in earnest only with CONNECT_ASYNC: without it a peer that stalls in a TLS
 * handshake or in the middle of a message holds it for ever, whatever the other time-outs say.
 */
static void connect_set_options(LDAP *ld, const struct ldap_settings *settings, int fd)
{
	struct timeval connecting = {.tv_sec = settings->connect_timeout},
		       waiting = {.tv_sec = settings->timeout};
	int version = LDAP_VERSION3;
	ber_len_t limit = MESSAGE_LIMIT;
	Sockbuf *sb = NULL;
	union {
		const Sockbuf_IO *in;
		Sockbuf_IO *out;
	} u = {&layer}; /* libldap only reads it */

	ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON);
	ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &connecting);
	ldap_set_option(ld, LDAP_OPT_TIMEOUT, &waiting);
	ldap_set_option(ld, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_ON);
	ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sb);
	ber_sockbuf_add_io(sb, u.out, LBER_SBIOD_LEVEL_PROVIDER, &fd);
	ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &limit);
}

int connect_url(const struct ldap_settings *settings, const volatile int *stop,
		const LDAPURLDesc *url, LDAP **ret, struct err *err)
{
	bool local = strcmp(url->lud_scheme, "ldapi") == 0;
	char space[300];
	int fd = -1, code;

	if ((local ? connect_local : connect_tcp)(settings, stop, url, &fd, err) < 0)
		return -1;
	/* The path of a local socket would have to be escaped again, and is of no more use. */
	code = ldap_init_fd(fd, LDAP_PROTO_EXT, local ? "ldapi:///" : url_text(url, space), ret);
	if (code != LDAP_SUCCESS) {
		close(fd);
		return connect_err(url, ldap_err2string(code), err);
	}
	connect_set_options(*ret, settings, fd);
	return 0;
}
