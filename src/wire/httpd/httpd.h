/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP/1.1 service on libmicrohttpd: a few event threads, whole bodies, answers now or from
 * another thread. */
#ifndef WIRE_HTTPD_HTTPD_H
#define WIRE_HTTPD_HTTPD_H

#include "base/arena.h"
#include "base/err.h"

struct http_server;
struct http_inbound; /* one exchange: from its first line until the answer is out or the client gone
		      */

enum inbound_method {
	INBOUND_GET, /* HEAD too: the answer's body is left out on the way */
	INBOUND_POST,
	INBOUND_PUT,
	INBOUND_PATCH,
	INBOUND_DELETE,
	INBOUND_OTHER,
	INBOUND_COUNT,
};

struct http_server_options {
	int socket; /* listening; the server's own from here on */
	const char *certificate; /* PEM texts, copied; NULL: without TLS */
	const char *key;
	unsigned threads; /* that read and answer; 0: 1 */
	unsigned connections_max; /* beyond it new ones wait in the kernel */
	unsigned idle_seconds; /* a connection without a byte for so long is closed */
	unsigned request_seconds; /* so long a client may take for one request; 0: for ever */
	size_t header_max, body_max; /* bytes; 431 and 413 beyond */
	/*
	 * Called when the headers are there; false when it has answered, and the body is not read
	 * then. A body of more than body_max never gets here: `too_large` is asked for the answer.
	 */
	bool (*begin)(void *context, struct http_inbound *r);
	void (*too_large)(void *context, struct http_inbound *r);
	/* Called with the whole body: answers, or defers. */
	void (*handle)(void *context, struct http_inbound *r);
	/* Called once for every request that `begin` saw, last, with status 0 when no answer went
	 * out. */
	void (*done)(void *context, struct http_inbound *r, int status);
	void *context;
};

int http_server_start(const struct http_server_options *options, struct http_server **ret,
		      struct err *err);
/* Takes no more connections; those that are open go on until http_server_stop, which closes the
 * listening socket. */
void http_server_quiesce(struct http_server *server);
/* requests that came whole and are not answered */
unsigned http_server_busy(const struct http_server *server);
/* Every deferred request must have been answered, or be about to be. NULL is fine. */
void http_server_stop(struct http_server *server);

/* The server that it came to: there is one for a while beside another when certificates change. */
const struct http_server *inbound_server(const struct http_inbound *r);
enum inbound_method inbound_method(const struct http_inbound *r);
const char *inbound_method_text(enum inbound_method method);
str inbound_path(const struct http_inbound *r); /* decoded, without the query */
/* A parameter of the query, decoded; the first of its name; p is NULL when there is none. */
str inbound_query(const struct http_inbound *r, const char *name);
str inbound_header(const struct http_inbound *r,
		   const char *name); /* p is NULL when there is none */
str inbound_body(const struct http_inbound *r);
const char *inbound_peer(struct http_inbound *r); /* "127.0.0.1", "unix" */
bool inbound_is_tls(const struct http_inbound *r);
struct arena *inbound_arena(struct http_inbound *r); /* lives as long as the request */
void *inbound_user(const struct http_inbound *r);
void inbound_user_set(struct http_inbound *r, void *user);

/* Headers first, then the answer. The bytes move out of `body`, which is empty afterwards. */
void inbound_answer_header(struct http_inbound *r, const char *name, const char *value);
void inbound_answer(struct http_inbound *r, int status, const char *content_type, struct buf *body);
/* Takes an answer that is not out yet back, headers too: another one will be given. */
void inbound_answer_drop(struct http_inbound *r);
/*
 * Inside `handle`: the answer will come from another thread, which calls inbound_answer and then
 * inbound_resume. The request is not to be touched after inbound_resume.
 */
void inbound_defer(struct http_inbound *r);
void inbound_resume(struct http_inbound *r);

/* A parsed request target (RFC 9112 3.2): decoded path and parameters, in the arena. */
struct http_parameter {
	str name, value;
};
struct http_target {
	str path;
	struct http_parameter *parameters;
	size_t count;
};
enum { HTTP_PARAMETERS_MAX = 64 };
/* -1 when it holds NUL, what is not UTF-8, a bad %, or too many parameters. `form`: only
 * parameters. */
int http_target_parse(str text, bool form, struct arena *arena, struct http_target *ret);
str http_target_find(const struct http_target *target, const char *name);

/*
 * A listening socket for "127.0.0.1:8443", "[::1]:8443", "*:8443" (port 0: a free one) or a path
 * (a unix socket, mode 0660, an older one of nobody replaced). ret_address: as a client would type
 * it.
 */
int http_socket_open(const char *listen_text, int *ret, char ret_address[128], struct err *err);
/* The first socket that systemd passed (sd_listen_fds(3)), or -1; how many there were. */
int http_socket_inherited(int *ret_count);

#endif
