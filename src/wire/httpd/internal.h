/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP service and its requests from within. Private to this folder. */
#ifndef WIRE_HTTPD_INTERNAL_H
#define WIRE_HTTPD_INTERNAL_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "wire/httpd/httpd.h"

struct http_server {
	struct http_server_options options;
	struct MHD_Daemon *daemon;
	atomic_uint busy;
	struct http_lines *lines; /* NULL without request_seconds */
	int quiesced; /* the listening socket, once it takes no more connections; else -1 */
	atomic_bool ending; /* kept connections are closed after their next answer */
	atomic_bool closed; /* nothing new is handled */
	pthread_mutex_t lock; /* of the rest */
	struct http_inbound *resting; /* for the next requests, with memory that they have anyway */
	unsigned resting_count;
};

enum { HEADERS_MAX = 12 };

struct http_inbound {
	struct http_server *server;
	struct http_inbound *next; /* while it rests */
	struct MHD_Connection *connection;
	struct http_line *line;
	struct arena arena;
	enum inbound_method method;
	struct http_target target;
	str target_text;
	struct buf body;
	size_t swallowed;
	bool begun, handled, answered;
	bool deferred; /* the answer is another thread's until it resumes the connection */
	char peer[INET6_ADDRSTRLEN];
	void *user;
	int status;
	const char *content_type;
	struct buf answer;
	const char *header_names[HEADERS_MAX], *header_values[HEADERS_MAX];
	size_t header_count;
};

/* A request of the server's: one that rests, or a new one. The target's text is still to come. */
struct http_inbound *inbound_open(struct http_server *server);
void inbound_close(struct http_inbound *r); /* it rests, or is freed */
void inbound_free(struct http_inbound *r);
/* Its answer goes to libmicrohttpd, which may send it later. */
enum MHD_Result inbound_send(struct http_inbound *r);

/*
 * libmicrohttpd's callbacks, context: the server. In this order: a connection is
 * open, a first line is there, then for one request again and again what came of it, then it is
 * over.
 */
void http_connection_noted(void *context, struct MHD_Connection *connection, void **line,
			   enum MHD_ConnectionNotificationCode what);
void *http_target_met(void *context, const char *uri, struct MHD_Connection *connection);
enum MHD_Result http_request_go(void *context, struct MHD_Connection *connection, const char *url,
				const char *method, const char *version, const char *upload,
				size_t *upload_size, void **state);
void http_request_over(void *context, struct MHD_Connection *connection, void **state,
		       enum MHD_RequestTerminationCode why);

#endif
