/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the HTTP service: from its start on libmicrohttpd to its end. */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "wire/httpd/http_deadline.h"
#include "wire/httpd/internal.h"

enum { STOP_MS = 5000 };

static void library_says(void *context, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
static void library_says(void *context, const char *format, va_list args)
{
	struct buf text = {0};

	(void)context;
	if (!log_shows(LOG_LEVEL_DEBUG))
		return;
	buf_vprintf(&text, format, args);
	log_debug("http", "%.*s", STR_ARG(str_trim(buf_str(&text))));
	buf_clear(&text);
}

static int daemon_start(struct http_server *s, struct err *err)
{
	const struct http_server_options *o = &s->options;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
			 MHD_USE_ERROR_LOG | (o->certificate ? MHD_USE_TLS : 0);
	struct MHD_OptionItem more[8];
	size_t n = 0;

	if (o->threads > 1)
		more[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE,
						    (intptr_t)o->threads, NULL};
	if (o->certificate) {
		more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
						    (void *)(uintptr_t)o->certificate};
		more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0,
						    (void *)(uintptr_t)o->key};
		more[n++] = (struct MHD_OptionItem){
			MHD_OPTION_HTTPS_PRIORITIES, 0,
			(void *)(uintptr_t) "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"};
	}
	more[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	s->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, http_request_go, s, MHD_OPTION_EXTERNAL_LOGGER, library_says,
		NULL, MHD_OPTION_LISTEN_SOCKET, o->socket, MHD_OPTION_URI_LOG_CALLBACK,
		http_target_met, s, MHD_OPTION_NOTIFY_CONNECTION, http_connection_noted, s,
		MHD_OPTION_NOTIFY_COMPLETED, http_request_over, s, MHD_OPTION_CONNECTION_LIMIT,
		o->connections_max, MHD_OPTION_CONNECTION_TIMEOUT, o->idle_seconds,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->header_max, MHD_OPTION_ARRAY, more,
		MHD_OPTION_END);
	if (s->daemon)
		return 0;
	return err_set(err, REACH_RUN, o->certificate ? CODE_CONFIG : CODE_FAILED,
		       o->certificate ? "the HTTP service does not start; are the certificate and "
					"its key PEM texts that belong together?"
				      : "the HTTP service does not start");
}

int http_server_start(const struct http_server_options *options, struct http_server **ret,
		      struct err *err)
{
	struct http_server *s = mem_alloc(1, sizeof *s);

	s->options = *options;
	s->quiesced = -1;
	pthread_mutex_init(&s->lock, NULL);
	if ((options->request_seconds &&
	     http_lines_open(options->request_seconds, &s->lines, err) < 0) ||
	    daemon_start(s, err) < 0) {
		http_lines_close(s->lines);
		pthread_mutex_destroy(&s->lock);
		free(s);
		return -1;
	}
	*ret = s;
	return 0;
}

void http_server_quiesce(struct http_server *server)
{
	atomic_store(&server->ending, true);
	server->quiesced = MHD_quiesce_daemon(server->daemon);
}

unsigned http_server_busy(const struct http_server *server)
{
	return atomic_load(&server->busy);
}

void http_server_stop(struct http_server *server)
{
	if (!server)
		return;
	/* A kept connection may have asked again since the caller looked; the library cannot stop
	 * while another thread has its answer. */
	atomic_store(&server->closed, true);
	for (int i = 0; i < STOP_MS && atomic_load(&server->busy) > 0; i++)
		clock_sleep(1);
	MHD_stop_daemon(server->daemon);
	/* Only now: until its threads have ended one of them may still take it off its epoll set,
	 * and would meet whatever has the number by then. */
	if (server->quiesced >= 0)
		close(server->quiesced);
	http_lines_close(server->lines);
	while (server->resting) {
		struct http_inbound *r = server->resting;

		server->resting = r->next;
		inbound_free(r);
	}
	pthread_mutex_destroy(&server->lock);
	free(server);
}
