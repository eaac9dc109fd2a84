/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the service: start, signals, watchdog, reload, and an end that answers what has
 * begun. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/auth/auth.h"
#include "serve/internal.h"
#include "serve/notify.h"
#include "serve/probes.h"
#include "serve/scim/scim.h"

/* SCIM takes what is left: its paths may come with and without a prefix. */
static const struct api *const apis[] = {&probe_api, &oauth_api, &scim_api, NULL};

const struct serve_guard serve_guard_default = {5, 10, 24 * 3600};

enum {
	BODY_MAX = 2 << 20,
	PER_SECOND = 1000,
	IDLE_SECONDS = 30,
	REQUEST_SECONDS = 120, /* from the last answer to the whole next request */
	/* Zeroed for each request. A filter of 4096 bytes fits, all of it escaped. */
	HEADER_MAX = 16 << 10,
	CONNECTIONS_MAX = 16384,
	DRAIN_MS = 20000,
};

/* As many connections as there may be descriptors, some kept for files and readers. */
static unsigned connections_allowed(unsigned wanted)
{
	struct rlimit limit;
	unsigned max = wanted ? wanted : CONNECTIONS_MAX;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 512;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < 600)
		return 256;
	return limit.rlim_cur - 400 < max ? (unsigned)limit.rlim_cur - 400 : max;
}

static void defaults_fill(struct serve_options *o)
{
	if (!o->listen)
		o->listen = "127.0.0.1:8443";
	if (!o->threads)
		o->threads = 1;
	if (!o->per_second)
		o->per_second = PER_SECOND;
	if (!o->body_max)
		o->body_max = BODY_MAX;
	if (!o->guard.window)
		o->guard.window = serve_guard_default.window;
	o->connections = connections_allowed(o->connections);
}

static bool socket_is_local(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	const uint8_t *v4;

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return false;
	v4 = (const uint8_t *)&((struct sockaddr_in *)&address)->sin_addr;
	if (address.ss_family == AF_INET)
		return v4[0] == 127;
	if (address.ss_family == AF_INET6)
		return memcmp(&((struct sockaddr_in6 *)&address)->sin6_addr, &in6addr_loopback,
			      sizeof in6addr_loopback) == 0;
	return address.ss_family == AF_UNIX;
}

/* Starts answering on the service's socket; its descriptor stays the service's own. */
static int http_begin(struct service *s, struct http_server **ret, struct err *err)
{
	struct http_server_options o = {.socket = fcntl(s->socket, F_DUPFD_CLOEXEC, 3),
					.threads = s->options.threads,
					.connections_max = s->options.connections,
					.idle_seconds = IDLE_SECONDS,
					.request_seconds = REQUEST_SECONDS,
					.header_max = HEADER_MAX,
					.body_max = s->options.body_max,
					.begin = request_begin,
					.too_large = request_too_large,
					.handle = request_handle,
					.done = request_done,
					.context = s};
	struct secret *key = NULL;
	char *certificate = NULL;
	int result = -1;

	if (o.socket < 0)
		return err_set(err, REACH_RUN, CODE_FAILED, "the socket: %s", strerror(errno));
	if (s->options.tls && s->options.tls(s->options.context, &certificate, &key, err) < 0)
		goto out;
	if (!certificate && !socket_is_local(s->socket) && !s->options.insecure) {
		err_set(err, REACH_RUN, CODE_CONFIG,
			"the service would answer without TLS on an address that is not loopback; "
			"give it a certificate (serve.tls), or set insecure when a proxy in front "
			"of it speaks TLS");
		goto out;
	}
	o.certificate = certificate;
	o.key = key ? secret_reveal(key) : NULL;
	result = http_server_start(&o, ret, err);
	o.socket = -1;
out:
	if (o.socket >= 0)
		close(o.socket);
	free(certificate);
	secret_free(key);
	return result;
}

static int socket_find(struct service *s, int *ret, char address[128], struct err *err)
{
	int count;

	*ret = http_socket_inherited(&count);
	if (*ret < 0)
		return http_socket_open(s->options.listen, ret, address, err);
	if (count > 1)
		log_warn("serve", "systemd passed %d sockets; the first is used", count);
	strcpy(address, "the socket from systemd");
	return 0;
}

/* Waits until everything that has begun is answered, or for so long. */
static void service_drain(struct service *s, struct http_server *server)
{
	int64_t now = clock_ticks(), end = now + DRAIN_MS, told = now;

	for (; http_server_busy(server) > 0 && now < end; now = clock_ticks()) {
		clock_sleep(10);
		if (now - told < 1000 || !workers_are_alive(s))
			continue;
		told = now;
		notify_send("WATCHDOG=1");
	}
}

/*
 * The new server answers on the same socket before the old one stops to, so that nobody is turned
 * away; with a certificate that is no good the old one simply goes on.
 */
static void service_reload(struct service *s)
{
	struct http_server *old = s->server, *new;
	struct err err;

	notify_send("RELOADING=1");
	if (!s->options.tls) {
		log_info("serve", "reloaded: there is no certificate to read");
	} else if (http_begin(s, &new, &err) < 0) {
		log_error("serve", "not reloaded, the certificate of before stays: %s", err.text);
	} else {
		s->server = new;
		http_server_quiesce(old);
		service_drain(s, old);
		http_server_stop(old);
		log_info("serve", "reloaded the certificate");
	}
	notify_send("READY=1");
}

static int signals_open(struct err *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	/* Before any thread starts, so that none of them takes a signal. */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* A file that may not grow is an error like a full disk, told to who asked; no reason to
	 * die. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd >= 0 ? fd : err_set(err, REACH_RUN, CODE_FAILED, "signals: %s", strerror(errno));
}

static void serve_until_told(struct service *s, int signals)
{
	int64_t watchdog = notify_watchdog_ms();
	struct pollfd watched = {.fd = signals, .events = POLLIN};
	struct signalfd_siginfo info;

	for (;;) {
		int ready = poll(&watched, 1, watchdog > 0 ? (int)watchdog : -1);

		if (ready == 0 && workers_are_alive(s))
			notify_send("WATCHDOG=1");
		if (ready <= 0)
			continue;
		if (read(signals, &info, sizeof info) != sizeof info)
			continue;
		if (info.ssi_signo != SIGHUP)
			return;
		service_reload(s);
	}
}

static void service_stop(struct service *s)
{
	if (s->server) {
		http_server_quiesce(s->server);
		service_drain(s, s->server);
	}
	/* The queues answer what is in them before their threads end. */
	workers_stop(s);
	http_server_stop(s->server);
	if (s->socket >= 0)
		close(s->socket);
	readers_close(s);
	inbox_close(s->workers.inbox);
	clients_close(&s->clients);
	scim_server_close(s->scim);
}

static int service_start(struct service *s, char address[128], struct err *err)
{
	s->apis = apis;
	s->scim = scim_server_open();
	clients_open(&s->clients);
	readers_open(s);
	if (inbox_open(s->options.store, INBOX_WRITE, &s->workers.inbox, err) < 0)
		return -1;
	inbox_key(s->workers.inbox, s->key);
	if (workers_start(s, err) < 0 || socket_find(s, &s->socket, address, err) < 0)
		return -1;
	return http_begin(s, &s->server, err);
}

int serve_run(const struct serve_options *options, struct err *err)
{
	struct service *s = mem_alloc(1, sizeof *s);
	char address[128];
	int signals, result = -1;

	s->options = *options;
	s->socket = -1;
	defaults_fill(&s->options);
	signals = signals_open(err);
	if (signals >= 0 && service_start(s, address, err) == 0) {
		log_info("serve", "answering on %s, inbox %s", address, s->options.store);
		if (s->options.ready)
			s->options.ready(s->options.context, address);
		notify_send("READY=1");
		serve_until_told(s, signals);
		result = 0;
		notify_send("STOPPING=1");
		log_info("serve", "stopping: answering what has begun");
	}
	service_stop(s);
	if (signals >= 0)
		close(signals);
	free(s);
	return result;
}
